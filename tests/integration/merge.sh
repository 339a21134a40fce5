#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# From the labels of several steps to the cell: every strategy, limits, parents, floors, when, cleaning, and how the
# files that come of it are written. Expected bytes stand here, worked out by hand.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"

{
  printf 'green tea\tGreen Tea\t0.9\tTea\n'
  printf 'tea\tTea\t0.6\tDrinks\n'
  printf 'coffee\tCoffee\t0.8\tDrinks\n'
  printf 'mug\tMugs\n'
  printf 'chocolate\tChocolate\t0.75\tSweets\n'
} >words.tsv
printf 'green tea\tTea\ncoffee\tfood\t0.3\nmug\tMugs\t1\n' >second.tsv
cat >items.jsonl <<'JSONL'
{"asin":"A","category":["Food","Tea"],"title":"Green tea and coffee"}
{"asin":"B","category":["coffee","Food"],"title":"A mug of coffee, and a mug of tea"}
{"asin":"C","title":"Chocolate with green tea"}
{"asin":"D","category":["Toys"],"title":"nothing of it"}
{"asin":"E","title":"teapots, mugs"}
{"asin":"F","category":["Food","Food","FOOD","Tea|Green Tea"],"title":"mug"}
{"asin":"G","category":["Say \"hi\", back\\slash","  two  blanks ","<b>bold</b> &amp; more"]}
{"asin":"H","category":"one|two|three|four"}
JSONL
cat >two.yaml <<'YAML'
catalog: {items: items.jsonl}
chain:
  - plugin: category
  - {plugin: keywords, options: {file: words.tsv, fields: [title]}}
YAML
cat >three.yaml <<'YAML'
catalog: {items: items.jsonl}
chain:
  - plugin: category
  - {plugin: keywords, options: {file: words.tsv, fields: [title]}}
  - {plugin: keywords, name: second, options: {file: second.tsv, fields: [title]}}
YAML

# gives WHAT CONFIG ARGUMENT...: the rows of items A to H are those on standard input, where "." stands for what the first
# case gave for that item.
gives()
{
  gives_what=$1 gives_config=$2
  shift 2
  { echo ITEM_ID,CATEGORY; cat; } >expected
  [ -e first ] || cp expected first
  awk 'NR == FNR { first[FNR] = $0; next } { print ($0 == "." ? first[FNR] : $0) }' first expected >expected.full
  rm -rf out
  ek run -c "$gives_config" --out out "$@"
  if [ "$status" != 0 ]; then not_ok "$gives_what" "status $status: $(cat "$work/err")"; return; fi
  same "$gives_what" out/items.csv expected.full
}

gives "union, no limits" two.yaml --set merge.max_labels=0 <<'CSV'
A,Food|Tea|Green Tea|Coffee
B,coffee|Food|Mugs|Tea
C,Chocolate|Green Tea|Tea
D,Toys
E,
F,Food|Tea|Green Tea|Mugs
G,"Say \"hi\", back\\slash|two blanks|bold & more"
H,one|two|three|four
CSV
gives "union, three labels by default" two.yaml <<'CSV'
A,Food|Tea|Green Tea
B,coffee|Food|Mugs
.
.
.
F,Food|Tea|Green Tea
.
H,one|two|three
CSV
is "what was cut is counted" "$("$jsonget" out/report.json merge.cut_by_max_labels)" 4
gives "max_labels: 1" two.yaml --set merge.max_labels=1 --set output.labels=true <<'CSV'
A,Food
B,coffee
C,Chocolate
.
.
F,Food
G,"Say \"hi\", back\\slash"
H,one
CSV
is "labels.jsonl tells what was cut" "$("$jsonget" --lines out/labels.jsonl item cell 'labels[].in' | sed -n 1,3p)" "A${TAB}Food${TAB}true${TAB}merge${TAB}merge${TAB}case_duplicates${TAB}merge
B${TAB}coffee${TAB}true${TAB}merge${TAB}merge${TAB}case_duplicates${TAB}merge
C${TAB}Chocolate${TAB}true${TAB}merge${TAB}merge"
gives "max_chars cuts at a whole value" two.yaml --set merge.max_labels=0 --set merge.max_chars=10 <<'CSV'
A,Food|Tea
B,coffee
C,Chocolate
.
.
F,Food|Tea
G,
H,one|two
CSV
is "what was cut is counted" "$("$jsonget" out/report.json merge.cut_by_max_chars)" 6
gives "first" two.yaml --set merge.strategy=first --set merge.max_labels=0 <<'CSV'
A,Food|Tea
B,coffee|Food
.
.
.
F,Food|Tea|Green Tea
.
.
CSV
gives "first: a step whose labels are all below its floor gave none" three.yaml --set merge.strategy=first --set merge.max_labels=0 \
  --set 'chain[category].floor=0.5' --set 'chain[keywords].floor=0.95' <<'CSV'
