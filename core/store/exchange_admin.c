/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "store/exchange_internal.h"

#define CHUNK 2000                       /* rows a transaction: others are not kept waiting for long */

static int64_t
number(ek_db *db, const char *sql, ek_error *e)
{
  ek_query *q = ek_query_new(db, sql, e);
  int64_t n = -1;
  if (q && ek_query_step(q, e) == 1)
    n = ek_query_col_int(q, 0);
  ek_query_free(q);
  return n;
}

/* ---- show ---- */

static uint64_t
size_of_files(const char *path)
{
  static const char *const ends[] = { "", "-wal" };
  uint64_t sum = 0;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct stat st;
    EK_FREE char *name = ek_mem_alloc(strlen(path) + 8);
    sprintf(name, "%s%s", path, ends[i]);
    if (stat(name, &st) == 0)
      sum += (uint64_t)st.st_size;
  }
  return sum;
}

static int
steps_of(ek_db *db, ek_cache_sizes *out, ek_error *e)
{
  ek_query *q = ek_query_new(db, "SELECT label, count(*), sum(stored), min(created), max(created) FROM answers "
                                 "GROUP BY label ORDER BY label", e);
  size_t cap = 0;
  int more = -1;
  while (q && (more = ek_query_step(q, e)) == 1) {
    out->steps = ek_mem_grow(out->steps, &cap, out->n_steps + 1, sizeof *out->steps);
    ek_cache_step *s = &out->steps[out->n_steps++];
    ek_str label = ek_query_col_text(q, 0);
    memset(s, 0, sizeof *s);
    size_t len = label.len < sizeof s->label ? label.len : sizeof s->label - 1;
    memcpy(s->label, label.ptr, len);
    s->answers = (uint64_t)ek_query_col_int(q, 1);
    s->bytes = (uint64_t)ek_query_col_int(q, 2);
    s->oldest = ek_query_col_int(q, 3);
    s->newest = ek_query_col_int(q, 4);
    out->answers += s->answers;
    out->bytes += s->bytes;
  }
  ek_query_free(q);
  return more;
}

int
ek_exchange_sizes(ek_exchange *x, ek_cache_sizes *out, ek_error *e)
{
  ek_reader *r;
  memset(out, 0, sizeof *out);
  if (ek_exchange_flush(x, e) < 0 || ek_reader_take(x, &r, e) < 0)
    return -1;
  if (!r)
    return 0;
  int64_t pictures = number(r->db, "SELECT count(*) FROM pictures", e);
  int64_t claims = pictures < 0 ? -1 : number(r->db, "SELECT count(*) FROM claims", e);
  int result = claims < 0 ? -1 : steps_of(r->db, out, e);
  ek_reader_give(r);
  if (result < 0) {
    ek_cache_sizes_clear(out);
    return -1;
  }
  out->pictures = (uint64_t)pictures;
  out->claims = (uint64_t)claims;
  out->file_bytes = size_of_files(x->path);
  return 0;
}

void
ek_cache_sizes_clear(ek_cache_sizes *s)
{
  free(s->steps);
  memset(s, 0, sizeof *s);
}

/* ---- prune ---- */

/* One transaction's worth: how many went, or -1. */
static int64_t
delete_some(ek_db *db, const char *where, int64_t before, const char *step, ek_error *e)
{
  ek_text sql = { 0 };
  ek_text_printf(&sql, "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE %s LIMIT %d)", where, CHUNK);
  ek_query *q = ek_query_new(db, ek_text_c(&sql), e);
  int64_t n = -1;
  ek_text_free(&sql);
  if (!q)
    return -1;
  ek_query_int(q, 1, before);
  ek_query_text(q, 2, ek_cstr(step ? step : ""));
  if (ek_db_begin(db, e) == 0 && ek_query_step(q, e) == 0)
    n = number(db, "SELECT changes()", e);
  if (n >= 0 && ek_db_commit(db, e) < 0)
    n = -1;
  if (n < 0)
    ek_db_rollback(db);
  ek_query_free(q);
  return n;
}

static int64_t
delete_all(ek_db *db, const char *where, int64_t before, const char *step, ek_error *e)
{
  int64_t sum = 0, n;
  while ((n = delete_some(db, where, before, step, e)) > 0)
    sum += n;
  return n < 0 ? -1 : sum;
}

static int64_t
in_use(ek_db *db, ek_error *e)
{
  int64_t pages = number(db, "PRAGMA page_count", e), unused = number(db, "PRAGMA freelist_count", e);
  int64_t size = number(db, "PRAGMA page_size", e);
  return pages < 0 || unused < 0 || size < 0 ? -1 : (pages - unused) * size;
}

