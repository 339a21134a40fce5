/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of steps that leave the machine: rates, prices, budgets, the guard's exemptions, the
 * cache's file; and what they say together.                                 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/value.h"
#include "config/yaml.h"

/* ---- rates ------------------------------------------------------------------------ */

/* A rate, or a name to be found in `rates` once all is read. */
void
ek_make_rate(ek_check *c, const ek_node *n, ek_rate *rate)
{
  rate->place = n->place;
  if (ek_value_rate(n->text, &rate->per_second))
    return;
  if (!ek_value_name(n->text)) {
    ek_check_wrong(c, n, NULL, "it is a rate such as 50/s or 100/m, or a name in 'rates'");
    return;
  }
  free(rate->name);
  rate->name = ek_mem_strdup(n->text);
}

static int
fit_rate_name(ek_check *c, const ek_node *n)
{
  char shown[160];
  if (ek_value_name(n->key))
    return 1;
  ek_check_error(c, &n->key_place, "bad_value", NULL,
                 "'%s' is no name for a rate: letters, digits, - and _, at most 40",
                 ek_show(ek_cstr(n->key), shown, sizeof shown));
  return 0;
}

static void
make_shared_rate(ek_check *c, const ek_node *n)
{
  ek_settings *s = c->s;
  if (ek_node_null(n) || !fit_rate_name(c, n) || !ek_check_kind(c, n, EK_NODE_MAP, "a rate is a map: {limit: 50/s}"))
    return;
  ek_rate *r = &s->rates[s->n_rates++];
  *r = (ek_rate){ .name = ek_mem_strdup(n->key), .place = n->key_place };
  ek_check_defaults(c, "rates.*.", r);
  ek_check_map(c, n, "rates.*", r);
  const ek_node *limit = ek_node_get(n, "limit");
  if (!limit || ek_node_null(limit))
    ek_check_error(c, &n->key_place, "missing_key", "write   limit: 50/s", "rate '%s' has no 'limit'", r->name);
}

void
ek_make_rates(ek_check *c, const ek_node *map)
{
  if (!ek_check_kind(c, map, EK_NODE_MAP, "it is a map of rates: {vision: {limit: 50/s}}"))
    return;
  c->s->rates = ek_mem_zero(map->n ? map->n : 1, sizeof *c->s->rates);
  for (const ek_node *n = map->first; n; n = n->next) {
    size_t before = ek_check_enter(c, n->key);
    make_shared_rate(c, n);
    ek_check_leave(c, before);
  }
}

static void
no_such_rate(ek_check *c, const ek_step_settings *step)
{
  const ek_settings *s = c->s;
  const char **names = ek_mem_zero(s->n_rates + 1, sizeof *names);
  ek_text help = { 0 };
  for (size_t i = 0; i < s->n_rates; i++)
    names[i] = s->rates[i].name;
  const char *near = ek_did_you_mean(step->rate.name, names);
  if (near)
    ek_text_printf(&help, "did you mean '%s'?", near);
  else if (s->n_rates) {
    ek_text_cstr(&help, "The rates are: ");
    for (size_t i = 0; i < s->n_rates; i++)
      ek_text_printf(&help, "%s%s", i ? ", " : "", names[i]);
  } else
    ek_text_printf(&help, "write   rates: {%s: {limit: 50/s}}      or a rate such as 50/s", step->rate.name);
  ek_check_error(c, &step->rate.place, "no_such_rate", ek_text_c(&help),
                 "step '%s': there is no rate '%s' in 'rates'", step->name ? step->name : "?", step->rate.name);
  ek_text_free(&help);
  free(names);
}

static void
resolve_rate(ek_check *c, ek_step_settings *step)
{
  for (size_t i = 0; step->rate.name && i < c->s->n_rates; i++) {
    const ek_rate *r = &c->s->rates[i];
    if (strcmp(r->name, step->rate.name) != 0)
      continue;
    step->rate.per_second = r->per_second;
    step->rate.burst = r->burst;
    step->rate.adapt = r->adapt;
    step->rate_named = 1;
    return;
  }
  if (step->rate.name)
    no_such_rate(c, step);
}

