#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What takes too long for "make check": make check TESTS=tests/long.sh. 200,000 generated items and 500,000 interactions
# give the same bytes with 1, 2, 3 and 7 threads, plain and packed, and every record is accounted for; memory stays where
# it is. Needs python3 and make_catalogue.py of $EK_SHARED.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
maker=$EK_SHARED/data/make_catalogue.py
[ -f "$maker" ] || skip_all "there is no $maker"
command -v python3 >/dev/null 2>&1 || skip_all "python3 is not installed"
n_items=${EK_LONG_ITEMS:-200000}

cat >c.yaml <<YAML
catalog:
  items: made/items
  interactions: made/reviews
  columns:
    items: [{name: PRICE, field: price, type: float}, {name: TITLE, field: title, textual: true}]
chain:
  - {plugin: category, options: {take: all}}
  - {plugin: keywords, when: labels < 2, options: {file: $etc/keywords.tsv, fields: [title, description]}}
merge: {strategy: confidence, max_labels: 5}
output: {labels: true}
YAML

# make_it STYLE: the catalogue, a few of its lines spoilt.
make_it()
{
  rm -rf made
  python3 "$maker" --items "$n_items" --interactions $((n_items * 5 / 2)) --seed 7 --style "$1" --out made >"$work/made" 2>&1 || {
    not_ok "make_catalogue.py --style $1" "$(cat "$work/made")"
    return 1
  }
  mkdir made/items made/reviews
  mv made/interactions.json made/reviews/
  awk 'NR % 997 == 1 { print "{\"asin\": \"spoilt line" } { print }' made/items.json >made/items/items.json
}

same_set()
{
  for file in items.csv interactions.csv labels.jsonl rejects.jsonl items.schema.json interactions.schema.json; do
    cmp -s "$2/$file" "$3/$file" || { not_ok "$1" "$file differs: $(cmp "$2/$file" "$3/$file" 2>&1)"; return; }
  done
  ok "$1"
}

for style in 2018 2014; do
  make_it $style || continue
  for threads in 1 2 3 7; do
    rm -rf out
    ek run -c c.yaml --out out --threads $threads
    ended "$style, $threads threads" 0
    if [ $threads = 1 ]; then
      mv out one
      account "$style: every record is accounted for" one
      is "$style: what was read" "$("$jsonget" one/report.json records.items.in)" "$(wc -l <made/items/items.json | tr -d ' ')"
      is "$style: the spoilt lines are rejected" "$("$jsonget" one/report.json records.items.rejected)" "$(grep -c '^{.asin.: .spoilt line$' made/items/items.json)"
    else
      same_set "$style, $threads threads: the same bytes" out one
    fi
    # 40 bytes an item for the ids.
    [ "${EK_SANITIZED:-}" = 1 ] || run "$style, $threads threads: memory" \
      test "$("$jsonget" "$([ $threads = 1 ] && echo one || echo out)/report.json" peak_rss_bytes)" -lt $((64000000 + 40 * n_items))
  done
  if [ $style = 2018 ]; then
    gzip -1 made/items/items.json
    ek run -c c.yaml --out out --threads 2
    ended "packed" 0
    for file in items.csv labels.jsonl; do same "packed: the same $file" out/$file one/$file; done
  fi
  rm -rf one
done
done_testing
