#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Which of several records with one id counts; and the same records in every form that is read.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"

mkdir both
cat >both/a.jsonl <<'JSONL'
{"asin":"A","category":["first"]}
{"asin":"B","category":["only"]}
{"asin":"A","category":["second"]}
{"asin":null,"category":["no id claims nothing"]}
{"asin":"C","category":["last in this file"]}
JSONL
cat >both/b.jsonl <<'JSONL'
{"asin":"C","category":["in the next file"]}
{"asin":"a","category":["another case is another id"]}
{"asin":"A","category":["third"]}
{"asin":7,"category":["a number"]}
{"asin":"7","category":["its text"]}
JSONL
printf 'name: d\ncatalog: {items: both}\n' >c.yaml

# gives DUPLICATES ROWS RECORDS
gives()
{
  for threads in 1 3; do
    rm -rf out
    ek run -c c.yaml --out out --set "catalog.duplicates=$1" --threads $threads
    ended "duplicates: $1, $threads threads" 0
    is "duplicates: $1, $threads threads: the rows" "$(sed 1d out/items.csv | tr '\n' ';')" "$2"
    account "duplicates: $1, $threads threads: the books" out
  done
  is "duplicates: $1: read, enriched, rejected, duplicates" \
    "$("$jsonget" out/report.json records.items.in records.items.enriched records.items.rejected records.items.duplicates | tr '\n' ' ')" "$3 "
}
gives first "A,first;B,only;C,last in this file;a,another case is another id;7,a number;" "10 5 1 4"
gives last "B,only;C,in the next file;a,another case is another id;A,third;7,its text;" "10 5 1 4"
gives all "A,first;B,only;A,second;C,last in this file;C,in the next file;a,another case is another id;A,third;7,a number;7,its text;" "10 9 1 0"
gives refuse "A,first;B,only;C,last in this file;a,another case is another id;7,a number;" "10 5 5 0"
is "duplicates: refuse: which ones, and where" "$("$jsonget" --lines out/rejects.jsonl file line item reason | tr '\t' ' ')" "both/a.jsonl 3 A duplicate_refused
both/a.jsonl 4 - no_id
both/b.jsonl 1 C duplicate_refused
both/b.jsonl 3 A duplicate_refused
both/b.jsonl 5 7 duplicate_refused"
# A record that a step rejects has claimed its id, one that the reader rejects has not (above). Without threads' help.
ek run -c c.yaml --out out --set catalog.duplicates=last --limit 3
is "last with --limit: of what was read" "$(sed 1d out/items.csv | tr '\n' ';')" "B,only;A,second;"
filter both/a.jsonl run -c c.yaml --out out --set catalog.items=- --set catalog.duplicates=last
ended "last of standard input: status" 2
says "last of standard input" "standard input cannot be read twice"
printf '{"reviewerID":"u","asin":"A","unixReviewTime":1}\n{"reviewerID":"u","asin":"A","unixReviewTime":1}\n' >events.jsonl
printf 'USER_ID,X\nu,1\nv,2\nu,3\n' >users.csv
for which in "first u;v" "last v;u" "all u;v;u"; do
  ek run -c c.yaml --out out --set catalog.interactions=events.jsonl --set catalog.users=users.csv --set "catalog.duplicates=${which% *}"
  is "users go by the same rule: ${which% *}; interactions are never dropped" \
    "$(sed 1d out/users.csv | tr '\n' ';') $(sed 1d out/interactions.csv | wc -l | tr -d ' ')" "${which#* }; 2"
done

# Ids that are alike, and many of them: none is taken for another.
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "{\"asin\":\"%d\"}\n", i; for (i = 0; i < 30000; i += 3) printf "{\"asin\":\"%d\"}\n", i }' >many.jsonl
ek run -c c.yaml --out out --set catalog.items=many.jsonl
is "30,000 ids, a third of them twice" "$("$jsonget" out/report.json records.items.written records.items.duplicates | tr '\n' ' ')" "30000 10000 "
is "in their order" "$(sed 1d out/items.csv | awk -F, '$1 != NR - 1 { bad++ } END { print bad + 0 }')" 0
ek run -c c.yaml --out out --set catalog.items=many.jsonl --set catalog.duplicates=last
is "and the last of each" "$("$jsonget" out/report.json records.items.written records.items.duplicates | tr '\n' ' ') $(sed 1d out/items.csv | tail -n 1)" "30000 10000  29997,"

