/* SPDX-License-Identifier: BSD-3-Clause */
/* A tape's file, of which people can read what stands before the body:
 *
 *   enrichkit-tape 1
 *   POST /
 *   200
 *   content-type: application/x-amz-json-1.1
 *   body 123
 *
 *   (123 bytes)                                                              */
#include "http/tape.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/replace.h"
#include "base/sha256.h"
#include "http/internal.h"

enum { HEAD_MAX = 64 << 10, DIGEST_HEX = 40 };

static const char magic[] = "enrichkit-tape 1\n";
/* What is kept of an answer's headers: no more than the reading of answers needs. */
static const char *const kept[] = { "content-type", "retry-after", "x-amz-retry-after", "x-amzn-errortype" };

struct ek_tape {
  char *folder;
  int fd;                            /* of the folder                            */
  pthread_mutex_t lock;              /* over "is it there, and replace it"       */
};

/* --- open ------------------------------------------------------------------- */

ek_tape *
ek_tape_open(const char *folder, int write, ek_error *e)
{
  if (write && mkdir(folder, 0777) < 0 && errno != EEXIST) {
    ek_fail_errno(e, EK_EXIT_REFUSED, "bad_tape", folder, "make the folder of the tape");
    return NULL;
  }
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || (write && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)) {
    ek_fail_errno(e, EK_EXIT_REFUSED, "bad_tape", folder,
                  write ? "write into the folder of the tape" : "open the folder of the tape");
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  ek_tape *t = ek_mem_zero(1, sizeof *t);
  t->folder = ek_mem_strdup(folder);
  t->fd = fd;
  pthread_mutex_init(&t->lock, NULL);
  return t;
}

void
ek_tape_close(ek_tape *t)
{
  if (!t)
    return;
  close(t->fd);
  free(t->folder);
  pthread_mutex_destroy(&t->lock);
  free(t);
}

/* --- the name of an exchange -------------------------------------------------- */

/* Parameters of a signed URL: who asks and when, not what is asked. */
static int
is_signature(const char *p, size_t n)
{
  static const char *const names[] = { "awsaccesskeyid", "signature", "expires" };
  size_t name = 0;
  while (name < n && p[name] != '=')
    name++;
  if (name > 6 && strncasecmp(p, "x-amz-", 6) == 0)
    return 1;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == name && strncasecmp(p, names[i], name) == 0)
      return 1;
  return 0;
}

static void
add_query(ek_text *t, const char *query, const char *end)
{
  char before = '?';
  while (query < end) {
    size_t n = (size_t)(end - query);
    const char *amp = memchr(query, '&', n);
    if (amp)
      n = (size_t)(amp - query);
    if (!is_signature(query, n)) {
      ek_text_char(t, before);
      ek_text_add(t, query, n);
      before = '&';
    }
    query += n + (amp != NULL);
  }
}

/* Where the path begins: at its '/', or where it would stand. */
static const char *
path_of(const char *url)
{
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  return host + strcspn(host, "/?#");
}

static void
add_part(ek_text *t, ek_str s)
{
  ek_text_printf(t, "%zu:", s.len);
  ek_text_str(t, s);
}

/* 0, or -1: no memory for a digest. */
static int
name_of(const ek_http_request_spec *spec, char *name)
{
  const char *path = path_of(spec->url), *stop = path + strcspn(path, "#"), *query = path + strcspn(path, "?#");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  ek_text url = { 0 }, t = { 0 };
  if (!(spec->flags & EK_HTTP_TRUSTED))
    ek_text_add(&url, spec->url, (size_t)(path - spec->url));
  if (path == query)
    ek_text_char(&url, '/');
  ek_text_add(&url, path, (size_t)(query - path));
  if (query < stop)
    add_query(&url, query + 1, stop);
  add_part(&t, ek_cstr(spec->method));
  add_part(&t, (ek_str){ url.data, url.len });
  add_part(&t, ek_http_spec_header(spec->headers, "x-amz-target"));
  add_part(&t, ek_http_spec_header(spec->headers, "content-type"));
  ek_text_printf(&t, "%zu:", spec->body.len);
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  if (!c || !EVP_DigestInit_ex(c, EVP_sha256(), NULL) || !EVP_DigestUpdate(c, t.data, t.len) ||
      (spec->body.len && !EVP_DigestUpdate(c, spec->body.ptr, spec->body.len)) || !EVP_DigestFinal_ex(c, digest, &n))
    n = 0;
  EVP_MD_CTX_free(c);
  ek_text_free(&url);
  ek_text_free(&t);
  if (n < DIGEST_HEX / 2)
    return -1;
  ek_hex(digest, DIGEST_HEX / 2, name);
  return 0;
}

