/* SPDX-License-Identifier: BSD-3-Clause */
/* keywords/words.h - the words of a text, one after another.
 *
 * A word is a run of letters, digits and combining marks; where a script writes
 * no spaces (Han, kana) each character is one. Markup and character references
 * in a record's text are passed over. Input is valid UTF-8.                 */
#ifndef KEYWORDS_WORDS_H
#define KEYWORDS_WORDS_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>

#define KW_MAX_WORD 255u                  /* bytes after folding; longer ones match nothing */

typedef struct kw_words {
  const unsigned char *at, *end;
  int exact;                     /* upper and lower case differ               */
  int plain;                     /* no markup: a rule's phrase                */
  size_t len;                    /* of word; more than KW_MAX_WORD: cut        */
  uint64_t hash;                 /* of word                                   */
  int ascii;                     /* hash is made: the word is one run of ASCII  */
  char word[KW_MAX_WORD + 33];   /* folded; room for what is read beyond it   */
} kw_words;

void kw_words_start(kw_words *, ek_str text, int exact, int plain);
int kw_words_next(kw_words *);           /* 1: word, len and hash are set; 0: the end */

#endif
