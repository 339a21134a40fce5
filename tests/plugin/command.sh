#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# enrichkit plugins, plugins show: the list, the manual, the machine's forms, what is said when there is nothing.
. "$top_srcdir/tests/integration/lib.sh"
: "${CC:=cc}"
umask 022
chmod 755 "$work"
unset ENRICHKIT_CONFIG ENRICHKIT_PLUGIN_PATH
cd "$work" || exit 99
mkdir p
cat >p/rich.c <<'C'
#include <enrichkit/plugin.h>
static ek_status create(const ek_host *h, const ek_config *c, ek_call *k, ek_inst **o) { (void)h; (void)c; (void)k; (void)o; return EK_OK; }
static ek_status enrich(ek_inst *i, ek_call *k, const ek_item *t, ek_sink *s) { (void)i; (void)k; (void)t; (void)s; return EK_NO_LABELS; }
static const char *const takes[] = { "path", "leaf", "all", NULL };
static const ek_option options[] = {
  { .name = "field", .type = EK_OPT_FIELD, .default_value = "category", .help = "where the categories are" },
  { .name = "separator", .type = EK_OPT_STRING, .default_value = "|", .help = "splits a source that is one text" },
  { .name = "take", .type = EK_OPT_ENUM, .default_value = "path", .choices = takes,
    .help = "of several paths: the first whole, every last value, everything" },
  { .name = "skip_levels", .type = EK_OPT_INT, .default_value = "0", .min = "0", .max = "20", .help = "leading levels left out" },
  { .name = "levels", .type = EK_OPT_INT, .default_value = "0", .min = "0", .max = "20", .help = "levels to take after those; 0: all" },
};
static const char *const reads[] = { NULL };
static const ek_enricher plain = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "plain",
  .summary = "passes the item's own categories through", .help = "Example:\n  - plugin: plain\n    options: {skip_levels: 1, levels: 3}\n",
  .n_options = 5, .options = options, .reads = reads, .create = create, .enrich = enrich };
static const ek_option odd[] = {
  { .name = "model", .type = EK_OPT_PATH, .flags = EK_OPT_REQUIRED, .help = "a model's file\n.so begins a line that roff would eat" },
  { .name = "token", .type = EK_OPT_STRING, .flags = EK_OPT_SECRET, .help = "of the service" },
  { .name = "share", .type = EK_OPT_FLOAT, .default_value = ".5", .min = "0", .max = "1" },
  { .name = "wait", .type = EK_OPT_DURATION, .default_value = "250ms", .max = "1m", .flags = EK_OPT_ADVANCED },
  { .name = "room", .type = EK_OPT_SIZE, .default_value = "4K" },
  { .name = "on", .type = EK_OPT_BOOL, .default_value = "true" },
  { .name = "fields", .type = EK_OPT_FIELDS, .default_value = "[title, \"a, b\"]" },
  { .name = "old", .type = EK_OPT_STRING, .flags = EK_OPT_DEPRECATED },
};
static const char *const odd_reads[] = { "image", NULL }, *const needs[] = { "ek.http/1", "ek.meter/1", NULL };
static const char *const meters[] = { "image", "property", NULL };
static ek_status batch(ek_inst *i, ek_call *k, const ek_batch *b) { (void)i; (void)k; (void)b; return EK_NO_LABELS; }
static const ek_enricher rich = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_SERIAL_INSTANCE,
  .flags = EK_ENR_NETWORK | EK_ENR_COSTS_MONEY | EK_ENR_VOLATILE, .id = "rich", .summary = "asks a \"service\" \\ of others",
  .help = "First.\n\n'Second', with a backslash: \\n.", .n_options = 8, .options = odd, .reads = odd_reads, .needs = needs, .meters = meters,
  .max_batch = 8, .create = create, .enrich = enrich, .enrich_batch = batch };
static const ek_enricher bare = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_SERIAL_PROCESS, .id = "bare", .create = create, .enrich = enrich };
static const ek_enricher *const list[] = { &plain, &rich, &bare };
static const ek_module module_ = { EK_MODULE_INIT, .id = "org.example.rich", .version = "1.2", .vendor = "Example", .n_enrichers = 3, .enrichers = list };
const ek_module *enrichkit_module_v1(void) { return &module_; }
C
run "an example plugin builds" $CC -std=c11 -shared -fPIC -fvisibility=hidden -I"$top_srcdir/include" -o p/enrichkit-rich.so p/rich.c
ek()
{
  "$top_builddir/enrichkit" "$@" 2>err </dev/null
}

