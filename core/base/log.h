/* SPDX-License-Identifier: BSD-3-Clause */
/* base/log.h - everything that goes to stderr: errors, warnings, notes, debug.
 *
 * Text form (configuration.md section 5):
 *   FILE:LINE:COL: error: message
 *      7 |     optons: {levels: 2}
 *        |     ^^^^^^  help: did you mean 'options'?
 * or, without a source line, `help:` on a line of its own, indented by seven.
 * JSON form: one object a line, members file line column level code message help.
 * Thread-safe: a message is written whole, by one write. A progress line
 * (progress.h) is wiped before and drawn again after it.                    */
#ifndef EK_BASE_LOG_H
#define EK_BASE_LOG_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

enum ek_log_format { EK_LOG_TEXT, EK_LOG_JSON };
enum ek_color { EK_COLOR_AUTO, EK_COLOR_ALWAYS, EK_COLOR_NEVER };

typedef struct ek_message {
  int level;               /* enum ek_log_level of plugin.h                      */
  const char *code;        /* stable, lower_snake                                */
  const char *file;        /* NULL: none                                         */
  uint64_t line; uint32_t column;
  const char *message, *help;      /* help may be NULL                           */
  const char *source;      /* the source line for the caret, or NULL             */
  uint32_t width;          /* of the caret; 0: 1                                 */
  const char *word;        /* "stopped", in place of the level's name; or NULL    */
} ek_message;

/* Once, at start. quiet: errors only. verbose: debug too. AUTO colours a
 * terminal unless NO_COLOR is set.                                          */
void ek_log_setup(enum ek_log_format, enum ek_color, int quiet, int verbose);
int  ek_log_is_tty(void);          /* stderr is a terminal                      */
int  ek_log_enabled(int level);
void ek_log_message(const ek_message *m);
/* 1: the last error that was shown contains text. For ends that would only say it again. */
int ek_log_said(const char *text);
/* At level ERROR; with EK_EXIT_STOPPED, which is no mistake, as "stopped: ...". */
void ek_log_error(const ek_error *e);
/* The warnings so far, shown or not, "FILE:LINE: message"; the first 100. They stay
 * where they are to the end of the program.                                 */
const char *const *ek_log_warnings(size_t *n);
void ek_warn(const char *code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ek_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));   /* not under -q */
void ek_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* only -v */

#endif
