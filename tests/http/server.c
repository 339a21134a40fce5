/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "base/mem.h"

struct server {
  int listener;
  unsigned port;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  unsigned connections, requests, open;
  int stop;
  ek_text last;
};

/* One connection. */
typedef struct client {
  server *s;
  int fd;
  unsigned number;                   /* of the request on it, from 0             */
  ek_text in;                        /* what is not used yet                     */
  char method[16], path[4096];
  const char *body;
  size_t body_len;
} client;

static int
stopped(server *s)
{
  pthread_mutex_lock(&s->lock);
  int stop = s->stop;
  pthread_mutex_unlock(&s->lock);
  return stop;
}

/* Sleeps, but not longer than the server lives: 0 go on. */
static int
pause_ms(client *c, int ms)
{
  for (; ms > 0 && !stopped(c->s); ms -= 10) {
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
    int n = poll(&p, 1, ms < 10 ? ms : 10);
    if (n > 0 && (p.revents & (POLLHUP | POLLERR)))
      return -1;
    if (n > 0)
      usleep(10000);                 /* half closed: the other still reads        */
  }
  return stopped(c->s) ? -1 : 0;
}

static int
put(client *c, const void *data, size_t n)
{
  const char *p = data;
  while (n) {
    struct pollfd w = { .fd = c->fd, .events = POLLOUT };
    ssize_t sent;
    if (stopped(c->s))
      return -1;
    if (poll(&w, 1, 100) == 0)
      continue;
    sent = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (sent < 0)
      return -1;
    p += sent;
    n -= (size_t)sent;
  }
  return 0;
}

static int __attribute__((format(printf, 2, 3)))
putf(client *c, const char *fmt, ...)
{
  ek_text t = { 0 };
  va_list ap;
  va_start(ap, fmt);
  ek_text_vprintf(&t, fmt, ap);
  va_end(ap);
  int rc = put(c, t.data, t.len);
  ek_text_free(&t);
  return rc;
}

