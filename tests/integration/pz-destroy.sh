#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a configuration created goes, in the right order and no more than that; and the printed policy allows what was done.
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
  columns: {users: [{name: AGE_GROUP, field: age_group, type: string, categorical: true}]}'

forget()
{
  cat "$fake_log" >>"$work/fake0.log"
  fake_forget
}

ek destroy -c c.yaml --out out
ended "before anything was made" 0
is "before anything was made: nobody was asked to change anything" "$(changes)" ""
ek run -c c.yaml --out out
ended "a run" 0
ek put-items -c c.yaml --out out --limit 3 items.jsonl
ek put-users -c c.yaml --out out --limit 3 users.jsonl
ek put-events -c c.yaml --out out --limit 3 events.jsonl
ended "and records live" 0
# The same names for another version, so that a campaign is updated and another is made.
ek run -c c.yaml --out out --set deploy.min_provisioned_tps=2
ek run -c c.yaml --out out --set deploy.canary=true --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]'
ended "a canary, and a schema that is updated" 0
ek recommend --engine personalize --user U1 -c c.yaml --set output.dir=out
ended "recommendations" 0

# ---- listed ----------------------------------------------------------------------------------------------------------------
forget
before=$(things)
ek destroy -c c.yaml --out out
ended "without a yes" 0
says "without a yes: how to agree" "--yes"
is "without a yes: nothing was deleted" "$(changes) $(things)" " $before"
cut -d' ' -f1 "$work/out" | uniq -c | awk '{ printf "%s=%s ", $2, $1 }' >listed
is "what would go, in order" "$(cat listed)" "campaign=2 solution=1 tracker=1 dataset=3 schema=4 group=1 object=3 "
ek destroy -c c.yaml --out out --json
is "as JSON" "$("$jsonget" "$work/out" deleted) $("$jsonget" "$work/out" 'things[].kind' | uniq | tr '\n' ' ')" \
  "false campaign solution tracker dataset schema group object "

# ---- deleted, killed on the way and gone on with -------------------------------------------------------------------------------
cp -R out copy
fake_set '{"rules": [{"on": "personalize", "path": "^Delete", "do": "delay:100"}]}'
"$EK_BIN" destroy -c c.yaml --out out --yes >"$work/out" 2>"$work/err" </dev/null & pid=$!
i=0
until [ "$(asked '"op": "DeleteSolution"')" != 0 ] || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
kill -KILL $pid
wait $pid 2>/dev/null
fake_set '{"rules": [{"on": "personalize", "path": "^Delete", "do": "throttle", "every": 3}]}'
ek destroy -c c.yaml --out out --yes
ended "killed on the way: the same command goes on" 0
is "all is gone" "$(things | tr ' ' '\n' | grep -vE '^(DatasetImportJob|SolutionVersion)=')" ""
is "in an order that the service takes" "$(pz order "$fake_log" '^(Delete|DELETE)' | tr ' ' '\n' | uniq | tr '\n' ' ')" \
  "DeleteCampaign DeleteSolution DeleteEventTracker DeleteDataset DeleteSchema DeleteDatasetGroup DELETE "
fake_set '{"rules": []}'
forget
ek destroy -c c.yaml --out out --yes
ended "again" 0
is "again: nothing to do" "$(changes)" ""
# A state that does not know of it
ek destroy -c c.yaml --out copy --yes
ended "what somebody else has deleted is fine" 0
# After it, a run begins from nothing.
ek run -c c.yaml --out out
ended "a run behind it makes all of it anew" 0
is "a run behind it: one of everything" "$(things | sed 's/Job=[0-9]*/Job/; s/Version=[0-9]*/Version/')" \
  "Campaign=1 Dataset=3 DatasetGroup=1 DatasetImportJob Object=3 Schema=3 Solution=1 SolutionVersion"

