#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Two processes that share a cache do not both pay: who comes second waits for the first one's answer; if the first one is
# killed, its claims end.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start --rekognition-ms 100
net_chain "    workers: 8"
for i in $(seq 120); do item "W$i" "/images/$i.jpg"; done
tac items.jsonl >turned.jsonl

# paid_twice: pictures that were paid for more than once.
paid_twice()
{
  grep '"to": "rekognition"' "$fake_log" | grep '"status": 200' | sed -n 's/.*"picture": "\([0-9a-f]*\)".*/\1/p' | sort | uniq -d | wc -l | tr -d ' '
}

"$EK_BIN" run -q -c c.yaml --out one >/dev/null 2>one.err </dev/null &
one=$!
"$EK_BIN" run -q -c c.yaml --out two >/dev/null 2>two.err </dev/null &
two=$!
"$EK_BIN" run -q -c c.yaml --out three --set "catalog.items=$PWD/turned.jsonl" >/dev/null 2>three.err </dev/null &
three=$!
wait $one; is "the first ends well" "$? $(cat one.err)" "0 "
wait $two; is "the second, at the same time" "$? $(cat two.err)" "0 "
wait $three; is "the third, from the other end" "$? $(cat three.err)" "0 "
is "each picture was paid for once" "$(paid) $(paid_twice)" "120 0"
same "the same rows" two/items.csv one/items.csv
is "the third has them too" "$(sed 1d three/items.csv | sort | cksum)" "$(sed 1d one/items.csv | sort | cksum)"
is "what was spent, all three together" \
  "$(for out in one two three; do step $out spent; echo; done | awk '{ sum += $1 } END { printf "%.3f\n", sum }')" 0.120

# The first is killed while it holds claims; the second gets on with them within the time that the test has.
fake_set '{"rekognition_ms": 1000}'
ek cache prune --older 0s
fake_forget
"$EK_BIN" run -q -c c.yaml --out one --limit 16 >/dev/null 2>one.err </dev/null &
one=$!
until [ "$(pictures)" -ge 8 ] || ! kill -0 $one 2>/dev/null; do sleep 0.05; done
sleep 0.3
"$EK_BIN" run -q -c c.yaml --out two --limit 16 >/dev/null 2>two.err </dev/null &
two=$!
sleep 0.3
kill -9 $one
wait $one 2>/dev/null
begun=$(date +%s)
wait $two
is "the other process goes on when the first is killed" "$? $(cat two.err) $([ $(($(date +%s) - begun)) -lt 30 ] && echo soon)" "0  soon"
done_testing
