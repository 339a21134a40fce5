#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The engine personalize as people use it, against the fake account: from raw records to a campaign and away again.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start
AWS_ENDPOINT_URL=$fake_url STAGING_BUCKET=staging PERSONALIZE_ROLE_ARN=arn:aws:iam::111122223333:role/PersonalizeS3
export AWS_ENDPOINT_URL STAGING_BUCKET PERSONALIZE_ROLE_ARN

cat >shop.yaml <<YAML
name: shop
catalog: {items: $sample/items.jsonl.gz, interactions: $sample/interactions.jsonl.gz}
chain: [{plugin: category}]
import:
  engine: personalize
  data_location: "s3://staging/shop/"
  role_arn: "$PERSONALIZE_ROLE_ARN"
train: {recipe: user-personalization-v2}
deploy: {campaign_config: {item_exploration_config: {exploration_weight: 0.3}}}
live: {max_wait: 300ms}
YAML

# created: what the account was asked to make since the log was forgotten.
created()
{
  grep -o '"op": "\(Create\|Update\|Delete\)[A-Za-z]*"' "$fake_log" | cut -d '"' -f 4 | sort | uniq -c | awk '{ printf "%s%s %s", n++ ? " " : "", $1, $2 }'
}

# ---- one command ---------------------------------------------------------------------------------------------------
ek plan -c shop.yaml --out out
ended "plan" 0
prints "plan: what would be made" "Imports personalize   Trains user-personalization-v2   Deploys" \
  "makes, or adopts what has the name: group shop, dataset ITEMS, dataset INTERACTIONS, solution shop-user-personalization-v2, campaign shop" \
  "uploads to s3://staging/shop/" "Nothing was asked, changed or paid."
is "plan asks nobody" "$(wc -l <"$fake_log" | tr -d ' ') $(ls -d out 2>/dev/null)" "0 "
ek check -c shop.yaml
prints "check: credentials and the bucket" "credentials            ok" "account                ok   uploads to s3://staging/shop/"
fake_forget
ek run -c shop.yaml --out out
ended "run" 0
prints "run: the summary" "Trained        shop-user-personalization-v2/" "hours of training" "Precision@5  nDCG@5  nDCG@25  MRR@25  coverage" \
  "Campaign       shop was created"
is "run: everything once" "$(created)" "1 CreateCampaign 2 CreateDataset 1 CreateDatasetGroup 2 CreateDatasetImportJob 2 CreateSchema 1 CreateSolution 1 CreateSolutionVersion"
is "run: the report" "$("$jsonget" out/report.json import.engine 'import.datasets[].status' train.engine 'train.arms[].recipe' deploy.campaign deploy.created | tr '\n' ' ')" \
  "personalize ACTIVE ACTIVE personalize aws-user-personalization-v2 shop true "
is "run: import jobs by ARN" "$("$jsonget" out/report.json 'import.datasets[].dataset_import_job_arn' | grep -c '^arn:aws:personalize:us-east-1:111122223333:dataset-import-job/shop-')" 2
is "run: the service's metrics" "$("$jsonget" out/report.json 'train.arms[].metrics' | tr ',' '\n' | wc -l | tr -d ' ')" 8
run "run: the page has the campaign" grep -q 'arn:aws:personalize:us-east-1:111122223333:campaign/shop' out/report.html
run "run: the set is whole" "$verify" out
run "state.json is beside it" test -s out/state.json
is "state.json is no output" "$("$jsonget" out/report.json 'outputs[].path' | grep -c state)" 0
fake_forget
ek run -c shop.yaml --out out
ended "run again" 0
is "run again makes nothing" "$(created)" ""
prints "run again: the campaign" "Campaign       shop was as it should be"
fake_forget
ek run -c shop.yaml --out out --limit 1900
ended "run on other data" 0
is "other data: imported, trained, updated" "$(created)" "2 CreateDatasetImportJob 1 CreateSolutionVersion 1 UpdateCampaign"
is "other data: the earlier version stands beside" "$("$jsonget" out/report.json 'train.earlier[].solution_version' | wc -l | tr -d ' ')" 1
ek plan -c shop.yaml --out out
prints "plan knows what is there" "has, as this folder knows: group shop, dataset ITEMS, dataset INTERACTIONS, solution shop-user-personalization-v2, campaign shop"

