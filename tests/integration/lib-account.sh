# SPDX-License-Identifier: BSD-3-Clause
# The books of a run; sourced after lib-run.sh.

# sum FILE PATH: of numbers.
sum()
{
  "$jsonget" "$1" "$2" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}

account_drop=0    # 1: with output.no_labels: drop

# wrong LINE...: notes that something does not add up.
wrong()
{
  account_wrong="$account_wrong
$*"
}

account_items()
{
  report=$1/report.json
  # shellcheck disable=SC2046
  set -- $(records items "$1")
  [ $# = 8 ] || { wrong "items: members are missing: $*"; return; }
  [ $(($2 + $3 + $4 + $5 + $6 + $7)) = "$1" ] || wrong "items: the outcomes are not what was read: $*"
  [ $(($2 + (1 - account_drop) * ($3 + $4))) = "$8" ] || wrong "items: written is not enriched + no_labels + skipped: $*"
  [ "$7" = 0 ] || wrong "items: not_done is $7"
  [ "$(sum "$report" 'records.items.files[].in')" = "$1" ] || wrong "items: the files do not add up to $1"
  [ "$("$jsonget" "$report" 'outputs[]' | grep '"items.csv' | "$jsonget" - rows)" = "$8" ] || wrong "items.csv has not $8 rows"
  seen=
  "$jsonget" "$report" 'steps[]' >"$work/steps"
  "$jsonget" --lines "$work/steps" name items labels none skipped failed not_asked >"$work/steps.tsv" || wrong "steps: members are missing"
  while read -r name items labels none skipped failed not_asked; do
    [ $((labels + none + skipped + failed)) = "$items" ] || wrong "step $name: outcomes are not its $items items"
    [ "${seen:=$((items + not_asked))}" = $((items + not_asked)) ] || wrong "step $name saw $((items + not_asked)) items, the first one $seen"
    # What the reader rejected and what was a duplicate no step has seen; what a step failed on was rejected or kept.
    [ $((items + not_asked)) -ge $(($2 + $3 + $4)) ] && [ $((items + not_asked + $6)) -le "$1" ] || wrong "step $name saw $((items + not_asked)) items"
  done <"$work/steps.tsv"
  [ -n "$seen" ] || wrong "no step is in the report"
}

account_plain()
{
  report=$2/report.json kind=$1
  # shellcheck disable=SC2046
  set -- $(records "$1" "$2")
  duplicates=$("$jsonget" "$report" "records.$kind.duplicates" | tr - 0)
  [ $(($2 + $3 + duplicates)) = "$1" ] || wrong "$kind: in is not written + rejected: $*"
  [ "$(sum "$report" "records.$kind.files[].in")" = "$1" ] || wrong "$kind: the files do not add up to $1"
}

# Sizes and digests as the report has them, and no file beside those that it names.
account_outputs()
{
  "$jsonget" "$1/report.json" 'outputs[]' | "$jsonget" --lines - path bytes sha256 >"$work/outputs" || wrong "outputs: members are missing"
  while read -r path bytes digest; do
    [ "$(wc -c <"$1/$path")" = "$bytes" ] || wrong "$path has not $bytes bytes"
    echo "$digest  $1/$path"
  done <"$work/outputs" >"$work/digests"
  sha256sum -c --quiet "$work/digests" >"$work/digests.out" 2>&1 || wrong "$(cat "$work/digests.out")"
  there=$(cd "$1" && find . -type f | sed 's|^\./||' | sort | tr '\n' ' ')
  named=$({ cut -f 1 "$work/outputs"; echo report.json; } | LC_ALL=C sort | tr '\n' ' ')
  [ "$there" = "$named" ] || wrong "in the folder are: $there, the report names: $named"
  "$verify" "$1" 2>"$work/verify" || wrong "$(cat "$work/verify")"
}

account_rejects()
{
  lines=$(wc -l <"$1/rejects.jsonl")
  total=$("$jsonget" "$1/report.json" rejects.total)
  [ "$lines" = "$total" ] || wrong "rejects.jsonl has $lines lines, the report says $total"
  [ "$("$jsonget" "$1/report.json" rejects.by_reason | tr -d '{}' | tr ',' '\n' | sed 's/.*://' | awk '{ n += $1 } END { print n + 0 }')" = "$total" ] ||
    wrong "the reasons do not add up to $total"
  if [ "$lines" -gt 0 ]; then
    "$jsonget" --lines "$1/rejects.jsonl" file reason message kept >/dev/null || wrong "rejects.jsonl: members are missing"
  fi
}

# account_judge OUT: what does not add up in $account_wrong.
account_judge()
{
  account_wrong=
  "$jsonget" "$1/report.json" >/dev/null 2>"$work/json.err" || { wrong "report.json: $(cat "$work/json.err")"; return; }
  [ "$("$jsonget" "$1/report.json" status exit | tr '\n' ' ')" = "done 0 " ] || wrong "status: $("$jsonget" "$1/report.json" status exit)"
  if "$jsonget" "$1/report.json" records.items >/dev/null; then account_items "$1"; fi
  for kind in interactions users; do
    if "$jsonget" "$1/report.json" records.$kind >/dev/null; then account_plain $kind "$1"; fi
  done
  account_outputs "$1"
  account_rejects "$1"
}

# account WHAT OUT: all of the above holds.
account()
{
  account_judge "$2"
  if [ -z "$account_wrong" ]; then ok "$1"; else not_ok "$1" "$account_wrong"; fi
}

# csv_records FILE: records behind the header of a CSV, quoted line ends counted out.
csv_records()
{
  awk '{ line = $0; n = gsub(/"/, "", line); open = (open + n) % 2; if (!open) r++ } END { print r - 1 }' "$1"
}
