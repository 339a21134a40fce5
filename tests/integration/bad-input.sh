#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What no program likes to read: one clear message, the right exit status, nothing lost, nothing published that must not
# be, and never a crash.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"

cat >c.yaml <<'YAML'
catalog: {items: items.jsonl}
chain: [{plugin: category}]
YAML

# try FILE ARGUMENT...: a run on it into a fresh folder.
try()
{
  try_file=$1
  shift
  rm -rf out
  ek run -c c.yaml --out out --set "catalog.items=$try_file" "$@"
}

# rejects WHAT EXPECTED MEMBER...: of rejects.jsonl, "a b c" a line.
rejects()
{
  rejects_what=$1 rejects_want=$2
  shift 2
  is "$rejects_what" "$("$jsonget" --lines out/rejects.jsonl "$@" | tr '\t' ' ')" "$rejects_want"
}

rows()
{
  sed 1d out/items.csv | tr '\n' ' '
}

# not_published WHAT: the last run left no CSV, and what is there is not taken for the files of a run.
not_published()
{
  if [ ! -e out/items.csv ] && ! "$verify" out 2>/dev/null; then ok "$1"; else not_ok "$1" "$(ls -A out)"; fi
}

# ---- streams that are damaged ----------------------------------------------------------------------------------------
head -c 60000 "$sample/items.jsonl.gz" >cut.jsonl.gz
whole=$(gzip -dc cut.jsonl.gz 2>/dev/null | wc -l | tr -d ' ')
try cut.jsonl.gz
ended "truncated gzip: status" 1
one_message "truncated gzip: one message"
says "truncated gzip: line, records, what to do" "cut.jsonl.gz:$((whole + 1)): error: the gzip stream ends in the middle of a record ($whole records were read)" \
  "Nothing was written" "--set run.max_rejects=100% --limit $whole"
not_published "truncated gzip: nothing is published"
is "truncated gzip: the report tells how far it came" "$("$jsonget" out/report.json status exit records.items.in | tr '\n' ' ')" "failed 1 $whole "
is "truncated gzip: rejects are kept" "$(wc -l <out/rejects.jsonl | tr -d ' ')" "$("$jsonget" out/report.json records.items.rejected)"
try cut.jsonl.gz --set run.max_rejects=100% --limit "$whole"
ended "truncated gzip: the advice works" 0
account "truncated gzip: the advice gives a whole set" out

gzip -dc "$sample/items.jsonl.gz" >items.jsonl
head -n 30 items.jsonl >few.jsonl
gzip -nc few.jsonl >few.jsonl.gz
size=$(wc -c <few.jsonl.gz)
head -c $((size / 2)) few.jsonl.gz >short.jsonl.gz
try short.jsonl.gz
ended "truncated within the first records: status" 1
says "truncated within the first records" "short.jsonl.gz:" "the gzip stream ends in the middle of a record"
ek check -c c.yaml --set catalog.items=short.jsonl.gz
ended "check finds it too" 2
says "check says the same" "short.jsonl.gz:" "the gzip stream ends in the middle of a record"
# Whole, then cut within the trailer; and a CRC that is wrong.
head -c $((size - 3)) few.jsonl.gz >trailer.jsonl.gz
try trailer.jsonl.gz
ended "truncated in the trailer: status" 1
says "truncated in the trailer" "the gzip stream ends in the middle"
{ head -c $((size - 8)) few.jsonl.gz; printf 'abcd'; tail -c 4 few.jsonl.gz; } >crc.jsonl.gz
try crc.jsonl.gz
ended "wrong CRC: status" 1
one_message "wrong CRC: one message"
not_published "wrong CRC: nothing is published"
{ cat few.jsonl.gz; printf 'junk'; } >junk.jsonl.gz
try junk.jsonl.gz
ended "junk behind gzip: status" 1
{ cat few.jsonl.gz; head -c 512 /dev/zero; } >zeros.jsonl.gz
try zeros.jsonl.gz
ended "zeros behind gzip are fine" 0
is "zeros behind gzip: all is read" "$("$jsonget" out/report.json records.items.in)" 30
cat few.jsonl.gz few.jsonl.gz >members.jsonl.gz
try members.jsonl.gz
is "two members: both are read" "$("$jsonget" out/report.json records.items.in)" 60

# A damaged file over an earlier run: its CSVs stay, and no longer pass for a whole set.
try few.jsonl
cp out/items.csv good.csv
ek run -c c.yaml --out out --set catalog.items=cut.jsonl.gz
ended "damaged, over an earlier run: status" 1
same "damaged, over an earlier run: its CSV stays" out/items.csv good.csv
"$verify" out 2>"$work/verify"
is "damaged, over an earlier run: the set is refused" "$? $(grep -c 'did not end well' "$work/verify")" "1 1"
is "damaged, over an earlier run: no leftovers" "$(find out -name '.*' -type f)" ""