static int
answer(client *c, int code, const char *headers, const char *body, size_t n)
{
  if (putf(c, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n", code, n, headers) < 0)
    return -1;
  return strcmp(c->method, "HEAD") == 0 ? 0 : put(c, body, n);
}

/* --- answers by path --------------------------------------------------------- */

static const char *
argument(const client *c)
{
  const char *slash = strchr(c->path + 1, '/');
  return slash ? slash + 1 : "";
}

static int
size(client *c)
{
  size_t n = (size_t)strtoul(argument(c), NULL, 10);
  char *p = ek_mem_alloc(n);
  memset(p, 'x', n);
  int rc = answer(c, 200, "", p, n);
  free(p);
  return rc;
}

static int
redirect(client *c)
{
  char line[128];
  int n = atoi(argument(c));
  if (n > 1)
    snprintf(line, sizeof line, "Location: /redirect/%d\r\n", n - 1);
  else
    snprintf(line, sizeof line, "Location: ../ok?a=1#part\r\n");
  return answer(c, 302, line, "gone", 4);
}

/* /to/CODE/LOCATION, as it stands. */
static int
to(client *c)
{
  char line[4200];
  const char *at = argument(c);
  int code = atoi(at);
  at = strchr(at, '/');
  snprintf(line, sizeof line, "Location: %s\r\n", at ? at + 1 : "");
  return answer(c, code, line, "moved", 5);
}

static int
redirect_endless(client *c)
{
  char block[4096];
  memset(block, 'r', sizeof block);
  if (putf(c, "HTTP/1.1 302 X\r\nLocation: /ok\r\nContent-Length: 999999999\r\n\r\n") < 0)
    return -1;
  while (put(c, block, sizeof block) == 0)
    continue;
  return -1;
}

static int
echo(client *c)
{
  const char *last = c->in.data;
  return answer(c, 200, "X-Two:  two words \r\nX-TWO-B:\tb\r\n", last, c->in.len);
}

static int
chunked(client *c)
{
  long n = atol(argument(c));
  if (putf(c, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n") < 0)
    return -1;
  for (long i = 0; i < n; i++)
    if (putf(c, "3e8\r\n%01000ld\r\n", i) < 0)
      return -1;
  return putf(c, "0\r\nX-Trailer: late\r\n\r\n");
}

static int
endless(client *c)
{
  char block[4096];
  memset(block, 'e', sizeof block);
  if (putf(c, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n") < 0)
    return -1;
  while (putf(c, "1000\r\n") == 0 && put(c, block, sizeof block) == 0 && putf(c, "\r\n") == 0)
    continue;
  return -1;
}

static int
endless_headers(client *c)
{
  if (putf(c, "HTTP/1.1 200 X\r\n") < 0)
    return -1;
  for (unsigned i = 0; putf(c, "X-Header-%u: %0900d\r\n", i, 7) == 0; i++)
    continue;
  return -1;
}

static int
drip(client *c)
{
  if (putf(c, "HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n") < 0)
    return -1;
  while (put(c, "d", 1) == 0 && pause_ms(c, 20) == 0)
    continue;
  return -1;
}

static void
deflate_into(ek_text *out, size_t zeros)
{
  static char block[65536];
  z_stream z = { 0 };
  char buf[65536];
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  for (int end = 0; !end;) {
    size_t n = zeros < sizeof block ? zeros : sizeof block;
    z.next_in = (Bytef *)block;
    z.avail_in = (uInt)n;
    zeros -= n;
    do {
      z.next_out = (Bytef *)buf;
      z.avail_out = sizeof buf;
      end = deflate(&z, zeros ? Z_NO_FLUSH : Z_FINISH) == Z_STREAM_END;
      ek_text_add(out, buf, sizeof buf - z.avail_out);
    } while (z.avail_out == 0);
  }
  deflateEnd(&z);
}

static int
gzipped(client *c)
{
  ek_text t = { 0 };
  deflate_into(&t, (size_t)strtoul(argument(c), NULL, 10));
  int rc = answer(c, 200, "Content-Encoding: gzip\r\n", t.data, t.len);
  ek_text_free(&t);
  return rc;
}

static int
cut(client *c)
{
  putf(c, "HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\nonly this");
  return -1;
}

static int
garbage(client *c)
{
  static const char noise[] = "\x16\x03\x01\x00\xff\x00 not at all \x00\x01\x02 HTTP\r\n\r\n\r\n";
  put(c, noise, sizeof noise - 1);
  return -1;
}

static int
status(client *c)
{
  return answer(c, atoi(argument(c)), "Content-Type: application/json\r\nRetry-After: 7\r\nX-Amz-Retry-After: 1500\r\n"
                                      "X-Amzn-RequestId: r-1\r\nSet-Cookie: s=cookie-secret\r\n", "{}", 2);
}

static int
early_hints(client *c)
{
  if (putf(c, "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n") < 0)
    return -1;
  return answer(c, 200, "X-Final: 1\r\n", "ok", 2);
}

/* Answers the first request on a connection and drops the second unread. */
static int
once(client *c)
{
  return c->number == 0 ? answer(c, 200, "", "once", 4) : -1;
}

static int
late(client *c)
{
  return pause_ms(c, atoi(argument(c))) < 0 ? -1 : answer(c, 200, "", "late", 4);
}

static const struct { const char *path; int (*go)(client *); } answers[] = {
  { "/size/", size }, { "/redirect/", redirect }, { "/to/", to }, { "/redirect-endless", redirect_endless },
  { "/echo", echo },
  { "/chunked/", chunked }, { "/endless-headers", endless_headers }, { "/endless", endless }, { "/drip", drip },
  { "/gzip/", gzipped }, { "/cut", cut }, { "/garbage", garbage }, { "/status/", status }, { "/early", early_hints },
  { "/once", once }, { "/late/", late }
};

static int
respond(client *c)
{
  /* As a proxy: the whole URL. What it would fetch is not fetched. */
  if (strncmp(c->path, "http://", 7) == 0)
    return answer(c, 200, "Via: us\r\n", c->path, strlen(c->path));
  if (strcmp(c->method, "CONNECT") == 0)
    return answer(c, 403, "", "no tunnel", 9) < 0 ? -1 : -1;
  if (strcmp(c->path, "/away") == 0)
    return answer(c, 302, "Location: http://user:secret@127.0.0.1/?secret\r\n", "", 0);
  if (strcmp(c->path, "/silent") == 0)
    return -1;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    if (strncmp(c->path, answers[i].path, strlen(answers[i].path)) == 0)
      return answers[i].go(c);
  return answer(c, 200, "Content-Type: text/plain\r\n", "hello", 5);
}

/* --- connections -------------------------------------------------------------- */

static int
more(client *c)
{
  while (!stopped(c->s)) {
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    if (poll(&p, 1, 20) <= 0)
      continue;
    ek_text_reserve(&c->in, 65536);
    ssize_t n = recv(c->fd, c->in.data + c->in.len, 65536, MSG_DONTWAIT);
    if (n <= 0)
      return -1;
    c->in.len += (size_t)n;
    return 0;
  }
  return -1;
}

/* Reads one request: its length, or 0 at the end. */
static size_t
read_request(client *c)
{
  const char *end, *length;
  size_t head, body = 0;
  while (!c->in.len || !(end = strstr(ek_text_c(&c->in), "\r\n\r\n")))
    if (more(c) < 0)
      return 0;
    else if (c->in.data[0] == 0x16) {          /* somebody would speak TLS           */
      garbage(c);
      return 0;
    }
  head = (size_t)(end - c->in.data) + 4;
  length = strcasestr(c->in.data, "\r\ncontent-length:");
  if (length && length < end)
    body = (size_t)strtoul(length + 17, NULL, 10);
  if (sscanf(c->in.data, "%15s %4095s", c->method, c->path) != 2)
    return 0;
  pthread_mutex_lock(&c->s->lock);
  c->s->requests++;
  pthread_mutex_unlock(&c->s->lock);
  while (c->in.len < head + body)
    if (more(c) < 0)
      return 0;
  c->body = c->in.data + head;
  c->body_len = body;
  return head + body;
}

static void *
serve(void *arg)
{
  client *c = arg;
  size_t n;
  while ((n = read_request(c))) {
    pthread_mutex_lock(&c->s->lock);
    ek_text_clear(&c->s->last);
    ek_text_add(&c->s->last, c->in.data, n);
    pthread_mutex_unlock(&c->s->lock);
    if (respond(c) < 0)
      break;
    memmove(c->in.data, c->in.data + n, c->in.len - n);
    c->in.len -= n;
    c->number++;
  }
  close(c->fd);
  ek_text_free(&c->in);
  pthread_mutex_lock(&c->s->lock);
  c->s->open--;
  pthread_cond_broadcast(&c->s->idle);
  pthread_mutex_unlock(&c->s->lock);
  free(c);
  return NULL;
}

static void *
accept_all(void *arg)
{
  server *s = arg;
  while (!stopped(s)) {
    struct pollfd p = { .fd = s->listener, .events = POLLIN };
    pthread_t t;
    int one = 1, fd;
    if (poll(&p, 1, 20) <= 0 || (fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
      continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    client *c = ek_mem_zero(1, sizeof *c);
    c->s = s;
    c->fd = fd;
    pthread_mutex_lock(&s->lock);
    s->connections++;
    s->open++;
    pthread_mutex_unlock(&s->lock);
    if (pthread_create(&t, NULL, serve, c) != 0)
      abort();
    pthread_detach(t);
  }
  return NULL;
}

server *
server_start(void)
{
  server *s = ek_mem_zero(1, sizeof *s);
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t len = sizeof a;
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->idle, NULL);
  s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(s->listener, 1024) < 0 ||
      getsockname(s->listener, (struct sockaddr *)&a, &len) < 0)
    abort();
  s->port = ntohs(a.sin_port);
  if (pthread_create(&s->thread, NULL, accept_all, s) != 0)
    abort();
  return s;
}

void
server_stop(server *s)
{
  pthread_mutex_lock(&s->lock);
  s->stop = 1;
  pthread_mutex_unlock(&s->lock);
  pthread_join(s->thread, NULL);
  pthread_mutex_lock(&s->lock);
  while (s->open)
    pthread_cond_wait(&s->idle, &s->lock);
  pthread_mutex_unlock(&s->lock);
  close(s->listener);
  ek_text_free(&s->last);
  free(s);
}

unsigned
server_port(const server *s)
{
  return s->port;
}

unsigned
server_connections(server *s)
{
  pthread_mutex_lock(&s->lock);
  unsigned n = s->connections;
  pthread_mutex_unlock(&s->lock);
  return n;
}

unsigned
server_requests(server *s)
{
  pthread_mutex_lock(&s->lock);
  unsigned n = s->requests;
  pthread_mutex_unlock(&s->lock);
  return n;
}

const char *
server_last(server *s)
{
  static char text[16384];
  pthread_mutex_lock(&s->lock);
  snprintf(text, sizeof text, "%s", ek_text_c(&s->last));
  pthread_mutex_unlock(&s->lock);
  return text;
}

const char *
server_url(const server *s, const char *path)
{
  static __thread char buf[8][4500];
  static __thread unsigned at;
  char *out = buf[at++ % 8];
  snprintf(out, sizeof buf[0], "http://127.0.0.1:%u%s", s->port, path);
  return out;
}
