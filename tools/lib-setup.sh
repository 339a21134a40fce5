# SPDX-License-Identifier: BSD-3-Clause
# What tools/quickstart and tools/check share: packages, ./configure, one build folder. Sourced, with $top set to the
# source folder. Plain POSIX sh, and only what a bare Debian has; git is never called, since it refuses a clone that
# belongs to somebody else.

build=$top/build-quick
prefix=$build/prefix
log=$build/setup.log
command_line=$(basename "$0")

LC_ALL=C
export LC_ALL
# A root shell by "su" may lack the folders that dpkg needs.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
# Neither a configuration of the user's nor a make around us may change what is built and shown.
unset CDPATH ENRICHKIT_CONFIG ENRICHKIT_PLUGIN_PATH ENRICHKIT_CACHE MAKEFLAGS MFLAGS MAKELEVEL DESTDIR CONFIG_SITE

say()
{
  printf '%s\n' "$*"
}

refuse()
{
  printf '%s: %s\n' "$command_line" "$*" >&2
  exit 2
}

# packages KIND...: the names of these kinds in tools/packages.
packages()
{
  for kind in "$@"; do
    sed -n "s/^$kind  *//p" "$top/tools/packages"
  done
}

# missing NAME...: those that are not installed.
missing()
{
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
  for name in "$@"; do
    printf '%s\n' "$installed" | grep -Fqx -- "$name" || printf '%s\n' "$name"
  done
}

apt_line()
{
  say "apt-get install --no-install-recommends -y $*"
}

# Sets $as_root to what runs a command as root; returns 1 where nobody lets us.
find_root()
{
  as_root=
  [ "$(id -u)" != 0 ] || return 0
  command -v sudo >/dev/null 2>&1 || return 1
  as_root='sudo -n'
  sudo -n true </dev/null >/dev/null 2>&1 && return 0
  [ -t 0 ] && [ -t 2 ] || return 1
  as_root=sudo
  say "Packages are to be installed; sudo may ask for your password."
  sudo true
}

# apt_get ARGUMENT...: waits for whoever holds the locks, dpkg's (an option of apt) and those of the lists and archives
# (none): so try again for ten minutes.
apt_get()
{
  tries=0
  while :; do
    if (umask 022 && $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -o DPkg::Lock::Timeout=600 -qq "$@" \
        </dev/null >"$scratch" 2>&1); then
      return 0
    fi
    tries=$((tries + 1))
    grep -Eq 'Could not get lock|Unable to (lock|acquire)' "$scratch" && [ "$tries" -lt 120 ] || return 1
    [ "$tries" -gt 1 ] || say "Waiting: another program holds the package lock."
    sleep 5
  done
}

install_packages()
{
  command -v dpkg-query >/dev/null 2>&1 || return 0      # not Debian: configure says what it lacks
  lacking=$(missing "$@" | tr '\n' ' ')
  lacking=${lacking% }
  [ -n "$lacking" ] || return 0
  find_root || refuse "these packages are missing, and you may not install them here. As root:
$(apt_line "$lacking")"
  say "Installing ${lacking}"
  scratch=$(mktemp) || exit 1
  # Lists may be empty or out of date: then the first try fails, and often at once.
  # shellcheck disable=SC2086
  apt_get --no-install-recommends -y install $lacking || { apt_get update && apt_get --no-install-recommends -y install $lacking; } || {
    cat "$scratch" >&2
    rm -f "$scratch"
    refuse "the packages could not be installed (see above). As root, with the network up:
$(apt_line "$lacking")"
  }
  rm -f "$scratch"
}

# What was made by root in somebody's folder is given to that somebody, so that both can go on.
give_back()
{
  owner=$(stat -c %u "$top")
  [ "$(id -u)" = 0 ] && [ "$owner" != 0 ] || return 0
  for made in build-quick build-aux autom4te.cache aclocal.m4 configure config.h.in Makefile.in m4; do
    [ ! -e "$top/$made" ] || chown -hR --reference="$top" "$top/$made" 2>/dev/null || :
  done
}

