/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/exchange_internal.h"

#define BUSY_MS "250"                    /* who waits for a claim is told so in time to be cancelled */
#define LOCKED_MOST_NS (60 * INT64_C(1000000000))
#define RENEW_NS (EK_LEASE_S / 3 * INT64_C(1000000000))
#define SILENT_NS (RENEW_NS + RENEW_NS / 2)      /* who lives and did not renew for so long hangs */
#define PACK_LEAST 128u

/* ---- opening and closing ---- */


static int
prepare_all(ek_writer *w, ek_error *e)
{
  const struct { ek_query **q; const char *sql; } all[] = {
    { &w->q.there, "SELECT 1 FROM answers WHERE key = ?1 AND " EK_SQL_VALID },
    { &w->q.claim, "SELECT owner, until FROM claims WHERE key = ?1" },
    { &w->q.claim_put, "INSERT OR REPLACE INTO claims (key, owner, until) VALUES (?1, ?2, ?3)" },
    { &w->q.claim_end, "DELETE FROM claims WHERE key = ?1 AND owner = ?2" },
    { &w->q.renew, "UPDATE claims SET until = ?2 WHERE owner = ?1" },
    { &w->q.answer, "INSERT INTO answers (key, label, created, expires, used, size, packed, stored)"
                    " VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6, ?7) ON CONFLICT (key) DO UPDATE SET label = excluded.label,"
                    " created = excluded.created, expires = excluded.expires, used = excluded.used,"
                    " size = excluded.size, packed = excluded.packed, stored = excluded.stored" },
    { &w->q.body, "INSERT OR REPLACE INTO bodies (id, value) SELECT id, ?2 FROM answers WHERE key = ?1" },
    { &w->q.money, "INSERT INTO ledger (folder, step, meter, currency, qty, nano) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                   " ON CONFLICT (folder, step, meter, currency)"
                   " DO UPDATE SET qty = qty + excluded.qty, nano = nano + excluded.nano" },
    { &w->q.picture, "INSERT OR REPLACE INTO pictures (address, sha256, size, seen) VALUES (?1, ?2, ?3, ?4)" },
    { &w->q.settle, "DELETE FROM ledger WHERE folder = ?1" },
    { &w->q.used, "UPDATE answers SET used = ?2 WHERE id = ?1" },
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!(*all[i].q = ek_query_new(w->db, all[i].sql, e)))
      return -1;
  return 0;
}

int
ek_writer_open(ek_exchange *x, ek_error *e)
{
  /* What a killed process wrote is in the kernel's hands, which is what is promised; a power cut may
   * take the last moments, but leaves the file whole. Claims wait while a checkpoint syncs: seldom.  */
  static const char settings[] =
    "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA busy_timeout = " BUSY_MS;
  ek_writer *w = &x->writer;
  if (ek_exchange_make(x->path, e) < 0)
    return -1;
  w->db = ek_db_open(x->path, &ek_exchange_schema, 1, e);
  if (w->db && ek_db_exec(w->db, settings, e) == 0 && prepare_all(w, e) == 0)
    return 0;
  ek_writer_close(x);
  return -1;
}

void
ek_writer_close(ek_exchange *x)
{
  ek_writer *w = &x->writer;
  ek_query **all = (ek_query **)&w->q;
  for (size_t i = 0; i < sizeof w->q / sizeof *all; i++)
    ek_query_free(all[i]);
  memset(&w->q, 0, sizeof w->q);
  ek_db_close(w->db);
  w->db = NULL;
}

/* ---- one task ---- */

static int
run(ek_query *q, ek_error *e)
{
  int r = ek_query_step(q, e);
  if (r == 1)
    ek_query_reset(q);
  return r < 0 ? -1 : 0;
}

