/* SPDX-License-Identifier: BSD-3-Clause */
/* output/story.h - labels.jsonl: which step gave an item which label, and what
 * became of it. Thread-safe.                                                */
#ifndef EK_OUTPUT_STORY_H
#define EK_OUTPUT_STORY_H
#include "output/sink.h"

/* Appends one JSON object and LF. whole: the cell of arm 0; its story may be
 * missing (then there are no labels).                                       */
void ek_story_format(ek_text *out, const ek_unit *, const ek_arm_cell *whole,
                     const char *const *step_names, unsigned n_steps);

#endif
