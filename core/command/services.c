/* SPDX-License-Identifier: BSD-3-Clause */
/* What steps that leave the machine stand on: guard, HTTP client, AWS, pictures, the cache
 * and the ledger. Made when a plugin of the chain could ask for it, and not otherwise: a
 * chain that only computes opens no file and starts no thread.              */
#include "config.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "command/internal.h"
#include "config/yaml.h"

int
ek_needs(const ek_plugin *p, const char *extension)
{
  const char *const *needs = p->enricher->needs;
  for (; needs && *needs; needs++)
    if (strcmp(*needs, extension) == 0)
      return 1;
  return 0;
}

static int
leaves_machine(const ek_plugin *p)
{
  return (p->enricher->flags & (EK_ENR_NETWORK | EK_ENR_COSTS_MONEY)) || ek_needs(p, EK_EXT_HTTP) || ek_needs(p, EK_EXT_ASSET) ||
         ek_needs(p, EK_EXT_CACHE) || ek_needs(p, EK_EXT_METER);
}

/* An option `region` is how plugins say that they ask AWS (configuration.md 2.2, aws.region). */
static int
asks_aws(const ek_plugin *p)
{
  for (uint32_t i = 0; i < p->enricher->n_options; i++)
    if (strcmp(p->enricher->options[i].name, "region") == 0)
      return ek_needs(p, EK_EXT_HTTP);
  return 0;
}

static int
any_step(const ek_job *j, int (*is)(const ek_plugin *))
{
  for (size_t i = 0; i < j->settings->n_steps; i++) {
    ek_error ignored = { 0 };
    const ek_plugin *p = ek_registry_find(j->registry, j->settings->chain[i].plugin, &ignored);
    if (p && is(p))
      return 1;
  }
  return 0;
}

int
ek_job_asks_aws(const ek_job *j)
{
  return (ek_in_cloud(j->settings) || any_step(j, asks_aws)) && !j->settings->network.replay;
}

static int
is_stopping(void *arg)
{
  (void)arg;
  return ek_signal_stop != 0;
}

int
ek_job_credentials(const ek_job *j, ek_aws_grant *grant, const char **region, ek_error *e)
{
  *region = ek_aws_region(j->services.aws, e);
  return *region ? ek_credentials_get(ek_aws_credentials(j->services.aws), 0, is_stopping, NULL, grant, e) : -1;
}

/* ---- whose money ---------------------------------------------------------------------- */

/* The folder's one name, whether it is there yet or not: what is there of the path is resolved
 * through links, the rest is appended.                                      */
