#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command line as it is used: help, options, --set, which configuration, check, sample, plugins, messages, exit
# statuses.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"

# json WHAT: the last run's stdout is one JSON text.
json()
{
  run "$1" "$jsonget" "$work/out"
}

# refused WHAT TEXT...: status 2, one message with these texts, nothing on stdout.
refused()
{
  refused_what=$1
  shift
  if [ "$status" = 2 ] && [ ! -s "$work/out" ] && [ "$(grep -c 'error: ' "$work/err")" = 1 ]; then
    says "$refused_what" "$@"
  else
    not_ok "$refused_what" "status $status
$(cat "$work/err" "$work/out")"
  fi
}

# ---- help and usage --------------------------------------------------------------------------------------------------
ek --help
ended "--help" 0
for command in run check plan enrich retry sample plugins; do
  grep -q "^  $command " "$work/out" || not_ok "--help names $command"
done
ek --version
ended "--version" 0
prints "--version: version, ABI, plugin folder" "enrichkit " "plugin ABI 1." "plugins in ${EK_BIN%/bin/enrichkit}"
ek --version --json
json "--version --json"
is "--version --json: the ABI" "$("$jsonget" "$work/out" abi)" "$("$EK_BIN" --version | sed -n 's/^plugin ABI //p')"
for command in run check plan enrich retry sample plugins; do
  ek $command --help
  ended "$command --help" 0
  prints "$command --help" "Usage: enrichkit $command" "Example:" "--set KEY=VALUE"
  ek --help $command
  ended "--help $command" 0
done
ek
refused "no command" "which command?" "help: see 'enrichkit --help'"
ek rum
refused "an unknown command" "no command 'rum'" "did you mean 'run'?"
ek --versoin
refused "an unknown common option" "unknown option '--versoin'" "did you mean '--version'?"
ek run --ot x
refused "an unknown option" "unknown option '--ot' of run" "did you mean '--out'?"
ek run --out
refused "an option without its value" "option --out needs a value"
ek run --strict=yes
refused "a switch with a value" "option --strict takes no value"
ek run items.jsonl
refused "an argument too many" "run takes no argument 'items.jsonl'" "--set catalog.items=PATH"
ek run --threads none
refused "a number that is none" "--threads is a whole number from 1, not 'none'"
ek --log-format xml run
refused "a choice that is none" "--log-format is text or json"
for command in model:classifiers new:authors test:authors tap:authors; do
  ek "${command%:*}" --out x
  refused "${command%:*} comes later" "'enrichkit ${command%:*}' comes with the ${command#*:} stage, which this build lacks"
done
ek run --until deploy
refused "--until deploy without deploy:" "'--until deploy': the configuration has no deploy: section" "engine personalize"
for command in deploy put-items put-users put-events policy destroy; do
  ek $command --help
  prints "$command --help" "Usage: enrichkit $command" "Example:" "--set KEY=VALUE"
done
for command in deploy put-items put-users put-events "policy --role" destroy; do
  # shellcheck disable=SC2086
  ek $command
  refused "$command with the engine local" "engine" "local"
done
ek policy
refused "policy of nobody" "whose policy?"
ek policy --role --caller
refused "policy of both" "--caller and --role are two policies"
ek destroy all
refused "destroy takes no argument" "destroy takes no argument 'all'" "--named NAME"
ek put-items --limit 0
refused "put-items --limit 0" "--limit is a whole number from 1, not '0'"
ek deploy --items x
refused "deploy knows no --items" "unknown option '--items' of deploy"
ek describe --engine cloud
refused "no such engine" "there is no engine 'cloud'" "--engine personalize"
ek run --until lunch
refused "--until something else" "there is no stage 'lunch'" "enrich, import, train, deploy"

# ---- which configuration ---------------------------------------------------------------------------------------------
gzip -dc "$sample/items.jsonl.gz" | head -n 50 >items.jsonl
printf 'name: file\ncatalog: {items: items.jsonl}\n' >c.yaml

