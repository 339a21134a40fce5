#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job against its peers, in turns: bench/enrich.sh WORK-DIR [items|gzip|reviews|memory|step|all]
#
# Needs the peers beside the checkout (../shared/bench), g++ with libsimdjson-dev, igzip (package isal), python3; DuckDB where
# node and npm have @duckdb/node-api in WORK-DIR/mods. ENRICHKIT: the program under test (default: build/enrichkit as built here).
# ROUNDS: of each pairing (default 9).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
peers=${PEERS:-$top/../shared/bench}
work=${1:?usage: bench/enrich.sh WORK-DIR [WHAT]}
what=${2:-all}
rounds=${ROUNDS:-9}
bin=${ENRICHKIT:-$top/build-quick/prefix/bin/enrichkit}
[ -d "$peers" ] || { echo "bench: the peers are not there: $peers" >&2; exit 2; }
[ -x "$bin" ] || { echo "bench: no program at $bin (set ENRICHKIT)" >&2; exit 2; }
mkdir -p "$work"
cd "$work"

[ -f items.json ] || python3 "$peers/gen.py" items --n 200000 --out items.json
[ -f limit_simdjson ] || g++ -O3 -march=native -std=c++17 "$peers/limit_simdjson.cpp" -o limit_simdjson -lsimdjson -lpthread
cat >category.yaml <<YAML
catalog: {items: items.json}
chain: [{plugin: category}]
output: {csv: rfc4180, quote: all}
YAML
sed 's/\[{plugin: category}\]/[{plugin: category}, {plugin: category, name: again, options: {field: date}}]/' category.yaml >two.yaml
run="$bin run -q --out"
duck=
[ ! -d mods/node_modules/@duckdb ] || duck=yes

items() {
  echo "== 200,000 items of the 2018 form, plain"
  set -- limit="./limit_simdjson items items.json limit.csv" \
    enrichkit-1="$run out1 -c category.yaml --threads 1" enrichkit-2="$run out2 -c category.yaml --threads 2" \
    notebook="python3 $peers/m1_notebook.py items items.json notebook.csv"
  [ -z "$duck" ] || set -- "$@" duckdb-1="MODULES=$PWD/mods node $peers/m1_duckdb.mjs items items.json duck.csv 1"
  python3 "$here/pairs.py" -n "$rounds" "$@"
}
gzipped() {
  [ -f items.json.gz ] || gzip -6 -k items.json
  echo "== the same, gzip"
  python3 "$here/pairs.py" -n "$rounds" igzip+limit="igzip -dc items.json.gz | ./limit_simdjson items - limit.csv" \
    enrichkit-1="$run outgz1 -c category.yaml --set catalog.items=items.json.gz --threads 1" \
    enrichkit-2="$run outgz2 -c category.yaml --set catalog.items=items.json.gz --threads 2"
}
reviews() {
  [ -f reviews.json ] || python3 "$peers/gen.py" reviews --n 2000000 --out reviews.json
  printf 'catalog: {interactions: reviews.json}\noutput: {csv: rfc4180, quote: all}\n' >reviews.yaml
  echo "== 2,000,000 reviews"
  python3 "$here/pairs.py" -n "$rounds" limit="./limit_simdjson reviews reviews.json limit-reviews.csv" \
    enrichkit-1="$run outr1 -c reviews.yaml --threads 1" enrichkit-2="$run outr2 -c reviews.yaml --threads 2"
}
memory() {
  [ -f items20k.json ] || head -n 20000 items.json >items20k.json
  [ -f items2m.json ] || python3 "$peers/gen.py" items --n 2000000 --out items2m.json
  echo "== peak memory from 20,000 to 2,000,000 items, without and with the duplicate check"
  for d in all first; do
    python3 "$here/pairs.py" -n 1 --warm 0 "$d-20k=$run outm -c category.yaml --threads 2 --set catalog.items=items20k.json --set catalog.duplicates=$d" \
      "$d-2m=$run outm -c category.yaml --threads 2 --set catalog.items=items2m.json --set catalog.duplicates=$d"
  done
}
step() {
  # The second step reads `date` (28 values), one label an item, cleaned and merged; the first run projects it too,
  # as a column, so that only the step differs.
  sed 's/^catalog: .*/catalog: {items: items.json, columns: {items: [{name: DATE, field: date, type: string}]}}/' category.yaml >one-step.yaml
  sed 's/^catalog: .*/catalog: {items: items.json, columns: {items: [{name: DATE, field: date, type: string}]}}/' two.yaml >two-steps.yaml
  echo "== one more compute-only step: (cpu of two - cpu of one) / 200,000 items"
  python3 "$here/pairs.py" -n "$rounds" one-step="$run outs1 -c one-step.yaml --threads 1" \
    two-steps="$run outs2 -c two-steps.yaml --threads 1" | tee step.txt
  awk '$1 == "one-step" {a = $3} $1 == "two-steps" {b = $3} END {printf "%.0f ns an item\n", (b - a) / 200000 * 1e9}' step.txt
}

case $what in
  items|reviews|memory|step) $what ;;
  gzip) gzipped ;;
  all) items; gzipped; reviews; step; memory ;;
  *) echo "bench: items, gzip, reviews, memory, step or all, not '$what'" >&2; exit 2 ;;
esac
