/* SPDX-License-Identifier: BSD-3-Clause */
/* What the guard says of addresses, entries and URLs. No network. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include "http/internal.h"
#include "http/suite.h"

static const struct sockaddr *
address(const char *text)
{
  static struct sockaddr_in four;
  static struct sockaddr_in6 six;
  four = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(80) };
  six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(80) };
  if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
    return (const struct sockaddr *)&four;
  ck_assert_msg(inet_pton(AF_INET6, text, &six.sin6_addr) == 1, "%s", text);
  return (const struct sockaddr *)&six;
}

static ek_guard *
guard(const char *entry)
{
  ek_error e = { 0 };
  ek_guard *g = ek_guard_new(&entry, entry != NULL, &e);
  ck_assert_msg(g != NULL, "%s", e.message);
  return g;
}

static const struct { const char *address, *word; } addresses[] = {
  { "0.0.0.0", "unspecified" }, { "0.1.2.3", "unspecified" }, { "10.0.0.0", "private" },
  { "10.255.255.255", "private" },
  { "9.255.255.255", NULL }, { "11.0.0.0", NULL }, { "100.63.255.255", NULL }, { "100.64.0.0", "private" },
  { "100.100.100.200", "metadata service" }, { "100.127.255.255", "private" }, { "100.128.0.0", NULL },
  { "127.0.0.1", "loopback" }, { "127.255.255.255", "loopback" }, { "126.255.255.255", NULL }, { "128.0.0.0", NULL },
  { "168.63.129.16", "metadata service" }, { "169.253.255.255", NULL }, { "169.254.0.0", "link-local" },
  { "169.254.169.254", "metadata service" }, { "169.254.170.2", "metadata service" },
  { "169.254.170.23", "metadata service" },
  { "169.254.255.255", "link-local" }, { "169.255.0.0", NULL }, { "172.15.255.255", NULL }, { "172.16.0.0", "private" },
  { "172.31.255.255", "private" }, { "172.32.0.0", NULL }, { "192.0.0.1", "reserved" },
  { "192.0.0.192", "metadata service" },
  { "192.0.1.0", NULL }, { "192.0.2.1", "reserved" }, { "192.0.3.0", NULL }, { "192.88.99.1", "reserved" },
  { "192.167.255.255", NULL }, { "192.168.0.0", "private" }, { "192.168.255.255", "private" }, { "192.169.0.0", NULL },
  { "198.17.255.255", NULL }, { "198.18.0.0", "reserved" }, { "198.19.255.255", "reserved" }, { "198.20.0.0", NULL },
  { "198.51.100.7", "reserved" }, { "203.0.113.7", "reserved" }, { "203.0.114.0", NULL }, { "223.255.255.255", NULL },
  { "224.0.0.0", "multicast" }, { "239.255.255.255", "multicast" }, { "240.0.0.0", "reserved" },
  { "255.255.255.255", "reserved" }, { "1.1.1.1", NULL }, { "8.8.8.8", NULL }, { "52.95.110.1", NULL },
  { "::", "unspecified" }, { "::1", "loopback" }, { "::2", "unspecified" }, { "fc00::1", "private" },
  { "fdff:ffff::1", "private" }, { "fd00:ec2::254", "metadata service" }, { "fd00:ec2::23", "metadata service" },
  { "fd20:ce::254", "metadata service" }, { "fe80::1", "link-local" }, { "febf::1", "link-local" },
  { "fec0::1", "private" },
  { "ff02::1", "multicast" }, { "ff0e::1", "multicast" }, { "100::1", "reserved" }, { "2001:db8::1", "reserved" },
  { "3fff::1", "reserved" }, { "3fff:1000::1", NULL }, { "4000::1", "reserved" }, { "5f00::1", "reserved" },
  { "2001:2::1", "reserved" }, { "2001:200::1", NULL }, { "2606:4700::1111", NULL }, { "2a00:1450:4001::1", NULL },
  { "::ffff:127.0.0.1", "loopback" }, { "::ffff:10.0.0.1", "private" },
  { "::ffff:169.254.169.254", "metadata service" },
  { "::ffff:8.8.8.8", NULL }, { "::ffff:0:127.0.0.1", "loopback" }, { "::ffff:0:8.8.8.8", "reserved" },
  { "::127.0.0.1", "loopback" }, { "::192.168.1.1", "private" }, { "::8.8.8.8", "reserved" },
  { "64:ff9b::127.0.0.1", "loopback" }, { "64:ff9b::10.1.2.3", "private" },
  { "64:ff9b::169.254.169.254", "metadata service" },
  { "64:ff9b::8.8.8.8", NULL }, { "64:ff9b:1::8.8.8.8", "reserved" }, { "2002:7f00:1::", "loopback" },
  { "2002:a01:203::1", "private" }, { "2002:808:808::1", NULL }, { "2002:a9fe:a9fe::", "metadata service" },
  /* Teredo: the server in front, the client inverted at the end. */
  { "2001:0:a00:1::", "private" }, { "2001:0:808:808::80ff:fffe", "loopback" },
  { "2001:0:808:808::f7f7:f7f7", "reserved" }
};