static char *
canonical(const char *dir)
{
  char *cwd = ek_path_cwd(), *path = ek_path_resolve(cwd ? cwd : "/", dir), *real = NULL;
  size_t len = strlen(path), cut = len;
  ek_text t = { 0 };
  free(cwd);
  while (cut && !real) {
    char kept = path[cut];
    path[cut] = 0;
    real = realpath(cut ? path : "/", NULL);
    path[cut] = kept;
    if (!real)
      while (cut && path[--cut] != '/')
        ;
  }
  ek_text_cstr(&t, real && strcmp(real, "/") != 0 ? real : "");
  for (char *rest = NULL, *part = strtok_r(path + cut, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
    if (strcmp(part, ".") == 0)
      continue;
    if (strcmp(part, "..") != 0)
      ek_text_printf(&t, "/%s", part);
    else
      while (t.len && t.data[--t.len] != '/')
        ;
  }
  if (!t.len)
    ek_text_char(&t, '/');
  free(real);
  free(path);
  path = ek_mem_strdup(ek_text_c(&t));
  ek_text_free(&t);
  return path;
}

/* What does not run into a folder counts for itself alone. */
static char *
own_ledger(void)
{
  char name[80];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  snprintf(name, sizeof name, "process %ld, %lld.%09ld", (long)getpid(), (long long)now.tv_sec, now.tv_nsec);
  return ek_mem_strdup(name);
}

/* ---- making them ------------------------------------------------------------------------ */

ek_http_client *
ek_make_http(const ek_settings *s, const ek_guard *guard, ek_error *e)
{
  const char *bundle = s->network.ca_bundle ? s->network.ca_bundle : getenv("AWS_CA_BUNDLE");
  ek_http_options o = { .guard = guard,
                        .connect_timeout_ns = s->network.connect_timeout_ns,
                        .max_redirects = s->network.max_redirects,
                        .ca_bundle = bundle && *bundle ? bundle : NULL,
                        .proxy = s->network.proxy,
                        .record = s->network.record,
                        .replay = s->network.replay,
                        .user_agent = "enrichkit/" PACKAGE_VERSION };
  ek_mem_expect_transfers();
  return ek_http_new(&o, e);
}

ek_aws *
ek_make_aws(const ek_settings *s, ek_http_client *http, ek_error *e)
{
  ek_aws_options o = { .http = http, .region = s->aws.region, .profile = s->aws.profile,
                       .endpoint_url = s->aws.endpoint_url, .replay = s->network.replay != NULL };
  return ek_aws_new(&o, e);
}

static ek_assets *
make_assets(const ek_settings *s, const ek_services *v)
{
  ek_asset_options o = { .http = v->http, .aws = v->aws, .timeout_ns = s->images.timeout_ns,
                         .max_bytes = (uint64_t)s->images.max_bytes, .max_side = s->images.max_side,
                         .upgrade_https = s->images.upgrade_https, .full_size = s->images.full_size };
  return ek_assets_new(&o);
}

/* What a tape answers was not paid for, and may be made up: no later run is to take it for an answer of the
 * service. Nor does a budget count it.                                      */
static ek_exchange *
open_exchange(const ek_settings *s, int mode, ek_error *e)
{
  ek_exchange_options o = { .path = s->network.replay ? NULL : s->cache.path, .mode = (enum ek_cache_mode)mode,
                            .max_size = s->cache.max_size, .max_age_ns = s->cache.max_age_ns };
  ek_exchange *x = ek_exchange_open(&o, e);
  if (!x && !e->help[0])
    ek_help(e, EK_OTHER_CACHE);
  return x;
}

/* A plan asks nobody and makes nothing: it looks into a cache that is there. */
static int
make_for_plan(ek_job *j, ek_error *e)
{
  const ek_settings *s = j->settings;
  ek_services *v = &j->services;
  v->planning = 1;
  v->assets = make_assets(s, v);
  if (s->network.replay || access(s->cache.path, F_OK) != 0)
    return 0;
  v->exchange = open_exchange(s, s->cache.mode == EK_USE_CACHE_NONE ? EK_CACHE_NONE : EK_CACHE_READ, e);
  return v->exchange ? 0 : -1;
}

static int
make_all(ek_job *j, unsigned flags, ek_error *e)
{
  const ek_settings *s = j->settings;
  ek_services *v = &j->services;
  v->guard = ek_guard_new((const char *const *)s->network.allow, s->network.n_allow, e);
  if (!v->guard)
    return -1;
  j->ledger = flags & EK_JOB_FILTERS ? own_ledger() : canonical(s->output.dir);
  v->folder = j->ledger;
  if (flags & EK_JOB_PLANS)
    return make_for_plan(j, e);
  if (!(v->http = ek_make_http(s, v->guard, e)) || !(v->aws = ek_make_aws(s, v->http, e)))
    return -1;
  if ((flags & EK_JOB_CHECKS) || !j->served)     /* the stages alone ask somebody */
    return 0;
  v->assets = make_assets(s, v);
  v->exchange = open_exchange(s, s->cache.mode, e);
  return v->exchange ? 0 : -1;
}

/* Each entry where it stands. */
static int
check_allow(const ek_job *j, ek_findings *f)
{
  const ek_node *network = ek_node_get(ek_conf_root(j->settings->tree), "network");
  const ek_node *list = network ? ek_node_get(network, "allow") : NULL, *n = list ? list->first : NULL;
  int r = 0;
  for (size_t i = 0; i < j->settings->network.n_allow; i++, n = n ? n->next : NULL) {
    ek_error e = { 0 };
    if (ek_guard_check_entry(j->settings->network.allow[i], &e) < 0)
      r = ek_findings_error(f, n ? &n->place : NULL, e.code, e.help[0] ? e.help : NULL, "'network.allow[%zu]': %s", i, e.message);
  }
  return r;
}

int
ek_job_serve(ek_job *j, unsigned flags, ek_findings *f)
{
  const ek_settings *s = j->settings;
  ek_place p = { .file = ek_conf_file(s->tree) };
  ek_error e = { 0 };
  if (check_allow(j, f) < 0)
    return -1;
  j->served = any_step(j, leaves_machine) && !((flags & EK_JOB_CHECKS) && (flags & EK_JOB_OFFLINE));
  if (!j->served && (!ek_in_cloud(s) || (flags & (EK_JOB_OFFLINE | EK_JOB_PLANS | EK_JOB_FILTERS))))
    return 0;
  if (make_all(j, flags, &e) == 0)
    return 0;
  if (e.file[0])
    p = (ek_place){ .file = e.file, .line = e.line, .column = e.column };
  return ek_findings_error(f, &p, e.code, e.help[0] ? e.help : NULL, "%s", e.message);
}

/* ---- the end ------------------------------------------------------------------------------ */

int
ek_job_flush(ek_job *j, ek_error *e)
{
  return j->services.exchange && !j->services.planning ? ek_exchange_flush(j->services.exchange, e) : 0;
}

int
ek_job_settle(ek_job *j, ek_error *e)
{
  return j->services.exchange && !j->services.planning ? ek_exchange_settle(j->services.exchange, j->ledger, e) : 0;
}

int
ek_job_unserve(ek_job *j, ek_error *e)
{
  ek_services *v = &j->services;
  int r = 0;
  ek_assets_free(v->assets);
  ek_aws_free(v->aws);
  ek_http_free(v->http);
  if (v->exchange)
    r = ek_exchange_close(v->exchange, e);
  ek_guard_free(v->guard);
  free(j->ledger);
  j->ledger = NULL;
  *v = (ek_services){ 0 };
  j->served = 0;
  return r;
}
