/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"
#include "base/log.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <enrichkit/plugin.h>
#include "base/progress.h"
#include "base/text.h"
#include "base/utf8.h"

static enum ek_log_format format_ = EK_LOG_TEXT;
static int tty_, color_, quiet_, verbose_;
static pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
static char bar_[256];                     /* the progress line that is on the screen */
static uint64_t last_ns_;
static char last_error_[sizeof ((ek_error *)0)->message];

static void
put(const char *p, size_t n)
{
  while (n) {
    ssize_t r = write(STDERR_FILENO, p, n);
    if (r < 0 && errno == EINTR)
      continue;
    if (r <= 0)
      return;
    p += r;
    n -= (size_t)r;
  }
}

void
ek_log_setup(enum ek_log_format format, enum ek_color color, int quiet, int verbose)
{
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  format_ = format;
  quiet_ = quiet;
  verbose_ = verbose;
  tty_ = isatty(STDERR_FILENO);
  color_ = color == EK_COLOR_ALWAYS ||
           (color == EK_COLOR_AUTO && tty_ && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0);
}

int
ek_log_is_tty(void)
{
  return tty_;
}

int
ek_log_enabled(int level)
{
  if (quiet_)
    return level >= EK_LOG_ERROR;
  return level >= EK_LOG_INFO || verbose_;
}

static const char *
level_name(int level)
{
  return level >= EK_LOG_ERROR ? "error" : level >= EK_LOG_WARN ? "warning" : level >= EK_LOG_INFO ? "info" : "debug";
}

static void
as_json(ek_text *t, const ek_message *m)
{
  ek_text_cstr(t, "{\"level\": \"");
  ek_text_cstr(t, level_name(m->level));
  ek_text_cstr(t, "\", \"code\": ");
  ek_text_json(t, ek_cstr(m->code ? m->code : ""));
  if (m->file && *m->file) {
    ek_text_cstr(t, ", \"file\": ");
    ek_text_json(t, ek_cstr(m->file));
  }
  if (m->line)
    ek_text_printf(t, ", \"line\": %llu", (unsigned long long)m->line);
  if (m->column)
    ek_text_printf(t, ", \"column\": %u", m->column);
  ek_text_cstr(t, ", \"message\": ");
  ek_text_json(t, ek_cstr(m->message));
  if (m->help && *m->help) {
    ek_text_cstr(t, ", \"help\": ");
    ek_text_json(t, ek_cstr(m->help));
  }
  ek_text_cstr(t, "}\n");
}

/* The next character of a source line for the screen: itself, or one stand-in of
 * the same width, so that the caret fits. Returns the bytes taken.          */
static size_t
add_character(ek_text *t, const char *p, size_t left)
{
  char shown[128];
  unsigned char b = (unsigned char)*p;
  size_t n = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
  if (n > left || !ek_utf8_valid((ek_str){ p, n }))
    n = 1;
  ek_show((ek_str){ p, n }, shown, sizeof shown);
  if (strlen(shown) == n && memcmp(shown, p, n) == 0)
    ek_text_add(t, p, n);
  else
    ek_text_char(t, b == '\t' ? ' ' : '?');
  return n;
}

/* The source line with a caret below. A long line is shown from shortly before
 * the caret on.                                                             */
static void
add_source(ek_text *t, const ek_message *m)
{
  const char *p = m->source, *end = p + strcspn(p, "\n");
  uint32_t column = m->column ? m->column : 1, width = m->width ? m->width : 1, skip = column > 100 ? column - 40 : 0;
  char number[24];
  int n = snprintf(number, sizeof number, "%6llu", (unsigned long long)m->line);
  ek_text skipped = { 0 };
  ek_text_printf(t, "%s | ", number);
  for (uint32_t i = 0; i < skip && p < end; i++)
    p += add_character(&skipped, p, (size_t)(end - p));
  ek_text_free(&skipped);
  if (skip)
    ek_text_cstr(t, "...");
  for (uint32_t i = 0; i < 120 && p < end; i++)
    p += add_character(t, p, (size_t)(end - p));
  ek_text_printf(t, "\n%*s | ", n, "");
  column = skip ? column - skip + 3 : column;
  if (width > 60)
    width = 60;
  for (uint32_t i = 1; i < column; i++)
    ek_text_char(t, ' ');
  for (uint32_t i = 0; i < width; i++)
    ek_text_char(t, '^');
  if (m->help && *m->help)
    ek_text_printf(t, "  help: %s", m->help);
  ek_text_char(t, '\n');
}

