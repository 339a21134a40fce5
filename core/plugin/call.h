/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/call.h - one call in flight, as the host sees it behind ek_call.
 *
 * What a call needs from the chain is a table that the chain fills, so that
 * plugin/ need not know lanes. Any thread of the plugin may use a live call; the
 * error text is guarded by the call's lock bit.                              */
#ifndef EK_PLUGIN_CALL_H
#define EK_PLUGIN_CALL_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "asset/asset.h"
#include "base/clock.h"
#include "store/exchange.h"

/* What became of one request that left the machine: feeds rate and report. */
enum ek_reply { EK_REPLY_OK, EK_REPLY_THROTTLED, EK_REPLY_TRANSIENT, EK_REPLY_OTHER };

typedef struct ek_call_ops {
  int (*cancelled)(ek_call *);                 /* run stopping, or deadline passed */
  ek_status (*wait)(ek_call *, int64_t ns);
  ek_status (*reserve)(ek_call *, const uint64_t *qty, size_t n);   /* NULL: no meter */
  void (*charge)(ek_call *, const uint64_t *qty, size_t n);
  /* Before each request leaves: waits for the step's rate, and moves the deadline by
   * what it waited. NULL: no rate. Not EK_OK: return it.                      */
  ek_status (*admit)(ek_call *);
  void (*replied)(ek_call *, enum ek_reply, int64_t ns);             /* NULL: nobody counts */
  /* Of a plan: the item has a picture, and whether its bytes' digest is remembered. NULL: no plan. */
  void (*planned)(ek_call *, const char *address, int known);
} ek_call_ops;

/* A call that cannot go on yet without holding its worker: the plugin gets EK_RETRY and
 * returns it, the lane takes the item aside, no attempt is counted, and the same call
 * is made again when what it waits for is there. Lanes without `parks` block instead. */
enum ek_parked { EK_PARKED_NOT, EK_PARKED_PICTURE, EK_PARKED_CLAIM };

/* A picture of the item in hand; kept until the item is done. Entry and address are
 * allocated each for itself (ek_held_free).                                 */
typedef struct ek_held { struct ek_held *next; char *address; ek_picture *picture; /* NULL: wanted */ } ek_held;

#define EK_CALL_CLAIMS 4u

struct ek_call {
  const ek_call_ops *ops;
  void *context;                  /* the chain's                                */
  void *create;                   /* plugin/instance.c, during create() only    */
  const struct ek_instance *instance;
  const struct ek_services *services;          /* NULL: none                    */
  const char *step;               /* for log lines                              */
  ek_str item;                    /* id, for log lines; empty outside an item   */
  int64_t deadline_ns;            /* CLOCK_MONOTONIC; INT64_MAX: none           */
  int64_t retry_after_ns;         /* -1: not set                                */
  int has_error;
  int over;                       /* it has returned: whoever still holds it gets refusals */
  unsigned char busy;             /* lock bit of the error                         */
  char error[512];                 /* escaped, NUL-terminated                    */

  /* Set by the extensions (plugin/ext_*.c), read by the lane when the call has returned. */
  const char *reason;             /* static, of configuration.md section 6: "throttled", ...; NULL: plugin_error.
                                   * instance.c fills it where the plugin itself judged an answer or a picture */
  int http; char code[80];        /* of the answer that decided; 0 and "": none */
  int parks;                      /* the lane can take the item aside           */
  enum ek_parked parked;
  ek_held **held;                 /* of the item; NULL: the call fetches for itself */
  const char *base;               /* folder of the catalogue's file, for local pictures */
  ek_key_digest claims[EK_CALL_CLAIMS]; unsigned n_claims;   /* released by ek_call_end */
  uint64_t *charged; size_t n_charged;         /* qty by meter, of this attempt; NULL: made when something is
                                                * charged, and gone with ek_call_end */
  void *scratch;                  /* ext_*.c: bodies and cached values to be freed by ek_call_end */
  uint32_t requests, cache_hits;
  uint64_t asked;                 /* which host the last request was for, hashed */
};

/* Ends what an attempt holds: responses, values, claims that were not answered. Of every
 * call, when its status is known and charged has been read.                 */
void ek_call_end(ek_call *);

void ek_held_free(ek_held *);     /* the list, with its pictures               */
/* For the next attempt or item: error, reason, retry time and what was parked are forgotten. */
void ek_call_reset(ek_call *);
/* Moves the deadline, if there is one. Any thread.                           */
void ek_call_extend(ek_call *, int64_t ns);

#endif