# ---- what is no catalogue --------------------------------------------------------------------------------------------
gzip -1 <items.jsonl | tail -c +200 | head -c 100000 >noise
try noise
ended "binary noise: status" 2
one_message "binary noise: one message"
says "binary noise" "noise" "this is neither JSON nor CSV" "help: "
is "binary noise: no output folder" "$(ls out 2>/dev/null)" ""
{ head -n 1 items.jsonl; cat noise; } >mixed.jsonl
try mixed.jsonl
ended "noise behind a good record: too many rejects" 3
says "noise behind a good record: message 17" "were rejected (limit 50 %): " "bad_record. Nothing was written" "--set run.max_rejects=100%"
not_published "noise behind a good record: nothing is published"
try mixed.jsonl --set run.max_rejects=100%
ended "noise behind a good record: the advice works" 0
account "noise behind a good record: all is accounted for" out

: >nothing.jsonl
try nothing.jsonl
ended "an empty file is a catalogue without items" 0
is "an empty file: the header alone" "$(cat out/items.csv)" "ITEM_ID,CATEGORY"

# ---- long, deep and odd records ---------------------------------------------------------------------------------------
{
  echo '{"asin":"A","category":["x"]}'
  head -c 100000000 /dev/zero | tr '\0' a
  printf '\n{"asin":"B","category":["y"]}\n\n{"asin":null}\n{"asin":"C"}\n'
} >long.jsonl
try long.jsonl
ended "a line of 100 MB: status" 0
rejects "a line of 100 MB: rejected alone, and lines are still counted" "long.jsonl 2 30 bad_record
long.jsonl 5 100000062 no_id" file line offset reason
is "a line of 100 MB: no message beside the summary" "$(cat "$work/err")" ""
is "a line of 100 MB: the others are there" "$(rows)" "A,x B,y C, "
[ "${EK_SANITIZED:-}" = 1 ] || run "a line of 100 MB: within 64 MB" test "$("$jsonget" out/report.json peak_rss_bytes)" -lt 64000000
rm long.jsonl
{
  printf '{"asin":"deep","x":'
  head -c 10000 /dev/zero | tr '\0' '['
  head -c 10000 /dev/zero | tr '\0' ']'
  printf '}\n{"asin":"A","category":["x"]}\n'
} >deep.jsonl
try deep.jsonl
ended "10,000 levels: status" 0
rejects "10,000 levels: rejected alone" "1 0 bad_record" line offset reason
is "10,000 levels: the other is there" "$(rows)" "A,x "
{
  printf "{'asin': 'deep', 'x': "
  head -c 10000 /dev/zero | tr '\0' '('
  head -c 10000 /dev/zero | tr '\0' ')'
  printf "}\n{'asin': 'A', 'categories': [['x']]}\n"
} >deep.loose
try deep.loose --set catalog.format=loose
ended "10,000 levels in Python literals: status" 0
rejects "10,000 levels in Python literals: rejected alone" "1 0 bad_record" line offset reason
{ head -c 10000 /dev/zero | tr '\0' '['; head -c 10000 /dev/zero | tr '\0' ']'; } >deep.json
try deep.json
is "an array of 10,000 levels does not crash" "$([ "$status" -lt 4 ] && echo yes)" yes

printf '{"asin":"A","category":["caf\351","ok\377\376"]}\n{"asin":"\351t\351","category":["x"]}\n{"asin":"N\\u0000N","category":["x"]}\n{"asin":"M\000M"}\n{"asin":"B","category":["b\\u0000c"]}\n{"asin":"C","title":"\\ud800","category":["z"]}\n' >utf.jsonl
try utf.jsonl --set run.max_rejects=100%
ended "invalid UTF-8 and NUL: status" 0
is "invalid UTF-8 is replaced and counted" "$("$jsonget" out/report.json records.items.repaired)" 5
is "invalid UTF-8: the rows" "$(rows)" "$(printf 'A,caf\357\277\275|ok\357\277\275\357\277\275 \357\277\275t\357\277\275,x B,bc C,z ')"
rejects "NUL: in an id, and bare in a record" "3 bad_id
4 bad_record" line reason
run "the rejects are JSON all the same" "$jsonget" --lines out/rejects.jsonl input
run "and so is the report" "$jsonget" out/report.json

