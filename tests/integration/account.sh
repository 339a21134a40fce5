#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# report.json accounts for every record, on the bundled sample and on what genuine catalogues there are.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"

# run_on WHAT ITEMS INTERACTIONS ARGUMENT...: "" leaves one out. The reports say how much was read.
run_on()
{
  run_what=$1 run_items=$2 run_interactions=$3
  shift 3
  rm -rf out
  ek run -c "$work/chain.yaml" --out out --set "catalog.items=$run_items" --set "catalog.interactions=$run_interactions" "$@"
  if [ "$status" != 0 ]; then not_ok "$run_what" "status $status: $(cat "$work/err")"; return; fi
  account "$run_what: every record is accounted for" out
  for run_kind in items interactions; do
    "$jsonget" out/report.json records.$run_kind >/dev/null || continue
    is "$run_what: $run_kind that were read" "$("$jsonget" out/report.json records.$run_kind.in)" "$(eval "echo \$expect_$run_kind")"
  done
}

# Two steps, so that the books of more than one are looked at; an interaction alone is read without.
cat >"$work/chain.yaml" <<YAML
chain:
  - plugin: category
  - plugin: keywords
    when: labels < 2
    options: {file: $etc/keywords.tsv, fields: [title, description]}
YAML

# ---- the bundled sample ---------------------------------------------------------------------------------------------
expect_items=2004 expect_interactions=12000
run_on "sample" "$sample/items.jsonl.gz" "$sample/interactions.jsonl.gz"
is "sample: as sample/README has it" "$(records items out)" "2004 1993 0 0 4 7 0 1993"
is "sample: the reasons" "$("$jsonget" out/report.json rejects.by_reason)" '{"no_id":3,"bad_record":1}'
is "sample: items.csv has the rows that the report says" "$(($(wc -l <out/items.csv) - 1))" 1993
is "sample: interactions.csv too" "$(($(wc -l <out/interactions.csv) - 1))" 12000
is "sample: labels.jsonl is not written unless asked for" "$(ls out/labels.jsonl 2>/dev/null)" ""
cp -R out whole
run_on "sample, all duplicates kept" "$sample/items.jsonl.gz" "" --set catalog.duplicates=all
is "sample, all duplicates kept" "$(records items out)" "2004 2000 0 0 4 0 0 2000"
account_drop=1
run_on "sample, items without labels left out" "$sample/items.jsonl.gz" "" --set 'chain=[{plugin: category}]' --set output.no_labels=drop \
  --set output.labels=true
account_drop=0
is "sample, items without labels left out" "$(records items out)" "2004 1702 291 0 4 7 0 1702"
is "sample, items without labels left out: labels.jsonl has no line for them" "$(wc -l <out/labels.jsonl)" 1702
is "sample, items without labels left out: nor has items.csv a row" "$(($(wc -l <out/items.csv) - 1))" 1702
expect_items=500 expect_interactions=500
run_on "sample, --limit 500" "$sample/items.jsonl.gz" "$sample/interactions.jsonl.gz" --limit 500

# The books are really looked at.
for tamper in 's/"in": 2004, "enriched"/"in": 2005, "enriched"/' 's/"labels": 1702, /"labels": 1703, /' 's/"no_id": 3/"no_id": 4/' \
  's/"rows": 1993/"rows": 1992/' 's/"sha256": "[0-9a-f]/"sha256": "x/' 's/"not_asked": 0/"not_asked": 1/'; do
  rm -rf bad && cp -R whole bad && sed "$tamper" whole/report.json >bad/report.json
  account_wrong=
  account_judge bad
  is "the books show it: $tamper" "${account_wrong:+shown}" shown
done

# Several files in one run, and all three kinds.
mkdir "$work/folder"
gzip -dc "$sample/items.jsonl.gz" >"$work/all"
head -n 1000 "$work/all" | gzip -n >"$work/folder/b.jsonl.gz"
tail -n +1001 "$work/all" >"$work/folder/a.jsonl"
printf 'USER_ID,AGE\nu1,7\nu2,\nu1,9\n,3\n' >"$work/users.csv"
rm -rf out
ek run -c "$work/chain.yaml" --out out --set "catalog.items=$work/folder" --set "catalog.interactions=$sample/interactions.jsonl.gz" \
  --set "catalog.users=$work/users.csv" --set run.max_rejects=100%