/* ---- money ------------------------------------------------------------------------- */

/* A number and a currency; 1, or 0 and a finding. */
static int
read_money(ek_check *c, const ek_node *n, ek_money *out, const char *expected)
{
  char help[100];
  double number;
  if (ek_value_money(n->text, out))
    return 1;
  int bare = ek_value_float(n->text, &number) && number >= 0 && strlen(n->text) < 30;
  if (bare)
    snprintf(help, sizeof help, "write %s USD", n->text);
  ek_check_wrong(c, n, bare ? help : NULL, expected);
  return 0;
}

void
ek_make_budget(ek_check *c, const ek_node *n, ek_budget *out)
{
  ek_money money = { 0 };
  if (strcmp(n->text, "none") == 0)
    *out = (ek_budget){ .kind = EK_BUDGET_NONE, .place = n->place };
  else if (read_money(c, n, &money, "it is money such as 20 USD, or none"))
    *out = (ek_budget){ .kind = EK_BUDGET_MONEY, .money = money, .place = n->place };
}

void
ek_make_prices(ek_check *c, const ek_node *map, ek_step_settings *step)
{
  if (!ek_check_kind(c, map, EK_NODE_MAP, "it is a map of the plugin's units: {image: 0.001 USD}"))
    return;
  step->prices = ek_mem_zero(map->n ? map->n : 1, sizeof *step->prices);
  for (const ek_node *n = map->first; n; n = n->next) {
    size_t before = ek_check_enter(c, n->key);
    ek_money money = { 0 };
    if (!ek_node_null(n) && ek_check_scalar(c, n) && read_money(c, n, &money, "it is money such as 0.001 USD"))
      step->prices[step->n_prices++] = (ek_price){ .meter = ek_mem_strdup(n->key), .money = money, .place = n->place };
    ek_check_leave(c, before);
  }
}

typedef struct first_money { ek_money money; const char *step, *key; } first_money;

/* Amounts of several currencies cannot be added up, so a run is in one. */
static void
check_currency(ek_check *c, first_money *first, const char *step, const char *key, const ek_money *m, const ek_place *p)
{
  if (!first->key)
    *first = (first_money){ *m, step, key };
  if (strcmp(first->money.currency, m->currency) == 0)
    return;
  ek_check_error(c, p, "two_currencies", "write all amounts of a file in one currency",
                 "'%s%s%s%s' is in %s, and '%s%s%s%s' in %s", step ? "chain[" : "", step ? step : "", step ? "]." : "", key,
                 m->currency, first->step ? "chain[" : "", first->step ? first->step : "", first->step ? "]." : "",
                 first->key, first->money.currency);
}

static void
check_currencies(ek_check *c)
{
  ek_settings *s = c->s;
  first_money first = { .key = NULL };
  if (s->run.budget.kind == EK_BUDGET_MONEY)
    check_currency(c, &first, NULL, "run.budget", &s->run.budget.money, &s->run.budget.place);
  for (size_t i = 0; i < s->n_steps; i++) {
    const ek_step_settings *step = &s->chain[i];
    if (step->budget.kind == EK_BUDGET_MONEY)
      check_currency(c, &first, step->name, "budget", &step->budget.money, &step->budget.place);
    for (size_t k = 0; k < step->n_prices; k++)
      check_currency(c, &first, step->name, "prices", &step->prices[k].money, &step->prices[k].place);
  }
}

const char *
ek_settings_currency(const ek_settings *s, size_t step)
{
  const ek_step_settings *st = &s->chain[step];
  if (st->budget.kind == EK_BUDGET_MONEY)
    return st->budget.money.currency;
  if (s->run.budget.kind == EK_BUDGET_MONEY)
    return s->run.budget.money.currency;
  return st->n_prices ? st->prices[0].money.currency : "USD";
}

/* ---- addresses -------------------------------------------------------------------------- */

