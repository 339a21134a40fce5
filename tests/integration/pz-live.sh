#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Records into the account as they come: items from standard input through the chain, users, events; by ten, at a rate,
# soon though the input trickles; what is refused is given back with its reason, alone.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
fake_start
pz_data
pz_config 'catalog:
  items: items.jsonl
  interactions: events.jsonl
  users: users.jsonl
  columns:
    items: [{name: PRICE, field: price, type: float}, {name: CREATION_TIMESTAMP, field: created, type: timestamp}]
    interactions: [{name: DEVICE, field: device, type: string, categorical: true}]
    users:
      - {name: AGE_GROUP, field: age_group, type: string, categorical: true}
      - {name: BIO, field: bio, type: string}
      - {name: SPENT_SO_FAR, field: spent, type: float}
      - {name: VISITS, field: visits, type: int}
      - {name: MEMBER, field: member, type: boolean}
      - {name: JOINED, field: joined, type: timestamp}
live: {rate: 50/s}'

ek put-items -c c.yaml items.jsonl
ended "before there is a data set: refused" 2
says "before there is a data set: what to do" "there is no data set group 'shop'" "--until import"
is "before there is a data set: nothing is made" "$(changes)" ""
ek run -c c.yaml --until import
ended "users, items and interactions are imported" 0
is "three data sets" "$(things)" "Dataset=3 DatasetGroup=1 DatasetImportJob=3 Object=3 Schema=3"

# put WHAT FILE COMMAND...: with FILE as standard input; the log begins anew.
put()
{
  put_what=$1 put_file=$2
  shift 2
  fake_forget
  filter "$put_file" "$@" -c c.yaml -
  ended "$put_what" 0
}
sizes() { pz asks "$fake_log" "$1" | fake_python -c 'import json, sys
print(" ".join(str(len(json.loads(line).get(sys.argv[1]))) for line in sys.stdin))' "$2"; }

# ---- items --------------------------------------------------------------------------------------------------------------
head -n 25 items.jsonl >new.jsonl
put "items from standard input" new.jsonl put-items
prints "items: counts" "25 read = 25 sent + 0 rejected + 0 refused" "3 calls"
is "items: by ten" "$(sizes PutItems items)" "10 10 5"
is "items: into the data set" "$(ask PutItems datasetArn | sort -u)" "$arn:dataset/shop/ITEMS"
is "items: the columns of the schema, as the service names them" "$(ask PutItems items.0.itemId items.0.properties | sed -n 1p)" \
  'P0 {"category":"Kind 0|Deep 0","price":0.5,"creationTimestamp":1600000000}'
put "the size of a batch" new.jsonl put-items --set live.max_batch=4 --limit 9
is "the size of a batch: as the configuration says" "$(sizes PutItems items)" "4 4 1"

put "a rate" new.jsonl put-items --set live.max_batch=5 --set live.rate=10/s
is "a rate: 0.1 s between two calls" "$(fake_python - "$fake_log" <<'PYTHON'
import json, sys
at = [json.loads(line)["arrived"] for line in open(sys.argv[1]) if '"op": "PutItems"' in line]
print(len(at), all(b - a > 80000000 for a, b in zip(at, at[1:])))
PYTHON
)" "5 True"

# One that the service refuses spoils nobody else's call; and one that is too long is not sent at all.
{
  sed -n 1,6p items.jsonl
  printf '{"asin": "BAD1", "category": ["poison"]}\n'
  sed -n 7,20p items.jsonl
  printf '{"asin": "BAD2", "category": ["poison ivy"]}\n{"category": ["no id"]}\nno json\n'
} >mixed.jsonl
put "refused ones" mixed.jsonl put-items --rejects rejects.jsonl
prints "refused ones: counts" "24 read = 20 sent + 2 rejected + 2 refused"
is "refused ones: why, and which" "$("$jsonget" --lines rejects.jsonl reason item | sort | tr '\t' ' ' | tr '\n' ';')" \
  'bad_record -;no_id -;put_refused BAD1;put_refused BAD2;'
is "refused ones: what the service said" "$(grep -c 'a value is not taken.*"code": "InvalidInputException"' rejects.jsonl)" 2
is "refused ones: the record as it stood" "$(grep BAD1 rejects.jsonl | "$jsonget" - input)" '{"asin": "BAD1", "category": ["poison"]}'
is "refused ones: each of the others arrived once" "$(pz asks "$fake_log" PutItems | grep -o '"itemId": "P[0-9]*"' | sort | uniq -c | awk '{ print $1 }' | sort -u | tr '\n' ' ')$(pz asks "$fake_log" PutItems | grep -o '"itemId"' | wc -l)" "1 20"
fake_forget
filter mixed.jsonl put-items -c c.yaml - --rejects rejects.jsonl --strict
ended "refused ones: --strict" 3

