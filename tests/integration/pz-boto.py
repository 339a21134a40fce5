# SPDX-License-Identifier: BSD-3-Clause
"""The calls that the original notebook makes, made by the real boto3, and their comparison with ours.

pz-boto.py account URL                  what earlier notebooks left in the account: a group, a data set, a campaign
pz-boto.py notebook URL ITEMS EVENTS    this one's calls, with these CSVs
pz-boto.py compare THEIRS OURS          two logs of the fake, operation by operation; "the same", or what differs"""
import collections
import datetime
import json
import re
import sys
import time

STACK, BUCKET, ROLE = "shop", "stage", "arn:aws:iam::111122223333:role/PersonalizeS3"
BASE = "arn:aws:personalize:us-east-1:111122223333:"
RECIPE = "arn:aws:personalize:::recipe/aws-hrnn"
FIELDS = [("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long")]


def clients(url):
    import boto3
    import botocore.config
    common = {"region_name": "us-east-1", "endpoint_url": url, "aws_access_key_id": "AKIDEXAMPLE",
              "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    return (boto3.client("personalize", **common),
            boto3.client("s3", config=botocore.config.Config(s3={"addressing_style": "path"}), **common))


def schema(name, fields):
    return json.dumps({"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema", "fields": fields, "version": "1.0"})


def until_active(ask, kind):
    while ask()[kind]["status"] != "ACTIVE":
        time.sleep(0.03)


def bring_in(service, data_set, kind, file):
    """An import job under a name with the time in it."""
    stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H-%M-%S-%f")[:-3]
    return service.create_dataset_import_job(jobName="%s-%s-%s" % (STACK, kind, stamp), datasetArn=data_set, roleArn=ROLE,
                                             dataSource={"dataLocation": "s3://%s/%s" % (BUCKET, file)})["datasetImportJobArn"]


def account(url):
    service, store = clients(url)
    group = service.create_dataset_group(name=STACK)["datasetGroupArn"]
    until_active(lambda: service.describe_dataset_group(datasetGroupArn=group), "datasetGroup")
    plain = service.create_schema(name="shop-schema-plain", schema=schema("Interactions", [{"name": n, "type": t} for n, t in FIELDS]))
    data = service.create_dataset(name="shop-interactions", datasetType="INTERACTIONS", datasetGroupArn=group, schemaArn=plain["schemaArn"])
    until_active(lambda: service.describe_dataset(datasetArn=data["datasetArn"]), "dataset")
    store.put_object(Bucket=BUCKET, Key="plain.csv", Body="USER_ID,ITEM_ID,TIMESTAMP\n" + "".join(
        "U%d,P%d,%d\n" % (i % 50, i % 40, 1500000000 + i) for i in range(1000)))
    job = bring_in(service, data["datasetArn"], "plain", "plain.csv")
    until_active(lambda: service.describe_dataset_import_job(datasetImportJobArn=job), "datasetImportJob")
    version = train(service, "shop-soln", group, RECIPE)
    campaign = service.create_campaign(name="shop-campaign", solutionVersionArn=version, minProvisionedTPS=1)["campaignArn"]
    until_active(lambda: service.describe_campaign(campaignArn=campaign), "campaign")


def train(service, name, group, recipe, **more):
    solution = service.create_solution(name=name, datasetGroupArn=group, recipeArn=recipe, **more)["solutionArn"]
    until_active(lambda: service.describe_solution(solutionArn=solution), "solution")     # the notebook does not look: a defect
    version = service.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    until_active(lambda: service.describe_solution_version(solutionVersionArn=version), "solutionVersion")
    return version


def serve(service, campaign, version):
    service.update_campaign(campaignArn=campaign, solutionVersionArn=version, minProvisionedTPS=1)
    while service.describe_campaign(campaignArn=campaign)["campaign"]["latestCampaignUpdate"]["status"] != "ACTIVE":
        time.sleep(0.03)            # the notebook looks at the campaign's status: a defect


