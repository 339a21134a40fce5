/* SPDX-License-Identifier: BSD-3-Clause */
/* A URL, a Location seen from it, and an entry of network.allow, a line each. What
 * passes passes again as it is sent, to the same place; nothing passes that is not
 * http, or that holds a user; what is shown can be shown.                    */
#include "fuzz/kit.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "http/internal.h"

static void
check_url(const ek_url *u, int as_is)
{
  ek_url again;
  size_t authority;
  FUZZ_CHECK(u->text && u->host[0] && u->port > 0);
  FUZZ_CHECK(strncmp(u->text, u->https ? "https://" : "http://", u->https ? 8 : 7) == 0);
  for (const char *p = u->text; *p; p++)
    FUZZ_CHECK((unsigned char)*p > 0x20 && *p != 0x7f);
  for (const char *p = u->host; *p; p++)
    FUZZ_CHECK(!(*p >= 'A' && *p <= 'Z') && *p != '@' && *p != '/' && *p != '%');
  authority = strcspn(u->text + 8, "/?#");
  FUZZ_CHECK(!memchr(u->text + 8, '@', authority));
  if (strlen(u->text) <= EK_URL_MAX) {
    FUZZ_CHECK(ek_url_parse(u->text, as_is, &again) == NULL);
    FUZZ_CHECK(ek_url_same_origin(u, &again));
    if (as_is)
      FUZZ_CHECK(strcmp(u->text, again.text) == 0);
    ek_url_free(&again);
  }
}

static void
check_shown(const char *url)
{
  char buf[256];
  ek_str s = ek_cstr(ek_http_show_url(url, buf, sizeof buf));
  FUZZ_CHECK(ek_utf8_valid(s) && s.len < sizeof buf);
  for (size_t i = 0; i < s.len; i++)
    FUZZ_CHECK((unsigned char)s.ptr[i] >= 0x20 && s.ptr[i] != '?' && s.ptr[i] != '#');
}

static char *
take_line(char **rest)
{
  char *line = *rest, *end = line ? strchr(line, '\n') : NULL;
  *rest = end ? end + 1 : NULL;
  if (end)
    *end = 0;
  return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = ek_mem_strndup((const char *)(data ? data : (const uint8_t *)""), size), *rest = text;
  const char *url = take_line(&rest), *location = take_line(&rest), *entry = take_line(&rest);
  ek_url base, next;
  ek_error e = { 0 };
  const char *word = ek_url_parse(url, 0, &base);
  FUZZ_CHECK((ek_guard_url_fault(url) == NULL) == (word == NULL));
  check_shown(url);
  if (!word) {
    check_url(&base, 0);
    if (location && !ek_url_join(&base, ek_cstr(location), &next)) {
      check_url(&next, 0);
      ek_url_free(&next);
    }
  }
  ek_url_free(&base);
  if (!ek_url_parse(url, 1, &base))
    check_url(&base, 1);
  ek_url_free(&base);
  if (entry && ek_guard_check_entry(entry, &e) < 0)
    FUZZ_CHECK(e.message[0] && ek_utf8_valid(ek_cstr(e.message)));
  free(text);
  return 0;
}
