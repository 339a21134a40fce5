/* SPDX-License-Identifier: BSD-3-Clause */
/* A file into a bucket: nothing, one PUT, or parts.                         */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <openssl/evp.h>
#include "aws/s3_request.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/pool.h"
#include "base/sha256.h"

#define MIB ((uint64_t)1 << 20)
#define SINGLE_MAX (16 * MIB)
#define PART_LEAST (8 * MIB)
#define PARTS_MOST 10000u

typedef struct upload {
  const ek_s3_upload *o;
  ek_s3_target target;
  int fd;
  uint64_t size, part_size;
  char sha256[65];
  char upload_id[2100], note[4200];
  unsigned n_parts;
  char (*etags)[100];                /* by part from 0; "": to be sent           */
  /* under lock */
  pthread_mutex_t lock;
  unsigned next;
  uint64_t sent;
  int failed; ek_error error;
} upload;

/* ---- the file ----------------------------------------------------------------------------- */

static int
read_at(const upload *u, uint64_t at, char *buf, size_t n, ek_error *e)
{
  size_t got = 0;
  while (got < n) {
    ssize_t r = pread(u->fd, buf + got, n - got, (off_t)(at + got));
    if (r < 0 && errno == EINTR)
      continue;
    if (r < 0)
      return ek_fail_errno(e, EK_EXIT_FAILED, "cannot_read", u->o->file, "read");
    if (r == 0)
      return ek_fail(e, EK_EXIT_FAILED, "file_changed", "%s: it became shorter during the upload", u->o->file);
    got += (size_t)r;
  }
  return 0;
}

static int
digest_file(upload *u, ek_error *e)
{
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  unsigned char md[32];
  EK_FREE char *buf = ek_mem_alloc(MIB);
  int r = 0;
  EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
  for (uint64_t at = 0; r == 0 && at < u->size; at += MIB) {
    size_t n = u->size - at < MIB ? (size_t)(u->size - at) : (size_t)MIB;
    r = read_at(u, at, buf, n, e);
    if (r == 0)
      EVP_DigestUpdate(ctx, buf, n);
  }
  EVP_DigestFinal_ex(ctx, md, NULL);
  EVP_MD_CTX_free(ctx);
  ek_hex(md, sizeof md, u->sha256);
  return r;
}

/* Headers that say what the object is. list holds 6. */
typedef struct object_headers { char meta[100], sse[60], key[2200]; const char *list[6]; } object_headers;

static void
describe_object(const upload *u, object_headers *h)
{
  size_t n = 0;
  snprintf(h->meta, sizeof h->meta, "x-amz-meta-sha256: %s", u->sha256);
  h->list[n++] = "Content-Type: text/csv";
  h->list[n++] = h->meta;
  if (u->o->sse) {
    snprintf(h->sse, sizeof h->sse, "x-amz-server-side-encryption: %.20s", u->o->sse);
    h->list[n++] = h->sse;
  }
  if (u->o->sse && u->o->kms_key) {
    snprintf(h->key, sizeof h->key, "x-amz-server-side-encryption-aws-kms-key-id: %.2100s", u->o->kms_key);
    h->list[n++] = h->key;
  }
  h->list[n] = NULL;
}

static int
put_whole(upload *u, ek_error *e)
{
  EK_FREE char *buf = ek_mem_alloc((size_t)u->size + 1);
  object_headers h;
  ek_http_answer a = { 0 };
  int r;
  if (read_at(u, 0, buf, (size_t)u->size, e) < 0)
    return -1;
  describe_object(u, &h);
  r = ek_s3_ask(&u->target, "PUT", NULL, h.list, (ek_str){ buf, (size_t)u->size }, "s3:PutObject", NULL, &a, e);
  ek_http_answer_free(&a);
  if (r == 0 && u->o->progress)
    u->o->progress(u->o->arg, u->size, u->size);
  return r;
}

/* ---- a note beside the file: which upload is under way ------------------------------------- */

static void
forget_note(const upload *u)
{
  (void)unlink(u->note);
}