ended "three kinds, and a folder" 0
account "three kinds, and a folder: every record is accounted for" out
is "a folder: each file with its records, in order of names" "$("$jsonget" out/report.json 'records.items.files[].in' | tr '\n' ' ')" "1004 1000 "
is "users: repeated and rejected ones are told apart" \
  "$("$jsonget" out/report.json records.users.in records.users.written records.users.rejected records.users.duplicates | tr '\n' ' ')" "4 2 1 1 "

# ---- genuine records, where they are --------------------------------------------------------------------------------
data=$EK_SHARED/data
if [ -d "$data/raw-samples" ]; then
  raw=$data/raw-samples
  # READ ITEMS INTERACTIONS EXPECTED: as data/README.md counts them.
  expect_items=100 expect_interactions=100
  run_on "2014" "$raw/2014/meta_Musical_Instruments_first100.loose.json" "$raw/2014/reviews_Musical_Instruments_first100.json"
  is "2014: the format is seen" "$("$jsonget" out/report.json 'records.items.files[].format')" loose
  expect_items=18345 expect_interactions=111
  run_on "2014, projected" "$raw/2014/items_Sports_and_Outdoors_projected.json.gz" "$raw/2014/reviews_Grocery_and_Gourmet_Food_5_first111.json"
  expect_items=3385 expect_interactions=2375
  run_on "2018" "$raw/2018/meta_Magazine_Subscriptions.json.gz" "$raw/2018/Magazine_Subscriptions_5.json.gz"
  is "2018: repeated ids" "$("$jsonget" out/report.json records.items.duplicates)" 1065
  run_on "2018, first revision" "$raw/2018/meta_Magazine_Subscriptions.rev1.json.gz" "$raw/2018/Magazine_Subscriptions_5.json.gz"
  expect_items=44 expect_interactions=13
  run_on "2023" "$raw/2023/meta_rebuilt.jsonl" "$raw/2023/reviews_rebuilt.jsonl"
  is "2023: times in milliseconds are seen" "$(awk -F, 'NR > 1 && length($3) != 10' out/interactions.csv)" ""
  expect_items=8713 expect_interactions=151254
  run_on "grocery" "$data/grocery/meta.jsonl.gz" "$data/grocery/reviews.jsonl.gz"
  run_on "grocery, as CSV" "$data/grocery/meta.jsonl.gz" "$data/grocery/interactions-noevent.csv.gz"
  expect_items=11924 expect_interactions=167597
  run_on "toys" "$data/toys/meta.jsonl.gz" "$data/toys/reviews.jsonl.gz"
  expect_items=9742 expect_interactions=100836
  run_on "movielens" "$data/movielens-small/movies.csv.gz" "$data/movielens-small/ratings.csv.gz" --set catalog.fields.items.id=movieId \
    --set catalog.fields.interactions.user=userId --set catalog.fields.interactions.item=movieId
  is "movielens: genres are labels" "$(sed -n 2p out/items.csv)" "1,Adventure|Animation|Children"
  run_on "movielens, as it was written for Personalize" "$data/movielens-small/personalize-item-meta.csv.gz" "" \
    --set catalog.fields.items.category=GENRE
  for shop in apparel home-and-garden jewelery; do
    expect_items=$(csv_records "$data/catalogues/shopify/$shop.csv")
    run_on "shopify $shop" "$data/catalogues/shopify/$shop.csv" "" --set catalog.fields.items.id=Handle \
      --set catalog.fields.items.category=Type --set catalog.fields.items.title=Title
    is "shopify $shop: variants repeat an id" "$([ "$("$jsonget" out/report.json records.items.duplicates)" -gt 0 ] && echo yes)" yes
  done
fi
done_testing
