#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The stages behind enrich on the bundled sample: import, train, the verdict, compare, recommend, describe; CSVs made by
# hand; what is refused, what fails, and what is then still there.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
etc=${EK_BIN%/bin/enrichkit}/share/enrichkit/etc

# value PATH: of out/report.json
value()
{
  "$jsonget" out/report.json "$1"
}

# has WHAT FILE TEXT
has()
{
  if grep -Fq -e "$3" "$2"; then ok "$1"; else not_ok "$1" "$(head -n 40 "$2")
not there: $3"; fi
}

# ---- the default chain ----------------------------------------------------------------------------------------------
ek run --out out
ended "the default chain" 0
prints "it says whether it helps" "Does it help?  Yes: chain finds more than base (nDCG@25 +" "95 % interval +" "850 users)" "report.html"
is "report.txt is what was printed" "$(sed 's/ *[0-9.]* s$//' out/report.txt)" "$(sed 's/ *[0-9.]* s$//' "$work/out")"
ek check -c out/run.yaml
ended "run.yaml is a configuration" 0
is "the report: engines and group" "$("$jsonget" out/report.json import.engine import.dataset_group import.import_mode train.engine | tr '\n' ' ')" \
  "local enrichkit FULL local "
is "the report: data sets" "$(value 'import.datasets[].type' | tr '\n' ' ')$(value 'import.datasets[].rows' | tr '\n' ' ')$(value 'import.datasets[].status' | tr '\n' ' ')" \
  "Interactions Items 12000 1993 ACTIVE ACTIVE "
is "the report: arms" "$(value 'train.arms[].name' | tr '\n' ' ')" "base chain popularity "
is "the report: solution versions" "$(value 'train.arms[].solution_version' | tr '\n' ' ')" \
  "enrichkit-base/1 enrichkit-metadata/1 enrichkit-popularity/1 "
is "the report: the verdict on the headline" "$("$jsonget" out/report.json 'compare[]' | grep gain_at_25 | "$jsonget" - arm users folds verdict | tr '\n' ' ')" \
  "chain 850 10 better "
run "the report fits the files" "$verify" out
is "each user was tested once" "$(sed 1d out/arms/chain/evaluation.csv | cut -d , -f 1 | sort -u | wc -l)" 850
has "the page is one" out/report.html "</html>"
is "no file is left half" "$(find out -name '.*' -type f)" ""

# The same again: the same results, new versions.
cp out/arms/chain/evaluation.csv first.csv
ek run --out out
ended "the same again" 0
same "the same results" out/arms/chain/evaluation.csv first.csv
is "and new versions" "$(value 'train.arms[].solution_version' | tr '\n' ' ')" "enrichkit-base/2 enrichkit-metadata/2 enrichkit-popularity/2 "
cp -R out whole

# ---- compare ----------------------------------------------------------------------------------------------------------
ek compare out
ended "compare one folder" 0
prints "its table" "12,000 interactions, 850 users tested (ten folds)" "base      chain    difference, 95 % interval" "better" \
  "Verdict: chain is better than base on relevance"
ek compare out:base out:chain
ended "compare two arms" 0
prints "their verdict" "Verdict: out:chain is better than out:base on relevance"
cp "$work/out" two
ek compare out:base whole:chain --json
ended "compare two folders" 0
"$jsonget" "$work/out" 'compare[]' | "$jsonget" --lines - metric difference low high p >apart
value 'compare[]' | "$jsonget" --lines - metric difference low high p >own
is "the intervals are those of the run itself" "$(grep -F -x -f own apart)" "$(cat own)"
ek compare out:chain out:base --fail-if worse
ended "--fail-if worse: it is" 3
ek compare out:base out:chain --fail-if worse
ended "--fail-if worse: it is not" 0
ek compare out --metric precision_at_5
prints "one metric alone" precision_at_5
is "and no other" "$(grep -c '^mean_reciprocal' "$work/out")" 0
ek compare out --folds 1
ended "on one fold" 0
prints "fewer users" "(one fold)"
for arguments in "out nowhere:chain" "out:nothing" "out --metric recall" "out --folds 11" "out --fail-if better" "" "$work"; do
  # shellcheck disable=SC2086
  ek compare $arguments
  ended "compare $arguments" 2
  one_message "compare $arguments: one error"
