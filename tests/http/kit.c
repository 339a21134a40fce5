/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/kit.h"
#include <string.h>
#include <time.h>

double
kit_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
kit_start(kit *k, const char *const *allow)
{
  static const char *const variables[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy",
                                           "NO_PROXY" };
  size_t n = 0;
  memset(k, 0, sizeof *k);
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    unsetenv(variables[i]);
  while (allow && allow[n])
    n++;
  k->server = server_start();
  k->guard = ek_guard_new(allow, n, &k->error);
  ck_assert_msg(k->guard != NULL, "%s", k->error.message);
  k->options = (ek_http_options){ .guard = k->guard, .connect_timeout_ns = 2000000000, .max_redirects = 5,
                                  .user_agent = "enrichkit/test" };
  kit_restart(k);
}

void
kit_restart(kit *k)
{
  ek_http_free(k->client);
  k->client = ek_http_new(&k->options, &k->error);
  ck_assert_msg(k->client != NULL, "%s", k->error.message);
}

void
kit_stop(kit *k)
{
  ek_http_answer_free(&k->answer);
  ek_http_free(k->client);
  ek_guard_free(k->guard);
  server_stop(k->server);
}

enum ek_http_fault
kit_perform(kit *k, ek_http_request_spec spec)
{
  double from = kit_now();
  ek_http_answer_free(&k->answer);
  memset(&k->error, 0, sizeof k->error);
  if (!spec.method)
    spec.method = "GET";
  if (!spec.deadline_ns)
    spec.deadline_ns = (int64_t)(from * 1e9) + 10000000000;
  k->fault = ek_http_perform(k->client, &spec, &k->answer, &k->error);
  k->seconds = kit_now() - from;
  ck_assert_msg((k->fault == EK_HTTP_FAULT_NONE) == (k->error.status == 0), "fault %d, message '%s'", k->fault,
                k->error.message);
  if (k->fault)
    ck_assert(k->error.message[0] && k->error.code);
  return k->fault;
}

enum ek_http_fault
kit_get(kit *k, const char *path, unsigned flags)
{
  return kit_perform(k, (ek_http_request_spec){ .url = path[0] == '/' ? server_url(k->server, path) : path,
                                                .flags = flags });
}

const char *
kit_body(kit *k)
{
  return ek_text_c(&k->answer.body);
}
