# SPDX-License-Identifier: BSD-3-Clause
# TAP for shell tests; sourced. ok and not_ok count; "run WHAT COMMAND..." is a check in itself, and its output is shown
# when it fails. End with "done_testing".
set -u
: "${top_srcdir:=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)}" "${top_builddir:=$PWD}"
TAP_N=0
TAP_FAILED=0
work=$(mktemp -d "${TMPDIR:-/tmp}/ek-test.XXXXXX") || exit 99
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok()
{
  TAP_N=$((TAP_N + 1))
  printf 'ok %d - %s\n' "$TAP_N" "$1"
}

not_ok()
{
  TAP_N=$((TAP_N + 1))
  TAP_FAILED=$((TAP_FAILED + 1))
  printf 'not ok %d - %s\n' "$TAP_N" "$1"
  [ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/# /'
}

skip()
{
  TAP_N=$((TAP_N + 1))
  printf 'ok %d - %s # SKIP %s\n' "$TAP_N" "$1" "$2"
}

skip_all()
{
  printf '1..0 # SKIP %s\n' "$1"
  exit 0
}

# run WHAT COMMAND...: ok when it succeeds.
run()
{
  tap_what=$1
  shift
  if "$@" >"$work/run.out" 2>&1 </dev/null; then ok "$tap_what"; else not_ok "$tap_what" "$* ended with $?:
$(tail -n 30 "$work/run.out")"; fi
}

# is WHAT GOT EXPECTED
is()
{
  if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:      $2
expected: $3"; fi
}

done_testing()
{
  printf '1..%d\n' "$TAP_N"
  [ "$TAP_FAILED" = 0 ]
  exit
}
