/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "store/exchange_internal.h"

#define USED_AGAIN_S 3600                /* finer than this nobody needs to know when an answer was used last */

/* ---- connections ---- */

static int
open_reader(ek_exchange *x, ek_reader *r, ek_error *e)
{
  r->db = ek_db_open(x->path, &ek_exchange_schema, 0, e);
  if (!r->db)
    return -1;
  r->answer = ek_query_new(r->db,
    "SELECT id, used, size, packed, value FROM answers JOIN bodies USING (id) WHERE key = ?1 AND " EK_SQL_VALID, e);
  r->picture = ek_query_new(r->db, "SELECT sha256 FROM pictures WHERE address = ?1", e);
  return r->answer && r->picture ? 0 : -1;
}

static void
close_reader(ek_reader *r)
{
  ek_query_free(r->answer);
  ek_query_free(r->picture);
  ek_db_close(r->db);
  r->answer = r->picture = NULL;
  r->db = NULL;
}

int
ek_reader_take(ek_exchange *x, ek_reader **out, ek_error *e)
{
  /* Where callers start to look is spread, so that they seldom meet. */
  unsigned start = atomic_fetch_add_explicit(&x->next_reader, 1, memory_order_relaxed) % EK_READERS;
  ek_reader *r = NULL;
  *out = NULL;
  if (!x->path)
    return 0;
  for (unsigned i = 0; i < EK_READERS && !r; i++) {
    ek_reader *candidate = &x->readers[(start + i) % EK_READERS];
    if (pthread_mutex_trylock(&candidate->lock) == 0)
      r = candidate;
  }
  if (!r) {
    r = &x->readers[start];
    pthread_mutex_lock(&r->lock);
  }
  if (!r->db) {
    if (access(x->path, F_OK) != 0 && errno == ENOENT) {
      pthread_mutex_unlock(&r->lock);
      return 0;
    }
    ek_error own = { 0 };
    if (open_reader(x, r, &own) < 0) {
      close_reader(r);
      pthread_mutex_unlock(&r->lock);
      /* Who was to make it was killed when there was no more than its name: so it is not there yet. */
      if (own.code && strcmp(own.code, "no_store") == 0)
        return 0;
      if (e)
        *e = own;
      return -1;
    }
  }
  *out = r;
  return 0;
}

void ek_reader_give(ek_reader *r) { pthread_mutex_unlock(&r->lock); }

void
ek_readers_close(ek_exchange *x)
{
  for (unsigned i = 0; i < EK_READERS; i++) {
    close_reader(&x->readers[i]);
    pthread_mutex_destroy(&x->readers[i].lock);
  }
}

/* ---- answers ---- */

int
ek_answer_unpack(ek_str stored, size_t size, ek_text *out)
{
  uLongf n = (uLongf)size;
  if (size > (size_t)1 << 30)
    return -1;
  ek_text_reserve(out, size);
  if (uncompress((Bytef *)out->data + out->len, &n, (const Bytef *)stored.ptr, (uLong)stored.len) != Z_OK || n != size)
    return -1;
  out->len += size;
  return 0;
}

static int
fail_unpack(ek_exchange *x, ek_error *e)
{
  ek_fail(e, EK_EXIT_FAILED, "damaged", "the cache is damaged: an answer in it cannot be unpacked");
  ek_help(e, "'enrichkit cache prune --older 0s' forgets all answers; or move the file away (mv %s %s.damaged)",
          x->path, x->path);
  return ek_at(e, x->path, 0, 0);
}

static void
note_used(ek_exchange *x, int64_t id)
{
  pthread_mutex_lock(&x->lock);
  if (x->n_used < EK_USED_MOST)
    x->used[x->n_used++] = id;
  if (x->n_used == EK_USED_MOST / 2)
    pthread_cond_signal(&x->wake);
  pthread_mutex_unlock(&x->lock);
}