/* An upload that cannot be noted cannot be gone on with later; it is no error. */
static void
write_note(const upload *u)
{
  json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:I}", "bucket", u->o->bucket, "key", u->o->key, "sha256", u->sha256, "upload",
                        u->upload_id, "part_size", (json_int_t)u->part_size);
  if (json_dump_file(o, u->note, JSON_INDENT(1)) < 0)
    ek_debug("%s: could not be written", u->note);
  json_decref(o);
}

static int
is_text(const json_t *o, const char *key, const char *value)
{
  const char *s = json_string_value(json_object_get(o, key));
  return s && strcmp(s, value) == 0;
}

static void
abort_upload(upload *u, const char *id)
{
  ek_text q = { 0 };
  ek_http_answer a = { 0 };
  ek_error ignored = { 0 };
  int found;
  ek_text_cstr(&q, "uploadId=");
  ek_aws_encode(&q, ek_cstr(id), 0);
  (void)ek_s3_ask(&u->target, "DELETE", ek_text_c(&q), NULL, (ek_str){ "", 0 }, "s3:AbortMultipartUpload", &found, &a, &ignored);
  ek_http_answer_free(&a);
  ek_text_free(&q);
}

/* 1: u->upload_id is one of this very file. One of another file's content is given up, so that its parts cost nothing. */
static int
read_note(upload *u)
{
  json_t *o = json_load_file(u->note, 0, NULL);
  const char *id = json_string_value(json_object_get(o, "upload"));
  int ours = id && strlen(id) < sizeof u->upload_id && is_text(o, "bucket", u->o->bucket) && is_text(o, "key", u->o->key);
  int same = ours && is_text(o, "sha256", u->sha256) &&
             json_integer_value(json_object_get(o, "part_size")) == (json_int_t)u->part_size;
  if (same)
    snprintf(u->upload_id, sizeof u->upload_id, "%s", id);
  else if (ours)
    abort_upload(u, id);
  json_decref(o);
  return same;
}

/* ---- parts ------------------------------------------------------------------------------------- */

static uint64_t
length_of(const upload *u, unsigned part)
{
  uint64_t at = (uint64_t)part * u->part_size;
  return u->size - at < u->part_size ? u->size - at : u->part_size;
}

static int
take_parts(upload *u, ek_str xml, ek_text *marker, ek_error *e)
{
  size_t at = 0;
  ek_text part = { 0 }, value = { 0 };
  (void)e;
  while (ek_s3_xml(xml, &at, "Part", &part)) {
    ek_str p = { part.data, part.len };
    size_t in = 0;
    int64_t number = 0, size = -1;
    if (!ek_s3_xml(p, &in, "PartNumber", &value) || !ek_number_int((ek_str){ value.data, value.len }, &number))
      continue;
    in = 0;
    if (!ek_s3_xml(p, &in, "Size", &value) || !ek_number_int((ek_str){ value.data, value.len }, &size))
      continue;
    in = 0;
    if (number < 1 || number > (int64_t)u->n_parts || size != (int64_t)length_of(u, (unsigned)number - 1) ||
        !ek_s3_xml(p, &in, "ETag", &value) || value.len >= sizeof *u->etags)
      continue;
    snprintf(u->etags[number - 1], sizeof *u->etags, "%s", ek_text_c(&value));
    u->sent += (uint64_t)size;
  }
  at = 0;
  int more = ek_s3_xml(xml, &at, "IsTruncated", &value) && strcmp(ek_text_c(&value), "true") == 0;
  at = 0;
  more = more && ek_s3_xml(xml, &at, "NextPartNumberMarker", marker);
  ek_text_free(&part);
  ek_text_free(&value);
  return more;
}

/* 1: the upload is still open, and etags say what is there. 0: it is gone. */
static int
list_parts(upload *u, ek_error *e)
{
  ek_text q = { 0 }, marker = { 0 };
  int found = 1, r = 0, more = 1;
  while (r == 0 && found && more) {
    ek_http_answer a = { 0 };
    ek_text_clear(&q);
    if (marker.len)
      ek_text_printf(&q, "part-number-marker=%s&", ek_text_c(&marker));
    ek_text_cstr(&q, "uploadId=");
    ek_aws_encode(&q, ek_cstr(u->upload_id), 0);
    r = ek_s3_ask(&u->target, "GET", ek_text_c(&q), NULL, (ek_str){ "", 0 }, "s3:ListMultipartUploadParts", &found, &a, e);
    more = r == 0 && found && take_parts(u, (ek_str){ a.body.data, a.body.len }, &marker, e);
    ek_http_answer_free(&a);
  }
  ek_text_free(&q);
  ek_text_free(&marker);
  return r < 0 ? -1 : found;
}

