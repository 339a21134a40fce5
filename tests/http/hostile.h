/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/hostile.h - URLs that must not be asked, in every spelling. PORT in them
 * is that of a server that must not be reached; names are resolver.h's.       */
#ifndef EK_TESTS_HTTP_HOSTILE_H
#define EK_TESTS_HTTP_HOSTILE_H
#include <stdio.h>
#include <string.h>

/* Addresses that are not public. */
static const char *const hostile_inside[] = {
  "http://127.0.0.1:PORT/", "http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://0x7f.1:PORT/",
  "http://0177.0.0.1:PORT/",
  "http://017700000001:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://0X7F.0x0.0x0.0x1:PORT/",
  "http://127.255.255.254:PORT/",
  "http://0:PORT/", "http://0.0.0.0:PORT/", "http://00000:PORT/", "http://localhost:PORT/", "http://LOCALHOST:PORT/",
  "http://x.localhost:PORT/",
  "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::]:PORT/", "http://[::ffff:127.0.0.1]:PORT/",
  "http://[::ffff:7f00:1]:PORT/",
  "http://[::FFFF:7F00:0001]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/",
  "http://[64:ff9b::127.0.0.1]:PORT/",
  "http://[2002:7f00:1::]:PORT/", "http://[2001:0:808:808::80ff:fffe]:PORT/", "http://[fe80::1]:PORT/",
  "http://[fc00::1]:PORT/", "http://[ff02::1]:PORT/",
  "http://10.0.0.1:PORT/", "http://172.16.0.1:PORT/", "http://192.168.0.1:PORT/", "http://100.64.0.1:PORT/",
  "http://198.18.0.1:PORT/",
  "http://192.0.2.1:PORT/", "http://169.254.1.1:PORT/", "http://169.254.169.254:PORT/latest/meta-data/",
  "http://2852039166:PORT/",
  "http://0xa9fea9fe:PORT/", "http://[fd00:ec2::254]:PORT/", "http://224.0.0.1:PORT/", "http://240.0.0.1:PORT/",
  "http://255.255.255.255:PORT/",
  "http://loop.test:PORT/", "http://LOOP.test:PORT/", "http://private.test:PORT/", "http://metadata.test:PORT/",
  "http://mapped.test:PORT/",
  "http://both.test:PORT/", "https://127.0.0.1:PORT/", "https://loop.test:PORT/"
};

/* Spellings that are no addresses to us, whatever another reader takes them for. */
static const char *const hostile_nothing[] = {
  "http://localhost.:PORT/", "http://127.0.0.1.:PORT/",
  /* Digits in circles, of full width, and ideographic full stops. */
  "http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1:PORT/",
  "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:PORT/",
  "http://127\xe3\x80\x82" "0\xe3\x80\x82" "0\xe3\x80\x82" "1:PORT/",
  "http://127.0.0.1%00.example.com:PORT/", "http://%6c%6f%63alhost:PORT/", "http://[::1%25lo]:PORT/",
  "http://[::ffff:0x7f.1]:PORT/",
  "http://example.com@127.0.0.1:PORT/", "http://127.0.0.1:PORT\\@example.com/", "http:127.0.0.1:PORT/",
  "http:///127.0.0.1:PORT/",
  "file:///etc/passwd?PORT", "ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/_GET", "dict://127.0.0.1:PORT/",
  "unix://x:PORT/", "127.0.0.1:PORT/",
  "http://256.256.256.256:PORT/", "http://1.2.3.4.5:PORT/", "http://nosuch.test:PORT/"
};

static inline void
hostile_url(char *buf, size_t size, const char *url, unsigned port)
{
  const char *at = strstr(url, "PORT");
  if (at)
    snprintf(buf, size, "%.*s%u%s", (int)(at - url), url, port, at + 4);
  else
    snprintf(buf, size, "%s", url);
}

#endif