done
ek run -c "$etc/compare.yaml" --out other --limit 11000
ek compare out other:source
ended "other interactions" 2
says "other interactions: why" "cannot be compared: they were tested on different interactions"
ek run -c "$etc/compare.yaml" --out other --set train.evaluation.folds=1
prints "one fold is said to be one" "This is one fold of ten"
ek compare out other
ended "other folds" 2
says "other folds: why and what helps" "they were tested on different folds" "--folds 1"
ek compare out other --folds 1
ended "on what both have" 0
ek run -c "$etc/compare.yaml" --out other --set train.evaluation.exclude_seen=false
ek compare out other
ended "another protocol" 2
says "another protocol: why" "free to recommend what a user has seen"
cp -R out damaged
sed 's/,0,/,1,/' out/arms/chain/evaluation.csv >damaged/arms/chain/evaluation.csv
ek compare damaged:chain out:chain
ended "a changed evaluation" 2
says "a changed evaluation: why" "its SHA-256 differs"

# ---- arms -------------------------------------------------------------------------------------------------------------
ek run -c "$etc/compare-keywords.yaml" --out out
ended "compare-keywords.yaml, where another chain was" 0
is "its arms" "$(value 'train.arms[].name' | tr '\n' ' ')" "base source keywords both random popularity "
is "random labels help nobody" "$("$jsonget" out/report.json 'compare[]' | grep '"random"' | grep -c '"better"')" 0
is "the others do" "$("$jsonget" out/report.json 'compare[]' | grep gain_at_25 | "$jsonget" --lines - arm verdict | grep better | cut -f 1 | tr '\n' ' ')" \
  "source keywords both "
is "arms that are no more have left no files" "$(ls out/arms | tr '\n' ' ')" "base both keywords popularity random source "
run "the report fits the files of the arms" "$verify" out
ek run --out expected --until enrich --set 'chain=[{plugin: category}]'
same "an arm's items are those of its steps alone" out/arms/source/items.csv expected/items.csv
same "and so is their schema" out/arms/source/items.schema.json expected/items.schema.json
ek compare out
is "a table for each arm" "$(grep -c '^Verdict: ' "$work/out")" 4
ek compare out whole
ended "of several arms one must be named" 2
says "which are there" "out has several arms" "FOLDER:ARM"
ek compare out:both whole
prints "the default chain is both, in the order of the steps" "no difference" "Verdict:"
ek run --out out --until enrich
is "without arms no folders of arms" "$(ls out/arms 2>/dev/null)" ""
rm -rf out
cp -R whole out

cat >labels.yaml <<YAML
catalog: {items: $sample/items.jsonl.gz, interactions: $sample/interactions.jsonl.gz}
chain: [{plugin: category}, {plugin: category, name: again, when: no_labels}]
train: {}
arms: {source: {steps: [category]}, source2: {steps: [again]}, two: {steps: [category], merge: {max_labels: 1}, recipe: base}}
YAML
ek run -c labels.yaml --out arms
ended "arms with a merge and a recipe of their own" 0
is "'when' counts labels of the arm's steps" "$(cut -d , -f 2 arms/arms/source2/items.csv | sort | md5sum)" "$(cut -d , -f 2 arms/arms/source/items.csv | sort | md5sum)"
is "an arm's own merge" "$(grep -c '|' arms/arms/two/items.csv)" 0

