#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# From raw records to a campaign of Amazon Personalize in one command, again, with HPO, and beside what is there already;
# data that the service would refuse cost nothing. The fakes judge each request by the service's model.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake

# ---- once, and again -----------------------------------------------------------------------------------------------------
# complete WHAT: from nothing to a campaign; then again, where nothing is left to do.
complete()
{
  ek run -c c.yaml --out out
  ended "$1: from raw records to a campaign" 0
  is "$1: one of everything" "$(things)" "$whole"
  is "$1: the campaign serves the version that was trained" "$(pz asks "$fake_log" CreateCampaign | pz member solutionVersionArn)" \
    "$("$jsonget" out/report.json 'train.arms[0].solution_version_arn')"
  uploaded "$1: interactions are uploaded as they are" out/interactions.csv shop/interactions.csv
  uploaded "$1: items are uploaded as they are" out/items.csv shop/items.csv
  is "$1: the report has metrics" "$("$jsonget" out/report.json 'train.arms[0].metrics.coverage' | grep -c '^0\.')" 1
  pz_report out >first
  fake_forget
  ek run -c c.yaml --out out
  ended "$1: again" 0
  is "$1: again: nothing is uploaded, created or updated" "$(changes)" ""
  is "$1: again: each thing is asked about once" "$(ops '^Describe')" \
    "DescribeCampaign=1 DescribeDataset=2 DescribeDatasetGroup=1 DescribeDatasetImportJob=2 DescribeSchema=2 DescribeSolution=1 DescribeSolutionVersion=1"
  pz_report out >second
  same "$1: again: the same report" second first
  is "$1: again: still one of everything" "$(things)" "$whole"
  is "$1: again: the campaign is as it should be" "$("$jsonget" out/report.json deploy.created deploy.updated | tr '\n' ' ')" "false false "
}
fake_start
pz_data
pz_config "catalog: {items: $sample/items.jsonl.gz, interactions: $sample/interactions.jsonl.gz}"
complete "the sample"
is "the sample: auto training is off" "$(grep -h '"op": "CreateSolution"' "$work"/fake*.log | grep -c '"performAutoTraining": true')" 0
ek describe campaign shop -c c.yaml --set output.dir=out
ended "describe" 0
prints "describe shows the account's view" "$arn:campaign/shop" ACTIVE
ek recommend --engine personalize --user U7 --num 3 -c c.yaml --set output.dir=out
ended "recommend asks the campaign" 0
is "recommend: three" "$(grep -c 'shop-U7' "$work/out")" 3

if [ -n "$EK_SHARED" ] && [ -r "$EK_SHARED/data/toys/reviews.jsonl.gz" ]; then
  fake_start
  pz_config "catalog: {items: $EK_SHARED/data/toys/meta.jsonl.gz, interactions: $EK_SHARED/data/toys/reviews.jsonl.gz}"
  complete "toys"
else
  skip "toys" "its data are not here"
fi

# ---- a training without data ------------------------------------------------------------------------------------------------
fake_start
pz_data
pz_config
ek train -c c.yaml --out alone
ended "train alone, and no data set group: refused" 2
says "train alone: which group, what to do" "there is no data set group 'shop' in this account and region" "import first: enrichkit import -c FILE, or enrichkit run -c FILE --until import"
one_message "train alone: one error"
is "train alone: nothing is made" "$(changes) $(things)" " "
ek train -c c.yaml --out alone --set "import.dataset_group=$arn:dataset-group/nowhere"
ended "train alone, a group by an ARN of nothing: refused" 2
says "train alone, by ARN: named" "there is no data set group '$arn:dataset-group/nowhere'"
fake_python - "$fake_url" <<'PYTHON'
import boto3, sys
boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1]).create_dataset_group(name="shop")
PYTHON
ek train -c c.yaml --out alone
ended "train alone, and the group has no data: refused" 2
says "train alone, no data: said" "data set group 'shop' has no data set Interactions" "import first"
is "train alone, no data: no solution is made" "$(changes)" "CreateDatasetGroup=1"
ek run -c c.yaml --out before --until import
fake_forget
ek train -c c.yaml --out alone
ended "train alone, on what another folder imported" 0
is "train alone: a solution and a version, no more" "$(changes)" "CreateSolution=1 CreateSolutionVersion=1"
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys, time
service = boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1])
service.delete_solution(solutionArn=sys.argv[2] + ":solution/shop-user-personalization-v2")
time.sleep(0.1)
for dataset in service.list_datasets()["datasets"]:
    service.delete_dataset(datasetArn=dataset["datasetArn"])
