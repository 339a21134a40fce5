/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/nearby.h"

static const char endings_help[] =
  "files are read whose names end in .json .jsonl .ndjson .csv, or in these with .gz; folders one level deep";

/* One path of the configuration. */
typedef struct asked {
  const char *path, *written;    /* absolute; as it stands in the configuration */
  const ek_place *place;         /* may be NULL                               */
} asked;

static asked
asked_path(const ek_paths *paths, size_t i)
{
  asked a = { paths->list[i], paths->list[i], NULL };
  const ek_node *node = paths->node;
  if (node && node->kind == EK_NODE_LIST) {
    node = node->first;
    for (size_t k = 0; node && k < i; k++)
      node = node->next;
  }
  if (node && node->kind == EK_NODE_SCALAR && node->text && *node->text) {
    a.written = node->text;
    a.place = &node->place;
  }
  return a;
}

static const char *
show(const char *s, char *buf, size_t size)
{
  return ek_show(ek_cstr(s), buf, size);
}

static int
at(ek_error *e, const asked *a)
{
  return a->place ? ek_at(e, a->place->file, a->place->line, a->place->column) : -1;
}

static char *
join(const char *dir, const char *name)
{
  size_t n = strlen(dir);
  ek_text t = { 0 };
  ek_text_cstr(&t, dir);
  if (n && dir[n - 1] != '/')
    ek_text_char(&t, '/');
  ek_text_cstr(&t, name);
  ek_text_c(&t);
  return t.data;
}

static int
ends_in(const char *name, size_t len, const char *ending)
{
  size_t n = strlen(ending);
  return len > n && memcmp(name + len - n, ending, n) == 0;
}

static int
is_catalogue_name(const char *name)
{
  size_t n = strlen(name);
  if (ends_in(name, n, ".gz"))
    n -= 3;
  return ends_in(name, n, ".json") || ends_in(name, n, ".jsonl") || ends_in(name, n, ".ndjson") ||
         ends_in(name, n, ".csv");
}

/* --- one folder ---------------------------------------------------------- */

typedef struct names { char **list; size_t n, cap; } names;

static void
names_add(names *l, const char *name)
{
  l->list = ek_mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
  l->list[l->n++] = ek_mem_strdup(name);
}

static void
names_free(names *l)
{
  for (size_t i = 0; i < l->n; i++)
    free(l->list[i]);
  free(l->list);
}

