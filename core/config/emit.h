/* SPDX-License-Identifier: BSD-3-Clause */
/* config/emit.h - texts and numbers of settings as YAML that reads back as the same. For config/ alone. */
#ifndef EK_CONFIG_EMIT_H
#define EK_CONFIG_EMIT_H
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "config/settings.h"

/* Fit to stand without quotes, in flow and in block style.                   */
int ek_emit_safe(const char *s);
/* dollar: how a '$' is written: doubled in values; keys are not expanded.    */
void ek_emit_quoted(ek_text *out, const char *s, const char *dollar);
void ek_emit_text(ek_text *out, const char *s);
void ek_emit_key(ek_text *out, const char *s);
void ek_emit_list(ek_text *out, char *const *list, size_t n);

void ek_emit_number(ek_text *out, double v);
void ek_emit_duration(ek_text *out, int64_t ns);
void ek_emit_size(ek_text *out, int64_t bytes);
/* The shortest per cent that reads back as the same share.                   */
void ek_emit_share(ek_text *out, double v);
/* The shortest that reads back as the same rate: 50/s, 100/m.                */
void ek_emit_rate(ek_text *out, double per_second);
void ek_emit_budget(ek_text *out, const ek_budget *b);

#endif
