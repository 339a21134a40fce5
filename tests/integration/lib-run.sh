# SPDX-License-Identifier: BSD-3-Clause
# For tests that run the staged program; sourced after lib.sh. Each works in a folder of its own, where no
# configuration lies about.
: "${EK_BIN:=$top_builddir/tests/staged/usr/local/bin/enrichkit}" "${EK_SHARED:=}"
jsonget=$top_builddir/tests/integration/jsonget
verify=$top_builddir/tests/integration/verify-outdir
sample=$top_srcdir/sample
etc=$top_srcdir/etc
unset ENRICHKIT_CONFIG ENRICHKIT_PLUGIN_PATH
mkdir "$work/here" && cd "$work/here" || exit 99
TAB=$(printf '\t')

# after_run: what a library for tests does after each run (lib-net.sh).
after_run() { :; }

# ek ARGUMENT...: runs the program; $status, and what it said in $work/out and $work/err.
ek()
{
  "$EK_BIN" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
  after_run
}

# filter FILE ARGUMENT...: the same with FILE as standard input.
filter()
{
  filter_in=$1
  shift
  "$EK_BIN" "$@" >"$work/out" 2>"$work/err" <"$filter_in"
  status=$?
  after_run
}

# ended WHAT STATUS: the last run did so.
ended()
{
  if [ "$status" = "$2" ]; then ok "$1"; else not_ok "$1" "status $status, not $2; it said:
$(tail -n 20 "$work/err")"; fi
}

# says WHAT TEXT...: each is in what the last run wrote on stderr.
says()
{
  says_what=$1 says_missing=
  shift
  for says_text; do
    grep -Fq -e "$says_text" "$work/err" || says_missing="$says_missing
not there: $says_text"
  done
  if [ -z "$says_missing" ]; then ok "$says_what"; else not_ok "$says_what" "$(tail -n 20 "$work/err")$says_missing"; fi
}

# one_message WHAT: the last run said one error and no more (help lines belong to it).
one_message()
{
  one_n=$(grep -c 'error: ' "$work/err")
  if [ "$one_n" = 1 ]; then ok "$1"; else not_ok "$1" "$one_n errors:
$(cat "$work/err")"; fi
}

# prints WHAT TEXT...: each is in what the last run wrote on stdout.
prints()
{
  cp "$work/err" "$work/err.saved"
  cp "$work/out" "$work/err"
  says "$@"
  cp "$work/err.saved" "$work/err"
}

# same WHAT FILE EXPECTED
same()
{
  if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$(diff "$3" "$2" 2>&1 | head -n 20)"; fi
}

# records KIND OUT: how its report accounts for them, in one line.
records()
{
  case $1 in
    items) "$jsonget" "$2/report.json" records.items.in records.items.enriched records.items.no_labels records.items.skipped \
      records.items.rejected records.items.duplicates records.items.not_done records.items.written ;;
    *) "$jsonget" "$2/report.json" "records.$1.in" "records.$1.written" "records.$1.rejected" ;;
  esac | tr '\n' ' ' | sed 's/ $//'
}
