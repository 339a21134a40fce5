/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting for what the service does in its own time.                        */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "stage/personalize/call.h"

#define SEC INT64_C(1000000000)

/* "campaign.latestCampaignUpdate": NULL where a member is missing. */
static const json_t *
member_at(const json_t *d, const char *path, size_t len)
{
  while (d && len) {
    size_t n = 0;
    char name[64];
    while (n < len && path[n] != '.')
      n++;
    snprintf(name, sizeof name, "%.*s", (int)n, path);
    d = json_object_get(d, name);
    path += n < len ? n + 1 : n;
    len -= n < len ? n + 1 : n;
  }
  return d;
}

typedef struct watched { const char *status; int over; char shown[80]; } watched;

/* 1: over, well. 0: goes on. -1: e. */
static int
judge(const ek_pz_wait *w, const json_t *d, watched *st, ek_error *e)
{
  const char *dot = strrchr(w->path, '.');
  const json_t *status = member_at(d, w->path, strlen(w->path));
  const json_t *reason = member_at(d, w->path, (size_t)(dot - w->path));
  const char *s = json_string_value(status);
  char shown[160], why[400];
  snprintf(st->shown, sizeof st->shown, "%s", s ? s : "CREATE PENDING");
  if (!s)
    return 0;
  if (strcmp(s, EK_STATUS_ACTIVE) == 0)
    return !w->gone;
  if (!strstr(s, "FAILED") && strcmp(s, "CREATE STOPPED") != 0)
    return 0;
  const char *text = json_string_value(json_object_get(reason, "failureReason"));
  snprintf(why, sizeof why, "%s", text ? ek_show(ek_cstr(text), shown, sizeof shown) : "the service gives no reason");
  ek_fail(e, EK_EXIT_FAILED, "create_failed", "%s %s: %s: %s", w->stage, w->what, s, why);
  return ek_help(e, "what it is: %s", w->arn);
}

static int
look(ek_cloud *c, const ek_pz_wait *w, watched *st, json_t **last, ek_error *e)
{
  json_t *in = json_pack("{s:s}", w->member, w->arn), *d = ek_pz_take_seen(c, w->arn);
  enum ek_pz r = d ? EK_PZ_OK : ek_pz_call(c, w->operation, in, &d, e);
  int result;
  json_decref(in);
  if (r == EK_PZ_NOT_FOUND && w->gone)
    return 1;
  if (r != EK_PZ_OK)
    return -1;
  result = judge(w, d, st, e);
  if (last) {
    json_decref(*last);
    *last = json_incref(d);
  }
  json_decref(d);
  return result;
}

static void
tell(const ek_cloud *c, const ek_pz_wait *w, size_t n, const watched *st, int64_t began)
{
  ek_text t = { 0 };
  int64_t s = (ek_monotonic_ns() - began) / SEC;
  if (!c->watch || !c->watch->progress)
    return;
  for (size_t i = 0; i < n; i++)
    ek_text_printf(&t, "%s%s %s", i ? "   " : "", w[i].what, st[i].over ? EK_STATUS_ACTIVE : st[i].shown);
  ek_text_printf(&t, "   %lld:%02lld", (long long)(s / 60), (long long)(s % 60));
  c->watch->progress(c->watch->arg, w[0].stage, ek_text_c(&t), -1);
  ek_text_free(&t);
}

static int
timed_out(const ek_pz_wait *w, const watched *st, ek_error *e)
{
  int64_t s = w->timeout_ns / SEC;
  ek_fail(e, EK_EXIT_STOPPED, "wait_timeout", "%s %s is still %s after %lld %s, the time to wait", w->stage, w->what,
          st->shown, (long long)(s < 300 ? s : s / 60), s < 300 ? "seconds" : "minutes");
  return ek_help(e, "the job goes on in the account: run the same command again and it is found; %s.timeout waits longer",
                 w->stage);
}

int
ek_pz_wait_for(ek_cloud *c, const ek_pz_wait *w, size_t n, json_t **last, ek_error *e)
{
  int64_t began = ek_monotonic_ns(), pause = c->poll_ns ? c->poll_ns : SEC / 10;   /* the first looks cost nobody anything */
  const int64_t longest = c->poll_ns ? c->poll_ns : 30 * SEC;
  watched *st = ek_mem_zero(n, sizeof *st);
  size_t left = n;
  int r = 0;

  while (r == 0 && left) {
    for (size_t i = 0; i < n && r == 0; i++) {
      if (st[i].over)
        continue;
      int got = look(c, &w[i], &st[i], last ? &last[i] : NULL, e);
      if (got < 0)
        r = -1;
      else if (got > 0) {
        st[i].over = 1;
        left--;
      } else if (w[i].timeout_ns && ek_monotonic_ns() - began >= w[i].timeout_ns)
        r = timed_out(&w[i], &st[i], e);
    }
    tell(c, w, n, st, began);
    if (r == 0 && left)
      r = ek_pz_sleep(c, pause, e);
    pause = pause * 3 / 2 < longest ? pause * 3 / 2 : longest;
  }
  free(st);
  return r;
}

int
ek_pz_look_again(ek_cloud *c, const char *stage, int (*find)(void *arg, ek_error *e), void *arg, ek_error *e)
{
  const int64_t until = ek_monotonic_ns() + EK_PZ_LAG_NS;
  int64_t pause = c->poll_ns ? c->poll_ns : SEC / 5;
  for (;;) {
    int found = find(arg, e);
    int64_t left = until - ek_monotonic_ns();
    if (found || left <= 0)
      return found;
    if (c->watch && c->watch->progress)
      c->watch->progress(c->watch->arg, stage, "a reply was lost: looking for what it told of", -1);
    if (ek_pz_sleep(c, pause < left ? pause : left, e) < 0)
      return -1;
    pause = pause * 3 / 2 < 5 * SEC ? pause * 3 / 2 : 5 * SEC;
  }
}