# ---- what was there before ---------------------------------------------------------------------------------------------------------
forget
ek run -c c.yaml --out second --set train.solution=shop-second
ended "a second folder takes what is there" 0
ek destroy -c c.yaml --out second
is "only what it made would go: the solution; its objects are everybody's" "$(cut -d' ' -f1 "$work/out" | grep -v object | grep . | tr '\n' ' ')" "solution "
says "its solution serves an adopted campaign: it stays" "solution 'shop-second' stays: it cannot go before campaign shop"
ek destroy -c c.yaml --out second --named "$arn:campaign/shop" --yes
ended "with --named" 0
is "with --named: the campaign too, by its ARN, and no other thing of that name" "$(cut -d' ' -f1 "$work/out" | grep -v object | tr '\n' ' ')" "campaign solution "
is "with --named: they are gone" "$(things | tr ' ' '\n' | grep -E '^(Campaign|Solution|DatasetGroup)=' | tr '\n' ' ')" "DatasetGroup=1 Solution=1 "
fake_start
pz_config
ek run -c c.yaml --out first
ek run -c c.yaml --out second --set deploy.campaign=shop-second
ended "a second folder with a campaign of its own" 0
ek destroy -c c.yaml --out second --yes
ended "destroy of the second" 0
is "what was there before is there" "$(things | sed 's/Job=[0-9]*/Job/; s/Version=[0-9]*/Version/')" \
  "Campaign=1 Dataset=2 DatasetGroup=1 DatasetImportJob Object=2 Schema=2 Solution=1 SolutionVersion"

# ---- what a killed run asked for, and did not see made ---------------------------------------------------------------------------------
# Its reply is late, the run is killed: it is there, and costs.
for kind in Campaign Solution Dataset DatasetGroup; do
  fake_start
  pz_config
  fake_set "{\"rules\": [{\"on\": \"personalize\", \"path\": \"^Create$kind\$\", \"do\": \"delay:20000\"}]}"
  "$EK_BIN" run -c c.yaml --out "killed-$kind" >"$work/out" 2>"$work/err" </dev/null & pid=$!
  i=0
  until things | tr ' ' '\n' | grep -q "^$kind=" || [ $i -ge 400 ]; do i=$((i + 1)); sleep 0.05; done
  kill -KILL $pid
  wait $pid 2>/dev/null
  fake_set '{"rules": []}'
  ek destroy -c c.yaml --out "killed-$kind" --yes
  ended "$kind of a killed run: destroy" 0
  is "$kind of a killed run: it is gone, too" "$(things | tr ' ' '\n' | grep -vE '^(DatasetImportJob|SolutionVersion)=')" ""
done

# ---- what cannot go, because what stays needs it ------------------------------------------------------------------------------------
# kept WHAT: nothing was deleted, and nobody waited.
kept()
{
  is "$1: nothing was asked to go" "$(ops '^(Delete|DELETE)')" ""
}
group=$arn:dataset-group/shop
fake_start
pz_config
ek run -c c.yaml --out first
ek run -c c.yaml --out second --set train.solution=shop-second --set deploy.campaign=shop-second
ended "two folders on one group" 0
fake_forget
began=$(date +%s)
ek destroy -c c.yaml --out second --named "$group" --yes
ended "a named group with data sets that stay: refused" 2
says "a named group: what is in it" "group 'shop' cannot go before dataset INTERACTIONS, dataset ITEMS, solution shop-user-personalization-v2; nothing was deleted"
says "a named group: what to name" "--named $arn:dataset/shop/INTERACTIONS --named $arn:dataset/shop/ITEMS --named $arn:solution/shop-user-personalization-v2"
prints "a named group: the list says so, too" "cannot go: dataset ITEMS stays, and needs it   $arn:dataset/shop/ITEMS"
kept "a named group"
is "a named group: at once" "$([ $(($(date +%s) - began)) -le 60 ] && echo soon)" soon
ek destroy -c c.yaml --out second --named "$group"
ended "a named group, before any yes: refused" 2
one_message "a named group: one error"
ek destroy -c c.yaml --out second --named "$group" --json
is "a named group, as JSON" "$status $("$jsonget" "$work/out" deleted) $("$jsonget" "$work/out" 'things[].stays_for[]' | grep -v '^-$' | tr '\n' ' ')" \
  "2 false $arn:dataset/shop/INTERACTIONS $arn:dataset/shop/ITEMS $arn:solution/shop-user-personalization-v2 "
