/* SPDX-License-Identifier: BSD-3-Clause */
/* A server on 127.0.0.1 that plays STS, a container's agent, instance metadata and services: one
 * connection at a time, one answer a connection. And a client to ask it with. */
#ifndef AWS_TEST_SERVER_H
#define AWS_TEST_SERVER_H
#include "aws-test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>
#include "http/http.h"

typedef struct received {
  char *text;                        /* the whole request                          */
  char method[16], target[600];      /* target: path and query                     */
  const char *body; size_t body_len;
} received;

typedef struct server {
  int fd; unsigned port; pthread_t thread;
  char url[64];
  void (*answer)(struct server *, const received *, ek_text *out);
  void *arg;
  atomic_int requests;
  pthread_mutex_t lock;
  received last;                     /* of the last request, under the lock        */
} server;

/* Value of a header into buf; "" where there is none. */
static inline const char *
header_of(const received *r, const char *name, char *buf, size_t size)
{
  size_t n = strlen(name);
  buf[0] = 0;
  for (const char *p = strstr(r->text, "\r\n"); p && p[2] != '\r'; p = strstr(p + 2, "\r\n"))
    if (!strncasecmp(p + 2, name, n) && p[2 + n] == ':') {
      p += 3 + n;
      p += strspn(p, " ");
      snprintf(buf, size, "%.*s", (int)strcspn(p, "\r"), p);
      break;
    }
  return buf;
}

/* headers: lines with "\r\n", or "". */
static inline void
reply(ek_text *out, int code, const char *headers, const char *body)
{
  ek_text_printf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n%s", code, strlen(body),
    headers, body);
}

static inline int
receive(int fd, received *r)
{
  ek_text t = { 0 };
  char buf[4096];
  const char *end = NULL;
  size_t need = 0;
  while (!end || t.len < need) {
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n <= 0)
      break;
    ek_text_add(&t, buf, (size_t)n);
    ek_text_c(&t);
    if (!end && (end = strstr(t.data, "\r\n\r\n")) != NULL) {
      char length[32];
      r->text = t.data;
      need = (size_t)(end - t.data) + 4 + (size_t)strtoul(header_of(r, "Content-Length", length, sizeof length),
        NULL, 10);
      end = "";
    }
  }
  if (!end) {
    ek_text_free(&t);
    return -1;
  }
  r->text = t.data;
  r->body = strstr(t.data, "\r\n\r\n") + 4;
  r->body_len = t.len - (size_t)(r->body - t.data);
  sscanf(t.data, "%15s %599s", r->method, r->target);
  return 0;
}

static inline void *
serve(void *arg)
{
  server *s = arg;
  for (;;) {
    int fd = accept(s->fd, NULL, NULL);
    if (fd < 0)
      return NULL;
    received r = { 0 };
    ek_text out = { 0 };
    if (receive(fd, &r) == 0) {
      s->answer(s, &r, &out);
      atomic_fetch_add(&s->requests, 1);
      pthread_mutex_lock(&s->lock);
      free(s->last.text);
      s->last = r;
      pthread_mutex_unlock(&s->lock);
      for (size_t done = 0; done < out.len;) {
        ssize_t n = send(fd, out.data + done, out.len - done, MSG_NOSIGNAL);
        if (n <= 0)
          break;
        done += (size_t)n;
      }
    }
    ek_text_free(&out);
    shutdown(fd, SHUT_WR);
    close(fd);
  }
}

static inline void
server_start(server *s, void (*answer)(server *, const received *, ek_text *), void *arg)
{
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t n = sizeof a;
  *s = (server){ .answer = answer, .arg = arg };
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert(s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&a, n) && !listen(s->fd, 64)
            && !getsockname(s->fd, (struct sockaddr *)&a, &n));
  s->port = ntohs(a.sin_port);
  snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", s->port);
  pthread_mutex_init(&s->lock, NULL);
  ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static inline void
server_stop(server *s)
{
  shutdown(s->fd, SHUT_RDWR);
  pthread_join(s->thread, NULL);
  close(s->fd);
  free(s->last.text);
  pthread_mutex_destroy(&s->lock);
}

typedef struct client { ek_guard *guard; ek_http_client *http; } client;

static inline void
client_start(client *c)
{
  ek_error e = { 0 };
  c->guard = ek_guard_new(NULL, 0, &e);
  ck_assert_msg(c->guard != NULL, "%s", e.message);
  ek_http_options o = { .guard = c->guard, .connect_timeout_ns = INT64_C(2000000000), .max_redirects = 3,
    .proxy = "none",
    .user_agent = "enrichkit/test" };
  c->http = ek_http_new(&o, &e);
  ck_assert_msg(c->http != NULL, "%s", e.message);
}

static inline void
client_stop(client *c)
{
  ek_http_free(c->http);
  ek_guard_free(c->guard);
}

#endif