static int
begin(upload *u, ek_error *e)
{
  object_headers h;
  ek_http_answer a = { 0 };
  ek_text id = { 0 };
  size_t at = 0;
  describe_object(u, &h);
  int r = ek_s3_ask(&u->target, "POST", "uploads=", h.list, (ek_str){ "", 0 }, "s3:PutObject", NULL, &a, e);
  if (r == 0 && (!ek_s3_xml((ek_str){ a.body.data, a.body.len }, &at, "UploadId", &id) || !id.len || id.len >= sizeof u->upload_id))
    r = ek_fail(e, EK_EXIT_FAILED, "bad_answer", "S3 began an upload and did not say which");
  if (r == 0) {
    snprintf(u->upload_id, sizeof u->upload_id, "%s", ek_text_c(&id));
    write_note(u);
  }
  ek_text_free(&id);
  ek_http_answer_free(&a);
  return r;
}

static int
send_part(upload *u, unsigned part, char *buf, ek_error *e)
{
  uint64_t n = length_of(u, part);
  ek_s3_target t = u->target;        /* a copy: workers share nothing            */
  ek_text q = { 0 };
  ek_http_answer a = { 0 };
  int r = read_at(u, (uint64_t)part * u->part_size, buf, (size_t)n, e);
  ek_text_printf(&q, "partNumber=%u&uploadId=", part + 1);
  ek_aws_encode(&q, ek_cstr(u->upload_id), 0);
  if (r == 0)
    r = ek_s3_ask(&t, "PUT", ek_text_c(&q), NULL, (ek_str){ buf, (size_t)n }, "s3:PutObject", NULL, &a, e);
  if (r == 0) {
    ek_str etag = ek_http_header(&a, "etag");
    if (!etag.ptr || !etag.len || etag.len >= sizeof *u->etags)
      r = ek_fail(e, EK_EXIT_FAILED, "bad_answer", "S3 took part %u and gave no ETag", part + 1);
    else
      snprintf(u->etags[part], sizeof *u->etags, "%.*s", (int)etag.len, etag.ptr);
  }
  ek_http_answer_free(&a);
  ek_text_free(&q);
  return r;
}

static void
send_parts(void *arg, unsigned index)
{
  upload *u = arg;
  EK_FREE char *buf = ek_mem_alloc((size_t)u->part_size);
  (void)index;
  for (;;) {
    ek_error e = { 0 };
    pthread_mutex_lock(&u->lock);
    while (u->next < u->n_parts && u->etags[u->next][0])
      u->next++;
    unsigned part = u->next++;
    int go = part < u->n_parts && !u->failed;
    pthread_mutex_unlock(&u->lock);
    if (!go)
      return;
    int r = send_part(u, part, buf, &e);
    pthread_mutex_lock(&u->lock);
    if (r < 0 && !u->failed) {
      u->failed = 1;
      u->error = e;
    } else if (r == 0) {
      u->sent += length_of(u, part);
      if (u->o->progress)
        u->o->progress(u->o->arg, u->sent, u->size);
    }
    pthread_mutex_unlock(&u->lock);
  }
}