# What comes in is not kept waiting for what does not come.
fake_forget
{ sed -n 1,3p items.jsonl; until [ -e "$work/go" ]; do sleep 0.05; done; sed -n 4,5p items.jsonl; } | "$EK_BIN" put-items -c c.yaml - --set live.max_wait=200ms >"$work/out" 2>"$work/err" & pid=$!
i=0
until [ "$(ops PutItems)" = PutItems=1 ] || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
is "input that trickles: three are there before there are more" "$(sizes PutItems items)" 3
: >"$work/go"
wait $pid
status=$?
ended "input that trickles" 0
is "input that trickles: then the others" "$(sizes PutItems items)" "3 2"

fake_set '{"rules": [{"on": "events", "do": "throttle", "times": 2}, {"on": "events", "do": "status:500", "skip": 1, "times": 1}]}'
put "throttled and failing: tried again" new.jsonl put-items
is "throttled and failing: all arrived" "$(pz asks "$fake_log" PutItems | grep -o '"itemId"' | wc -l)" 25
fake_set '{"rules": [{"on": "events", "do": "fail:AccessDeniedException,403"}]}'
fake_forget
filter new.jsonl put-items -c c.yaml - --rejects rejects.jsonl
is "denied: failed" "$([ "$status" != 0 ] && echo failed)" failed
says "denied: said" AccessDeniedException
fake_set '{"rules": []}'

# ---- users and events -------------------------------------------------------------------------------------------------------
head -n 12 users.jsonl >new-users.jsonl
put "users" new-users.jsonl put-users
prints "users: counts" "12 read = 12 sent + 0 rejected + 0 refused" "2 calls"
is "users: by ten" "$(sizes PutUsers users) $(ask PutUsers datasetArn | sort -u)" "10 2 $arn:dataset/shop/USERS"
is "users: their columns" "$(ask PutUsers users.0.userId users.0.properties | sed -n 1p)" 'U0 {"ageGroup":"20s"}'
is "users: no chain, nothing is made" "$(changes)" "PutUsers=2"
fake_forget
ek put-users -c c.yaml new-users.jsonl --limit 11 --json
is "users from a file" "$status $("$jsonget" "$work/out" in sent calls | tr '\n' ' ')$(sizes PutUsers users)" "0 11 11 2 10 1"
fake_forget
ek put-users -c c.yaml --limit 3
is "users from catalog.users" "$status $(sizes PutUsers users)" "0 3"
printf 'user_id,age_group,bio,spent,visits,member,joined\nV1,30s,"Tea, and ""more""","$1,234.50",7,true,2023-11-14T22:13:20Z\nV2,,,,,,\n' >typed.csv
put "users of a CSV" typed.csv put-users
is "users of a CSV: fields of the schema with their types, empty ones left out" "$(ask PutUsers users.0.userId users.0.properties users.1.userId users.1.properties)" \
  'V1 {"ageGroup":"30s","bio":"Tea, and \"more\"","spentSoFar":1234.5,"visits":7,"member":true,"joined":1700000000} V2 -'
put "users: the size of a batch" new-users.jsonl put-users --set live.max_batch=5
is "users: the size of a batch: as the configuration says" "$(sizes PutUsers users)" "5 5 2"
put "users: a rate" new-users.jsonl put-users --set live.max_batch=3 --set live.rate=10/s
is "users: 0.1 s between two calls" "$(fake_python - "$fake_log" <<'PYTHON'
import json, sys
at = [json.loads(line)["arrived"] for line in open(sys.argv[1]) if '"op": "PutUsers"' in line]
print(len(at), all(b - a > 80000000 for a, b in zip(at, at[1:])))
PYTHON
)" "4 True"
# 24,000 characters of properties are taken, however many bytes they are: {"bio":"..."} are ten of them. One more is not sent.
letters() { awk -v n="$1" -v c="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", c }'; }
{
  printf '{"user_id": "L1", "bio": "%s"}\n' "$(letters 23990 x)"
  printf '{"user_id": "L2", "bio": "%s"}\n' "$(letters 23991 x)"
  printf '{"user_id": "L3", "bio": "%s"}\n' "$(letters 23990 ä)"
  sed -n 1,2p users.jsonl
  printf '{"user_id": "BAD1", "age_group": "poison"}\n{"age_group": "no id"}\nno json\n'
} >mixed-users.jsonl
put "refused users" mixed-users.jsonl put-users --rejects rejects.jsonl
prints "refused users: counts" "8 read = 4 sent + 2 rejected + 2 refused"
is "refused users: why, and which" "$("$jsonget" --lines rejects.jsonl reason item | sort | tr '\t' ' ' | tr '\n' ';')" \
  'bad_record -;no_id -;put_refused BAD1;put_refused L2;'
