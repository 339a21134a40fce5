/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/call.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/text.h"
#include "plugin/internal.h"

int64_t
ek_monotonic_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
ek_call_reset(ek_call *call)
{
  call->retry_after_ns = -1;
  call->has_error = 0;
  call->busy = 0;
  call->error[0] = 0;
}

const char *
ek_escape(const char *s, char *buf, size_t size)
{
  size_t len = strlen(s), at = 0, out = 0;
  /* In slices that ek_show takes whole: it cuts at 80 columns. */
  while (at < len) {
    char piece[256];
    size_t n = len - at < 20 ? len - at : 20;
    while (n > 1 && at + n < len && ((unsigned char)s[at + n] & 0xc0) == 0x80)
      n--;
    ek_show((ek_str){ s + at, n }, piece, sizeof piece);
    size_t wrote = strlen(piece);
    if (out + wrote + 4 > size) {
      memcpy(buf + out, "...", 3);
      out += 3;
      break;
    }
    memcpy(buf + out, piece, wrote);
    out += wrote;
    at += n;
  }
  buf[out] = 0;
  return buf;
}

void
ek_call_note(ek_call *call, int force, const char *fmt, ...)
{
  if (!call)
    return;
  ek_bit_lock(&call->busy);
  if (force || !call->has_error) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(call->error, sizeof call->error, fmt, ap);
    va_end(ap);
    call->has_error = 1;
  }
  ek_bit_unlock(&call->busy);
}

void
ek_call_end(ek_call *call)
{
  (void)call;
}