/* 1: whoever holds the claim is still asking. */
static int
still_asking(ek_exchange *x, const ek_task *t, int64_t owner, int64_t until, int64_t now)
{
  ek_writer *w = &x->writer;
  enum ek_life life = ek_owner_life(&x->owner, owner);
  /* Further ahead than a lease can reach: the clock was set back since. */
  int valid = until > now && until <= now + 2 * EK_LEASE_S;
  if (life == EK_LIFE_DEAD || (life == EK_LIFE_UNKNOWN && !valid))
    return 0;
  if (valid)
    return 1;
  /* It lives, and by the clock its lease has run out: the clock was set, or it hangs. It renews a claim three
   * times in a lease, so its not doing that, by a clock that nobody sets, tells which. */
  int64_t mono = ek_monotonic_ns();
  ek_watched *seen = NULL;
  for (unsigned i = 0; i < EK_WATCHED && !seen; i++)
    if (w->watched[i].owner == owner && memcmp(&w->watched[i].key, &t->key, sizeof t->key) == 0)
      seen = &w->watched[i];
  if (seen && seen->until == until)
    return mono - seen->since_ns < SILENT_NS;
  if (!seen)
    seen = &w->watched[w->next_watched++ % EK_WATCHED];
  *seen = (ek_watched){ .key = t->key, .owner = owner, .until = until, .since_ns = mono };
  return 1;
}

/* t->answer: what the caller will be told. */
static int
do_claim(ek_exchange *x, ek_task *t, int64_t now, ek_error *e)
{
  ek_writer *w = &x->writer;
  ek_query_blob(w->q.there, 1, t->key.bytes, sizeof t->key.bytes);
  ek_query_int(w->q.there, 2, now);
  ek_query_int(w->q.there, 3, x->max_age);
  int r = ek_query_step(w->q.there, e);
  ek_query_reset(w->q.there);
  t->answer = EK_EXCHANGE_HIT;
  if (r)
    return r < 0 ? -1 : 0;
  ek_query_blob(w->q.claim, 1, t->key.bytes, sizeof t->key.bytes);
  r = ek_query_step(w->q.claim, e);
  int64_t owner = r == 1 ? ek_query_col_int(w->q.claim, 0) : 0, until = r == 1 ? ek_query_col_int(w->q.claim, 1) : 0;
  ek_query_reset(w->q.claim);
  if (r < 0)
    return -1;
  t->answer = EK_EXCHANGE_BUSY;
  if (r == 1 && owner != x->owner.name && still_asking(x, t, owner, until, now))
    return 0;
  t->answer = EK_EXCHANGE_MINE;
  ek_query_blob(w->q.claim_put, 1, t->key.bytes, sizeof t->key.bytes);
  ek_query_int(w->q.claim_put, 2, x->owner.name);
  ek_query_int(w->q.claim_put, 3, now + EK_LEASE_S);
  return run(w->q.claim_put, e);
}

static int
end_claim(ek_exchange *x, const ek_task *t, ek_error *e)
{
  ek_query *q = x->writer.q.claim_end;
  ek_query_blob(q, 1, t->key.bytes, sizeof t->key.bytes);
  ek_query_int(q, 2, x->owner.name);
  return run(q, e);
}

static int
put_answer(ek_exchange *x, const ek_task *t, ek_error *e)
{
  ek_writer *w = &x->writer;
  const char *stored = t->packed ? t->packed : t->value;
  size_t n = t->packed ? t->packed_size : t->size;
  ek_query_blob(w->q.answer, 1, t->key.bytes, sizeof t->key.bytes);
  ek_query_text(w->q.answer, 2, ek_cstr(t->label));
  ek_query_int(w->q.answer, 3, t->created);
  ek_query_int(w->q.answer, 4, t->expires);
  ek_query_int(w->q.answer, 5, (int64_t)t->size);
  ek_query_int(w->q.answer, 6, t->packed != NULL);
  ek_query_int(w->q.answer, 7, (int64_t)n);
  ek_query_blob(w->q.body, 1, t->key.bytes, sizeof t->key.bytes);
  ek_query_blob(w->q.body, 2, stored, n);
  return run(w->q.answer, e) < 0 || run(w->q.body, e) < 0 || end_claim(x, t, e) < 0 ? -1 : 0;
}

