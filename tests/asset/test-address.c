/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for when data name a picture.                               */
#include <unistd.h>
#include "asset-test.h"

static const char *
address(int https, int full, ek_str where)
{
  static ek_text out;
  ek_asset_options o = { .upgrade_https = https, .full_size = full };
  ek_assets *a = ek_assets_new(&o);
  ek_text_clear(&out);
  ek_text_cstr(&out, "what was there before");
  ek_asset_address(a, where, &out);
  ek_text again = { 0 };
  ek_asset_address(a, (ek_str){ out.data, out.len }, &again);           /* it is a key: asked twice it is the same */
  ck_assert_str_eq(ek_text_c(&again), ek_text_c(&out));
  ek_text_free(&again);
  ek_assets_free(a);
  return ek_text_c(&out);
}

#define M "https://m.media-amazon.com/images/I/"

START_TEST(size_tokens)
{
  static const struct { const char *name, *full; } all[] = {
    { "51QYyZgky-L._AC_US40_.jpg", "51QYyZgky-L.jpg" },
    { "51QYyZgky-L._AC_.jpg", "51QYyZgky-L.jpg" },
    { "91RuLqvx9IL._AC_SL1500_.jpg", "91RuLqvx9IL.jpg" },
    { "71p4fUTsW+L._SX38_SY50_CR,0,0,38,50_.jpg", "71p4fUTsW+L.jpg" },
    { "71p4fUTsW%2BL._SX38_SY50_CR%2C0%2C0%2C38%2C50_.jpg", "71p4fUTsW%2BL.jpg" },
    { "41mK._SX258_BO1,204,203,200_.jpg", "41mK.jpg" },
    { "41mK._SL500_PIsitb-sticker-arrow-big,TopRight,35,-73_OU01_SS100_.jpg", "41mK.jpg" },
    { "41mK._SY300_.JPG", "41mK.JPG" },
    { "41mK._SY300_.jpeg", "41mK.jpeg" },
    { "41mK._SS40_.png", "41mK.png" },
    { "41mK._AC_._SY300_.jpg", "41mK.jpg" },
    { "41mK._UX200_FMwebp_QL65_.jpg", "41mK.jpg" },
    { "418i8y4friL.01_SL500_.jpg", "418i8y4friL.01.jpg" },
    { "B000BNM5OA.01.SWCH._SCMZZZZZZZ_.jpg", "B000BNM5OA.01.SWCH.jpg" },
    { "MV5BMTg@._V1_SX300.jpg", "MV5BMTg@.jpg" },
    { "MV5BMTg@@._V1_UX182_CR0,0,182,268_AL_.jpg", "MV5BMTg@@.jpg" },
    { "41mK._SY300_.jpg?v=2#top", "41mK.jpg?v=2#top" },
    { "41mK.jpg", "41mK.jpg" },
    { "41mK._SY300_.gif", "41mK._SY300_.gif" },                        /* not by the rule */
    { "41mK._sketch.jpg", "41mK._sketch.jpg" },
    { "41mK._.jpg", "41mK._.jpg" },
    { "._SY300_.jpg", "._SY300_.jpg" },                                /* nothing would be left */
    { "_SY300_.jpg", "_SY300_.jpg" },
    { "a_SY300_.jpg", "a_SY300_.jpg" },
    { "41mK._SY300_", "41mK._SY300_" },
    { "41mK._SY300_/", "41mK._SY300_/" },
    { "x._SY300_.jpg/41mK.jpg", "x._SY300_.jpg/41mK.jpg" },
    { "", "" },
  };
  for (size_t i = 0; i < N(all); i++) {
    char in[200], want[200];
    snprintf(in, sizeof in, M "%s", all[i].name);
    snprintf(want, sizeof want, M "%s", all[i].full);
    ck_assert_str_eq(address(1, 1, ek_cstr(in)), want);
    ck_assert_str_eq(address(1, 0, ek_cstr(in)), in);
  }
  /* Where the size is all that makes a name, it becomes the largest. */
  ck_assert_str_eq(address(1, 1, ek_cstr("http://images.amazon.com/images/P/0195153448.01.THUMBZZZ.jpg")),
                   "https://images.amazon.com/images/P/0195153448.01.LZZZZZZZ.jpg");
  ck_assert_str_eq(address(1, 1, ek_cstr("http://images.amazon.com/images/P/0195153448.01.LZZZZZZZ.jpg")),
                   "https://images.amazon.com/images/P/0195153448.01.LZZZZZZZ.jpg");
}
END_TEST

START_TEST(amazons_hosts)
{
  static const char *const hosts[] = {
    "m.media-amazon.com", "images-na.ssl-images-amazon.com", "images-eu.ssl-images-amazon.com", "ecx.images-amazon.com",
    "g-ecx.images-amazon.com", "ec4.images-amazon.com", "images-amazon.com", "ssl-images-amazon.com",
    "images.amazon.com",
  };
  static const char *const strangers[] = {
    "amazon.com", "evilimages-amazon.com", "m.media-amazon.com.evil.example", "media-amazon.com", "shop.example",
    "xssl-images-amazon.com", "127.0.0.1",
  };
  char in[200], want[200];
  for (size_t i = 0; i < N(hosts); i++)
    for (int full = 0; full < 2; full++)
      for (int https = 0; https < 2; https++) {
        snprintf(in, sizeof in, "http://%s/images/I/51Qy._SY300_.jpg", hosts[i]);
        snprintf(want, sizeof want, "http%s://%s/images/I/51Qy%s.jpg", https ? "s" : "", hosts[i],
                 full ? "" : "._SY300_");
        ck_assert_str_eq(address(https, full, ek_cstr(in)), want);
      }
  for (size_t i = 0; i < N(strangers); i++) {
    snprintf(in, sizeof in, "http://%s/images/I/51Qy._SY300_.jpg", strangers[i]);
    ck_assert_str_eq(address(1, 1, ek_cstr(in)), in);
  }
}
END_TEST

