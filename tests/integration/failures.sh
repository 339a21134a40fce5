#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Plugins that fail in a whole run: on_error, retries, what is not done, and when too many are too many.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"

mkdir plugins
cp "$top_builddir"/tests/plugin/plugins/.libs/enrichkit-*.so plugins/
chmod 755 plugins plugins/*
awk 'BEGIN { for (i = 0; i < 100; i++) printf "{\"id\":\"I%02d\",\"category\":[\"c%d\"],\"title\":\"t\"}\n", i, i % 3 }' >items.jsonl
cat >c.yaml <<'YAML'
plugin_path: [plugins]
catalog: {items: items.jsonl}
chain:
  - {plugin: category}
  - {plugin: failing, options: {field: title, how: item_error, only: "7"}}
output: {labels: true}
YAML

# try ARGUMENT...: a run, with two threads.
try()
{
  rm -rf out
  ek run -c c.yaml --out out --threads 2 "$@"
}

# items: in, enriched, no_labels, rejected, not_done, written, kept_failures
items()
{
  "$jsonget" out/report.json records.items.in records.items.enriched records.items.no_labels records.items.rejected \
    records.items.not_done records.items.written records.items.kept_failures | tr '\n' ' '
}

try
ended "on_error: reject: status" 0
account "on_error: reject: the books" out
is "on_error: reject: ten of a hundred" "$(items)" "100 90 0 10 0 90 0 "
is "on_error: reject: the first reject" \
  "$(head -n 1 out/rejects.jsonl | "$jsonget" - file line item step plugin reason message attempts kept input | tr '\n' '|')" \
  'items.jsonl|8|I07|failing|failing|plugin_error|failed as asked|1|false|{"id":"I07","category":["c1"],"title":"t"}|'
is "on_error: reject: no row, no line in labels.jsonl" "$(grep -c '^I.7,' out/items.csv) $(grep -c '"I.7"' out/labels.jsonl)" "0 0"
is "the step's books" "$("$jsonget" out/report.json 'steps[1].items' 'steps[1].labels' 'steps[1].failed' | tr '\n' ' ')" "100 90 10 "
try --strict
ended "--strict: status 3" 3

try --set 'chain[failing].on_error=continue'
ended "on_error: continue: status" 0
account "on_error: continue: the books" out
is "on_error: continue: all have rows" "$(items)" "100 100 0 0 0 100 10 "
is "on_error: continue: with the other steps' labels" "$(grep '^I07,' out/items.csv)" "I07,c1"
is "on_error: continue: what was emitted before the failure is dropped" "$(grep -c emitted out/items.csv)" 0
is "on_error: continue: the reject says so" "$("$jsonget" --lines out/rejects.jsonl kept | sort | uniq -c | tr -s ' ')" " 10 true"
try --strict --set 'chain[failing].on_error=continue'
ended "on_error: continue, --strict: a kept failure counts" 3
try --set 'chain[failing].on_error=continue' --set 'chain=[{plugin: failing, on_error: continue, options: {only: "7"}}]'
is "on_error: continue alone: no labels are left" "$(items)" "100 90 10 0 0 100 10 "

try --set 'chain[failing].on_error=stop'
ended "on_error: stop: status" 1
one_message "on_error: stop: one message"
says "on_error: stop: which item and step" "failing" "I07" "failed as asked"
is "on_error: stop: no CSV" "$(ls out)" "rejects.jsonl
report.json"
is "on_error: stop: the report" "$("$jsonget" out/report.json status exit | tr '\n' ' ')" "failed 1 "
# shellcheck disable=SC2046
set -- $("$jsonget" out/report.json records.items.in records.items.enriched records.items.no_labels records.items.skipped records.items.rejected records.items.duplicates records.items.not_done)
is "on_error: stop: what was read is accounted for" $(($2 + $3 + $4 + $5 + $6 + $7)) "$1"

for how in fatal exit_thread; do
  try --set "chain[failing].options.how=$how"
  ended "$how: status" 1
  one_message "$how: one message"
  is "$how: no CSV" "$(ls out/items.csv 2>/dev/null)" ""
done
for how in create:2 create_silent:2 create_exit:1; do
  try --set "chain[failing].options.how=${how%:*}"
  ended "$how: before any work" "${how#*:}"
  is "$how: no folder" "$(ls -d out 2>/dev/null)" ""
done
for how in bad_empty bad_utf8 bad_nul bad_nan bad_confidence bad_parent unknown unset silent; do
  try --set "chain[failing].options.how=$how" --set run.max_rejects=100%
  ended "$how: the others go on" 0
  account "$how: the books" out
done
for how in no_labels skipped ok_empty; do
  try --set "chain=[{plugin: failing, options: {only: \"7\", how: $how}}]"
  ended "$how: no failure" 0
  account "$how: the books" out
done

# ---- retries, time ---------------------------------------------------------------------------------------------------
retry='--set chain[failing].options.how=retry --set chain[failing].retry.first_delay=1ms --set chain[failing].retry.max_delay=2ms'
# shellcheck disable=SC2086
try $retry --set 'chain[failing].options.times=2'
ended "EK_RETRY, and then well: status" 0
is "EK_RETRY, and then well: nobody is lost" "$(items)" "100 100 0 0 0 100 0 "
is "EK_RETRY, and then well: retries are counted" "$("$jsonget" out/report.json 'steps[1].retries')" 20
# shellcheck disable=SC2086
try $retry --set 'chain[failing].retry.attempts=3'
is "EK_RETRY for ever: rejected after the attempts" "$(items)" "100 90 0 10 0 90 0 "
is "EK_RETRY for ever: how many" "$("$jsonget" --lines out/rejects.jsonl attempts | sort -u)" 3
try --limit 8 --set 'chain=[{plugin: sleepy, timeout: 20ms, options: {max: 10s}, retry: {attempts: 1}}]' --set run.max_rejects=100%
ended "a call whose time is over: status" 0
account "a call whose time is over: the books" out
is "a call whose time is over: rejected" "$("$jsonget" --lines out/rejects.jsonl reason attempts | sort -u | tr '\t' ' ')" "timeout 1"

# ---- one step in many forms: equal rows -----------------------------------------------------------------------------
for plugin in 'plugin: category' 'plugin: batch' 'plugin: sleepy, options: {max: 3ms}' 'plugin: overlap-parallel' 'plugin: overlap-instance' 'plugin: overlap-process'; do
  for threads in 1 3; do
    try --set "chain=[{$plugin}]" --threads $threads
    ended "$plugin, $threads threads" 0
    [ -e rows.csv ] || cp out/items.csv rows.csv    # of category
    same "$plugin, $threads threads: the same rows" out/items.csv rows.csv
  done
done

# ---- too many rejects ------------------------------------------------------------------------------------------------
# Judged at exactly record 1,000, whatever the threads: 600 of the first 1,000 are bad, none of the rest.
awk 'BEGIN { for (i = 1; i <= 5000; i++) print (i > 400 && i <= 1000 ? "{\"id\":null}" : "{\"id\":\"" i "\"}") }' >late.jsonl
for threads in 1 2 7; do
  try --set 'chain=[{plugin: category}]' --set catalog.items=late.jsonl --threads $threads
  ended "600 of the first 1,000, $threads threads: status" 3
  is "600 of the first 1,000, $threads threads: the message" "$(sed -n 's/.*error: \(.*\)\. Nothing was written/\1/p' "$work/err")" \
    "600 of the first 1,000 records were rejected (limit 50 %): 600 no_id"
  is "600 of the first 1,000, $threads threads: exactly so many are counted" \
    "$("$jsonget" out/report.json status exit records.items.in records.items.rejected | tr '\n' ' ')$(wc -l <out/rejects.jsonl | tr -d ' ')" "stopped_rejects 3 1000 600 600"
done
try --set 'chain=[{plugin: category}]' --set catalog.items=late.jsonl --set run.max_rejects=60%
ended "60 % are not more than 60 %" 0
# The other way round: after record 1,000 only the whole counts.
awk 'BEGIN { for (i = 1; i <= 4000; i++) print (i > 1000 && i <= 2900 ? "{\"id\":null}" : "{\"id\":\"" i "\"}") }' >early.jsonl
try --set 'chain=[{plugin: category}]' --set catalog.items=early.jsonl
ended "1,900 of 4,000, all behind the first 1,000: done" 0
printf 'user,item,time\n' >bad.csv
try --set 'chain=[{plugin: category}]' --set catalog.interactions=bad-events.jsonl
ended "interactions that are not there: status 2" 2
printf '{"reviewerID":"u","asin":"I1","unixReviewTime":"x"}\n{"reviewerID":"u","asin":"I1","unixReviewTime":1}\n{"reviewerID":"u","asin":"I1"}\n' >bad-events.jsonl
try --set 'chain=[{plugin: category}]' --set catalog.interactions=bad-events.jsonl
ended "items and interactions are judged apart: status 3" 3
says "items and interactions are judged apart" "2 of the first 3 interactions were rejected (limit 50 %): 2 bad_value"
is "items and interactions are judged apart: no CSV at all" "$(ls out/*.csv 2>/dev/null)" ""
done_testing