static int
do_put(ek_exchange *x, const ek_task *t, ek_error *e)
{
  ek_query *q = x->writer.q.money;
  if (t->answers && put_answer(x, t, e) < 0)
    return -1;
  for (size_t i = 0; i < t->n_money; i++) {
    const ek_money_row *m = &t->money[i];
    ek_query_text(q, 1, ek_cstr(m->folder));
    ek_query_text(q, 2, ek_cstr(m->step));
    ek_query_text(q, 3, ek_cstr(m->meter));
    ek_query_text(q, 4, ek_cstr(m->currency));
    ek_query_int(q, 5, m->qty);
    ek_query_int(q, 6, m->nano);
    if (run(q, e) < 0)
      return -1;
  }
  return 0;
}

static int
do_picture(ek_exchange *x, const ek_task *t, ek_error *e)
{
  ek_query *q = x->writer.q.picture;
  ek_query_blob(q, 1, t->text, t->text_len);
  ek_query_blob(q, 2, t->sha256, sizeof t->sha256);
  ek_query_int(q, 3, (int64_t)t->size);
  ek_query_int(q, 4, t->created);
  return run(q, e);
}

static int
do_settle(ek_exchange *x, const ek_task *t, ek_error *e)
{
  ek_query_text(x->writer.q.settle, 1, (ek_str){ t->text, t->text_len });
  return run(x->writer.q.settle, e);
}

static int
do_task(ek_exchange *x, ek_task *t, int64_t now, ek_error *e)
{
  switch (t->kind) {
  case EK_TASK_CLAIM:   return do_claim(x, t, now, e);
  case EK_TASK_RELEASE: return end_claim(x, t, e);
  case EK_TASK_PUT:     return do_put(x, t, e);
  case EK_TASK_PICTURE: return do_picture(x, t, e);
  case EK_TASK_SETTLE:  return do_settle(x, t, e);
  case EK_TASK_JOB:     break;           /* makes its own transactions         */
  }
  return 0;
}

/* ---- a batch ---- */

typedef struct batch {
  ek_task *first, **last;
  size_t n;
  int64_t used[EK_USED_MOST]; size_t n_used;
  int renew;
} batch;

static int
write_rest(ek_exchange *x, const batch *b, int64_t now, ek_error *e)
{
  ek_writer *w = &x->writer;
  for (size_t i = 0; i < b->n_used; i++) {
    ek_query_int(w->q.used, 1, b->used[i]);
    ek_query_int(w->q.used, 2, now);
    if (run(w->q.used, e) < 0)
      return -1;
  }
  if (!b->renew)
    return 0;
  ek_query_int(w->q.renew, 1, x->owner.name);
  ek_query_int(w->q.renew, 2, now + EK_LEASE_S);
  return run(w->q.renew, e);
}

static int
write_batch(ek_exchange *x, const batch *b, ek_error *e)
{
  ek_writer *w = &x->writer;
  if (!w->db && ek_writer_open(x, e) < 0)
    return -1;
  if (b->first && b->first->kind == EK_TASK_JOB) {
    /* Its failure is its caller's alone. */
    b->first->answer = b->first->job(x, b->first->arg, b->first->waiter->e);
    return 0;
  }
  int64_t now = x->now();
  if (ek_db_begin(w->db, e) < 0)
    return -1;
  for (ek_task *t = b->first; t; t = t->next)
    if (do_task(x, t, now, e) < 0) {
      ek_db_rollback(w->db);
      return -1;
    }
  if (write_rest(x, b, now, e) == 0 && ek_db_commit(w->db, e) == 0)
    return 0;
  ek_db_rollback(w->db);
  return -1;
}

