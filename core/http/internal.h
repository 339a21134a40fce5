/* SPDX-License-Identifier: BSD-3-Clause */
/* http/internal.h - what the files of core/http share. Nobody else includes it. */
#ifndef EK_HTTP_INTERNAL_H
#define EK_HTTP_INTERNAL_H
#include <curl/curl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "http/http.h"
#include "http/tape.h"
#include "base/clock.h"

/* --- address.c: what an address is ----------------------------------------- */

/* NULL: a public unicast address. Else a word of ek_guard_refuses.          */
const char *ek_address_word(const struct sockaddr *);
/* ::ffff:a.b.c.d goes out as IPv4, so it is one. Others are copied. Returns out.  */
const struct sockaddr *ek_address_plain(const struct sockaddr *, struct sockaddr_storage *out);
/* "1.2.3.4", "[::1]" or "::1", without a port, spelled in full: 1, or 0.    */
int ek_address_parse(ek_str s, uint16_t port, struct sockaddr_storage *out);

/* --- url.c ----------------------------------------------------------------- */

enum { EK_URL_MAX = 8192, EK_HOST_MAX = 255 };

/* What of a URL decides where it goes. */
typedef struct ek_url {
  char *text;                        /* as it is sent, without fragment          */
  char host[EK_HOST_MAX + 1];        /* lower case, no brackets, no final dot    */
  uint16_t port;
  int https;
} ek_url;

/* NULL, or a word of ek_guard_url_fault. as_is: the path is signed, so it stays as
 * it is written. Free in any case.                                          */
const char *ek_url_parse(const char *url, int as_is, ek_url *out);
/* Location, seen from base. The same words.                                 */
const char *ek_url_join(const ek_url *base, ek_str location, ek_url *out);
int ek_url_same_origin(const ek_url *, const ek_url *);
void ek_url_free(ek_url *);

/* --- proxy.c --------------------------------------------------------------- */

/* The proxy for a request, or NULL for none. own: ek_http_options.proxy.    */
const char *ek_proxy_for(const char *own, unsigned flags, const ek_url *);
/* NO_PROXY's list names the host.                                           */
int ek_proxy_exempts(const char *list, const char *host, uint16_t port);

/* --- the client ------------------------------------------------------------ */

enum ek_http_pool { EK_POOL_GUARDED, EK_POOL_TRUSTED, EK_POOLS };

typedef struct ek_http_pool_state {
  ek_http_client *client;
  CURLM *multi;
  CURLSH *share;                     /* TLS sessions                             */
  CURL **idle;                       /* easy handles for the next requests       */
  size_t n_idle, cap_idle;
  int64_t due_ns;                    /* when curl wants to be called, INT64_MAX  */
} ek_http_pool_state;

/* One ek_http_perform: lives on the stack of the thread that waits. What is above
 * the line is the waiting thread's until it is queued and after done; below
 * it is the client's thread's.                                              */
typedef struct ek_exchange {
  ek_http_client *client;
  const ek_http_request_spec *spec;
  ek_http_answer *out;
  ek_error *e;
  ek_url url;                        /* of this hop                              */
  const char *proxy;                 /* of this hop, or NULL                     */
  /* ---- */
  ek_url first;                      /* the URL that was asked for, once redirected */
  int foreign;                       /* has left the origin that was asked for   */
  int trusted;                       /* this hop needs no guard                  */
  int probing;                       /* only looking at the addresses, for a proxy */
  int probed;                        /* done for this hop                        */
  CURL *easy;                        /* NULL: not running                        */
  int64_t wait_until_ns;             /* for another's connection; 0: it does not wait */
  ek_http_pool_state *pool;
  struct curl_slist *headers;
  unsigned sends;                    /* how often curl began to send in this hop */
  int opened;                        /* an address was tried                     */
  const char *refused;               /* the guard's word                         */
  char refused_address[64];
  int too_large, headers_too_large, skipped, has_body, encoded;
  uint64_t discarded;
  char why[CURL_ERROR_SIZE];
  enum ek_http_fault fault;
  struct ek_exchange *before, *after;      /* among the client's live ones       */
  int live;
  struct ek_exchange *next;          /* in the queue; under the client's lock    */
  sem_t done;                        /* posted last: then it is gone             */
} ek_exchange;

struct ek_http_client {
  ek_http_options options;           /* texts are owned                          */
  ek_tape *record, *replay;
  int tape_warned;                   /* lock                                     */
  struct ek_pool *thread;
  int epoll, wake;
  unsigned char *watched; size_t n_watched;      /* the thread's: by socket, 1 + the pool that epoll tells of it; 0: none */
  ek_http_pool_state pools[EK_POOLS];
  ek_exchange *live;                 /* the thread's                             */
  unsigned waiting;                  /* the thread's: live ones that wait for another's connection */
  int64_t ask_ns;                    /* the thread's: when the live ones are asked whether to give up */
  pthread_mutex_t lock;
  pthread_cond_t empty;              /* nobody is in perform                     */
  ek_exchange *queue, **queue_end;
  unsigned inside;                   /* threads in perform                       */
  int woken, stop;
};

/* loop.c */
int ek_http_loop_open(ek_http_client *, ek_error *e);
void ek_http_loop_close(ek_http_client *);
/* curl's CURLOPT_CLOSESOCKETFUNCTION; arg is the client.                      */
int ek_http_close_socket(void *arg, curl_socket_t fd);
void ek_http_loop_wake(ek_http_client *);                 /* the lock is held      */
void ek_http_loop_run(void *client, unsigned index);      /* the thread            */

/* exchange.c: in the client's thread. */
void ek_exchange_start(ek_exchange *);                    /* the next hop          */
/* Starts those whose waiting is over; only to be called when some wait.       */
void ek_exchange_end_waits(ek_http_client *, int64_t now);
void ek_exchange_ended(ek_exchange *, CURLcode);          /* curl is done with it  */
void ek_exchange_stop(ek_exchange *, enum ek_http_fault); /* by us                 */
/* redirect.c: 1 and x->url is where to go on; 0 the answer stands; -1 a fault. */
int ek_exchange_redirect(ek_exchange *);
int ek_exchange_wants_redirect(const ek_exchange *, int code);
/* request.c: sets the easy handle up. */
void ek_exchange_set_up(ek_exchange *);
/* NULL, or why method and headers cannot be sent. */
const char *ek_request_fault(const ek_http_request_spec *);
/* receive.c */
size_t ek_exchange_header(char *p, size_t size, size_t n, void *x);
size_t ek_exchange_body(char *p, size_t size, size_t n, void *x);
uint64_t ek_exchange_limit(const ek_exchange *);
/* faults.c */
enum ek_http_fault ek_exchange_fault(ek_exchange *, CURLcode);   /* says it in x->e */
enum ek_http_fault ek_http_say(ek_error *e, enum ek_http_fault, const char *url, const char *fmt, ...)
  __attribute__((format(printf, 4, 5)));

/* The value of a header in a NULL-terminated list, without outer spaces.    */
ek_str ek_http_spec_header(const char *const *headers, const char *name);

/* tape.c: 0, or -1: not a whole exchange. */
int ek_tape_parse(ek_str file, ek_http_answer *out);

#endif
