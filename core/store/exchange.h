/* SPDX-License-Identifier: BSD-3-Clause */
/* store/exchange.h - answers that were paid for, and what was spent (architecture,
 * decisions 4 and 9): one SQLite file for all runs of a user.
 *
 * Three tables travel together, so that money and answer are committed at once:
 * answers by key (SHA-256 of what was asked), claims (who is asking just now, with a
 * lease, so that two processes never both pay), and the ledger (what each folder and
 * step has spent since its last run that ended well). A fourth remembers which bytes
 * stood behind a picture's address.
 * One thread of base/pool writes, in small batches: a claim at once, an answer at most
 * 20 ms later. synchronous=NORMAL: what was handed over survives a killed process; a
 * power cut may cost the last moments. Reads go by their own connections. Any thread. */
#ifndef EK_STORE_EXCHANGE_H
#define EK_STORE_EXCHANGE_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/error.h"
#include "base/text.h"

enum ek_cache_mode { EK_CACHE_READ_WRITE, EK_CACHE_READ, EK_CACHE_NONE };

typedef struct ek_exchange_options {
  const char *path;                  /* made, with its folder (0700), file 0600. NULL: none; as NONE, and
                                      * no ledger either: all goes with the handle */
  enum ek_cache_mode mode;           /* READ: no answer is written. NONE: none read either; what this handle
                                      * was given last is found all the same, from memory. The ledger is
                                      * kept in any case                       */
  int64_t max_size, max_age_ns;      /* 0: no limit                              */
  int64_t (*now)(void);              /* seconds since the epoch; NULL: the clock */
} ek_exchange_options;

typedef struct ek_exchange ek_exchange;
typedef struct ek_key_digest { uint8_t bytes[32]; } ek_key_digest;

/* NULL and e. Over max_size, the longest unused answers go (when closing).   */
/* Could answers be kept there? Makes nothing. -1 and e when not.              */
int ek_exchange_usable(const char *path, ek_error *e);
ek_exchange *ek_exchange_open(const ek_exchange_options *, ek_error *e);
#define EK_EXCHANGE_LOST "cannot keep in the cache what was paid for"   /* how messages of a full disk begin */
/* Commits what is queued. -1 and e: it could not (full disk): the run must say so. */
int ek_exchange_close(ek_exchange *, ek_error *e);

enum ek_exchange_found { EK_EXCHANGE_HIT, EK_EXCHANGE_MINE, EK_EXCHANGE_BUSY, EK_EXCHANGE_FAILED };
/* HIT: value appended to *value. MINE: nobody has it, and the caller now holds the claim until
 * ek_exchange_put or ek_exchange_release. BUSY: someone else is asking: come back
 * in some ms. claim 0: look only (HIT or MINE,
 * nothing is claimed). FAILED: e.                                           */
enum ek_exchange_found ek_exchange_get(ek_exchange *, const ek_key_digest *, int claim, ek_text *value, ek_error *e);
void ek_exchange_release(ek_exchange *, const ek_key_digest *);

typedef struct ek_spent {
  const char *folder, *step, *meter; uint64_t qty; int64_t nano; const char *currency;
} ek_spent;
/* An answer and what it cost, in one transaction; the claim ends with it. value NULL: only money (key may be
 * NULL, and a claim stays until it is released). label: the step's name, for `cache show`. ttl_ns 0: for good.
 * Copies everything. Queued; a failure of an earlier batch is told by the next call: -1 and e. What is
 * handed over after that is kept, and written when closing if it can be then. */
int ek_exchange_put(ek_exchange *, const ek_key_digest *, const ek_str *value, const char *label, int64_t ttl_ns,
                    const ek_spent *spent, size_t n_spent, ek_error *e);
/* Waits until all that was put is committed.                                 */
int ek_exchange_flush(ek_exchange *, ek_error *e);

/* What a folder's step (NULL: all of them) has spent in runs since the last that ended well. nano: 1e-9 of
 * the currency. 0, or -1 and e (another currency than asked for).               */
int ek_exchange_spent(ek_exchange *, const char *folder, const char *step, const char *currency, int64_t *nano,
                      ek_error *e);
int ek_exchange_settle(ek_exchange *, const char *folder, ek_error *e);   /* the run ended well: start anew */

/* The bytes last seen behind an address: 1 and digest, 0 not known.          */
int ek_exchange_picture(ek_exchange *, ek_str url, uint8_t sha256[32], ek_error *e);
int ek_exchange_put_picture(ek_exchange *, ek_str url, const uint8_t sha256[32], uint64_t size, ek_error *e);

/* ---- `enrichkit cache` ---------------------------------------------------- */
typedef struct ek_cache_step { char label[64]; uint64_t answers, bytes; int64_t oldest, newest; } ek_cache_step;
typedef struct ek_cache_sizes {
  uint64_t answers, bytes, pictures, claims, file_bytes;
  ek_cache_step *steps; size_t n_steps;
} ek_cache_sizes;
int ek_exchange_sizes(ek_exchange *, ek_cache_sizes *out, ek_error *e);
void ek_cache_sizes_clear(ek_cache_sizes *);
/* older_s 0 and step NULL: all. Returns how many went, or -1.               */
int64_t ek_exchange_prune(ek_exchange *, int64_t older_s, const char *step, ek_error *e);
/* JSON lines: key, step, created (s), value (text) or value_base64; each ends in \n. */
int ek_exchange_export(ek_exchange *, int (*line)(void *arg, ek_str json, ek_error *e), void *arg, ek_error *e);

#endif
