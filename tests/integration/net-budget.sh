#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A budget is a clean stop before it is passed: by one step, by the run, across runs and kills; a higher one goes on.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start --rekognition-ms 5
net_chain "    workers: 16"
for i in $(seq 100); do item "B$i" "/images/$i.jpg"; done

ek run -c c.yaml --out out --set 'chain[look].budget=0.030 USD'
ended "stopped by the budget" 4
is "all of it was used, and no more" "$(paid)" 30
says "what it says" "stopped: the budget of step 'look' is reached: 0.03" "0.03 USD" "30 calls" "What is paid for is kept" "help: go on with" "chain[look].budget="
is "no CSV is published" "$(ls out/items.csv 2>/dev/null)" ""
is "the report: status, exit" "$("$jsonget" out/report.json status exit | tr '\n' ' ')" "stopped_budget 4 "
is "the report: in = the sum of outcomes" "$("$jsonget" out/report.json records.items.in records.items.enriched records.items.no_labels records.items.skipped \
  records.items.rejected records.items.duplicates records.items.not_done | tr '\n' ' ' | awk '{ print ($1 == $2 + $3 + $4 + $5 + $6 + $7), ($7 > 0) }')" "1 1"
ek run -c c.yaml --out out --set 'chain[look].budget=0.030 USD'
ended "the same again stops at once" 4
is "and asks for nothing" "$(paid)" 30
ek run -c c.yaml --out out --set 'chain[look].budget=0.0505 USD'
ended "a higher one goes on" 4
is "up to what it pays for" "$(paid)" 50
ek run -c c.yaml --out elsewhere --set 'chain[look].budget=0.010 USD'
is "another folder has its own ledger" "$status $(paid)" "4 60"
ek run -c c.yaml --out out --set 'chain[look].budget=1 USD'
ended "enough" 0
is "everything once" "$(paid)" 100
account "enough: every record is accounted for" out
is "each picture was paid for once" "$(asked '"to": "rekognition"' | tr -d ' ') $(sed -n 's/.*"picture": "\([0-9a-f]*\)".*"to": "rekognition".*/\1/p' "$fake_log" | sort -u | wc -l)" "100 100"
ek run -c c.yaml --out out --set 'chain[look].budget=0.001 USD'
ended "what is cached costs nothing, so any budget does" 0

# A run that stops, into the folder of one that ended well: no older report contradicts report.json.
is "reports of the run that ended well" "$(cd out && ls report.* | tr '\n' ' ')" "report.html report.json report.txt "
cp out/items.csv before.csv
echo mine >out/notes.txt
ek run -c c.yaml --out out --set 'chain[look].options={request: exact, max_labels: 9}' --set 'chain[look].budget=0.005 USD'
ended "stopped where an earlier run ended well" 4
is "its report.json" "$("$jsonget" out/report.json status)" stopped_budget
is "the other reports of the earlier run are gone" "$(cd out && ls report.*)" report.json
same "its rows stay" out/items.csv before.csv
is "and what is the user's own" "$(cat out/notes.txt)" mine
ek run -c c.yaml --out out --set 'chain[look].options={request: exact, max_labels: 9}' --set 'chain[look].budget=1 USD'
ended "and on to the end" 0
is "all reports are there again" "$(cd out && ls report.* | tr '\n' ' ')" "report.html report.json report.txt "

# The run's budget, two steps of it.
cp c.yaml two.yaml
cat >>two.yaml <<YAML
  - {plugin: rekognition, name: again, options: {request: exact}, budget: none}
run: {budget: 0.040 USD}
YAML
fake_forget
ek cache prune --older 0s
ek run -c two.yaml --out both
ended "the run's budget" 4
is "over all steps" "$(paid)" 40
# Prices are the configuration's; a budget in another currency is an error before any work.
fake_forget
ek run -c c.yaml --out prices --set 'chain[look].prices={image: 0.5 EUR, image_properties: 1 EUR}' --set 'chain[look].budget=1.6 EUR'
is "other prices" "$status $(paid)" "4 3"
ek run -c c.yaml --out prices --set 'chain[look].budget='
ended "no budget is an error" 2
says "and says which" "step 'look' costs money" "has no budget" "budget: none"
ek run -c c.yaml --out prices --set 'chain[look].budget=1 EUR'
ended "a budget in a currency without a price" 2
one_message "which is said once, not for each unit"
ek run -c c.yaml --out prices --set 'chain[look].prices={image: 0.5 EUR}' --set 'chain[look].budget=1 EUR'
ended "a budget in a currency that a unit has no price in" 2

# Killed on the way: what was spent is known all the same.
fake_forget
ek cache prune --older 0s
for round in 1 2 3 4 5; do
  "$EK_BIN" run -q -c c.yaml --out killed --set 'chain[look].budget=0.060 USD' >/dev/null 2>&1 </dev/null &
  pid=$!
  sleep 0.$((round * 3))
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
done
ek run -c c.yaml --out killed --set 'chain[look].budget=0.060 USD'
ended "killed five times, then stopped by the budget" 4
# Sixteen calls are in flight at most; what a kill cut off may have been paid for without being known.
is "never much over: what was in flight at a kill" "$(paid | awk '{ print ($1 >= 60 && $1 <= 60 + 5 * 16) }')" 1
done_testing
