#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What tools/lib-setup.sh does about packages and places, with dpkg-query, apt-get, sudo and id played by scripts: nothing
# is installed here.
. "${top_srcdir:?}/tests/integration/lib.sh"
mkdir "$work/bin"

play()
{
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod 755 "$work/bin/$1"
}

# Installed are the packages named in $work/installed; apt-get does what $work/apt says and notes its arguments.
# shellcheck disable=SC2016
{
  play dpkg-query 'for p; do grep -qx "$p" "$WORK/installed" && echo "installed $p"; done; exit 1'
  play id 'echo "${FAKE_UID:-1000}"'
  play sleep 'echo sleep >>"$WORK/calls"'
  play apt-get 'echo "apt-get $*" >>"$WORK/calls"
for a; do case $a in install | update) what=$a ;; esac; done
. "$WORK/apt"'
  play sudo 'echo "sudo $1" >>"$WORK/calls"
[ -e "$WORK/sudo" ] || exit 1
[ "$1" != -n ] || shift
"$@"'
}
WORK=$work
export WORK

# packages UID INSTALLED...: runs install_packages for a, b and c; status in $status.
packages()
{
  : >"$work/calls"
  FAKE_UID=$1
  export FAKE_UID
  shift
  printf '%s\n' "$@" >"$work/installed"
  # shellcheck disable=SC2016
  PATH=$work/bin:$PATH sh -c 'top=$1; . "$top/tools/lib-setup.sh"; install_packages a b c; echo went on' quickstart "$top_srcdir" \
    >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

called()
{
  grep -c "$1" "$work/calls"
}

arrive='case $what in install) printf "%s\n" a b c >"$WORK/installed" ;; esac'

echo 'exit 1' >"$work/apt"
packages 0 a b c
is "all there: goes on" "$status $(cat "$work/out")" "0 went on"
is "all there: neither apt-get nor sudo is called" "$(cat "$work/calls")" ""

packages 1000 a
is "no right to install: exit status 2" "$status" 2
is "no right to install: the one line" "$(tail -n 1 "$work/err")" "apt-get install --no-install-recommends -y b c"
is "no right to install: apt-get is not called" "$(called apt-get)" 0

printf '%s\n' "$arrive" >"$work/apt"
packages 0 a
is "root: goes on" "$status" 0
is "root: one call" "$(called apt-get)" 1
is "root: no sudo" "$(called sudo)" 0
run "root: what is lacking, without recommended packages" grep -q -e '--no-install-recommends -y install b c$' "$work/calls"

: >"$work/sudo"
packages 1000 a b
is "sudo without a password: goes on" "$status" 0
run "sudo without a password: only what is lacking" grep -q -e 'install c$' "$work/calls"
rm "$work/sudo"

# shellcheck disable=SC2016
printf '%s\n' 'case $what in update) : >"$WORK/lists" ;; *) [ -e "$WORK/lists" ] || exit 100 ;; esac' >"$work/apt"
packages 0
is "empty lists: update, and again" "$status $(called 'install') $(called 'update')" "0 2 1"

# shellcheck disable=SC2016
printf '%s\n' '[ "$(grep -c sleep "$WORK/calls")" -ge 3 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock" >&2; exit 100; }' >"$work/apt"
packages 0
is "the lock is held: waits and goes on" "$status $(called sleep)" "0 3"

echo 'echo "E: no network" >&2; exit 100' >"$work/apt"
packages 0
is "apt-get fails: exit status 2" "$status" 2
run "apt-get fails: says what apt-get said" grep -q 'E: no network' "$work/err"
is "apt-get fails: the one line" "$(tail -n 1 "$work/err")" "apt-get install --no-install-recommends -y a b c"

# A folder that make cannot build in.
odd="$work/a b"
mkdir -p "$odd/tools"
cp "$top_srcdir/tools/quickstart" "$top_srcdir/tools/lib-setup.sh" "$top_srcdir/tools/packages" "$odd/tools/"
sh "$odd/tools/quickstart" >"$work/out" 2>"$work/err" </dev/null
is "a folder with a blank in its name: exit status 2" "$?" 2
run "a folder with a blank in its name: is named" grep -Fq "$odd" "$work/err"
is "an argument is a usage error" "$(sh "$top_srcdir/tools/check" --fast >"$work/out" 2>&1; echo $?)" 2

# Every library that configure asks for has its package in the list.
is "every pkg-config module has a package" "$(sed -n 's/.*PKG_CHECK_MODULES(\[[A-Z0-9]*\], \[\([a-z0-9.-]*\).*/\1/p' \
  "$top_srcdir/configure.ac" | while read -r module; do
  case $module in
    yaml-0.1) want=libyaml-dev ;; libxxhash | libutf8proc | libisal) want=$module-dev ;; libcrypto) want=libssl-dev ;;
    zlib) want=zlib1g-dev ;; libcurl) want=libcurl4-openssl-dev ;; check) want=check ;; *) want=lib$module-dev ;;
  esac
  grep -q "  *$want\$" "$top_srcdir/tools/packages" || echo "$module"
done)" ""
done_testing
