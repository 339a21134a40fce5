/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"

int
ek_fail(ek_error *e, int status, const char *code, const char *fmt, ...)
{
  if (!e)
    return -1;
  va_list ap;
  e->status = status;
  e->code = code;
  e->line = 0;
  e->column = 0;
  e->file[0] = e->help[0] = 0;
  va_start(ap, fmt);
  vsnprintf(e->message, sizeof e->message, fmt, ap);
  va_end(ap);
  return -1;
}

int
ek_fail_errno(ek_error *e, int status, const char *code, const char *path, const char *doing)
{
  int err = errno;
  char why[128];
  /* strerror is not thread-safe; the C locale's text is wanted in any case. */
  const char *text = strerrordesc_np(err);
  snprintf(why, sizeof why, "%s", text ? text : "unknown error");
  ek_fail(e, status, code, "cannot %s: %s", doing, why);
  if (err == ENOSPC || err == EDQUOT || err == EFBIG)
    ek_help(e, "make room, or choose another folder, and run again; files are whole or absent");
  return ek_at(e, path, 0, 0);
}

int
ek_at(ek_error *e, const char *file, uint64_t line, uint32_t column)
{
  if (e) {
    char shown[256];
    ek_str s = { file ? file : "", file ? strlen(file) : 0 };
    /* A path is shown whole where it fits: it is what the user will paste. */
    if (s.len < sizeof e->file && !strpbrk(s.ptr, "\n\r\t\033"))
      snprintf(e->file, sizeof e->file, "%s", s.ptr);
    else
      snprintf(e->file, sizeof e->file, "%s", ek_show(s, shown, sizeof shown));
    e->line = line;
    e->column = column;
  }
  return -1;
}

int
ek_help(ek_error *e, const char *fmt, ...)
{
  if (e) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->help, sizeof e->help, fmt, ap);
    va_end(ap);
  }
  return -1;
}