# ---- a stage alone, and questions --------------------------------------------------------------------------------------
fake_forget
for stage in import train deploy; do
  ek $stage -c shop.yaml --out out
  ended "$stage alone" 0
  prints "$stage alone: its state" "ACTIVE"
done
is "stages alone make nothing new" "$(created)" ""
"$jsonget" out/report.json records.items.in import.engine train.engine deploy.campaign >"$work/parts"
is "stages alone leave the rest of the report" "$(tr '\n' ' ' <"$work/parts")" "1900 personalize personalize shop "
ek describe -c shop.yaml --out out
prints "describe" "group     shop" "ACTIVE             ours" "arn:aws:personalize:us-east-1:111122223333:solution/shop-user-personalization-v2"
ek describe -c shop.yaml --out out campaign shop --json
is "describe --json" "$("$jsonget" "$work/out" '[].kind' '[].account.status' '[].origin' | tr '\n' ' ')" "campaign ACTIVE ours "
ek describe -c shop.yaml --out out tracker
prints "describe of a kind that there is none of" "this output folder knows of no tracker"
ek describe -c shop.yaml --out out campaign nothing
ended "describe of what is not there" 2
ek describe -c shop.yaml --out nowhere
is "describe makes no folder" "$status $(ls -d nowhere 2>/dev/null)" "0 "
printf 'ITEM_ID,CATEGORY\nshop-u1-0,"Tea, loose|Green"\n' >shop-items.csv
mkdir asked && cp out/state.json asked/ && cp shop-items.csv asked/items.csv
ek recommend -c shop.yaml --out asked --user u1 --num 2
is "recommend: ids, scores, categories of items.csv" "$(cat "$work/out")" "shop-u1-0${TAB}0.1${TAB}Tea, loose|Green
shop-u1-1${TAB}0.09${TAB}"
ek recommend -c shop.yaml --out asked --user u1 --num 2 --json
is "recommend --json" "$("$jsonget" "$work/out" 'output.recommendedItems[]' 'output.categories[]' | tr '\n' ' ')" "shop-u1-0 shop-u1-1 Tea, loose|Green  "
for arguments in "--user u1 --campaign nothing" "--batch nothing" "--user u1 --filter new" "--user u1 --campaign a/1"; do
  # shellcheck disable=SC2086
  ek recommend -c shop.yaml --out asked --engine personalize $arguments
  ended "recommend $arguments" 2
  one_message "recommend $arguments: one error"
done

# ---- compare: no single users ------------------------------------------------------------------------------------------
ek compare out
ended "compare" 0
prints "compare: side by side, and why no more" "shop-user-personalization-v2/" "no intervals, no verdict"
ek compare out --metric coverage --json
is "compare --json" "$("$jsonget" "$work/out" 'arms[].name' compare | wc -l | tr -d ' ') $("$jsonget" "$work/out" compare)" "3 null"
ek compare out --fail-if worse
ended "compare --fail-if" 2
says "compare --fail-if: why" "not what each user got"

# ---- live --------------------------------------------------------------------------------------------------------------
fake_forget
{ printf '{"asin": "N1", "category": ["Tea"]}\n{"title": "no id"}\n'; sleep 1; printf '{"asin": "N2", "category": ["Tea", "Green"]}\n'; } |
  "$EK_BIN" put-items -c shop.yaml --out out - >"$work/out" 2>"$work/err"