START_TEST(address_is_told)
{
  ek_guard *g = guard(NULL);
  const char *word = ek_guard_refuses(g, "h.example", 80, address(addresses[_i].address));
  ck_assert_msg(word == addresses[_i].word || (word && addresses[_i].word && strcmp(word, addresses[_i].word) == 0),
                "%s is %s, not %s", addresses[_i].address, word ? word : "public",
                addresses[_i].word ? addresses[_i].word : "public");
  ek_guard_free(g);
}
END_TEST

START_TEST(other_families_are_refused)
{
  const char *allow = "h.example";
  ek_guard *g = guard(allow);
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  struct sockaddr none = { .sa_family = AF_UNSPEC };
  ck_assert_str_eq(ek_guard_refuses(g, "h.example", 80, (struct sockaddr *)&local), "not an internet address");
  ck_assert_str_eq(ek_guard_refuses(g, "h.example", 80, &none), "not an internet address");
  ek_guard_free(g);
}
END_TEST

/* entry, host, port, address: allowed or not. */
static const struct { const char *entry, *host; uint16_t port; const char *address; int passes; } entries[] = {
  { "127.0.0.1", "x", 80, "127.0.0.1", 1 }, { "127.0.0.1", "x", 80, "127.0.0.2", 0 },
  { "127.0.0.1", "x", 80, "::1", 0 },
  { "127.0.0.1", "x", 80, "::ffff:127.0.0.1", 1 }, { "127.0.0.1", "x", 80, "64:ff9b::127.0.0.1", 0 },
  { "127.0.0.1", "x", 80, "::127.0.0.1", 0 }, { "127.0.0.1", "x", 80, "2002:7f00:1::", 0 },
  { "127.0.0.1:8080", "x", 8080, "127.0.0.1", 1 }, { "127.0.0.1:8080", "x", 80, "127.0.0.1", 0 },
  { "10.1.0.0/16", "x", 80, "10.1.255.255", 1 }, { "10.1.0.0/16", "x", 80, "10.2.0.0", 0 },
  { "10.1.2.3/32", "x", 80, "10.1.2.3", 1 }, { "10.1.2.3/32", "x", 80, "10.1.2.2", 0 },
  { "0.0.0.0/0", "x", 80, "10.1.2.3", 1 },
  { "0.0.0.0/0", "x", 80, "fc00::1", 0 }, { "10.128.0.0/9", "x", 80, "10.127.0.0", 0 },
  { "10.128.0.0/9", "x", 80, "10.200.0.0", 1 },
  { "[::1]", "x", 80, "::1", 1 }, { "::1", "x", 80, "::1", 1 }, { "::1", "x", 80, "127.0.0.1", 0 },
  { "[::1]:8080", "x", 8080, "::1", 1 }, { "[::1]:8080", "x", 80, "::1", 0 }, { "fc00::/7", "x", 80, "fd12::1", 1 },
  { "[fc00::]/7", "x", 80, "fd12::1", 1 }, { "fc00::/7", "x", 80, "fe80::1", 0 },
  { "::ffff:10.0.0.1", "x", 80, "10.0.0.1", 1 },
  { "images.shop.internal", "images.shop.internal", 80, "10.0.0.1", 1 },
  { "images.shop.internal", "images.shop.internal", 80, "169.254.169.254", 1 },
  { "Images.Shop.Internal.", "images.shop.internal", 80, "10.0.0.1", 1 },
  { "images.shop.internal", "IMAGES.shop.internal.", 80, "10.0.0.1", 1 },
  { "images.shop.internal", "a.images.shop.internal", 80, "10.0.0.1", 0 },
  { "images.shop.internal", "images.shop.internal.evil.example", 80, "10.0.0.1", 0 },
  { "images.shop.internal", NULL, 80, "10.0.0.1", 0 }, { "images.shop.internal", "", 80, "10.0.0.1", 0 },
  { "images.shop.internal:8443", "images.shop.internal", 8443, "10.0.0.1", 1 },
  { "images.shop.internal:8443", "images.shop.internal", 443, "10.0.0.1", 0 },
  { "my_host-1", "my_host-1", 80, "10.0.0.1", 1 }, { "localhost", "localhost", 80, "::1", 1 },
  { "localhost", "localhost", 80, "8.8.8.8", 1 }
};