# ---- recommend, describe -------------------------------------------------------------------------------------------------
item=$(sed -n 5p out/items.csv | cut -d , -f 1)
user=$(sed -n 5p out/interactions.csv | cut -d , -f 1)
ek recommend --out out --items "$item" --num 3
ended "recommend for an item" 0
is "three lines: id, score, categories" "$(awk -F '\t' 'NF == 3 && $2 > 0' "$work/out" | wc -l)" 3
ek recommend --out out --user "$user" --num 7 --filter new --json
ended "recommend for a user" 0
is "as JSON" "$("$jsonget" "$work/out" 'output.recommendedItems#' 'output.scores#' input.userId | tr '\n' ' ')" "7 7 $user "
cut -d , -f 1,2 out/interactions.csv | grep "^$user," | cut -d , -f 2 >seen
is "--filter new: nothing that was seen" "$("$jsonget" "$work/out" 'output.recommendedItems[]' | grep -c -F -x -f seen)" 0
printf '%s\n{"itemId": "%s"}\n{"nothing": 1}\n' "$user" "$item" >batch
ek recommend --out out --batch batch --num 2
ended "a batch" 0
is "a line for each" "$("$jsonget" --lines "$work/out" error | sed 's/the line.*/no/' | tr '\n' ' ')" "null null no "
says "what has no answer is counted" "1 of 3 lines have no answer"
filter batch recommend --out out --batch - --num 2 -q
ended "a batch from standard input" 0
ek recommend --out out --user "$user" --campaign enrichkit-base/1 --num 1
ended "an older version" 0
for arguments in "" "--user a --items b" "--user a --batch b" "--items nothing" "--user a --num 0" "--user a --num 501" "--user a --filter old" \
  "--user a --engine personalize" "--user a --campaign nothing" "--batch nothing" "somebody"; do
  # shellcheck disable=SC2086
  ek recommend --out out $arguments
  ended "recommend $arguments" 2
  one_message "recommend $arguments: one error"
done
ek recommend --out nowhere --user a
ended "recommend without a store" 2
ek describe --out out
ended "describe" 0
prints "what there is" "Data set group" "enrichkit-metadata/2    ACTIVE" "Interactions  ACTIVE"
ek describe campaign --out out --json
is "the campaign serves the newest" "$("$jsonget" "$work/out" 'campaigns[].solution_version')" enrichkit-metadata/2
ek describe recipe metadata
ended "describe recipe" 0
ek describe recpe
ended "describe an unknown kind" 2
says "did you mean" "did you mean 'recipe'?"
ek describe version --out out --verify
ended "--verify" 0
cp -R out broken
model=$(ls broken/store/enrichkit/models/enrichkit-metadata-2.*)
size=$(wc -c <"$model")
printf 'xxxx' | dd of="$model" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
ek describe version --out broken --verify
if [ "$status" != 0 ]; then ok "--verify finds a damaged model"; else not_ok "--verify finds a damaged model" "$(cat "$work/out")"; fi
: >"$model"
ek recommend --out broken --items "$item"
if [ "$status" != 0 ]; then ok "an empty model is refused"; else not_ok "an empty model is refused"; fi
one_message "an empty model: one error"

# Defaults and limits of the hyperparameters are the same wherever they are told.
ek describe recipe metadata --json
"$jsonget" "$work/out" 'recipes[].algorithm_hyper_parameters[]' | "$jsonget" --lines - name default | sort >told
ek check -c "$etc/compare.yaml" --print
sed -n '/algorithm_hyper_parameters:/,/feature_tr/p' "$work/out" | sed -n 's/^ *\([a-z_]*\): \([0-9.]*\)$/\1	\2/p' | sort >printed
is "describe recipe and check --print agree" "$(awk '{ print $1, $2 + 0 }' told)" "$(awk '{ print $1, $2 + 0 }' printed)"

# ---- until where ---------------------------------------------------------------------------------------------------------
for until in enrich import train; do
  rm -rf until
  ek run --out until --until $until
  ended "--until $until" 0
  is "--until $until: that far" "$("$jsonget" until/report.json status) $("$jsonget" until/report.json import >/dev/null && echo import) $("$jsonget" until/report.json train >/dev/null && echo train)" \
    "done $(case $until in (enrich) echo ' ';; (import) echo 'import ';; (train) echo 'import train';; esac)"
done
ek run --out until --until train --set train=
ended "--until train without train:" 2
says "--until train without train: why" "the configuration has no train: section"
ek run --out until --until deploy
ended "--until deploy" 2
says "--until deploy: why" "the configuration has no deploy: section"
ek run --out until --set train=
ended "import alone" 0
prints "it is said" "no train: section, stopping after import"
rm -rf until
ek run --out until --set catalog.interactions=
ended "items alone" 0
says "items alone: nothing to train on" "nothing will be trained: catalog.interactions names no records"
is "items alone are imported" "$("$jsonget" until/report.json 'import.datasets[].type')" Items
ek check --strict --set catalog.interactions=
ended "and check --strict refuses" 2