def notebook(url, items, events):
    service, store = clients(url)
    group, campaign = BASE + "dataset-group/" + STACK, BASE + "campaign/shop-campaign"
    richer = [{"name": n, "type": t} for n, t in FIELDS + [("EVENT_TYPE", "string"), ("EVENT_VALUE", "float")]]
    with_events = service.create_schema(name="shop-schema-interactions-extended", schema=schema("Interactions", richer))["schemaArn"]
    store.upload_file(events, BUCKET, "shop/interactions.csv")
    data = BASE + "dataset/shop/INTERACTIONS"
    wanted = {"name": "shop-interactions", "datasetType": "INTERACTIONS", "datasetGroupArn": group, "schemaArn": with_events}
    try:
        service.create_dataset(**wanted)
    except service.exceptions.ResourceAlreadyExistsException:
        service.delete_dataset(datasetArn=data)
        try:
            while service.describe_dataset(datasetArn=data):
                time.sleep(0.03)
        except service.exceptions.ResourceNotFoundException:
            service.create_dataset(**wanted)
    until_active(lambda: service.describe_dataset(datasetArn=data), "dataset")
    jobs = [bring_in(service, data, "interact", "shop/interactions.csv")]
    store.upload_file(items, BUCKET, "shop/items.csv")
    of_items = service.create_schema(name="shop-schema-items", schema=schema("Items", [
        {"name": "ITEM_ID", "type": "string"}, {"name": "CATEGORY", "type": "string", "categorical": True}]))["schemaArn"]
    data = service.create_dataset(name="shop-items", datasetType="ITEMS", datasetGroupArn=group, schemaArn=of_items)["datasetArn"]
    until_active(lambda: service.describe_dataset(datasetArn=data), "dataset")
    jobs.append(bring_in(service, data, "items", "shop/items.csv"))
    for job in jobs:
        until_active(lambda: service.describe_dataset_import_job(datasetImportJobArn=job), "datasetImportJob")
    version = train(service, "shop-soln-metadata", group, RECIPE + "-metadata")
    service.get_solution_metrics(solutionVersionArn=version)
    serve(service, campaign, version)
    version = train(service, "shop-soln-hpo", group, RECIPE + "-coldstart", performHPO=True, performAutoML=False, solutionConfig={
        "featureTransformationParameters": {"cold_start_max_duration": "5.0", "cold_start_max_interactions": "15",
                                            "cold_start_relative_from": "latestItem"}})
    serve(service, campaign, version)


# ---- comparison -------------------------------------------------------------------------------------------------------------
def nameless(value, member=""):
    """Names of schemas and jobs are each side's own, and hold dates; a schema is compared as what its text says."""
    if isinstance(value, dict):
        return {name: nameless(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [nameless(inner) for inner in value]
    if member == "schema":
        return json.loads(value)
    if member == "jobName":
        return "JOB"
    if member == "name":
        return re.sub("^shop-schema.*", "SCHEMA", value)
    if isinstance(value, str):
        return re.sub(":dataset-import-job/.*", ":dataset-import-job/JOB", re.sub(":schema/.*", ":schema/SCHEMA", value))
    return value


def bodies(log):
    """Operation: its bodies, as they came; those that only look, once each."""
    out = collections.defaultdict(list)
    with open(log, encoding="utf-8") as file:
        for entry in map(json.loads, file):
            if entry["to"] != "personalize" or entry["status"] != 200:
                continue
            body = nameless(entry["ask"])
            if not re.match("Describe|List|Get", entry["op"]) or body not in out[entry["op"]]:
                out[entry["op"]].append(body)
    return out


# What ours says and the notebook does not, each with its reason.
OURS_ALONE = {
    ("CreateSolution", "performAutoTraining"): False,     # the service's default became true, and costs every week (defect 11)
}


def compare(theirs, ours):
    theirs, ours, wrong = bodies(theirs), bodies(ours), []
    for operation, their in sorted(theirs.items()):
        our = ours[operation]
        for (of, member), value in OURS_ALONE.items():
            if of == operation:
                if any(body.pop(member, None) is not value for body in our):
                    wrong.append("%s: %s is not %s" % (of, member, value))
        if re.match("Describe|Get", operation):
            wrong += ["%s: not asked by ours: %s" % (operation, json.dumps(body)) for body in their if body not in our]
        elif their != our:
            wrong.append("%s\n  theirs: %s\n  ours:   %s" % (operation, json.dumps(their, sort_keys=True), json.dumps(our, sort_keys=True)))
    wrong += ["%s: ours alone" % operation for operation in ours if operation not in theirs and not re.match("Describe|List|Get", operation)]
    print("\n".join(wrong) or "the same")
    print("%d operations, %d bodies" % (len(theirs), sum(map(len, theirs.values()))), file=sys.stderr)


if __name__ == "__main__":
    {"account": account, "notebook": notebook, "compare": compare}[sys.argv[1]](*sys.argv[2:])
