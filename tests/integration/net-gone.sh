#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The network goes away in the middle of a run: when nobody has answered for a minute the run stops, keeps what was paid for,
# and the next one goes on. The minute passes in a moment (aheadshim.c).
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start --rekognition-ms 5
net_chain "    workers: 4
images: {workers: 4}
run: {window: 20}"
sed -i 's/retry: .*/retry: {attempts: 100, first_delay: 100ms, max_delay: 500ms, max_share: 100%}/' c.yaml
for i in $(seq 200); do item "G$i" "/images/$i.jpg"; done
shim=$top_builddir/tests/integration/.libs/aheadshim.so
export ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS-}"

# gone WHAT WHO: from the fortieth answer on nobody of WHAT answers.
gone()
{
  rm -f ahead "$work"/cache.db*
  fake_forget
  LD_PRELOAD="$shim" EK_CLOCK_AHEAD=$PWD/ahead "$EK_BIN" run -c c.yaml --out "$1" >"$work/out" 2>"$work/err" </dev/null &
  run=$!
  until [ "$(paid)" -ge 40 ]; do kill -0 $run || break; sleep 0.05; done
  fake_set "{\"rules\": [$3]}"
  gone_at=$(grep -c . "$fake_log")
  until [ "$(tail -n +$gone_at "$fake_log" | grep -c '"complete": false')" -ge 20 ]; do kill -0 $run || break; sleep 0.05; done
  : >ahead
  wait $run
  status=$?
  ended "$1: stopped, and resumable" 4
  says "$1: why, and what to do" "$2: nobody has answered for 7" "run again when the network is back: what was paid for is kept"
  is "$1: no CSV is published" "$(ls "$1/items.csv" 2>/dev/null)" ""
  is "$1: the report" "$("$jsonget" "$1/report.json" exit records.items.rejected | tr '\n' ' ')" "4 0 "
  fake_set '{"rules": []}'
  ek run -c c.yaml --out "$1"
  ended "$1: the next run goes on" 0
  is "$1: everything was paid for once" "$(paid)" 200
  account "$1: every record is accounted for" "$1"
}
gone service "step 'look'" '{"on": "rekognition", "do": "cut_before"}'
gone pictures pictures '{"on": "images", "do": "cut_before"}'
gone network "" '{"on": "images", "do": "cut_before"}, {"on": "rekognition", "do": "cut_before"}'
done_testing