# name: of the configuration that the last run took.
name()
{
  "$jsonget" "$1/report.json" name
}
ek run -c c.yaml --out out
ended "-c" 0
is "-c FILE" "$(name out)" file
is "no chain: one category step" "$("$jsonget" out/report.json 'steps[].name')" category
filter c.yaml run -c - --out out
ended "-c - is standard input" 0
is "-c -: the same rows" "$(name out | wc -l | tr -d ' ') $(wc -l <out/items.csv | tr -d ' ')" "1 51"
printf 'catalog: {items: "-"}\n' >dash.yaml
filter dash.yaml run -c - --out out
refused "-c - and items on standard input" "standard input is taken already, by the configuration"
ENRICHKIT_CONFIG=c.yaml "$EK_BIN" run --out out >"$work/out" 2>"$work/err" </dev/null
is "ENRICHKIT_CONFIG" "$? $(name out) $(cat "$work/err")" "0 file "
sed s/file/here/ c.yaml >enrichkit.yaml
ek run --out out
is "./enrichkit.yaml" "$status $(name out) $(cat "$work/err")" "0 here "
ENRICHKIT_CONFIG=c.yaml "$EK_BIN" run --out out >"$work/out" 2>"$work/err" </dev/null
is "ENRICHKIT_CONFIG comes before it" "$(name out)" file
ENRICHKIT_CONFIG=nope.yaml "$EK_BIN" run -c c.yaml --out out >"$work/out" 2>"$work/err" </dev/null
is "-c comes before that" "$? $(name out)" "0 file"
rm enrichkit.yaml
mkdir elsewhere
(cd elsewhere && "$EK_BIN" run >"$work/out" 2>"$work/err" </dev/null)
is "no configuration: the installed one" "$?" 0
says "no configuration: it is said which" "no configuration was named: using the installed default chain, " "/etc/enrichkit.yaml"
is "no configuration: the folder is made where one is" "$("$jsonget" elsewhere/enrichkit-out/report.json records.items.written)" 1993
ek run -q --out quiet
is "-q: errors only" "$status $(cat "$work/err")" "0 "
ek run -c c.yaml -c c.yaml --out out
refused "two configurations" "-c is given twice"
HOME=$(pwd -P) "$EK_BIN" run -c c.yaml --out=~/at-home >"$work/out" 2>"$work/err" </dev/null
is "--out=~/x is at home" "$(ls -d at-home '~' 2>/dev/null)" at-home
ek run -c nope.yaml
refused "no such configuration" "nope.yaml"
printf 'catalog: {items: items.jsonl\n' >broken.yaml
ek run -c broken.yaml
refused "broken YAML" "broken.yaml:"
printf 'chain: [{plugin: category}]\n' >empty.yaml
ek run -c empty.yaml
refused "a file without inputs" "catalog.items"
is "a file without inputs: no folder is made" "$(ls -d enrichkit-out 2>/dev/null)" ""
for what in 'tests: [{name: x}]:tests:authors'; do
  stage=${what##*:} rest=${what%:*}
  printf '%s\n' "catalog: {items: items.jsonl}" "${rest%:*}" >later.yaml
  ek run -c later.yaml
  ended "${rest##*:} comes later: status" 2
  says "${rest##*:} comes later: says when" "later.yaml:2:" "comes with the $stage stage, which this build lacks"
done

# ---- --set -----------------------------------------------------------------------------------------------------------
cat >set.yaml <<'YAML'
catalog:
  items: items.jsonl
  interactions: nowhere.jsonl
chain:
  - {plugin: category, options: {levels: 1}}
  - {plugin: category, name: again, options: {take: leaf}}
clean: {stop: [Tea]}
YAML
# set WHAT KEY-LINE ARGUMENT...: check --print then has such a line.
set_gives()
{
  set_what=$1 set_line=$2
  shift 2
  ek check -c set.yaml --set catalog.interactions= "$@" --print
  if [ "$status" = 0 ] && grep -Fxq -e "$set_line" "$work/out"; then ok "$set_what"; else not_ok "$set_what" "$(cat "$work/err")
$(grep -F -e "${set_line%%:*}:" "$work/out")"; fi
}
set_gives "--set: a value" "  max_labels: 7" --set merge.max_labels=7
set_gives "--set: the last wins" "  max_labels: 8" --set merge.max_labels=7 --set merge.max_labels=8
set_gives "--set=KEY=VALUE" "  max_labels: 9" --set=merge.max_labels=9
set_gives "--set: a list is replaced" "  stop: [Other, Misc]" --set 'clean.stop=[Other, Misc]'
set_gives "--set: an element by its name" "      levels: 3" --set 'chain[category].options.levels=3'
set_gives "--set: an element by its place" "      take: all" --set 'chain[1].options.take=all'
set_gives "--set: an element more" "  - plugin: category" --set 'chain[+]={plugin: category, name: third}'
set_gives "--set: a key that was not there" "  strategy: vote" --set merge.strategy=vote
set_gives "--set: a text with '='" '      id: ["=x=y"]' --set 'catalog.fields.items.id==x=y'
set_gives "--set: a name with a dot" "      sub: [\"['a.b']\"]" --set "catalog.fields.items.sub=['a.b']" --set "catalog.fields.items.sub=\"['a.b']\""
set_gives "--set: nothing restores the default" "  max_labels: 3" --set merge.max_labels=7 --set merge.max_labels=
set_gives "--set: null does so too" "  max_labels: 3" --set merge.max_labels=7 --set merge.max_labels=null
set_gives "--set: a path is relative to the current folder" "  dir: $(pwd -P)/x" --set output.dir=x
is "--set KEY= leaves an input out" "$(grep -c nowhere "$work/out")" 0
ek run -c set.yaml --out out
refused "without it the input is missed" "set.yaml:3:17: error: nowhere.jsonl: no such file"
ek check -c set.yaml --set catalog.interactions= --set merge.max_label=3
refused "--set: an unknown key" "--set merge.max_label=3: error: unknown key 'max_label' in 'merge'" "did you mean 'max_labels'?"
ek check -c set.yaml --set catalog.interactions= --set merge.max_labels=many
refused "--set: a value of another type" "--set merge.max_labels=many: error: "
ek check -c set.yaml --set catalog.interactions= --set 'chain[7].when=always'
ended "--set: past the end: status" 2
ek check -c set.yaml --set merge
refused "--set without a value" "no '=' in it" "write KEY=VALUE"
ek run -c set.yaml --set catalog.interactions= --set output.dir=by-set --out by-option
is "--out comes before --set" "$status $(ls -d by-set by-option 2>/dev/null | tr '\n' ' ')" "0 by-option "

# ---- plugins ---------------------------------------------------------------------------------------------------------
ek plugins
ended "plugins" 0
prints "plugins: what there is, and where" "category" "keywords" "${EK_BIN%/bin/enrichkit}"
ek plugins --json
json "plugins --json"
is "plugins --json: both" "$("$jsonget" "$work/out" 'plugins[].name' 'refused#' | tr '\n' ' ')" "category keywords random rekognition 0 "
for plugin in category keywords; do
  ek plugins show $plugin
  ended "plugins show $plugin" 0
  prints "plugins show $plugin: what the manual promises" "$plugin - " "bundled, ABI 1.0, in process)" "Reads " "Example:" "  - plugin: $plugin"
  ek plugins show $plugin --json
  json "plugins show $plugin --json"
  ek plugins show $plugin --json-schema
  json "plugins show $plugin --json-schema"
  is "plugins show $plugin --json-schema: closed" "$("$jsonget" "$work/out" type additionalProperties | tr '\n' ' ')" "object false "
  ek plugins show $plugin --man
  prints "plugins show $plugin --man" ".TH" ".SH"
done
ek plugins show keywordz
refused "plugins show: did you mean" "no plugin named 'keywordz'" "did you mean 'keywords'?" "Found: category, keywords"
mkdir own bad
cp "${EK_BIN%/bin/enrichkit}"/lib*/enrichkit/enrichkit-category.so own/ 2>/dev/null || cp "$EK_STAGE$EK_LIBDIR/enrichkit/enrichkit-category.so" own/
chmod 755 own && chmod 644 own/*
for how in "--plugin-path $(pwd)/own:" ":ENRICHKIT_PLUGIN_PATH=$(pwd)/own"; do
  # shellcheck disable=SC2086
  env ${how#*:} "$EK_BIN" ${how%:*} plugins --json >"$work/out" 2>"$work/err" </dev/null
  is "a folder of one's own comes first (${how%%[ =]*})" "$("$jsonget" "$work/out" 'plugins[0].path')" "$(pwd)/own/enrichkit-category.so"
done
printf 'not a plugin\n' >bad/enrichkit-bad.so
ek --plugin-path bad plugins
ended "a folder with something else: status" 0
prints "a folder with something else: refused, and why" "refused" "bad/enrichkit-bad.so"
ek --plugin-path nowhere plugins
says "a folder that is not there is said" "warning: " "nowhere"
chmod 666 own/enrichkit-category.so
ek run -c c.yaml --out out --plugin-path own --set 'chain[+]={plugin: categori}'
refused "a plugin that others may change is named with the chmod" "no plugin named 'categori'"
ek --plugin-path own plugins
prints "a plugin that others may change: the refusal" "can be changed by others (mode 0666" "help: chmod o-w own own/enrichkit-category.so"

# ---- plan and retry: a chain that only computes; others in net-*.sh ----------------------------------------------------
cat >words.yaml <<'YAML'
catalog: {items: items.jsonl, interactions: events.jsonl}
chain:
  - plugin: category
  - {plugin: category, name: leaf, when: no_labels, options: {take: leaf}}
output: {labels: true}
import: {min_interactions: 1}
train: {recipe: base}
arms: {one: {steps: [leaf]}}
YAML
awk 'BEGIN { for (i = 0; i < 1234; i++) printf "{\"user_id\":\"u%d\",\"asin\":\"a\",\"timestamp\":%d}\n", i % 9, 1600000000 + i }' >events.jsonl
ek plan -c words.yaml --out planned
ended "plan" 0
cat >picture <<TEXT
Reads    50 items ($(wc -c <items.jsonl | awk '{ printf "%.0f", $1 / 1000 }') kB)  1,234 interactions                  [counted]
Step     category   50 items     no calls
Step     leaf       50 items without labels     no calls
Writes   planned/: items.csv, interactions.csv, labels.jsonl, arms/one/items.csv     Imports local   Trains base
Nothing was asked, changed or paid.
TEXT
sed 's/^\(Step .* \) *[0-9]* item/\1N item/; s/ N/N/g' "$work/out" >got && sed 's/^\(Step .* \) *[0-9]* item/\1N item/; s/ N/N/g' picture >wanted
same "plan: the picture" got wanted
is "plan writes nothing" "$(ls -d planned enrichkit-out 2>/dev/null)" ""
ek plan -c words.yaml --limit 20 --until enrich --json
json "plan --json"
is "plan --limit --until --json" "$("$jsonget" "$work/out" reads.items.in reads.interactions.in 'steps[].name' 'steps[].network' imports trains | tr '\n' ' ')" \
  "20 20 category leaf false false - - "
filter events.jsonl plan -c words.yaml --set catalog.interactions=-
prints "plan: what cannot be read twice is not counted" "interactions from standard input"
ek plan -c words.yaml x
refused "plan of an argument" "plan takes no argument 'x'"
ek plan -c words.yaml --until lunch
refused "plan --until something else" "there is no stage 'lunch'"
ek plan -c words.yaml --set catalog.items=nope.jsonl
refused "plan of what is not there" "nope.jsonl: no such file"
printf '{"id":"A","category":["x","y"]}\n{"id":null}\n{"id":"B","categories":"z"}\n{"id":"C"}\n' >four.jsonl
ek run -c c.yaml --set catalog.items=four.jsonl --out again --limit 3
ended "a run with a reject" 0
sed -i '1,$s/z/zz/' four.jsonl
ek retry again
ended "retry" 0
is "retry: what the run had read, as it is now" "$(tr '\n' ' ' <again/items.csv)" "ITEM_ID,CATEGORY A,x|y B,zz "
is "retry: what had been rejected" "$("$jsonget" again/report.json retried rejects.total | tr '\n' ' ')" '{"total":1,"by_reason":{"no_id":1}} 1 '
prints "retry: and it says so" "Retried        1 record: 1 without id"
run "retry: the set is whole" "$verify" again
ek retry again/ --strict
ended "retry --strict" 3
ek retry
refused "retry of nothing" "retry of which run?"
ek retry again x
refused "retry of two" "retry takes one folder, not 'x' too"
ek retry again -c c.yaml
refused "retry with a configuration" "retry reads its configuration from the folder, not from 'c.yaml'"
ek retry nowhere
refused "retry of no folder" "no report.json in this folder"
filter four.jsonl run -c c.yaml --set catalog.items=- --out piped
ek retry piped
refused "retry of what came through a pipe" "the items came from standard input, which is gone" "give them again"
ek run -c c.yaml --set catalog.items=four.jsonl --set run.max_rejects=0 --out again
ended "a run that is stopped" 3
ek retry again
refused "retry of a stopped run" "did not end well (stopped_rejects)" "run it again with its configuration"
sed 's/^    name: category/&\n    options: {field: "***"}/' piped/run.yaml | sed 's|items: "-"|items: four.jsonl|' >stars && cp stars piped/run.yaml
ek retry piped
refused "retry: a secret that was not kept" "the secret 'field' was not kept here" "enrichkit run -c FILE --out piped"

# ---- the keys of steps that leave the machine --------------------------------------------------------------------------
ek check -c c.yaml --set 'chain=[{plugin: category, workers: 4}]'
refused "workers of a step that only computes" "step 'category' does not leave the machine, so it has no 'workers'" "run.threads"
ek check -c c.yaml --set 'network.allow=[127.0.0.1, "http://x"]'
refused "an exemption that is none" "'network.allow[1]'" "http://x"
ek run -c c.yaml --out out --set 'cache.path=no/such/x.db' --set 'network.record=tapes'
ended "a chain that only computes" 0
is "needs no cache and no tape, so none is made" "$(ls -d no tapes 2>/dev/null)" ""

# ---- check -----------------------------------------------------------------------------------------------------------
{
  echo 'sku;product_name;department;sub.department;picture;price_eur;added_on;descr'
  awk 'BEGIN { for (i = 1; i <= 150; i++) printf "S%d;name;Dep > Sub;%s;;%s;2020-01-01;text\n", i, i % 2 ? "x" : "", i % 4 ? "1.99" : "" }'
} >products.csv
printf 'customer;sku;ordered_at;amount;agent\nu1;S1;2020-01-01;5;\nu2;S2;2020-01-02;6;\n' >orders.csv
cat >shop.yaml <<'YAML'
catalog:
  items: products.csv
  interactions: orders.csv
  fields:
    items: {id: sku, title: product_name, category: department, subcategory: "['sub.department']", price: price_eur, created: added_on, description: descr}
    interactions: {user: customer, item: sku, time: ordered_at, event_type: "=purchase", event_value: amount, device: agent}
  columns:
    items:
      - {name: PRICE, field: price, type: float}
      - {name: CREATION_TIMESTAMP, field: created, type: timestamp}
      - {name: DESCRIPTION, field: description, type: string, textual: true}
    interactions:
      - {name: DEVICE, field: device, type: string, categorical: true}
chain:
  - {plugin: category, options: {separator: " > "}}
  - {plugin: category, name: sub, options: {field: subcategory}}
YAML
ek check -c shop.yaml
ended "check: status" 0
version=$("$EK_BIN" --version | sed -n '1s/enrichkit //p')
cat >picture <<TEXT
shop.yaml              ok   2 steps, 4 extra columns
plugins                ok   category $version (ABI 1.0)
products.csv           ok   CSV, ';', 8 columns   id 100%  price 75%  created 100%  description 100%  category 100%  subcategory 50%  (first 100 records)
orders.csv             ok   CSV, ';', 5 columns   user 100%  item 100%  time 100%  event_type 100%  event_value 100%  device 0%
ok, 1 warning
TEXT
same "check: the picture" "$work/out" picture
is "check: the warning" "$(cat "$work/err")" \
  "shop.yaml:13:9: warning: DEVICE is empty in all of the first 2 records (field 'device'; the columns are: customer, sku, ordered_at, amount, agent)"
ek check -c shop.yaml --strict
ended "check --strict: a warning is an error" 2
ek check -c shop.yaml --json
json "check --json"
is "check --json: what it found" "$("$jsonget" "$work/out" ok errors warnings 'checked[].what' | tr '\n' ' ')" \
  "true 0 1 shop.yaml plugins products.csv orders.csv "
is "check works on nothing" "$(ls -d enrichkit-out 2>/dev/null)" ""
ek check --set catalog.items=products.csv --set catalog.interactions=
ended "message 10: status" 2
says "message 10" "products.csv: error: no item id in the first 100 records (looked for: ITEM_ID, item_id, parent_asin, asin, ASIN, id, ID)" \
  "Columns seen: sku (100 distinct of 100), product_name, department, sub.department, picture, price_eur, added_on, descr" \
  "help: tell where the id is:   catalog: {fields: {items: {id: sku}}}      or  --set catalog.fields.items.id=sku"
ek run --set catalog.items=products.csv --set catalog.interactions= --out out10
ended "run refuses it before any work" 2
says "run: message 10 too" "--set catalog.fields.items.id=sku"
is "run: no folder is made" "$(ls -d out10 2>/dev/null)" ""
ek run --set catalog.items=products.csv --set catalog.interactions= --out out10 --set catalog.fields.items.id=sku
ended "the advice works" 0
is "the advice works: all rows" "$("$jsonget" out10/report.json records.items.in records.items.rejected | tr '\n' ' ')" "150 0 "
# Printed and read again, also from another folder, a configuration is the same; plugins' paths too.
printf 'dep\tDepartment\n' >words.tsv
sed '$a\  - {plugin: keywords, options: {file: words.tsv}}' shop.yaml >words.yaml
for file in shop.yaml words.yaml; do
  ek check -c $file --print
  ended "check --print of $file" 0
  cp "$work/out" elsewhere/printed.yaml
  (cd elsewhere && "$EK_BIN" check -c printed.yaml --print >again.yaml 2>"$work/err")
  sed 's/^name: printed$/name: shop/' elsewhere/again.yaml >again.yaml
  same "check --print of $file reads back as the same" again.yaml elsewhere/printed.yaml
done
ek run -c words.yaml --out out
is "run.yaml: its folder is absolute" "$(grep -c "^  dir: $(pwd -P)/out$" out/run.yaml)" 1
ek run -c out/run.yaml --out again
ended "run.yaml runs again" 0
same "run.yaml: the same rows" again/items.csv out/items.csv
ek check --schema
json "check --schema"
is "check --schema knows the sections" "$("$jsonget" "$work/out" properties.catalog properties.chain properties.clean >/dev/null && echo yes)" yes
ek check -c shop.yaml --no-create
ended "check --no-create" 0
printf 'catalog: {items: items.jsonl}\nchain: [{plugin: category, optons: {levels: 2}}, {plugin: nope}]\nmerge: {max_label: 1}\n' >wrong.yaml
ek check -c wrong.yaml
ended "several errors: status" 2
is "several errors are all shown" "$(grep -c 'error: ' "$work/err")" "$(grep -c . <<X
optons
max_label
X
)"
says "several errors: each with its place and help" "wrong.yaml:2:28: error: unknown key 'optons' in a step" "did you mean 'options'?" "wrong.yaml:3:" "did you mean 'max_labels'?"

# ---- sample ----------------------------------------------------------------------------------------------------------
ek sample "$sample/items.jsonl.gz" --seed 7
ended "sample" 0
cp "$work/out" first
prints "sample: how many, which one, what the map finds" "2,004 records" "items.jsonl.gz:" "  id           B0" "  title        "
ek sample "$sample/items.jsonl.gz" --seed 7
same "sample: the same seed, the same record" "$work/out" first
ek sample products.csv -c shop.yaml --seed 1 --json --count 3
json "sample --json"
is "sample --json: records, and fields with their paths" \
  "$("$jsonget" "$work/out" records 'sample#' 'sample[0].fields.id.path' 'sample[0].fields.category.values[0]' 'sample[0].fields.image.path' | tr '\n' ' ')" \
  "150 3 sku Dep > Sub null "
awk 'BEGIN { for (i = 0; i < 10; i++) printf "{\"id\":\"%d\"}\n", i }' >ten.jsonl
seed=0
while [ $seed -lt 200 ]; do
  "$EK_BIN" sample ten.jsonl --seed $seed -q </dev/null | sed -n 's/^ten.jsonl:\([0-9]*\):/\1/p'
  seed=$((seed + 1))
done >drawn
is "sample: every record is drawn, none far too often" "$(sort drawn | uniq -c | awk '$1 < 6 || $1 > 40 { bad = 1 } END { print NR, bad + 0 }')" "10 0"
ek sample ten.jsonl --count 100 --seed 1
is "sample: more than there are gives all, once each" "$(grep -c '^ten' "$work/out") $(grep '^ten' "$work/out" | sort -u | wc -l | tr -d ' ')" "10 10"
filter ten.jsonl sample - --seed 1
ended "sample -" 0
ek sample
refused "sample of nothing" "sample of which file or folder?"

# ---- enrich ----------------------------------------------------------------------------------------------------------
printf '{"id":"A","category":["x","y"]}\n{"id":null}\n{"id":"B","categories":"z"}\n' >three.jsonl
ek enrich -c c.yaml three.jsonl
ended "enrich" 0
is "enrich: rows" "$(tr '\n' ' ' <"$work/out")" "ITEM_ID,CATEGORY A,x|y B,z "
is "enrich: rejects are JSON lines on stderr" "$("$jsonget" --lines "$work/err" line reason)" "2${TAB}no_id"
ek enrich -c c.yaml three.jsonl --no-header --rejects rejects.jsonl
is "enrich --no-header --rejects" "$(tr '\n' ' ' <"$work/out") $("$jsonget" --lines rejects.jsonl line) $(cat "$work/err")" "A,x|y B,z  2 "
ek enrich -c c.yaml three.jsonl --format jsonl -o rows.jsonl
is "enrich --format jsonl -o" "$("$jsonget" --lines rows.jsonl .)" '{"ITEM_ID":"A","CATEGORY":["x","y"]}
{"ITEM_ID":"B","CATEGORY":["z"]}'
ek enrich -c c.yaml rows.jsonl
is "enrich reads its own rows" "$(tr '\n' ' ' <"$work/out")" "ITEM_ID,CATEGORY A,x|y B,z "
ek enrich -c c.yaml three.jsonl --strict --rejects rejects.jsonl
ended "enrich --strict" 3
ek enrich -c c.yaml three.jsonl --limit 1
is "enrich --limit" "$(tr '\n' ' ' <"$work/out")" "ITEM_ID,CATEGORY A,x|y "
ek enrich -c c.yaml three.jsonl items.jsonl
is "enrich of two files: the header once" "$(grep -c ITEM_ID "$work/out")" 1
printf 'chain: [{plugin: category}]\n' >chain.yaml
filter three.jsonl enrich -c chain.yaml -
is "enrich - with a chain alone" "$status $(tr '\n' ' ' <"$work/out")" "0 ITEM_ID,CATEGORY A,x|y B,z "
ek enrich -c chain.yaml nope.jsonl
refused "enrich of what is not there: no header either" "nope.jsonl: no such file"
ek enrich -c chain.yaml
refused "enrich of nothing" "there are no items to enrich"
is "enrich leaves nothing behind" "$(ls -d enrichkit-out 2>/dev/null)" ""

# ---- messages --------------------------------------------------------------------------------------------------------
ek run -c wrong.yaml --log-format json
ended "--log-format json: status" 2
is "--log-format json: members" "$("$jsonget" --lines "$work/err" level code file line column message help | head -n 1)" \
  "error${TAB}unknown_key${TAB}wrong.yaml${TAB}2${TAB}28${TAB}unknown key 'optons' in a step${TAB}did you mean 'options'?"
ek run -c c.yaml --log-format json --set catalog.items=nope
is "--log-format json: other errors" "$("$jsonget" --lines "$work/err" level code | head -n 1)" "error${TAB}no_such_file"
ek check -c shop.yaml --log-format json
is "--log-format json: warnings" "$("$jsonget" --lines "$work/err" level code line)" "warning${TAB}empty_column${TAB}13"
ek run -c c.yaml --out out --json
json "run --json"
cp "$work/out" printed.json
is "run --json is the report" "$("$jsonget" printed.json status records.items.in | tr '\n' ' ')" "done 50 "
ek rum --color always
is "--color always" "$(grep -c "$(printf '\033')" "$work/err")" 1
ek rum
is "no colour where there is no terminal" "$(grep -c "$(printf '\033')" "$work/err")" 0
ek run -c c.yaml --out out
prints "the summary" "Items            50 read = " " enriched + " "Steps         category " "Results        out/items.csv" "no import: section, stopping after enrich"
is "nothing but the result on stdout, nothing on stderr" "$(cat "$work/err")" ""
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then          # it is there, and there are terminals to be had
  TERM=xterm script -qec "'$EK_BIN' run -c c.yaml --out out" /dev/null </dev/null 2>/dev/null | tr '\r' '\n' >terminal
  is "progress on a terminal: one line a data set" "$(grep -c 'enrich *50 items *100% |####################|' terminal)" 1
  is "progress on a terminal: the summary stands below" "$(grep -c '^Items  *50 read' terminal)" 1
fi
ek run -c c.yaml --out out --yes --until enrich
ended "run --yes --until enrich" 0
done_testing
