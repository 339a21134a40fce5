/* SPDX-License-Identifier: BSD-3-Clause */
/* store/exchange_internal.h - how the files of the exchange cache share the work.
 *
 *   exchange.c         opening, closing, and what callers hand over
 *   exchange_write.c   the one thread that writes, in batches
 *   exchange_read.c    answers found; a few connections of their own
 *   exchange_claims.c  who of this process is asking, in memory
 *   exchange_memo.c    answers of this process, in memory, where no file keeps them
 *   exchange_owner.c   whether another process that holds a claim still lives
 *   exchange_admin.c   sizes, prune, export
 *
 * One lock guards what the threads share; the writer's own members are touched by
 * the writer alone, and by opening and closing while it does not run.        */
#ifndef EK_STORE_EXCHANGE_INTERNAL_H
#define EK_STORE_EXCHANGE_INTERNAL_H
#include <pthread.h>
#include <stdatomic.h>
#include "base/clock.h"
#include "base/pool.h"
#include "store/exchange.h"
#include "store/sqlite.h"

#define EK_LINGER_NS (20 * INT64_C(1000000))   /* an answer waits for others, so that a batch pays */
#define EK_CLAIM_GAP_NS (10 * INT64_C(1000000))   /* after a batch, a claim waits for so long: they come thick */
#define EK_LEASE_S 60                          /* of a claim; renewed when a third has passed */
#define EK_READERS 4u

/* ---- who lives ---- */

/* A process that opens the cache holds a lock on one byte of the file PATH-owners, at a
 * random place that is its name. The kernel gives it back however the process ends, so a claim of
 * a killed run is free at once, in the next run as in one beside it. Where a file system has no such
 * locks the name is negative, and only the lease tells.                      */
typedef struct ek_owner { int fd; int64_t name; } ek_owner;
void ek_owner_open(ek_owner *, const char *path);
void ek_owner_close(ek_owner *);
enum ek_life { EK_LIFE_DEAD, EK_LIFE_ALIVE, EK_LIFE_UNKNOWN };
enum ek_life ek_owner_life(const ek_owner *, int64_t name);

/* ---- who is asking, in this process ---- */

enum ek_claim_state { EK_CLAIM_ASKING, EK_CLAIM_HELD, EK_CLAIM_PUTTING };
typedef struct ek_claim {
  struct ek_claim *next;
  ek_key_digest key;
  enum ek_claim_state state;
  int row;                               /* other processes see it             */
} ek_claim;
#define EK_CLAIM_SLOTS 1024u
typedef struct ek_claim_set { ek_claim *slots[EK_CLAIM_SLOTS]; size_t n, rows; } ek_claim_set;
ek_claim *ek_claims_find(const ek_claim_set *, const ek_key_digest *);
ek_claim *ek_claims_add(ek_claim_set *, const ek_key_digest *);
void ek_claims_remove(ek_claim_set *, const ek_key_digest *);
void ek_claims_clear(ek_claim_set *);

/* ---- what was answered, in this process, in the modes that keep nothing; under the lock ---- */

typedef struct ek_remembered ek_remembered;
#define EK_MEMO_SLOTS 4096u
typedef struct ek_memo {
  ek_remembered *slots[EK_MEMO_SLOTS], *oldest, *newest;
  size_t bytes;
} ek_memo;
ek_remembered *ek_remembered_new(const ek_key_digest *, ek_str value);
void ek_memo_add(ek_memo *, ek_remembered *);
int ek_memo_find(const ek_memo *, const ek_key_digest *, ek_text *value);      /* 1 and appended, or 0 */
void ek_memo_clear(ek_memo *);

/* ---- what the writer is to do ---- */

enum ek_task_kind { EK_TASK_CLAIM, EK_TASK_RELEASE, EK_TASK_PUT, EK_TASK_PICTURE, EK_TASK_SETTLE, EK_TASK_JOB };
typedef struct ek_money_row { char *folder, *step, *meter, *currency; int64_t qty, nano; } ek_money_row;
typedef struct ek_waiter {               /* on the stack of who waits          */
  pthread_cond_t cond;
  int done;
  int64_t result;                        /* of a claim: enum ek_exchange_found */
  ek_error *e;
} ek_waiter;
typedef struct ek_task {
  struct ek_task *next;
  enum ek_task_kind kind;
  ek_key_digest key;
  int answers;                           /* PUT: there is a value; else only money */
  char *value; size_t size;              /* as handed over                     */
  char *packed; size_t packed_size;      /* NULL: not smaller                  */
  char *label;
  int64_t created, expires;
  ek_money_row *money; size_t n_money;
  char *text; size_t text_len;           /* a folder, an address               */
  uint8_t sha256[32];
  int64_t (*job)(ek_exchange *, void *arg, ek_error *e);
  void *arg; int64_t answer;
  ek_waiter *waiter;
} ek_task;