cat >rows.csv <<'CSV'
id,title,category
1,a,x
2,b,y,one too many
3,c
4,"d
d",z
5,e,w
CSV
try rows.csv
ended "CSV with a field too many: status" 0
rejects "CSV with a field too many: the line, and why" "rows.csv 3 24 bad_record the row has 4 fields, the header has 3 2,b,y,one too many" file line offset reason message input
is "CSV: a field too few is none" "$(rows)" "1,x 3, 4,z 5,w "
printf 'id,category\n1,x\n2,"never closed\n3,y\n4,z\n' >quote.csv
try quote.csv
ended "CSV with a quote that is not closed: status" 0
rejects "CSV with a quote that is not closed: told from there" "3 bad_record" line reason
is "CSV with a quote that is not closed: what came before" "$(rows)" "1,x "

# ---- ids --------------------------------------------------------------------------------------------------------------
x256=$(head -c 256 /dev/zero | tr '\0' y)
cat >ids.jsonl <<JSONL
{"title":"missing"}
{"asin":null}
{"asin":1.5}
{"asin":true}
{"asin":""}
{"asin":"${x256}y"}
{"asin":"$x256"}
{"asin":42}
{"asin":12345678901234567890123}
{"asin":["L"]}
{"asin":{"a":1}}
{"asin":-7}
{"asin":1e3}
{"asin":"dup","asin":"last"}
{"\u0061sin":"escaped"}
{"asin":"behind"} x
[1]
JSONL
try ids.jsonl --set run.max_rejects=100%
ended "ids: status" 0
LC_ALL=C awk '{ print NR, at + 0; at += length($0) + 1 }' ids.jsonl >offsets
rejects "ids: which are refused, and why" "1 no_id
2 no_id
3 bad_id
4 bad_id
5 no_id
6 bad_id
10 bad_id
11 bad_id
13 bad_id
16 bad_record
17 bad_record" line reason
rejects "ids: where they are" "$(awk '$1 ~ /^([1-6]|10|11|13|16|17)$/' offsets)" line offset
is "ids: which are taken" "$(rows)" "$x256, 42, 12345678901234567890123, -7, last, escaped, "
is "ids: the input stands in the reject" "$("$jsonget" --lines out/rejects.jsonl input | sed -n 3p)" '{"asin":1.5}'
is "ids: é counts as one of 256 characters" "$(printf '{"asin":"%s"}\n' "$(awk 'BEGIN { for (i = 0; i < 256; i++) printf "\303\251" }')" >wide.jsonl
  try wide.jsonl; "$jsonget" out/report.json records.items.written)" 1

# Rejects of one in two are too many, of fewer are not; --strict makes any one count.
printf '{"asin":"A"}\n{"asin":null}\n{"asin":"B"}\n' >third.jsonl
try third.jsonl
ended "a third rejected: done" 0
try third.jsonl --strict
ended "a third rejected, --strict: status 3" 3
is "--strict: the files are there" "$(rows)" "A, B, "
is "--strict: report.json has the status" "$("$jsonget" out/report.json status exit | tr '\n' ' ')" "done 3 "
try third.jsonl --set run.max_rejects=0
ended "run.max_rejects as a number" 3
try third.jsonl --set run.max_rejects=1
ended "run.max_rejects: one is allowed" 0
try third.jsonl --set run.max_rejects=20%
ended "run.max_rejects as a share" 3
says "too many: message 17" "error: 1 of the first 3 records was rejected (limit 20 %): 1 no_id. Nothing was written" "see out/rejects.jsonl" "--set run.max_rejects=100%"
not_published "too many: nothing is published"
rejects "too many: the rejects are kept" "2 no_id" line reason

# ---- files and folders -----------------------------------------------------------------------------------------------
mkdir empty odd full
: >odd/readme.txt
cp few.jsonl full/a.jsonl
: >full/.hidden.jsonl
: >full/notes.txt
try empty
ended "a folder without files: status" 2
says "a folder without files" "empty" "no catalogue files in this folder" "help: "
try odd
ended "a folder with other files: status" 2
says "a folder with other files: says how many" "no catalogue files in this folder (1 other name)"
try full
ended "a folder" 0
is "a folder: what other names there are is one warning" "$(grep -c 'warning: ' "$work/err") $(grep -c notes.txt "$work/err")" "1 1"
is "a folder: and it is in the report" "$("$jsonget" out/report.json 'warnings#' 'warnings[0]' | sed 's/.*: \(full: .*\)/\1/' | tr '\n' ' ')" \
  "1 full: 1 name is passed over: notes.txt "
try full -q
is "a folder: also where it was not shown" "$("$jsonget" out/report.json 'warnings#') $(cat "$work/err")" "1 "
for missing in nope.jsonl nope/ few.json; do
  try "$missing"
  ended "no such file ($missing): status" 2
  one_message "no such file ($missing): one message"
  says "no such file ($missing): is named" "$missing: no such f"
