/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of Amazon Rekognition, whoever sent them: what is chosen from them is fit to be emitted, in order, within its
 * limits, and the same whatever more was asked for.                          */
#include "fuzz/kit.h"
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "rekognition.h"

static void
check_text(ek_str s)
{
  FUZZ_CHECK(s.ptr && s.len && !memchr(s.ptr, 0, s.len) && ek_utf8_valid(s));
}

static void
check_answer(const rk_answer *a, const rk_options *o)
{
  size_t labels = 0, colors = 0;
  for (size_t i = 0; i < a->n; i++) {
    const rk_label *l = &a->labels[i];
    check_text(l->name);
    FUZZ_CHECK(l->confidence >= 0 && l->confidence <= 1);
    FUZZ_CHECK(l->is_color || 100 * l->confidence >= o->min_confidence - 1e-9);
    FUZZ_CHECK(l->n_parents <= 64);
    for (size_t k = 0; k < l->n_parents; k++)
      check_text(l->parents[k]);
    FUZZ_CHECK(!colors || l->is_color);              /* behind the labels            */
    if (i && a->labels[i - 1].is_color == l->is_color) {
      FUZZ_CHECK(a->labels[i - 1].confidence >= l->confidence);
      FUZZ_CHECK(!ek_str_eq(a->labels[i - 1].name, l->name));
    }
    *(l->is_color ? &colors : &labels) += 1;
  }
  FUZZ_CHECK(labels <= (size_t)o->max_labels && colors <= (size_t)o->max_labels);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const ek_str food[] = { { "Food", 4 }, { "Tea", 3 } }, kinds[] = { { "Food and Beverage", 17 } };
  static const ek_str arn = { "arn:x", 5 };
  ek_str body = { size ? (const char *)data : "", size };
  size_t whole = 0, parts = 0;
  int read = 0, unread = 0;
  for (int emit = RK_LEAVES; emit <= RK_BOTH; emit++)
    for (int way = 0; way < 6; way++) {
      rk_options o = { .max_labels = way == 1 ? 2 : 1000, .min_confidence = way == 2 ? 60 : 0, 
                       .emit = (enum rk_emit)emit, .properties = way == 5 };
      rk_answer a;
      const char *why = NULL;
      if (way == 3)
        o.include = (rk_names){ food, 2 }, o.exclude_categories = (rk_names){ kinds, 1 };
      if (way == 4)
        o.arn = arn;
      int bad = rk_answer_read(body, &o, &a, &why);
      if (way < 4)
        *(bad ? &unread : &read) += 1;
      if (!bad) {
        check_answer(&a, &o);
        if (way == 0)
          *(emit == RK_BOTH ? &whole : &parts) += a.n;
      } else
        FUZZ_CHECK(why != NULL);
      rk_answer_clear(&a);
    }
  FUZZ_CHECK(!read || !unread);                      /* kept for one choice, it serves them all */
  FUZZ_CHECK(whole == parts);                        /* leaves and parents are all of it, and none twice */
  return 0;
}
