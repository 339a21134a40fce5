#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every fuzz target over its seed corpus, and over nothing at all. What a fuzzer has found once is added to the corpus.
. "${top_srcdir:?}/tests/integration/lib.sh"
n=0
: >"$work/empty"
for folder in "$top_srcdir"/tests/fuzz/corpus/*/; do
  target=$(basename "$folder")
  program=$top_builddir/tests/fuzz/fuzz-$target
  [ -x "$program" ] || { not_ok "fuzz-$target is built"; continue; }
  run "fuzz-$target over $(ls "$folder" | wc -l) files" "$program" "$work/empty" "$folder"*
  n=$((n + 1))
done
if [ "$n" -ge 5 ]; then ok "all targets have a corpus"; else not_ok "all targets have a corpus" "$n targets"; fi
done_testing
