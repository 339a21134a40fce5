#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The public header alone, in each language level that authors use; the layout of its tables on 64 and 32 bits; bundled
# plugins on 32 bits; the frozen copies.
. "$top_srcdir/tests/integration/lib.sh"
: "${CC:=cc}" "${CXX:=c++}"
include=$top_srcdir/include
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -pedantic-errors -Werror"

printf '#include <enrichkit/plugin.h>\n#include <enrichkit/plugin.h>\nint x_(void);\nint x_(void) { return EK_ABI_MAJOR; }\n' >"$work/alone.c"
cp "$work/alone.c" "$work/alone.cc"
# The smallest plugins: C with designated initialisers, C++20 likewise, C++11 without.
cat >"$work/small.c" <<'C'
#include <enrichkit/plugin.h>
static ek_status create(const ek_host *h, const ek_config *c, ek_call *k, ek_inst **o) { (void)h; (void)c; (void)k; (void)o; return EK_OK; }
static ek_status enrich(ek_inst *i, ek_call *k, const ek_item *t, ek_sink *s) { (void)i; (void)k; (void)t; (void)s; return EK_NO_LABELS; }
static const ek_enricher small = { EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "small", .create = create, .enrich = enrich };
static const ek_enricher *const list[] = { &small };
static const ek_module module_ = { EK_MODULE_INIT, .id = "org.example.small", .version = "1", .n_enrichers = 1, .enrichers = list };
const ek_module *enrichkit_module_v1(void) { return &module_; }
C
sed 's/{ EK_\([A-Z]*\)_INIT, /{ EK_\1_INIT, /' "$work/small.c" >"$work/small.cc"
cat >"$work/small11.cc" <<'C'
#include <enrichkit/plugin.h>
static ek_status create(const ek_host *, const ek_config *, ek_call *, ek_inst **) { return EK_OK; }
static ek_status enrich(ek_inst *, ek_call *, const ek_item *, ek_sink *) { return EK_NO_LABELS; }
const ek_module *enrichkit_module_v1(void)
{
  static ek_enricher small = ek_enricher();
  static const ek_enricher *const list[] = { &small };
  static ek_module module_ = ek_module();
  small.struct_size = sizeof small;
  small.option_size = sizeof(ek_option);
  small.thread_model = EK_THREAD_PARALLEL;
  small.id = "small";
  small.create = create;
  small.enrich = enrich;
  module_.struct_size = sizeof module_;
  module_.abi_major = EK_ABI_MAJOR;
  module_.id = "org.example.small";
  module_.n_enrichers = 1;
  module_.enrichers = list;
  return &module_;
}
C

compilers_c=$CC
compilers_cxx=$CXX
for other in gcc clang; do
  command -v $other >/dev/null && [ "$other" != "$CC" ] && compilers_c="$compilers_c $other"
done
for other in g++ clang++; do
  command -v $other >/dev/null && [ "$other" != "$CXX" ] && compilers_cxx="$compilers_cxx $other"
done

for cc in $compilers_c; do
  for std in c11 c17 gnu11; do
    run "plugin.h alone, $cc -std=$std" $cc -std=$std $strict -I"$include" -fsyntax-only "$work/alone.c"
  done
  run "a plugin in C11, $cc" $cc -std=c11 $strict -I"$include" -shared -fPIC -fvisibility=hidden -Wl,-z,defs \
    -o "$work/small.so" "$work/small.c"
  run "layout on this machine, $cc" $cc -std=c11 $strict -I"$include" -fsyntax-only "$top_srcdir/tests/abi/layout.c"
done
for cxx in $compilers_cxx; do
  for std in c++11 c++17 c++20; do
    run "plugin.h alone, $cxx -std=$std" $cxx -std=$std $strict -I"$include" -fsyntax-only "$work/alone.cc"
  done
  run "a plugin in C++20, $cxx" $cxx -std=c++20 $strict -Wno-missing-field-initializers -I"$include" -fsyntax-only "$work/small.cc"
  run "a plugin in C++11, $cxx" $cxx -std=c++11 $strict -I"$include" -fsyntax-only "$work/small11.cc"
  run "layout in C++20, $cxx" $cxx -std=c++20 $strict -I"$include" -x c++ -fsyntax-only "$top_srcdir/tests/abi/layout.c"
