#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run of a thousand pictures that is killed at twenty random moments and run again each time gives the bytes of the
# undisturbed one, and pays for no picture again whose answer the server had sent completely 200 ms before the kill. So
# with connections that are cut, with a clock that is set, and with a disk that is full.
# EK_SEED repeats a sequence of moments.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
seed=${EK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "# EK_SEED=$seed"
kills=${EK_KILLS:-20}
tool=$top_srcdir/tests/integration/net-kill.py
fake_start --rekognition-ms 40 --images-ms 10 --limit 600
# Attempts enough for whatever the rules below cut off.
cat >more.yaml <<'YAML'
    workers: 16
  - {plugin: category}
YAML
net_chain "$(cat more.yaml)"
sed -i 's/attempts: 2/attempts: 10/' c.yaml
awk -v url="$fake_url" 'BEGIN { for (i = 0; i < 1000; i++)
  printf "{\"asin\": \"K%d\", \"image\": \"%s/images/%d.%s\", \"category\": [\"C%d\"]}\n", i, url, i, i % 5 ? "jpg" : "png", i % 7 }' >items.jsonl

ek run -c c.yaml --out whole
ended "the undisturbed run" 0
account "the undisturbed run: every record is accounted for" whole
is "it asks once for each picture" "$(paid)" 1000

# disturbed WHAT KILLS LOW HIGH MS [VARIABLE=VALUE...]: from nothing, killed so often, then to the end.
disturbed()
{
  what=$1 n=$2 low=$3 high=$4 ms=$5
  shift 5
  rm -rf out "$work"/cache.db* ends
  fake_forget
  env "$@" /usr/bin/python3 "$tool" kill "$seed" "$n" "$low" "$high" ends "$EK_BIN" run -q -c c.yaml --out out 2>said
  killed=$(grep -c killed ends)
  [ "$n" = 0 ] || is "$what: runs were killed (of $n)" "$([ "$killed" -ge $((n * 3 / 4)) ] && echo most)" most
  [ ! -s said ] || echo "# $(head -n 5 said)"
  env "$@" "$EK_BIN" run -q -c c.yaml --out out >"$work/out" 2>"$work/err" </dev/null
  status=$?
  ended "$what: it ends well" 0
  same "$what: the bytes are those of the undisturbed run" out/items.csv whole/items.csv
  account "$what: every record is accounted for" out
  is "$what: what was answered is not paid for again" "$(fake_python "$tool" judge "$fake_log" ends "$ms" 2>twice)" "1000 paid, 0 again"
  [ ! -s twice ] || sed 's/^/# /' twice
  is "$what: nothing is left in the folder" "$(find out -name '.*' -type f)" ""
}
disturbed "killed" "$kills" 0.05 0.35 200

fake_set '{"rules": [{"on": "rekognition", "do": "cut_before", "share": 0.03}, {"on": "rekognition", "do": "rst_before", "share": 0.02},
  {"on": "rekognition", "do": "cut_middle", "share": 0.03}, {"on": "rekognition", "do": "cut_after", "share": 0.03},
  {"on": "images", "do": "cut_middle", "share": 0.03}, {"on": "images", "do": "rst_before", "share": 0.02}]}'
disturbed "killed, with connections cut" $((kills / 4)) 0.1 0.9 200
fake_set '{"rules": []}'

shim=$top_builddir/tests/integration/.libs/clockshim.so
ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
export ASAN_OPTIONS
is "the clock can be set" "$(LD_PRELOAD="$shim" EK_CLOCK_STEPS=0:864000000 date +%s | cut -c 1)" 2
disturbed "killed, with the clock set" $((kills / 4)) 0.1 0.9 200 LD_PRELOAD="$shim" EK_CLOCK_STEPS=0:-40000,120:90000,300:-5,450:500000,700:-86400

# ---- a full disk ----------------------------------------------------------------------------------------------------------
# Files may not grow beyond a limit: the cache meets it on the way. The run fails, and says so; what was stored is kept.
rm -rf out "$work"/cache.db* ends
fake_forget
: >ends
for blocks in 300 600; do                                # of 512 bytes
  (ulimit -f $blocks; exec "$EK_BIN" run -q -c c.yaml --out out >"$work/out" 2>"$work/err" </dev/null)
  status=$?
  fake_python -c 'import time; print(time.monotonic_ns(), "ended")' >>ends
  is "a full disk ($blocks blocks): failed, or stopped and resumable" "$([ $status = 1 ] || [ $status = 4 ] && echo yes)" yes
  says "a full disk ($blocks blocks): says so" "cannot keep in the cache what was paid for" "what was kept so far is not paid for again"
  is "a full disk ($blocks blocks): says so once" "$(grep -c "cannot keep in the cache" "$work/err")" 1
  is "a full disk ($blocks blocks): no CSV" "$(ls out/items.csv 2>/dev/null)" ""
done
ek run -c c.yaml --out out
ended "a full disk: then it goes on" 0
same "a full disk: the same bytes" out/items.csv whole/items.csv
is "a full disk: what was stored is not paid for again" "$(fake_python "$tool" judge "$fake_log" ends 1500 2>twice)" "1000 paid, 0 again"
[ ! -s twice ] || sed 's/^/# /' twice

rm -f "$work"/cache.db*
(ulimit -f 300; exec "$EK_BIN" enrich -c c.yaml items.jsonl >/dev/null 2>"$work/err" </dev/null)
is "a full disk under enrich: status, said once" "$? $(grep -v '^{' "$work/err" | grep -c "cannot keep in the cache")" "1 1"

fake_forget
rm -f "$work"/cache.db*
ek enrich -c c.yaml items.jsonl -o /dev/full
ended "rows into a full device" 1
ek enrich -c c.yaml items.jsonl -o rows.csv
ended "then into a file" 0
same "the same rows" rows.csv whole/items.csv
is "each picture is paid for once" "$(sed -n 's/.*"picture": "\([0-9a-f]*\)".*"to": "rekognition".*/\1/p' "$fake_log" | sort | uniq -d | wc -l)" 0
ek run -c c.yaml --out full --set cache.path=/dev/full --limit 10
is "a cache that cannot be is an error before any work" "$([ "$status" != 0 ] && echo refused) $(ls -d full/items.csv 2>/dev/null)" "refused "
done_testing