is "put-items" "$? $(cat "$work/out")" "0 Items    3 read = 2 sent + 1 rejected + 0 refused     2 calls"
is "put-items: what trickles is sent after live.max_wait" "$(asked '"op": "PutItems"') $(asked '"op": "PutItems"' '"itemId": "N1"' '"status": 200')" "2 1"
is "put-items: the labels" "$(asked '"op": "PutItems"' 'category..:..Tea\|Green')" 1
is "put-items: rejects on stderr" "$("$jsonget" --lines "$work/err" reason line)" "no_id${TAB}2"
printf '{"asin": "%s"}\n' a b c d e f g h i j k l >twelve.jsonl
fake_forget
ek put-items -c shop.yaml --out out twelve.jsonl --limit 11 --json
is "put-items --limit --json: batches of ten" "$("$jsonget" "$work/out" in sent calls | tr '\n' ' ')" "11 11 2 "
awk 'BEGIN { printf "{\"asin\": \"big\", \"description\": \""; for (i = 0; i < 33000; i++) printf "x"; print "\"}"; print "{\"asin\": \"small\", \"description\": \"x\"}" }' >big.jsonl
ek put-items -c shop.yaml --out out big.jsonl --strict --rejects rejects.jsonl \
  --set 'catalog.columns.items=[{name: DESCRIPTION, field: description, type: string, textual: true}]'
ended "put-items --strict with one that is refused" 3
is "put-items --rejects: why, and the record" "$("$jsonget" --lines rejects.jsonl reason item line file | head -n 1)" "put_refused${TAB}big${TAB}1${TAB}big.jsonl"
printf '{"user_id": "u1", "item_id": "N1", "timestamp": 1700000000}\n{"user_id": "u1", "item_id": "N2", "timestamp": 1700000001}\n{"user_id": "u2", "item_id": "N2", "timestamp": 1700000001}\n' >events.jsonl
fake_forget
ek put-events -c shop.yaml --out out events.jsonl
ended "put-events" 0
is "put-events: one tracker, a call a user" "$(created) $(asked '"op": "PutEvents"' '"status": 200')" "1 CreateEventTracker 2"
fake_forget
ek put-events -c shop.yaml --out out events.jsonl
is "put-events again: the same tracker" "$(created)" ""
printf 'USER_ID\nu1\n' >users.csv
ek put-users -c shop.yaml --out out users.csv
ended "put-users without such a data set" 2
says "put-users without such a data set: why" "has no data set Users" "import first"

# ---- refused before any work ---------------------------------------------------------------------------------------------
ek run -c shop.yaml --out out --set name=other
ended "a folder of another group" 2
says "a folder of another group: which" "it belongs to data set group 'shop'"
sed 's/staging/other-eu-west-1-x/' shop.yaml >far.yaml
ek run -c far.yaml --out far
ended "a bucket in another region" 2
says "a bucket in another region: where it is written" "far.yaml:6:18: error: bucket 'other-eu-west-1-x' is in eu-west-1, Personalize is asked in us-east-1" \
  "set aws.region: eu-west-1, or use a bucket in us-east-1"
(unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY && "$EK_BIN" run -c shop.yaml --out none >"$work/out" 2>"$work/err" </dev/null)
is "no credentials" "$? $(ls none/items.csv 2>/dev/null)" "2 "
says "no credentials: what was tried" "no AWS credentials: tried AWS_ACCESS_KEY_ID (not set)"
ek run -c shop.yaml --out few --limit 300 --set name=few
ended "too few interactions" 1
says "too few interactions: nothing was uploaded" "few/interactions.csv: error: 300 interactions; Amazon Personalize needs 1,000, and 25 users with two or more" "nothing was uploaded"

