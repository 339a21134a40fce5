#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Everything that can go wrong with a picture and with a question about it, in one run: each item has its own outcome and
# reason, none is taken for an item without labels, and the books balance.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-account.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start
cat >more.yaml <<'YAML'
    timeout: 1s
    workers: 32
images: {timeout: 1s, max_bytes: 100K, max_side: 500}
run: {max_rejects: 100%}
YAML
net_chain "$(cat more.yaml)"

# one ID PATH EXPECTED: "cell:TEXT", or reason, http and code of its line in rejects.jsonl with "-" for what is absent.
one()
{
  item "$1" "$2"
  printf '%s\t%s\n' "$1" "$3" >>expected
}
note=/images/note/labels=Mug@90,do=
one fine /images/note/labels=Mug@90/a.jpg "cell:Mug"
one nothing-seen /images/note/labels=/a.jpg "cell:"
one no-picture "" "cell:"
# Pictures
one gone /images/do/status:404/a.jpg "asset_failed 404 -"
one forbidden /images/do/status:403/a.jpg "asset_failed 403 -"
one down /images/do/status:500/a.jpg "asset_failed 500 -"
one busy /images/do/throttle/a.jpg "asset_failed 503 -"
one hangs /images/do/hang/a.jpg "asset_failed - -"
one drips /images/do/drip:10,100/a.jpg "asset_failed 200 -"
one cut-before /images/do/cut_before/a.jpg "asset_failed - -"
one cut-middle /images/do/cut_middle/a.jpg "asset_failed 200 -"
one reset /images/do/rst_middle/a.jpg "asset_failed 200 -"
one garbage /images/do/garbage/a.jpg "asset_failed - -"
one refused http://127.0.0.1:1/a.jpg "asset_refused - -"
one html /images/as/html/a.jpg "asset_refused 200 -"
one svg /images/as/svg/a.jpg "asset_refused 200 -"
one webp /images/as/webp/a.jpg "asset_refused 200 -"
one gif /images/as/gif/a.jpg "asset_refused 200 -"
one text /images/as/text/a.jpg "asset_refused 200 -"
one empty /images/as/empty/a.jpg "asset_refused 200 -"
one ends-early /images/as/cut/a.jpg "asset_refused 200 -"
one large /images/size/200000/a.jpg "asset_refused 200 -"
one wide /images/side/600/a.jpg "asset_refused 200 -"
# Questions
one throttled ${note}throttle/a.jpg "throttled 400 ThrottlingException"
one throughput ${note}throttle:ProvisionedThroughputExceededException/a.jpg "throttled 400 ProvisionedThroughputExceededException"
one limit ${note}fail:LimitExceededException/a.jpg "throttled 400 LimitExceededException"
one internal ${note}fail:InternalServerError/a.jpg "service_error 500 InternalServerError"
one gateway ${note}status:503/a.jpg "service_error 503 -"
one bad-format ${note}fail:InvalidImageFormatException/a.jpg "service_error 400 InvalidImageFormatException"
one too-large ${note}fail:ImageTooLargeException/a.jpg "service_error 400 ImageTooLargeException"
one parameters ${note}fail:InvalidParameterException/a.jpg "service_error 400 InvalidParameterException"
one no-answer ${note}hang/a.jpg "timeout - -"
one answer-drips ${note}drip:5,50/a.jpg "timeout - -"
one cut-off ${note}cut_before/a.jpg "service_error - -"
one cut-in-half ${note}cut_middle/a.jpg "service_error 200 -"
one answer-garbage ${note}garbage/a.jpg "service_error - -"
one answer-nonsense ${note}nonsense/a.jpg "service_error - -"
one answer-empty ${note}empty/a.jpg "service_error - -"
# What gets over it
one throttled-once ${note}throttle,times=1/a.jpg "cell:Mug"
one failed-once ${note}fail:InternalServerError,times=1/a.jpg "cell:Mug"
one cut-once ${note}cut_middle,times=1/a.jpg "cell:Mug"
one late ${note}delay:500/a.jpg "cell:Mug"
one closed-after ${note}cut_after/a.jpg "cell:Mug"

# judge OUT: against `expected`, one check an item.
judge()
{
  "$jsonget" --lines "$1/rejects.jsonl" item reason http code | tr '\t' ' ' | sed -e 's/null/-/g' >rejected
  sed 1d "$1/items.csv" | sed 's/,/ cell:/' >written
  while IFS="$TAB" read -r id want; do
    is "$id" "$(cat rejected written | grep "^$id " | cut -d ' ' -f 2-)" "$want"
  done <expected
}
ek run -c c.yaml --out out
ended "the run" 0
judge out
account "every record is accounted for" out
is "two attempts each, where trying again could help" "$("$jsonget" --lines out/rejects.jsonl item attempts | grep -Ec '^(down|busy|cut-before|throttled|throughput|internal|gateway|no-answer|cut-off|answer-garbage)	2$')" 10
is "one where it could not" "$("$jsonget" --lines out/rejects.jsonl item attempts | grep -Ec '^(gone|forbidden|html|svg|webp|gif|text|large|wide|bad-format|too-large|parameters)	1$')" 12
is "a message each" "$("$jsonget" --lines out/rejects.jsonl message | grep -c .)" "$(wc -l <rejected | tr -d ' ')"
is "items: all outcomes" "$("$jsonget" out/report.json records.items.in records.items.enriched records.items.no_labels records.items.skipped records.items.rejected | tr '\n' ' ')" \
  "$(wc -l <expected | tr -d ' ') $(grep -c 'cell:.' expected) 1 1 $(grep -vc cell: expected) "
