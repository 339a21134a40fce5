/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/credentials.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include "aws/hash.h"
#include "aws/provider.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"

#define ADVISORY (15 * 60)          /* from here on one thread refreshes, the others go on */
#define MANDATORY (10 * 60)         /* from here on all wait for it              */
#define PAUSE 60                    /* between refreshes that failed, while the old are still valid */

struct ek_credentials {
  ek_http_client *http;
  const ek_aws_profiles *profiles;
  char *profile, *region, *endpoint_url;
  int explicit_profile;
  ek_aws_clock clock;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int refreshing;
  ek_found held;                    /* id NULL: none yet                         */
  ek_provider *step;                /* that gave them, and is asked again        */
  int64_t not_before;               /* no refresh until then                     */
  ek_error why;                     /* the last refresh failed                   */
};

static char *
copy(const char *s)
{
  return s && *s ? ek_mem_strdup(s) : NULL;
}

ek_credentials *
ek_credentials_new(const ek_credentials_options *o)
{
  ek_credentials *c = ek_mem_zero(1, sizeof *c);
  pthread_condattr_t attr;
  c->http = o->http;
  c->profiles = o->profiles;
  c->explicit_profile = o->profile && *o->profile;
  c->profile = ek_mem_strdup(ek_aws_profile_name(o->profile));
  c->region = copy(o->region);
  c->endpoint_url = copy(o->endpoint_url);
  c->clock.now = o->now;
  pthread_mutex_init(&c->lock, NULL);
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&c->changed, &attr);
  pthread_condattr_destroy(&attr);
  return c;
}

void
ek_credentials_free(ek_credentials *c)
{
  if (!c)
    return;
  ek_found_clear(&c->held);
  pthread_mutex_destroy(&c->lock);
  pthread_cond_destroy(&c->changed);
  free(c->profile);
  free(c->region);
  free(c->endpoint_url);
  free(c);
}

ek_aws_clock *
ek_credentials_clock(ek_credentials *c)
{
  return &c->clock;
}

void
ek_aws_grant_clear(ek_aws_grant *g)
{
  if (g->owned) {
    OPENSSL_cleanse((char *)g->keys.secret, strlen(g->keys.secret));
    if (g->keys.token)
      OPENSSL_cleanse((char *)g->keys.token, strlen(g->keys.token));
  }
  free(g->owned);
  *g = (ek_aws_grant){ 0 };
}

static const char *
place(char **at, const char *s)
{
  if (!s)
    return NULL;
  size_t n = strlen(s) + 1;
  const char *here = memcpy(*at, s, n);
  *at += n;
  return here;
}

static void
grant(const ek_found *f, ek_aws_grant *out)
{
  ek_aws_grant_clear(out);
  char *at = ek_mem_alloc(strlen(f->id) + strlen(f->secret) + ek_aws_str(f->token).len + strlen(f->source) + 4);
  out->owned = at;
  out->keys.id = place(&at, f->id);
  out->keys.secret = place(&at, f->secret);
  out->keys.token = place(&at, f->token);
  out->source = place(&at, f->source);
  out->expires = f->expires;
}

/* Message 14 of the configuration. */
static int
none(const ek_aws_profiles *p, const char *profile, ek_text *tried, ek_error *e)
{
  char shown[160];
  ek_show(ek_aws_str(profile), shown, sizeof shown);
  ek_step_fail(e, "tried %s", ek_text_c(tried));
  const char *names = ek_aws_profiles_names(p);
  if (!strcmp(names, "none"))
    ek_help(e, "aws configure --profile %s", shown);
  else if (ek_aws_profiles_has(p, profile))
    ek_help(e, "aws configure --profile %s, or set aws.profile (profiles there are: %s)", shown, names);
  else
    ek_help(e, "aws configure --profile %s, or set aws.profile to one of: %s", shown, names);
  return -1;
}

int
ek_credentials_missing(const ek_aws_profiles *p, const char *profile, int explicit_profile, const char *asked,
                       ek_error *e)
{
  EK_AUTO(ek_text_free) ek_text tried = { 0 };
  ek_ask a = { .profiles = p, .profile = profile, .explicit_profile = explicit_profile };
  ek_found f = { 0 };
  ek_provide_env(&a, &f, &tried, NULL);
  ek_provide_shared(&a, &f, &tried, NULL);
  ek_found_clear(&f);
  ek_tried(&tried, "container and instance metadata (%s)", asked);
  return none(p, profile, &tried, e);
}

/* The whole chain, or the step that gave what is to be refreshed. */
static int
fetch(ek_credentials *c, const ek_ask *a, ek_provider **step, ek_found *out, ek_error *e)
{
  static ek_provider *const chain[] = { ek_provide_env, ek_provide_role, ek_provide_web_identity, ek_provide_sso,
    ek_provide_shared, ek_provide_login, ek_provide_process, ek_provide_config, ek_provide_container,
    ek_provide_metadata };
  EK_AUTO(ek_text_free) ek_text tried = { 0 };
  if (*step) {
    int got = (*step)(a, out, &tried, e);
    return got == EK_STEP_FOUND ? 0 : got == EK_STEP_ERROR ? -1 : none(c->profiles, c->profile, &tried, e);
  }
  for (size_t i = 0; i < sizeof chain / sizeof *chain; i++) {
    int got = chain[i](a, out, &tried, e);
    if (got == EK_STEP_FOUND)
      *step = chain[i];
    if (got != EK_STEP_NOTHING)
      return got == EK_STEP_FOUND ? 0 : -1;
  }
  return none(c->profiles, c->profile, &tried, e);
}