A,Food|Tea
B,coffee|Food
C,Tea
.
.
F,Food|Tea|Green Tea
.
.
CSV
gives "vote: two steps" two.yaml --set merge.strategy=vote <<'CSV'
A,Tea
B,coffee
C,
D,
.
F,
G,
H,
CSV
gives "vote: two of three" three.yaml --set merge.strategy=vote <<'CSV'
A,Food|Tea
B,coffee|Food|Mugs
C,Tea
D,
.
F,Mugs
G,
H,
CSV
gives "vote: three of three" three.yaml --set merge.strategy=vote --set merge.votes=3 <<'CSV'
A,Tea
B,
C,
D,
.
F,
G,
H,
CSV
gives "confidence: highest first, those without one last" two.yaml --set merge.strategy=confidence --set merge.max_labels=0 <<'CSV'
A,Green Tea|Coffee|Tea|Food
B,Coffee|Tea|Food|Mugs
C,Green Tea|Chocolate|Tea
.
.
.
.
.
CSV
gives "confidence: the limit takes the highest" three.yaml --set merge.strategy=confidence --set merge.max_labels=2 <<'CSV'
A,Green Tea|Coffee
B,Mugs|Coffee
C,Green Tea|Chocolate
.
.
F,Mugs|Food
G,"Say \"hi\", back\\slash|two blanks"
H,one|two
CSV
gives "parents: append" two.yaml --set merge.parents=append --set merge.max_labels=0 --set output.labels=true <<'CSV'
A,Food|Tea|Green Tea|Drinks|Coffee
B,coffee|Food|Mugs|Drinks|Tea
C,Chocolate|Sweets|Green Tea|Tea|Drinks
.
.
.
.
.
CSV
is "parents: labels.jsonl tells whose they are" "$(head -n 1 out/labels.jsonl | "$jsonget" - 'labels[5]')" \
  '{"name":"Drinks","parent_of":"Tea","step":"keywords","confidence":0.59999999999999998,"parents":[],"in":true}'
gives "parents: only" two.yaml --set merge.parents=only --set merge.max_labels=0 <<'CSV'
A,Tea|Drinks
B,Drinks
C,Sweets|Tea|Drinks
D,
.
F,
G,
H,
CSV
gives "parents neither vote nor are lost by it" two.yaml --set merge.strategy=vote --set merge.parents=append --set merge.max_labels=0 <<'CSV'
A,Tea|Drinks
B,coffee|Drinks
C,
D,
.
F,
G,
H,
CSV
gives "parents with confidence" two.yaml --set merge.strategy=confidence --set merge.parents=append --set merge.max_labels=0 <<'CSV'
A,Green Tea|Tea|Coffee|Drinks|Food
B,Coffee|Drinks|Tea|Food|Mugs
C,Green Tea|Tea|Chocolate|Sweets|Drinks
.
.
.
.
.
CSV

