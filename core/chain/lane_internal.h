/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/lane_internal.h - what the files of the lane share, and nobody else.
 *
 * Locks: a block's lock and the lane's are never held together; the lane's is held for some
 * stores only, never over a call, an allocation of size or another lock.     */
#ifndef EK_CHAIN_LANE_INTERNAL_H
#define EK_CHAIN_LANE_INTERNAL_H
#include "base/pool.h"
#include "chain/hosts.h"
#include "chain/lane.h"

#define EK_LANE_GRACE_NS INT64_C(500000000)   /* for calls that may have been paid for, after a stop */
#define EK_LANE_BYTES ((size_t)64 << 20)      /* of input in flight             */
#define EK_LANE_BLOCKS 64u                    /* and blocks, beyond one a thread */

typedef struct lane_step lane_step;
typedef struct lane_crew lane_crew;

/* A unit in flight: of one worker or queue at a time. */
typedef struct ek_flight {
  struct ek_flight *next;
  ek_lane *lane;
  ek_worker *w; ek_unit *unit;
  lane_step *home;                  /* whose queue it waits in: of its step, or of the last before that has one */
  unsigned step, attempt;
  int begun;                        /* counted among the step's items           */
  uint32_t arms;
  int64_t due;                      /* in the heap                              */
  ek_held *held;                    /* pictures                                 */
  int holds;                        /* counted among those that hold pictures   */
  unsigned parked;                  /* how often for a picture, in this attempt */
  ek_host_rate *host; uint64_t turn;           /* of the picture to be fetched next, while it waits for its turn */

  /* Of the attempt under way. */
  lane_crew *crew;                  /* of the thread that makes it              */
  ek_call call; ek_sink sink; ek_item item;
  int64_t reserved, charged;        /* nano                                     */
  int metered, sent;                /* it has reserved; a request may have left */
  unsigned replies, asking;         /* asking: requests that have a place; under the lane's lock */
} ek_flight;

typedef struct lane_queue { ek_flight *first, *last; size_t n; } lane_queue;
typedef struct lane_heap { ek_flight **at; size_t n, cap; } lane_heap;       /* by due */

/* A worker thread's own. */
struct lane_crew {
  lane_step *step;
  ek_flight **flights; unsigned n;  /* in hand: a thread that is ended gives them up */
  ek_flight whole;                  /* the call of a whole batch                */
  ek_arena scratch;                 /* what plugins emit, until it is taken over */
  const ek_item **items; ek_sink **sinks; ek_call **calls; ek_status *status;
  uint64_t random;
};

#define EK_LANE_MINUTE 60u
typedef struct lane_minute {
  int64_t second, slowed;           /* the last one counted; when the step was slowed down last */
  uint32_t calls[EK_LANE_MINUTE], retries[EK_LANE_MINUTE];
} lane_minute;

/* Requests that nobody answered, one after the other. Under the lane's lock. */
typedef struct lane_watch {
  unsigned failed; int64_t since;   /* the first of them                        */
  uint64_t host, failing;           /* hashes of: the first that was asked at all, the first of these */
  int known, several, failing_several;         /* host is known; there were others too */
} lane_watch;

/* A step that leaves the machine. Under the lane's lock, but for what is set at the start. */
struct lane_step {
  ek_lane *lane;
  unsigned index;
  const ek_step_settings *settings; ek_instance *instance;
  ek_bucket *bucket;                /* maybe shared                             */
  unsigned batch, workers;
  /* More threads than requests may be under way, so that the next is ready (hashed, claimed, signed for)
   * when an answer comes.                                                   */
  unsigned threads, asking;
  pthread_cond_t place;             /* for another request                      */
  ek_pool *pool; lane_crew *crews;

  lane_queue resumed, fresh;        /* those with their picture come first      */
  lane_heap heap;                   /* those that wait for another try          */
  pthread_cond_t ready, timer;      /* timer: one thread at most waits for the heap */
  unsigned idle; int timed;
  int parks;                        /* it has asked for pictures                */
  lane_minute minute;
  lane_watch watch;
};

typedef struct lane_bucket { const char *name; ek_bucket *bucket; } lane_bucket;

struct ek_lane {
  ek_run *run;
  const ek_chain *chain;
  unsigned first;                   /* step that leaves the machine             */
  lane_step *steps[EK_MAX_STEPS];   /* NULL: inline                             */
  lane_bucket *buckets; size_t n_buckets;
  ek_purse *purse;
  ek_turnstile entry;               /* blocks enter the window in input order   */

  pthread_mutex_t lock;
  unsigned window, in_flight;
  unsigned low;                     /* of in_flight: then the reader is woken, and not for each unit */
  pthread_cond_t room;              /* in the window, or for another block      */
  ek_flight *spare;
  ek_step_stats stats[EK_MAX_STEPS];/* of what was asked, committed or not      */
  int quit;                         /* pools go home                            */