time.sleep(0.1)
service.delete_dataset_group(datasetGroupArn=sys.argv[2] + ":dataset-group/shop")
time.sleep(0.1)
PYTHON
fake_forget
ek train -c c.yaml --out alone
ended "train alone, when somebody has deleted it all: refused" 2
says "train alone, when it is deleted: what to do" "there is no data set group 'shop'" "import first"
is "train alone, when it is deleted: nothing is made" "$(changes)" ""

# ---- HPO, on the recipe that took the place of HRNN-Coldstart ----------------------------------------------------------------
fake_start
cat >more.yaml <<'YAML'
train:
  recipe: user-personalization
  perform_hpo: true
  solution_config:
    hpo_config:
      hpo_objective: {metric_name: normalized_discounted_cumulative_gain_at_25}
      hpo_resource_config: {max_number_of_training_jobs: 8, max_parallel_training_jobs: 4}
      algorithm_hyper_parameter_ranges:
        integer: [{name: hidden_dimension, min_value: 64, max_value: 256}, {name: bptt, min_value: 8, max_value: 32}]
        continuous: [{name: momentum, min_value: 0.1, max_value: 0.5}]
        categorical: [{name: recency_mask, values: ["true", "false"]}]
deploy:
  campaign_config: {item_exploration_config: {exploration_weight: 0.3, exploration_item_age_cut_off: 30}}
YAML
pz_config "$(cat more.yaml)"
ek run -c c.yaml --out hpo
ended "HPO" 0
is "HPO: one of everything" "$(things)" "$whole"
is "HPO: the resources" "$(ask CreateSolution performHPO solutionConfig.hpoConfig.hpoResourceConfig)" \
  'true {"maxNumberOfTrainingJobs": "8", "maxParallelTrainingJobs": "4"}'
is "HPO: the ranges" "$(ask CreateSolution solutionConfig.hpoConfig.algorithmHyperParameterRanges)" \
  '{"categoricalHyperParameterRanges": [{"name": "recency_mask", "values": ["true", "false"]}], "continuousHyperParameterRanges": [{"maxValue": 0.5, "minValue": 0.1, "name": "momentum"}], "integerHyperParameterRanges": [{"maxValue": 256, "minValue": 64, "name": "hidden_dimension"}, {"maxValue": 32, "minValue": 8, "name": "bptt"}]}'
is "HPO: new items are explored" "$(ask CreateCampaign campaignConfig.itemExplorationConfig)" \
  '{"explorationItemAgeCutOff": "30", "explorationWeight": "0.3"}'
is "HPO: the tuned parameters are reported" "$("$jsonget" hpo/report.json 'train.arms[0]' | grep -c hidden_dimension)" 1
# Another configuration is another solution and version; the campaign goes over to it.
fake_forget
ek run -c c.yaml --out hpo --set train.solution_config.hpo_config.hpo_resource_config.max_number_of_training_jobs=4 --set deploy.min_provisioned_tps=2
ended "another configuration" 0
is "another configuration: a second solution, an updated campaign" "$(changes)" "CreateSolution=1 CreateSolutionVersion=1 UpdateCampaign=1"
is "another configuration: the campaign" "$(ask UpdateCampaign minProvisionedTPS)" 2
is "another configuration: metrics beside those of before" "$("$jsonget" hpo/report.json 'train.earlier[].solution_version' | grep -c .)" 1
fake_forget
ek run -c c.yaml --out hpo --set deploy.canary=true
ended "a canary" 0
is "a canary: another campaign; the first is left alone" "$(changes) $(ask CreateCampaign name)" "CreateCampaign=1 shop-canary"

for bad in 'train.recipe=hrnn-coldstart|no longer exists' 'train.recipe=user-personalization-v2|takes no perform_hpo' \
    'train.solution_config.feature_transformation_parameters.cold_start_max_duration=5.0|item_exploration_config' 'train.engine=local|train.engine'; do
  fake_forget
  ek run -c c.yaml --out bad --set "${bad%%|*}"
  ended "refused: ${bad%%|*}" 2
  says "refused: ${bad%%|*}: why" "${bad#*|}"
  is "refused: ${bad%%|*}: nobody was asked" "$(asked .)" 0
done

