/* SPDX-License-Identifier: BSD-3-Clause */
/* command/plugins.h - one plugin described, in the forms of `plugins show`. All come
 * from the plugin's own tables. Shared by plugins*.c only.                  */
#ifndef EK_COMMAND_PLUGINS_H
#define EK_COMMAND_PLUGINS_H
#include "base/text.h"
#include "plugin/registry.h"

void ek_plugin_manual(const ek_plugin *, ek_text *out);      /* for people              */
void ek_plugin_man(const ek_plugin *, ek_text *out);         /* --man: roff             */
void ek_plugin_json(const ek_plugin *, ek_text *out);        /* --json                  */
void ek_plugin_schema(const ek_plugin *, ek_text *out);      /* --json-schema           */

/* "Reads category.", "Needs nothing.", ... each with its full stop.         */
void ek_plugin_reads(const ek_plugin *, ek_text *out);
const char *ek_plugin_threads(const ek_plugin *);
/* "int 0..20", "path|leaf|all"                                               */
void ek_option_type_text(const ek_option *, ek_text *out);
/* The default as one would write it, "required", or "-".                    */
void ek_option_default_text(const ek_option *, ek_text *out);
/* "category 1.0, bundled, ABI 1.0, in process"                              */
void ek_plugin_origin(const ek_plugin *, ek_text *out);
/* The example of its help, or one made from its table.                      */
void ek_plugin_example(const ek_plugin *, ek_text *out);
/* Its help without the example; NULL: none.                                 */
int ek_plugin_help(const ek_plugin *, ek_text *out);
void ek_json_cstr(ek_text *out, const char *s);              /* NULL: null              */

#endif
