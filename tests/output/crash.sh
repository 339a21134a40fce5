#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A writer killed at every single operation, and a disk that is full at every single
# one: afterwards there is the old set, the new set, or one that verify refuses.
# On a file system in memory where there is one: thousands of syncs.
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm && export TMPDIR; }
. "$top_srcdir/tests/integration/lib.sh"
work=$(cd "$work" && pwd -P)
writer=$top_builddir/tests/output/write-set
shim=$top_builddir/tests/output/.libs/killshim.so
out=$work/out

# The sanitizers' run time would have to come first; the shim makes system calls only.
ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
export ASAN_OPTIONS

check() { if [ "$2" = 0 ]; then ok "$1"; else not_ok "$1" "${3-}"; fi; }

# Which set is there: the bytes of all files but the report, hidden ones left out.
state() {
  (cd "$1" 2>/dev/null && find . -type f ! -name '.*' ! -name report.json | LC_ALL=C sort | while read -r f; do
    echo "$f $(cksum <"$f")"
  done)
}
hidden() { find "$1" -name '.*' -type f ! -name "${2-}" | wc -l; }
reset() {
  rm -rf "$out"
  [ "$1" = none ] || cp -a "$work/$1" "$out"
}
with_shim() { env LD_PRELOAD="$shim" EK_KILL_DIR="$out" "$@" 2>>"$work/err"; }

"$writer" "$work/old" old || exit 99
"$writer" "$work/new" new || exit 99
old=$(state "$work/old") new=$(state "$work/new")
[ "$old" != "$new" ] || exit 99

# sweep BEFORE VARIABLE [VARIABLE...]: sets the n-th for n = 1, 2 ... until the writer gets
# through; prints what went wrong.
sweep() {
  before=$1 at=$2 want=$3
  shift 3
  i=0 olds=0 news=0 refused=0 wrong=
  while :; do
    i=$((i + 1))
    [ $i -gt 400 ] && { wrong="$wrong endless"; break; }
    reset "$before"
    with_shim env "$@" "$at=$i" "$writer" "$out" new
    status=$?
    [ $status = 0 ] && [ "$at" = EK_KILL_AT ] && break
    if [ $status = 0 ]; then
      # A failure that does no harm, such as that of removing the lock, or the end.
      grep -q "^$i " "$work/log" 2>/dev/null || break
      [ "$(state "$out")" = "$new" ] || wrong="$wrong $i:success-without-new-files"
    elif [ $status != "$want" ]; then
      wrong="$wrong $i:status-$status"
    fi
    if "$writer" "$out" verify 2>>"$work/err"; then
      now=$(state "$out")
      if [ "$now" = "$new" ]; then news=$((news + 1))
      elif [ "$now" = "$old" ]; then olds=$((olds + 1))
      else wrong="$wrong $i:mixture-accepted"; fi
    else
      refused=$((refused + 1))
    fi
    # Nothing but a kill may leave hidden files (and a lock, whose removal may be what
    # failed); the next run removes them.
    [ "$at" = EK_KILL_AT ] || [ ! -d "$out" ] || [ "$(hidden "$out" .lock)" = 0 ] || wrong="$wrong $i:leftovers"
    "$writer" "$out" new 2>>"$work/err" && "$writer" "$out" verify || wrong="$wrong $i:next-run-failed"
    [ "$(state "$out")" = "$new" ] && [ "$(hidden "$out")" = 0 ] || wrong="$wrong $i:next-run-unclean"
    rm -f "$work/log"
  done
  echo "# $i operations: $olds old, $news new, $refused refused${wrong:+; wrong at:$wrong}"
  # A sweep that met nothing proves nothing.
  [ -z "$wrong" ] && [ $i -gt 20 ]
}

sweep old EK_KILL_AT 137; check "killed at every operation, with an old set there" $?
[ $olds -gt 0 ] && [ $refused -gt 0 ] && [ $news -gt 0 ]; check "the sweep met old sets, refused ones and new ones" $?
sweep old EK_KILL_AT 137 EK_KILL_PART=1; check "killed in the middle of every write" $?
sweep none EK_KILL_AT 137; check "killed at every operation, in a folder that is new" $?
sweep new EK_KILL_AT 137; check "killed at every operation, with the same set there" $?
sweep old EK_FAIL_AT 1 EK_OPS_LOG="$work/log" EK_FAIL_ON=1; check "the disk is full from every operation on" $?
sweep none EK_FAIL_AT 1 EK_OPS_LOG="$work/log"; check "every single operation fails once" $?

# A stopped run: rejects and report are its own, the CSVs stay, and verify refuses.
reset old
"$writer" "$out" stopped && ! "$writer" "$out" verify 2>"$work/err" && cmp -s "$out/items.csv" "$work/old/items.csv" &&
  ! cmp -s "$out/rejects.jsonl" "$work/old/rejects.jsonl"
check "a stopped run keeps its rejects and no CSV, and is refused" $?
grep -q 'did not end well (interrupted)' "$work/err"; check "and the refusal says so" $?

# The shim itself: what is elsewhere does not count.
reset none
env LD_PRELOAD="$shim" EK_KILL_DIR="$work/elsewhere" EK_KILL_AT=1 "$writer" "$out" new
check "operations in other folders do not count" $?
done_testing