/* Down to nine tenths, so that not every run has to. What was freed is used again; the file keeps its size. */
int64_t
ek_prune_to_size(ek_exchange *x, ek_error *e)
{
  ek_db *db = x->writer.db;
  int64_t size = in_use(db, e), sum = 0, n = 0;
  if (size <= x->max_size)
    return size < 0 ? -1 : 0;
  sum = delete_all(db, "expires <> 0 AND expires <= ?1 AND ?2 = ''", x->now(), NULL, e);
  while (sum >= 0 && (size = in_use(db, e)) > x->max_size - x->max_size / 10) {
    int64_t answers = number(db, "SELECT count(*) FROM answers", e), cut;
    ek_query *q = ek_query_new(db, "SELECT used FROM answers ORDER BY used LIMIT 1 OFFSET ?1", e);
    if (!q || answers <= 0) {
      ek_query_free(q);
      break;                             /* what is left is no answer           */
    }
    /* As many as would do if all had the same size; then look again. */
    int64_t many = (int64_t)((double)answers * (1 - 0.9 * (double)x->max_size / (double)size)) + 1;
    ek_query_int(q, 1, many < answers ? many : answers - 1);
    int got = ek_query_step(q, e);
    cut = got == 1 ? ek_query_col_int(q, 0) : 0;
    ek_query_free(q);
    n = got == 1 ? 0 : -1;
    if (n == 0 && many < answers)
      n = delete_all(db, "used < ?1 AND ?2 = ''", cut, NULL, e);
    if (n == 0)
      n = delete_all(db, "used <= ?1 AND ?2 = ''", cut, NULL, e);      /* all of one moment */
    if (n <= 0)
      break;
    sum += n;
  }
  return n < 0 || size < 0 ? -1 : sum;
}

typedef struct prune { int64_t older_s; const char *step; } prune;

static int64_t
do_prune(ek_exchange *x, void *arg, ek_error *e)
{
  const prune *p = arg;
  ek_db *db = x->writer.db;
  ek_error ignored = { 0 };
  int64_t before = p->older_s ? x->now() - p->older_s : INT64_MAX;
  const char *where = p->step ? "created <= ?1 AND label = ?2" : "created <= ?1 AND ?2 = ''";
  int64_t n = delete_all(db, where, before, p->step, e);
  if (n < 0)
    return -1;
  /* Addresses go with the answers that they were asked for; they cost little to find out again. */
  if (!p->step) {
    char sql[96];
    snprintf(sql, sizeof sql, "DELETE FROM pictures WHERE seen <= %lld", (long long)before);
    if (ek_db_exec(db, sql, e) < 0)
      return -1;
  }
  /* Gives the room back, if it is worth it and nobody else is using the file. */
  int64_t pages = number(db, "PRAGMA page_count", &ignored), unused = number(db, "PRAGMA freelist_count", &ignored);
  if (unused > 64 && unused > pages / 4)
    ek_db_exec(db, "VACUUM", &ignored);
  ek_db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", &ignored);
  return n;
}

int64_t
ek_exchange_prune(ek_exchange *x, int64_t older_s, const char *step, ek_error *e)
{
  prune p = { older_s, step };
  return ek_exchange_job(x, do_prune, &p, e);
}

/* ---- export ---- */

static void
add_base64(ek_text *t, ek_str s)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *p = (const unsigned char *)s.ptr;
  for (size_t i = 0; i < s.len; i += 3) {
    size_t left = s.len - i;
    unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
    ek_text_char(t, digits[v >> 18]);
    ek_text_char(t, digits[v >> 12 & 63]);
    ek_text_char(t, left > 1 ? digits[v >> 6 & 63] : '=');
    ek_text_char(t, left > 2 ? digits[v & 63] : '=');
  }
}

static int
export_row(ek_exchange *x, ek_query *q, ek_text *value, ek_text *out, ek_error *e)
{
  ek_str key = ek_query_col_blob(q, 0), stored = ek_query_col_blob(q, 5);
  ek_text_clear(value);
  ek_text_clear(out);
  if (!ek_query_col_int(q, 4)) {
    ek_text_str(value, stored);
  } else if (ek_answer_unpack(stored, (size_t)ek_query_col_int(q, 3), value) < 0) {
    ek_fail(e, EK_EXIT_FAILED, "damaged", "the cache is damaged: an answer in it cannot be unpacked");
    return ek_at(e, x->path, 0, 0);
  }
  ek_text_cstr(out, "{\"key\": \"");
  for (size_t i = 0; i < key.len; i++)
    ek_text_printf(out, "%02x", (unsigned char)key.ptr[i]);
  ek_text_cstr(out, "\", \"step\": ");
  ek_text_json(out, ek_query_col_text(q, 1));
  ek_text_printf(out, ", \"created\": %lld", (long long)ek_query_col_int(q, 2));
  ek_str v = { value->len ? value->data : "", value->len };
  if (ek_utf8_valid(v)) {
    ek_text_cstr(out, ", \"value\": ");
    ek_text_json(out, v);
  } else {
    ek_text_cstr(out, ", \"value_base64\": \"");
    add_base64(out, v);
    ek_text_char(out, '"');
  }
  ek_text_cstr(out, "}\n");
  return 0;
}

int
ek_exchange_export(ek_exchange *x, int (*line)(void *arg, ek_str json, ek_error *e), void *arg, ek_error *e)
{
  ek_reader *r;
  ek_text value = { 0 }, out = { 0 };
  if (ek_exchange_flush(x, e) < 0 || ek_reader_take(x, &r, e) < 0)
    return -1;
  if (!r)
    return 0;
  ek_query *q = ek_query_new(r->db,
    "SELECT key, label, created, size, packed, value FROM answers JOIN bodies USING (id) "
    "ORDER BY label, created, key", e);
  int more = -1, result = 0;
  while (q && result == 0 && (more = ek_query_step(q, e)) == 1) {
    result = export_row(x, q, &value, &out, e);
    if (result == 0)
      result = line(arg, (ek_str){ out.data, out.len }, e);
  }
  ek_query_free(q);
  ek_reader_give(r);
  ek_text_free(&value);
  ek_text_free(&out);
  return result < 0 || more < 0 ? -1 : 0;
}
