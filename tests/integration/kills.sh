#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run on the bundled sample that ends at every single operation on its folder, over the files of an earlier run: there
# are the old files or the new ones, or a set that a later stage refuses, never a mixture that it takes. The next run
# cleans up. Then the same with every operation failing.
# On a file system in memory where there is one: thousands of syncs.
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm && export TMPDIR; }
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
shim=$top_builddir/tests/output/.libs/killshim.so
out=$(pwd -P)/out
# The sanitizers' run time would have to come first; the shim makes system calls only.
ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
export ASAN_OPTIONS

# run_set old|new: two runs whose every file differs.
cat >new.yaml <<YAML
catalog: {items: $sample/items.jsonl.gz, interactions: $sample/interactions.jsonl.gz}
chain:
  - plugin: category
  - {plugin: keywords, when: no_labels, options: {file: $etc/keywords.tsv}}
output: {label_column: GENRES}
run: {threads: 1}
YAML
run_set()
{
  if [ "$1" = new ]; then
    "$EK_BIN" run -q -c new.yaml --out "$out" $limit
  else
    "$EK_BIN" run -q -c new.yaml --out "$out" --limit 200 --set output.label_column=CATEGORY --set merge.max_labels=1 \
      --set 'catalog.columns.interactions=[{name: SUMMARY, field: summary}]'
  fi >"$work/out" 2>"$work/err" </dev/null
}

# The files that a later stage takes; the reports tell the time.
state()
{
  for f in items.csv items.schema.json interactions.csv interactions.schema.json rejects.jsonl run.yaml; do
    [ ! -e "$out/$f" ] || echo "$f $(cksum <"$out/$f")"
  done
}

hidden()
{
  find "$out" -name '.*' -type f 2>/dev/null | wc -l
}

# sweep WHAT VARIABLE BEFORE [VARIABLE...]: VARIABLE=n for n = 1, 2 ... until nothing happens any more.
sweep()
{
  sweep_what=$1 at=$2 before=$3
  shift 3
  i=0 olds=0 news=0 refused=0 wrong=
  while [ $i -lt 300 ]; do
    i=$((i + 1))
    rm -rf "$out"
    [ "$before" = none ] || cp -a "$before" "$out"
    rm -f "$work/log"
    (export LD_PRELOAD="$shim" EK_KILL_DIR="$out" EK_OPS_LOG="$work/log" "$at=$i" "$@" && run_set new)
    status=$?
    grep -q "^$i " "$work/log" || break
    case $at:$status in
      EK_KILL_AT:137) ;;
      EK_FAIL_AT:[12])
        [ "$(grep -c 'error: ' "$work/err")" = 1 ] || wrong="$wrong $i:messages"
        [ "$(hidden)" = 0 ] || wrong="$wrong $i:leftovers" ;;
      # A failure that does no harm, such as that of removing the lock.
      EK_FAIL_AT:0) [ "$(state)" = "$new" ] || wrong="$wrong $i:success-without-new-files" ;;
      *) wrong="$wrong $i:status-$status" ;;
    esac
    if "$verify" "$out" 2>"$work/verify"; then
      now=$(state)
      if [ "$now" = "$new" ]; then news=$((news + 1))
      elif [ "$now" = "$old" ]; then olds=$((olds + 1))
      else wrong="$wrong $i:mixture-accepted"; fi
    else
      refused=$((refused + 1))
    fi
    run_set new || wrong="$wrong $i:next-run-failed"
    [ "$(state)" = "$new" ] && [ "$(hidden)" = 0 ] && "$verify" "$out" || wrong="$wrong $i:next-run-unclean"
  done
  echo "# $sweep_what: $((i - 1)) operations: $olds old, $news new, $refused refused"
  # A sweep that met nothing proves nothing.
  if [ -z "$wrong" ] && [ $i -gt 35 ] && [ $i -lt 300 ]; then ok "$sweep_what"; else not_ok "$sweep_what" "$wrong"; fi
}

limit=
run_set old || { cat "$work/err"; exit 99; }
cp -a "$out" old
old=$(state)
rm -rf "$out"
run_set new
cp -a "$out" new
new=$(state)
is "all files of the two runs differ" "$(printf '%s\n%s\n' "$old" "$new" | sort | uniq -d)" ""
is "items.csv is the whole sample's" "$(wc -l <new/items.csv | tr -d ' ')" 1994

sweep "killed at every operation, over an earlier run" EK_KILL_AT old
is "it met old files, new ones and sets that are refused" "$([ $olds -gt 0 ] && [ $news -gt 0 ] && [ $refused -gt 0 ] && echo all)" all
sweep "killed in the middle of every write, in a new folder" EK_KILL_AT none EK_KILL_PART=1

limit="--limit 300"
rm -rf "$out"
run_set new
new=$(state)
sweep "the disk is full from every operation on" EK_FAIL_AT old EK_FAIL_ON=1
sweep "every operation fails once, in a new folder" EK_FAIL_AT none EK_FAIL_ERRNO=5
done_testing
