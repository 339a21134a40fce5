#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The hostile URLs in a network namespace: there is nothing but the loopback, so that no packet could leave even if the
# guard were broken; and on the loopback nobody comes to the door.
. "${top_srcdir:?}/tests/integration/lib.sh"
unshare -rn true 2>/dev/null || skip_all "network namespaces are not permitted here (unshare -rn)"
unshare -rn "$top_builddir/tests/http/ask-inside" >"$work/asked" 2>"$work/errors"
is "all was asked, to the end" "$?" 0
while read -r line; do
  case $line in
    'ok '*) ok "${line#ok }" ;;
    *) not_ok "${line#not ok }" ;;
  esac
done <"$work/asked"
is "nothing on standard error" "$(cat "$work/errors")" ""
if [ "$TAP_N" -ge 80 ]; then ok "none was left out"; else not_ok "none was left out" "$TAP_N checks"; fi
done_testing
