#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The bundled sample is what tools/make-sample makes, and holds what sample/README says.
. "${top_srcdir:?}/tests/integration/lib.sh"
sample=$top_srcdir/sample

is "2,004 item lines" "$(gzip -dc "$sample/items.jsonl.gz" | wc -l | tr -d ' ')" 2004
is "12,000 interactions" "$(gzip -dc "$sample/interactions.jsonl.gz" | wc -l | tr -d ' ')" 12000
is "7 repeated lines" "$(gzip -dc "$sample/items.jsonl.gz" | sort | uniq -d | wc -l | tr -d ' ')" 7
size=$(cat "$sample"/*.gz | wc -c)
run "less than 500 kB in all" test "$size" -lt 500000

if command -v python3 >/dev/null 2>&1; then
  mkdir "$work/made"
  run "tools/make-sample runs" python3 "$top_srcdir/tools/make-sample" "$work/made"
  for name in items interactions; do
    gzip -dc "$sample/$name.jsonl.gz" >"$work/committed"
    gzip -dc "$work/made/$name.jsonl.gz" >"$work/again"
    run "it makes the same $name" cmp "$work/committed" "$work/again"
  done
else
  skip "tools/make-sample makes the same sample" "python3 is not installed"
fi
done_testing
