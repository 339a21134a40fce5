/* SPDX-License-Identifier: BSD-3-Clause */
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include "base/mem.h"
#include "catalog/gunzip.h"

struct ek_inflate { struct inflate_state s; };

ek_inflate *
ek_inflate_new(void)
{
  ek_inflate *z = ek_mem_zero(1, sizeof *z);
  isal_inflate_init(&z->s);
  z->s.crc_flag = ISAL_DEFLATE;            /* the frame is gunzip.c's         */
  return z;
}

void
ek_inflate_free(ek_inflate *z)
{
  free(z);
}

void
ek_inflate_reset(ek_inflate *z)
{
  isal_inflate_reset(&z->s);
  z->s.crc_flag = ISAL_DEFLATE;
}

static uint32_t
fit(size_t n)
{
  return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

enum ek_inflate_result
ek_inflate_run(ek_inflate *z, const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end)
{
  struct inflate_state *s = &z->s;
  s->next_in = (uint8_t *)(uintptr_t)*in;  /* ISA-L only reads there          */
  s->avail_in = fit((size_t)(in_end - *in));
  s->next_out = *out;
  s->avail_out = fit((size_t)(out_end - *out));
  int r = isal_inflate(s);
  if (r == ISAL_DECOMP_OK && s->block_state == ISAL_BLOCK_FINISH && s->read_in_length > 0) {
    /* Whole bytes that were taken into the bit buffer belong to what follows. */
    s->next_in -= s->read_in_length / 8;
    s->read_in_length = 0;
    s->read_in = 0;
  }
  *in = s->next_in;
  *out = s->next_out;
  if (r != ISAL_DECOMP_OK)
    return EK_INFLATE_BAD;
  return s->block_state == ISAL_BLOCK_FINISH ? EK_INFLATE_END : EK_INFLATE_MORE;
}

uint32_t
ek_inflate_crc(uint32_t crc, const void *p, size_t n)
{
  return crc32_gzip_refl(crc, p, n);
}

const char *
ek_inflate_name(void)
{
  return "ISA-L";
}