is "refused users: too long: said, and not sent" "$(grep -c 'longer than the 24,000 characters that PutUsers takes' rejects.jsonl) $(asked '"op": "PutUsers"' '"userId": "L2"')" "1 0"
is "refused users: what the service said, and the record as it stood" "$(grep BAD1 rejects.jsonl | "$jsonget" - code input | tr '\n' ' ')" \
  'InvalidInputException {"user_id": "BAD1", "age_group": "poison"} '
is "refused users: each of the others arrived once" "$(pz asks "$fake_log" PutUsers | grep -o '"userId": "[A-Z0-9]*"' | sort | uniq -c | awk '{ printf "%s%s ", $1, $3 }')" \
  '1"L1" 1"L3" 1"U0" 1"U1" '
filter mixed-users.jsonl put-users -c c.yaml - --strict
ended "refused users: --strict" 3
fake_forget
ek put-users -c c.yaml new-users.jsonl --rejects rejects.jsonl --set 'catalog.columns.users=[{name: TEAM, field: age_group, type: string}]'
is "a field that the data set has not: each is refused, and says why" "$status $(grep -c 'not in the schema: team' rejects.jsonl)" "0 12"
fake_set '{"rules": [{"on": "events", "do": "throttle", "times": 2}, {"on": "events", "do": "status:500", "skip": 1, "times": 1}]}'
put "users: throttled and failing: tried again" new-users.jsonl put-users
is "users: throttled and failing: all arrived" "$(pz asks "$fake_log" PutUsers | grep -o '"userId"' | wc -l)" 12
fake_set '{"rules": [{"on": "events", "do": "fail:AccessDeniedException,403"}]}'
filter new-users.jsonl put-users -c c.yaml - --rejects rejects.jsonl
is "users: denied: failed, and given back" "$([ "$status" != 0 ] && echo failed) $([ "$(grep -c put_refused rejects.jsonl)" -ge 10 ] && echo all)" "failed all"
prints "users: denied: what was not tried is told" "0 sent + 0 rejected + 10 refused + 2 left out"
says "users: denied: said" AccessDeniedException
fake_set '{"rules": []}'

# Eleven of one user, then two others.
awk 'BEGIN { for (i = 0; i < 13; i++) printf "{\"user_id\": \"%s\", \"asin\": \"P%d\", \"timestamp\": %d, \"rating\": 4, \"event_type\": \"view\", \"device\": \"d1\"}\n",
  i < 11 ? "U1" : "V" i, i, 1700000000 + i }' >new-events.jsonl
put "events" new-events.jsonl put-events
is "events: of one user a call, ten at most" "$(sizes PutEvents eventList)" "10 1 1 1"
is "events: a tracker was made" "$(changes)" "CreateEventTracker=1 PutEvents=4"
is "events: what one says" "$(ask PutEvents userId sessionId eventList.0.itemId eventList.0.eventType eventList.0.eventValue eventList.0.sentAt eventList.0.properties | sed -n 1p)" \
  'U1 U1 P0 view 4.0 1700000000 {"device":"d1"}'
ids() { pz asks "$fake_log" PutEvents | grep -o '"eventId": "[^"]*"' | sort; }
ids >first
put "events again" new-events.jsonl put-events
is "events again: the tracker is that of before" "$(changes) $(things)" "PutEvents=4 Dataset=3 DatasetGroup=1 DatasetImportJob=3 EventTracker=1 Object=3 Schema=3"
ids >second
same "events again: the same ids, so that the service counts them once" second first
is "events: each has an id of its own" "$(sort -u first | wc -l)" 13
printf '{"user_id": "U1", "asin": "P1", "timestamp": 1700000000, "event_type": "view", "device": "poison"}\n' >poison.jsonl
put "a refused event" poison.jsonl put-events --rejects rejects.jsonl
is "a refused event is given back" "$("$jsonget" --lines rejects.jsonl reason code | tr '\t' ' ')" "put_refused InvalidInputException"
# Another output folder finds the tracker that is there: there may be one in a group.
put "from another folder" new-events.jsonl put-events --out elsewhere
is "from another folder: the same tracker" "$(changes)" "PutEvents=4"

