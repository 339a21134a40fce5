#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Data sets of Amazon Personalize whose schema changes, a part that is added to what is there, and what becomes of a run
# when the service says CREATE FAILED.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake

# ---- the schema changes -----------------------------------------------------------------------------------------------------------
fake_start
pz_data
pz_config
ek run -c c.yaml --out change --until import
ended "before the change" 0
fake_forget
more='catalog.columns.items=[{name: PRICE, field: price, type: float}]'
ek run -c c.yaml --out change --until import --set "$more" --set import.on_schema_change=stop
ended "a new column, stop: refused" 1
says "stop: what to do" "on_schema_change"
is "stop: the data set is as it was" "$(ops '^(Update|Delete|CreateDataset)')" ""
ek run -c c.yaml --out change --until import --set "$more"
ended "a new column: updated in place" 0
is "a new column: one update, one import" "$(ops '^(Update|Delete|CreateDataset)')" "CreateDatasetImportJob=1 UpdateDataset=1"
fake_forget
ek run -c c.yaml --out change --until import --set "$more"
is "a new column: again: nothing" "$status $(changes)" "0 "
text='catalog.columns.items=[{name: PRICE, field: price, type: string}]'
ek run -c c.yaml --out change --until import --set "$text"
ended "another type: refused" 1
says "another type: message 18" "does not fit data set 'shop/Items'" PRICE "on_schema_change=recreate"
ek run -c c.yaml --out change --until import --set "$text" --set import.on_schema_change=recreate
ended "another type, recreate: not without a yes" 1
says "recreate: asks for it" "--yes"
is "recreate: nothing was deleted" "$(ops '^Delete')" ""
fake_forget
ek run -c c.yaml --out change --until import --set "$text" --set import.on_schema_change=recreate --yes
ended "recreate with --yes" 0
is "recreate: deleted, made, imported" "$(pz order "$fake_log" '^(DeleteD|CreateD)')" "DeleteDataset CreateDataset CreateDatasetImportJob"
is "recreate: one of everything" "$(things | tr ' ' '\n' | grep -E '^Dataset(Group)?=' | tr '\n' ' ')" "Dataset=2 DatasetGroup=1 "
# One that was there before is not deleted unless it is named.
fake_forget
ek run -c c.yaml --out adopted --until import --set "$more" --set import.on_schema_change=recreate --yes
ended "recreate of an adopted data set: refused" 1
says "recreate of an adopted data set: how" "--named"
is "recreate of an adopted data set: nothing was deleted" "$(ops '^Delete')" ""

# ---- a part -------------------------------------------------------------------------------------------------------------------------
fake_start
pz_config
ek run -c c.yaml --out part
ended "the whole" 0
fake_forget
head -n 3 events.jsonl | sed 's/"timestamp": 15/"timestamp": 16/' >new.jsonl
ek run -c c.yaml --out part --until import --set import.import_mode=INCREMENTAL --set catalog.items= --set catalog.interactions=new.jsonl
ended "INCREMENTAL: three events more" 0
is "INCREMENTAL: one job, one upload" "$(changes) $(ask CreateDatasetImportJob importMode)" "CreateDatasetImportJob=1 PUT=1 INCREMENTAL"
fake_forget
ek run -c c.yaml --out part --until import --set import.import_mode=INCREMENTAL --set catalog.items= --set catalog.interactions=new.jsonl
is "INCREMENTAL: again: nothing" "$status $(changes)" "0 "

# ---- somebody deletes it at this moment ------------------------------------------------------------------------------------------------
fake_start --personalize-ms 700
pz_config
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys, time
service = boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1])
service.create_dataset_group(name="shop")
time.sleep(0.8)
service.delete_dataset_group(datasetGroupArn=sys.argv[2] + ":dataset-group/shop")
PYTHON
ek run -c c.yaml --out going --until import
ended "a group that is being deleted is made anew when it is gone" 0
is "a group that was being deleted: it is ours, and nobody else deleted it" "$(ops '^(Delete|CreateDatasetGroup)') $(grep -c adopted going/state.json)" \
  "CreateDatasetGroup=2 DeleteDatasetGroup=1 0"

# ---- the service fails ----------------------------------------------------------------------------------------------------------------
for kind in DatasetGroup Dataset DatasetImportJob Solution SolutionVersion Campaign; do
  fake_start
  rm -rf fails
  pz_config
  fake_set "{\"fail_create\": {\"$kind\": [\"Moon in the seventh house, $kind\"]}}"
  ek run -c c.yaml --out fails
  ended "$kind: CREATE FAILED" 1
  says "$kind: CREATE FAILED: the service's reason" "CREATE FAILED" "Moon in the seventh house, $kind"
  one_message "$kind: CREATE FAILED: one message"
  ek run -c c.yaml --out fails
  ended "$kind: CREATE FAILED: run again" 0
  # What failed as a record of the service's stays: it cannot be deleted, and costs nothing.
  is "$kind: one of everything that is good" "$(things | sed 's/Job=3/Job=2/; s/Version=2/Version=1/')" "$whole"
done
done_testing
