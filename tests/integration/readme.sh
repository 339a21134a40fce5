#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The lines under "Write a plugin" in README.md, as they stand there, against the staged install.
. "${top_srcdir:?}/tests/integration/lib.sh"
readme=$top_srcdir/README.md

awk '/^## /{here = ($0 == "## Write a plugin")} here && /^```sh$/{on = 1; next} /^```$/{on = 0} on' "$readme" >"$work/lines"
lines=$(wc -l <"$work/lines" | tr -d ' ')
run "there are some, and fewer than 40" sh -c "test $lines -gt 5 && test $lines -lt 40"

# As a user finds it after "make install": in PATH, and known to pkg-config. cc and c++ are the compilers in use.
mkdir -p "$work/home" "$work/bin"
printf '#!/bin/sh\nexec %s "$@"\n' "${CC:-cc}" >"$work/bin/cc"
printf '#!/bin/sh\nexec %s "$@"\n' "${CXX:-c++}" >"$work/bin/c++"
chmod 755 "$work/bin"/*
cd "$top_srcdir" || exit 99
HOME=$work/home PATH=$work/bin:${EK_BIN%/*}:$PATH PKG_CONFIG_SYSROOT_DIR=$EK_STAGE \
  PKG_CONFIG_PATH=$EK_STAGE$EK_LIBDIR/pkgconfig sh -eu "$work/lines" >"$work/out" 2>"$work/err"
status=$?
is "they run to the end" "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$work/err"

items=$work/home/hello/out/items.csv
is "the items have both plugins' labels" "$(cat "$items" 2>/dev/null)" "ITEM_ID,CATEGORY
A1,Cheap|Brands in K
A2,Dear|Brands in L"
for what in "hello-cc" "labels an item cheap or dear by its price" "limit"; do
  run "the lists show: $what" grep -Fq -- "$what" "$work/out"
done

# The chain of the README is one: with the files that it names it passes the check and runs.
mkdir "$work/shop" && cd "$work/shop" || exit 99
awk '/^## /{here = ($0 == "## A chain")} here && /^```yaml$/{on = 1; next} /^```$/{on = 0} on' "$readme" >shop.yaml
cp "$top_srcdir/sample/items.jsonl.gz" meta_Grocery_and_Gourmet_Food.json.gz
cp "$top_srcdir/sample/interactions.jsonl.gz" reviews_Grocery_and_Gourmet_Food_5.json.gz
cp "$top_srcdir/etc/keywords.tsv" words.tsv
run "the README's chain passes the check" "$EK_BIN" check -c shop.yaml --strict
run "and runs" "$EK_BIN" run -c shop.yaml
run "into the folder that it names" test -s out/items.csv

# So is the one with Rekognition, and what changes when the account is Amazon Personalize's. Nobody is asked.
AWS_EC2_METADATA_DISABLED=true HOME=$work/home STAGING_BUCKET=bucket PERSONALIZE_ROLE_ARN=arn:aws:iam::111122223333:role/R
export AWS_EC2_METADATA_DISABLED HOME STAGING_BUCKET PERSONALIZE_ROLE_ARN
awk '/^## /{here = ($0 == "## A real chain with Rekognition")} here && /^```yaml$/{on = 1; next} /^```$/{on = 0} on' "$readme" >both.yaml
sed -i 's/meta_Grocery_and_Gourmet_Food/pictures/' both.yaml
printf '{"asin": "A1", "imUrl": "http://images.example.com/a.jpg"}\n' | gzip >pictures.json.gz
run "the chain with Rekognition passes the check" "$EK_BIN" check -c both.yaml --no-network --strict
{ grep -v '^train:' shop.yaml
  awk '/^## /{here = ($0 == "## Into Amazon Personalize")} here && /^```yaml$/{on = 1; next} /^```$/{on = 0} on' "$readme"
} >cloud.yaml
run "the same file with the engine changed passes the check" "$EK_BIN" check -c cloud.yaml --no-network --strict
run "and is planned" "$EK_BIN" plan -c cloud.yaml
# Each command in it exists, takes the options it is shown with, and knows which file is meant.
grep -E '(^|\| )  *enrichkit [a-z-]+ ' "$readme" | sed 's/.*enrichkit \([a-z-]*\) \([^#]*\).*/\1 \2/' >commands
unknown=
while read -r command rest; do
  help=$("$EK_BIN" "$command" --help 2>&1) || unknown="$unknown $command"
  for word in $rest; do
    case $word in --*) printf '%s\n' "$help" | grep -Fq -e "$word" || unknown="$unknown $command:$word" ;; esac
  done
done <commands
is "its commands are the program's" "$unknown" ""
is "and there are many" "$(wc -l <commands | awk '{ print ($1 > 10) }')" 1

# Whatever else the README names must be there.
gone=
for path in $(sed -n 's/.*](\([^):]*\)).*/\1/p' "$readme" | sort -u); do
  [ -e "$top_srcdir/$path" ] || gone="$gone $path"
done
is "every file that the README links to is there" "$gone" ""
run "the README names tools/quickstart and tools/check" sh -c "grep -q 'tools/quickstart' '$readme' && grep -q 'tools/check' '$readme'"
done_testing