static void
as_text(ek_text *t, const ek_message *m)
{
  const char *on = "", *off = "";
  if (color_) {
    on = m->level >= EK_LOG_ERROR ? "\033[1;31m" : m->level >= EK_LOG_WARN ? "\033[1;33m" : "\033[2m";
    off = "\033[0m";
  }
  if (m->file && *m->file) {
    ek_text_cstr(t, m->file);
    if (m->line)
      ek_text_printf(t, ":%llu", (unsigned long long)m->line);
    if (m->line && m->column)
      ek_text_printf(t, ":%u", m->column);
    ek_text_cstr(t, ": ");
  }
  if (m->level == EK_LOG_INFO)
    ek_text_printf(t, "%s\n", m->message);
  else
    ek_text_printf(t, "%s%s:%s %s\n", on, m->word ? m->word : level_name(m->level), off, m->message);
  if (m->source && m->line)
    add_source(t, m);
  else if (m->help && *m->help)
    ek_text_printf(t, "       help: %s\n", m->help);
}

#define WARNINGS 100
static const char *warnings_[WARNINGS];    /* for the report                        */
static size_t n_warnings_;

static void
keep_warning(const ek_message *m)
{
  ek_text t = { 0 };
  if (m->file && *m->file) {
    ek_text_cstr(&t, m->file);
    if (m->line)
      ek_text_printf(&t, ":%llu", (unsigned long long)m->line);
    ek_text_cstr(&t, ": ");
  }
  ek_text_cstr(&t, m->message);
  ek_text_c(&t);
  pthread_mutex_lock(&lock_);
  if (n_warnings_ < WARNINGS) {
    warnings_[n_warnings_++] = t.data;
    t.data = NULL;
  }
  pthread_mutex_unlock(&lock_);
  ek_text_free(&t);
}

const char *const *
ek_log_warnings(size_t *n)
{
  pthread_mutex_lock(&lock_);
  *n = n_warnings_;
  pthread_mutex_unlock(&lock_);
  return warnings_;
}

void
ek_log_message(const ek_message *m)
{
  ek_text t = { 0 };
  if (m->level == EK_LOG_WARN)
    keep_warning(m);
  if (!ek_log_enabled(m->level))
    return;
  if (format_ == EK_LOG_JSON)
    as_json(&t, m);
  else
    as_text(&t, m);
  pthread_mutex_lock(&lock_);
  if (bar_[0])
    put("\r\033[K", 4);
  put(t.data, t.len);
  if (bar_[0])
    put(bar_, strlen(bar_));
  pthread_mutex_unlock(&lock_);
  ek_text_free(&t);
}

void
ek_log_error(const ek_error *e)
{
  ek_message m = { .level = EK_LOG_ERROR, .code = e->code, .file = e->file, .line = e->line, .column = e->column,
                   .message = e->message, .help = e->help, .word = e->status == EK_EXIT_STOPPED ? "stopped" : NULL };
  ek_log_message(&m);
  pthread_mutex_lock(&lock_);
  memcpy(last_error_, e->message, sizeof last_error_);
  pthread_mutex_unlock(&lock_);
}

int
ek_log_said(const char *text)
{
  pthread_mutex_lock(&lock_);
  int said = strstr(last_error_, text) != NULL;
  pthread_mutex_unlock(&lock_);
  return said;
}

__attribute__((format(printf, 3, 0))) static void
vlog(int level, const char *code, const char *fmt, va_list ap)
{
  char text[1024];
  vsnprintf(text, sizeof text, fmt, ap);
  ek_message m = { .level = level, .code = code, .message = text };
  ek_log_message(&m);
}

void
ek_warn(const char *code, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  vlog(EK_LOG_WARN, code, fmt, ap);
  va_end(ap);
}

void
ek_info(const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  vlog(EK_LOG_INFO, "info", fmt, ap);
  va_end(ap);
}

void
ek_debug(const char *fmt, ...)
{
  va_list ap;
  if (!ek_log_enabled(EK_LOG_DEBUG))
    return;
  va_start(ap, fmt);
  vlog(EK_LOG_DEBUG, "debug", fmt, ap);
  va_end(ap);
}

/* ---- progress: here because it shares the line that messages wipe -------- */

#include <time.h>