/* Whether the text reads as one of these is http/guard's to tell (command/services.c). */
void
ek_make_allow(ek_check *c, const ek_node *list)
{
  size_t i = 0;
  if (!ek_check_kind(c, list, EK_NODE_LIST, "it is a list of hosts, addresses and networks: [127.0.0.1, 10.1.0.0/16]"))
    return;
  c->s->network.allow = ek_mem_zero(list->n + 1, sizeof *c->s->network.allow);
  for (const ek_node *n = list->first; n; n = n->next, i++) {
    size_t before = ek_check_enter_element(c, i, NULL);
    if (ek_check_scalar(c, n)) {
      if (!*n->text)
        ek_check_wrong(c, n, NULL, "it is a host, an address, a network or host:port");
      else
        c->s->network.allow[c->s->network.n_allow++] = ek_mem_strdup(n->text);
    }
    ek_check_leave(c, before);
  }
}

/* Where the host of a URL begins and what it is: user and password before it are not wanted. */
static const char *
url_host(const char *url, const char *const *schemes)
{
  for (; *schemes; schemes++)
    if (strncmp(url, *schemes, strlen(*schemes)) == 0)
      return url + strlen(*schemes);
  return NULL;
}

static int
fit_authority(const char *host)
{
  size_t n = strcspn(host, "/?#");
  return n && host[0] != ':' && !memchr(host, ' ', n) && !memchr(host, '@', n);
}

/* "user:password@host", behind a scheme or not: not to be shown, wherever it comes from. */
static int
tells_password(const char *url)
{
  const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url, *end = host + strcspn(host, "/?#");
  const char *colon = memchr(host, ':', (size_t)(end - host));
  return colon && memchr(colon, '@', (size_t)(end - colon));
}

void
ek_make_url(ek_check *c, const ek_node *n, char **out)
{
  static const char *const schemes[] = { "http://", "https://", NULL };
  const char *host = url_host(n->text, schemes);
  if (tells_password(n->text)) {
    ek_findings_secret(c->f, &n->place, "secret_in_clear", "write scheme, host and port: http://127.0.0.1:4566",
                       "'%s' holds a password, which nobody there asks for", ek_text_c(&c->path));
    return;
  }
  if (!host || !fit_authority(host)) {
    ek_check_wrong(c, n, NULL, "it is an address such as http://127.0.0.1:4566");
    return;
  }
  free(*out);
  *out = ek_mem_strdup(n->text);
}

/* A proxy may want a password, which has no place in the file: between the colon behind the
 * user and the '@' nothing may stand but ${...} without a default.          */
static int
holds_password(const ek_node *n)
{
  const char *raw = n->raw ? n->raw : n->text, *end = strrchr(raw, '@');
  int behind_colon = 0;
  for (const char *p = raw; end && p < end; p++) {
    if (p[0] == '$' && p[1] == '{') {
      const char *close = strchr(p, '}'), *fallback = strstr(p, ":-");
      if (behind_colon && fallback && close && fallback < close && fallback + 2 < close)
        return 1;
      p = close ? close : p;
    } else if (behind_colon)
      return 1;
    else
      behind_colon = p[0] == ':' && p[1] != '/';
  }
  return !n->indirect && behind_colon;
}

void
ek_make_proxy(ek_check *c, const ek_node *n, char **out)
{
  static const char *const schemes[] = { "http://", "https://", "socks5://", "socks5h://", "socks4://", "socks4a://", NULL };
  const char *host = url_host(n->text, schemes), *at = host ? strchr(host, '@') : NULL;
  if (strcmp(n->text, "none") != 0 && (!host || !fit_authority(at ? at + 1 : host))) {
    if (n->indirect || tells_password(n->text))
      ek_findings_secret(c->f, &n->place, "bad_value", NULL,
                         "'%s' is not an address such as http://proxy.example:3128, nor none", ek_text_c(&c->path));
    else
      ek_check_wrong(c, n, NULL, "it is an address such as http://proxy.example:3128, or none");
    return;
  }
  if (at && holds_password(n)) {
    ek_findings_secret(c->f, &n->place, "secret_in_clear", "write ${PROXY_URL} or http://user:${PROXY_PASSWORD}@host:3128",
                       "'%s' holds a password in clear text", ek_text_c(&c->path));
    return;
  }
  free(*out);
  *out = ek_mem_strdup(n->text);
}

