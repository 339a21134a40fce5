/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/local/violations.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"

int
ek_violations_room(const ek_violations *v, enum ek_severity severity)
{
  return (severity == EK_ERROR ? v->errors : v->warnings) < EK_VIOLATIONS_MAX;
}

void
ek_violation_add(ek_violations *v, enum ek_severity severity, const char *code, const char *file, uint64_t line,
                 const char *fmt, ...)
{
  if (ek_violations_room(v, severity)) {
    ek_text message = { 0 };
    va_list ap;
    va_start(ap, fmt);
    ek_text_vprintf(&message, fmt, ap);
    va_end(ap);
    v->list = ek_mem_grow(v->list, &v->cap, v->n + 1, sizeof *v->list);
    v->list[v->n++] = (ek_violation){ severity == EK_ERROR, code, ek_mem_strdup(file), line,
                                      ek_mem_strdup(ek_text_c(&message)) };
    ek_text_free(&message);
  }
  if (severity == EK_ERROR)
    v->errors++;
  else
    v->warnings++;
}

static void
clear_one(ek_violation *v)
{
  free(v->file);
  free(v->message);
}

/* They came in order of the file already, but for those of the whole file. */
void
ek_violations_trim(ek_violations *v)
{
  size_t errors = v->errors < EK_VIOLATIONS_MAX ? (size_t)v->errors : EK_VIOLATIONS_MAX;
  size_t warnings = EK_VIOLATIONS_MAX - errors, kept = 0;
  for (size_t i = 0; i < v->n; i++) {
    if (!v->list[i].error && !warnings) {
      clear_one(&v->list[i]);
      continue;
    }
    warnings -= !v->list[i].error;
    v->list[kept++] = v->list[i];
  }
  v->n = kept;
}

void
ek_violations_clear(ek_violations *v)
{
  for (size_t i = 0; i < v->n; i++)
    clear_one(&v->list[i]);
  free(v->list);
  *v = (ek_violations){ 0 };
}
