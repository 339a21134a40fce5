/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/kit.h - a client, its guard, a server, and one question at a time. */
#ifndef EK_TESTS_HTTP_KIT_H
#define EK_TESTS_HTTP_KIT_H
#include <check.h>
#include "http/http.h"
#include "http/server.h"
#include "http/suite.h"

typedef struct kit {
  server *server;
  ek_guard *guard;
  ek_http_client *client;
  ek_http_options options;
  /* Of the last question: */
  ek_http_answer answer;
  ek_error error;
  enum ek_http_fault fault;
  double seconds;
} kit;

/* allow: the guard's, NULL-terminated, or NULL for none. Proxy variables are unset. */
void kit_start(kit *, const char *const *allow);
/* A client by k->options in place of the one there is.                      */
void kit_restart(kit *);
void kit_stop(kit *);
/* Asks; the spec's method is GET, its deadline ten seconds, unless set.      */
enum ek_http_fault kit_perform(kit *, ek_http_request_spec spec);
/* GET with flags; path of the server, or a whole URL.                       */
enum ek_http_fault kit_get(kit *, const char *path, unsigned flags);
const char *kit_body(kit *);
double kit_now(void);

#endif