/* One stream for all: to set one up costs more than to pack an answer. */
static void
pack(ek_writer *w, ek_task *t)
{
  z_stream *z = w->packer;
  if (t->kind != EK_TASK_PUT || !t->answers || t->packed || t->size < PACK_LEAST || t->size > UINT_MAX / 2)
    return;
  if (!z) {
    z = w->packer = ek_mem_zero(1, sizeof *z);
    if (deflateInit(z, 1) != Z_OK) {
      free(z);
      w->packer = NULL;
      return;
    }
  }
  size_t most = t->size - t->size / 8;       /* less is not worth the unpacking */
  char *out = ek_mem_alloc(most);
  deflateReset(z);
  z->next_in = (Bytef *)t->value;
  z->avail_in = (uInt)t->size;
  z->next_out = (Bytef *)out;
  z->avail_out = (uInt)most;
  if (deflate(z, Z_FINISH) != Z_STREAM_END) {
    free(out);
    return;
  }
  t->packed_size = most - z->avail_out;
  t->packed = ek_mem_resize(out, t->packed_size);
}

/* ---- the queue, under the lock ---- */

static void
tell(ek_waiter *w, int64_t result)
{
  w->result = result;
  w->done = 1;
  pthread_cond_signal(&w->cond);
}

/* All up to the first job; a job goes alone. */
static void
take(ek_exchange *x, batch *b)
{
  b->n = 0;
  b->first = NULL;
  b->last = &b->first;
  while (x->first && (x->first->kind != EK_TASK_JOB || !b->n)) {
    ek_task *t = x->first;
    x->first = t->next;
    t->next = NULL;
    *b->last = t;
    b->last = &t->next;
    b->n++;
    if (t->kind == EK_TASK_JOB)
      break;
  }
  if (!x->first)
    x->last = &x->first;
  x->due = x->first ? 1 : 0;
  b->n_used = 0;
  b->renew = 0;
  if (b->first && b->first->kind == EK_TASK_JOB)
    return;
  b->n_used = x->n_used;
  memcpy(b->used, x->used, x->n_used * sizeof *x->used);
  x->n_used = 0;
  b->renew = x->claims.rows > 0 && ek_monotonic_ns() >= x->writer.renew_at;
}

static void
claim_done(ek_exchange *x, const ek_task *t, int64_t result)
{
  ek_claim *c = ek_claims_find(&x->claims, &t->key);
  if (result != EK_EXCHANGE_MINE) {
    ek_claims_remove(&x->claims, &t->key);
  } else if (c) {
    c->state = EK_CLAIM_HELD;
    c->row = 1;
    if (x->claims.rows++ == 0)
      x->writer.renew_at = ek_monotonic_ns() + RENEW_NS;
  }
  tell(t->waiter, result);
}

static void
batch_done(ek_exchange *x, batch *b)
{
  for (ek_task *t = b->first, *next; t; t = next) {
    next = t->next;
    ek_claim *c = t->kind == EK_TASK_PUT && t->answers ? ek_claims_find(&x->claims, &t->key) : NULL;
    if (c && c->state == EK_CLAIM_PUTTING)
      ek_claims_remove(&x->claims, &t->key);
    if (t->kind == EK_TASK_CLAIM)
      claim_done(x, t, t->answer);
    else if (t->waiter)
      tell(t->waiter, t->answer);
    ek_task_free(t);
  }
  if (b->renew)
    x->writer.renew_at = ek_monotonic_ns() + RENEW_NS;
  x->done += b->n;
  x->failed = 0;
  x->writer.locked_since = 0;
  pthread_cond_broadcast(&x->settled);
}

/* What was paid for goes back to the head of the queue. Of all that wait there, callers with a claim
 * are told to come again, or everybody that it failed.                        */
static void
batch_undone(ek_exchange *x, batch *b, int locked, const ek_error *e)
{
  *b->last = x->first;
  ek_task *all = b->first;
  x->first = NULL;
  x->last = &x->first;
  for (ek_task *t = all, *next; t; t = next) {
    next = t->next;
    t->next = NULL;
    if (!t->waiter || (locked && t->kind != EK_TASK_CLAIM)) {
      *x->last = t;
      x->last = &t->next;
      continue;
    }
    *t->waiter->e = *e;
    if (t->kind == EK_TASK_CLAIM)
      claim_done(x, t, locked ? EK_EXCHANGE_BUSY : EK_EXCHANGE_FAILED);
    else
      tell(t->waiter, -1);
    ek_task_free(t);
    x->done++;
  }
  x->due = x->first ? 1 : 0;
}

