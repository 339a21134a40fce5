#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# enrichkit cache: show, prune and export of a cache that the test of the store has filled.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
fill=$top_builddir/tests/store/fill-cache
[ -x "$fill" ] || skip_all "tests/store/fill-cache was not built"
ENRICHKIT_CACHE=$work/cache/results.db
export ENRICHKIT_CACHE
printf 'catalog: {items: items.jsonl}\n' >enrichkit.yaml

# size NAME: a member of what "cache show --json" prints.
size()
{
  "$EK_BIN" cache show --json >"$work/sizes" 2>"$work/err" && "$jsonget" "$work/sizes" "$1"
}

# ---- usage -----------------------------------------------------------------------------------------------------------
for words in 'shwo:did you mean' 'show it:takes no argument' 'export:where shall' 'prune:which answers' 'prune --older often:is a duration' \
    'show --older 1d:are of' 'export x y:takes no argument' 'prune --step:needs a value'; do
  # shellcheck disable=SC2086
  ek cache ${words%:*}
  ended "cache ${words%:*}: status" 2
  says "cache ${words%:*}: says" "${words##*:}"
done
is "nothing was made" "$(ls "$work/cache" 2>/dev/null)" ""

# ---- nothing there ---------------------------------------------------------------------------------------------------
ek cache
ended "nothing there" 0
prints "nothing there: it is said" "$work/cache/results.db: nothing was kept yet"
is "nothing there: JSON" "$(size answers) $(size file_bytes)" "0 0"
ek cache prune --older 0s
ended "nothing there: prune" 0
is "nothing is made by looking" "$(ls "$work/cache" 2>/dev/null)" ""

# ---- something -------------------------------------------------------------------------------------------------------
now=$(date +%s)
"$fill" "$ENRICHKIT_CACHE" vision $((now - 100 * 86400)) 1200 >/dev/null || not_ok "filling"
"$fill" "$ENRICHKIT_CACHE" vision $((now - 86400)) 34 >/dev/null || not_ok "filling"
"$fill" "$ENRICHKIT_CACHE" other 1400000000 1 >/dev/null || not_ok "filling"
ek cache show
ended "show" 0
prints "show: all, and each step" "$work/cache/results.db: " ", 1,235 answers" "13 May 2014" "vision" "       1,234  "
is "show: JSON" "$(size answers) $(size 'steps[].step' | tr '\n' ' ') $(size 'steps[].answers' | tr '\n' ' ')" "1235 other vision  1 1234 "
is "show: times" "$(size 'steps[].oldest' | head -n 1)" "2014-05-13T16:53:20Z"
ENRICHKIT_CACHE=$work/elsewhere.db "$EK_BIN" cache show --set "cache.path=$work/cache/results.db" >"$work/out" 2>"$work/err"
prints "--set cache.path" "1,235 answers"

ek cache export answers.jsonl
ended "export" 0
prints "export: how many" "1,235 answers are in answers.jsonl"
is "export: a line each" "$(wc -l <answers.jsonl | tr -d ' ')" 1235
is "export: members" "$("$jsonget" --lines answers.jsonl step | sort | uniq -c | tr -s ' ' | tr '\n' ';')" " 1 other; 1234 vision;"
is "export: keys" "$("$jsonget" --lines answers.jsonl key | grep -Ec '^[0-9a-f]{64}$')" 1235
is "export: values" "$("$jsonget" --lines answers.jsonl value | head -n 1)" "answer 0 of other"
is "export: nobody else's business" "$(stat -c %a answers.jsonl)" 600
ek cache export -
ended "export -" 0
is "export - is the same" "$(cmp "$work/out" answers.jsonl && echo same)" same
ek cache export no/such/folder/x
ended "export to nowhere" 2
says "export to nowhere: says" "no/such/folder/x: error: cannot make the file"
if [ -c /dev/full ]; then
  "$EK_BIN" cache export - >/dev/full 2>"$work/err"
  is "export to a full disk" "$?" 1
fi
is "no leftovers" "$(ls -A | grep answers.jsonl)" answers.jsonl

ek cache prune --older 90d --step other
prints "prune --older --step" "1 answer is forgotten, 1,234 are left"
ek cache prune --older 90d --json
ended "prune --older" 0
is "prune --older: JSON" "$("$jsonget" "$work/out" pruned) $("$jsonget" "$work/out" answers)" "1200 34"
ek cache prune --step nobody
prints "prune --step of none" "0 answers are forgotten, 34 are left"
ek cache prune --step vision
prints "prune --step" "34 answers are forgotten, 0 are left"
is "all is gone" "$(size answers)" 0

# ---- the path is all that is needed ----------------------------------------------------------------------------------
# A program without its data beside it, where no configuration is named: the installed chain is nobody's business here.
"$fill" "$ENRICHKIT_CACHE" vision $((now - 86400)) 3 >/dev/null || not_ok "filling"
mkdir -p "$work/bare/bin" "$work/nowhere" && cp "$EK_BIN" "$work/bare/bin/"
cd "$work/nowhere" || exit 99
for words in show 'export -' 'prune --older 0s'; do
  # shellcheck disable=SC2086
  "$work/bare/bin/enrichkit" cache $words >"$work/out" 2>"$work/err" </dev/null
  status=$?
  ended "no configuration: cache $words" 0
  is "no configuration: cache $words says nothing of one" "$(cat "$work/err")" ""
done
prints "no configuration: it is the cache" "3 answers are forgotten"
env -u ENRICHKIT_CACHE "$work/bare/bin/enrichkit" cache --set "cache.path=$work/cache/results.db" >"$work/out" 2>"$work/err" </dev/null
prints "no configuration: --set cache.path" "$work/cache/results.db: "
ek cache --set "cahce.path=$work/cache/results.db"
ended "no configuration: a slip is still one" 2
says "no configuration: what is said of a slip" "did you mean"
ek cache -c nope.yaml
ended "a configuration that is named is wanted" 2
cd "$work/here" || exit 99

# ---- files that will not do ------------------------------------------------------------------------------------------
echo "this is no database, whatever its name may say" >"$work/text.db"
ENRICHKIT_CACHE=$work/text.db
for words in show 'prune --older 0s' 'export -'; do
  # shellcheck disable=SC2086
  ek cache $words
  ended "another file: cache $words: status" 2
  says "another file: cache $words: says" "$work/text.db" "this is no cache of enrichkit"
done
is "another file is left alone" "$(cat "$work/text.db")" "this is no database, whatever its name may say"
done_testing