START_TEST(entry_allows)
{
  ek_guard *g = guard(entries[_i].entry);
  const char *word = ek_guard_refuses(g, entries[_i].host, entries[_i].port, address(entries[_i].address));
  ck_assert_msg((word == NULL) == entries[_i].passes, "'%s': %s %s", entries[_i].entry, entries[_i].address,
                word ? word : "passes");
  ck_assert_int_eq(ek_guard_check_entry(entries[_i].entry, NULL), 0);
  ek_guard_free(g);
}
END_TEST

static const char *const bad_entries[] = {
  "", " ", "*", "*.internal", "http://127.0.0.1", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/-1", "127.0.0.1/8x",
  "10.1.2.3/8", "::1/0",
  "fc00::/129", "shop.internal/8", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "256.1.1.1", "127.0.0.1:0",
  "127.0.0.1:65536",
  "127.0.0.1:", "127.0.0.1:http", "[::1", "::1]", "[127.0.0.1]", "[::1]8080", "[::1]:", "a..b", ".a", "a b", "a\nb",
  "b\303\274cher.example",
  "user@host", "host:80:80", "127.0.0.1:080808", "fe80::1%eth0"
};

START_TEST(bad_entry_is_told)
{
  ek_error e = { 0 };
  ck_assert_msg(ek_guard_check_entry(bad_entries[_i], &e) == -1, "'%s'", bad_entries[_i]);
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert(strstr(e.message, "network.allow") != NULL);
  ck_assert(e.help[0] != 0);
  const char *two[] = { "127.0.0.1", bad_entries[_i] };
  ck_assert_ptr_null(ek_guard_new(two, 2, &e));
}
END_TEST

START_TEST(names_are_told)
{
  ek_guard *g = guard("shop.internal:8443");
  ck_assert_int_eq(ek_guard_allows_name(g, "shop.internal", 8443), 1);
  ck_assert_int_eq(ek_guard_allows_name(g, "SHOP.internal.", 8443), 1);
  ck_assert_int_eq(ek_guard_allows_name(g, "shop.internal", 443), 0);
  ck_assert_int_eq(ek_guard_allows_name(g, "shop.interna", 8443), 0);
  ck_assert_int_eq(ek_guard_allows_name(g, NULL, 8443), 0);
  ek_guard_free(g);
  g = guard("127.0.0.1");              /* an address is no name: it is judged where it is connected to */
  ck_assert_int_eq(ek_guard_allows_name(g, "127.0.0.1", 80), 0);
  ek_guard_free(g);
}
END_TEST

