/* SPDX-License-Identifier: BSD-3-Clause */
/* http/http.h - the one HTTP client: libcurl behind one blocking call.
 *
 * One multi handle in one thread of base/pool owns every connection (HTTP/2 and
 * keep-alive where offered); workers hand requests over and wait. So no connection
 * cache is shared among threads, and one pool serves the whole run. Two pools, in
 * truth: GUARDED and TRUSTED requests never share a connection, so an allowed
 * endpoint's connection cannot be reused for a picture's URL.
 * One exchange a call: trying again is the chain's affair.                  */
#ifndef EK_HTTP_HTTP_H
#define EK_HTTP_HTTP_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/error.h"
#include "base/text.h"
#include "http/guard.h"

typedef struct ek_http_options {
  const ek_guard *guard;             /* required; outlives the client            */
  int64_t connect_timeout_ns;
  unsigned max_redirects;
  const char *ca_bundle;             /* NULL: the system's (AWS_CA_BUNDLE is the caller's to look up) */
  const char *proxy;                 /* NULL: environment (not for pictures); "none": not even that; else for all */
  const char *record, *replay;       /* folders (tape.h), or NULL                */
  const char *user_agent;            /* "enrichkit/0.1.0"                        */
} ek_http_options;

typedef struct ek_http_client ek_http_client;
/* NULL and e: folder of the tape not usable, no thread. curl's global init is done
 * here, once a process.                                                      */
ek_http_client *ek_http_new(const ek_http_options *, ek_error *e);
/* Requests in flight end as CANCELLED first. NULL is fine.                   */
void ek_http_free(ek_http_client *);

enum ek_http_flag {
  EK_HTTP_TRUSTED = 1,               /* the configuration named this endpoint: no guard */
  EK_HTTP_FOLLOW = 2,                /* GET and HEAD without a body: follow redirects, each hop judged anew */
  EK_HTTP_PICTURE = 4,               /* proxy variables of the environment are not for it */
  EK_HTTP_NO_PROXY = 8,              /* metadata services: no proxy ever         */
  EK_HTTP_NO_TAPE = 16               /* credentials: neither recorded nor replayed */
};

typedef struct ek_http_request_spec {
  const char *method, *url;
  const char *const *headers;        /* "Name: value", NULL-terminated, or NULL  */
  ek_str body;                       /* borrowed until perform returns           */
  uint64_t max_response;             /* bytes after decoding; 0: 16 MiB          */
  int64_t deadline_ns;               /* CLOCK_MONOTONIC; INT64_MAX: none         */
  int64_t connect_timeout_ns;        /* 0: the client's                          */
  unsigned flags;
  /* Asked about every 100 ms, before by the caller's thread and then by the client's, which waits for the
   * answer: it must not block. 1: give up. May be NULL.                       */
  int (*cancelled)(void *arg); void *cancelled_arg;
} ek_http_request_spec;

enum ek_http_fault {
  EK_HTTP_FAULT_NONE = 0,            /* an answer, whatever its code             */
  EK_HTTP_FAULT_URL,                 /* ek_guard_url_fault                       */
  EK_HTTP_FAULT_GUARD,               /* an address that must not be asked        */
  EK_HTTP_FAULT_REDIRECTS,           /* too many, or to what is no http          */
  EK_HTTP_FAULT_TOO_LARGE,           /* max_response passed: cut off there       */
  EK_HTTP_FAULT_DEADLINE, EK_HTTP_FAULT_CANCELLED,
  EK_HTTP_FAULT_RESOLVE,             /* no such host                             */
  EK_HTTP_FAULT_CONNECT,             /* refused, unreachable, connect time-out   */
  EK_HTTP_FAULT_TLS,                 /* the handshake                            */
  EK_HTTP_FAULT_CERTIFICATE,         /* not to be trusted: trying again is no use */
  EK_HTTP_FAULT_BROKEN,              /* cut off, or no HTTP                      */
  EK_HTTP_FAULT_TAPE                 /* not on the tape, or the tape is damaged  */
};

typedef struct ek_http_answer {
  int code;                          /* 0 with a fault before the status line    */
  ek_text headers;                   /* "name: value\n", names in lower case, of the last hop */
  ek_text body;
  char remote[64];                   /* address that answered, for logs          */
  unsigned redirects;
  int sent;                          /* the request may have reached the server: a POST may have been done */
} ek_http_answer;

/* Blocks until the answer is whole, a fault, the deadline, or cancel (within 200 ms).
 * Returns the fault and, if not NONE, says it in e (status FAILED; message names host, not
 * query). out must be zeroed; free it in any case. Any thread.              */
enum ek_http_fault ek_http_perform(ek_http_client *, const ek_http_request_spec *, ek_http_answer *out, ek_error *e);
/* Value of a header, without outer spaces; {NULL, 0}: none.                 */
ek_str ek_http_header(const ek_http_answer *, const char *name);
void ek_http_answer_free(ek_http_answer *);
/* The URL without query, fragment, user and password, for messages and logs. */
const char *ek_http_show_url(const char *url, char *buf, size_t size);

#endif
