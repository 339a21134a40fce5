/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/exchange.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "store/exchange_internal.h"

#define VALUE_MOST ((size_t)256 << 20)
#define OPEN_TRIES 100                   /* of 50 ms: another process is just making the file */

/* Bodies apart from the rest, so that to look through all answers (show, prune) is to read a
 * hundredth of the file, and to note the last use rewrites no body.         */
static const char *const steps[] = {
  "CREATE TABLE answers (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, label TEXT NOT NULL,"
  " created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL,"
  " size INTEGER NOT NULL, packed INTEGER NOT NULL, stored INTEGER NOT NULL);"
  "CREATE TABLE bodies (id INTEGER PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE, value BLOB NOT NULL);"
  "CREATE TABLE claims (key BLOB PRIMARY KEY, owner INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE ledger (folder TEXT NOT NULL, step TEXT NOT NULL, meter TEXT NOT NULL, currency TEXT NOT NULL,"
  " qty INTEGER NOT NULL, nano INTEGER NOT NULL, PRIMARY KEY (folder, step, meter, currency)) WITHOUT ROWID;"
  "CREATE TABLE pictures (address BLOB PRIMARY KEY, sha256 BLOB NOT NULL, size INTEGER NOT NULL, seen INTEGER NOT NULL)"
  " WITHOUT ROWID;"
};
const ek_db_schema ek_exchange_schema = { 0x454b4558 /* "EKEX" */, steps, sizeof steps / sizeof *steps, "cache" };

static int64_t wall_clock(void) { return (int64_t)time(NULL); }

/* ---- tasks ---- */

ek_task *
ek_task_new(enum ek_task_kind kind)
{
  ek_task *t = ek_mem_zero(1, sizeof *t);
  t->kind = kind;
  return t;
}

void
ek_task_free(ek_task *t)
{
  for (size_t i = 0; i < t->n_money; i++) {
    free(t->money[i].folder);
    free(t->money[i].step);
    free(t->money[i].meter);
    free(t->money[i].currency);
  }
  free(t->money);
  free(t->value);
  free(t->packed);
  free(t->label);
  free(t->text);
  free(t);
}

void
ek_exchange_queue(ek_exchange *x, ek_task *t, int64_t due)
{
  *x->last = t;
  x->last = &t->next;
  x->queued++;
  if (x->due && x->due <= due)
    return;                              /* awake by then anyway               */
  x->due = due;
  pthread_cond_signal(&x->wake);
}

static int64_t
soon(void)
{
  return ek_monotonic_ns() + EK_LINGER_NS;
}

/* Under the lock: queues, and waits until the writer has told. */
static int64_t
wait_for(ek_exchange *x, ek_task *t, int64_t due, ek_error *e)
{
  ek_waiter w = { .e = e };
  pthread_cond_init(&w.cond, NULL);
  t->waiter = &w;
  ek_exchange_queue(x, t, due);
  while (!w.done)
    pthread_cond_wait(&w.cond, &x->lock);
  pthread_cond_destroy(&w.cond);
  return w.result;
}

int64_t
ek_exchange_job(ek_exchange *x, int64_t (*job)(ek_exchange *, void *, ek_error *), void *arg, ek_error *e)
{
  ek_error own = { 0 };
  ek_task *t = ek_task_new(EK_TASK_JOB);
  t->job = job;
  t->arg = arg;
  pthread_mutex_lock(&x->lock);
  x->again = 1;
  int64_t r = wait_for(x, t, 1, &own);
  pthread_mutex_unlock(&x->lock);
  if (r < 0 && e)
    *e = own;
  return r;
}

/* ---- opening ---- */

/* Folders that are missing on the way, for nobody else's eyes. */
static int
make_folder(const char *path, ek_error *e)
{
  EK_FREE char *copy = ek_mem_strdup(path);
  char *end = strrchr(copy, '/');
  if (!end || end == copy)
    return 0;
  *end = 0;
  for (char *p = copy; *p;) {
    p += strspn(p, "/");
    p += strcspn(p, "/");
    char was = *p;
    *p = 0;
    if (mkdir(copy, 0700) < 0) {
      int why = errno;
      if (access(copy, F_OK) != 0) {
        errno = why;
        return ek_fail_errno(e, EK_EXIT_REFUSED, "no_permission", copy, "make the folder of the cache");
      }
    }
    *p = was;
  }
  return 0;
}

