/* SPDX-License-Identifier: BSD-3-Clause */
/* What an address is, after the special-purpose registries of IANA (RFC 6890 and
 * what came after it). Of IPv6 only what is handed out to networks is public.  */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "http/internal.h"

typedef struct block4 { uint32_t base; unsigned bits; const char *word; } block4;
typedef struct block6 { uint8_t base[16]; unsigned bits; const char *word; } block6;

#define QUAD(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* The first that fits counts. */
static const block4 blocks4[] = {
  { QUAD(169, 254, 169, 254), 32, "metadata service" },     /* EC2, Azure, Google and others */
  { QUAD(169, 254, 170, 2), 32, "metadata service" },       /* ECS credentials              */
  { QUAD(169, 254, 170, 23), 32, "metadata service" },      /* EKS credentials              */
  { QUAD(100, 100, 100, 200), 32, "metadata service" },     /* Alibaba                      */
  { QUAD(168, 63, 129, 16), 32, "metadata service" },       /* Azure's host, in public space */
  { QUAD(192, 0, 0, 192), 32, "metadata service" },         /* Oracle                       */
  { QUAD(0, 0, 0, 0), 8, "unspecified" },
  { QUAD(10, 0, 0, 0), 8, "private" },
  { QUAD(100, 64, 0, 0), 10, "private" },                   /* behind a carrier's NAT       */
  { QUAD(127, 0, 0, 0), 8, "loopback" },
  { QUAD(169, 254, 0, 0), 16, "link-local" },
  { QUAD(172, 16, 0, 0), 12, "private" },
  { QUAD(192, 0, 0, 0), 24, "reserved" },                   /* protocol assignments         */
  { QUAD(192, 0, 2, 0), 24, "reserved" },                   /* documentation                */
  { QUAD(192, 88, 99, 0), 24, "reserved" },                 /* relays of 6to4, given up     */
  { QUAD(192, 168, 0, 0), 16, "private" },
  { QUAD(198, 18, 0, 0), 15, "reserved" },                  /* benchmarks                   */
  { QUAD(198, 51, 100, 0), 24, "reserved" },                /* documentation                */
  { QUAD(203, 0, 113, 0), 24, "reserved" },                 /* documentation                */
  { QUAD(224, 0, 0, 0), 4, "multicast" },
  { QUAD(240, 0, 0, 0), 4, "reserved" }                     /* with the broadcast address   */
};

static const block6 blocks6[] = {
  { { 0 }, 128, "unspecified" },
  { { [15] = 1 }, 128, "loopback" },
  { { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, 0x54 }, 128, "metadata service" },   /* EC2: fd00:ec2::254 */
  { { 0xfd, 0, 0x0e, 0xc2, [15] = 0x23 }, 128, "metadata service" },         /* EKS: fd00:ec2::23  */
  { { 0xfd, 0x20, 0, 0xce, [14] = 0x02, 0x54 }, 128, "metadata service" },   /* Google: fd20:ce::254 */
  { { 0xfe, 0x80 }, 10, "link-local" },
  { { 0xfe, 0xc0 }, 10, "private" },                        /* site-local, given up         */
  { { 0xfc }, 7, "private" },
  { { 0xff }, 8, "multicast" },
  { { 0x20, 0x01, 0 }, 23, "reserved" },                    /* protocols, Teredo among them */
  { { 0x20, 0x01, 0x0d, 0xb8 }, 32, "reserved" },           /* documentation                */
  { { 0x3f, 0xff, 0 }, 20, "reserved" }                     /* documentation                */
};

static int
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
  unsigned whole = bits / 8, rest = bits % 8;
  if (memcmp(a, b, whole) != 0)
    return 0;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static const char *
word4(uint32_t a)
{
  for (size_t i = 0; i < sizeof blocks4 / sizeof *blocks4; i++)
    if ((a ^ blocks4[i].base) >> (32 - blocks4[i].bits) == 0)
      return blocks4[i].word;
  return NULL;
}