static int
by_bytes(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder that are read, and those that are passed over (folders
 * with a slash). 0, or -1 and errno.                                        */
static int
list_folder(const char *path, names *read, names *other)
{
  DIR *d = opendir(path);
  struct dirent *entry;
  if (!d)
    return -1;
  while ((errno = 0, entry = readdir(d)) != NULL) {
    struct stat st;
    if (entry->d_name[0] == '.')
      continue;
    int folder = fstatat(dirfd(d), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
    if (folder && other) {
      char *name = join(entry->d_name, "");
      names_add(other, name);
      free(name);
    } else if (!folder && is_catalogue_name(entry->d_name))
      names_add(read, entry->d_name);
    else if (!folder && other)
      names_add(other, entry->d_name);
  }
  int err = errno;
  closedir(d);
  errno = err;
  if (err)
    return -1;
  if (read->n)
    qsort(read->list, read->n, sizeof *read->list, by_bytes);
  if (other && other->n)
    qsort(other->list, other->n, sizeof *other->list, by_bytes);
  return 0;
}

size_t
ek_folder_count(const char *path)
{
  names read = { 0 };
  size_t n = list_folder(path, &read, NULL) == 0 ? read.n : 0;
  names_free(&read);
  return n;
}

static void
warn_others(const asked *a, const names *other)
{
  char buf[256];
  ek_text message = { 0 };
  ek_text_printf(&message, "%s: %zu name%s passed over: ", show(a->written, buf, sizeof buf), other->n,
                 other->n == 1 ? " is" : "s are");
  for (size_t i = 0; i < other->n && i < 5; i++)
    ek_text_printf(&message, "%s%s", i ? ", " : "", show(other->list[i], buf, sizeof buf));
  if (other->n > 5)
    ek_text_printf(&message, " and %zu more", other->n - 5);
  ek_message m = { .level = EK_LOG_WARN, .code = "other_files", .message = ek_text_c(&message), .help = endings_help };
  if (a->place && a->place->file) {
    m.file = a->place->file;
    m.line = a->place->line;
    m.column = a->place->column;
  }
  ek_log_message(&m);
  ek_text_free(&message);
}

/* --- what is wrong with a path ------------------------------------------- */

static void
help_missing(ek_error *e, const asked *a)
{
  EK_FREE char *near = ek_nearby(a->path, a->written);
  ek_text t = { 0 };
  if (near)
    ek_text_printf(&t, "did you mean %s? ", near);
  /* A path of --set or of the command line is the shell's matter. */
  const char *file = a->place && a->place->line ? a->place->file : NULL;
  if (file && a->written[0] != '/' && a->written[0] != '~')
    ek_text_printf(&t, "Paths are relative to the folder of %s. ", strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
  ek_text_cstr(&t, "Folders are read one level deep");
  ek_help(e, "%s", ek_text_c(&t));
  ek_text_free(&t);
}

static int
refuse(ek_error *e, const asked *a, int err)
{
  char buf[256];
  const char *shown = show(a->written, buf, sizeof buf), *why = strerrordesc_np(err);
  size_t n = strlen(a->written);
  if (err == ENOENT || err == ENOTDIR) {
    ek_fail(e, EK_EXIT_REFUSED, "no_such_file", "%s: no such %s", shown,
            n && a->written[n - 1] == '/' ? "folder" : "file or folder");
    help_missing(e, a);
  } else if (err == EACCES || err == EPERM) {
    ek_fail(e, EK_EXIT_REFUSED, "no_permission", "%s: no permission to read it", shown);
    ek_help(e, "chmod +r it (and +x the folders above), or run as a user who may read it");
  } else
    ek_fail(e, EK_EXIT_REFUSED, "read_error", "%s: %s", shown, why ? why : "unknown error");
  return at(e, a);
}

/* --- files --------------------------------------------------------------- */

static void
found_add(ek_found_list *out, char *path, char *name, const struct stat *st)
{
  int regular = S_ISREG(st->st_mode);
  out->list = ek_mem_grow(out->list, &out->cap, out->n + 1, sizeof *out->list);
  out->list[out->n++] = (ek_found){ path, name, regular ? (uint64_t)st->st_size : 0, regular };
}

static int
add_standard_input(ek_found_list *out, const asked *a, ek_error *e)
{
  struct stat st;
  for (size_t i = 0; i < out->n; i++)
    if (strcmp(out->list[i].path, "-") == 0) {
      ek_fail(e, EK_EXIT_REFUSED, "standard_input_twice", "standard input ('-') is named twice");
      ek_help(e, "it can be read once: name it in one place");
      return at(e, a);
    }
  if (fstat(STDIN_FILENO, &st) != 0) {
    ek_fail(e, EK_EXIT_REFUSED, "read_error", "standard input ('-') is closed");
    return at(e, a);
  }
  found_add(out, ek_mem_strdup("-"), ek_mem_strdup("-"), &st);
  return 0;
}

/* Takes path and name. */
static int
add_file(ek_found_list *out, const asked *a, char *path, char *name, ek_error *e)
{
  struct stat st;
  asked file = { path, name, a->place };
  if (stat(path, &st) != 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
    refuse(e, &file, errno);
    free(path);
    free(name);
    return -1;
  }
  found_add(out, path, name, &st);
  return 0;
}

static int
add_folder(ek_found_list *out, const asked *a, ek_error *e)
{
  names read = { 0 }, other = { 0 };
  char buf[256];
  int r = 0;
  if (list_folder(a->path, &read, &other) != 0)
    r = refuse(e, a, errno);
  else if (!read.n) {
    ek_fail(e, EK_EXIT_REFUSED, "empty_folder", "%s: no catalogue files in this folder (%zu other name%s)",
            show(a->written, buf, sizeof buf), other.n, other.n == 1 ? "" : "s");
    ek_help(e, "%s", endings_help);
    r = at(e, a);
  } else if (other.n && !out->quiet)
    warn_others(a, &other);
  for (size_t i = 0; r == 0 && i < read.n; i++)
    r = add_file(out, a, join(a->path, read.list[i]), join(a->written, read.list[i]), e);
  names_free(&read);
  names_free(&other);
  return r;
}

int
ek_folder_resolve(const ek_paths *paths, ek_found_list *out, ek_error *e)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < paths->n; i++) {
    asked a = asked_path(paths, i);
    struct stat st;
    if (strcmp(a.path, "-") == 0)
      r = add_standard_input(out, &a, e);
    else if (stat(a.path, &st) == 0 && S_ISDIR(st.st_mode))
      r = add_folder(out, &a, e);
    else
      r = add_file(out, &a, ek_mem_strdup(a.path), ek_mem_strdup(a.written), e);
  }
  return r;
}

void
ek_found_list_free(ek_found_list *l)
{
  for (size_t i = 0; i < l->n; i++) {
    free(l->list[i].path);
    free(l->list[i].name);
  }
  free(l->list);
  *l = (ek_found_list){ 0 };
}
