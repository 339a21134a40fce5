#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# run.sh SECONDS [TARGET...]: fuzzes each target so long (two at a time on two processors), checks that planted bugs are
# found, and shows how much of the readers' code was reached; at least 85 % of its lines must be, or it fails.
# Needs a build folder that was configured with --enable-fuzzers: $top_builddir, or the current one. What the fuzzers
# find out stays in tests/fuzz/found there, and the next run goes on from it; a failing input is named at the end.
set -u
: "${top_srcdir:=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)}" "${top_builddir:=$PWD}"
case ${1-} in ''|*[!0-9]*) echo "usage: run.sh SECONDS [TARGET...]" >&2; exit 2 ;; esac
seconds=$1
shift
here=$top_srcdir/tests/fuzz
cd "$top_builddir" || exit 2
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(ls "$here/corpus")
least=85
export ASAN_OPTIONS="abort_on_error=1:detect_leaks=1:quarantine_size_mb=16:${ASAN_OPTIONS-}"
export UBSAN_OPTIONS="abort_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS-}"
export LLVM_PROFILE_FILE=/dev/null
jobs=$(nproc 2>/dev/null || echo 1)

# Only the exit statuses below count.
failed=0
fail() { echo "FAIL: $*"; failed=$((failed + 1)); }

programs=
for target; do programs="$programs tests/fuzz/fuzz-$target"; done
# shellcheck disable=SC2086
make -s -j"$jobs" $programs tests/fuzz/planted-csv tests/fuzz/planted-json-array >tests/fuzz/make.log 2>&1 ||
  { cat tests/fuzz/make.log; exit 1; }
case $("tests/fuzz/fuzz-$1" -help=1 2>&1) in
  *-max_total_time*) ;;
  *) echo "$top_builddir was not configured with --enable-fuzzers" >&2; exit 2 ;;
esac

dictionary()
{
  case $1 in
    json*) echo "-dict=$here/json.dict" ;;
    loose) echo "-dict=$here/python.dict" ;;
    *) [ ! -e "$here/$1.dict" ] || echo "-dict=$here/$1.dict" ;;
  esac
}

# fuzz PROGRAM TARGET SECONDS FOUND: status of libFuzzer.
fuzz()
{
  mkdir -p "$4" tests/fuzz/failing
  # shellcheck disable=SC2046
  "tests/fuzz/$1" -max_total_time="$3" -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="tests/fuzz/failing/$1-" $(dictionary "$2") "$4" "$here/corpus/$2" >"tests/fuzz/$1.log" 2>&1
}

# A planted bug first: a fuzzer that finds nothing must not be believed.
for target in csv json-array; do
  from=$(date +%s)
  rm -rf "tests/fuzz/planted"
  if fuzz "planted-$target" "$target" 120 "tests/fuzz/planted"; then
    fail "the bug planted in the $target reader was not found in 120 s"
  else
    echo "planted-$target: found after $(($(date +%s) - from)) s:" \
      "$(grep -aEm 1 'broken promise|ERROR: AddressSanitizer' "tests/fuzz/planted-$target.log")"
    grep -aqE 'broken promise|ERROR: AddressSanitizer' "tests/fuzz/planted-$target.log" ||
      fail "planted-$target ended for another reason: tests/fuzz/planted-$target.log"
  fi
done
rm -rf tests/fuzz/planted tests/fuzz/failing/planted-*

one()
{
  if fuzz "fuzz-$1" "$1" "$seconds" "tests/fuzz/found/$1"; then echo 0; else echo $?; fi >"tests/fuzz/fuzz-$1.status"
}
running=0
for target; do
  one "$target" &
  running=$((running + 1))
  [ $((running % jobs)) -ne 0 ] || wait
done
wait
for target; do
  log=tests/fuzz/fuzz-$target.log
  echo "fuzz-$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs," \
    "$(find "tests/fuzz/found/$target" -type f | wc -l) inputs kept"
  [ "$(cat "tests/fuzz/fuzz-$target.status")" = 0 ] && continue
  tail -n 40 "$log"
  fail "fuzz-$target; the input is in $top_builddir/$(ls -t tests/fuzz/failing/fuzz-"$target"-* 2>/dev/null | head -n 1)"
done

# --- coverage: all that was found, once more --------------------------------
tool() { for t in "$1" "$1-14" "$1-15" "$1-16" "$1-19"; do command -v "$t" && return; done; }
profdata=$(tool llvm-profdata) && cov=$(tool llvm-cov) || { fail "llvm-profdata and llvm-cov are needed (package llvm)"; exit 1; }
rm -f tests/fuzz/*.profraw
objects=
for target; do
  find "tests/fuzz/found/$target" "$here/corpus/$target" -type f -print0 |
    LLVM_PROFILE_FILE="tests/fuzz/$target-%p.profraw" xargs -0 "tests/fuzz/fuzz-$target" >/dev/null 2>&1 ||
    fail "fuzz-$target over what it found"
  objects="$objects -object tests/fuzz/fuzz-$target"
done
"$profdata" merge -o tests/fuzz/all.profdata tests/fuzz/*.profraw || exit 1
rm -f tests/fuzz/*.profraw
# shellcheck disable=SC2086
"$cov" export -format=lcov -instr-profile=tests/fuzz/all.profdata ${objects# -object} >tests/fuzz/all.lcov || exit 1
# Not the files that read the configuration (paths, folders, columns of tables).
awk -v least=$least '
  /^SF:/ { file = $0; sub(/.*\//, "", file)
           use = $0 ~ /core\/catalog\// && file !~ /^(path|projection|folder|nearby|table|row|convert|excerpt)\.[ch]$/ }
  use && /^DA:/ { split(substr($0, 4), a, ","); lines[file, a[1]] = 1; if (a[2] > 0) hit[file, a[1]] = 1 }
  END {
    for (k in lines) { split(k, p, SUBSEP); n[p[1]]++; all++; if (k in hit) { h[p[1]]++; reached++ } }
    for (f in n) printf "  %-16s %4d of %4d lines  %5.1f %%\n", f, h[f], n[f], 100 * h[f] / n[f] | "sort"
    close("sort")
    if (!all) { print "no line of the readers is in the report"; exit 1 }
    printf "lines of the readers that were reached: %d of %d, %.1f %% (at least %d %%)\n", reached, all, 100 * reached / all, least
    exit 100 * reached / all < least
  }' tests/fuzz/all.lcov || fail "too little of the readers was reached"
[ "$failed" = 0 ] && echo "fuzzing: ok"
[ "$failed" = 0 ]