# The solution of the other folder has a campaign.
ek destroy -c c.yaml --out second --named "$group" --named ITEMS --named INTERACTIONS --named "$arn:solution/shop-user-personalization-v2" --yes
ended "its data sets and the solution are named, but not its campaign: refused" 2
says "not its campaign: that is what to name" "solution 'shop-user-personalization-v2' cannot go before campaign shop;" "--named $arn:campaign/shop"
kept "not its campaign"
ek destroy -c c.yaml --out second --named "$group" --named ITEMS --named INTERACTIONS --named "$arn:solution/shop-user-personalization-v2" \
  --named "$arn:campaign/shop" --yes
ended "all are named" 0
is "all are named: all are gone but schemas and objects, which are the first folder's" "$(things | sed 's/DatasetImportJob=[0-9]* //; s/ SolutionVersion=[0-9]*//')" "Object=2 Schema=2"

# What is ours stays where it must, and all else goes.
fake_start
pz_config
ek run -c c.yaml --out third
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys
service = boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1])
service.create_solution(name="theirs", datasetGroupArn=sys.argv[2] + ":dataset-group/shop", recipeArn="arn:aws:personalize:::recipe/aws-sims")
PYTHON
ek destroy -c c.yaml --out third --yes
ended "a solution of somebody else in our group" 0
says "somebody else's solution: the group stays" "group 'shop' stays: it cannot go before solution theirs" "--named $arn:solution/theirs"
is "somebody else's solution: all else is gone" "$(things | sed 's/DatasetImportJob=[0-9]* //; s/ SolutionVersion=[0-9]*//')" "DatasetGroup=1 Solution=1"
ek destroy -c c.yaml --out third --named "$arn:solution/theirs" --yes
is "somebody else's solution, named: nothing is left" "$status $(things | tr ' ' '\n' | grep -vE '^(DatasetImportJob|SolutionVersion)=')" "0 "
# A schema that an adopted data set has now.
ek run -c c.yaml --out first --until import
ek run -c c.yaml --out second --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]'
ended "an adopted data set gets a schema of this folder's" 0
fake_forget
ek destroy -c c.yaml --out second --yes
ended "a schema in use" 0
says "a schema in use stays" "schema 'shop-schema-items-2' stays: it cannot go before dataset ITEMS"
is "a schema in use: nobody tried" "$(ops '^Delete')" ""

# ---- policies --------------------------------------------------------------------------------------------------------------------------
# All that the first fake saw is allowed, and the role may read what it must.
ek policy --caller -c c.yaml
ended "policy --caller" 0
cp "$work/out" caller.json
ek policy --role -c c.yaml
ended "policy --role" 0
cp "$work/out" role.json
fake_python - caller.json role.json "$work"/fake*.log >judged 2>&1 <<'PYTHON'
import json, sys
caller, role = (json.load(open(name)) for name in sys.argv[1:3])
allowed = {action for statement in caller["Statement"] for action in
           (statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])}
used = {"iam:PassRole"}
for name in sys.argv[3:]:
    for entry in map(json.loads, open(name)):
        if entry["to"] in ("personalize", "events"):
            used.add("personalize:" + entry["op"])
        elif entry["to"] == "s3":
            inside = entry["object"].partition("/")[2]
            used.add("s3:" + ({"PUT": "PutObject", "POST": "PutObject", "HEAD": "GetObject", "GET": "GetObject", "DELETE": "DeleteObject"}[entry["op"]]
                              if inside else "ListBucket"))
print("not allowed:", *sorted(used - allowed))
print(len(used) > 30, all(action.count(":") == 1 and "*" not in action for action in allowed))
print(*sorted({a for s in role["RolePolicy"]["Statement"] for a in s["Action"]}), role["TrustPolicy"]["Statement"][0]["Principal"]["Service"])
PYTHON
is "policies: all that was used is allowed, no star" "$(cat judged)" "not allowed:
True True
s3:GetObject s3:ListBucket personalize.amazonaws.com"
done_testing
