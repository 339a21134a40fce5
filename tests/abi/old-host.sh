#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Today's plugins under the frozen host of ABI 1.0 (tests/abi/v1/host_v1.c).
. "$top_srcdir/tests/integration/lib.sh"
host=$top_builddir/tests/abi/host_v1
tab=$(printf '\t')

so=$top_builddir/plugins/category/.libs/enrichkit-category.so
is "category" "$("$host" "$so" category category=Food category='Coffee & Tea' 2>&1)" "Food
Coffee & Tea
status 0"
is "category, with options" "$("$host" "$so" category field:=genres skip_levels:=1 'genres=Film|Drama|Crime' 2>&1)" "Drama
Crime
status 0"
is "category, without a value" "$("$host" "$so" category 2>&1)" "status 10"

so=$top_builddir/plugins/keywords/.libs/enrichkit-keywords.so
printf 'green tea%sTea%s0.8%sDrinks\n' "$tab" "$tab" "$tab" >"$work/words.tsv"
is "keywords" "$("$host" "$so" keywords file:="$work/words.tsv" title='Organic Green Tea, 20 bags' 2>&1)" "Tea 0.8 < Drinks
status 0"
is "keywords, nothing found" "$("$host" "$so" keywords file:="$work/words.tsv" title='Coffee' 2>&1)" "status 10"

tests=$top_builddir/tests/plugin/plugins/.libs
is "sleepy" "$("$host" "$tests/enrichkit-sleepy.so" sleepy max:=1000 category=A 2>&1)" "A
status 0"
is "failing" "$("$host" "$tests/enrichkit-failing.so" failing category=A how:=item_error 2>&1)" "emitted, then failed
status -20: failed as asked"
is "a plugin that needs what this host lacks is refused" "$("$host" "$tests/enrichkit-labels.so" labels 2>&1)" \
  "host_v1: ek.labels/1: needed, and not offered by this host"
done_testing