is "show, like the picture" "$(ek plugins show plain --plugin-path p)" \
"plain - passes the item's own categories through                    (org.example.rich 1.2, not bundled, ABI 1.0, in process)
Reads category.  Needs nothing.  Free.  Any number of threads.
  field         field            category  where the categories are
  separator     text             \"|\"       splits a source that is one text
  take          path|leaf|all    path      of several paths: the first whole, every last value, everything
  skip_levels   int 0..20        0         leading levels left out
  levels        int 0..20        0         levels to take after those; 0: all
Example:
  - plugin: plain
    options: {skip_levels: 1, levels: 3}
File: $work/p/enrichkit-rich.so"
is "all that can be said of one" "$(ek plugins --plugin-path=p show rich)" \
"rich - asks a \"service\" \\ of others                                 (org.example.rich 1.2, not bundled, ABI 1.0, in process)
Reads image, title, \"a, b\".  Needs ek.http/1, ek.meter/1.  Costs money per image, property.  Leaves the machine.  Its results are \
never kept.  One thread a step.  Up to 8 items a call.
  model         path             required         a model's file
                                                  .so begins a line that roff would eat
  token         text             -                of the service (secret: from \${NAME} or \${file:PATH} only)
  share         float 0..1       .5
  wait          duration ..1m    250ms
  room          size             4K
  on            bool             true
  fields        fields           [title, \"a, b\"]
  old           text             -                 (deprecated)
First.

'Second', with a backslash: \\n.
Example:
  - plugin: rich
    options: {model: ...}
File: $work/p/enrichkit-rich.so"
is "module/id names it too" "$(ek plugins show org.example.rich/bare --plugin-path p | sed -n 1,2p)" \
"bare -                                                              (org.example.rich 1.2, not bundled, ABI 1.0, in process)
Reads every field.  Needs nothing.  Free.  One thread at a time."

is "the list" "$(ek plugins --plugin-path p | sed -n 1,4p)" \
"plain       1.2               passes the item's own categories through
            $work/p/enrichkit-rich.so
rich        1.2               asks a \"service\" \\ of others
            $work/p/enrichkit-rich.so"

ek plugins show rihc --plugin-path p >out
is "not found: status 2" $? 2
is "nothing on standard output" "$(cat out)" ""
is "did you mean" "$(sed -n 's/^ *help: \(did you mean .rich..\).*Searched: p, .*/\1/p' err)" "did you mean 'rich'?"
is "what is there" "$(grep -c 'Found: plain, rich, bare' err)" 1
ek plugins show >out
is "show without a name: status 2" $? 2
ek plugins list >out
is "another word: status 2" $? 2
ek plugins --man >out
is "--man without a name: status 2" $? 2
ek plugins show rich --man --json-schema --plugin-path p >out
is "two forms at once: status 2" $? 2
ek plugins --plugin-path nowhere >out
is "a folder that is not there: still a list" $? 0
is "and a warning" "$(cat err)" "warning: folder for plugins nowhere: no such folder"

# Where plugins are looked for, first to last.
mkdir env file
cp p/enrichkit-rich.so env/
cp p/enrichkit-rich.so file/
printf 'plugin_path: [file]\ncatalog: {items: x.jsonl}\n' >c.yaml
first()
{
  ek "$@" | sed -n 's/^File: //p'
}
is "--plugin-path is first" "$(ENRICHKIT_PLUGIN_PATH=env first plugins show plain -c c.yaml --plugin-path p)" "$work/p/enrichkit-rich.so"
is "then the file's" "$(ENRICHKIT_PLUGIN_PATH=env first plugins show plain -c c.yaml)" "$work/file/enrichkit-rich.so"
is "then the environment's" "$(ENRICHKIT_PLUGIN_PATH=:env first plugins show plain)" "$work/env/enrichkit-rich.so"
cp c.yaml enrichkit.yaml
is "./enrichkit.yaml counts" "$(first plugins show plain)" "$work/file/enrichkit-rich.so"
echo 'chian: []' >>enrichkit.yaml
ENRICHKIT_PLUGIN_PATH=env ek plugins show plain >out
is "a broken one does not stand in the way" $? 0
is "and is told" "$(grep -c 'enrichkit.yaml has errors' err)" 1
ek plugins show plain -c enrichkit.yaml >out
is "one that was named does" $? 2
rm enrichkit.yaml

# What a chain is told about its plugins, with the place in the file (configuration.md, section 5: messages 3, 4, 5, 6, 9).
mkdir plugins
cp p/enrichkit-rich.so plugins/
echo '{"asin": "A1", "title": "x", "category": ["Food"]}' >items.jsonl
# told WHAT YAML-OF-THE-STEP LINE...: check ends with 2 and says exactly these lines.
told()
{
  printf 'catalog: {items: items.jsonl}\nplugin_path: [plugins]\nchain:\n  - %s\n' "$2" >chain.yaml
  ek check -c chain.yaml >out
  is "$1" "$? $(cat err)" "2 $3"
}
installed=$("$top_builddir/enrichkit" --version | sed -n 's/^plugins in //p')
found=$(ek plugins --json --plugin-path plugins | sed -n 's/.*"id": "\([^"]*\)".*/\1/p' | paste -sd, - | sed 's/,/, /g')
told "a plugin that is not there" 'plugin: riche' "chain.yaml:4:13: error: no plugin named 'riche'
     4 |   - plugin: riche
       |             ^^^^^  help: did you mean 'rich'? Found: $found. Searched: plugins, $installed (use --plugin-path DIR for others)"
chmod 664 plugins/enrichkit-rich.so
told "a plugin that others can change" 'plugin: rich' "chain.yaml:4:13: error: plugin 'rich' refused: plugins/enrichkit-rich.so can be \
changed by others (mode 0664, group '$(id -gn)', owner '$(id -un)')
     4 |   - plugin: rich
       |             ^^^^  help: chmod go-w plugins plugins/enrichkit-rich.so"
chmod 644 plugins/enrichkit-rich.so
told "an option out of range" '{plugin: plain, options: {levels: 600}}' "chain.yaml:4:39: error: option 'levels' of plain is 600; it goes \
from 0 to 20
     4 |   - {plugin: plain, options: {levels: 600}}
       |                                       ^^^  help: levels: levels to take after those; 0: all"
told "an option that is not there" '{plugin: plain, options: {level: 6}}' "chain.yaml:4:31: error: unknown option 'level' of plain
     4 |   - {plugin: plain, options: {level: 6}}
       |                               ^^^^^  help: did you mean 'levels'?"

if command -v python3 >/dev/null; then
  for form in "--json" "show rich --json" "show rich --json-schema" "show bare --json-schema" "show plain --json-schema"; do
    ek plugins $form --plugin-path p >out
    run "plugins $form is JSON" python3 -m json.tool out
  done
else
  skip "the JSON forms can be read" "python3 is not installed"
fi
is "schema: one required" "$(ek plugins show rich --json-schema --plugin-path p | grep -c '"required": \["model"\]')" 1
is "schema: a secret must come from outside" \
  "$(ek plugins show rich --json-schema --plugin-path p | grep '"token"')" \
  '  "token": {"type": "string", "pattern": "\\$\\{", "description": "of the service"},'
is "json: defaults have their type" "$(ek plugins show rich --json --plugin-path p | grep -o '"default": \("[^"]*"\|\[[^]]*\]\|[a-z0-9.]*\)')" \
'"default": 0.5
"default": "250ms"
"default": "4K"
"default": true
"default": ["title", "a, b"]'

ek plugins show rich --man --plugin-path p >out.7
if command -v groff >/dev/null; then
  groff -man -Tascii -ww out.7 >page 2>err
  is "the manual page has no fault" "$(cat err)" ""
  is "and loses no line to roff" "$(sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' page | grep -c "so begins a line\|'Second', with a backslash: .n\.\|options: {model: ...}")" 3
else
  is "the manual page" "$(sed -n 1p out.7)" '.TH "enrichkit\-rich\-plugin" 7 "" "org.example.rich 1.2" "enrichkit plugins"'
fi

# Closed and full standard output.
if [ -w /dev/full ]; then
  "$top_builddir/enrichkit" plugins >/dev/full 2>err
  is "a full disk is told" "$? $(grep -c 'No space left' err)" "1 1"
fi
done_testing
