/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit cache [show|prune|export FILE]: the answers that were paid for. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/replace.h"
#include "command/internal.h"
#include "config/findings.h"
#include "config/value.h"
#include "report/calendar.h"
#include "report/jsonw.h"

enum { WRITTEN_AT_ONCE = 64 << 10 };

typedef struct asked {
  const char *verb, *file, *step;
  int64_t older_ns; int older;
} asked;

/* ---- arguments ---- */

static int
take_word(const ek_command *cmd, const ek_arg *row, const char *value)
{
  asked *a = row->to;
  static const char *const verbs[] = { "show", "prune", "export", NULL };
  char shown[128], help[128];
  if (a->verb && !a->file && strcmp(a->verb, "export") == 0) {
    a->file = value;
    return 0;
  }
  ek_show(ek_cstr(value), shown, sizeof shown);
  if (a->verb)
    return ek_usage(cmd, NULL, "cache %s takes no argument '%s'", a->verb, shown), -1;
  for (size_t i = 0; verbs[i]; i++)
    if (strcmp(value, verbs[i]) == 0) {
      a->verb = verbs[i];
      return 0;
    }
  const char *near = ek_did_you_mean(value, verbs);
  snprintf(help, sizeof help, near ? "did you mean '%s'?" : "write show, prune or export FILE", near);
  return ek_usage(cmd, help, "cache cannot '%s'", shown), -1;
}

static int
check(const ek_command *cmd, const asked *a)
{
  int prunes = strcmp(a->verb, "prune") == 0;
  if (!prunes && (a->older || a->step))
    return ek_usage(cmd, NULL, "--older and --step are of 'cache prune'"), -1;
  /* Not all of them by a slip: they were paid for. */
  if (prunes && !a->older && !a->step)
    return ek_usage(cmd, "write --older 90d, --step NAME or both; --older 0s is all of them",
                    "which answers shall 'cache prune' forget?"), -1;
  if (strcmp(a->verb, "export") == 0 && !a->file)
    return ek_usage(cmd, "write cache export FILE; - is standard output", "where shall the answers go?"), -1;
  return 0;
}