/* A guess from the share that is done, where there is enough to guess from. */
static void
add_time_left(ek_text *t, double share, double seconds)
{
  double left = share > 0 ? seconds * (1 - share) / share : 0;
  if (seconds < 2 || share < 0.002 || share >= 1 || left < 1)
    return;
  if (left < 90)
    ek_text_printf(t, "  %.0f s left", left);
  else if (left < 5400)
    ek_text_printf(t, "  %.0f min left", left / 60);
  else
    ek_text_printf(t, "  %.1f h left", left / 3600);
}

/* A line that wraps could not be drawn over. */
static void
keep_line(ek_text *t)
{
  struct winsize w;
  size_t start = strlen("\r\033[K"), most = sizeof bar_ - 1;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 && start + w.ws_col - 1 < most)
    most = start + w.ws_col - 1;
  snprintf(bar_, sizeof bar_, "%.*s", (int)most, ek_text_c(t));
  put(bar_, strlen(bar_));
}

static void
draw(const ek_progress_state *s, uint64_t now, int last)
{
  static const char *stage_;
  static uint64_t start_ns_;
  ek_text t = { 0 };
  if (stage_ != s->stage || !start_ns_) {
    stage_ = s->stage;
    start_ns_ = now;
  }
  double seconds = (double)(now - start_ns_) / 1e9;
  ek_text_printf(&t, "\r\033[K%-8s ", s->stage);
  ek_text_thousands(&t, s->done);
  ek_text_printf(&t, " %s", s->noun);
  if (s->total_bytes) {
    double share = (double)s->bytes / (double)s->total_bytes;
    if (share > 1)
      share = 1;
    int width = s->note && s->note[0] ? 10 : 20, filled = (int)(share * width);
    ek_text_printf(&t, "   %3d%% |%.*s%.*s|", (int)(share * 100), filled, "####################", width - filled,
                   "                    ");
  }
  if (seconds > 0.05) {
    ek_text_cstr(&t, "  ");
    ek_text_thousands(&t, (uint64_t)((double)s->done / seconds));
    ek_text_cstr(&t, "/s");
  }
  if (s->total_bytes && !last)
    add_time_left(&t, (double)s->bytes / (double)s->total_bytes, seconds);
  if (s->rejects) {
    ek_text_cstr(&t, "  ");
    ek_text_thousands(&t, s->rejects);
    ek_text_printf(&t, " reject%s", s->rejects == 1 ? "" : "s");
  }
  if (s->note && s->note[0])
    ek_text_printf(&t, "  %s", s->note);
  keep_line(&t);
  ek_text_free(&t);
}

void
ek_progress_update(const ek_progress_state *s)
{
  if (!tty_ || quiet_ || format_ == EK_LOG_JSON)
    return;
  uint64_t now = (uint64_t)ek_monotonic_ns();
  if (now - last_ns_ < 100000000u)
    return;
  last_ns_ = now;
  pthread_mutex_lock(&lock_);
  draw(s, now, 0);
  pthread_mutex_unlock(&lock_);
}

void
ek_progress_finish(const ek_progress_state *s)
{
  if (!tty_ || quiet_ || format_ == EK_LOG_JSON)
    return;
  pthread_mutex_lock(&lock_);
  draw(s, (uint64_t)ek_monotonic_ns(), 1);
  put("\n", 1);
  bar_[0] = 0;
  last_ns_ = 0;
  pthread_mutex_unlock(&lock_);
}

static void
draw_text(const char *stage, const char *text, double share)
{
  ek_text t = { 0 };
  ek_text_printf(&t, "\r\033[K%-8s %.150s", stage, text);
  if (share >= 0)
    ek_text_printf(&t, "  %3d%%", (int)((share > 1 ? 1 : share) * 100));
  snprintf(bar_, sizeof bar_, "%s", ek_text_c(&t));
  ek_text_free(&t);
  put(bar_, strlen(bar_));
}

void
ek_progress_text(const char *stage, const char *text, double share, int last)
{
  uint64_t now = (uint64_t)ek_monotonic_ns();
  if (!tty_ || quiet_ || format_ == EK_LOG_JSON || (!last && now - last_ns_ < 100000000u))
    return;
  pthread_mutex_lock(&lock_);
  last_ns_ = last ? 0 : now;
  draw_text(stage, text, share);
  if (last) {
    put("\n", 1);
    bar_[0] = 0;
  }
  pthread_mutex_unlock(&lock_);
}

void
ek_progress_drop(void)
{
  pthread_mutex_lock(&lock_);
  if (bar_[0])
    put("\r\033[K", 4);
  bar_[0] = 0;
  last_ns_ = 0;
  pthread_mutex_unlock(&lock_);
}
