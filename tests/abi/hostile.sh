#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Modules that are wrong, through dlopen() and the whole loader: each must give one clear line and exit status 2.
. "$top_srcdir/tests/integration/lib.sh"
: "${CC:=cc}"
load=$top_builddir/tests/abi/load-module
umask 022
mkdir "$work/p"

# build NAME FLAG...: a module spoilt by the flags.
build()
{
  so=$work/p/enrichkit-$1.so
  shift
  $CC -std=c11 -w -shared -fPIC -fvisibility=hidden -I"$top_srcdir/include" -o "$so" "$@" "$top_srcdir/tests/abi/hostile.c" ||
    not_ok "building $so" "$*"
}

# refused NAME TEXT: what was built last gives one line that names it and says TEXT.
refused()
{
  out=$("$load" "$so" 2>"$work/err")
  status=$?
  line=$(printf '%s\n' "$out" | grep -v '^help: ')
  case "$status $line" in
    "2 $so"*"$2"*)
      if [ "$(printf '%s\n' "$line" | wc -l)" = 1 ] && [ ! -s "$work/err" ]; then ok "$1: $2"
      else not_ok "$1: one line" "$out
$(cat "$work/err")"; fi ;;
    *) not_ok "$1: $2" "status $status
$out
$(cat "$work/err")" ;;
  esac
}

wrong()
{
  what=$1 text=$2
  shift 2
  build "$what" "$@"
  refused "$what" "$text"
}

build good
is "a good module loads" "$("$load" "$so" 2>&1)" "ok org.example.hostile"

wrong module-size-0 "has a module table of 0 bytes" -DMODULE_SIZE=0
wrong module-size-4 "has a module table of 4 bytes" -DMODULE_SIZE=4
wrong module-size-2g "has a module table of 2147483648 bytes" -DMODULE_SIZE=0x80000000u
wrong major-2 "was built for plugin ABI 2, this enrichkit speaks ABI 1" -DMAJOR=2
wrong major-0 "was built for plugin ABI 0, this enrichkit speaks ABI 1" -DMAJOR=0
wrong major-in-name "was built for plugin ABI 2, this enrichkit speaks ABI 1" -DENTRY=enrichkit_module_v2
wrong needs-minor "needs plugin ABI 1.7, this enrichkit speaks ABI 1.0" -DNEEDS_MINOR=7
wrong module-id-null "has no module id (NULL)" -DMODULE_ID=NULL
wrong module-id-odd "has the module id 'a b'" '-DMODULE_ID="a b"'
wrong no-enrichers "offers no enricher" -DN_ENRICHERS=0
wrong many-enrichers "claims to offer 4294967295 enrichers" -DN_ENRICHERS=0xffffffffu
wrong null-enrichers "offers 1 enrichers and no table of them (NULL)" -DENRICHERS=NULL
wrong id-twice "enricher 2 has the id 'hostile' of enricher 1" -DN_ENRICHERS=2
wrong enricher-size-0 "enricher 1 has an enricher table of 0 bytes" -DENRICHER_SIZE=0
wrong enricher-size-4 "enricher 1 has an enricher table of 4 bytes" -DENRICHER_SIZE=4
wrong enricher-size-2g "enricher 1 has an enricher table of 2147483648 bytes" -DENRICHER_SIZE=0x80000000u
wrong id-null "enricher 1 has no id (NULL)" -DID=NULL
wrong id-empty "enricher 1 has an empty id" '-DID=""'
wrong id-escape "enricher 1 has a control character in its id" '-DID="a\033[2J"'
wrong id-bytes "enricher 1 has an id that is not UTF-8" '-DID="a\xff"'
wrong create-null "enricher 'hostile' has no create function (NULL)" -DCREATE=NULL
wrong enrich-null "enricher 'hostile' has no enrich function (NULL)" -DENRICH=NULL
wrong model-0 "enricher 'hostile' declares no thread model" -DMODEL=0
wrong model-unknown "declares thread model 1500, which this enrichkit does not know" -DMODEL=1500
wrong batch-null "has max_batch 8 and no enrich_batch (NULL)" -DMAX_BATCH=8
wrong option-size-0 "has an option_size of 0 bytes" -DOPTION_SIZE=0
wrong option-size-4 "has an option_size of 4 bytes" -DOPTION_SIZE=4
wrong option-size-2g "has an option_size of 2147483648 bytes" -DOPTION_SIZE=0x80000000u
wrong option-null "has no name for option 1 (NULL)" '-DFIRST_OPTION={.type=EK_OPT_INT}'
wrong option-twice "declares option 'take' twice" '-DFIRST_OPTION={.name="take",.type=EK_OPT_INT}'
wrong option-type "has option 'x' of type 999, which this enrichkit does not know" '-DFIRST_OPTION={.name="x",.type=999}'
wrong option-many "declares 4000000000 options" -DN_OPTIONS=4000000000u
wrong default-choice "has option 'take' whose default 'x' is none of its choices" \
  '-DSECOND_OPTION={.name="take",.type=EK_OPT_ENUM,.default_value="x",.choices=choices}'
