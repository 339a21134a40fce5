/* SPDX-License-Identifier: BSD-3-Clause */
/* Who has the bytes: decided by the address's scheme alone. What has none is a file. */
#include <string.h>
#include <time.h>
#include "asset/internal.h"
#include "base/clock.h"
#include "base/text.h"

static int64_t
deadline(int64_t timeout_ns)
{
  int64_t now = ek_monotonic_ns();
  return timeout_ns <= 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

static ek_picture *
refuse_scheme(const char *s, size_t n)
{
  char shown[128];
  ek_picture *p = ek_picture_new();
  if (ek_asset_scheme_is(s, n, "file"))
    return ek_picture_say(p, EK_ASSET_REFUSED,
                          "is a file: address; name the file by its path from the catalogue's folder on");
  if (ek_asset_scheme_is(s, n, "data"))
    return ek_picture_say(p, EK_ASSET_REFUSED, "is a data: address; only http, https, s3 and files can be fetched");
  ek_show((ek_str){ s, n < 40 ? n : 40 }, shown, sizeof shown);
  return ek_picture_say(p, EK_ASSET_REFUSED, "begins with '%s:'; only http, https, s3 and files can be fetched "
                        "(a file of such a name: './%s:...')", shown, shown);
}

ek_picture *
ek_asset_fetch(ek_assets *a, const char *address, const char *base, int (*cancelled)(void *), void *arg)
{
  ek_fetch f = { &a->options, address, deadline(a->options.timeout_ns), cancelled, arg };
  size_t n = ek_asset_scheme(address);
  if (!*address)
    return ek_picture_say(ek_picture_new(), EK_ASSET_NONE, "names no picture");
  if (cancelled && cancelled(arg))
    return ek_picture_say(ek_picture_new(), EK_ASSET_CANCELLED, "cancelled");
  if (n == 0)
    return ek_picture_local(&f, base);
  if (ek_asset_scheme_is(address, n, "http") || ek_asset_scheme_is(address, n, "https"))
    return ek_picture_http(&f);
  if (ek_asset_scheme_is(address, n, "s3"))
    return ek_picture_s3(&f);
  return refuse_scheme(address, n);
}
