/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked for when data name a picture. Catalogues of Amazon's goods name thumbnails: the
 * same file with a size token before its ending, "51Qy._SX38_SY50_CR,0,0,38,50_.jpg" for
 * "51Qy.jpg". A label read off 38 pixels is worth little, so the token goes. */
#include <string.h>
#include <strings.h>
#include "asset/internal.h"
#include "base/text.h"

/* ---- hosts ---------------------------------------------------------------------- */

enum { TOKENS = 1, HTTPS = 2 };

/* name itself, and with a leading dot any host below it. */
typedef struct known_host { const char *name; unsigned has; } known_host;
static const known_host hosts[] = {
  { ".media-amazon.com", TOKENS | HTTPS },           /* m.media-amazon.com: since 2018 */
  { "ssl-images-amazon.com", TOKENS | HTTPS },
  { ".ssl-images-amazon.com", TOKENS | HTTPS },      /* images-na, -eu, -fe, -cn */
  { "images-amazon.com", TOKENS | HTTPS },
  { ".images-amazon.com", TOKENS | HTTPS },          /* ecx, g-ecx, ec1 to ec8, z-ecx: the 2014 data */
  { "images.amazon.com", TOKENS | HTTPS },
  { "g-images.amazon.com", TOKENS },
  { "images-eu.amazon.com", TOKENS },
  { "images-jp.amazon.com", TOKENS },
  { "cdn.shopify.com", HTTPS },
  { ".cloudfront.net", HTTPS },
  { ".googleusercontent.com", HTTPS },
  { "i.ebayimg.com", HTTPS },
  { "images.unsplash.com", HTTPS },
  { "upload.wikimedia.org", HTTPS },
};

static unsigned
host_has(ek_str host)
{
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    size_t n = strlen(hosts[i].name), below = hosts[i].name[0] == '.';
    if (below ? host.len > n : host.len == n)
      if (strncasecmp(host.ptr + host.len - n, hosts[i].name, n) == 0)
        return hosts[i].has;
  }
  return 0;
}

/* ---- size tokens ---------------------------------------------------------------- */

static ek_str
part(const char *from, const char *to)
{
  return (ek_str){ from, (size_t)(to - from) };
}

static int
is_picture_ending(ek_str s)
{
  static const char *const endings[] = { "jpg", "jpeg", "png" };
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (s.len == strlen(endings[i]) && strncasecmp(s.ptr, endings[i], s.len) == 0)
      return 1;
  return 0;
}

static int
is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* "_SL75_", "_AC_UL320_", and without the last bar "_V1_SX300": there each piece has to begin as
 * a token does, with a capital, so that a name such as "_my_dog" is not cut. */
static int
is_tokens(ek_str s)
{
  if (s.len < 2 || s.ptr[0] != '_')
    return 0;
  if (s.ptr[s.len - 1] == '_')
    return 1;
  for (size_t i = 0; i + 1 < s.len; i++)
    if (s.ptr[i] == '_' && (s.ptr[i + 1] < 'A' || s.ptr[i + 1] > 'Z'))
      return 0;
  return 1;
}

/* Where the tokens of a name begin: at the dot of "._", or behind "01" in ".01_". NULL: none. */
static const char *
tokens_of(ek_str stem)
{
  const char *end = stem.ptr + stem.len;
  for (const char *p = stem.ptr + 1; p < end; p++) {
    if (*p != '.')
      continue;
    if (is_tokens(part(p + 1, end)))
      return p;
    if (end - p > 3 && is_digit(p[1]) && is_digit(p[2]) && is_tokens(part(p + 3, end)))
      return p + 3;
  }
  return NULL;
}

/* The oldest spelling, "0195153448.01.THUMBZZZ.jpg": there the token is all that
 * makes it a picture's name, so it becomes that of the largest. NULL: none. */
static const char *
old_size_of(ek_str stem)
{
  static const char *const sizes[] = { ".THUMBZZZ", ".TZZZZZZZ", ".SZZZZZZZ", ".MZZZZZZZ" };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t n = strlen(sizes[i]);
    if (stem.len > n && memcmp(stem.ptr + stem.len - n, sizes[i], n) == 0)
      return stem.ptr + stem.len - n;
  }
  return NULL;
}

