/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/internal.h - shared by the files of this room only.                */
#ifndef EK_PLUGIN_INTERNAL_H
#define EK_PLUGIN_INTERNAL_H
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "plugin/instance.h"

/* Sizes of the tables in ABI 1.0: a table that is shorter is no table. Frozen. */
#define EK_LEAST(T, last) (offsetof(T, last) + sizeof(void *))
#define EK_LEAST_MODULE EK_LEAST(ek_module, enrichers)
#define EK_LEAST_ENRICHER EK_LEAST(ek_enricher, get_extension)
#define EK_LEAST_OPTION EK_LEAST(ek_option, help)
#define EK_MOST_METERS 8u        /* units of one plugin (EK_MAX_METERS of the chain) */
#define EK_MOST_RETRY_NS ((int64_t)3600 * 1000000000)   /* nobody is waited for longer than an hour */
#define EK_MOST 65536u           /* no table will ever be longer; rubbish is   */

/* A bit that guards a few stores. Plugins may use a live call from threads of
 * their own (rule T5), which is rare: mostly this is one uncontended exchange. */
static inline void
ek_bit_lock(unsigned char *bit)
{
  while (__atomic_test_and_set(bit, __ATOMIC_ACQUIRE))
    sched_yield();
}
static inline void
ek_bit_unlock(unsigned char *bit)
{
  __atomic_clear(bit, __ATOMIC_RELEASE);
}

/* Text of a plugin or of the system, whole: escaped as ek_show does, without its
 * cut at 80 columns; "..." where buf ends. Returns buf.                     */
const char *ek_escape(const char *s, char *buf, size_t size);
/* The host's own word on a failed call. Not when the plugin gave a reason, unless
 * force is set.                                                             */
void ek_call_note(ek_call *, int force, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- trust.c ------------------------------------------------------------- */
typedef struct ek_opened {       /* a file that was judged through its descriptor */
  int fd;
  char *path;                    /* resolved                                   */
  char *shown;                   /* for messages: as named, or resolved behind a link */
  dev_t dev, folder_dev;
  ino_t ino, folder_ino;
  off_t size;
} ek_opened;
/* Opens path and judges the file, the folder that holds it, and the folder that
 * holds a link to it. 0, or -1 (out needs no clearing).                     */
int ek_trust_open(const char *path, int named, ek_opened *out, ek_error *e);
/* Whether out->path still is the file and folder that were judged.          */
int ek_trust_same(const ek_opened *);
void ek_trust_close(ek_opened *);

/* ---- load.c -------------------------------------------------------------- */
void ek_module_free(ek_module_info *);     /* the copies; code stays loaded     */
void ek_module_clear(ek_module_info *);    /* what ek_module_check made         */

/* ---- options.c ----------------------------------------------------------- */
typedef struct ek_opt_value {
  int set;
  ek_str text;
  int64_t integer;
  double number;
  ek_str *list; size_t n;
} ek_opt_value;
enum ek_opt_verdict { EK_VALUE_OK, EK_VALUE_TYPE, EK_VALUE_RANGE, EK_VALUE_CHOICE };
/* Reads a scalar of any type but the lists. Texts are left to the caller.   */
enum ek_opt_verdict ek_option_scalar(const ek_option *, const char *text, ek_opt_value *out);
/* Reads a list as a default is written: [a, "b, c"] or a, b. The values are copied
 * into arena. 0, or -1 where it cannot be read.                             */
int ek_option_list(const char *text, ek_arena *arena, ek_opt_value *out);

/* ---- call.c: what one call holds until ek_call_end ------------------------ */
typedef struct ek_kept { struct ek_kept *next; ek_text text; } ek_kept;
typedef struct ek_scratch {      /* behind ek_call.scratch                      */
  ek_http_response *responses;   /* ext_http.c                                  */
  ek_kept *kept;                 /* values and digests that were lent           */
  ek_held *pictures;             /* of a call whose item keeps none             */
  uint64_t *owed; size_t n_owed; /* charged, and not yet in the ledger          */
  uint64_t *charged;             /* ours behind ek_call.charged, or NULL         */
  int loaded, planned;           /* a picture was given to the plugin; told to the plan */
  ek_status blocked;             /* EK_OK, or what every later request of the call gets */
} ek_scratch;
/* Made at need. Call without the lock.                                      */
ek_scratch *ek_call_scratch(ek_call *);
/* Room for a text that lives until the call ends.                           */
ek_text *ek_call_keep(ek_call *);
/* Whether the call may ask for something: EK_OK, or what the extension returns
 * (parked, cancelled, blocked, nobody may be asked).                        */
ek_status ek_call_gate(ek_call *);
/* Bars the call from asking for more, with a reason.                        */
void ek_call_block(ek_call *, ek_status, const ek_error *);
/* Why the call fails, for rejects: a reason of configuration.md section 6.  */
ek_status ek_call_fails(ek_call *, ek_status, const char *reason, int http, const char *code);
int ek_call_cancelled(void *call);                       /* as the services ask  */
/* 1: over, because of the deadline and not of a stop.                       */
int ek_call_late(const ek_call *);
ek_status ek_call_wait(ek_call *, int64_t ns);           /* host.c              */

/* ---- ext_*.c -------------------------------------------------------------- */
extern const ek_http ek_http_table;
extern const ek_cache ek_cache_table;
extern const ek_asset ek_asset_table;
extern const ek_meter ek_meter_table;
/* Hands over what the call owes, with an answer or without (value NULL). 0, or -1 and e. */
int ek_call_commit(ek_call *, const ek_key_digest *, const ek_str *value, int64_t ttl_ns, ek_error *e);
void ek_call_release_claims(ek_call *);                  /* ext_cache.c         */
void ek_responses_free(ek_http_response *);              /* ext_http.c: the list */

/* ---- money.c --------------------------------------------------------------- */
/* Prices, currency and budget of the step. 0, or -1 and findings.            */
int ek_instance_price(ek_instance *, ek_findings *);

/* ---- host.c -------------------------------------------------------------- */
typedef struct ek_create_state { /* behind ek_call.create                      */
  ek_instance *instance;
  int full;                      /* more fields or bytes than we take          */
} ek_create_state;
void ek_host_init(ek_host *);
extern const ek_labels ek_labels_table;    /* labels.c                          */
/* What host.field() gives.                                                  */
const ek_str *ek_item_values(const ek_item *, const char *name, size_t *n);
/* Adds a name that field() will find; the same pointer twice is one.        */
int ek_instance_add_field(ek_instance *, const char *name);

#endif
