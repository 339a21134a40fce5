/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/plugin-host.h - a host of the smallest kind, for a plugin's own tests:
 * loads the built module, gives it options and fields, and keeps its labels.
 * Strict: what the ABI forbids ends the test.                               */
#ifndef TEST_PLUGIN_HOST_H
#define TEST_PLUGIN_HOST_H
#include <enrichkit/plugin.h>

#define TH_MAX_LABELS 20000

typedef struct th_field {
  const char *name;
  const ek_str *values; size_t n;
  const size_t *ends; size_t n_ends;
} th_field;

typedef struct th_label { char *name, *parent; double confidence; size_t n_parents; } th_label;

typedef struct th_plugin th_plugin;

/* "plugins/category/.libs/enrichkit-category.so" below the build folder. */
const ek_module *th_module(const char *path);
/* options: "name=value", NULL at the end; others have their defaults. NULL when
 * create() refuses: th_error() says why.                                    */
th_plugin *th_create(const ek_enricher *, const char *const *options);
void th_destroy(th_plugin *);
/* Returns the status; labels until the next call. A field "id" is the item's id too. */
ek_status th_enrich(th_plugin *, const th_field *fields, size_t n);
size_t th_labels(const th_plugin *, const th_label **out);
/* "Tea|Green Tea:0.9<Drinks": names, with confidence and parent where given. */
const char *th_text(th_plugin *);
const char *th_error(void);
/* Fails the test unless the man page (below top_srcdir) names each option with its
 * default.                                                                  */
void th_check_manual(const ek_enricher *, const char *manual);

#endif