# ---- a later stage fails: what enrich made stays ------------------------------------------------------------------------
rm -rf few
ek run --out few --limit 412
ended "too few interactions" 1
says "too few interactions: message 20" "412 interactions; Amazon Personalize needs 1,000, and 25 users with two or more" "min_interactions: 1" "what enrich made is in few"
one_message "too few interactions: one error"
is "the report says failed, and of what" "$("$jsonget" few/report.json status exit 'import.datasets[].status' | tr '\n' ' ')" "failed 1 CREATE FAILED CREATE FAILED "
run "what enrich made is whole, and fits the report" "$verify" few
run "items are there" test -s few/items.csv
ek run --out few --limit 412 --set import.min_interactions=1
ended "the same, with few allowed" 0
says "with few allowed: a warning" "412 interactions"
rm -rf stopped
ek run --out stopped --set run.max_rejects=1
ended "a run that stops in enrich imports nothing" 3
run "a run that stops in enrich has no store" test ! -e stopped/store

# A schema that no longer fits.
rm -rf schema
ek run --out schema --until import
ek run --out schema --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: string}]'
ended "a new column" 0
ek run --out schema --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]'
ended "a column of another type" 1
says "message 18" "does not fit data set 'enrichkit/Items': " "import.on_schema_change=recreate"
ek run --out schema --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]' --set import.on_schema_change=recreate
ended "recreate without --yes" 1
ek run --out schema --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]' --set import.on_schema_change=recreate --yes
ended "recreate with --yes" 0

# ---- CSVs made by hand ---------------------------------------------------------------------------------------------------
printf 'catalog: {}\n' >bare.yaml
awk 'BEGIN { print "USER_ID,ITEM_ID,TIMESTAMP"; for (u = 1; u <= 120; u++) for (k = 0; k < 12; k++) print "u" u ",i" ((u * 7 + k * 3) % 40) "," 1000000 + u * 100 + k }' >events.csv
awk 'BEGIN { print "ITEM_ID,CATEGORY"; for (i = 0; i < 40; i++) print "i" i ",c" i % 3 "|d" i % 5 }' >things.csv
ek import -c bare.yaml --items things.csv --interactions events.csv --out hand
ended "import" 0
prints "import: job states" "Interactions                 ACTIVE   1,440 rows" "Items                        ACTIVE   40 rows"
ek train -c bare.yaml --out hand
ended "train on what was imported" 0
is "train: versions" "$("$jsonget" hand/report.json 'train.arms[].solution_version' | tr '\n' ' ')" "bare-base/1 bare-metadata/1 bare-popularity/1 "
ek train -c bare.yaml --items things.csv --interactions events.csv --out hand2 --set train.evaluation.folds=10
ended "train on CSVs" 0
prints "train: it says whether it helps" "Does it help?" "bare-metadata/1"
is "train: the arm is named after the file" "$("$jsonget" hand2/report.json 'train.arms[].name' | tr '\n' ' ')" "base items popularity "
run "its report fits its files" "$verify" hand2
ek compare hand2
ended "and can be compared" 0
ek train -c bare.yaml --interactions events.csv --out hand3
ended "train on interactions alone" 0
{ cat events.csv; echo "u1,,5"; echo "u2,i1,tomorrow"; } >bad.csv
cp -R hand before
ek import -c bare.yaml --interactions bad.csv --out hand
ended "bad rows" 2
says "bad rows: file and line" "bad.csv:1442: error: " "bad.csv:1443: error: "
is "the store is as it was" "$("$EK_BIN" describe dataset -c bare.yaml --out hand --json)" "$("$EK_BIN" describe dataset -c bare.yaml --out before --json)"
printf 'ITEM_ID,CATEGORY\ni0,c9\ni99,c1\n' >more.csv
ek import -c bare.yaml --items more.csv --out hand --set import.import_mode=INCREMENTAL
ended "INCREMENTAL" 0
ek describe dataset -c bare.yaml --out hand --json
is "INCREMENTAL: one new, one changed" "$("$jsonget" "$work/out" 'datasets[]' | grep '"Items"' | "$jsonget" - rows)" 41
ek import -c bare.yaml --out nothing-here
ended "nothing to import" 2
ek train -c bare.yaml --out nothing-here
ended "nothing to train on" 2
: >empty.csv
ek import -c bare.yaml --interactions empty.csv --out hand
ended "an empty file" 2

