#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# etc/notebook.yaml gives what the original notebook's Method 1 and its interactions export gave, byte for byte: Python's
# rules for numbers, keys by presence, csv.unix_dialect. tests/data/notebook/*.csv were made by notebook-loop.py.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
data=$top_srcdir/tests/data/notebook

# export ITEMS INTERACTIONS
export_csv()
{
  rm -rf out
  ek run -c "$etc/notebook.yaml" --out out --set "catalog.items=$1" --set "catalog.interactions=$2"
}

export_csv "$data/items" "$data/interactions"
ended "hand-made records" 0
same "items.csv, byte for byte" out/items.csv "$data/items.csv"
same "interactions.csv, byte for byte" out/interactions.csv "$data/interactions.csv"
is "nothing is rejected" "$(wc -c <out/rejects.jsonl | tr -d ' ')" 0
is "the label column is not null, as the notebook's schema has it" "$("$jsonget" out/items.schema.json 'fields[1].type')" string
is "and EVENT_VALUE is a float" "$("$jsonget" out/interactions.schema.json 'fields[4].type')" float
cp out/items.csv all.csv

# The two exceptions: a record without a usable id is rejected, empty texts in a list are dropped.
cat >odd.json <<'JSONL'
{"asin":"A","category":["","a","","b","c"]}
{"asin":null,"category":["a"]}
{"category":["a"]}
{"asin":"","category":["a"]}
{"asin":true,"category":["a"]}
{"asin":1.5,"category":["a"]}
{"asin":"B","category":"a||b"}
{"asin":"C","category":[""]}
JSONL
cat >odd-events.json <<'JSONL'
{"reviewerID":null,"asin":"A","unixReviewTime":1,"overall":5}
{"reviewerID":"U","asin":"","unixReviewTime":2,"overall":5}
{"reviewerID":"U","asin":"A","unixReviewTime":3,"overall":5}
{"reviewerID":"U","unixReviewTime":4,"overall":5}
{"reviewerID":"U","asin":"A","unixReviewTime":5,"overall":5}
{"reviewerID":"U","asin":"A","unixReviewTime":6,"overall":5}
JSONL
rm -rf out
ek run -c "$etc/notebook.yaml" --out out --set catalog.items=odd.json --set catalog.interactions=odd-events.json --set run.max_rejects=100%
is "exceptions: the rows" "$(tr '\n' ' ' <out/items.csv)" '"ITEM_ID","CATEGORY" "A","a|b|c" "B","a|b" "C","" '
is "exceptions: the rejects" "$("$jsonget" --lines out/rejects.jsonl line reason | tr '\t\n' ': ')" \
  "2:no_id 3:no_id 4:no_id 5:bad_id 6:bad_id 1:no_id 2:no_id 4:no_id "
is "exceptions: interactions" "$(cut -d, -f3 out/interactions.csv | tr '\n' ' ')" '"TIMESTAMP" "3" "5" "6" '

# The whole, where Python and genuine records are.
if command -v python3 >/dev/null 2>&1; then
  loop=$top_srcdir/tests/integration/notebook-loop.py
  for what in items interactions; do
    python3 "$loop" $what "$data/$what" >made.csv 2>"$work/python"
    same "the yardstick still makes the committed $what.csv" made.csv "$data/$what.csv"
  done
  raw=$EK_SHARED/data/raw-samples/2018
  if [ -d "$raw" ]; then
    mkdir items events
    cp "$raw/meta_Magazine_Subscriptions.rev1.json.gz" items/
    cp "$raw/Magazine_Subscriptions_5.json.gz" events/
    export_csv items events
    ended "magazines" 0
    for what in items:items interactions:events; do
      python3 "$loop" "${what%:*}" "${what#*:}" >made.csv 2>"$work/python"
      same "magazines: ${what%:*}.csv, byte for byte" "out/${what%:*}.csv" made.csv
    done
    is "magazines: every line has a row" "$(wc -l <out/items.csv) $(wc -l <out/interactions.csv)" "3386 2376"
  fi
fi
done_testing
