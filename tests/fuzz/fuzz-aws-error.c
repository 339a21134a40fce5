/* SPDX-License-Identifier: BSD-3-Clause */
/* Any answer of a service: a line "SERVICE CODE", header lines, an empty line, the body. What comes
 * of it is fit to be shown, and never a session token. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aws/errors.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "kit.h"

static void
check_text(const char *s, size_t size, int message)
{
  size_t n = strnlen(s, size);
  FUZZ_CHECK(n < size && ek_utf8_valid((ek_str){ s, n }));
  for (size_t i = 0; i < n; i++)
    FUZZ_CHECK(message ? (unsigned char)s[i] >= 0x20 && s[i] != 0x7f
               : (s[i] >= '0' && s[i] <= '9') || ((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') || strchr("._-", s[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = ek_mem_strndup(size ? (const char *)data : "", size), service[32] = "";
  char *end = memchr(text, '\n', size), *body = memmem(text, size, "\n\n", 2);
  ek_http_answer a = { .code = 400 };
  ek_aws_error err;
  sscanf(text, "%31s %d", service, &a.code);
  ek_text_c(&a.headers);          /* an answer has headers, if empty ones          */
  if (end && body && body > end)
    ek_text_add(&a.headers, end + 1, (size_t)(body - end));
  if (body)
    ek_text_add(&a.body, body + 2, size - (size_t)(body + 2 - text));
  memset(&err, 0xa5, sizeof err);
  ek_aws_classify(*service == '-' ? NULL : service, &a, &err);
  FUZZ_CHECK(err.class <= EK_AWS_BAD_ITEM && err.http == a.code && err.retry_after_ns >= -1);
  FUZZ_CHECK((err.class == EK_AWS_OK) == (a.code >= 200 && a.code < 300));
  check_text(err.name, sizeof err.name, 0);
  check_text(err.request_id, sizeof err.request_id, 0);
  check_text(err.message, sizeof err.message, 1);
  FUZZ_CHECK(!strstr(err.message, "x-amz-security-token"));
  ek_http_answer_free(&a);
  free(text);
  return 0;
}