# ---- what a campaign recommends ---------------------------------------------------------------------------------------------
ek run -c c.yaml
ended "a campaign" 0
fake_forget
ek recommend -c c.yaml --items P1,P2,P1 --num 2
ended "several items" 0
is "several items: a call for each, each answer with its item" "$(ask GetRecommendations itemId numResults | tr '\n' ' ')$(cut -f 1,2 "$work/out" | tr '\t\n' '> ')" \
  "P1 2 P2 2 P1 2 P1>shop-P1-0 P1>shop-P1-1 P2>shop-P2-0 P2>shop-P2-1 P1>shop-P1-0 P1>shop-P1-1 "
ek recommend -c c.yaml --items P1,P2 --num 1 --json
is "several items, as JSON" "$("$jsonget" --lines "$work/out" 'input.itemIds[]' 'output.recommendedItems[]' | tr '\t\n' '> ')" "P1>shop-P1-0 P2>shop-P2-0 "
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys
boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1]).create_filter(
    name="unseen", datasetGroupArn=sys.argv[2] + ":dataset-group/shop", filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
PYTHON
fake_forget
sleep 0.1
ek recommend -c c.yaml --user U1 --num 1 --filter unseen
ended "a filter by its name" 0
is "a filter by its name: asked with its ARN" "$(ask GetRecommendations filterArn) $(cut -f 1 "$work/out")" "$arn:filter/unseen shop-U1-2"
fake_forget
ek recommend -c c.yaml --user U1 --num 1 --filter "$arn:filter/unseen"
is "a filter by its ARN: nobody is asked which" "$status $(ops . | tr ' ' '\n' | grep -c .) $(ask GetRecommendations filterArn)" "0 1 $arn:filter/unseen"
ek recommend -c c.yaml --user U1 --filter new
ended "the local engine's filter" 2
says "the local engine's filter: what it could be" "there is no filter 'new' in data set group 'shop'" "'new' is the local engine's"

# A batch: a line each, in their order, eight at a time; a line without an answer has its error and ends nothing.
awk 'BEGIN { for (i = 0; i < 200; i++) print i % 3 == 0 ? "U" i : i % 3 == 1 ? "{\"userId\": \"U" i "\", \"numResults\": 2}" : "{\"itemId\": \"U" i "\"}" }' >batch
fake_forget
fake_set '{"rules": [{"on": "events", "path": "GetRecommendations", "do": "delay:20"}, {"on": "events", "do": "throttle", "every": 17}]}'
fake_python "$top_srcdir/tests/integration/pz.py" get "$fake_url" /_reset >/dev/null
ek recommend -c c.yaml --batch batch --num 1
ended "a batch" 0
is "a batch: each line, in order" "$("$jsonget" --lines "$work/out" 'output.recommendedItems[]' | cut -f 1 | grep -v -- '-1$')" "$(awk 'BEGIN { for (i = 0; i < 200; i++) print "shop-U" i "-0" }')"
is "a batch: lines with a number of their own" "$("$jsonget" --lines "$work/out" 'output.recommendedItems#' | sort | uniq -c | awk '{ printf "%s of %s ", $1, $2 }')" "133 of 1 67 of 2 "
is "a batch: one call a line, but for the throttled" "$(ask GetRecommendations campaignArn | wc -l)" 200
peak=$(pz get "$fake_url" /_stats | "$jsonget" - peak)
is "a batch: several calls at a time, and not more than eight ($peak)" "$([ "$peak" -ge 2 ] && [ "$peak" -le 9 ] && echo several)" several
fake_set '{"rules": []}'
printf 'U1\n{"itemIds": ["A", "B"]}\n{"nothing": 1}\n{"userId": "poison"}\nP1\n' >bad
filter bad recommend -c c.yaml --batch - --num 1
ended "a batch with bad lines" 0
is "bad lines: their errors" "$("$jsonget" --lines "$work/out" error | cut -c 1-22 | tr '\n' ';')" "null;a campaign is asked wi;the line has no userId;personalize:GetRecomme;null;"
says "bad lines: counted" "3 of 5 lines have no answer"
fake_set '{"rules": [{"on": "events", "do": "fail:AccessDeniedException,403", "skip": 3}]}'
filter batch recommend -c c.yaml --batch -
ended "a batch that is denied: it ends" 1
one_message "a batch that is denied: once"
is "a batch that is denied: what there is of it is whole, and the beginning" "$([ "$(wc -l <"$work/out")" -le 3 ] && echo few) $("$jsonget" --lines "$work/out" input.userId input.itemId | tr -d '\t-' | tr '\n' ' ')" \
  "few $(head -n "$(wc -l <"$work/out")" batch | grep -o 'U[0-9]*' | tr '\n' ' ')"
fake_set '{"rules": []}'
done_testing