must_bootstrap()
{
  [ -x "$top/configure" ] && [ -e "$top/Makefile.in" ] || return 0
  newer=$(cd "$top" && find . -name 'build*' -prune -o \
    \( -name configure.ac -o -name Makefile.am -o -name local.mk -o -name bootstrap \) -newer configure -print | head -n 1)
  [ -n "$newer" ]
}

check_place()
{
  case $top in
    *[!A-Za-z0-9/._+,:@%=~-]*)
      refuse "make and libtool cannot build in a folder with such a name: $top
Move or copy it to one of letters, digits, and . _ - + alone." ;;
  esac
  [ -w "$top" ] || refuse "nothing can be written in $top: copy it to a folder of yours, and run the copy's tools/$command_line"
  if [ -e "$build" ] && [ ! -w "$build" ]; then
    refuse "$build belongs to $(stat -c %U "$build"): remove it first (it holds nothing that cannot be made again)"
  fi
}

# logged WHAT COMMAND...: runs it, its output in $log; shows the end of that when it fails.
logged()
{
  what=$1
  shift
  printf '\n== %s\n' "$*" >>"$log"
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    printf '%s: %s failed; all of it is in %s\n' "$command_line" "$what" "$log" >&2
    return 1
  fi
}

jobs()
{
  nproc 2>/dev/null || echo 1
}

# Tests wait for time-outs and for each other's processes half of their time; more would stretch what they wait for.
test_jobs()
{
  echo $((1 + $(jobs)))
}

configure_build()
{
  if [ -x "$top/configure" ] && ! must_bootstrap; then
    :
  else
    say "Making ./configure"
    logged "bootstrap" "$top/bootstrap" || return 1
  fi
  # Configured for this very place, and by a configure that still stands: then make does the rest.
  if [ -e "$build/config.status" ] && [ "$(cat "$build/.place" 2>/dev/null)" = "$build" ]; then
    return 0
  fi
  say "Configuring"
  (cd "$build" && logged "configure" "$top/configure" --prefix="$prefix") || return 1
  printf '%s\n' "$build" >"$build/.place"
}

# setup: packages, configure and make, in $build.
setup()
{
  check_place
  kinds='build test'
  must_bootstrap && kinds="bootstrap $kinds"
  # shellcheck disable=SC2046,SC2086
  install_packages $(packages $kinds)
  trap give_back EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ -e "$build" ] && [ "$(cat "$build/.place" 2>/dev/null || printf '%s' "$build")" != "$build" ]; then
    rm -rf "$build"                                      # the folder was moved or copied here
  fi
  mkdir -p "$build" || exit 1
  : >"$log"
  configure_build || exit 1
  say "Building"
  logged "the build" make -C "$build" -j"$(jobs)" all || exit 1
}

# Each test leaves NAME.trs, with a line a check; one of a test that is gone must not be counted again.
forget_results()
{
  find "$1" -name '*.trs' -exec rm -f {} +
}

# tally BUILD STATUS STRICT: names what did not pass in the tests of a build folder, whose make ended with STATUS, and
# prints the sum. Fails if anything failed, or, where STRICT is 1, was skipped.
tally()
{
  find "$1" -name '*.trs' | sort | while IFS= read -r trs; do
    # What did not pass, and the first lines of what it said of itself.
    awk '/^(PASS|XFAIL|ok|not ok)/ { shown = 0 } /^(FAIL|XPASS|ERROR|SKIP): / { print; shown = 6 } shown && /^# / { shown--; print "  " $0 }' \
      "${trs%.trs}.log" 2>/dev/null
  done
  find "$1" -name '*.trs' -exec cat {} + | awk -v make="$2" -v strict="$3" '
    /^:test-result: / { n[$2]++ }
    END {
      passed = n["PASS"] + n["XFAIL"]; failed = n["FAIL"] + n["XPASS"] + n["ERROR"]; skipped = n["SKIP"] + 0
      if (make != 0 && !failed) { print "make check ended with status " make; failed = 1 }
      if (!passed && !failed) { print "no test ran"; failed = 1 }
      if (strict == "1" && skipped) print "skipped tests count as failures here (ENRICHKIT_CI=1)"
      printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
      exit (failed || (strict == "1" && skipped)) ? 1 : 0
    }'
}