static const struct { const char *url, *word; } urls[] = {
  { "http://example.com", NULL }, { "https://example.com:8443/a/b.jpg?x=1#y", NULL }, { "HTTP://EXAMPLE.COM/", NULL },
  { "http://example.com/a b.jpg", NULL }, { "http://example.com/\xc3\xbc.jpg", NULL },
  { "http://example.com/a@b", NULL },
  { "http://example.com/?u=a@b", NULL }, { "http://example.com/#a@b", NULL }, { "http://[2606:4700::1111]/", NULL },
  { "http://example.com./", NULL }, { "http://1.2.3.4:65535/", NULL },
  { NULL, "is not a URL" }, { "", "is not a URL" }, { "example.com/a.jpg", "is not a URL" },
  { "//example.com/a.jpg", "is not a URL" },
  { "/a.jpg", "is not a URL" }, { " http://example.com/", "is not a URL" }, { "http://exa mple.com/", "is not a URL" },
  { "http://example.com/\n", "is not a URL" }, { "http://example.com/\r\nHost: x", "is not a URL" },
  { "http://example.com/\x7f", "is not a URL" }, { "http:example.com", "is not a URL" },
  { "http:/example.com", "is not a URL" },
  { "http://example.com:0/", "is not a URL" }, { "http://example.com:65536/", "is not a URL" },
  { "http://example.com:x/", "is not a URL" },
  { "http://[::1/", "is not a URL" }, { "http://[::g]/", "is not a URL" },
  { "http://[fe80::1%25eth0]/", "is not a URL" },
  { "http://%31%32%37.0.0.1/", "is not a URL" }, { "http://example.com\\@127.0.0.1/", "holds a user name or password" },
  { "http://exam\\ple.com/", "is not a URL" },
  { "http://", "has no host" }, { "http:///", "has no host" }, { "http:////example.com", "has no host" },
  { "http://?x", "has no host" },
  { "http://#x", "has no host" }, { "https://:443/", "has no host" }, { "http://./", "has no host" },
  { "ftp://example.com/", "is not http or https" }, { "file:///etc/passwd", "is not http or https" },
  { "FILE:///etc/passwd", "is not http or https" }, { "gopher://example.com:70/1", "is not http or https" },
  { "dict://example.com/", "is not http or https" }, { "data:image/png;base64,AAAA", "is not http or https" },
  { "javascript:alert(1)", "is not http or https" }, { "s3://bucket/key", "is not http or https" },
  { "httpss://a/", "is not http or https" },
  { "http+unix://a/", "is not http or https" },
  { "http://user:pw@example.com/", "holds a user name or password" },
  { "http://user@example.com/", "holds a user name or password" },
  { "http://@example.com/", "holds a user name or password" },
  { "http://:pw@example.com/", "holds a user name or password" },
  { "http://a@b@c/", "holds a user name or password" }
};

START_TEST(url_is_told)
{
  const char *word = ek_guard_url_fault(urls[_i].url), *want = urls[_i].word;
  ck_assert_msg(word == want || (word && want && strcmp(word, want) == 0), "%s: %s, not %s", urls[_i].url,
                word ? word : "passes",
                want ? want : "passes");
}
END_TEST

START_TEST(long_url_is_told)
{
  char *url = malloc(EK_URL_MAX + 2);
  memset(url, 'a', EK_URL_MAX + 1);
  memcpy(url, "http://h/", 9);
  url[EK_URL_MAX + 1] = 0;
  ck_assert_str_eq(ek_guard_url_fault(url), "is too long");
  url[EK_URL_MAX] = 0;
  ck_assert_ptr_null(ek_guard_url_fault(url));
  free(url);
}
END_TEST

static const struct { const char *location, *text; } joins[] = {
  { "c", "http://h.example:81/a/c" }, { "/c?y", "http://h.example:81/c?y" }, { "../../c", "http://h.example:81/c" },
  { "?z", "http://h.example:81/a/b?z" }, { "//other.example/c", "http://other.example/c" },
  { "https://Other.example/c#d", "https://Other.example/c" }, { "c d", "http://h.example:81/a/c%20d" },
  { "#f", "http://h.example:81/a/b?q" },
  { "file:///etc/passwd", NULL }, { "ftp://h/", NULL }, { "javascript:x", NULL }, { "http://u@h/", NULL },
  { "//u:p@h/", NULL },
  { "http:///x", NULL }, { "", NULL }, { "a\nb", NULL }, { "http://h:99999/", NULL }
};

START_TEST(location_is_joined)
{
  ek_url base, next;
  ck_assert_ptr_null(ek_url_parse("http://h.example:81/a/b?q", 0, &base));
  const char *word = ek_url_join(&base, ek_cstr(joins[_i].location), &next);
  if (joins[_i].text) {
    ck_assert_msg(!word, "%s: %s", joins[_i].location, word);
    ck_assert_str_eq(next.text, joins[_i].text);
  } else
    ck_assert_msg(word != NULL, "%s: %s", joins[_i].location, next.text);
  ek_url_free(&base);
  ek_url_free(&next);
}
END_TEST