/* --- reading ------------------------------------------------------------------ */

static int
next_line(ek_str *rest, ek_str *line)
{
  const char *eol = memchr(rest->ptr, '\n', rest->len < HEAD_MAX ? rest->len : HEAD_MAX);
  if (!eol)
    return 0;
  *line = (ek_str){ rest->ptr, (size_t)(eol - rest->ptr) };
  rest->ptr += line->len + 1;
  rest->len -= line->len + 1;
  return 1;
}

/* Plain digits only. */
static int
digits(ek_str s, int64_t *out)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return 0;
  return s.len > 0 && ek_number_int(s, out);
}

static int
parse_headers(ek_str *rest, ek_http_answer *out, int64_t *body)
{
  ek_str line;
  while (next_line(rest, &line)) {
    if (line.len > 5 && memcmp(line.ptr, "body ", 5) == 0)
      return digits((ek_str){ line.ptr + 5, line.len - 5 }, body) && next_line(rest, &line) && line.len == 0 ? 0 : -1;
    const char *colon = memchr(line.ptr, ':', line.len);
    if (!colon || colon == line.ptr || out->headers.len + line.len > HEAD_MAX)
      return -1;
    ek_text_str(&out->headers, line);
    ek_text_char(&out->headers, '\n');
  }
  return -1;
}

int
ek_tape_parse(ek_str file, ek_http_answer *out)
{
  size_t n = sizeof magic - 1;
  int64_t code = 0, body = 0;
  ek_str rest, line;
  if (file.len < n || memcmp(file.ptr, magic, n) != 0)
    return -1;
  rest = (ek_str){ file.ptr + n, file.len - n };
  if (!next_line(&rest, &line) || !next_line(&rest, &line) || !digits(line, &code) || code < 100 || code > 999)
    return -1;
  if (parse_headers(&rest, out, &body) < 0 || (uint64_t)body != rest.len)
    return -1;
  out->code = (int)code;
  ek_text_str(&out->body, rest);
  return 0;
}

