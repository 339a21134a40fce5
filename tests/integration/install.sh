#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# "make install": DESTDIR, the modes of our folders whatever the umask, no .la file, pkg-config, uninstall, and no trace
# of the build folder in what is installed.
. "${top_srcdir:?}/tests/integration/lib.sh"
make=${MAKE:-make}

mode()
{
  stat -c %a "$1"
}

for mask in 002 022 077; do
  dest=$work/$mask
  run "install with umask $mask" sh -c "umask $mask; $make -C '$top_builddir' install DESTDIR='$dest' MAKEFLAGS="
  is "umask $mask: the plugin folder is 0755" "$(mode "$dest$EK_LIBDIR/enrichkit")" 755
  bad=
  for plugin in "$dest$EK_LIBDIR"/enrichkit/*; do
    case $plugin:$(mode "$plugin" 2>/dev/null) in *.so:644 | *.so:755) ;; *) bad="$bad $plugin" ;; esac
  done
  is "umask $mask: it holds plugins alone, 0644 or 0755" "$bad" ""
  for folder in share/enrichkit share/enrichkit/etc share/enrichkit/sample include/enrichkit; do
    is "umask $mask: $folder is 0755" "$(mode "$dest$EK_PREFIX/$folder")" 755
  done
  odd=$(find "$dest" -type f ! -perm 644 ! -perm 755)
  is "umask $mask: every file is 0644 or 0755" "$odd" ""
done

dest=$work/022
outside=$(find "$dest" -type f ! -path "$dest$EK_PREFIX/*")
is "nothing is installed outside the prefix" "$outside" ""
is "no .la file is installed" "$(find "$dest" -name '*.la')" ""

leaks=
find "$dest" -type f ! -name '*.gz' >"$work/files"
while IFS= read -r file; do
  # The prefix may lie in the build folder (tools/check), and the program knows its prefix.
  if LC_ALL=C sed "s|$EK_PREFIX||g" "$file" | LC_ALL=C grep -Fq -e "$top_builddir" -e "$top_srcdir"; then leaks="$leaks $file"; fi
done <"$work/files"
case " ${EK_SANITIZED:-}" in
  " 1") skip "no installed file names the build or source folder" "a sanitizer build" ;;
  *) is "no installed file names the build or source folder" "$leaks" "" ;;
esac

if command -v pkg-config >/dev/null 2>&1; then
  PKG_CONFIG_PATH=$dest$EK_LIBDIR/pkgconfig
  export PKG_CONFIG_PATH
  is "pkg-config: plugindir" "$(pkg-config --variable=plugindir enrichkit)" "$EK_LIBDIR/enrichkit"
  header=$top_srcdir/include/enrichkit/plugin.h
  for part in major minor; do
    upper=$(printf %s "$part" | tr '[:lower:]' '[:upper:]')
    is "pkg-config: abi_$part" "$(pkg-config --variable=abi_$part enrichkit)" \
      "$(sed -n "s/^#define EK_ABI_$upper \([0-9]*\)u\$/\1/p" "$header")"
  done
  is "pkg-config: no libraries" "$(pkg-config --libs enrichkit | tr -d ' ')" ""
  is "pkg-config: the staged header" \
    "$(PKG_CONFIG_SYSROOT_DIR=$dest pkg-config --cflags enrichkit | tr -d ' ')" "-I$dest$EK_PREFIX/include"
  printf '#include <enrichkit/plugin.h>\nint main(void) { return EK_ABI_MAJOR == 1 ? 0 : 1; }\n' >"$work/header.c"
  # shellcheck disable=SC2046
  run "a program compiles against the staged header alone" \
    ${CC:-cc} -std=c11 -pedantic-errors -Wall -Wextra -Werror $(PKG_CONFIG_SYSROOT_DIR=$dest pkg-config --cflags enrichkit) \
    -o "$work/header" "$work/header.c"
else
  skip "pkg-config" "pkg-config is not installed"
fi

run "make uninstall" "$make" -C "$top_builddir" uninstall DESTDIR="$dest" MAKEFLAGS=
is "nothing is left after it" "$(find "$dest" -type f)" ""
done_testing
