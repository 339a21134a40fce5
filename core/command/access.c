/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "command/internal.h"

int
ek_in_cloud(const ek_settings *s)
{
  return s->import.engine == EK_ENGINE_PERSONALIZE;
}

const char *
ek_engine_name(const ek_settings *s)
{
  return ek_in_cloud(s) ? "personalize" : "local";
}

static int
is_stopping(void *arg)
{
  (void)arg;
  return ek_signal_stop != 0;
}

/* Before any work: who has none is told at once, not behind an hour of it. */
static int
look_for_credentials(ek_access *a, ek_error *e)
{
  ek_aws_grant grant = { 0 };
  if (!ek_aws_region(a->aws, e) ||
      ek_credentials_get(ek_aws_credentials(a->aws), 0, is_stopping, NULL, &grant, e) < 0) {
    e->status = EK_EXIT_REFUSED;
    return -1;
  }
  ek_aws_grant_clear(&grant);
  return 0;
}

static int
make_own(ek_access *a, const ek_settings *s, ek_error *e)
{
  a->own = 1;
  a->guard = ek_guard_new((const char *const *)s->network.allow, s->network.n_allow, e);
  if (!a->guard || !(a->http = ek_make_http(s, a->guard, e)) || !(a->aws = ek_make_aws(s, a->http, e))) {
    e->status = EK_EXIT_REFUSED;
    return -1;
  }
  return 0;
}

int
ek_access_open(ek_access *a, const ek_settings *s, ek_aws *have, ek_error *e)
{
  *a = (ek_access){ .aws = have };
  if (!have && make_own(a, s, e) < 0)
    return -1;
  a->account = (ek_account){ .aws = a->aws, .settings = s, .folder = s->output.dir };
  return s->network.replay ? 0 : look_for_credentials(a, e);
}

void
ek_access_close(ek_access *a)
{
  if (a->own) {
    ek_aws_free(a->aws);
    ek_http_free(a->http);
    ek_guard_free(a->guard);
  }
  *a = (ek_access){ 0 };
}