done

# A C++ plugin with the version script that we ship exports one symbol, weak ones of the library and all.
printf '#include <string>\n#include <vector>\n#include <stdexcept>\n' >"$work/big.cc"
cat "$work/small11.cc" >>"$work/big.cc"
printf 'std::vector<std::string> used_; int use_(int n) { used_.push_back(std::to_string(n)); if (n) throw std::runtime_error("x"); return 0; }\n' >>"$work/big.cc"
run "a C++ plugin with the version script links" $CXX -std=c++11 -O1 -I"$include" -shared -fPIC \
  -Wl,--version-script="$top_srcdir/packaging/plugin.map" -o "$work/big.so" "$work/big.cc"
is "and exports the entry alone" "$(nm -D --defined-only "$work/big.so" | sed 's/.* //')" enrichkit_module_v1

# Options that must not move a member of what both sides share.
for odd in -fshort-enums -fpack-struct=8 -fpack-struct=1 -funsigned-char "-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"; do
  run "layout with $odd" $CC -std=c11 -I"$include" $odd -fsyntax-only "$top_srcdir/tests/abi/layout.c"
done

# 32 bits: the tables need no library; whole plugins need its headers.
if echo 'int x;' >"$work/m32.c" && $CC -m32 -c "$work/m32.c" -o "$work/m32.o" 2>/dev/null; then
  mkdir "$work/bare"
  echo 'int vsnprintf(char *, __SIZE_TYPE__, const char *, __builtin_va_list);' >"$work/bare/stdio.h"
  run "layout on 32 bits" $CC -m32 -ffreestanding -std=c11 -Wall -Wextra -Werror -I"$work/bare" -I"$include" -fsyntax-only \
    "$top_srcdir/tests/abi/layout.c"
else
  skip "layout on 32 bits" "$CC has no -m32"
fi
if printf '#include <stdlib.h>\n' >"$work/m32.c" && $CC -m32 -c "$work/m32.c" -o "$work/m32.o" 2>/dev/null; then
  for source in "$top_srcdir"/plugins/*/*.c "$top_srcdir"/tests/abi/v1/*_v1.c; do
    case $source in */test-*) continue ;; esac
    run "$(basename "$source") on 32 bits" $CC -m32 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$include" -I"$top_builddir" \
      -DPLUGIN_VERSION='"1"' -fsyntax-only "$source"
  done
else
  skip "plugins on 32 bits" "$CC has no 32-bit C library (gcc-multilib)"
fi

# The plugin in the manual.
sed -n '/^\.SH EXAMPLES/,$ { /^\.nf/,/^\.fi/ { /^\./d; s/\\-/-/g; p; }; }' "$top_srcdir/doc/enrichkit-plugin.3" >"$work/manual.c"
run "the example of enrichkit-plugin(3)" $CC -std=c11 $strict -I"$include" -shared -fPIC -fvisibility=hidden -Wl,-z,defs \
  -o "$work/enrichkit-manual.so" "$work/manual.c"

# Until the first release the frozen copy follows the header in the same commit (plugin-abi 11.5).
if cmp -s "$top_srcdir/tests/abi/v1/plugin.h" "$include/enrichkit/plugin.h"; then
  ok "the frozen header is that of ABI 1.0"
elif grep -q '^#define EK_ABI_MINOR 0u' "$include/enrichkit/plugin.h"; then
  not_ok "the frozen header is that of ABI 1.0" "tests/abi/v1/plugin.h differs from include/enrichkit/plugin.h, whose minor is 0"
else
  ok "the header has grown since ABI 1.0"
fi
done_testing