is "a throttle is counted as one" "$([ "$(step out throttled)" -ge 5 ] && echo yes)" yes
is "money: what was answered, and no more" "$(step out spent)" "$(paid | awk '{ printf "%.3f USD", $1 / 1000 }')"

# ---- once more ----------------------------------------------------------------------------------------------------------
# What failed goes again by `retry`; all else comes from the cache. The paths now let everything pass.
sed -i 's/do=[^/]*//; s|/do/[^/]*/|/|' items.jsonl
fake_forget
ek retry out
ended "retry" 0
is "retry asks only for what had failed" "$(asked '"status": 200' rekognition | tr -d ' ')" "$(calls)"
is "retry: what is left" "$("$jsonget" --lines out/rejects.jsonl reason | sort | uniq -c | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')" "10 asset_refused"
account "retry: every record is accounted for" out

# ---- on_error -----------------------------------------------------------------------------------------------------------
net_chain "    on_error: continue"
sed -i 's/^chain:/chain:\n  - plugin: category/' c.yaml
item A /images/do/status:404/a.jpg Tea
item B ${note}fail:InternalServerError/b.jpg
item C /images/note/labels=Mug@90/c.jpg Cups
ek run -c c.yaml --out kept
ended "on_error continue" 0
is "on_error continue: the other labels are kept" "$(cells kept)" "A=Tea B= C=Cups|Mug"
is "on_error continue: they are listed all the same" "$("$jsonget" --lines kept/rejects.jsonl item kept | tr '\t\n' '  ')" "A true B true "
account "on_error continue: every record is accounted for" kept
ek run -c c.yaml --out stopped --set 'chain[look].on_error=stop'
ended "on_error stop" 1
is "on_error stop: nothing is published" "$(ls stopped/items.csv 2>/dev/null)" ""

# ---- a host that is busy --------------------------------------------------------------------------------------------------
# It asks for a pause at its first picture, and its pictures come first and are more than fetch at once: those of the other
# host are all fetched meanwhile.
net_chain "images: {workers: 2}"
sed -i "s/allow: .*/allow: [\"127.0.0.1:$fake_port\", \"localhost:$fake_port\"]}/" c.yaml
for i in 1 2 3 4; do item "S$i" "/images/slow/$i.jpg"; done
for i in $(seq 30); do item "Q$i" "http://localhost:$fake_port/images/quick/$i.jpg"; done
fake_set '{"retry_after": 4, "rules": [{"on": "images", "do": "throttle", "path": "/slow/", "times": 2}]}'
fake_forget
ek run -c c.yaml --out busy
ended "a busy host" 0
is "a busy host: in the pause that it asks for the pictures of others are fetched" \
  "$(grep '"to": "images"' "$fake_log" | grep -n '/slow/.*"status": 200' | head -n 1 | cut -d: -f1 | awk '{ print ($1 > 30) }')" 1
is "a busy host: it is asked no more than it bears" "$(asked '"to": "images"' /slow/)" 6
fake_set '{"rules": []}'

# ---- what no trying again helps -------------------------------------------------------------------------------------------
net_chain
for i in 1 2 3 4 5 6 7 8; do item "N$i" ${note}fail:AccessDeniedException/$i.jpg; done
fake_forget
ek run -c c.yaml --out denied
is "access denied ends the run, it is not every item's fault" "$([ "$status" != 0 ] && [ "$(calls)" -lt 40 ] && echo ended)" ended
says "access denied says who may not do what" AccessDenied "help: 'enrichkit policy --caller'"
AWS_SECRET_ACCESS_KEY=another ek run -c c.yaml --out signed --set cache.mode=none
says "a secret that does not fit says so" "AWS refuses the credentials" "help: the secret does not fit the key's id"
AWS_SECRET_ACCESS_KEY=wrong
ek run -c c.yaml --out denied
is "a wrong secret ends the run" "$([ "$status" != 0 ] && echo ended)" ended
is "a wrong secret is in no message" "$(grep -c "wrong$\|canonical" "$work/err")" 0
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
fake_forget
ek run -c c.yaml --out nobody
ended "no credentials" 2
says "no credentials: what was tried" "no AWS credentials: tried" AWS_ACCESS_KEY_ID
is "no credentials: nobody is asked" "$(calls)" 0
done_testing
