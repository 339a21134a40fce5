/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks every hostile URL in a network of its own, where there is the loopback and no
 * more, and counts who comes to the door. Prints "ok WHAT" or "not ok WHAT".  */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "http/hostile.h"
#include "http/server.h"

enum { INSIDE = sizeof hostile_inside / sizeof *hostile_inside,
       NOTHING = sizeof hostile_nothing / sizeof *hostile_nothing };

static void
say(int holds, const char *fmt, const char *text, int number)
{
  printf("%s ", holds ? "ok" : "not ok");
  printf("%s %s %d\n", fmt, text, number);
}

static int
lift_loopback(void)
{
  struct ifreq r = { 0 };
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;
  memcpy(r.ifr_name, "lo", 3);
  rc = ioctl(fd, SIOCGIFFLAGS, &r);
  r.ifr_flags = (short)(r.ifr_flags | IFF_UP);
  if (rc == 0)
    rc = ioctl(fd, SIOCSIFFLAGS, &r);
  close(fd);
  return rc;
}

/* Only the loopback is up. */
static int
is_alone(void)
{
  struct if_nameindex *all = if_nameindex();
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), up = 0, loopback = 0;
  for (struct if_nameindex *i = all; i && i->if_index; i++) {
    struct ifreq r = { 0 };
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", i->if_name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & IFF_UP)) {
      up++;
      loopback += (r.ifr_flags & IFF_LOOPBACK) != 0;
    }
  }
  if_freenameindex(all);
  close(fd);
  return up == 1 && loopback == 1;
}

/* A second door, on ::1 and the same port; -1 where there is no IPv6. */
static int
listen6(unsigned port)
{
  struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                            .sin6_port = htons((uint16_t)port) };
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 100) < 0)) {
    close(fd);
    return -1;
  }
  return fd;
}

static enum ek_http_fault
ask(ek_http_client *c, const char *url, unsigned flags, int *sent)
{
  struct timespec now;
  ek_http_answer a = { 0 };
  ek_error e = { 0 };
  clock_gettime(CLOCK_MONOTONIC, &now);
  ek_http_request_spec spec = { .method = "GET", .url = url, .flags = flags,
                                .deadline_ns = (now.tv_sec + 5) * INT64_C(1000000000) };
  enum ek_http_fault fault = ek_http_perform(c, &spec, &a, &e);
  *sent = a.sent;
  ek_http_answer_free(&a);
  return fault;
}

static ek_http_client *
client(const ek_guard *g)
{
  ek_http_options o = { .guard = g, .connect_timeout_ns = 2000000000, .max_redirects = 5,
                        .user_agent = "enrichkit/test", .proxy = "none" };
  return ek_http_new(&o, NULL);
}

static void
ask_all(ek_http_client *c, unsigned port)
{
  char url[256];
  int sent;
  for (int i = 0; i < INSIDE + NOTHING; i++) {
    hostile_url(url, sizeof url, i < INSIDE ? hostile_inside[i] : hostile_nothing[i - INSIDE], port);
    enum ek_http_fault fault = ask(c, url, EK_HTTP_FOLLOW | EK_HTTP_PICTURE, &sent);
    /* The names of the other tests are unknown here. */
    int refused = fault == EK_HTTP_FAULT_GUARD || fault == EK_HTTP_FAULT_URL || fault == EK_HTTP_FAULT_RESOLVE;
    say(refused && !sent, "refused:", url, (int)fault);
  }
}

/* The same without a guard: who is not on the loopback is not there. */
static void
ask_unguarded(ek_http_client *c, unsigned port)
{
  static const char *const outside[] = { "http://10.0.0.1:PORT/", "http://169.254.169.254:PORT/",
                                         "http://8.8.8.8:PORT/", "http://192.168.0.1:PORT/",
                                         "http://[2606:4700::1111]:PORT/", "http://[fd00:ec2::254]:PORT/" };
  char url[256];
  int sent;
  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
    hostile_url(url, sizeof url, outside[i], port);
    enum ek_http_fault fault = ask(c, url, EK_HTTP_TRUSTED, &sent);
    say(fault == EK_HTTP_FAULT_CONNECT && !sent, "not there:", url, (int)fault);
  }
}

int
main(void)
{
  const char *allow = "127.0.0.1";
  int sent, door6;
  if (lift_loopback() < 0)
    perror("lo");
  say(is_alone(), "only the loopback is up", "", 0);
  server *s = server_start();
  door6 = listen6(server_port(s));
  ek_guard *strict = ek_guard_new(NULL, 0, NULL), *lenient = ek_guard_new(&allow, 1, NULL);
  ek_http_client *c = client(strict);
  ask_all(c, server_port(s));
  say(server_connections(s) == 0, "connections to 127.0.0.1:", "", (int)server_connections(s));
  if (door6 >= 0)
    say(accept(door6, NULL, NULL) < 0 && errno == EAGAIN, "connections to ::1: none", "", 0);
  ask_unguarded(c, server_port(s));
  ek_http_free(c);
  /* The door is open: who is allowed comes in. */
  c = client(lenient);
  say(ask(c, server_url(s, "/ok"), 0, &sent) == EK_HTTP_FAULT_NONE && server_connections(s) == 1,
      "allowed: one connection", "", 1);
  ek_http_free(c);
  ek_guard_free(strict);
  ek_guard_free(lenient);
  server_stop(s);
  if (door6 >= 0)
    close(door6);
  return 0;
}
