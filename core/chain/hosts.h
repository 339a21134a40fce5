/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/hosts.h - a rate for each host that pictures come from.
 *
 * Unlimited until the host throttles: then it is asked more slowly (chain/rate.h), and the others are
 * not. A catalogue may name any number of hosts: of those that nobody uses just now the last
 * EK_HOSTS_KEPT are remembered. Any thread.                                 */
#ifndef EK_CHAIN_HOSTS_H
#define EK_CHAIN_HOSTS_H
#include "chain/rate.h"

#define EK_HOSTS_KEPT 256u

typedef struct ek_hosts ek_hosts;
typedef struct ek_host_rate {
  struct ek_host_rate *next;
  ek_bucket *bucket;
  unsigned users;
  char name[];
} ek_host_rate;

ek_hosts *ek_hosts_new(void);
void ek_hosts_free(ek_hosts *);
/* Kept at least until the caller gives it back.                             */
ek_host_rate *ek_hosts_use(ek_hosts *, const char *name);
void ek_hosts_give_back(ek_hosts *, ek_host_rate *);
unsigned ek_hosts_count(ek_hosts *);

#endif
