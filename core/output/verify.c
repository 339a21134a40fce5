/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "output/files_inside.h"

#define REPORT_MAX ((off_t)64 << 20)

static void cleanup_json(json_t **j) { json_decref(*j); }

int
ek_name_is_inside(const char *name)
{
  for (const char *p = name;; p++) {
    size_t n = strcspn(p, "/");
    if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
      return 0;
    p += n;
    if (!*p)
      return 1;
  }
}

/* A regular file, open; NONBLOCK so that a pipe in its place does not hold us. */
static int
open_regular(int folder, const char *name, struct stat *st)
{
  int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return -1;
  if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
    return fd;
  close(fd);
  errno = EINVAL;
  return -1;
}

/* Hands out the read of jansson's callback form. */
static size_t
read_some(void *buffer, size_t len, void *arg)
{
  for (;;) {
    ssize_t n = read(*(int *)arg, buffer, len);
    if (n >= 0)
      return (size_t)n;
    if (errno != EINTR)
      return (size_t)-1;
  }
}

static json_t *
load_report(int folder, const char *dir, ek_error *e)
{
  struct stat st;
  json_error_t why;
  EK_FREE char *path = ek_path_join(dir, EK_REPORT_NAME);
  EK_CLOSE int fd = open_regular(folder, EK_REPORT_NAME, &st);
  if (fd < 0 && errno == ENOENT) {
    ek_fail(e, EK_EXIT_REFUSED, "no_report", "no report.json in this folder: no run has ended well here");
    ek_help(e, "run 'enrichkit run --out %s' first", dir);
    ek_at(e, dir, 0, 0);
    return NULL;
  }
  if (fd < 0) {
    ek_fail_open(e, path, "read the report");
    return NULL;
  }
  json_t *report = st.st_size <= REPORT_MAX ? json_load_callback(read_some, &fd, JSON_REJECT_DUPLICATES, &why) : NULL;
  const json_t *format = json_object_get(report, "format");
  if (!json_is_integer(format) || json_integer_value(format) != 1 ||
      !json_is_array(json_object_get(report, "outputs"))) {
    json_decref(report);
    ek_fail(e, EK_EXIT_REFUSED, "bad_report", "this is no report of format 1");
    ek_help(e, "run again to write it anew");
    ek_at(e, path, 0, 0);
    return NULL;
  }
  return report;
}

char **
ek_report_outputs(int folder)
{
  EK_AUTO(cleanup_json) json_t *report = load_report(folder, "", NULL);
  const json_t *outputs = json_object_get(report, "outputs"), *output;
  size_t i, n = 0;
  char **names = ek_mem_zero(json_array_size(outputs) + 1, sizeof *names);
  json_array_foreach(outputs, i, output)
  {
    const char *path = json_string_value(json_object_get(output, "path"));
    if (path && ek_name_is_inside(path))
      names[n++] = ek_mem_strdup(path);
  }
  return names;
}

static int
fail_file(ek_error *e, const char *dir, const char *name, const char *what)
{
  EK_FREE char *path = ek_path_join(dir, name);
  ek_fail(e, EK_EXIT_REFUSED, "mixed_set", "does not belong to the report beside it: %s", what);
  ek_help(e, "a run was cut short, or the file was changed; run again with --out %s", dir);
  return ek_at(e, path, 0, 0);
}

static int
check_file(int folder, const char *dir, const json_t *output, ek_error *e)
{
  char what[160], hex[65] = "", shown[128];
  struct stat st;
  const char *path = json_string_value(json_object_get(output, "path"));
  const char *sha256 = json_string_value(json_object_get(output, "sha256"));
  const json_t *bytes = json_object_get(output, "bytes");
  if (!path || !ek_name_is_inside(path) || !sha256 || !json_is_integer(bytes)) {
    snprintf(what, sizeof what, "it names '%s'",
             path ? ek_show(ek_cstr(path), shown, sizeof shown) : "a file without a path");
    return fail_file(e, dir, EK_REPORT_NAME, what);
  }
  EK_CLOSE int fd = open_regular(folder, path, &st);
  if (fd < 0) {
    snprintf(what, sizeof what, "%s", errno == ENOENT ? "it is missing" : errno == EINVAL ? "it is not a regular file"
                                                                                           : "it cannot be read");
    return fail_file(e, dir, path, what);
  }
  if (st.st_size != (off_t)json_integer_value(bytes)) {
    snprintf(what, sizeof what, "it has %lld bytes, the report says %lld", (long long)st.st_size,
             (long long)json_integer_value(bytes));
    return fail_file(e, dir, path, what);
  }
  if (ek_sha256_file(fd, hex) < 0)
    return fail_file(e, dir, path, "it cannot be read");
  return strcmp(hex, sha256) == 0 ? 0 : fail_file(e, dir, path, "its SHA-256 differs");
}

/* run.yaml is written with the CSVs of a run and never without them: so the set is
 * whole, even if a stage behind enrich failed.                              */
static int
is_whole(const json_t *report, const char *status)
{
  const json_t *outputs = json_object_get(report, "outputs"), *output;
  size_t i;
  if (status && strcmp(status, "done") == 0)
    return 1;
  json_array_foreach(outputs, i, output)
  {
    const char *path = json_string_value(json_object_get(output, "path"));
    if (path && strcmp(path, "run.yaml") == 0)
      return 1;
  }
  return 0;
}

int
ek_outdir_verify(const char *dir, ek_error *e)
{
  char shown[128];
  EK_CLOSE int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return ek_fail_open(e, dir, "open the folder");
  EK_AUTO(cleanup_json) json_t *report = load_report(folder, dir, e);
  if (!report)
    return -1;
  const char *status = json_string_value(json_object_get(report, "status"));
  if (!is_whole(report, status)) {
    ek_fail(e, EK_EXIT_REFUSED, "not_done",
            "the last run into this folder did not end well (%s): its CSVs were not written",
            ek_show(ek_cstr(status ? status : "no status"), shown, sizeof shown));
    ek_help(e, "run again with --out %s", dir);
    return ek_at(e, dir, 0, 0);
  }
  const json_t *outputs = json_object_get(report, "outputs"), *output;
  size_t i;
  json_array_foreach(outputs, i, output)
    if (check_file(folder, dir, output, e) < 0)
      return -1;
  return 0;
}

int
ek_outdir_verify_file(const char *dir, const char *name, ek_error *e)
{
  EK_CLOSE int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return ek_fail_open(e, dir, "open the folder");
  EK_AUTO(cleanup_json) json_t *report = load_report(folder, dir, e);
  const json_t *outputs = json_object_get(report, "outputs"), *output;
  size_t i;
  json_array_foreach(outputs, i, output)
  {
    const char *path = json_string_value(json_object_get(output, "path"));
    if (path && strcmp(path, name) == 0)
      return check_file(folder, dir, output, e);
  }
  return report ? fail_file(e, dir, name, "the report does not name it") : -1;
}
