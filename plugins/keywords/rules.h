/* SPDX-License-Identifier: BSD-3-Clause */
/* keywords/rules.h - a file of rules, made into one automaton over words.
 *
 * Aho-Corasick with words for letters: a text is walked once, whatever the number
 * of rules. Read-only after loading: may be shared by all threads.          */
#ifndef KEYWORDS_RULES_H
#define KEYWORDS_RULES_H
#include <stddef.h>
#include <stdint.h>
#include <enrichkit/plugin.h>
#include "words.h"

typedef struct kw_rule {
  uint32_t label;                /* index in labels                           */
  uint32_t next;                 /* of the same phrase, in file order; 0: none  */
  double confidence;             /* negative: none                            */
  ek_str parent;                 /* may be empty                              */
} kw_rule;

typedef struct kw_rules kw_rules;

/* NULL and why ("FILE:LINE: ...") when the file cannot be used.             */
kw_rules *kw_rules_load(const char *path, int exact, char *why, size_t size);
void kw_rules_free(kw_rules *);
size_t kw_rules_count(const kw_rules *);
size_t kw_rules_labels(const kw_rules *);               /* distinct labels      */
ek_str kw_rules_label(const kw_rules *, uint32_t label);
const kw_rule *kw_rules_at(const kw_rules *, uint32_t rule);

/* One step of the walk: from state (0: the start of a text) over a word.    */
uint32_t kw_rules_step(const kw_rules *, uint32_t state, const kw_words *word);
/* The rules whose phrase ends here, the longest phrase first: at starts at state
 * and moves; returns the first rule of each (rule.next leads on), 0 at the end. */
uint32_t kw_rules_ending(const kw_rules *, uint32_t *at);

#endif
