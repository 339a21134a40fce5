/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/resolver.h"
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef int resolve(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static const struct { const char *name, *addresses[2]; int seconds; } names[] = {
  { "loop.test", { "127.0.0.1", NULL }, 0 }, { "private.test", { "10.11.12.13", NULL }, 0 },
  { "metadata.test", { "169.254.169.254", NULL }, 0 }, { "mapped.test", { "::ffff:127.0.0.1", NULL }, 0 },
  { "both.test", { "10.11.12.13", "127.0.0.1" }, 0 }, { "closed.test", { "127.0.0.1", NULL }, 0 },
  { "other.test", { "127.0.0.1", NULL }, 0 },
  { "slow.test", { "127.0.0.1", NULL }, 3 }, { "public.test", { "8.8.8.8", NULL }, 0 },
  { "half.test", { "8.8.8.8", "127.0.0.1" }, 0 }
};

static atomic_uint asked;

unsigned
resolver_asked(void)
{
  return asked;
}

static int
look_up(resolve *real, size_t i, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
  struct addrinfo **end = out;
  *out = NULL;
  for (int k = 0; k < 2 && names[i].addresses[k]; k++) {
    struct addrinfo wanted = hints ? *hints : (struct addrinfo){ 0 };
    wanted.ai_flags |= AI_NUMERICHOST;
    int family = strchr(names[i].addresses[k], ':') ? AF_INET6 : AF_INET;
    if (wanted.ai_family != AF_UNSPEC && wanted.ai_family != family)
      continue;
    if (real(names[i].addresses[k], service, &wanted, end) == 0)
      while (*end)
        end = &(*end)->ai_next;
  }
  return *out ? 0 : EAI_NONAME;
}

/* curl's calls come here. */
__attribute__((visibility("default"))) int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
  resolve *real;
  void *found = dlsym(RTLD_NEXT, "getaddrinfo");
  struct addrinfo wanted = hints ? *hints : (struct addrinfo){ 0 };
  memcpy(&real, &found, sizeof real);
  for (size_t i = 0; host && i < sizeof names / sizeof *names; i++)
    if (strcasecmp(host, names[i].name) == 0) {
      asked++;
      if (names[i].seconds)
        sleep((unsigned)names[i].seconds);
      return look_up(real, i, service, hints, out);
    }
  wanted.ai_flags |= AI_NUMERICHOST;
  int rc = real(host, service, &wanted, out);
  asked += rc != 0;
  return rc;
}
