/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/front.h - TLS and HTTP/2 before a server of ours: nghttpx (Debian's nghttp2-proxy) on 127.0.0.1, with a
 * CA and certificates that are made when the test runs.                       */
#ifndef EK_TESTS_HTTP_FRONT_H
#define EK_TESTS_HTTP_FRONT_H
#include <stddef.h>

typedef struct front front;

enum front_certificate {
  FRONT_GOOD,                        /* loop.test, closed.test and 127.0.0.1, by our CA */
  FRONT_EXPIRED, FRONT_NOT_YET,
  FRONT_SELF_SIGNED
};

typedef struct front_options {
  unsigned backend;                  /* port, on 127.0.0.1                         */
  enum front_certificate certificate;
  const char *alpn;                  /* NULL: "h2,http/1.1"                        */
  unsigned max_requests;             /* of a connection: GOAWAY behind them; 0: any */
  unsigned max_streams;              /* at once on a connection; 0: 100            */
} front_options;

/* The program, or NULL: then the test is to be skipped.                        */
const char *front_program(void);
/* A folder for certificates and logs; once, before the first front.            */
void front_prepare(void);
void front_clear(void);
/* The file of our CA's certificate; that of another, which has signed nothing. */
const char *front_ca(void);
const char *front_other_ca(void);

front *front_start(const front_options *);
void front_kill(front *);            /* at once, with all that is open             */
void front_stop(front *);            /* kills it as well; NULL is fine             */
unsigned front_port(const front *);
const char *front_log(const front *);        /* "PROTOCOL PORT-OF-THE-CLIENT ." for each exchange that is over */
/* Of the exchanges that are over, as its log has them: how many there were, and on how many connections. alpn: "h2",
 * "http/1.1"; NULL: any. Waits some seconds until there are as many as wanted.  */
unsigned front_served(const front *, const char *alpn, unsigned wanted, unsigned *connections);
/* "https://HOST:PORT" and path, in one of a few static buffers.                */
const char *front_url(const front *, const char *host, const char *path);

#endif