/* What is held is too old, and this is why there is nothing newer. */
static int
expired(const ek_credentials *c, const ek_error *why, ek_error *e)
{
  static const char begins[] = "no AWS credentials: ";
  const char *text = why && why->message[0] ? why->message : "they cannot be refreshed";
  if (!strncmp(text, begins, sizeof begins - 1))
    text += sizeof begins - 1;
  ek_fail(e, EK_EXIT_STOPPED, "credentials_expired", "the AWS credentials (%s) have expired: %.700s",
          c->held.source, text);
  return ek_help(e, "get new ones and run again: what is done is kept");
}

/* Called with the lock; gives it back while it asks. 0 there is something newer, -1 and c->why. */
static int
refresh(ek_credentials *c, int (*cancelled)(void *), void *arg)
{
  ek_error why = { 0 };
  ek_ask a = { .http = c->http, .profiles = c->profiles, .profile = c->profile, .explicit_profile = c->explicit_profile,
    .region = c->region, .endpoint_url = c->endpoint_url, .clock = &c->clock, .cancelled = cancelled, .arg = arg };
  ek_provider *step = c->step;
  ek_found found = { 0 };
  c->refreshing = 1;
  pthread_mutex_unlock(&c->lock);
  int bad = fetch(c, &a, &step, &found, &why);
  int64_t now = ek_aws_now(&c->clock);
  pthread_mutex_lock(&c->lock);
  c->refreshing = 0;
  if (bad) {
    ek_found_clear(&found);
    c->why = why;
    c->not_before = now + PAUSE;
  } else {
    ek_found_clear(&c->held);
    c->held = found;
    c->step = step;
    /* A service that hands out what is old already (metadata does, when AWS has trouble) is not asked without end. */
    c->not_before = found.expires && found.expires - now <= ADVISORY ? now + PAUSE : 0;
  }
  pthread_cond_broadcast(&c->changed);
  return bad;
}

static void
wait_a_little(ek_credentials *c)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += 100 * 1000 * 1000;
  if (t.tv_nsec >= 1000000000)
    t.tv_sec++, t.tv_nsec -= 1000000000;
  pthread_cond_timedwait(&c->changed, &c->lock, &t);
}

static int
same(const ek_found *f, const ek_aws_grant *g)
{
  return g->owned && !strcmp(f->id, g->keys.id) && !strcmp(f->secret, g->keys.secret)
         && !strcmp(f->token ? f->token : "", g->keys.token ? g->keys.token : "");
}

/* Keys that stand somewhere are what they are; asking again gives the same. */
static int
fixed(const ek_credentials *c)
{
  return c->step == ek_provide_env || c->step == ek_provide_shared || c->step == ek_provide_config;
}

enum need { USE, MAY, MUST };

static enum need
need(const ek_credentials *c, int force, const ek_aws_grant *refused)
{
  if (!c->held.id)
    return MUST;
  if (force && (!refused->owned || same(&c->held, refused)))
    return MUST;
  if (!c->held.expires || fixed(c))
    return USE;
  int64_t left = c->held.expires - ek_aws_now((ek_aws_clock *)&c->clock);
  return left > ADVISORY ? USE : left > MANDATORY ? MAY : MUST;
}

static int
still_valid(ek_credentials *c, int force, const ek_aws_grant *refused)
{
  return c->held.id && !(force && (!refused->owned || same(&c->held, refused)))
         && (!c->held.expires || c->held.expires > ek_aws_now(&c->clock));
}

static int
given_up(ek_error *e)
{
  return ek_fail(e, EK_EXIT_STOPPED, "cancelled", "given up while waiting for AWS credentials");
}

static int
failed(const ek_error *why, ek_error *e)
{
  if (e)
    *e = *why;
  return -1;
}

/* With the lock. 0: what is held may be used. */
static int
make_good(ek_credentials *c, int force, const ek_aws_grant *refused, int (*cancelled)(void *), void *arg, ek_error *e)
{
  for (;;) {
    enum need n = need(c, force, refused);
    if (n == USE || (n == MAY && c->refreshing))
      break;
    if (cancelled && cancelled(arg))
      return given_up(e);
    if (c->refreshing) {
      wait_a_little(c);
      continue;
    }
    int early = ek_aws_now(&c->clock) < c->not_before;
    if (early && still_valid(c, force, refused))
      break;
    if (c->held.id && fixed(c))
      return expired(c, NULL, e);
    /* Many workers come at once: where nothing was found, not each of them looks again. */
    if (!c->held.id && early)
      return failed(&c->why, e);
    int bad = refresh(c, cancelled, arg);
    if (bad && cancelled && cancelled(arg)) {
      c->not_before = 0;
      return given_up(e);
    }
    if (!bad && !force)
      continue;
    if (!bad)
      break;                       /* what comes now is used, whether it is new or not */
    if (!c->held.id)
      return failed(&c->why, e);
    if (!still_valid(c, force, refused))
      return expired(c, &c->why, e);
    ek_debug("AWS credentials (%s) are not refreshed yet: %s", c->held.source, c->why.message);
    break;
  }
  return c->held.expires && c->held.expires <= ek_aws_now(&c->clock) ? expired(c, NULL, e) : 0;
}

int
ek_credentials_get(ek_credentials *c, int force, int (*cancelled)(void *), void *arg, ek_aws_grant *out, ek_error *e)
{
  pthread_mutex_lock(&c->lock);
  int bad = make_good(c, force, out, cancelled, arg, e);
  if (!bad)
    grant(&c->held, out);
  pthread_mutex_unlock(&c->lock);
  return bad;
}
