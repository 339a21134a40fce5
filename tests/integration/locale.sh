#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The main job under German and Turkish, in a time zone of 5:45, with umask 077: not a byte of output changes.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"

# What a locale could spoil: points and commas in numbers, I and i, words beyond ASCII, dates without a zone, the order
# of names.
mkdir items
printf 'INDIGO\tBlue\nıssız\tDotless\nİZMİR\tDotted\nstraße\tStreet\nçay\tTea\n' >words.tsv
cat >items/b.jsonl <<'JSONL'
{"asin":"A","title":"An indigo ink","price":"$1,234.50","created_at":"2020-02-29T12:30:00"}
{"asin":"B","title":"Issiz ISSIZ ıssız","price":"1.5","created_at":"2020-03-29"}
{"asin":"C","title":"izmir İZMİR","price":"1,5","created_at":"1600000000"}
{"asin":"D","title":"STRASSE Straße","price":1e-7,"created_at":"2020-03-29T02:30:00+05:45","category":["TITLE","title","I","i","ı"]}
{"asin":"E","title":"Çay ÇAY","price":123456789.125,"created_at":1600000000123,"category":["<I>&Iota; &iota;</I>","x &AMP; y"]}
{"asin":"F","price":"€ 2.000","created_at":"29.3.2020"}
{"asin":null}
{"ASIN":"G"}
{"asin":"H",}
JSONL
printf '{"asin":"a"}\n' >items/ä.jsonl
printf '{"asin":"b"}\n' >items/I.jsonl
printf '{"asin":"c"}\n' >items/i.jsonl
cat >events.csv <<'CSV'
USER_ID;ITEM_ID;TIMESTAMP;EVENT_VALUE
u;A;1600000000;1.5
u;A;2020-02-29T12:30:00;2
u;A;2020-02-29 12:30:00Z;0.1
u;A;2020-02-29T12:30:00+01:00;1e21
u;A;1600000000.5;1,5
CSV
cat >c.yaml <<'YAML'
catalog:
  items: items
  interactions: events.csv
  columns:
    items: [{name: PRICE, field: price, type: float}, {name: CREATION_TIMESTAMP, field: created, type: timestamp}]
chain:
  - plugin: category
  - {plugin: keywords, options: {file: words.tsv, fields: [title]}, floor: 0.5}
merge: {max_labels: 0}
output: {labels: true}
run: {max_rejects: 50%}
YAML

# all OUT: the main job on the sample and on the records above; what is written, but for what tells the time.
all()
{
  "$EK_BIN" run -q --out "$1/sample" >"$work/out" 2>"$work/err" </dev/null || return
  "$EK_BIN" run -q -c c.yaml --out "$1/own" >"$work/out" 2>"$work/err" </dev/null || return
  "$EK_BIN" check -c c.yaml --print >"$1/print.yaml" 2>"$work/err" </dev/null || return
  "$EK_BIN" check -c c.yaml >"$1/check" 2>&1 </dev/null || return
  "$EK_BIN" enrich -c c.yaml --format jsonl >"$1/rows.jsonl" 2>"$1/rejects" </dev/null || return
  for report in sample own; do
    sed -e '/^ "started"/d' -e '/^ "seconds"/d' -e '/^ "peak_rss_bytes"/d' -e 's/"seconds": [0-9.]*//' -e '/report.txt/d' -e '/report.html/d' -e '/run.yaml/d' \
      "$1/$report/report.json" >"$1/$report/report.same"
    rm -r "$1/$report/report.json" "$1/$report/report.txt" "$1/$report/report.html" "$1/$report/run.yaml"
    rm -rf "$1/$report/store"
  done
}

unset LANG LANGUAGE LC_ALL LC_CTYPE LC_NUMERIC LC_TIME TZ
mkdir plain
if all plain; then ok "the plain run"; else not_ok "the plain run" "$(cat "$work/err")"; fi
is "prices are read with a point" "$(cut -d, -f 1,3,4 plain/own/items.csv | tr '\n' ' ')" \
  "ITEM_ID,PRICE,CREATION_TIMESTAMP b,, A,1234.5,1582979400 B,1.5,1585440000 C,,1600000000 D,1e-07,1585428300 E,123456789.125,1600000000 F,2.0, G,, c,, a,, "
is "words are folded by Unicode, not by country" "$(grep '^[ABCDE],' plain/own/items.csv | cut -d, -f 2 | tr '\n' ' ')" \
  "Blue Dotless Dotted TITLE|I|ı|Street Ι ι|x & y|Tea "

# How they differ from the plain run: nothing.
compare()
{
  rm -rf other
  mkdir other
  compare_what=$1
  shift
  if ! ("$@" && all other); then not_ok "$compare_what" "$(cat "$work/err")"; return; fi
  if diff -r plain other >"$work/diff" 2>&1; then ok "$compare_what: equal bytes"; else not_ok "$compare_what: equal bytes" "$(head -n 20 "$work/diff")"; fi
}

# Locales that are not there are made, where that can be done.
for locale in de_DE tr_TR; do
  unset LOCPATH
  if [ "$(LC_ALL=$locale.UTF-8 locale charmap 2>&1)" != UTF-8 ]; then
    LOCPATH=$work/locales
    mkdir -p "$LOCPATH"
    export LOCPATH
    localedef -i $locale -f UTF-8 "$LOCPATH/$locale.UTF-8" >"$work/localedef" 2>&1
  fi
  if [ "$(LC_ALL=$locale.UTF-8 locale charmap 2>&1)" = UTF-8 ]; then
    compare "$locale.UTF-8" eval "LC_ALL=$locale.UTF-8; export LC_ALL"
  else
    skip "$locale.UTF-8: equal bytes" "it is not there and cannot be made (package locales): $(head -n 1 "$work/localedef")"
  fi
done
unset LOCPATH
compare "TZ=Asia/Kathmandu" eval 'TZ=Asia/Kathmandu; export TZ'
compare "TZ=:/nowhere" eval 'TZ=:/nowhere; export TZ'
compare "umask 077" umask 077
is "umask 077 is honoured" "$(find other -type f -perm /077)" ""
done_testing