START_TEST(signed_path_stays)
{
  ek_url u;
  ck_assert_ptr_null(ek_url_parse("https://s3.example/bucket/a/../b//c%2f%2F.jpg?x=%7e", 1, &u));
  ck_assert_str_eq(u.text, "https://s3.example/bucket/a/../b//c%2f%2F.jpg?x=%7e");
  ck_assert_str_eq(u.host, "s3.example");
  ck_assert_uint_eq(u.port, 443);
  ck_assert_int_eq(u.https, 1);
  ek_url_free(&u);
}
END_TEST

static const struct { const char *url, *shown; } shows[] = {
  { "http://h:80/p?secret=1#f", "http://h:80/p" }, { "http://u:p@h/x", "http://h/x" },
  { "http://u:p@h@i/x", "http://i/x" },
  { "http://h/a@b.jpg", "http://h/a@b.jpg" }, { "http://u:p/w@h/x", "http://h/x" }, { "u:p@h/x", "h/x" }, { "", "" },
  { "http://h/\x1b[31m", "http://h/\\x1b[31m" }, { "http://[::1]:80/x", "http://[::1]:80/x" }, { "?secret", "" },
  { "http://u:p\\q@h/x", "http://h/x" }
};

START_TEST(url_is_shown)
{
  char buf[256];
  ck_assert_str_eq(ek_http_show_url(shows[_i].url, buf, sizeof buf), shows[_i].shown);
}
END_TEST

static const struct { const char *list, *host; uint16_t port; int exempt; } no_proxy[] = {
  { "*", "a.example", 80, 1 }, { "example", "a.example", 80, 1 }, { ".example", "a.example", 80, 1 },
  { "a.example", "a.example", 80, 1 },
  { "ample", "a.example", 80, 0 }, { "b.example, a.example", "a.example", 80, 1 },
  { "a.example:81", "a.example", 80, 0 },
  { "a.example:80", "a.example", 80, 1 }, { "10.0.0.0/8", "10.1.1.1", 80, 1 }, { "10.0.0.0/8", "11.1.1.1", 80, 0 },
  { "10.0.0.0/99", "10.1.1.1", 80, 0 }, { "10.0.0.0/99999999999", "10.1.1.1", 80, 0 },
  { "127.0.0.1", "127.0.0.1", 80, 1 },
  { "0.0.1", "127.0.0.1", 80, 0 }, { "[::1]", "::1", 80, 1 }, { "::1", "::1", 80, 1 }, { "fc00::/7", "fd00::1", 80, 1 },
  { "", "a", 80, 0 },
  { ",", "a", 80, 0 }, { "EXAMPLE", "a.example", 80, 1 }, { "example.", "a.example", 80, 1 }, { NULL, "a", 80, 0 }
};

START_TEST(no_proxy_is_read)
{
  ck_assert_msg(ek_proxy_exempts(no_proxy[_i].list, no_proxy[_i].host, no_proxy[_i].port) == no_proxy[_i].exempt,
                "'%s': %s",
                no_proxy[_i].list, no_proxy[_i].host);
}
END_TEST

#define ROWS(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("guard");
  TCase *c = tcase_create("guard");
  tcase_add_loop_test(c, address_is_told, 0, ROWS(addresses));
  tcase_add_test(c, other_families_are_refused);
  tcase_add_loop_test(c, entry_allows, 0, ROWS(entries));
  tcase_add_loop_test(c, bad_entry_is_told, 0, ROWS(bad_entries));
  tcase_add_test(c, names_are_told);
  tcase_add_loop_test(c, url_is_told, 0, ROWS(urls));
  tcase_add_test(c, long_url_is_told);
  tcase_add_loop_test(c, location_is_joined, 0, ROWS(joins));
  tcase_add_test(c, signed_path_stays);
  tcase_add_loop_test(c, url_is_shown, 0, ROWS(shows));
  tcase_add_loop_test(c, no_proxy_is_read, 0, ROWS(no_proxy));
  return run_suite(s, c);
}