# ---- forms -----------------------------------------------------------------------------------------------------------
cat >expected.csv <<'CSV'
ITEM_ID,CATEGORY,TITLE
A,Tea|Green Tea,"one, \"two\""
B,,café
3,x,
CSV
cat >forms.yaml <<'YAML'
catalog: {items: nothing, columns: {items: [{name: TITLE, field: title}]}}
YAML
printf '{"id":"A","category":["Tea","Green Tea"],"title":"one, \\"two\\""}\n{"id":"B","title":"caf\\u00e9"}\n{"id":3,"category":"x"}\n' >form.jsonl
printf '\357\273\277\n\n{"id":"A","category":["Tea","Green Tea"],"title":"one, \\"two\\""}\r\n\r\n  {"id":"B","title":"caf\303\251"}  \r\n{"id":3,"category":"x"}' >form-bom.jsonl
printf '[\n {"id":"A",\n  "category":["Tea","Green Tea"],"title":"one, \\"two\\""}\n, {"id":"B","title":"caf\\u00e9"},{"id":3,"category":"x"}]\n' >form-array.json
printf "{'id': 'A', 'category': [['Tea', 'Green Tea'], ['Other']], 'title': 'one, \"two\"'}\n{'id': u'B', 'title': 'caf\\\\xe9', 'category': None}\n{'category': \"x\", 'id': 3}\n" >form-loose.json
printf 'id,category,title\nA,Tea|Green Tea,"one, ""two"""\nB,,caf\303\251\n3,x\n' >form-comma.csv
printf 'title;id;category\r\n"one, ""two""";A;Tea|Green Tea\r\ncaf\303\251;B;\r\n;3;x' >form-semicolon.csv
printf 'id\tcategory\ttitle\nA\tTea|Green Tea\tone, "two"\nB\t\tcaf\303\251\n3\tx\t\n' >form-tab.csv
printf '"id"|"category"|"title"\nA|"Tea|Green Tea"|"one, ""two"""\nB||caf\303\251\n3|x|\n' >form-bar.csv
while read -r file format; do
  rm -rf out
  ek run -c forms.yaml --out out --set "catalog.items=$file" --set catalog.format=auto
  ended "$file" 0
  same "$file: the rows" out/items.csv expected.csv
  is "$file: what it is" "$("$jsonget" out/report.json 'records.items.files[0].format')" "$format"
  gzip -nc "$file" >"packed"
  ek run -c forms.yaml --out out --set catalog.items=packed --set "catalog.format=$format"
  same "$file: named by its format, and packed" out/items.csv expected.csv
  filter "$file" run -c forms.yaml --out out --set catalog.items=-
  same "$file: on standard input" out/items.csv expected.csv
done <<'FORMS'
form.jsonl jsonl
form-bom.jsonl jsonl
form-array.json json
form-loose.json loose
form-comma.csv csv
form-semicolon.csv csv
form-tab.csv csv
form-bar.csv csv
FORMS
ek run -c forms.yaml --out out --set catalog.items=form-semicolon.csv --set 'catalog.delimiter=";"'
same "a delimiter that is named" out/items.csv expected.csv

# All in one run, in the order that is written, and in a folder in the order of bytes.
ek run -c forms.yaml --out out --set 'catalog.items=[form-tab.csv, form-loose.json, form-array.json, form.jsonl]' --set catalog.duplicates=all
ended "mixed forms in one run" 0
is "mixed forms: each as it is" "$("$jsonget" out/report.json 'records.items.files[].format' | tr '\n' ' ')" "csv loose json jsonl "
{ cat expected.csv; for n in 1 2 3; do sed 1d expected.csv; done; } >expected.all
same "mixed forms: all rows, in the order written" out/items.csv expected.all
mkdir folder
for name in b.jsonl B.jsonl a.csv.gz é.json z.ndjson 10.jsonl 9.jsonl; do
  case $name in
    *.csv.gz) printf 'id\n%s\n' $name | gzip -n >folder/$name ;;
    *.json) printf '[{"id":"%s"}]' $name >folder/$name ;;
    *) printf '{"id":"%s"}\n' $name >folder/$name ;;
  esac
done
mkdir folder/deeper.jsonl
ek run -c forms.yaml --out out --set catalog.items=folder
is "a folder: in the order of bytes" "$(sed 1d out/items.csv | tr -d ',' | tr '\n' ' ')" "10.jsonl 9.jsonl B.jsonl a.csv.gz b.jsonl z.ndjson é.json "
is "a folder: what lies deeper is passed over, and said" "$(grep -c 'deeper.jsonl/' "$work/err")" 1
# An array that is broken is an error of the run, not a reject.
printf '[{"id":"A"},{"id":"B"}' >open.json
ek run -c forms.yaml --out out2 --set catalog.items=open.json
ended "an array that is not closed: status" 1
says "an array that is not closed" "open.json:1" "the JSON array has no closing ']'"
is "an array that is not closed: nothing is published" "$(ls out2/items.csv 2>/dev/null)" ""
printf '[{"id":"A"}\n,{"id":}\n,{"id":"B"}]' >bad-element.json
ek run -c forms.yaml --out out2 --set catalog.items=bad-element.json
ended "a bad element of an array is a reject" 0
is "a bad element: where it begins" "$("$jsonget" --lines out2/rejects.jsonl line offset reason)" "2${TAB}13${TAB}bad_record"
done_testing