typedef struct ek_reader {
  pthread_mutex_t lock;
  ek_db *db;
  ek_query *answer, *picture;
} ek_reader;

/* A claim of a process that lives, but did not renew it: watched by our own clock. */
typedef struct ek_watched { ek_key_digest key; int64_t owner, until, since_ns; } ek_watched;
#define EK_WATCHED 64u

typedef struct ek_writer {
  ek_db *db;                             /* NULL: not opened yet               */
  struct {
    ek_query *there, *claim, *claim_put, *claim_end, *renew, *answer, *body, *money, *picture, *settle, *used;
  } q;
  ek_watched watched[EK_WATCHED]; unsigned next_watched;
  int64_t renew_at, locked_since;        /* ns, monotonic; 0: not locked out   */
  void *packer;                          /* z_stream                           */
} ek_writer;

#define EK_USED_MOST 8192u
struct ek_exchange {
  char *path;
  enum ek_cache_mode mode;
  int64_t max_size, max_age;             /* s                                  */
  int64_t (*now)(void);
  ek_owner owner;
  ek_pool *pool;
  ek_writer writer;
  ek_reader readers[EK_READERS];
  atomic_uint next_reader;

  pthread_mutex_t lock;                  /* of all below                       */
  pthread_cond_t wake, settled;          /* the writer; those who flush        */
  ek_claim_set claims;
  ek_memo memo;
  ek_task *first, **last;
  uint64_t queued, done;
  int64_t due;                           /* ns; when the queue must be written; 0: nothing waits */
  int64_t written;                       /* ns; when the last batch was          */
  int64_t used[EK_USED_MOST]; size_t n_used;
  int stopping, failed, again;           /* again: try once more what failed   */
  ek_error error;
};

extern const ek_db_schema ek_exchange_schema;
ek_task *ek_task_new(enum ek_task_kind);
void ek_task_free(ek_task *);
/* Under what the bytes behind an address are remembered: its digest, as an address may hold a signature. */
void ek_exchange_address(ek_str url, uint8_t out[32]);
/* Under the lock. due: when it is to be written, with all before it; 1: now. */
void ek_exchange_queue(ek_exchange *, ek_task *, int64_t due);
/* Queues, waits, and returns the job's answer; -1 and e.                     */
int64_t ek_exchange_job(ek_exchange *, int64_t (*job)(ek_exchange *, void *arg, ek_error *), void *arg, ek_error *e);

int ek_exchange_make(const char *path, ek_error *e);     /* the empty file, if there is none */
/* Opens for writing, making the file when it is not there. 0 or -1 and e.    */
int ek_writer_open(ek_exchange *, ek_error *e);
void ek_writer_main(void *exchange, unsigned index);
void ek_writer_close(ek_exchange *);
/* When the queue is empty and the thread has ended: claims given back, the size kept. */
void ek_writer_tidy(ek_exchange *);

/* A free connection, locked: *r, or NULL when there is no file yet. 0 or -1 and e. */
int ek_reader_take(ek_exchange *, ek_reader **r, ek_error *e);
void ek_reader_give(ek_reader *);
void ek_readers_close(ek_exchange *);
/* 1 found and appended, 0 not there, -1 e.                                   */
int ek_answer_read(ek_exchange *, const ek_key_digest *, ek_text *value, ek_error *e);
/* What is stored as packed, as it was. 0 or -1.                              */
int ek_answer_unpack(ek_str stored, size_t size, ek_text *out);
int64_t ek_prune_to_size(ek_exchange *, ek_error *e);

/* An answer counts when it is neither past its own time nor past max_age: ?2 now, ?3 max_age (0: any). */
#define EK_SQL_VALID "(expires = 0 OR expires > ?2) AND (?3 = 0 OR created > ?2 - ?3)"

#endif
