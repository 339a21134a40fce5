/* SPDX-License-Identifier: BSD-3-Clause */
#include "server.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "asset-test.h"
#include "base/pool.h"

enum { WORKERS = 4, HEAD = 8192, BOMB = 64 << 20 };

struct server {
  int listener, stop;
  uint16_t port;
  ek_pool *pool;
  pthread_mutex_t lock;
  unsigned requests;
  char last[HEAD], copy[HEAD];
  ek_text bomb;
};

/* ---- writing -------------------------------------------------------------------- */

static int
put(int fd, const void *bytes, size_t size)
{
  for (const char *p = bytes; size;) {
    ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
    if (n <= 0)
      return -1;
    p += n;
    size -= (size_t)n;
  }
  return 0;
}

static int
puts_to(int fd, const char *s)
{
  return put(fd, s, strlen(s));
}

/* headers: whole lines. */
static void
answer(int fd, const char *status, const char *headers, const void *body, size_t size)
{
  char head[1024];
  snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status, size, headers);
  if (puts_to(fd, head) == 0)
    put(fd, body, size);
}

static void
rest(int ms)
{
  poll(NULL, 0, ms);
}

static int
stopped(server *s)
{
  return __atomic_load_n(&s->stop, __ATOMIC_ACQUIRE);
}

/* Until the other side has enough. */
static void
endless(server *s, int fd, const char *status, int chunk_ms, size_t chunk)
{
  static const char zeros[65536];
  char head[200];
  snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n", status);
  if (puts_to(fd, head) || put(fd, tiny_png, 41))
    return;
  while (!stopped(s) && put(fd, zeros, chunk) == 0)
    rest(chunk_ms);
}

/* ---- answering ------------------------------------------------------------------ */

static void
redirect(int fd, const char *to)
{
  char headers[300];
  snprintf(headers, sizeof headers, "Location: %s\r\n", to);
  answer(fd, "302 Found", headers, "", 0);
}

