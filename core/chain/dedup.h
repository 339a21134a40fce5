/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/dedup.h - has this id been seen? Ids are compared, so a hash collision
 * never drops an item. About 40 bytes an id; grows shard by shard, so no pause and
 * no doubled peak. One caller at a time, in input order.                    */
#ifndef EK_CHAIN_DEDUP_H
#define EK_CHAIN_DEDUP_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>

typedef struct ek_dedup ek_dedup;
ek_dedup *ek_dedup_new(void);
void ek_dedup_free(ek_dedup *);
/* The hash is seeded per process and may be computed in parallel.           */
uint64_t ek_dedup_hash(const ek_dedup *, ek_str id);
void ek_dedup_prefetch(const ek_dedup *, uint64_t hash);
/* 1: new (now known), 0: seen before.                                       */
int ek_dedup_add(ek_dedup *, ek_str id, uint64_t hash);
/* For `duplicates: last`: remembers ordinal as the latest of id (first pass),
 * then tells it (second pass). UINT64_MAX: unknown.                         */
void ek_dedup_set_last(ek_dedup *, ek_str id, uint64_t hash, uint64_t ordinal);
uint64_t ek_dedup_last(const ek_dedup *, ek_str id, uint64_t hash);
size_t ek_dedup_bytes(const ek_dedup *);

#endif
