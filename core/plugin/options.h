/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/options.h - a plugin's declared options, typed from the config tree.
 *
 * Errors (unknown key with did-you-mean, wrong type, out of range, not among the
 * choices, required and missing, secret in clear text) go to the one list of
 * findings. The result is ek_config, read-only, shared by all threads.      */
#ifndef EK_PLUGIN_OPTIONS_H
#define EK_PLUGIN_OPTIONS_H
#include <enrichkit/plugin.h>
#include "config/findings.h"
#include "config/tree.h"

/* options: the step's `options:` map or NULL. where: used when options is NULL. */
ek_config *ek_options_make(const ek_enricher *, const ek_conf_tree *, const ek_node *options,
                           const ek_place *where, ek_findings *f);
void ek_options_free(ek_config *);
/* The accessors behind ek_host.opt_*.                                       */
int ek_options_str(const ek_config *, const char *name, ek_str *out);
int ek_options_int(const ek_config *, const char *name, int64_t *out);
int ek_options_float(const ek_config *, const char *name, double *out);
const ek_str *ek_options_list(const ek_config *, const char *name, size_t *n);
/* Names of the fields that FIELD and FIELDS options hold, in order of the table;
 * the pointers are those that opt_str and opt_list give.                    */
size_t ek_options_fields(const ek_config *, const char **out, size_t max);
/* 1 when the table marks it secret.                                         */
int ek_options_secret(const ek_enricher *, const char *name);
/* "int", "text", ... as `plugins show` prints it; NULL: no such type.       */
const char *ek_option_type_name(uint32_t type);
int ek_option_is_list(const ek_option *);  /* LIST, FIELDS                      */

#endif