static int
complete(upload *u, ek_error *e)
{
  ek_text body = { 0 }, q = { 0 };
  ek_http_answer a = { 0 };
  ek_text_cstr(&body, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  for (unsigned i = 0; i < u->n_parts; i++)
    ek_text_printf(&body, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", i + 1, u->etags[i]);
  ek_text_cstr(&body, "</CompleteMultipartUpload>");
  ek_text_cstr(&q, "uploadId=");
  ek_aws_encode(&q, ek_cstr(u->upload_id), 0);
  static const char *const headers[] = { "Content-Type: application/xml", NULL };
  int r = ek_s3_ask(&u->target, "POST", ek_text_c(&q), headers, (ek_str){ body.data, body.len }, "s3:PutObject", NULL, &a, e);
  /* It may begin its answer with 200 and fail behind it. */
  if (r == 0 && a.body.len && memmem(a.body.data, a.body.len, "<Error>", 7)) {
    char shown[160];
    r = ek_fail(e, EK_EXIT_STOPPED, "service_refused", "S3 could not put the parts of '%s' together: %s", u->o->key,
                ek_show((ek_str){ a.body.data, a.body.len }, shown, sizeof shown));
    ek_help(e, "run the same command again: the parts are there");
  }
  ek_http_answer_free(&a);
  ek_text_free(&body);
  ek_text_free(&q);
  return r;
}

static int
send_all(upload *u, ek_error *e)
{
  unsigned workers = u->o->workers ? u->o->workers : 4;
  if (workers > u->n_parts)
    workers = u->n_parts;
  ek_pool *pool = ek_pool_start(workers, send_parts, u, e);
  if (!pool)
    return -1;
  while (!ek_pool_wait(pool, 1000))
    ;
  ek_pool_join(pool);
  if (!u->failed)
    return 0;
  *e = u->error;
  return -1;
}

static int
put_parts(upload *u, enum ek_s3_done *done, ek_error *e)
{
  uint64_t least = (u->size + PARTS_MOST - 1) / PARTS_MOST;
  int open = 0;
  u->part_size = u->o->part_size ? u->o->part_size : PART_LEAST;
  if (u->part_size < least)
    u->part_size = (least + MIB - 1) / MIB * MIB;
  u->n_parts = (unsigned)((u->size + u->part_size - 1) / u->part_size);
  u->etags = ek_mem_zero(u->n_parts, sizeof *u->etags);
  if (read_note(u) && (open = list_parts(u, e)) < 0)
    return -1;
  if (open && u->sent)
    *done = EK_S3_RESUMED;
  if ((!open && begin(u, e) < 0) || send_all(u, e) < 0 || complete(u, e) < 0)
    return -1;
  forget_note(u);
  return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static int
open_file(upload *u, ek_error *e)
{
  struct stat st;
  const char *slash = strrchr(u->o->file, '/');
  int dir = slash ? (int)(slash - u->o->file + 1) : 0;
  u->fd = open(u->o->file, O_RDONLY | O_CLOEXEC);
  if (u->fd < 0 || fstat(u->fd, &st) < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "cannot_read", u->o->file, "open");
  if (!S_ISREG(st.st_mode))
    return ek_fail(e, EK_EXIT_REFUSED, "not_a_file", "%s: only a regular file can be uploaded", u->o->file);
  u->size = (uint64_t)st.st_size;
  snprintf(u->note, sizeof u->note, "%.*s.%.200s.upload", dir, u->o->file, u->o->file + dir);
  return 0;
}

static int
run(upload *u, enum ek_s3_done *done, ek_error *e)
{
  uint64_t size;
  char there[65];
  if (open_file(u, e) < 0 || digest_file(u, e) < 0)
    return -1;
  int found = ek_s3_head(u->target.aws, u->o->bucket, u->o->key, &size, there, e);
  /* Whoever may write need not be allowed to read; and HEAD cannot say why it refuses, which the PUT will. */
  if (found < 0 && strcmp(e->code, "access_denied") == 0) {
    *e = (ek_error){ 0 };
    found = 0;
  }
  if (found < 0)
    return -1;
  if (found && size == u->size && strcmp(there, u->sha256) == 0) {
    *done = EK_S3_UNCHANGED;
    return 0;
  }
  *done = EK_S3_SENT;
  return u->size <= SINGLE_MAX && !u->o->part_size ? put_whole(u, e) : put_parts(u, done, e);
}

int
ek_s3_put_file(ek_aws *aws, const ek_s3_upload *o, enum ek_s3_done *done, ek_error *e)
{
  upload u = { .o = o, .fd = -1, .target = { .aws = aws, .bucket = o->bucket, .key = o->key, .stop = o->stop } };
  pthread_mutex_init(&u.lock, NULL);
  int r = run(&u, done, e);
  pthread_mutex_destroy(&u.lock);
  if (u.fd >= 0)
    close(u.fd);
  free(u.etags);
  return r;
}