int
ek_exchange_make(const char *path, ek_error *e)
{
  if (access(path, F_OK) == 0)
    return 0;
  if (make_folder(path, e) < 0)
    return -1;
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "no_permission", path, "make the cache");
  close(fd);
  return 0;
}

int
ek_exchange_usable(const char *path, ek_error *e)
{
  EK_FREE char *at = ek_mem_alloc(strlen(path) + 3);
  strcpy(at, path);
  if (access(at, F_OK) == 0)
    return access(at, R_OK | W_OK) == 0 ? 0 : ek_fail_errno(e, EK_EXIT_REFUSED, "no_permission", path, "write the cache");
  do {                               /* the folder that is there, of those on the way */
    char *slash = strrchr(at, '/');
    strcpy(slash ? slash : at, slash ? "" : ".");
  } while (*at && access(at, F_OK) != 0);
  strcat(at, "/.");
  return access(at, W_OK | X_OK) == 0 ? 0 : ek_fail_errno(e, EK_EXIT_REFUSED, "no_permission", path, "make the cache");
}

static int
open_files(ek_exchange *x, ek_error *e)
{
  ek_reader *r;
  if (x->mode != EK_CACHE_READ_WRITE) {
    /* Nothing is made before there is money to write down; but what is there must be good. */
    if (ek_reader_take(x, &r, e) < 0)
      return -1;
    if (r)
      ek_reader_give(r);
    return 0;
  }
  for (int i = 1; ek_writer_open(x, e) < 0; i++) {
    if (!e->code || strcmp(e->code, "locked") != 0 || i == OPEN_TRIES)
      return -1;
    nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
  }
  ek_owner_open(&x->owner, x->path);
  return 0;
}

static void
free_all(ek_exchange *x)
{
  for (ek_task *t = x->first, *next; t; t = next) {
    next = t->next;
    ek_task_free(t);
  }
  ek_writer_close(x);
  ek_readers_close(x);
  ek_owner_close(&x->owner);
  ek_claims_clear(&x->claims);
  ek_memo_clear(&x->memo);
  pthread_mutex_destroy(&x->lock);
  pthread_cond_destroy(&x->wake);
  pthread_cond_destroy(&x->settled);
  free(x->path);
  free(x);
}

ek_exchange *
ek_exchange_open(const ek_exchange_options *o, ek_error *e)
{
  ek_exchange *x = ek_mem_zero(1, sizeof *x);
  ek_error own = { 0 };
  pthread_condattr_t attr;
  x->path = o->path ? ek_mem_strdup(o->path) : NULL;
  x->mode = o->path ? o->mode : EK_CACHE_NONE;
  x->max_size = o->max_size;
  x->max_age = o->max_age_ns > 0 ? (o->max_age_ns + 999999999) / 1000000000 : 0;
  x->now = o->now ? o->now : wall_clock;
  x->owner.fd = -1;
  x->last = &x->first;
  pthread_mutex_init(&x->lock, NULL);
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&x->wake, &attr);
  pthread_condattr_destroy(&attr);
  pthread_cond_init(&x->settled, NULL);
  for (unsigned i = 0; i < EK_READERS; i++)
    pthread_mutex_init(&x->readers[i].lock, NULL);
  if (open_files(x, &own) == 0 && (x->pool = ek_pool_start(1, ek_writer_main, x, &own)))
    return x;
  if (e)
    *e = own;
  free_all(x);
  return NULL;
}

int
ek_exchange_close(ek_exchange *x, ek_error *e)
{
  if (!x)
    return 0;
  pthread_mutex_lock(&x->lock);
  x->stopping = x->again = 1;
  pthread_cond_signal(&x->wake);
  pthread_mutex_unlock(&x->lock);
  ek_pool_join(x->pool);
  int lost = x->first != NULL;
  if (lost && e)
    *e = x->error;
  if (!lost)
    ek_writer_tidy(x);
  free_all(x);
  return lost ? -1 : 0;
}

/* ---- asking ---- */

static int
told(const ek_exchange *x, ek_error *e)
{
  if (e)
    *e = x->error;
  return -1;
}

