#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What `plan` tells is what a run then does; it asks nobody and changes nothing. `check` looks for credentials; `retry`
# knows the secrets of its run by their names.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start
net_chain "    rate: 50/s"
for i in 1 2 3 4 5 6 7 8 9 10; do item "P$i" "/images/plan$((i % 5)).jpg"; done
item none ""

# ---- plan --------------------------------------------------------------------------------------------------------------
ek plan -c c.yaml
ended "plan" 0
cat >picture <<TEXT
Reads    11 items ($(wc -c <items.jsonl | tr -d ' ') B)                                      [counted]
Step     look   11 items, 10 with a picture, 5 distinct URLs
                 5 calls at 50/s: 1 s, 0.005 USD
                 5 of the pictures are not known yet: those that equal others cost nothing
Budget   20 USD is enough.
Writes   enrichkit-out/: items.csv
Nothing was asked, changed or paid.
TEXT
same "plan: the picture" "$work/out" picture
is "plan makes no cache" "$(ls "$work"/cache.db* 2>/dev/null)" ""
ek plan -c c.yaml --set 'chain[look].budget='
ended "plan without a budget" 0
prints "plan without a budget says what is wanted" "none is set: a run wants   budget: 1 USD   in step 'look'"
ek run -c c.yaml --out out --set 'chain[look].budget=0.003 USD'
ended "a run up to its budget" 4
says "how to go on: what was typed, with a higher budget" \
  "enrichkit run -c c.yaml --out out --set 'chain[look].budget=0.00" "USD more)"
sha256sum "$work"/cache.db* >"$work/sums"
ek plan -c c.yaml --out out --set 'chain[look].budget=0.004 USD'
prints "plan: what is in the cache, and what was spent before" "3 in the cache (free) -> 2 calls at 50/s" \
  "Budget   0.004 USD, of which 0.003 USD are spent, is reached after about 1 call: "
ek plan -c c.yaml --out out --set 'chain[look].budget=0.004 USD' --json
is "plan --json" "$("$jsonget" "$work/out" 'steps[]' | "$jsonget" - calls cache_hits addresses cost spent budget budget_reached \
  budget_reached_after_calls | tr '\n' ' ')" "2 3 5 0.002 USD 0.003 USD 0.004 USD true 1 "
is "another folder has spent nothing" "$("$EK_BIN" plan -c c.yaml --json | "$jsonget" - 'steps[]' | "$jsonget" - spent)" "0 USD"
run "plan leaves the cache as it was" sha256sum -c "$work/sums"
ek run -c c.yaml --out out --set 'chain[look].budget=0.005 USD'
ended "as planned" 0
is "as planned: calls and money" "$(step out calls cache_hits spent spent_before)" "2 8 0.002 USD 0.003 USD"
prints "the summary: what was paid for" "Paid  0.002 USD for 2 calls; 8 answers from the cache"
is "it ended well: the ledger begins anew" "$("$EK_BIN" plan -c c.yaml --out out --json | "$jsonget" - 'steps[]' | "$jsonget" - spent)" "0 USD"
is "plan and check asked nobody" "$(calls) $(paid)" "5 5"

# Two arms, of which one needs the pictures of all items.
cat >arms.yaml <<YAML
$(sed 's/^chain:/chain:\n  - plugin: category/' c.yaml)
    when: no_labels
arms: {image: {steps: [look]}}
YAML
printf '{"asin": "with", "category": ["Tea"], "image": "%s/images/new.jpg"}\n' "$fake_url" >>items.jsonl
ek plan -c arms.yaml
prints "plan: what an arm costs more" "1 of the items for the arms alone"

# ---- check -------------------------------------------------------------------------------------------------------------
ek check -c c.yaml
ended "check" 0
prints "check: whose credentials" "credentials            ok   from environment, region us-east-1"
is "check: no secret" "$(cat "$work/out" "$work/err" | grep -c "$AWS_SECRET_ACCESS_KEY")" 0
AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' "$EK_BIN" check -c c.yaml >"$work/out" 2>"$work/err" </dev/null
status=$?
ended "check without credentials" 2
says "message 14" "error: no AWS credentials: tried AWS_ACCESS_KEY_ID" "help: aws configure"
AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' "$EK_BIN" check -c c.yaml --no-network >"$work/out" 2>"$work/err" </dev/null
status=$?
ended "check --no-network" 0
ek check -c c.yaml --print
cp "$work/out" printed.yaml
ek check -c printed.yaml --print
same "what is printed reads back" "$work/out" printed.yaml
ek check -c c.yaml --set 'chain[look].rate=visoin' --set 'rates={vision: {limit: 5/s}}'
says "a rate that is none" "there is no rate 'visoin' in 'rates'" "did you mean 'vision'?"
ek run -c c.yaml --out out --set cache.path=/proc/no/results.db
ended "a cache that cannot be made" 2
done_testing
