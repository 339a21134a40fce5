#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The original notebook's calls, made by the real boto3, and ours in its place give the same request bodies, operation by
# operation; names and dates aside, and what the notebook does wrong (the list is in pz-boto.py and in the manual).
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
tool=$top_srcdir/tests/integration/pz-boto.py
pz_data

# The notebook's configuration, with its ARNs as they are stored there.
fake_start
fake_python "$tool" account "$fake_url" 2>said || not_ok "the account" "$(cat said)"
fake_forget
sed "s|\.\./sample/items.jsonl.gz|items.jsonl|; s|\.\./sample/interactions.jsonl.gz|events.jsonl|" "$etc/notebook.yaml" >c.yaml
cat >>c.yaml <<YAML
name: shop
aws: {endpoint_url: "$fake_url"}
network: {allow: ["127.0.0.1:$fake_port"]}
import: {engine: personalize, dataset_group: "$arn:dataset-group/shop", data_location: "s3://stage/shop/", role_arn: "arn:aws:iam::$account:role/PersonalizeS3",
  on_schema_change: recreate}
train: {recipe: "arn:aws:personalize:::recipe/aws-hrnn-metadata", solution: shop-soln-metadata}
deploy: {campaign: "$arn:campaign/shop-campaign"}
YAML
ek run -c c.yaml --out out --yes
ended "what was there is not deleted without being named" 1
says "and how it is named" "--named $arn:dataset/shop/INTERACTIONS"
is "it is there" "$(ops '^Delete')" ""
ek run -c c.yaml --out out --yes --named "$arn:dataset/shop/INTERACTIONS"
ended "the metadata recipe, by its ARN" 0
ek run -c c.yaml --out out --set train.solution=shop-soln-hpo --set train.recipe=arn:aws:personalize:::recipe/aws-hrnn-coldstart \
  --set train.perform_hpo=true --set 'train.solution_config.feature_transformation_parameters={cold_start_max_duration: 5.0, cold_start_max_interactions: 15, cold_start_relative_from: latestItem}'
ended "the cold start recipe, by its ARN" 0
cp "$fake_log" ours.log
mine=$(things)
is "the state: what was there is adopted" "$(grep -c '"adopted": true\|"origin": "adopted"' out/state.json)" "$(grep -c '"kind": "\(dataset_group\|campaign\)"' out/state.json)"

fake_start
fake_python "$tool" account "$fake_url" 2>said || not_ok "the account" "$(cat said)"
fake_forget
fake_python "$tool" notebook "$fake_url" out/items.csv out/interactions.csv 2>said || not_ok "boto3 makes the notebook's calls" "$(cat said)"
is "request bodies, operation by operation" "$(fake_python "$tool" compare "$fake_log" ours.log 2>said)" "the same"
is "how many were compared" "$(cat said)" "13 operations, 22 bodies"
is "the account is the same behind both" "$mine" "$(things)"
done_testing