static uint32_t
quad_at(const uint8_t *p)
{
  return QUAD(p[0], p[1], p[2], p[3]);
}

/* An IPv4 address that stands in an IPv6 one: traffic may be handed on to it. */
static const char *
word_inside(const uint8_t *a)
{
  static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
  static const uint8_t zero[12] = { 0 }, mapped[12] = { [10] = 0xff, 0xff }, translated[12] = { [8] = 0xff, 0xff };
  static const uint8_t sixtofour[2] = { 0x20, 0x02 }, teredo[4] = { 0x20, 0x01 };
  const char *word = NULL;
  if (same_bits(a, zero, 96) || same_bits(a, mapped, 96) || same_bits(a, translated, 96) || same_bits(a, nat64, 96))
    return word4(quad_at(a + 12));
  if (same_bits(a, sixtofour, 16))
    return word4(quad_at(a + 2));
  if (same_bits(a, teredo, 32)) {
    word = word4(quad_at(a + 4));                           /* the server; the client is inverted */
    return word ? word : word4(~quad_at(a + 12));
  }
  return NULL;
}

static const char *
word6(const uint8_t *a)
{
  static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b }, global[1] = { 0x20 };
  const char *word;
  for (size_t i = 0; i < 2; i++)                            /* :: and ::1 before "compatible" */
    if (same_bits(a, blocks6[i].base, blocks6[i].bits))
      return blocks6[i].word;
  word = word_inside(a);
  if (word)
    return word;
  for (size_t i = 2; i < sizeof blocks6 / sizeof *blocks6; i++)
    if (same_bits(a, blocks6[i].base, blocks6[i].bits))
      return blocks6[i].word;
  /* Where there is only IPv6, the public Internet is behind NAT64. */
  if (same_bits(a, nat64, 96) || same_bits(a, global, 3))
    return NULL;
  return "reserved";
}

const struct sockaddr *
ek_address_plain(const struct sockaddr *a, struct sockaddr_storage *out)
{
  memset(out, 0, sizeof *out);
  if (a->sa_family == AF_INET)
    memcpy(out, a, sizeof(struct sockaddr_in));
  else if (a->sa_family == AF_INET6) {
    struct sockaddr_in6 six;
    memcpy(&six, a, sizeof six);
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
      struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = six.sin6_port };
      memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
      memcpy(out, &four, sizeof four);
    } else
      memcpy(out, &six, sizeof six);
  } else
    out->ss_family = a->sa_family;
  return (const struct sockaddr *)out;
}

const char *
ek_address_word(const struct sockaddr *address)
{
  struct sockaddr_storage plain;
  ek_address_plain(address, &plain);
  if (plain.ss_family == AF_INET) {
    struct sockaddr_in four;
    memcpy(&four, &plain, sizeof four);
    return word4(ntohl(four.sin_addr.s_addr));
  }
  if (plain.ss_family == AF_INET6) {
    struct sockaddr_in6 six;
    memcpy(&six, &plain, sizeof six);
    return word6(six.sin6_addr.s6_addr);
  }
  return "not an internet address";
}

int
ek_address_parse(ek_str s, uint16_t port, struct sockaddr_storage *out)
{
  char text[INET6_ADDRSTRLEN];
  struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
  struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
  if (s.len >= 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
    s.ptr++;
    s.len -= 2;
    if (!memchr(s.ptr, ':', s.len))
      return 0;
  }
  if (s.len == 0 || s.len >= sizeof text || memchr(s.ptr, 0, s.len))
    return 0;
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
    memcpy(out, &four, sizeof four);
  else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
    struct sockaddr_storage plain;
    memcpy(out, &six, sizeof six);
    ek_address_plain((struct sockaddr *)out, &plain);
    *out = plain;
  } else
    return 0;
  return 1;
}