int
ek_answer_read(ek_exchange *x, const ek_key_digest *key, ek_text *value, ek_error *e)
{
  ek_reader *r;
  int64_t now = x->now(), id = 0;
  if (ek_reader_take(x, &r, e) < 0)
    return -1;
  if (!r)
    return 0;
  ek_query *q = r->answer;
  ek_query_blob(q, 1, key->bytes, sizeof key->bytes);
  ek_query_int(q, 2, now);
  ek_query_int(q, 3, x->max_age);
  int found = ek_query_step(q, e);
  if (found == 1) {
    ek_str stored = ek_query_col_blob(q, 4);
    if (ek_query_col_int(q, 1) < now - USED_AGAIN_S)
      id = ek_query_col_int(q, 0);
    if (!ek_query_col_int(q, 3))
      ek_text_str(value, stored);
    else if (ek_answer_unpack(stored, (size_t)ek_query_col_int(q, 2), value) < 0)
      found = fail_unpack(x, e);
    ek_query_reset(q);
  }
  ek_reader_give(r);
  if (found == 1 && id && x->mode == EK_CACHE_READ_WRITE)
    note_used(x, id);
  return found;
}

int
ek_exchange_picture(ek_exchange *x, ek_str url, uint8_t sha256[32], ek_error *e)
{
  ek_reader *r;
  if (x->mode == EK_CACHE_NONE || ek_reader_take(x, &r, e) < 0)
    return x->mode == EK_CACHE_NONE ? 0 : -1;
  if (!r)
    return 0;
  uint8_t address[32];
  ek_exchange_address(url, address);
  ek_query_blob(r->picture, 1, address, sizeof address);
  int found = ek_query_step(r->picture, e);
  if (found == 1) {
    ek_str digest = ek_query_col_blob(r->picture, 0);
    if (digest.len == 32)
      memcpy(sha256, digest.ptr, 32);
    else
      found = 0;
    ek_query_reset(r->picture);
  }
  ek_reader_give(r);
  return found;
}

static int
fail_currency(const char *folder, const char *step, ek_str other, const char *currency, ek_error *e)
{
  char shown[128], where[256];
  ek_show(other, shown, sizeof shown);
  ek_fail(e, EK_EXIT_REFUSED, "other_currency",
          "%s%s%s has spent %s in earlier runs into this folder, and this run counts in %s",
          step ? "step '" : "the chain", step ? step : "", step ? "'" : "", shown, currency);
  return ek_help(e, "state budget and prices in %s, or choose another folder for this run (%s)", shown,
                 ek_show(ek_cstr(folder), where, sizeof where));
}

int
ek_exchange_spent(ek_exchange *x, const char *folder, const char *step, const char *currency, int64_t *nano,
                  ek_error *e)
{
  ek_reader *r;
  int more, result = 0;
  *nano = 0;
  if (ek_exchange_flush(x, e) < 0 || ek_reader_take(x, &r, e) < 0)
    return -1;
  if (!r)
    return 0;
  ek_query *q = ek_query_new(r->db,
    "SELECT currency, sum(nano) FROM ledger WHERE folder = ?1 AND (?2 IS NULL OR step = ?2) "
    "GROUP BY currency HAVING sum(nano) <> 0", e);
  if (!q) {
    ek_reader_give(r);
    return -1;
  }
  ek_query_text(q, 1, ek_cstr(folder));
  if (step)
    ek_query_text(q, 2, ek_cstr(step));
  else
    ek_query_null(q, 2);
  while ((more = ek_query_step(q, e)) == 1) {
    ek_str other = ek_query_col_text(q, 0);
    if (ek_str_eqc(other, currency)) {
      *nano = ek_query_col_int(q, 1);
      continue;
    }
    result = fail_currency(folder, step, other, currency, e);
    break;
  }
  ek_query_free(q);
  ek_reader_give(r);
  return more < 0 ? -1 : result;
}