static int
take_older(const ek_command *cmd, const ek_arg *row, const char *value)
{
  asked *a = row->to;
  char shown[128];
  a->older = ek_value_duration(value, &a->older_ns);
  if (a->older)
    return 0;
  return ek_usage(cmd, NULL, "--older is a duration such as 12h or 90d, not '%s'",
                  ek_show(ek_cstr(value), shown, sizeof shown)), -1;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, asked *a)
{
  const ek_arg rows[] = {
    EK_ARG_TAKEN("--older", take_older, a), EK_ARG_TEXT("--step", &a->step), EK_ARG_TAKEN("", take_word, a), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
  if (!a->verb)
    a->verb = "show";
  return check(cmd, a);
}

/* ---- show ---- */

static void
add_bytes(ek_text *out, uint64_t n)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
  double v = (double)n;
  size_t u = 0;
  for (; v >= 999.5 && u + 1 < sizeof units / sizeof *units; u++)
    v /= 1000;
  ek_text_printf(out, u && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void
right(ek_text *out, ek_text *cell, int wide)
{
  ek_text_printf(out, "  %*s", wide, ek_text_c(cell));
  ek_text_clear(cell);
}

static void
show_text(const char *path, const ek_cache_sizes *s, ek_text *out)
{
  int wide = (int)sizeof "step" - 1;
  char oldest[EK_MONTH_SIZE], newest[EK_MONTH_SIZE];
  ek_text cell = { 0 };
  for (size_t i = 0; i < s->n_steps; i++)
    wide = (int)strlen(s->steps[i].label) > wide ? (int)strlen(s->steps[i].label) : wide;
  ek_text_printf(out, "%s: ", path);
  add_bytes(out, s->file_bytes);
  ek_text_cstr(out, ", ");
  ek_text_thousands(out, s->answers);
  ek_text_cstr(out, s->answers == 1 ? " answer\n" : " answers\n");
  if (s->n_steps)
    ek_text_printf(out, "%-*s  %12s  %8s  asked\n", wide, "step", "answers", "size");
  for (size_t i = 0; i < s->n_steps; i++) {
    const ek_cache_step *step = &s->steps[i];
    ek_text_printf(out, "%-*s", wide, step->label);
    ek_text_thousands(&cell, step->answers);
    right(out, &cell, 12);
    add_bytes(&cell, step->bytes);
    right(out, &cell, 8);
    ek_day_name(step->oldest, oldest);
    ek_day_name(step->newest, newest);
    ek_text_printf(out, strcmp(oldest, newest) == 0 ? "  %s\n" : "  %s to %s\n", oldest, newest);
  }
  if (s->pictures) {
    ek_text_thousands(out, s->pictures);
    ek_text_cstr(out, s->pictures == 1 ? " address of a picture is known\n" : " addresses of pictures are known\n");
  }
  if (s->claims) {
    ek_text_thousands(out, s->claims);
    ek_text_cstr(out, s->claims == 1 ? " answer is being asked for\n" : " answers are being asked for\n");
  }
  ek_text_free(&cell);
}

/* As report.json writes times: RFC 3339, UTC. */
static void
add_time(ek_jsonw *w, const char *name, int64_t seconds)
{
  char buf[40] = "";
  struct tm t;
  time_t when = (time_t)seconds;
  if (gmtime_r(&when, &t))
    snprintf(buf, sizeof buf, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
             t.tm_min, t.tm_sec);
  ek_jsonw_text(w, name, buf);
}

static void
show_json(const char *path, const ek_cache_sizes *s, ek_text *out)
{
  ek_jsonw w = { .out = out };
  ek_jsonw_open(&w, NULL, '{', 1);
  ek_jsonw_text(&w, "path", path);
  ek_jsonw_u64(&w, "file_bytes", s->file_bytes);
  ek_jsonw_u64(&w, "answers", s->answers);
  ek_jsonw_u64(&w, "bytes", s->bytes);
  ek_jsonw_u64(&w, "pictures", s->pictures);
  ek_jsonw_u64(&w, "claims", s->claims);
  ek_jsonw_open(&w, "steps", '[', 1);
  for (size_t i = 0; i < s->n_steps; i++) {
    ek_jsonw_open(&w, NULL, '{', 0);
    ek_jsonw_text(&w, "step", s->steps[i].label);
    ek_jsonw_u64(&w, "answers", s->steps[i].answers);
    ek_jsonw_u64(&w, "bytes", s->steps[i].bytes);
    add_time(&w, "oldest", s->steps[i].oldest);
    add_time(&w, "newest", s->steps[i].newest);
    ek_jsonw_close(&w, '}');
  }
  ek_jsonw_close(&w, ']');
  ek_jsonw_close(&w, '}');
  ek_text_char(out, '\n');
}

static int
show(const ek_cli *cli, const char *path, ek_exchange *x, ek_error *e)
{
  ek_cache_sizes s;
  ek_text out = { 0 };
  if (ek_exchange_sizes(x, &s, e) < 0)
    return -1;
  if (cli->json)
    show_json(path, &s, &out);
  else
    show_text(path, &s, &out);
  ek_print(&out);
  ek_text_free(&out);
  ek_cache_sizes_clear(&s);
  return 0;
}

/* ---- prune ---- */

static int
prune(const ek_cli *cli, const char *path, ek_exchange *x, const asked *a, ek_error *e)
{
  ek_cache_sizes after;
  ek_text out = { 0 };
  /* Upwards, so that nothing younger than what was said goes. */
  int64_t older = a->older_ns / 1000000000 + (a->older_ns % 1000000000 != 0);
  int64_t n = ek_exchange_prune(x, older, a->step, e);
  if (n < 0 || ek_exchange_sizes(x, &after, e) < 0)
    return -1;
  if (cli->json) {
    ek_jsonw w = { .out = &out };
    ek_jsonw_open(&w, NULL, '{', 0);
    ek_jsonw_text(&w, "path", path);
    ek_jsonw_u64(&w, "pruned", (uint64_t)n);
    ek_jsonw_u64(&w, "answers", after.answers);
    ek_jsonw_u64(&w, "file_bytes", after.file_bytes);
    ek_jsonw_close(&w, '}');
    ek_text_char(&out, '\n');
  } else {
    ek_text_thousands(&out, (uint64_t)n);
    ek_text_cstr(&out, n == 1 ? " answer is forgotten, " : " answers are forgotten, ");
    ek_text_thousands(&out, after.answers);
    ek_text_printf(&out, after.answers == 1 ? " is left in %s, now " : " are left in %s, now ", path);
    add_bytes(&out, after.file_bytes);
    ek_text_char(&out, '\n');
  }
  ek_print(&out);
  ek_text_free(&out);
  ek_cache_sizes_clear(&after);
  return 0;
}

/* ---- export ---- */

typedef struct target { ek_replace file; const char *path; ek_text waiting; uint64_t n; } target;

static int
write_waiting(target *t, ek_error *e)
{
  if (ek_write_all(t->file.fd, t->waiting.data, t->waiting.len) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", t->path, "write the answers");
  ek_text_clear(&t->waiting);
  return 0;
}

static int
write_line(void *arg, ek_str json, ek_error *e)
{
  target *t = arg;
  if (ek_signal_stop)
    return ek_fail(e, 128 + ek_signal_stop, "interrupted", "interrupted; %s was not written", t->path);
  ek_text_str(&t->waiting, json);
  t->n++;
  return t->waiting.len < WRITTEN_AT_ONCE ? 0 : write_waiting(t, e);
}

static int
print_line(void *arg, ek_str json, ek_error *e)
{
  uint64_t *n = arg;
  ek_text line = { (char *)(uintptr_t)json.ptr, json.len, json.len };
  if (ek_signal_stop)
    return ek_fail(e, 128 + ek_signal_stop, "interrupted", "interrupted");
  ek_print(&line);
  ++*n;
  return 0;
}

/* 0600: what is in it may be nobody else's business. */
static int
export_to_file(ek_exchange *x, const char *path, uint64_t *n, ek_error *e)
{
  target t = { .path = path };
  int r;
  if (ek_replace_open(&t.file, AT_FDCWD, path, EK_REPLACE_SHARED, 0600) < 0)
    r = ek_fail_errno(e, EK_EXIT_REFUSED, "no_permission", path, "make the file");
  else {
    r = ek_exchange_export(x, write_line, &t, e) < 0 ? -1 : write_waiting(&t, e);
    if (r == 0 && ek_replace_commit(&t.file) < 0)
      r = ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", path, "put the file in its place");
  }
  ek_replace_drop(&t.file);
  ek_text_free(&t.waiting);
  *n = t.n;
  return r;
}

static int
export(const ek_cli *cli, const char *path, ek_exchange *x, const asked *a, ek_error *e)
{
  uint64_t n = 0;
  ek_text out = { 0 };
  if (strcmp(a->file, "-") == 0)
    return ek_exchange_export(x, print_line, &n, e);
  if (export_to_file(x, a->file, &n, e) < 0)
    return -1;
  if (cli->json) {
    ek_jsonw w = { .out = &out };
    ek_jsonw_open(&w, NULL, '{', 0);
    ek_jsonw_text(&w, "path", path);
    ek_jsonw_text(&w, "file", a->file);
    ek_jsonw_u64(&w, "exported", n);
    ek_jsonw_close(&w, '}');
    ek_text_char(&out, '\n');
  } else {
    ek_text_thousands(&out, n);
    ek_text_printf(&out, n == 1 ? " answer is in %s\n" : " answers are in %s\n", a->file);
  }
  ek_print(&out);
  ek_text_free(&out);
  return 0;
}

/* ---- all ---- */

static int
do_asked(const ek_cli *cli, const char *path, const asked *a, ek_error *e)
{
  int shows = strcmp(a->verb, "show") == 0, prunes = strcmp(a->verb, "prune") == 0, r;
  int there = access(path, F_OK) == 0 || errno != ENOENT;
  if (!there && !cli->json && (shows || prunes)) {
    ek_text out = { 0 };
    ek_text_printf(&out, "%s: nothing was kept yet\n", path);
    ek_print(&out);
    ek_text_free(&out);
    return 0;
  }
  /* Who only looks changes nothing; and nothing goes that was not asked for: no max_size. */
  ek_exchange_options o = { .path = path, .mode = prunes && there ? EK_CACHE_READ_WRITE : EK_CACHE_READ };
  ek_exchange *x = ek_exchange_open(&o, e);
  if (!x)
    return -1;
  if (shows)
    r = show(cli, path, x, e);
  else
    r = prunes ? prune(cli, path, x, a, e) : export(cli, path, x, a, e);
  ek_error closing = { 0 };
  if (ek_exchange_close(x, &closing) < 0 && r == 0) {
    *e = closing;
    r = -1;
  }
  return r;
}

int
ek_cmd_cache(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  asked a = { 0 };
  ek_loaded l;
  ek_error e = { 0 };
  if (read_args(cmd, argc, argv, &a) < 0)
    return EK_EXIT_REFUSED;
  int status = ek_cli_load_named(cli, &l);
  if (status)
    return status;
  if (do_asked(cli, l.settings->cache.path, &a, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  }
  ek_loaded_free(&l);
  return status;
}