# In the folder of a run: its report keeps what it says of enrich.
ek train --out out --set train.solution_config.algorithm_hyper_parameters.nto=0.1
ended "train again in the folder of a run" 0
is "the report keeps the books of enrich" "$(value records.items.in) $(value status) $(grep -c '"nto": 0.1,' out/report.json)" "2004 done 5"
run "and fits the files" "$verify" out
sed 's/,/ ,/' out/items.csv >changed && cp changed out/items.csv
ek import --out out
ended "a changed file of a run" 2
says "a changed file of a run: why" "does not belong to the report beside it"

# ---- recipes, tuning, compressed files ----------------------------------------------------------------------------------
for recipe in base coldstart popularity; do
  rm -rf recipe
  ek run --out recipe --set train.recipe=$recipe --set train.evaluation.folds=1
  ended "recipe $recipe" 0
  has "recipe $recipe: its version" recipe/report.json "enrichkit-$recipe/1"
done
ek run --out recipe --set train.perform_hpo=true --set train.evaluation.folds=1 \
  --set train.solution_config.hpo_config.hpo_resource_config.max_number_of_training_jobs=40 \
  --set 'train.solution_config.hpo_config.algorithm_hyper_parameter_ranges={continuous: [{name: nto, min_value: 0, max_value: 0.2}]}'
ended "perform_hpo" 0
run "perform_hpo: at most so many trials" test "$("$jsonget" recipe/report.json 'train.arms[1].hpo.trials#')" -le 40
is "perform_hpo: values of the range" "$("$jsonget" recipe/report.json 'train.arms[1].hpo.trials[]' | grep '"nto"' | "$jsonget" --lines - value parameter | grep 'nto$' | cut -f 1 | sort -u | awk '{ printf "%g ", $1 }')" "0.05 0.1 0.15 0.2 "
rm -rf zipped
ek run -c "$etc/compare.yaml" --out zipped --set output.gzip=true
ended "compressed CSVs and an import" 2
run "compressed CSVs and an import: before any work" test ! -e zipped
ek run --out arms/one --set train.solution=shop-1 --set import.dataset_group=shop --set report.html=false
ended "names of one's own" 0
is "a solution's name" "$("$jsonget" arms/one/report.json 'train.arms[1].solution_version' import.dataset_group | tr '\n' ' ')" "shop-1/1 shop "
run "no page without report.html" test ! -e arms/one/report.html

# ---- two runs on one store, and an end by a signal -------------------------------------------------------------------------
awk 'BEGIN { print "USER_ID,ITEM_ID,TIMESTAMP"; s = 7; for (u = 1; u <= 20000; u++) for (k = 0; k < 15; k++) { s = (s * 1103515245 + 12345) % 2147483648;
  print "u" u ",i" int(s / 65536) % 5000 "," 1000000 + u * 100 + k } }' >big.csv
cat >big.yaml <<YAML
catalog: {interactions: big.csv}
import: {store: $work/here/common}
train: {evaluation: {folds: 10}}
YAML
"$EK_BIN" run -c big.yaml --out big 2>"$work/big.err" >"$work/big.out" </dev/null &
big=$!
for _ in $(seq 600); do
  grep -q '"status": "enriched"' big/report.json 2>/dev/null && break
  kill -0 $big 2>/dev/null || break
  sleep 0.05
done
is "while the stages work the report says how far it is" "$("$jsonget" big/report.json status)" enriched
ek run -c big.yaml --out big2
ended "a second run on the store is refused" 2
says "a second run on the store: whose it is" "another run is writing into this folder: process $big on" "import.store"
run "a second run on the store has done nothing" test ! -e big2
one_message "a second run on the store: one error"
kill -INT $big
wait $big
is "an interrupt ends it" "$?" 130
is "and the report says so" "$("$jsonget" big/report.json status exit | tr '\n' ' ')" "interrupted 130 "
run "what enrich made is whole" "$verify" big
is "nothing half is left" "$(find big common -name '.*.ek*' -o -name '*.tmp')" ""
ek run -c big.yaml --out big2 --set train.evaluation.folds=1
ended "then the store is free again" 0
done_testing
