/* SPDX-License-Identifier: BSD-3-Clause */
/* base/error.h - what went wrong, where, with which value, and what to do.
 *
 * Functions that can fail return 0 or -1 (or NULL) and fill an ek_error that the
 * caller owns, usually on its stack. It holds no pointers to free. Texts that
 * come from input must pass ek_show() (text.h) first: escaped and cut.      */
#ifndef EK_BASE_ERROR_H
#define EK_BASE_ERROR_H
#include <stdarg.h>
#include <stdint.h>

/* Exit statuses, as in configuration.md section 4. */
enum ek_exit {
  EK_EXIT_OK = 0,
  EK_EXIT_FAILED = 1,      /* at work: disk, fatal plugin, on_error: stop       */
  EK_EXIT_REFUSED = 2,     /* before any work: usage, configuration, plugin     */
  EK_EXIT_REJECTS = 3,     /* done, but rejects under --strict, or too many     */
  EK_EXIT_STOPPED = 4      /* stopped on the way and resumable                  */
};                         /* 130, 143: interrupted                             */

typedef struct ek_error {
  int status;              /* enum ek_exit; 0: no error yet                     */
  const char *code;        /* static, stable, lower_snake: "unknown_key"        */
  uint64_t line;           /* 1-based; 0: none                                  */
  uint32_t column;         /* 1-based; 0: none                                  */
  char file[512];          /* "" : none                                         */
  char message[1024];
  char help[1024];         /* "" : none                                         */
} ek_error;

/* Sets status, code and message; clears position and help. Always returns -1,
 * so that `return ek_fail(e, ...)` reads well. e may be NULL.               */
int ek_fail(ek_error *e, int status, const char *code, const char *fmt, ...)
  __attribute__((format(printf, 4, 5)));
/* "what: strerror(errno)"; errno is read first. For files: names path.      */
int ek_fail_errno(ek_error *e, int status, const char *code, const char *path, const char *doing);
/* Both return -1 too, so they chain: return ek_at(e, file, line, 0).        */
int ek_at(ek_error *e, const char *file, uint64_t line, uint32_t column);
int ek_help(ek_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
