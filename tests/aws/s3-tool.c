/* SPDX-License-Identifier: BSD-3-Clause */
/* s3-tool put FILE BUCKET KEY [SSE [KEY]] | head BUCKET KEY | region BUCKET | delete BUCKET KEY: core/aws/s3.h by
 * hand, for tests/aws/s3.sh. Endpoint and credentials come from the environment. Prints one line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "aws/s3.h"

static int
said(const ek_error *e)
{
  printf("%s: %s\n  %s\n", e->code ? e->code : "?", e->message, e->help);
  return e->status;
}

static void
slow_down(void *arg, uint64_t sent, uint64_t total)
{
  (void)arg;
  (void)sent;
  (void)total;
  usleep(100000);
}

static int
run(ek_aws *aws, int argc, char **argv, ek_error *e)
{
  static const char *const words[] = { "sent", "unchanged", "resumed" };
  if (strcmp(argv[1], "put") == 0 && argc >= 5) {
    ek_s3_upload u = { .file = argv[2], .bucket = argv[3], .key = argv[4], .sse = argc > 5 ? argv[5] : NULL,
                       .kms_key = argc > 6 ? argv[6] : NULL, .progress = getenv("S3_SLOW") ? slow_down : NULL };
    enum ek_s3_done done;
    if (ek_s3_put_file(aws, &u, &done, e) < 0)
      return said(e);
    puts(words[done]);
    return 0;
  }
  if (strcmp(argv[1], "head") == 0 && argc == 4) {
    uint64_t size;
    char sha[65];
    int there = ek_s3_head(aws, argv[2], argv[3], &size, sha, e);
    if (there < 0)
      return said(e);
    printf("%s %" PRIu64 " %s\n", there ? "there" : "not there", size, sha);
    return 0;
  }
  if (strcmp(argv[1], "region") == 0 && argc == 3) {
    char region[64];
    if (ek_s3_bucket_region(aws, argv[2], region, sizeof region, e) < 0)
      return said(e);
    puts(region);
    return 0;
  }
  if (strcmp(argv[1], "delete") == 0 && argc == 4)
    return ek_s3_delete(aws, argv[2], argv[3], e) < 0 ? said(e) : (puts("deleted"), 0);
  return 64;
}

int
main(int argc, char **argv)
{
  ek_error e = { 0 };
  ek_guard *guard = ek_guard_new(NULL, 0, &e);
  ek_http_options h = { .guard = guard, .connect_timeout_ns = INT64_C(5000000000), .max_redirects = 5, .proxy = "none",
                        .user_agent = "s3-tool" };
  ek_http_client *http = ek_http_new(&h, &e);
  ek_aws_options o = { .http = http };
  ek_aws *aws = http ? ek_aws_new(&o, &e) : NULL;
  int status = argc < 2 ? 64 : aws ? run(aws, argc, argv, &e) : said(&e);
  ek_aws_free(aws);
  ek_http_free(http);
  ek_guard_free(guard);
  return status;
}