static void
retry_date(int fd)
{
  char headers[100];
  time_t then = time(NULL) + 45;
  struct tm tm;
  gmtime_r(&then, &tm);
  strftime(headers, sizeof headers, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
  answer(fd, "503 Service Unavailable", headers, "", 0);
}

static void
bucket(int fd, const char *key)
{
  static const struct { const char *key, *status, *headers, *body; } all[] = {
    { "slow", "503 Slow Down", "Retry-After: 3\r\n", "<Error><Code>SlowDown</Code></Error>" },
    { "secret", "403 Forbidden", "", "<Error><Code>AccessDenied</Code></Error>" },
    { "", "404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>" },
  };
  size_t i = 0;
  if (strncmp(key, "here.png", 8) == 0 || strncmp(key, "a%20b%2Bc/%C3%A4.png", 20) == 0) {
    answer(fd, "200 OK", "Content-Type: binary/octet-stream\r\n", tiny_png, tiny_png_size);
    return;
  }
  while (strncmp(key, all[i].key, strlen(all[i].key)) != 0)
    i++;
  answer(fd, all[i].status, all[i].headers, all[i].body, strlen(all[i].body));
}

/* A bucket of us-west-2, asked wherever. */
static void
elsewhere(int fd, const char *head)
{
  static const char moved[] = "<Error><Code>PermanentRedirect</Code></Error>";
  if (strstr(head, "/us-west-2/s3/aws4_request"))
    answer(fd, "200 OK", "", tiny_png, tiny_png_size);
  else
    answer(fd, "301 Moved Permanently", "x-amz-bucket-region: us-west-2\r\n", moved, sizeof moved - 1);
}

static void
by_path(server *s, int fd, const char *head)
{
  const char *path = strchr(head, ' ') ? strchr(head, ' ') + 1 : "";
  char to[100];
#define ASKED(p) (strncmp(path, p, strlen(p)) == 0)
  if (ASKED("/ok.png"))
    answer(fd, "200 OK", "Content-Type: text/html\r\n", tiny_png, tiny_png_size);
  else if (ASKED("/ok.jpg"))
    answer(fd, "200 OK", "", tiny_jpeg, tiny_jpeg_size);
  else if (ASKED("/gif"))
    answer(fd, "200 OK", "Content-Type: image/jpeg\r\n", "GIF89a\1\0\1\0", 10);
  else if (ASKED("/page"))
    answer(fd, "200 OK", "Content-Type: image/jpeg\r\n", "<html>Sorry", 11);
  else if (ASKED("/empty"))
    answer(fd, "200 OK", "Content-Type: image/jpeg\r\n", "", 0);
  else if (ASKED("/none"))
    puts_to(fd, "HTTP/1.1 204 No Content\r\n\r\n");
  else if (ASKED("/code/")) {
    snprintf(to, sizeof to, "%.3s Whatever", path + 6);
    answer(fd, to, "", tiny_png, strncmp(to, "304", 3) == 0 ? 0 : tiny_png_size);     /* which may have no body */
  } else if (ASKED("/retry-soon"))
    answer(fd, "429 Too Many Requests", "Retry-After: 7\r\n", "", 0);
  else if (ASKED("/retry-date"))
    retry_date(fd);
  else if (ASKED("/retry-past"))
    answer(fd, "503 Whatever", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "", 0);
  else if (ASKED("/retry-never"))
    answer(fd, "503 Whatever", "Retry-After: 99999999999\r\n", "", 0);
  else if (ASKED("/retry-rubbish"))
    answer(fd, "503 Whatever", "Retry-After: when I like\r\n", "", 0);
  else if (ASKED("/to-picture"))
    redirect(fd, "/ok.png");
  else if (ASKED("/to-loop"))
    redirect(fd, "/to-loop");
  else if (ASKED("/to-file"))
    redirect(fd, "file:///etc/passwd");
  else if (ASKED("/to-private")) {
    snprintf(to, sizeof to, "http://127.0.0.2:%u/ok.png?sig=SECRET", s->port);
    redirect(fd, to);
  } else if (ASKED("/endless"))
    endless(s, fd, ASKED("/endless-404") ? "404 Not Found" : "200 OK", 0, 65536);
  else if (ASKED("/drip"))
    endless(s, fd, "200 OK", 50, 1);
  else if (ASKED("/bomb"))
    answer(fd, "200 OK", "Content-Encoding: gzip\r\n", s->bomb.data, s->bomb.len);
  else if (ASKED("/cut-short"))
    puts_to(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n\x89PNG\r\n\x1a\n");
  else if (ASKED("/cut-chunk"))
    puts_to(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n\x89PNG\r\n\x1a\n");
  else if (ASKED("/rubbish"))
    puts_to(fd, "SSH-2.0-OpenSSH_9.2\r\n");
  else if (ASKED("/hang"))
    for (int i = 0; i < 200 && !stopped(s); i++)
      rest(50);
  else if (ASKED("/shop-pictures/"))
    bucket(fd, path + strlen("/shop-pictures/"));
  else if (ASKED("/elsewhere/"))
    elsewhere(fd, head);
}

static void
serve(server *s, int fd)
{
  char head[HEAD];
  size_t n = 0;
  while (n < sizeof head - 1) {
    ssize_t got = recv(fd, head + n, sizeof head - 1 - n, 0);
    if (got <= 0 || head[0] == 0x16)       /* TLS is not spoken here            */
      return;
    n += (size_t)got;
    head[n] = 0;
    if (strstr(head, "\r\n\r\n"))
      break;
  }
  pthread_mutex_lock(&s->lock);
  s->requests++;
  memcpy(s->last, head, n + 1);
  pthread_mutex_unlock(&s->lock);
  by_path(s, fd, head);
  shutdown(fd, SHUT_WR);
  while (!stopped(s) && poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 50) == 0)
    continue;
}

static void
work(void *arg, unsigned index)
{
  server *s = arg;
  (void)index;
  while (!stopped(s)) {
    if (poll(&(struct pollfd){ .fd = s->listener, .events = POLLIN }, 1, 50) <= 0)
      continue;
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
      continue;
    struct timeval slice = { .tv_sec = 5 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice);
    serve(s, fd);
    close(fd);
  }
}

/* ---- life ----------------------------------------------------------------------- */

static void
make_bomb(ek_text *out)
{
  z_stream z = { .next_in = NULL };
  static unsigned char zeros[1 << 20];
  ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  ek_text_reserve(out, 1 << 20);
  z.next_out = (unsigned char *)out->data;
  z.avail_out = 1 << 20;
  for (int i = 0; i < BOMB >> 20; i++) {
    z.next_in = zeros;
    z.avail_in = sizeof zeros;
    ck_assert_int_eq(deflate(&z, Z_NO_FLUSH), Z_OK);
  }
  ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
  out->len = z.total_out;
  deflateEnd(&z);
}

server *
server_start(void)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  server *s = ek_mem_zero(1, sizeof *s);
  ek_error e = { 0 };
  pthread_mutex_init(&s->lock, NULL);
  make_bomb(&s->bomb);
  s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ck_assert(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(s->listener, 64) == 0);
  ck_assert(getsockname(s->listener, (struct sockaddr *)&at, &size) == 0);
  s->port = ntohs(at.sin_port);
  s->pool = ek_pool_start(WORKERS, work, s, &e);
  ck_assert_msg(s->pool != NULL, "%s", e.message);
  return s;
}

void
server_stop(server *s)
{
  __atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
  ek_pool_join(s->pool);
  close(s->listener);
  ek_text_free(&s->bomb);
  pthread_mutex_destroy(&s->lock);
  free(s);
}

uint16_t
server_port(const server *s)
{
  return s->port;
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
  pthread_mutex_lock(&s->lock);
  memcpy(s->copy, s->last, sizeof s->copy);
  pthread_mutex_unlock(&s->lock);
  return s->copy;
}
