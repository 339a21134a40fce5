/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/entities.h - HTML5's character references (&amp; &#8217;), decoded once.
 *
 * The same answers as Python's html.unescape(). Tables: entities.c, which is
 * generated. Thread-safe.                                                   */
#ifndef EK_CHAIN_ENTITIES_H
#define EK_CHAIN_ENTITIES_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"

typedef struct ek_entity {
  uint16_t at; uint8_t len;      /* the name's rest in its letter's text      */
  uint8_t bare;                  /* also known without a semicolon            */
  uint32_t first; uint16_t second;   /* code points; second may be 0            */
} ek_entity;
typedef struct ek_entity_letter { const char *rest; uint16_t start, n; } ek_entity_letter;

extern const ek_entity ek_entities[];
extern const ek_entity_letter ek_entity_letters[128];   /* by first letter      */
extern const uint16_t ek_entity_cp1252[32];

/* Decodes all references in s, once: &amp;lt; gives &lt;. Returns 0 and leaves
 * *out alone when there is none to decode; else 1 and *out, in the arena.    */
int ek_entities_decode(ek_str s, ek_arena *, ek_str *out);

#endif