  /* Blocks. */
  ek_worker *free, *blocks, **blocks_end;      /* in flight, in the order of entry */
  unsigned n_taken, n_free, most_blocks;
  size_t bytes;
  uint64_t next_seq;                /* to be committed                          */
  int dead, finishing;              /* nothing is committed any more            */
  pthread_cond_t finish, drained;
  ek_pool *finisher;

  /* Pictures. */
  lane_queue wanted, wanted_more;   /* more: by flights that hold one already  */
  lane_heap later, later_more;      /* those whose host lets them wait; more: as above */
  int64_t later_due;                /* one thread waits for them, until then; INT64_MAX: none */
  unsigned holding, most_holding;   /* flights that hold pictures, or have them fetched */
  unsigned picture_workers, picture_idle;
  pthread_cond_t pictures;
  ek_pool *picture_pool;
  ek_bucket *picture_bucket;        /* images.rate, of all hosts together; NULL: no limit */
  ek_hosts *hosts;                  /* and what each of them bears              */
  lane_watch picture_watch;

  /* Sleepers: woken by a stop. */
  pthread_mutex_t sleep_lock;
  pthread_cond_t sleep, paid;       /* paid: somebody's reservation is settled  */
  atomic_uint_fast64_t settlements;
  int holder_waits;                 /* for money, one that has reserved some; under the lock of sleepers */

  atomic_uint_fast64_t settled;     /* units that are through                   */
  atomic_uint_fast64_t fatal_seq;   /* block where a step stopped the run, + 1  */
};

/* Nothing new begins. */
static inline int
ek_lane_ending(const ek_lane *l)
{
  return atomic_load_explicit(&l->run->stopping, memory_order_relaxed) ||
         atomic_load_explicit(&l->run->closing, memory_order_relaxed);
}

/* lane_queue.c; unless the caller locks, they take the lock themselves. */
void ek_queue_push(lane_queue *, ek_flight *);               /* caller locks    */
ek_flight *ek_queue_pull(lane_queue *);                      /* caller locks    */
void ek_heap_add(lane_heap *, ek_flight *);                  /* caller locks    */
ek_flight *ek_heap_take(lane_heap *);                        /* caller locks; not of an empty one */
void ek_lane_push(ek_flight *);                              /* behind all others of its home */
void ek_lane_resume(ek_flight *);                            /* before those that were not begun */
void ek_lane_delay(ek_flight *, int64_t ns);
/* 1 .. most flights, waiting for the first; 0: the lane has come to its end. */
unsigned ek_lane_pop(lane_step *, ek_flight **out, unsigned most);
void ek_cond_init(pthread_cond_t *);                         /* of the monotonic clock */
void ek_cond_wait_until(pthread_cond_t *, pthread_mutex_t *, int64_t ns);

/* lane_ops.c */
extern const ek_call_ops ek_lane_ops;
/* Gives back the places of requests that nobody answered.                    */
void ek_lane_leave_places(ek_flight *);
/* A token, or EK_CANCELLED when over(arg). *waited: for how long.             */
ek_status ek_lane_gate(ek_lane *, ek_bucket *, int (*over)(void *), void *arg, int64_t *waited);

/* lane_work.c: bodies of the step's threads. */
void ek_lane_work(void *step, unsigned index);
/* The next step from *step on that asks; those that do not are counted. Under the block's lock. */
int ek_lane_next(ek_worker *, ek_unit *, unsigned *step, uint32_t *arms);
ek_stats *ek_lane_stats_of(ek_worker *, const ek_unit *);
void ek_lane_undone(ek_flight *);                            /* the run ends before its step is done */
void ek_lane_land(ek_flight *);                              /* the unit is through */
int ek_lane_unit_less(ek_worker *, int front);  /* caller locks; 1: the finisher has something to do */

/* lane_settle.c: what becomes of one attempt. */
enum lane_verdict { LANE_ON, LANE_AGAIN, LANE_PICTURE, LANE_CLAIM };
enum lane_verdict ek_lane_settle(ek_flight *, ek_status, int64_t ns, uint64_t *random, int64_t *delay);
/* The call is over: money, counters, what extensions hold. */
void ek_lane_close_call(ek_flight *, int64_t ns);

/* For how long (ns) nobody has answered; 0: the network is there. Caller locks. */
int64_t ek_lane_watch(const ek_lane *, lane_watch *, uint64_t host, int answered);
/* Ends the run. what: "step 'image'".                                        */
void ek_lane_gone(ek_lane *, const char *what, int64_t ns, const char *why);

/* lane_picture.c */
void ek_lane_want(ek_flight *);
void ek_lane_fetch(void *lane, unsigned index);              /* body of the pool's threads */
void ek_lane_drop_pictures(ek_flight *);
void ek_lane_forget_failed(ek_flight *);                     /* pictures to be fetched anew */

#endif
