#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run that is interrupted at a random moment ends within a second, whatever it waits for, and says what to do; what was
# answered is kept. EK_CANCELS: how often each (2; a hundred make a thousand in all).
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
seed=${EK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "# EK_SEED=$seed"
fake_start --rekognition-ms 100                          # so that it takes more than a second: longer than a signal waits
net_chain "    workers: 16"
for i in $(seq 200); do item "C$i" "/images/$i.jpg"; done
tool=$top_srcdir/tests/integration/net-cancel.py

# cancelled WHAT SIGNALS STATUS OPTION...
cancelled()
{
  cancel_what=$1 cancel_signal=$2 cancel_status=$3
  shift 3
  rm -f "$work"/cache.db*
  fake_python "$tool" "$seed" "${EK_CANCELS:-2}" "$cancel_signal" "$EK_BIN" run -q -c c.yaml --out out --set cache.mode=none "$@" >told 2>&1
  is "$cancel_what: ended within a second" "$(sed -n 's/^slow: //p' told)" ""
  is "$cancel_what: status" "$(sed -n 's/^status: //p' told | sort -u | tr '\n' ' ')" "$cancel_status "
  is "$cancel_what: no sanitizer or crash" "$(grep -ci 'sanitizer\|assert\|core dumped' told)" 0
}
cancelled "SIGINT while it works" INT 130
cancelled "SIGTERM while it works" TERM 143
cancelled "twice SIGINT" INT,INT 130
fake_set '{"rules": [{"on": "rekognition", "do": "hang"}]}'
cancelled "the service hangs" INT 130
fake_set '{"rules": [{"on": "images", "do": "hang"}]}'
cancelled "pictures hang" TERM 143
fake_set '{"rules": [{"on": "images", "do": "drip:1,20"}]}'
cancelled "pictures drip" INT 130
fake_set '{"rules": [{"on": "images", "do": "endless+drip:1000,1"}]}'
cancelled "pictures never end" INT 130
fake_set '{"rules": [], "tps": 1, "retry_after": 30}'
cancelled "it waits as long as the service says" INT 130
fake_set '{"tps": 0}'
cancelled "it waits for its rate" INT 130 --set 'chain[look].rate=1/s'
cancelled "a connection that is never made" TERM 143 --set 'aws.endpoint_url="http://127.0.0.1:1"' \
  --set 'chain[look].retry.first_delay=20s' --set 'chain[look].retry.max_delay=20s'

# What was answered before the signal is not asked again.
rm -f "$work"/cache.db*
fake_set '{"rekognition_ms": 100}'
fake_forget
"$EK_BIN" run -q -c c.yaml --out kept >/dev/null 2>"$work/err" </dev/null &
run=$!
until [ "$(paid)" -ge 30 ] || ! kill -0 $run 2>/dev/null; do sleep 0.02; done
kill -INT $run
wait $run
status=$?
ended "interrupted on the way" 130
before=$(paid)
ek run -c c.yaml --out kept
ended "then to the end" 0
is "everything once (what was in flight at the signal apart)" "$([ "$(paid)" -le $((200 + 16)) ] && [ "$before" -lt 200 ] && echo once)" once
done_testing
