#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a newcomer sees: the staged program, called by its path from a folder of the user's, runs the default chain on the
# bundled sample, and its report has the numbers that sample/README promises.
. "${top_srcdir:?}/tests/integration/lib.sh"
cd "$work" || exit 99

run "enrichkit --version" "$EK_BIN" --version
"$EK_BIN" run --out out >"$work/summary" 2>"$work/messages" </dev/null
is "the installed default chain runs" "$?" 0
run "and it is said which one that is" grep -q 'etc/enrichkit.yaml' "$work/messages"

# number NAME: of this member of report.json, on its first line that has it
report=$(tr -d ' \n' <out/report.json)
member()
{
  printf '%s\n' "$report" | sed -n "s/.*\"$1\":{[^}]*\"$2\":\([0-9]*\).*/\1/p"
}
is "items in" "$(member items in)" 2004
is "items enriched: with a category, and by a word of the title" "$(member items enriched)" 1993
is "duplicates" "$(member items duplicates)" 7
is "rejected: 3 without an id, 1 not JSON" "$(member items rejected) $(wc -l <out/rejects.jsonl | tr -d ' ')" "4 4"
is "interactions written" "$(member interactions written)" 12000
is "entities" "$(printf '%s' "$report" | sed -n 's/.*"clean":{[^}]*"entities":\([0-9]*\).*/\1/p')" 581
is "rows of items.csv" "$(wc -l <out/items.csv | tr -d ' ')" 1994
is "rows of interactions.csv" "$(wc -l <out/interactions.csv | tr -d ' ')" 12001

# The category step alone leaves those without one.
"$EK_BIN" run --out source --set 'chain=[{plugin: category}]' >"$work/summary" 2>&1 </dev/null
is "category alone runs" "$?" 0
report=$(tr -d ' \n' <source/report.json)
is "category alone: enriched" "$(member items enriched)" 1702
is "category alone: no labels" "$(member items no_labels)" 291
is "equal neighbours" "$(printf '%s' "$report" | sed -n 's/.*"clean":{[^}]*"neighbours":\([0-9]*\).*/\1/p')" 34
is "sentences" "$(printf '%s' "$report" | sed -n 's/.*"clean":{[^}]*"sentences":\([0-9]*\).*/\1/p')" 12
done_testing