/* 1 read, 0 not there, -1 e. */
static int
read_file(const ek_tape *t, const char *name, uint64_t most, ek_text *out, ek_error *e)
{
  char path[512];
  struct stat st;
  EK_CLOSE int fd = openat(t->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  snprintf(path, sizeof path, "%s/%s", t->folder, name);
  if (fd < 0)
    return errno == ENOENT ? 0 : ek_fail_errno(e, EK_EXIT_FAILED, "bad_tape", path, "read the tape");
  if (fstat(fd, &st) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "bad_tape", path, "read the tape");
  if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > most) {
    ek_fail(e, EK_EXIT_FAILED, "bad_tape", "not a file of a tape, or too large");
    return ek_at(e, path, 0, 0);
  }
  ek_text_reserve(out, (size_t)st.st_size);
  for (;;) {
    ssize_t n = read(fd, out->data + out->len, out->cap - out->len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return ek_fail_errno(e, EK_EXIT_FAILED, "bad_tape", path, "read the tape");
    if (n == 0)
      return 1;
    out->len += (size_t)n;
    if (out->len > most)
      return ek_fail(e, EK_EXIT_FAILED, "bad_tape", "a file of the tape grows while it is read");
    ek_text_reserve(out, 4096);
  }
}

static int
read_exchange(const ek_tape *t, const char *name, ek_http_answer *out, ek_error *e)
{
  char path[512];
  EK_AUTO(ek_text_free) ek_text file = { 0 };
  int found = read_file(t, name, UINT64_C(1) << 30, &file, e);
  if (found <= 0)
    return found;
  if (ek_tape_parse((ek_str){ file.data, file.len }, out) == 0)
    return 1;
  snprintf(path, sizeof path, "%s/%s", t->folder, name);
  ek_fail(e, EK_EXIT_FAILED, "bad_tape", "the tape is damaged: this is no whole exchange");
  ek_help(e, "remove the file and record it again");
  return ek_at(e, path, 0, 0);
}

int
ek_tape_get(ek_tape *t, const ek_http_request_spec *spec, ek_http_answer *out, ek_error *e)
{
  char name[DIGEST_HEX + 1];
  if (name_of(spec, name) < 0)
    return ek_fail(e, EK_EXIT_FAILED, "bad_tape", "cannot read the tape: libcrypto gives no digest");
  return read_exchange(t, name, out, e);
}

/* --- writing ------------------------------------------------------------------ */

static void
write_out(ek_text *t, const ek_http_request_spec *spec, const ek_http_answer *a)
{
  const char *path = path_of(spec->url);
  size_t n = strcspn(path, "?#");
  ek_text_cstr(t, magic);
  ek_str shown = n ? (ek_str){ path, n } : ek_cstr("/");
  ek_text_printf(t, "%s %.*s\n%d\n", spec->method, (int)shown.len, shown.ptr, a->code);
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    ek_str v = ek_http_header(a, kept[i]);
    if (v.ptr)
      ek_text_printf(t, "%s: %.*s\n", kept[i], v.len > 1024 ? 1024 : (int)v.len, v.ptr);
  }
  ek_text_printf(t, "body %zu\n\n", a->body.len);
  ek_text_add(t, a->body.data, a->body.len);
}

/* A success on the tape stays. The lock of the folder: others may record as well. */
static int
replace(ek_tape *t, ek_replace *file, const char *name, int code)
{
  int rc = 0, success = 0;
  pthread_mutex_lock(&t->lock);
  while (flock(t->fd, LOCK_EX) < 0 && errno == EINTR)
    continue;
  if (code < 200 || code > 299) {
    ek_http_answer old = { 0 };
    success = read_exchange(t, name, &old, NULL) == 1 && old.code >= 200 && old.code <= 299;
    ek_http_answer_free(&old);
  }
  if (!success)
    rc = ek_replace_rename(file);
  flock(t->fd, LOCK_UN);
  pthread_mutex_unlock(&t->lock);
  return rc;
}

/* A refused signature is explained with the request as the service saw it, session token and all. */
static int
quotes_credentials(const ek_http_request_spec *spec, const ek_http_answer *a)
{
  static const char word[] = "security-token";
  ek_str token = ek_http_spec_header(spec->headers, "x-amz-security-token");
  size_t n = sizeof word - 1;
  if (a->code >= 200 && a->code <= 299)
    return 0;
  for (size_t i = 0; i + n <= a->body.len; i++)
    if (strncasecmp(a->body.data + i, word, n) == 0)
      return 1;
  return token.len && a->body.len && memmem(a->body.data, a->body.len, token.ptr, token.len);
}

int
ek_tape_put(ek_tape *t, const ek_http_request_spec *spec, const ek_http_answer *a, ek_error *e)
{
  char name[DIGEST_HEX + 1];
  EK_AUTO(ek_text_free) ek_text text = { 0 };
  ek_replace file;
  if (quotes_credentials(spec, a))
    return 0;
  if (name_of(spec, name) < 0)
    return ek_fail(e, EK_EXIT_FAILED, "bad_tape", "cannot write to the tape: libcrypto gives no digest");
  write_out(&text, spec, a);
  /* Not synced: what a power cut takes is recorded again. */
  int rc = ek_replace_open(&file, t->fd, name, EK_REPLACE_SHARED, 0666) < 0 ||
           ek_write_all(file.fd, text.data, text.len) < 0 || replace(t, &file, name, a->code) < 0 ? -1 : 0;
  ek_replace_drop(&file);
  return rc == 0 ? 0 : ek_fail_errno(e, EK_EXIT_FAILED, "bad_tape", t->folder, "write to the tape");
}