/* Nobody has the answer: who may ask for it? Under the lock. */
static enum ek_exchange_found
claim(ek_exchange *x, const ek_key_digest *key, ek_text *value, ek_error *e)
{
  int busy = ek_claims_find(&x->claims, key) != NULL;
  if (!busy && x->memo.oldest && ek_memo_find(&x->memo, key, value))
    return EK_EXCHANGE_HIT;
  if (x->failed) {
    told(x, e);
    return EK_EXCHANGE_FAILED;
  }
  if (busy)
    return EK_EXCHANGE_BUSY;
  ek_claim *c = ek_claims_add(&x->claims, key);
  if (x->mode != EK_CACHE_READ_WRITE) {
    c->state = EK_CLAIM_HELD;
    return EK_EXCHANGE_MINE;
  }
  ek_error own = { 0 };
  ek_task *t = ek_task_new(EK_TASK_CLAIM);
  t->key = *key;
  enum ek_exchange_found found = (enum ek_exchange_found)wait_for(x, t, x->written + EK_CLAIM_GAP_NS, &own);
  if (found == EK_EXCHANGE_FAILED && e)
    *e = own;
  return found;
}

/* A cache that is locked for a moment (another process packs it) is asked again. */
static enum ek_exchange_found
unreadable(const ek_error *own, int claims, ek_error *e)
{
  if (claims && own->code && strcmp(own->code, "locked") == 0)
    return EK_EXCHANGE_BUSY;
  if (e)
    *e = *own;
  return EK_EXCHANGE_FAILED;
}

enum ek_exchange_found
ek_exchange_get(ek_exchange *x, const ek_key_digest *key, int claims, ek_text *value, ek_error *e)
{
  ek_error own = { 0 };
  for (int tries = 0; tries < 2; tries++) {
    pthread_mutex_lock(&x->lock);
    int busy = claims && ek_claims_find(&x->claims, key);
    int known = !busy && x->memo.oldest && ek_memo_find(&x->memo, key, value);
    /* What the other has handed over may never be written: who waits for it is not sent round for ever. */
    int lost = busy && x->failed ? told(x, e) : 0;
    pthread_mutex_unlock(&x->lock);
    if (busy)
      return lost < 0 ? EK_EXCHANGE_FAILED : EK_EXCHANGE_BUSY;
    if (known)
      return EK_EXCHANGE_HIT;
    int found = x->mode == EK_CACHE_NONE ? 0 : ek_answer_read(x, key, value, &own);
    if (found < 0)
      return unreadable(&own, claims, e);
    if (found || !claims)
      return found ? EK_EXCHANGE_HIT : EK_EXCHANGE_MINE;
    pthread_mutex_lock(&x->lock);
    enum ek_exchange_found mine = claim(x, key, value, e);
    pthread_mutex_unlock(&x->lock);
    if (mine != EK_EXCHANGE_HIT || x->mode != EK_CACHE_READ_WRITE)
      return mine;
    /* It was written since we looked. */
  }
  return EK_EXCHANGE_BUSY;
}

void
ek_exchange_release(ek_exchange *x, const ek_key_digest *key)
{
  pthread_mutex_lock(&x->lock);
  ek_claim *c = ek_claims_find(&x->claims, key);
  if (c && c->state == EK_CLAIM_HELD) {
    if (c->row) {
      ek_task *t = ek_task_new(EK_TASK_RELEASE);
      t->key = *key;
      ek_exchange_queue(x, t, soon());
    }
    ek_claims_remove(&x->claims, key);
  }
  pthread_mutex_unlock(&x->lock);
}

/* ---- keeping ---- */

static void
copy_money(ek_task *t, const ek_spent *spent, size_t n)
{
  t->money = n ? ek_mem_zero(n, sizeof *t->money) : NULL;
  t->n_money = n;
  for (size_t i = 0; i < n; i++)
    t->money[i] = (ek_money_row){ .folder = ek_mem_strdup(spent[i].folder), .step = ek_mem_strdup(spent[i].step),
                                  .meter = ek_mem_strdup(spent[i].meter), .currency = ek_mem_strdup(spent[i].currency),
                                  .qty = spent[i].qty > INT64_MAX ? INT64_MAX : (int64_t)spent[i].qty,
                                  .nano = spent[i].nano };
}

