/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/fold.h - texts without regard to case (Unicode full case folding, no
 * locale). Input is valid UTF-8. Thread-safe.                               */
#ifndef EK_CHAIN_FOLD_H
#define EK_CHAIN_FOLD_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"

ek_str ek_fold(ek_str s, ek_arena *);            /* s folded, in the arena      */
int ek_fold_equal(ek_str a, ek_str b);
/* Equal for texts that are equal but for case. Not seeded.                  */
uint64_t ek_fold_hash(ek_str s);

#endif
