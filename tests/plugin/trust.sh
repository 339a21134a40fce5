#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Who may put code into the process: owners, modes, links, of the file and of its folder. Owners need root to be set.
. "$top_srcdir/tests/integration/lib.sh"
load=$top_builddir/tests/abi/load-module
so=$top_builddir/plugins/category/.libs/enrichkit-category.so
umask 022
chmod 755 "$work"
me=$(id -un)
group=$(id -gn)
d=$work/plugins
mkdir "$d"
cp "$so" "$d/enrichkit-category.so"
chmod 644 "$d/enrichkit-category.so"
f=$d/enrichkit-category.so

# loads WHAT [-n]; refused WHAT TEXT HELP [-n]
loads()
{
  is "$1" "$("$load" ${2-} "$f" 2>&1)" "ok org.enrichkit.category"
}
refused()
{
  out=$("$load" ${4-} "$f" 2>&1)
  is "$1" "$? $out" "2 $2
help: $3"
}

loads "0644 in 0755"
chmod 600 "$f"; chmod 700 "$d"
loads "0600 in 0700"

chmod 664 "$f"; chmod 755 "$d"
refused "the file can be changed by a group" "$f can be changed by others (mode 0664, group '$group', owner '$me')" "chmod go-w $d $f"
loads "as it may be where the folder was named" -n
chmod 646 "$f"
refused "the file can be changed by anybody" "$f can be changed by others (mode 0646, group '$group', owner '$me')" "chmod go-w $d $f"
refused "even where the folder was named" "$f can be changed by others (mode 0646, group '$group', owner '$me')" "chmod o-w $d $f" -n
sh -c "$(echo "chmod go-w $d $f")"
loads "the chmod of the message mends it"

chmod 775 "$d"
refused "a group can write in the folder" "$d can be changed by others (mode 0775, group '$group', owner '$me')" "chmod go-w $d $f"
loads "as it may where it was named" -n
chmod 1777 "$d"
refused "anybody can write in the folder, sticky or not" "$d can be changed by others (mode 1777, group '$group', owner '$me')" \
  "chmod o-w $d $f" -n
chmod 755 "$d"

# Links: the file behind them is judged, its folder, and the folder of the link.
mkdir "$work/links"
ln -s "$f" "$work/links/enrichkit-category.so"
f=$work/links/enrichkit-category.so
loads "a link to a file that is trusted"
chmod 777 "$work/links"
refused "in a folder where anybody can turn it elsewhere" \
  "$work/links can be changed by others (mode 0777, group '$group', owner '$me')" "chmod go-w $work/links $d/enrichkit-category.so"
chmod 755 "$work/links"
chmod 666 "$d/enrichkit-category.so"
refused "to a file that is not" "$d/enrichkit-category.so can be changed by others (mode 0666, group '$group', owner '$me')" \
  "chmod go-w $d $d/enrichkit-category.so"
chmod 644 "$d/enrichkit-category.so"
f=$d/enrichkit-category.so

# A name that a shell would take apart.
mkdir "$work/it's a folder"
cp "$so" "$work/it's a folder/enrichkit-category.so"
f="$work/it's a folder/enrichkit-category.so"
chmod 666 "$f"
fix=$("$load" "$f" | sed -n 's/^help: //p')
eval "$fix"
loads "the remedy can be pasted, whatever the name"
f=$d/enrichkit-category.so

# The same file twice, the same module twice.
chmod -R go-w "$work"
mkdir "$work/second" "$work/copy"
ln "$f" "$work/second/enrichkit-category.so" 2>/dev/null || cp "$f" "$work/second/enrichkit-category.so"
cp "$f" "$work/copy/enrichkit-category.so"
list=$("$top_builddir/enrichkit" plugins --plugin-path "$d" --plugin-path "$work/second" --plugin-path "$work/copy" 2>&1)
is "one module, reached twice, is one" "$(printf '%s\n' "$list" | grep -c '^category ')" 1
is "a copy is told and not used" "$(printf '%s\n' "$list" | grep "^refused .*$work/copy/")" \
  "refused     $work/copy/enrichkit-category.so is not used: module 'org.enrichkit.category' was found first in $f"

if [ "$(id -u)" != 0 ]; then
  skip "owners" "only root can give files away"
  done_testing
fi
chown 12345 "$f"
refused "another user's file" "$f belongs to '12345', who is neither root nor you (mode 0644)" "if you trust it: chown root $d $f"
refused "also where the folder was named" "$f belongs to '12345', who is neither root nor you (mode 0644)" \
  "if you trust it: chown root $d $f" -n
chown 0 "$f"
chown 12345 "$d"
refused "another user's folder" "$d belongs to '12345', who is neither root nor you (mode 0755)" "if you trust it: chown root $d $f"
chown 0 "$d"

# The owner of the installed prefix is the owner of the program that runs.
if command -v setpriv >/dev/null; then
  mkdir "$work/prefix"
  cp "$load" "$work/prefix/load"
  chmod 755 "$work/prefix/load"
  load="setpriv --reuid 23456 --clear-groups --regid 23456 $work/prefix/load"
  as_other()
  {
    is "$1" "$($load "$f" 2>&1 | head -n 1)" "$2"
  }
  as_other "root's plugin for another user" "ok org.enrichkit.category"
  chown 23456 "$d" "$f"
  as_other "a user's own" "ok org.enrichkit.category"
  chown 12345 "$d" "$f"
  as_other "a third one's, with root's program" "$f belongs to '12345', who is neither root nor you (mode 0644)"
  chown 12345 "$work/prefix/load"
  as_other "a third one's, with his program" "ok org.enrichkit.category"
else
  skip "the owner of the prefix" "setpriv is not installed"
fi
done_testing