/* path without query. */
static void
add_full_size(ek_text *out, ek_str path)
{
  const char *end = path.ptr + path.len;
  const char *slash = memrchr(path.ptr, '/', path.len);
  const char *name = slash ? slash + 1 : path.ptr;
  const char *dot = memrchr(name, '.', (size_t)(end - name)), *cut;
  if (!dot || dot == name || !is_picture_ending(part(dot + 1, end))) {
    ek_text_str(out, path);
    return;
  }
  ek_str stem = part(name, dot);
  while ((cut = tokens_of(stem)) != NULL)
    stem = part(name, cut);
  cut = old_size_of(stem);
  ek_text_str(out, part(path.ptr, cut ? cut : stem.ptr + stem.len));
  ek_text_cstr(out, cut ? ".LZZZZZZZ" : "");
  ek_text_str(out, part(dot, end));
}

/* ---- addresses ------------------------------------------------------------------ */

typedef struct parts { int secure, has_port; ek_str host, path, query; } parts;   /* query with its '?', and '#' */

/* 0: no http address of the plain form scheme://host[:port][/...]. */
static int
split(ek_str s, parts *out)
{
  const char *end = s.ptr + s.len, *host;
  if (s.len > 7 && strncasecmp(s.ptr, "http://", 7) == 0)
    host = s.ptr + 7;
  else if (s.len > 8 && strncasecmp(s.ptr, "https://", 8) == 0)
    host = s.ptr + 8;
  else
    return 0;
  out->secure = host - s.ptr == 8;
  const char *p = host;
  while (p < end && (is_digit(*p) || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '-' || *p == '.'))
    p++;
  out->host = part(host, p);
  const char *port = p;
  if (p < end && *p == ':')
    for (p++; p < end && is_digit(*p);)
      p++;
  ek_str digits = p > port ? part(port + 1, p) : part(p, p);
  out->has_port = digits.len && !ek_str_eqc(digits, out->secure ? "443" : "80");
  if (out->host.len == 0 || (p < end && !strchr("/?#", *p)))
    return 0;
  const char *query = p;
  while (query < end && *query != '?' && *query != '#')
    query++;
  out->path = part(p, query);
  out->query = part(query, end);
  return 1;
}

static void
add_lower(ek_text *out, ek_str s)
{
  for (size_t i = 0; i < s.len; i++)
    ek_text_char(out, s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 0x20) : s.ptr[i]);
}

static void
rewrite(const ek_asset_options *o, ek_text *address)
{
  parts u;
  unsigned has = 0;
  if (address->len && split((ek_str){ address->data, address->len }, &u) && !u.has_port)
    has = host_has(u.host);
  if (!(has & TOKENS) && (!(has & HTTPS) || u.secure || !o->upgrade_https))
    return;
  ek_text out = { 0 };
  ek_text_cstr(&out, u.secure || ((has & HTTPS) && o->upgrade_https) ? "https://" : "http://");
  add_lower(&out, u.host);
  if ((has & TOKENS) && o->full_size)
    add_full_size(&out, u.path);
  else
    ek_text_str(&out, u.path);
  ek_text_str(&out, u.query);
  ek_text_free(address);
  *address = out;
}

static int
is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void
ek_asset_address(const ek_assets *a, ek_str where, ek_text *out)
{
  while (where.len && is_blank(where.ptr[0]))
    where = (ek_str){ where.ptr + 1, where.len - 1 };
  while (where.len && is_blank(where.ptr[where.len - 1]))
    where.len--;
  ek_text_clear(out);
  if (where.len > 2 && memcmp(where.ptr, "//", 2) == 0 && where.ptr[2] != '/')
    ek_text_cstr(out, "https:");
  for (size_t i = 0; i < where.len; i++) {
    if (where.ptr[i])
      ek_text_char(out, where.ptr[i]);
    else
      ek_text_cstr(out, "%00");            /* the address goes on as a C string: it must not end here */
  }
  rewrite(&a->options, out);
}