static void
explain(const ek_exchange *x, ek_error *e)
{
  char why[sizeof e->message], help[sizeof e->help];
  int room = e->code && strcmp(e->code, "write_failed") == 0;
  memcpy(why, e->message, sizeof why);
  memcpy(help, e->help, sizeof help);
  ek_fail(e, EK_EXIT_FAILED, e->code, EK_EXCHANGE_LOST ": %.900s", why);
  ek_help(e, "%s%srun again: what was kept so far is not paid for again",
          room ? "make room, or choose another place with 'cache.path', and " : help,
          room || !help[0] ? "" : "; then ");
  ek_at(e, x->path, 0, 0);
}

static void
not_written(ek_exchange *x, batch *b, ek_error *e)
{
  ek_writer *w = &x->writer;
  int64_t now = ek_monotonic_ns();
  int locked = e->code && strcmp(e->code, "locked") == 0;
  if (locked && !w->locked_since)
    w->locked_since = now;
  if (locked && now - w->locked_since < LOCKED_MOST_NS) {
    batch_undone(x, b, 1, e);
    return;
  }
  w->locked_since = 0;
  explain(x, e);
  x->failed = 1;
  x->error = *e;
  batch_undone(x, b, 0, e);
  pthread_cond_broadcast(&x->settled);
}

static void
write_now(ek_exchange *x)
{
  batch b;
  ek_error e = { 0 };
  take(x, &b);
  x->again = 0;
  pthread_mutex_unlock(&x->lock);
  for (ek_task *t = b.first; t; t = t->next)
    pack(&x->writer, t);
  int r = write_batch(x, &b, &e);
  pthread_mutex_lock(&x->lock);
  x->written = ek_monotonic_ns();
  if (r == 0)
    batch_done(x, &b);
  else
    not_written(x, &b, &e);
}

/* 1 now; 0 not before *until (INT64_MAX: unless woken). */
static int
is_due(const ek_exchange *x, int64_t now, int64_t *until)
{
  *until = INT64_MAX;
  if (x->failed && !x->again)
    return 0;
  if (x->n_used >= EK_USED_MOST / 2 || (x->stopping && (x->first || x->n_used)))
    return 1;
  if (x->due)
    *until = x->due;
  if (x->claims.rows && x->writer.renew_at < *until)
    *until = x->writer.renew_at;
  return now >= *until;
}

static void
wait_until(ek_exchange *x, int64_t until)
{
  if (until == INT64_MAX) {
    pthread_cond_wait(&x->wake, &x->lock);
    return;
  }
  struct timespec t = { .tv_sec = (time_t)(until / 1000000000), .tv_nsec = (long)(until % 1000000000) };
  pthread_cond_timedwait(&x->wake, &x->lock, &t);
}

void
ek_writer_main(void *exchange, unsigned index)
{
  ek_exchange *x = exchange;
  int64_t until;
  (void)index;
  pthread_mutex_lock(&x->lock);
  for (;;) {
    if (is_due(x, ek_monotonic_ns(), &until))
      write_now(x);
    else if (x->stopping)
      break;
    else
      wait_until(x, until);
  }
  pthread_mutex_unlock(&x->lock);
  if (x->writer.packer) {
    deflateEnd(x->writer.packer);
    free(x->writer.packer);
    x->writer.packer = NULL;
  }
}

void
ek_writer_tidy(ek_exchange *x)
{
  ek_error ignored = { 0 };
  ek_db *db = x->writer.db;
  char sql[256];
  if (!db || x->mode != EK_CACHE_READ_WRITE)
    return;
  /* Rows of the long dead, too; but none that a step of the clock may only have made look so. */
  snprintf(sql, sizeof sql, "DELETE FROM claims WHERE owner = %lld OR until < %lld", (long long)x->owner.name,
           (long long)x->now() - 3600);
  ek_db_exec(db, sql, &ignored);
  if (x->max_size > 0)
    ek_prune_to_size(x, &ignored);
}
