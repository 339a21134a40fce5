#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every file of the source has an SPDX line among its first five, or stands in packaging/no-spdx.txt, which names nothing
# that is not there or has a line.
. "${top_srcdir:?}/tests/integration/lib.sh"
list=$top_srcdir/packaging/no-spdx.txt
cd "$top_srcdir" || exit 99

# What git tracks, and what it does not know yet; in an archive all but what the autotools make, and the build folders.
if [ -e .git ] && git ls-files >/dev/null 2>&1; then
  git ls-files --cached --others --exclude-standard | while IFS= read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
else
  within=${top_builddir#"$top_srcdir"/}
  find . \( -path './build*' -o -path './_build' -o -path './_inst' -o -path "./$within" -o -path ./autom4te.cache \
    -o -name .git -o -name .deps -o -name .libs \) -prune -o -type f -print | sed 's|^\./||' |
    grep -Ev '(^|/)(aclocal\.m4|configure~?|config\.h\.in~?|Makefile\.in|INSTALL|\.dirstamp)$|^m4/(libtool|lt[a-z~]*)\.m4$|\.(o|lo|la|a)$'
fi >"$work/files"
[ -s "$work/files" ] || not_ok "files were found"

sed -e '/^#/d' -e '/^$/d' "$list" | while read -r _ path; do printf '%s\n' "$path"; done >"$work/listed"

# listed FILE: by itself or by a folder above it
listed()
{
  while IFS= read -r path; do
    case $path in
      */) case $1 in "$path"*) return 0 ;; esac ;;
      "$1") return 0 ;;
    esac
  done <"$work/listed"
  return 1
}

neither=
both=
while IFS= read -r file; do
  if head -n 5 "$file" | LC_ALL=C grep -aEq 'SPDX-License-Identifier: *[A-Za-z0-9]'; then
    ! listed "$file" || both="$both $file"
  else
    listed "$file" || neither="$neither $file"
  fi
done <"$work/files"
is "every file has an SPDX line or is listed" "$neither" ""
is "no listed file has a line of its own" "$both" ""

stale=
while IFS= read -r path; do
  case $path in
    */) grep -q "^$path" "$work/files" || stale="$stale $path" ;;
    *) grep -Fqx -- "$path" "$work/files" || stale="$stale $path" ;;
  esac
done <"$work/listed"
is "the list names nothing that is not there" "$stale" ""

# A licence that we do not mean to use is most likely a slip.
unknown=$(while IFS= read -r file; do
  { head -n 5 "$file"; echo; } | LC_ALL=C sed -n 's/.*SPDX-License-Identifier: *\([A-Za-z0-9.-]*\).*/\1/p'
done <"$work/files" | sort -u | grep -Evx 'BSD-3-Clause|0BSD|CC0-1\.0' | tr '\n' ' ')
is "only our three licences" "$unknown" ""
header=$(head -n 1 include/enrichkit/plugin.h)
is "plugin.h is 0BSD" "$header" "/* SPDX-License-Identifier: 0BSD */"
done_testing