static void
copy_answer(ek_exchange *x, ek_task *t, const ek_key_digest *key, const ek_str *value, const char *label,
            int64_t ttl_ns)
{
  t->answers = 1;
  t->key = *key;
  t->value = ek_mem_strndup(value->len ? value->ptr : "", value->len);
  t->size = value->len;
  t->label = ek_mem_strdup(label ? label : "");
  t->created = x->now();
  t->expires = ttl_ns > 0 ? t->created + ttl_ns / 1000000000 + (ttl_ns % 1000000000 != 0) : 0;
}

int
ek_exchange_put(ek_exchange *x, const ek_key_digest *key, const ek_str *value, const char *label, int64_t ttl_ns,
                const ek_spent *spent, size_t n_spent, ek_error *e)
{
  int keeps = value && key && x->mode == EK_CACHE_READ_WRITE, too_large = keeps && value->len > VALUE_MOST;
  ek_remembered *r = value && key && !keeps ? ek_remembered_new(key, *value) : NULL;
  ek_task *t = ek_task_new(EK_TASK_PUT);
  copy_money(t, spent, x->path ? n_spent : 0);
  if (keeps && !too_large)
    copy_answer(x, t, key, value, label, ttl_ns);
  pthread_mutex_lock(&x->lock);
  if (r)
    ek_memo_add(&x->memo, r);
  ek_claim *c = value && key ? ek_claims_find(&x->claims, key) : NULL;
  if (c && t->answers)
    c->state = EK_CLAIM_PUTTING;         /* until it is committed: then others find it */
  else if (c && !c->row)
    ek_claims_remove(&x->claims, key);
  /* Also after a failure: it is paid for, and closing tries once more. */
  if (t->answers || t->n_money)
    ek_exchange_queue(x, t, soon());
  else
    ek_task_free(t);
  int result = x->failed ? told(x, e) : 0;
  pthread_mutex_unlock(&x->lock);
  if (too_large) {
    ek_exchange_release(x, key);
    return ek_fail(e, EK_EXIT_FAILED, "too_large", "an answer of %zu bytes is too large for the cache (at most %zu)",
                   value->len, VALUE_MOST);
  }
  return result;
}

void
ek_exchange_address(ek_str url, uint8_t out[32])
{
  ek_sha256(url, out);
}

int
ek_exchange_put_picture(ek_exchange *x, ek_str url, const uint8_t sha256[32], uint64_t size, ek_error *e)
{
  if (x->mode != EK_CACHE_READ_WRITE)
    return 0;
  ek_task *t = ek_task_new(EK_TASK_PICTURE);
  t->text = ek_mem_alloc(32);
  t->text_len = 32;
  ek_exchange_address(url, (uint8_t *)t->text);
  memcpy(t->sha256, sha256, sizeof t->sha256);
  t->size = (size_t)size;
  t->created = x->now();
  pthread_mutex_lock(&x->lock);
  int r = 0;
  if (x->failed) {
    r = told(x, e);
    ek_task_free(t);
  } else {
    ek_exchange_queue(x, t, soon());
  }
  pthread_mutex_unlock(&x->lock);
  return r;
}

int
ek_exchange_flush(ek_exchange *x, ek_error *e)
{
  pthread_mutex_lock(&x->lock);
  uint64_t all = x->queued;
  if (x->done < all) {
    x->failed = 0;
    x->due = 1;
    pthread_cond_signal(&x->wake);
  }
  while (x->done < all && !x->failed)
    pthread_cond_wait(&x->settled, &x->lock);
  int r = x->done < all ? told(x, e) : 0;
  pthread_mutex_unlock(&x->lock);
  return r;
}

int
ek_exchange_settle(ek_exchange *x, const char *folder, ek_error *e)
{
  if (ek_exchange_flush(x, e) < 0)
    return -1;
  /* Without a file there is nothing to settle, and none is made for it. */
  if (x->mode != EK_CACHE_READ_WRITE && (!x->path || access(x->path, F_OK) != 0))
    return 0;
  ek_error own = { 0 };
  ek_task *t = ek_task_new(EK_TASK_SETTLE);
  t->text = ek_mem_strdup(folder);
  t->text_len = strlen(folder);
  pthread_mutex_lock(&x->lock);
  x->again = 1;                          /* a failure before may have left nothing to flush */
  int64_t r = wait_for(x, t, 1, &own);
  pthread_mutex_unlock(&x->lock);
  if (r < 0 && e)
    *e = own;
  return r < 0 ? -1 : 0;
}
