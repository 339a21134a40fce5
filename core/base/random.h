/* SPDX-License-Identifier: BSD-3-Clause */
/* base/random.h - bits that differ from process to process: for names, waits and the seeds of tables, not for keys. */
#ifndef EK_BASE_RANDOM_H
#define EK_BASE_RANDOM_H
#include <stdint.h>

/* Never waits for entropy: an early boot gives bits of clock and process id. Any thread. */
uint64_t ek_random_bits(void);

#endif
