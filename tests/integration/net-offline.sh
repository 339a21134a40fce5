#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# etc/both.yaml and etc/rekognition.yaml on the bundled sample, from recorded exchanges: no account, no network, through
# the verdict. Needs neither Python nor the fake.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p'); do unset "$name"; done
HOME=$work/home ENRICHKIT_CACHE=$work/cache.db
export HOME ENRICHKIT_CACHE
mkdir "$HOME"
etc=${EK_BIN%/bin/enrichkit}/share/enrichkit/etc

# Where nobody may be asked at all, that is seen to; elsewhere the tape alone decides.
alone=
if unshare -rn true 2>/dev/null; then alone="unshare -rn"; fi
# away ARGUMENT...: as ek, without a network.
away()
{
  $alone "$EK_BIN" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

away run -c "$etc/both.yaml" --out out --set "import.store=$work/store"
ended "both.yaml runs offline" 0
account "both.yaml: every record is accounted for" out
is "both.yaml: the arms" "$("$jsonget" out/report.json 'train.arms[].name' | tr '\n' ' ')" "base source image popularity "
is "both.yaml: a verdict on each" "$("$jsonget" out/report.json 'compare[]' | grep gain_at_25 | "$jsonget" --lines - arm verdict | sort | tr '\t\n' '  ')" \
  "image better source better "
prints "both.yaml: what a newcomer reads" "Does it help?" "report.html"
is "both.yaml: one question for each picture" "$("$jsonget" out/report.json 'steps[]' | grep '"image"' | "$jsonget" - calls)" 63
is "both.yaml: what a tape answers costs nothing" "$("$jsonget" out/report.json spent)" "0 USD"
is "both.yaml: the books of the step" "$("$jsonget" out/report.json 'steps[]' | grep '"image"' | "$jsonget" - failed)" 0
is "both.yaml: the arm image has labels of pictures" "$(grep -c 'Teddy Bear' out/arms/image/items.csv | sed 's/[1-9][0-9]*/some/')" some
is "both.yaml: nothing was rejected but by the reader" "$("$jsonget" out/report.json rejects.by_reason)" '{"no_id":3,"bad_record":1}'
away run -c "$etc/both.yaml" --out again
ended "both.yaml again" 0
same "both.yaml again: the same rows" again/items.csv out/items.csv
same "both.yaml again: the same figures" again/arms/image/evaluation.csv out/arms/image/evaluation.csv
# A later run that asks the service shall not take what a tape said for an answer of it.
is "both.yaml again: from the tape, once for each picture" "$("$jsonget" again/report.json 'steps[]' | grep '"image"' | "$jsonget" - calls)" 63
is "answers of a tape are not kept" "$(ls "$work" | grep cache.db)" ""
echo "no cache of anybody" >"$work/cache.db"
away run -c "$etc/both.yaml" --out third
ended "a cache is not even looked at" 0
is "and left alone" "$(cat "$work/cache.db")" "no cache of anybody"
away plan -c "$etc/both.yaml"
ended "nor by plan" 0
rm -f "$work"/cache.db*
away check -c "$etc/both.yaml"
prints "check: the cache is not used" "cache                  -    ENRICHKIT_CACHE is not used: network.replay answers"
away check -c "$etc/both.yaml" --set cache.path=other.db
prints "check: nor one that the file names" "cache                  -    cache.path is not used"
(unset ENRICHKIT_CACHE; $alone "$EK_BIN" check -c "$etc/both.yaml" >"$work/out" 2>"$work/err" </dev/null)
is "check: nothing to say of a cache that nobody named" "$(grep -c '^cache' "$work/out")" 0

away run -c "$etc/rekognition.yaml" --out pictures
ended "rekognition.yaml runs offline" 0
account "rekognition.yaml: every record is accounted for" pictures
is "rekognition.yaml: who has a picture has labels" "$("$jsonget" pictures/report.json records.items.enriched | awk '{ print ($1 > 1300 && $1 <= 1473) }')" 1
away plan -c "$etc/both.yaml"
ended "plan of both.yaml" 0
prints "plan of both.yaml: nothing is asked" "Nothing was asked, changed or paid."
# What is not on the tape is not asked elsewhere.
cp -R "${etc%/etc}" share && chmod -R u+w share
rm share/sample/tapes/*
away run -c share/etc/rekognition.yaml --out empty
is "without the tape there is no answer" "$([ "$status" != 0 ] && echo none)" none
is "the sample's pictures and tapes are small" "$(cat "$sample"/pictures/* "$sample"/tapes/* | wc -c | awk '{ print ($1 > 20000 && $1 < 300000) }')" 1
if command -v python3 >/dev/null 2>&1; then
  mkdir "$work/made"
  run "tools/make-pictures runs" env PYTHONDONTWRITEBYTECODE=1 python3 "$top_srcdir/tools/make-pictures" "$work/made"
  is "it makes the same pictures" "$(diff -r "$work/made/pictures" "$sample/pictures")" ""
else
  skip "tools/make-pictures makes the same pictures" "python3 is not installed"
fi
done_testing