# ---- what goes wrong there ----------------------------------------------------------------------------------------------
fake_set '{"fail_create": {"DatasetImportJob": ["the file is not good"]}}'
ek run -c shop.yaml --out failed --set name=failed
ended "CREATE FAILED" 1
says "CREATE FAILED: the service's reason" "CREATE FAILED: the file is not good"
is "CREATE FAILED: the report" "$("$jsonget" failed/report.json status exit | tr '\n' ' ')" "failed 1 "
ek run -c shop.yaml --out failed --set name=failed
ended "CREATE FAILED: run again" 0
fake_set '{"rules": [{"on": "personalize", "path": "CreateCampaign$", "do": "fail:AccessDeniedException,400"}]}'
ek run -c shop.yaml --out denied --set name=denied
ended "denied" 1
says "denied: which action on what" "the caller may not personalize:CreateCampaign on campaign/denied" "'enrichkit policy --caller'"
fake_set '{"rules": [{"on": "personalize", "path": "CreateCampaign$", "do": "fail:ExpiredTokenException,400"}]}'
ek run -c shop.yaml --out denied --set name=denied
ended "credentials expire on the way" 4
fake_set '{"rules": []}'
fake_forget
ek run -c shop.yaml --out denied --set name=denied
is "then run again: only what is missing" "$status $(created)" "0 1 CreateCampaign"
fake_stop
fake_start --personalize-ms 1500
AWS_ENDPOINT_URL=$fake_url
ek run -c shop.yaml --out late --set import.timeout=300ms
ended "a wait that is too long" 4
says "a wait that is too long: how to go on" "stopped: import data set group is still CREATE" "run the same command again"
is "a wait that is too long: the report" "$("$jsonget" late/report.json status exit | tr '\n' ' ')" "timed_out 4 "
ek run -c shop.yaml --out late
is "the same command again goes on" "$status $(created)" "0 1 CreateCampaign 2 CreateDataset 1 CreateDatasetGroup 2 CreateDatasetImportJob 2 CreateSchema 1 CreateSolution 1 CreateSolutionVersion"

# ---- away again ---------------------------------------------------------------------------------------------------------
fake_forget
ek destroy -c shop.yaml --out late
ended "destroy lists" 0
is "destroy: in order of deletion" "$(cut -d ' ' -f 1 "$work/out" | uniq | tr '\n' ' ')" "campaign solution dataset schema group object "
says "destroy: nothing without a yes" "nothing was deleted"
is "destroy: nothing without a yes, indeed" "$(created)" ""
ek destroy -c shop.yaml --out late --yes
ended "destroy --yes" 0
is "destroy --yes" "$(created)" "1 DeleteCampaign 2 DeleteDataset 1 DeleteDatasetGroup 2 DeleteSchema 1 DeleteSolution"
ek destroy -c shop.yaml --out late --yes
says "destroy twice" "knows of nothing that it created"

# ---- policies, and the ready chain -----------------------------------------------------------------------------------------
ek policy -c shop.yaml --caller
is "policy --caller" "$("$jsonget" "$work/out" Version 'Statement[].Sid' | tr '\n' ' ')" "2012-10-17 Upload Bucket Personalize PersonalizeDestroy PersonalizeLive PassRole "
ek policy -c shop.yaml --role
is "policy --role" "$("$jsonget" "$work/out" TrustPolicy.Statement RolePolicy.Version BucketPolicy.Version | grep -c .)" 3
ek check -c "$etc/personalize.yaml" --no-network
ended "etc/personalize.yaml: check --no-network" 0
ek check -c "$etc/personalize.yaml" --print
cp "$work/out" printed.yaml
ek check -c printed.yaml --print
same "etc/personalize.yaml: --print reads back" "$work/out" printed.yaml
ek run -c "$etc/personalize.yaml" --out ready
ended "etc/personalize.yaml runs as it stands" 0
(unset STAGING_BUCKET && "$EK_BIN" check -c "$etc/personalize.yaml" >"$work/out" 2>"$work/err" </dev/null)
one_message "etc/personalize.yaml: what is not set is said"
says "etc/personalize.yaml: which" "environment variable STAGING_BUCKET is not set"
done_testing