# ---- recipes -----------------------------------------------------------------------------------------------------------------
pz_config
fake_forget
ek describe recipe -c c.yaml --json
ended "recipes of the service" 0
"$jsonget" "$work/out" 'recipes[].name' >names
is "recipes: twelve" "$(wc -l <names)" 12
for name in $(cat names); do
  ek check -c c.yaml --no-network --set "train.recipe=$name" --set train.perform_hpo=true
  if [ "$status" = 0 ]; then grep -q "'perform_hpo' changes" "$work/err" || echo "$name passes"; else
    grep -q 'takes no perform_hpo' "$work/err" && echo "$name refuses"; fi
done >taken
is "recipes: the configuration takes each, and perform_hpo as it is told" "$(cat taken)" "$(sed 's/$/ passes/; /-v2 /s/passes/refuses/' names)"
ek describe recipe user-personalization -c c.yaml
prints "a recipe: what is passed to it" "hidden_dimension 32..256" "exploration_weight" "recommend --user"
ek describe recipe aws-sims --engine personalize
prints "a recipe by its whole name" "sims"
ek describe recipe -c c.yaml --set train.recipe=hrnn
ended "recipes, though the configuration has an error" 0
ek describe recipe metadata -c c.yaml
ended "a local recipe of the service: refused" 2
ek describe recipe metadata -c c.yaml --engine local
ended "a local recipe of the local engine" 0
ek describe recipe sims
ended "a recipe of the service, and no configuration: refused" 2
says "a recipe of the service: how" "enrichkit describe recipe sims --engine personalize"
is "recipes: nobody was asked" "$(asked .)" 0

more_than_looks='"method": "(POST|PUT|DELETE|GET)"'
# ---- data that the service would refuse ---------------------------------------------------------------------------------------
fake_forget
head -n 999 events.jsonl >few.jsonl
ek run -c c.yaml --out bad --set catalog.interactions=few.jsonl
is "too few interactions: refused" "$([ "$status" != 0 ] && echo refused)" refused
says "too few interactions: message 20" "999 interactions; " "1,000" "nothing was uploaded"
is "too few interactions: nothing was asked but where the bucket is" "$(asked "$more_than_looks")" 0
awk 'NR <= 1010 { sub(/"U[0-9]*"/, "\"U" NR "\"") } { print }' events.jsonl | head -n 1020 >alone.jsonl
ek run -c c.yaml --out bad --set catalog.interactions=alone.jsonl
is "too few users with two: refused" "$([ "$status" != 0 ] && echo refused) $(asked "$more_than_looks")" "refused 0"
ek run -c c.yaml --out bad --set 'catalog.columns.items=[{name: CATE_GORY, field: price}]'
is "two columns that are one to the service: refused" "$([ "$status" != 0 ] && echo refused) $(asked "$more_than_looks")" "refused 0"

# ---- beside what is there already -----------------------------------------------------------------------------------------------
pz_config "$(cat more.yaml)"
fake_forget
ek run -c c.yaml --out other
ended "found by name: a second output folder" 0
# What is imported is not known to this folder, and a version belongs to what was imported.
is "found by name: data are imported, a version is trained, nothing else is made" "$(changes)" \
  "CreateDatasetImportJob=2 CreateSolutionVersion=1 UpdateCampaign=1"
ek destroy -c c.yaml --set output.dir=other
is "found by name: adopted, so destroy leaves it" "$(grep -cE '^(campaign|solution|dataset|group|schema)' "$work/out")" 0
fake_forget
ek run -c c.yaml --out by-arn --set "import.dataset_group=$arn:dataset-group/shop" --set "train.solution=$arn:solution/shop-user-personalization" \
  --set "deploy.campaign=$arn:campaign/shop"
ended "by ARN" 0
is "by ARN: data are imported, a version is trained, nothing else is made" "$(changes)" \
  "CreateDatasetImportJob=2 CreateSolutionVersion=1 UpdateCampaign=1"
is "by ARN: that campaign" "$(ask UpdateCampaign campaignArn)" "$arn:campaign/shop"
fake_forget
ek run -c c.yaml --out by-arn2 --set "import.dataset_group=$arn:dataset-group/nowhere"
is "an ARN of nothing: failed, nothing made" "$([ "$status" != 0 ] && echo failed) $(ops '^(Create|Update)')" "failed "
says "an ARN of nothing: named" "dataset-group/nowhere' is not in this account and region"
ek run -c c.yaml --out other-recipe --set train.perform_hpo=false --set train.recipe=personalized-ranking --set train.solution=shop-user-personalization
ended "a solution of another recipe is not taken" 1
says "a solution of another recipe: both are named" aws-user-personalization aws-personalized-ranking

done_testing
