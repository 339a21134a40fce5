/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/scan.h - one look at a text that tells which cleaning steps could apply,
 * and the steps that work on characters. Input is valid UTF-8. Thread-safe.  */
#ifndef EK_CHAIN_SCAN_H
#define EK_CHAIN_SCAN_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"

enum ek_scan_flag {
  EK_SCAN_CONTROL = 1u << 0,      /* holds a control character that is no white space */
  EK_SCAN_AMP     = 1u << 1,      /* an ampersand that may begin a reference    */
  EK_SCAN_LESS    = 1u << 2,      /* a '<'                                     */
  EK_SCAN_BAR     = 1u << 3,
  EK_SCAN_BLANKS  = 1u << 4,      /* white space other than single inner spaces */
  EK_SCAN_STOP    = 1u << 5       /* ends in a full stop                       */
};
typedef struct ek_scan { unsigned flags; size_t spaces; } ek_scan;   /* spaces: U+0020 */

ek_scan ek_scan_text(ek_str s);

/* The steps: 1 and *out (in the arena or a part of s) when they change s, else 0. */
int ek_strip_control(ek_str s, ek_arena *, ek_str *out);
int ek_strip_markup(ek_str s, ek_arena *, ek_str *out);
int ek_collapse_blanks(ek_str s, ek_arena *, ek_str *out);
int ek_replace_bars(ek_str s, ek_arena *, ek_str *out);

ek_str ek_trim_blanks(ek_str s);         /* Unicode white space at both ends      */
size_t ek_count_chars(ek_str s);
size_t ek_count_words(ek_str s);         /* parted by Unicode white space         */
int ek_ends_in_stop(ek_str s);           /* white space after it passed over      */

#endif