# ---- floor and when --------------------------------------------------------------------------------------------------
gives "floor: below it is dropped, without one passes" two.yaml --set 'chain[keywords].floor=0.7' --set merge.max_labels=0 --set output.labels=true <<'CSV'
.
B,coffee|Food|Mugs
C,Chocolate|Green Tea
.
.
.
.
.
CSV
cat >labels.expected <<'JSONL'
{"item": "A", "cell": "Food|Tea|Green Tea|Coffee", "steps": {"category": "labels", "keywords": "labels"}, "labels": [{"name": "Food", "step": "category", "parents": [], "in": true}, {"name": "Tea", "step": "category", "parents": [], "in": true}, {"name": "Green Tea", "step": "keywords", "confidence": 0.9, "parents": ["Tea"], "in": true}, {"name": "Coffee", "step": "keywords", "confidence": 0.8, "parents": ["Drinks"], "in": true}, {"name": "Tea", "step": "keywords", "confidence": 0.6, "parents": ["Drinks"], "in": "floor"}]}
{"item": "B", "cell": "coffee|Food|Mugs", "steps": {"category": "labels", "keywords": "labels"}, "labels": [{"name": "coffee", "step": "category", "parents": [], "in": true}, {"name": "Food", "step": "category", "parents": [], "in": true}, {"name": "Mugs", "step": "keywords", "parents": [], "in": true}, {"name": "Coffee", "step": "keywords", "confidence": 0.8, "parents": ["Drinks"], "in": "case_duplicates"}, {"name": "Tea", "step": "keywords", "confidence": 0.6, "parents": ["Drinks"], "in": "floor"}]}
{"item": "C", "cell": "Chocolate|Green Tea", "steps": {"category": "none", "keywords": "labels"}, "labels": [{"name": "Chocolate", "step": "keywords", "confidence": 0.75, "parents": ["Sweets"], "in": true}, {"name": "Green Tea", "step": "keywords", "confidence": 0.9, "parents": ["Tea"], "in": true}, {"name": "Tea", "step": "keywords", "confidence": 0.6, "parents": ["Drinks"], "in": "floor"}]}
{"item": "D", "cell": "Toys", "steps": {"category": "labels", "keywords": "none"}, "labels": [{"name": "Toys", "step": "category", "parents": [], "in": true}]}
{"item": "E", "cell": "", "steps": {"category": "none", "keywords": "none"}, "labels": []}
{"item": "F", "cell": "Food|Tea|Green Tea|Mugs", "steps": {"category": "labels", "keywords": "labels"}, "labels": [{"name": "Food", "step": "category", "parents": [], "in": true}, {"name": "Food", "step": "category", "parents": [], "in": "neighbours"}, {"name": "FOOD", "step": "category", "parents": [], "in": "case_duplicates"}, {"name": "Tea", "step": "category", "parents": [], "in": true}, {"name": "Green Tea", "step": "category", "parents": [], "in": true}, {"name": "Mugs", "step": "keywords", "parents": [], "in": true}]}
{"item": "G", "cell": "Say \"hi\", back\\slash|two blanks|bold & more", "steps": {"category": "labels", "keywords": "none"}, "labels": [{"name": "Say \"hi\", back\\slash", "step": "category", "parents": [], "in": true}, {"name": "two blanks", "step": "category", "parents": [], "in": true}, {"name": "bold & more", "step": "category", "parents": [], "in": true}]}
{"item": "H", "cell": "one|two|three|four", "steps": {"category": "labels", "keywords": "none"}, "labels": [{"name": "one", "step": "category", "parents": [], "in": true}, {"name": "two", "step": "category", "parents": [], "in": true}, {"name": "three", "step": "category", "parents": [], "in": true}, {"name": "four", "step": "category", "parents": [], "in": true}]}
JSONL
same "labels.jsonl, byte for byte" out/labels.jsonl labels.expected

# asked STEP: how many items it was asked about, and how many not.
asked()
{
  "$jsonget" out/report.json "steps[$1].items" "steps[$1].not_asked" | tr '\n' ' '
}
gives "when: no_labels" two.yaml --set 'chain[keywords].when=no_labels' --set merge.max_labels=0 <<'CSV'
A,Food|Tea
B,coffee|Food
.
.
.
F,Food|Tea|Green Tea
.
.
CSV
is "when: no_labels: asked about C and E" "$(asked 1)" "2 6 "
gives "when: labels < 2" two.yaml --set 'chain[keywords].when=labels < 2' --set merge.max_labels=0 <<'CSV'
A,Food|Tea
B,coffee|Food
.
.
.
F,Food|Tea|Green Tea
.
.
CSV
is "when: labels < 2: asked about D too" "$(asked 1)" "3 5 "
gives "when: what cleaning drops does not count" two.yaml --set 'chain[keywords].when=labels < 2' --set 'clean.stop=[TEA]' --set merge.max_labels=0 <<'CSV'
A,Food|Green Tea|Coffee
B,coffee|Food
C,Chocolate|Green Tea
.
.
F,Food|Green Tea
.
.
CSV
gives "when: what is below a floor does not count" three.yaml --set 'chain[second].when=no_labels' --set 'chain[keywords].floor=1' \
  --set 'chain[category].when=no_labels' --set merge.max_labels=0 <<'CSV'
A,Food|Tea
B,coffee|Food|Mugs
C,Tea
.
.
.
.
.
CSV
is "when: C and E have no labels above the floor" "$(asked 2)" "2 6 "
ek run -c two.yaml --out out --set 'chain[keywords].when=labels < 1'
ended "labels < 1 is refused" 2
says "labels < 1: with the readable form" "no_labels"