wrong default-range "has option 'count' whose default '10' is out of its range" \
  '-DFIRST_OPTION={.name="count",.type=EK_OPT_INT,.default_value="10",.max="9"}'
wrong default-type "has option 'count' whose default 'ten' is no int" \
  '-DFIRST_OPTION={.name="count",.type=EK_OPT_INT,.default_value="ten"}'
wrong no-choices "has option 'take' without choices" '-DSECOND_OPTION={.name="take",.type=EK_OPT_ENUM}'
wrong returns-null "has an entry function that returns nothing (NULL)" -DRETURNED=NULL
wrong no-entry "is no enrichkit plugin: it has no function enrichkit_module_v1" -DNO_ENTRY
wrong entry-is-data "is no enrichkit plugin: it has no function enrichkit_module_v1" -DENTRY_IS_DATA
wrong missing-symbol "cannot be loaded: undefined symbol: ek_a_function_of_the_host" -DNEEDS_SYMBOL

# The entry of a library that it depends on is not its own.
build depends -DNO_ENTRY "$work/p/enrichkit-good.so" -Wl,--no-as-needed -Wl,-rpath,"$work/p"
$CC -std=c11 -w -shared -fPIC -fvisibility=hidden -I"$top_srcdir/include" -DNO_ENTRY -o "$so" "$top_srcdir/tests/abi/hostile.c" \
  -Wl,--no-as-needed "$work/p/enrichkit-good.so"
refused depends "is no enrichkit plugin: it has no function enrichkit_module_v1"

# A library that is not there.
mkdir "$work/lib"
$CC -shared -fPIC -o "$work/lib/libgone.so" -x c /dev/null
so=$work/p/enrichkit-gone.so
$CC -std=c11 -w -shared -fPIC -I"$top_srcdir/include" -o "$so" "$top_srcdir/tests/abi/hostile.c" -Wl,--no-as-needed "$work/lib/libgone.so"
rm "$work/lib/libgone.so"
refused gone "cannot be loaded: $work/lib/libgone.so: cannot open shared object file: No such file or directory"

# Not modules at all.
so=$work/p/enrichkit-text.so
echo 'GROUP ( libfoo.so )' >"$so"
refused text "is no shared library (not an ELF file)"
: >"$so"
refused empty "is no shared library (not an ELF file)"
so=$work/p/enrichkit-cut.so
for bytes in 40 100 1000 6000; do
  head -c $bytes "$work/p/enrichkit-good.so" >"$so"
  refused "cut at $bytes" "is cut off"
done
so=$work/p/enrichkit-object.so
$CC -c -fPIC -w -I"$top_srcdir/include" -o "$so" "$top_srcdir/tests/abi/hostile.c"
refused object "is an object file, no shared library: link it with cc -shared"
so=$work/p/enrichkit-machine.so
# e_machine (offset 18): EM_AARCH64.
{ head -c 18 "$work/p/enrichkit-good.so"; printf '\267\000'; tail -c +21 "$work/p/enrichkit-good.so"; } >"$so"
refused machine "is built for arm64, this enrichkit for"
{ head -c 4 "$work/p/enrichkit-good.so"; printf '\001'; tail -c +6 "$work/p/enrichkit-good.so"; } >"$so"
refused bits "is built for 32 bits, this enrichkit for 64"
{ head -c 5 "$work/p/enrichkit-good.so"; printf '\002'; tail -c +7 "$work/p/enrichkit-good.so"; } >"$so"
refused order "is built for a machine of the other byte order"
so=$work/p/enrichkit-folder.so
mkdir "$so"
refused folder "is not a regular file"
so=$work/p/enrichkit-fifo.so
mkfifo "$so"
refused fifo "is not a regular file"
so=$work/p/enrichkit-dangling.so
ln -s nowhere "$so"
refused dangling "cannot be read: No such file or directory"

# All of them in one folder stand in nobody's way, and the program says so with status 2 where one is asked for.
listed=$("$top_builddir/enrichkit" plugins --plugin-path "$work/p" 2>"$work/err")
is "the list ends with 0" $? 0
files=$(ls "$work/p" | wc -l)
is "and tells every refusal" "$(printf '%s\n' "$listed" | grep -c '^refused ')" $((files - 1))
"$top_builddir/enrichkit" plugins show major-2 --plugin-path "$work/p" >"$work/out" 2>"$work/err"
is "to show a refused one ends with 2" $? 2
is "with its reason" "$(sed -n 1p "$work/err")" \
  "error: plugin 'major-2' refused: $work/p/enrichkit-major-2.so was built for plugin ABI 2, this enrichkit speaks ABI 1"
is "and what to do" "$(sed -n 2p "$work/err")" \
  "       help: rebuild it against this enrichkit's plugin.h, or install enrichkit 2 or later"
is "and nothing on standard output" "$(cat "$work/out")" ""
done_testing
