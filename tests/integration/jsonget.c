/* SPDX-License-Identifier: BSD-3-Clause */
/* jsonget - values out of JSON, for tests in shell.
 *
 *   jsonget FILE [PATH...]       one line a value that a path finds
 *   jsonget --lines FILE PATH... FILE holds one JSON text a line: one line each, values
 *                                of the paths with tabs between
 *
 * FILE may be "-". PATH: "a.b", "a[0].b", "a[].b" (every element), "a#" (how many), "."
 * (the whole). Texts come bare, all else as JSON; "-" stands for what is not there, and
 * then the status is 1. Without a path the file is only parsed: status 2 and why when it
 * is not one JSON text, or a name stands twice in an object.                 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int missing;
static size_t found;

static void
print_value(const json_t *v, char separator)
{
  if (found++)
    putchar(separator);
  if (json_is_string(v)) {
    fwrite(json_string_value(v), 1, json_string_length(v), stdout);
    return;
  }
  char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
  fputs(text ? text : "?", stdout);
  free(text);
}

static void get(const json_t *v, const char *path, char separator);

static void
not_there(char separator)
{
  if (found++)
    putchar(separator);
  putchar('-');
  missing = 1;
}

static void
get_element(const json_t *v, const char *path, char separator)
{
  const char *close = strchr(path, ']');
  if (!json_is_array(v) || !close) {
    not_there(separator);
  } else if (close == path) {
    for (size_t i = 0; i < json_array_size(v); i++)
      get(json_array_get(v, i), close + 1, separator);
  } else {
    const json_t *x = json_array_get(v, strtoul(path, NULL, 10));
    if (x)
      get(x, close + 1, separator);
    else
      not_there(separator);
  }
}

static void
get(const json_t *v, const char *path, char separator)
{
  char number[32], name[512];
  if (*path == '.')
    path++;
  if (!*path) {
    print_value(v, separator);
  } else if (*path == '[') {
    get_element(v, path + 1, separator);
  } else if (*path == '#') {
    if (found++)
      putchar(separator);
    snprintf(number, sizeof number, "%zu", json_is_array(v) ? json_array_size(v) : json_object_size(v));
    fputs(number, stdout);
  } else {
    size_t n = strcspn(path, ".[#");
    snprintf(name, sizeof name, "%.*s", (int)n, path);
    const json_t *x = json_object_get(v, name);
    if (x)
      get(x, path + n, separator);
    else
      not_there(separator);
  }
}

static json_t *
parse(const char *text, size_t len, const char *file, size_t line)
{
  json_error_t e;
  json_t *v = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
  if (v)
    return v;
  fprintf(stderr, "jsonget: %s:%zu: %s\n", file, line + (size_t)e.line, e.text);
  exit(2);
}

static void
one_line(const char *text, size_t len, const char *file, size_t line, char **paths, int n)
{
  json_t *v = parse(text, len, file, line);
  found = 0;
  for (int i = 0; i < n; i++)
    get(v, paths[i], '\t');
  putchar('\n');
  json_decref(v);
}

static char *
read_all(const char *file, size_t *len)
{
  FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
  char *data = NULL;
  size_t cap = 0, n;
  if (!f) {
    perror(file);
    exit(2);
  }
  *len = 0;
  do {
    if (cap - *len < 65536 && !(data = realloc(data, cap = cap * 2 + 65536)))
      exit(2);
    n = fread(data + *len, 1, cap - *len, f);
    *len += n;
  } while (n);
  if (f != stdin)
    fclose(f);
  return data;
}

int
main(int argc, char **argv)
{
  int lines = argc > 1 && strcmp(argv[1], "--lines") == 0;
  if (argc < 2 + lines) {
    fputs("usage: jsonget [--lines] FILE [PATH...]\n", stderr);
    return 2;
  }
  const char *file = argv[1 + lines];
  char **paths = argv + 2 + lines;
  int n = argc - 2 - lines;
  size_t len, at = 0, line = 0;
  char *data = read_all(file, &len);
  if (lines) {
    for (; at < len; line++) {
      const char *end = memchr(data + at, '\n', len - at);
      size_t length = end ? (size_t)(end - data) - at : len - at;
      one_line(data + at, length, file, line, paths, n);
      at += length + 1;
    }
  } else {
    json_t *v = parse(data, len, file, 0);
    for (int i = 0; i < n; i++)
      get(v, paths[i], '\n');
    if (n)
      putchar('\n');
    json_decref(v);
  }
  free(data);
  return missing;
}