# ---- cleaning --------------------------------------------------------------------------------------------------------
gives "clean: none" two.yaml --set clean=none --set merge.max_labels=0 <<'CSV'
A,Food|Tea|Green Tea|Tea|Coffee
B,coffee|Food|Mugs|Coffee|Tea
.
.
.
F,Food|Food|FOOD|Tea|Green Tea|Mugs
G,"Say \"hi\", back\\slash|  two  blanks |<b>bold</b> &amp; more"
.
CSV
is "clean: none: nothing is counted" "$("$jsonget" out/report.json clean | tr -d 'a-z_":{},' | tr -d 0)" ""
gives "bar: replace" two.yaml --set clean.bar=replace <<'CSV'
A,Food|Tea|Green Tea
B,coffee|Food|Mugs
.
.
.
F,Food|Tea/Green Tea|Mugs
.
H,one|two|three
CSV
gives "bar: drop" two.yaml --set clean.bar=drop <<'CSV'
A,Food|Tea|Green Tea
B,coffee|Food|Mugs
.
.
.
F,Food|Mugs
.
H,one|two|three
CSV
gives "bar: keep" two.yaml --set clean.bar=keep --set merge.max_labels=2 <<'CSV'
A,Food|Tea
B,coffee|Food
C,Chocolate|Green Tea
.
.
F,Food|Tea|Green Tea
G,"Say \"hi\", back\\slash|two blanks"
H,one|two
CSV
gives "aliases" two.yaml --set 'clean.aliases={Tea: Tee, Green Tea: Tee, Food: "", Toys: "Spiel, Spaß"}' --set merge.max_labels=0 <<'CSV'
A,Tee|Coffee
B,coffee|Mugs|Tee
C,Chocolate|Tee
D,"Spiel, Spaß"
.
F,FOOD|Tee|Mugs
.
.
CSV
printf 'Tea\tTee\nGreen Tea\tTee\nFood\t\nToys\tSpiel, Spaß\n' >aliases.tsv
cp out/items.csv by-map.csv
ek run -c two.yaml --out out --set clean.aliases=aliases.tsv --set merge.max_labels=0
same "aliases from a file" out/items.csv by-map.csv

# ---- how it is written -----------------------------------------------------------------------------------------------
schema()
{
  "$jsonget" out/items.schema.json 'fields[1]'
}
gives "no_labels: empty" two.yaml --set output.no_labels=empty <<'CSV'
A,Food|Tea|Green Tea
B,coffee|Food|Mugs
.
.
.
F,Food|Tea|Green Tea
.
H,one|two|three
CSV
is "no_labels: empty: a nullable column" "$(schema)" '{"name":"CATEGORY","type":["null","string"],"categorical":true}'
sed '/^E,/d' out/items.csv >dropped.csv
cp out/items.csv plain.csv
ek run -c two.yaml --out out --set output.no_labels=drop
same "no_labels: drop: no row" out/items.csv dropped.csv
ek run -c two.yaml --out out --set output.no_labels=required
same "no_labels: required: the same rows" out/items.csv plain.csv
is "no_labels: required: a column that is not null" "$(schema)" '{"name":"CATEGORY","type":"string","categorical":true}'
ek run -c two.yaml --out out --set output.label_column=GENRES
is "label_column: in the header and the schema" "$(head -n 1 out/items.csv) $("$jsonget" out/items.schema.json 'fields[1].name')" "ITEM_ID,GENRES GENRES"
cat >quoted.expected <<'CSV'
"ITEM_ID","CATEGORY"
"A","Food|Tea|Green Tea"
"B","coffee|Food|Mugs"
"C","Chocolate|Green Tea|Tea"
"D","Toys"
"E",""
"F","Food|Tea|Green Tea"
"G","Say \"hi\", back\\slash|two blanks|bold & more"
"H","one|two|three"
CSV
ek run -c two.yaml --out out --set output.quote=all
same "quote: all" out/items.csv quoted.expected
sed 's/\\"/""/g; s/\\\\/\\/g' quoted.expected >rfc.expected
ek run -c two.yaml --out out --set output.quote=all --set output.csv=rfc4180
same "rfc4180: quotes are doubled, backslashes are bare" out/items.csv rfc.expected
sed 's/^G,.*/G,"Say ""hi"", back\\slash|two blanks|bold \& more"/' plain.csv >rfc.expected
ek run -c two.yaml --out out --set output.csv=rfc4180
same "rfc4180 with few quotes" out/items.csv rfc.expected
ek run -c two.yaml --out out --set output.gzip=true
ended "gzip" 0
gzip -dc out/items.csv.gz >unpacked.csv 2>"$work/gzip.err"
same "gzip: the same rows" unpacked.csv plain.csv
is "gzip: the plain file of the run before is gone" "$(ls out/items.csv 2>/dev/null)" ""
cp out/items.csv.gz again.gz
ek run -c two.yaml --out out --set output.gzip=true
same "gzip: the same bytes every time" out/items.csv.gz again.gz
run "gzip: the set belongs together" "$verify" out
done_testing