static void
check_tapes(ek_check *c)
{
  const ek_node *record = ek_check_find(c, "network.record"), *replay = ek_check_find(c, "network.replay");
  if (record && replay)
    ek_check_error(c, &replay->key_place, "said_twice", "keep one of them",
                   "'network.replay' stands beside 'network.record': exchanges are kept, or answered from what was kept");
}

/* ---- the region ------------------------------------------------------------------------------ */

/* Every region so far is one of these with a number behind it; of a stem that is none of them,
 * a letter is likely to be wrong. New ones come, so that is a warning.        */
static const char *const stems[] = { "us-east-", "us-west-", "us-gov-east-", "us-gov-west-", "us-iso-east-", "us-isob-east-",
  "us-iso-west-", "ca-central-", "ca-west-", "mx-central-", "sa-east-", "eu-central-", "eu-west-", "eu-north-", "eu-south-",
  "eu-isoe-west-", "eusc-de-east-", "ap-east-", "ap-south-", "ap-southeast-", "ap-northeast-", "cn-north-", "cn-northwest-",
  "me-south-", "me-central-", "af-south-", "il-central-", NULL };

static void
check_region(ek_check *c)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  const ek_node *n = ek_check_find(c, "aws.region");
  const char *region = c->s->aws.region, *near;
  char stem[64], help[160];
  if (!n || !region)
    return;
  if (!*region || strlen(region) > 63 || strspn(region, letters) != strlen(region)) {
    ek_text_cstr(&c->path, "aws.region");
    ek_check_wrong(c, n, NULL, "it is a region such as us-east-1");
    c->path.len = 0;
    return;
  }
  size_t len = strcspn(region, "0123456789");
  snprintf(stem, sizeof stem, "%.*s", (int)len, region);
  for (size_t i = 0; stems[i]; i++)
    if (strcmp(stems[i], stem) == 0)
      return;
  near = ek_did_you_mean(stem, stems);
  if (!near || c->s->aws.endpoint_url)
    return;
  snprintf(help, sizeof help, "did you mean '%s%s'?", near, region + len);
  ek_findings_warn(c->f, &n->place, "unknown_region", help, "'aws.region' is '%s', which is like no region of AWS that this "
                   "enrichkit knows", region);
}

/* ---- the cache ------------------------------------------------------------------------------ */

static char *
default_cache(void)
{
  const char *own = getenv("ENRICHKIT_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
  char *path, *cwd;
  if (own && *own) {
    cwd = ek_path_cwd();
    path = ek_path_resolve(cwd ? cwd : "/", own);
    free(cwd);
    return path;
  }
  /* "All paths must be absolute; a relative one is to be ignored" (XDG). */
  return xdg && *xdg == '/' ? ek_path_resolve(xdg, "enrichkit/results.db") : ek_path_resolve("/", "~/.cache/enrichkit/results.db");
}

/* ---- all together ----------------------------------------------------------------------------- */

void
ek_settle_network(ek_check *c)
{
  ek_settings *s = c->s;
  for (size_t i = 0; i < s->n_steps; i++)
    resolve_rate(c, &s->chain[i]);
  check_currencies(c);
  check_tapes(c);
  check_region(c);
  if (!s->cache.path)
    s->cache.path = default_cache();
}

static void
free_step(ek_step_settings *step)
{
  free(step->rate.name);
  for (size_t i = 0; i < step->n_prices; i++)
    free(step->prices[i].meter);
  free(step->prices);
}

void
ek_free_network(ek_settings *s)
{
  for (size_t i = 0; i < s->n_steps; i++)
    free_step(&s->chain[i]);
  for (size_t i = 0; i < s->n_rates; i++)
    free(s->rates[i].name);
  free(s->rates);
  for (size_t i = 0; i < s->network.n_allow; i++)
    free(s->network.allow[i]);
  free(s->network.allow);
  free(s->network.proxy);
  free(s->network.ca_bundle);
  free(s->network.record);
  free(s->network.replay);
  free(s->cache.path);
  free(s->aws.region);
  free(s->aws.profile);
  free(s->aws.endpoint_url);
}
