/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/random.h"
#include <sys/random.h>
#include <unistd.h>
#include "base/clock.h"

uint64_t
ek_random_bits(void)
{
  uint64_t bits;
  if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
    bits = (uint64_t)ek_monotonic_ns() * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)getpid();
  return bits;
}
