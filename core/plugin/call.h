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

typedef struct ek_call_ops {
  int (*cancelled)(ek_call *);                 /* run stopping, or deadline passed */
  ek_status (*wait)(ek_call *, int64_t ns);
  ek_status (*reserve)(ek_call *, const uint64_t *qty, size_t n);   /* NULL: no meter */
  void (*charge)(ek_call *, const uint64_t *qty, size_t n);
} ek_call_ops;

struct ek_call {
  const ek_call_ops *ops;
  void *context;                  /* the chain's                                */
  void *create;                   /* plugin/instance.c, during create() only    */
  const char *step;               /* for log lines                              */
  ek_str item;                    /* id, for log lines; empty outside an item   */
  int64_t deadline_ns;            /* CLOCK_MONOTONIC; INT64_MAX: none           */
  int64_t retry_after_ns;         /* -1: not set                                */
  int has_error;
  unsigned char busy;             /* lock bit of the error                         */
  char error[512];                 /* escaped, NUL-terminated                    */
};

void ek_call_reset(ek_call *);    /* for the next item: error and retry time forgotten */
int64_t ek_monotonic_ns(void);

#endif
