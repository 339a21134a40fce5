/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/findings.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <enrichkit/plugin.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define SHOWN_MAX 20
/* A hostile file can hold thousands of mistakes on one long line. What is kept
 * of them is bounded; all are counted.                                      */
#define KEPT_MAX 1000
#define SOURCE_MAX 4096
#define WORD_MAX 64

void
ek_findings_free(ek_findings *f)
{
  for (size_t i = 0; i < f->n; i++)
    free(f->list[i].message);
  free(f->list);
  *f = (ek_findings){ 0 };
}

static int
same_text(const char *a, const char *b)
{
  return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A value behind an alias is met once a use, but is one mistake. */
static int
known(const ek_findings *f, int level, const ek_place *p, const char *message)
{
  for (size_t i = 0; i < f->n; i++) {
    const ek_finding *o = &f->list[i];
    if (o->level == level && o->place.line == p->line && o->place.column == p->column &&
        same_text(o->place.file, p->file) && strcmp(o->message, message) == 0)
      return 1;
  }
  return 0;
}

/* One block holds all texts of a finding, those of its place too: a tree that
 * cannot be parsed is gone before its findings are shown.                   */
static void
keep(ek_findings *f, int level, const ek_place *p, const char *code, const char *help, const char *message)
{
  const char *file = p->file ? p->file : "";
  size_t m = strlen(message) + 1, h = help ? strlen(help) + 1 : 0, n = strlen(file) + 1;
  size_t s = p->source ? strcspn(p->source, "\n") : 0;
  if (s > SOURCE_MAX)
    s = SOURCE_MAX;
  char *block = ek_mem_alloc(m + h + n + s + 1);
  f->list = ek_mem_grow(f->list, &f->cap, f->n + 1, sizeof *f->list);
  ek_finding *o = &f->list[f->n++];
  *o = (ek_finding){ .level = level, .code = code, .place = *p, .message = block };
  memcpy(block, message, m);
  if (help) {
    o->help = block + m;
    memcpy(o->help, help, h);
  }
  o->place.file = memcpy(block + m + h, file, n);
  if (p->source) {
    char *source = block + m + h + n;
    memcpy(source, p->source, s);
    source[s] = 0;
    o->place.source = source;
  }
}

__attribute__((format(printf, 6, 0))) static void
add(ek_findings *f, int level, const ek_place *place, const char *code, const char *help, const char *fmt, va_list ap)
{
  ek_place none = { 0 };
  const ek_place *p = place ? place : &none;
  ek_text t = { 0 };
  ek_text_vprintf(&t, fmt, ap);
  if (!known(f, level, p, ek_text_c(&t))) {
    if (level >= EK_LOG_ERROR)
      f->errors++;
    else
      f->warnings++;
    if (f->n < KEPT_MAX)
      keep(f, level, p, code, help, ek_text_c(&t));
  }
  ek_text_free(&t);
}

int
ek_findings_error(ek_findings *f, const ek_place *place, const char *code, const char *help, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  add(f, EK_LOG_ERROR, place, code, help, fmt, ap);
  va_end(ap);
  return -1;
}

int
ek_findings_warn(ek_findings *f, const ek_place *place, const char *code, const char *help, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  add(f, EK_LOG_WARN, place, code, help, fmt, ap);
  va_end(ap);
  return -1;
}

int
ek_findings_secret(ek_findings *f, const ek_place *place, const char *code, const char *help, const char *fmt, ...)
{
  ek_place hidden = place ? *place : (ek_place){ 0 };
  ek_text file = { 0 };
  va_list ap;
  hidden.source = NULL;
  if (hidden.file && !hidden.line && strncmp(hidden.file, "--set ", 6) == 0) {
    const char *equals = strchr(hidden.file, '=');
    if (equals) {
      ek_text_add(&file, hidden.file, (size_t)(equals - hidden.file));
      ek_text_cstr(&file, "=***");
      hidden.file = ek_text_c(&file);
    }
  }
  va_start(ap, fmt);
  add(f, EK_LOG_ERROR, &hidden, code, help, fmt, ap);
  va_end(ap);
  ek_text_free(&file);
  return -1;
}

static int
by_place(const void *a, const void *b)
{
  const ek_finding *x = *(const ek_finding *const *)a, *y = *(const ek_finding *const *)b;
  int c = strcmp(x->place.file, y->place.file);
  if (c)
    return c;
  if (x->place.line != y->place.line)
    return x->place.line < y->place.line ? -1 : 1;
  if (x->place.column != y->place.column)
    return x->place.column < y->place.column ? -1 : 1;
  return x < y ? -1 : x > y;               /* as found */
}

static void
show(const ek_finding *o)
{
  ek_message m = { .level = o->level, .code = o->code, .file = o->place.file, .line = o->place.line,
                   .column = o->place.column, .message = o->message, .help = o->help, .source = o->place.source,
                   .width = o->place.width };
  ek_log_message(&m);
}

size_t
ek_findings_show(const ek_findings *f)
{
  size_t errors = 0, warnings = 0;
  const ek_finding **order = ek_mem_zero(f->n, sizeof *order);
  for (size_t i = 0; i < f->n; i++)
    order[i] = &f->list[i];
  qsort(order, f->n, sizeof *order, by_place);
  for (size_t i = 0; i < f->n; i++) {
    size_t *count = order[i]->level >= EK_LOG_ERROR ? &errors : &warnings;
    if (*count < SHOWN_MAX) {
      ++*count;
      show(order[i]);
    }
  }
  free(order);
  if (f->errors > errors)
    ek_info("and %zu more error%s", f->errors - errors, f->errors - errors == 1 ? "" : "s");
  if (f->warnings > warnings)
    ek_info("and %zu more warning%s", f->warnings - warnings, f->warnings - warnings == 1 ? "" : "s");
  return f->errors;
}

/* ---- did you mean -------------------------------------------------------- */

/* performHPO and perform_hpo are one word, spelled twice: both become performhpo.
 * Returns the length, or WORD_MAX + 1 when it does not fit.                 */
static size_t
fold(const char *word, char *out)
{
  size_t n = 0;
  for (; *word; word++) {
    if (*word == '_' || *word == '-')
      continue;
    if (n == WORD_MAX)
      return WORD_MAX + 1;
    out[n++] = (char)(*word >= 'A' && *word <= 'Z' ? *word + 32 : *word);
  }
  return n;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
  unsigned m = a < b ? a : b;
  return m < c ? m : c;
}

/* Edit distance; two letters changed about count as one edit, since that is what
 * fingers do.                                                               */
static unsigned
distance(const char *a, size_t na, const char *b, size_t nb)
{
  unsigned row[3][WORD_MAX + 1];
  for (size_t j = 0; j <= nb; j++)
    row[0][j] = (unsigned)j;
  for (size_t i = 1; i <= na; i++) {
    unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *older = row[(i + 1) % 3];
    now[0] = (unsigned)i;
    for (size_t j = 1; j <= nb; j++) {
      unsigned change = before[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = least(change, before[j] + 1, now[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && older[j - 2] + 1 < now[j])
        now[j] = older[j - 2] + 1;
    }
  }
  return row[na % 3][nb];
}

const char *
ek_did_you_mean(const char *word, const char *const *names)
{
  char a[WORD_MAX], b[WORD_MAX];
  size_t n = fold(word, a);
  unsigned best = 3;
  const char *found = NULL;
  if (!n || n > WORD_MAX)
    return NULL;
  for (; *names; names++) {
    size_t m = fold(*names, b);
    if (m > WORD_MAX || (m > n ? m - n : n - m) > 2)
      continue;
    unsigned d = distance(a, n, b, m);
    if (d < best && d < n) {
      best = d;
      found = *names;
    }
  }
  return found;
}
