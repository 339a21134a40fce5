#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What crosses the border by name: one symbol out of a plugin, a committed list into it, nothing out of the host.
. "$top_srcdir/tests/integration/lib.sh"
command -v nm >/dev/null || skip_all "nm (binutils) is not installed"
allowed=$top_srcdir/tests/abi/plugin-symbols.txt

is "the host exports no ek_ symbol" "$(nm -D --defined-only "$top_builddir/enrichkit" | sed 's/.* //' | grep '^ek_')" ""
is "nor the entry of a plugin" "$(nm -D --defined-only "$top_builddir/enrichkit" | grep -c enrichkit_module)" 0

sanitized=$(grep '^#define EK_SANITIZED' "$top_builddir/config.h")
[ -z "$sanitized" ] || skip "plugins need only what is listed" "a sanitizer build"

found=0
for so in "$top_builddir"/plugins/*/.libs/enrichkit-*.so "$top_builddir"/tests/plugin/plugins/.libs/enrichkit-*.so; do
  [ -f "$so" ] || continue
  found=$((found + 1))
  name=$(basename "$so" .so)
  # Weak symbols (of the C++ library, of sanitizers) are nobody's interface.
  is "$name exports its entry alone" "$(nm -D --defined-only "$so" | awk '$2 != "W" && $2 != "V" && $2 != "w" && $2 != "u" { print $3 }')" \
    enrichkit_module_v1
  [ -z "$sanitized" ] || continue
  nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u >"$work/needs"
  is "$name needs nothing of the host" "$(grep '^ek_' "$work/needs")" ""
  case $so in
    */tests/*) ;;
    *) is "$name needs only what plugin-symbols.txt lists" "$(grep -vxFf "$allowed" "$work/needs")" "" ;;
  esac
done
[ "$found" -ge 5 ] && ok "plugins were looked at" || not_ok "plugins were looked at" "only $found .so files under $top_builddir"
done_testing