done
says "no such file: did you mean" "did you mean few.jsonl"
try full/
try ful/
says "no such folder: did you mean, and how many files" "did you mean full/ (1 file)"
is "no such file: no output folder is made" "$(ls -d out 2>/dev/null)" ""
ek check -c c.yaml --set catalog.items=nope.jsonl
ended "no such file: check refuses it too" 2
ek run -c nope.yaml
ended "no such configuration: status" 2
one_message "no such configuration: one message"
: >file
ek run -c c.yaml --set catalog.items=few.jsonl --out file
ended "an output folder that is a file: status" 2
one_message "an output folder that is a file: one message"
try few.jsonl
rm out/items.csv && mkdir out/items.csv
ek run -c c.yaml --set catalog.items=few.jsonl --out out
ended "a folder where items.csv would be: status" 2
is "a folder where items.csv would be: is left alone" "$([ -d out/items.csv ] && echo there)" there

# The results never go over what is read.
mkdir mine
printf 'id,category\nA,x\n' >mine/items.csv
cp mine/items.csv mine.csv
ln -s mine/items.csv link.csv
for input in mine/items.csv mine link.csv; do
  ek run -c c.yaml --set "catalog.items=$input" --out mine
  ended "results over the input ($input): status" 2
  one_message "results over the input ($input): one message"
  same "results over the input ($input): it stays" mine/items.csv mine.csv
done
ek check -c c.yaml --set catalog.items=mine/items.csv --set output.dir=mine
ended "results over the input: check finds it" 2
says "results over the input" "mine/items.csv: error: the run would write items.csv over this file, which it reads" "--out DIR"
is "results over the input: nothing else is there" "$(ls -A mine)" items.csv

# ---- permission ------------------------------------------------------------------------------------------------------
as=
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$work" .
  as="setpriv --reuid 65534 --regid 65534 --clear-groups"
  # shellcheck disable=SC2086
  $as "$EK_BIN" --version >/dev/null 2>&1 || as=no
fi
if [ "$as" = no ]; then
  skip "no permission" "nobody else may run $EK_BIN here"
else
  # user ARGUMENT...: as somebody who is not root.
  user()
  {
    # shellcheck disable=SC2086
    $as "$EK_BIN" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
  }
  mkdir -m 777 public
  mkdir -m 755 closed
  cp few.jsonl secret.jsonl
  chmod 0 secret.jsonl
  user run -c c.yaml --set catalog.items=secret.jsonl --out public/out
  ended "no permission to read: status" 2
  one_message "no permission to read: one message"
  says "no permission to read" "secret.jsonl: no permission to read it" "help: "
  [ -n "$as" ] || chmod 555 closed
  user run -c c.yaml --set catalog.items=few.jsonl --out closed/out
  ended "no permission to write: status" 2
  one_message "no permission to write: one message"
  says "no permission to write" "closed/out: error: cannot make the folder: Permission denied" "help: "
  user run -c c.yaml --set catalog.items=few.jsonl --out public/out
  ended "with permission" 0
  chmod 0 c.yaml
  user run -c c.yaml --out public/out
  ended "no permission to read the configuration: status" 2
  one_message "no permission to read the configuration: one message"
  chmod 644 c.yaml
fi

# ---- a full disk ------------------------------------------------------------------------------------------------------
# limited BLOCKS ARGUMENT...: no file may grow beyond so many blocks of 512 bytes.
limited()
{
  limited_n=$1
  shift
  (ulimit -f "$limited_n" && exec "$EK_BIN" "$@" >"$work/out" 2>"$work/err" </dev/null)
  status=$?
}
try few.jsonl
cp out/items.csv good.csv
limited 8 run -c c.yaml --out out --set catalog.items=items.jsonl
ended "disk full: status" 1
one_message "disk full: one message"
says "disk full: which file, and what to do" "out/items.csv: error: cannot write: " "help: make room"
same "disk full: the earlier CSV stays" out/items.csv good.csv
is "disk full: no leftovers" "$(find out -name '.*' -type f)" ""
for words in "enrich -c c.yaml few.jsonl" "plugins" "check -c c.yaml" "--help" "run -c c.yaml --out out" "sample few.jsonl" "--version"; do
  # shellcheck disable=SC2086
  "$EK_BIN" $words >/dev/full 2>"$work/err" </dev/null
  status=$?
  ended "$words >/dev/full: status" 1
  one_message "$words >/dev/full: one message"
done
ek enrich -c c.yaml -o /dev/full few.jsonl
ended "enrich -o /dev/full: status" 1
says "enrich -o /dev/full" "/dev/full: error: cannot write: No space left on device"
ek enrich -c c.yaml --rejects /dev/full third.jsonl
ended "enrich --rejects /dev/full: status" 1
limited 8 enrich -c c.yaml -o rows.out items.jsonl
ended "enrich -o FILE, disk full: status" 1
is "enrich -o FILE, disk full: no half file" "$(ls -A | grep rows.out)" ""
done_testing