START_TEST(schemes_and_ports)
{
  static const struct { const char *in, *out; } all[] = {
    { "HTTP://ECX.Images-Amazon.COM/images/I/A._SY3_.jpg", "https://ecx.images-amazon.com/images/I/A.jpg" },
    { "http://ecx.images-amazon.com:80/images/I/A.jpg", "https://ecx.images-amazon.com/images/I/A.jpg" },
    { "https://m.media-amazon.com:443/images/I/A.jpg", "https://m.media-amazon.com/images/I/A.jpg" },
    { "http://ecx.images-amazon.com:81/I/A._SY3_.jpg", "http://ecx.images-amazon.com:81/I/A._SY3_.jpg" },
    { "http://me@ecx.images-amazon.com/A._SY3_.jpg", "http://me@ecx.images-amazon.com/A._SY3_.jpg" },
    { "http://ecx.images-amazon.com\\@evil.example/A._SY3_.jpg",
      "http://ecx.images-amazon.com\\@evil.example/A._SY3_.jpg" },
    { "http://ecx.images-amazon.com?A._SY3_.jpg", "https://ecx.images-amazon.com?A._SY3_.jpg" },
    { "http://ecx.images-amazon.com", "https://ecx.images-amazon.com" },
    { "//m.media-amazon.com/images/I/A._SY3_.jpg", "https://m.media-amazon.com/images/I/A.jpg" },
    { "//shop.example/a.jpg", "https://shop.example/a.jpg" },
    { "///etc/passwd", "///etc/passwd" },
    { "//", "//" },
    { "http://cdn.shopify.com/s/files/a_100x.jpg", "https://cdn.shopify.com/s/files/a_100x.jpg" },
    { "http://d1.cloudfront.net/A._SY3_.jpg", "https://d1.cloudfront.net/A._SY3_.jpg" },
    { "http://Shop.Example/A.jpg", "http://Shop.Example/A.jpg" },
    { "s3://bucket/A._SY3_.jpg", "s3://bucket/A._SY3_.jpg" },
    { "pictures/A._SY3_.jpg", "pictures/A._SY3_.jpg" },
    { "name with space & %25.jpg", "name with space & %25.jpg" },
    { " \t\r\nhttp://shop.example/a b.jpg \n", "http://shop.example/a b.jpg" },
    { "", "" },
    { " \n ", "" },
    { "http://", "http://" },
    { "https:///x", "https:///x" },
  };
  for (size_t i = 0; i < N(all); i++)
    ck_assert_str_eq(address(1, 1, ek_cstr(all[i].in)), all[i].out);
  ck_assert_str_eq(address(0, 0, ek_cstr("http://cdn.shopify.com/a.jpg")), "http://cdn.shopify.com/a.jpg");
  ck_assert_str_eq(address(1, 1, (ek_str){ NULL, 0 }), "");
  /* What follows a NUL is not lost on the way. */
  ck_assert_str_eq(address(1, 1, (ek_str){ "http://shop.example/\0.jpg", 25 }), "http://shop.example/%00.jpg");
}
END_TEST

START_TEST(hosts_that_are_asked)
{
  static const struct { const char *in, *out; } all[] = {
    { "http://Shop.Example/a.jpg", "shop.example:80" },
    { "https://shop.example?a=1:2", "shop.example:443" },
    { "HTTPS://me:secret@Shop.example:8443#x", "shop.example:8443" },
    { "http://shop.example:80/a", "shop.example:80" },
    { "http://a.example\\@b.example/", "a.example:80" },
    { "http://[2001:DB8::1]/a.jpg", "[2001:db8::1]:80" },
    { "http://[::1]:81/a.jpg", "[::1]:81" },
    { "s3://bucket/dir/a.jpg", "s3://bucket" },
    { "http://", ":80" },
    { "a/b.jpg", NULL }, { "/a/b.jpg", NULL }, { "file:///a", NULL }, { "data:,x", NULL }, { "", NULL },
  };
  char host[80], small[12];
  for (size_t i = 0; i < N(all); i++) {
    ck_assert_int_eq(ek_asset_host(all[i].in, host, sizeof host), all[i].out != NULL);
    if (all[i].out)
      ck_assert_str_eq(host, all[i].out);
  }
  ck_assert_int_eq(ek_asset_host("https://a-rather-long-name.example/", small, sizeof small), 1);
  ck_assert_uint_lt(strlen(small), sizeof small);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { size_tokens, amazons_hosts, schemes_and_ports, hosts_that_are_asked, NULL };
  return run_suite("address", tests);
}
