/* SPDX-License-Identifier: 0BSD */
/* What the test plugins share. They are plugins like others: nothing of the host but plugin.h. */
#ifndef TESTS_PLUGIN_COMMON_H
#define TESTS_PLUGIN_COMMON_H
#include <enrichkit/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST_MODULE(name, list, count) \
  static const ek_module module = { \
    EK_MODULE_INIT, .id = "org.enrichkit.test." name, .version = "1.0.0", .license = "0BSD", \
    .n_enrichers = count, .enrichers = list, \
  }; \
  const ek_module *enrichkit_module_v1(void) { return &module; }

#define FIELD_OPTION \
  { .name = "field", .type = EK_OPT_FIELD, .default_value = "category", .help = "whose values are passed through" }

static inline int
str_is(ek_str s, const char *text)
{
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

/* A field's values as labels, as the category plugin does in its simplest form. */
static inline ek_status
pass_through(const ek_host *host, ek_str field, const ek_item *item, ek_sink *sink)
{
  size_t n;
  const ek_str *values = host->field(item, field.ptr, &n);
  size_t emitted = 0;
  for (size_t i = 0; i < n; i++) {
    if (!values[i].len)
      continue;
    ek_label label = { .struct_size = sizeof label, .name = values[i], .confidence = -1 };
    if (host->emit(sink, &label) == EK_OK)
      emitted++;
  }
  return emitted ? EK_OK : EK_NO_LABELS;
}

/* The same number for the same id, everywhere (FNV-1a with a final mix). */
static inline uint64_t
hash_id(ek_str id)
{
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < id.len; i++)
    h = (h ^ (unsigned char)id.ptr[i]) * 1099511628211u;
  h ^= h >> 32;
  h *= 0x9e3779b97f4a7c15u;
  return h ^ (h >> 29);
}

#endif
