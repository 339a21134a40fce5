#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each operation and each member that we send passes the service's model, and stands in a table with a case that sends it:
# none is sent that is not listed, none is listed that is not sent. The model is Debian's with our overlay, or, with
# EK_BOTOCORE_PATH, that of the botocore there.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
pz_data
columns='catalog:
  items: items.jsonl
  interactions: events.jsonl
  users: users.jsonl
  columns:
    interactions: [{name: DEVICE, field: device, type: string, categorical: true}]
    users: [{name: AGE_GROUP, field: age_group, type: string, categorical: true}]'
logs=

# begin CASE: its requests are those from here on.
begin()
{
  [ "$logs" = "" ] || keep
  case=$1
  logs="$logs $1=$work/$1.case"
}
keep()
{
  cp "$fake_log" "$work/$case.case"
  fake_forget
}
done_well()
{
  ek "$@"
  ended "$case: $1" 0
}

fake_start
is "the model" "$(fake_python -c 'import os, sys
sys.path.insert(0, sys.argv[1])
import models, botocore
print(botocore.__file__.startswith(os.environ.get("EK_BOTOCORE_PATH") or "/usr/lib/python3"))' "$top_srcdir/tests/fake")" True
begin plain
pz_config "$columns"
done_well run -c c.yaml --out out
begin again
done_well run -c c.yaml --out out
begin live
head -n 3 items.jsonl >i && head -n 3 users.jsonl >u && head -n 3 events.jsonl >e
done_well put-items -c c.yaml --out out i
done_well put-users -c c.yaml --out out u
done_well put-events -c c.yaml --out out e
begin recommend
done_well recommend --engine personalize --user U1 --num 3 -c c.yaml --set output.dir=out
done_well recommend --engine personalize --items P1 --num 3 -c c.yaml --set output.dir=out
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys
boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1]).create_filter(
    name="unseen", datasetGroupArn=sys.argv[2] + ":dataset-group/shop", filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
PYTHON
grep -v '"op": "CreateFilter"' "$fake_log" >log && cat log >"$fake_log" && sleep 0.1
done_well recommend --engine personalize --user U1 --num 3 --filter unseen -c c.yaml --set output.dir=out
begin describe
done_well describe -c c.yaml --set output.dir=out
begin update
done_well run -c c.yaml --out out --set deploy.min_provisioned_tps=2 --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]'
begin incremental
done_well run -c c.yaml --out out --until import --set import.import_mode=INCREMENTAL --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]' --set catalog.interactions=e
begin paged
done_well run -c c.yaml --out second --until import --set 'catalog.columns.items=[{name: PRICE, field: price, type: float}]'
begin destroy
done_well destroy -c c.yaml --out out --yes --named "$arn:filter/unseen"

# All that the configuration can say of a solution and a campaign, though no recipe takes all of it.
cat >more.yaml <<'YAML'
train:
  recipe: user-personalization
  perform_hpo: true
  training_mode: UPDATE
  event_type: view
  solution_config:
    event_value_threshold: 2.5
    algorithm_hyper_parameters: {hidden_dimension: 100}
    feature_transformation_parameters: {max_hist_len: 50}
    hpo_config:
      hpo_objective: {metric_name: precision_at_25}
      hpo_resource_config: {max_number_of_training_jobs: 8, max_parallel_training_jobs: 4}
      algorithm_hyper_parameter_ranges:
        integer: [{name: bptt, min_value: 8, max_value: 32}]
        continuous: [{name: momentum, min_value: 0.1, max_value: 0.5}]
        categorical: [{name: recency_mask, values: ["true", "false"]}]
    events_config: [{event_type: view, event_value_threshold: 0.5, weight: 0.7}]
    training_data_config: {excluded_dataset_columns: {Items: [PRICE]}, included_dataset_columns: {Users: [AGE_GROUP]}}
deploy:
  campaign_config: {enable_metadata_with_recommendations: true, item_exploration_config: {exploration_weight: 0.3, exploration_item_age_cut_off: 30}}
YAML
begin all
pz_config "$columns
$(cat more.yaml)"
sed -i "s|^import: {|import: {tags: {team: search}, kms_key_arn: \"arn:aws:kms:us-east-1:$account:key/abcd\", |" c.yaml
done_well run -c c.yaml --out all
begin update-all
done_well run -c c.yaml --out all --set deploy.campaign_config.item_exploration_config.exploration_weight=0.4
begin events-all
done_well put-events -c c.yaml --out all e
# What was lost is looked for.
begin lost
fake_set '{"rules": [{"on": "personalize", "path": "^CreateSolutionVersion$", "do": "cut_before", "times": 1}]}'
done_well run -c c.yaml --out all --set train.solution_config.event_value_threshold=1.5
keep

# shellcheck disable=SC2086
fake_python "$top_srcdir/tests/integration/pz-model.py" $logs >sent 2>refused
is "no request is refused by the model" "$(cat refused)" ""
grep -v '^#' "$top_srcdir/tests/integration/pz-members.tsv" >listed
[ -z "${EK_REGENERATE:-}" ] || cp sent "$EK_REGENERATE"
same "the table: what is sent, by which case first" sent listed
is "the table: operations" "$(cut -f1 listed | sort -u | wc -l)" "$(sed -n 's/^# \([0-9]*\) operations.*/\1/p' "$top_srcdir/tests/integration/pz-members.tsv")"

# The policy names each of these operations (but for tags, which have one of their own).
ek policy --caller -c c.yaml
for operation in $(cut -f1 listed | sort -u); do
  grep -q "personalize:$operation\"" "$work/out" || echo "$operation"
done >missing
is "the policy for the caller allows each operation" "$(cat missing)" ""
done_testing
