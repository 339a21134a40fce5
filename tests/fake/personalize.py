# SPDX-License-Identifier: BSD-3-Clause
"""A fake Amazon Personalize: the control plane with its state machines and limits, over the service's own model."""
import csv
import hashlib
import io
import json
import re
import time
import uuid

import control
import models
import sigcheck
from http1 import Answer

ACCOUNT = "111122223333"
RECIPES = ["aws-user-personalization", "aws-user-personalization-v2", "aws-personalized-ranking", "aws-personalized-ranking-v2",
           "aws-similar-items", "aws-sims", "aws-popularity-count", "aws-trending-now", "aws-semantic-similarity",
           "aws-hrnn", "aws-hrnn-metadata", "aws-hrnn-coldstart"]     # the last three: as they were when the notebook was written
REQUIRED = {"interactions": {"USER_ID", "ITEM_ID", "TIMESTAMP"}, "items": {"ITEM_ID"}, "users": {"USER_ID"}}
# kind: (word in the ARN, member of Describe, plural member of List, ARN member)
KINDS = {
    "Schema": ("schema", "schema", "schemas", "schemaArn"),
    "DatasetGroup": ("dataset-group", "datasetGroup", "datasetGroups", "datasetGroupArn"),
    "Dataset": ("dataset", "dataset", "datasets", "datasetArn"),
    "DatasetImportJob": ("dataset-import-job", "datasetImportJob", "datasetImportJobs", "datasetImportJobArn"),
    "Solution": ("solution", "solution", "solutions", "solutionArn"),
    "SolutionVersion": ("solution", "solutionVersion", "solutionVersions", "solutionVersionArn"),
    "Campaign": ("campaign", "campaign", "campaigns", "campaignArn"),
    "Filter": ("filter", "filter", "Filters", "filterArn"),
    "EventTracker": ("event-tracker", "eventTracker", "eventTrackers", "eventTrackerArn"),
}
LIMITS = {"DatasetGroup": 5, "Solution": 10, "Campaign": 5, "Schema": 500}


class Refused(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Thing(dict):
    """A resource; its status follows from when it was made."""
    kind = parents = None


class Personalize:
    name = "personalize"

    def __init__(self, keys, region, controls, store, check_signature=True, work_ms=40):
        self.service = models.Service("personalize")
        self.keys, self.region, self.control, self.store = keys, region, controls, store
        self.check_signature, self.work = check_signature, work_ms / 1000
        self.things, self.failures = {}, controls.failures

    def takes(self, request):
        return request.method == "POST" and request.header("x-amz-target").startswith(self.service.prefix + ".")

    def answer(self, request, about):
        what = ""
        try:
            op = about["op"] = request.header("x-amz-target").rpartition(".")[2]
            about["key"] = sigcheck.check(request, self.keys, self.region, {"personalize"}, offset=self.control.clock_offset) \
                if self.check_signature else ""
            operation = self.service.operation(request.header("x-amz-target"))
            members = self.service.request(operation, request.header("content-type"), request.body)
            about["ask"] = json.loads(request.body)
            what = self.control.what(self.name, op)
            if what.startswith(("fail", "throttle", "status")):         # not done at all
                return control.spoiled(Answer(200), what, self.refuse, self.throttle)
            told = getattr(self, "do_" + op, None)
            if told is None:
                verb = re.match("Create|Describe|List|Delete", op)
                if not verb or op[len(verb.group()):].rstrip("s") not in {k.rstrip("s") for k in KINDS}:
                    raise Refused("UnknownOperationException", "the fake cannot do %s" % op)
                told = getattr(self, "any_" + verb.group().lower())
                answer = self.ok(told(op[len(verb.group()):], members))
            else:
                answer = self.ok(told(members))
        except (Refused, sigcheck.Refusal) as error:
            answer = self.refuse(error.code, error.status, error.message)
        except models.Invalid as error:
            answer = self.refuse(error.code, 400, error.message)
        return control.spoiled(answer, what, self.refuse, self.throttle)

    # ---- answers ------------------------------------------------------------------------------------------------
    def reply(self, status, members):
        return Answer(status, json.dumps(members).encode(), {"Content-Type": self.service.content_type, "x-amzn-RequestId": str(uuid.uuid4())})

    def ok(self, members):
        return self.reply(200, members)

    def refuse(self, code, status=400, message="said so by the fake"):
        answer = self.reply(status, {"__type": code, "message": message})
        answer.about["code"] = code
        return answer

    def throttle(self, code):
        return self.refuse(code or "ThrottlingException", 400, "Rate exceeded")

    # ---- things -------------------------------------------------------------------------------------------------
    def now(self):
        return time.time() + self.control.clock_offset

    def arn(self, kind, name):
        return "arn:aws:personalize:%s:%s:%s/%s" % (self.region or "us-east-1", ACCOUNT, KINDS[kind][0], name)

    def of(self, kind):
        return [t for t in self.things.values() if t.kind == kind and not self.gone(t)]

    def gone(self, thing):
        return "deleted" in thing and time.monotonic() - thing["deleted"] > self.work

    def find(self, kind, arn, member):
        thing = self.things.get(arn)
        if thing is None or thing.kind != kind or self.gone(thing):
            raise Refused("ResourceNotFoundException", "Resource Arn %s does not exist." % arn)
        return thing

    def status(self, thing):
        if "deleted" in thing:
            return "DELETE IN_PROGRESS"
        age = time.monotonic() - thing["made"]
        if thing.get("failure") and age > self.work:
            return "CREATE FAILED"
        return "CREATE PENDING" if age < self.work / 2 else "CREATE IN_PROGRESS" if age < self.work else "ACTIVE"

    def is_active(self, kind, arn, member):
        thing = self.find(kind, arn, member)
        if self.status(thing) != "ACTIVE":
            raise Refused("ResourceInUseException", "%s is not ACTIVE: %s" % (arn, self.status(thing)))
        return thing

    def add(self, kind, arn, members):
        if arn in self.things and not self.gone(self.things[arn]):
            raise Refused("ResourceAlreadyExistsException", "Another resource with Arn %s already exists." % arn)
        if kind in LIMITS and len(self.of(kind)) >= LIMITS[kind]:
            raise Refused("LimitExceededException", "More than %d resources of type %s" % (LIMITS[kind], kind))
        thing = Thing(members)
        thing.kind, thing["arn"], thing["made"], thing["at"] = kind, arn, time.monotonic(), self.now()
        waiting = self.failures.get(kind) or []
        if waiting:
            thing["failure"] = waiting.pop(0)
        self.things[arn] = thing
        return {KINDS[kind][3]: arn}

    def shown(self, thing):
        out = {k: v for k, v in thing.items() if k not in ("made", "at", "deleted", "failure", "arn", "tags", "update")}
        out[KINDS[thing.kind][3]] = thing["arn"]
        out["creationDateTime"] = out["lastUpdatedDateTime"] = round(thing["at"], 3)
        if thing.kind != "Schema":
            out["status"] = self.status(thing)
        if out.get("status") == "CREATE FAILED":
            out["failureReason"] = thing["failure"]
        return out

    # ---- what is alike for all ----------------------------------------------------------------------------------
    def any_create(self, kind, members):
        return self.add(kind, self.arn(kind, members["name"]), members)

    def any_describe(self, kind, members):
        return {KINDS[kind][1]: self.shown(self.find(kind, members[KINDS[kind][3]], kind))}

    def any_list(self, kinds, members):
        kind = next(k for k in KINDS if KINDS[k][2].lower() == kinds.lower())
        wanted = {k: v for k, v in members.items() if k not in ("nextToken", "maxResults")}
        found = [self.shown(t) for t in self.of(kind) if time.monotonic() - t["made"] >= self.control.list_lag and all(
            (self.solution_of(t) if (kind, k) == ("Campaign", "solutionArn") else t.get(k)) == v for k, v in wanted.items())]
        start, most = int(members.get("nextToken") or 0), min(members.get("maxResults", 100), 3)     # small pages: nobody may count on one
        out = {KINDS[kind][2]: found[start:start + most]}
        if start + most < len(found):
            out["nextToken"] = str(start + most)
        return out

    def solution_of(self, campaign):
        return campaign["solutionVersionArn"].rpartition("/")[0] if campaign.kind == "Campaign" else None

    def any_delete(self, kind, members):
        thing = self.find(kind, members[KINDS[kind][3]], kind)
        hanging = [t for t in self.things.values() if t is not thing and not self.gone(t) and t.kind not in ("DatasetImportJob", "SolutionVersion")
                   and (thing["arn"] in t.values() or (kind == "Solution" and self.solution_of(t) == thing["arn"]))]
        if hanging:
            raise Refused("ResourceInUseException", "%s is used by %s" % (thing["arn"], hanging[0]["arn"]))
        busy = [t for t in self.things.values() if thing["arn"] in t.values() and t.kind in ("DatasetImportJob", "SolutionVersion")
                and not self.gone(t) and self.status(t).startswith("CREATE P")]
        if busy:
            raise Refused("ResourceInUseException", "%s is pending" % busy[0]["arn"])
        thing["deleted"] = time.monotonic()
        return {}

    # ---- data ---------------------------------------------------------------------------------------------------
    def do_CreateSchema(self, members):
        try:
            fields = json.loads(members["schema"])["fields"]
            assert fields and all("name" in f and "type" in f for f in fields) and "name" in json.loads(members["schema"])
        except (ValueError, KeyError, TypeError, AssertionError):
            raise Refused("InvalidInputException", "the schema is no Avro record")
        return self.any_create("Schema", members)

    def do_CreateDatasetGroup(self, members):
        return {**self.any_create("DatasetGroup", members)}

    def do_CreateDataset(self, members):
        self.is_active("DatasetGroup", members["datasetGroupArn"], "DatasetGroup")
        kind = members["datasetType"].lower()
        if kind not in REQUIRED:
            raise Refused("InvalidInputException", "datasetType %s" % members["datasetType"])
        self.check_fields(members["schemaArn"], kind)
        name = members["datasetGroupArn"].rpartition("/")[2]
        return self.add("Dataset", self.arn("Dataset", "%s/%s" % (name, kind.upper())), members)

    def check_fields(self, schema_arn, kind):
        schema = json.loads(self.find("Schema", schema_arn, "Schema")["schema"])
        names = [f["name"] for f in schema["fields"]]
        if not REQUIRED[kind] <= set(names):
            raise Refused("InvalidInputException", "the schema lacks %s" % ", ".join(REQUIRED[kind] - set(names)))
        return schema["fields"]

    def do_UpdateDataset(self, members):
        thing = self.is_active("Dataset", members["datasetArn"], "Dataset")
        kind = thing["datasetType"].lower()
        if kind == "interactions":
            raise Refused("InvalidInputException", "the schema of Interactions cannot be updated")
        old = {f["name"]: f for f in self.check_fields(thing["schemaArn"], kind)}
        new = {f["name"]: f for f in self.check_fields(members["schemaArn"], kind)}
        if any(name not in new or new[name]["type"] != f["type"] for name, f in old.items()):
            raise Refused("InvalidInputException", "a field is gone or has another type")
        if any("null" not in f["type"] for name, f in new.items() if name not in old):
            raise Refused("InvalidInputException", "an added field must allow null")
        thing["update"] = {"schemaArn": members["schemaArn"], "made": time.monotonic()}
        return {"datasetArn": thing["arn"]}

    def do_DescribeDataset(self, members):
        thing = self.find("Dataset", members["datasetArn"], "Dataset")
        update = thing.get("update")
        out = self.shown(thing)
        if update:
            done = time.monotonic() - update["made"] > self.work
            if done:
                thing["schemaArn"] = out["schemaArn"] = update["schemaArn"]
            out["latestDatasetUpdate"] = {"schemaArn": update["schemaArn"], "status": "ACTIVE" if done else "CREATE IN_PROGRESS"}
        return {"dataset": out}

    def do_CreateDatasetImportJob(self, members):
        thing = self.is_active("Dataset", members["datasetArn"], "Dataset")
        if len([t for t in self.of("DatasetImportJob") if self.status(t).startswith("CREATE P")]) >= 5:
            raise Refused("LimitExceededException", "More than 5 resources with PENDING or IN_PROGRESS status")
        mode = members.setdefault("importMode", "FULL")
        before = [t for t in self.of("DatasetImportJob") if t["datasetArn"] == thing["arn"]]
        if mode == "INCREMENTAL" and not before:
            raise Refused("InvalidInputException", "the first import must be FULL")
        told = self.add("DatasetImportJob", self.arn("DatasetImportJob", members["jobName"]), members)
        job = self.things[told["datasetImportJobArn"]]
        job.setdefault("failure", self.data_fault(thing, members) or "")
        return told

    def data_fault(self, thing, members):
        """Why the service would refuse these data; None: it would not."""
        match = re.match("s3://([^/]+)/(.*)", members["dataSource"]["dataLocation"])
        data = self.store.read(match.group(1), match.group(2)) if match else None
        if data is None:
            return "%s cannot be read" % members["dataSource"]["dataLocation"]
        fields = self.check_fields(thing["schemaArn"], thing["datasetType"].lower())
        rows = csv.reader(io.StringIO(data.decode()), escapechar="\\")
        header = next(rows, [])
        missing = [f["name"] for f in fields if f["name"] not in header]
        if missing:
            return "Input CSV is missing the following columns: %s" % missing
        thing["digest"], thing["rows"] = hashlib.sha256(data).hexdigest(), sum(1 for _ in rows)
        if thing["datasetType"].lower() == "interactions" and members["importMode"] == "FULL" and thing["rows"] < 1000:
            return "%d interactions; 1000 are needed" % thing["rows"]
        return None

    # ---- training -----------------------------------------------------------------------------------------------
    def do_CreateSolution(self, members):
        self.is_active("DatasetGroup", members["datasetGroupArn"], "DatasetGroup")
        recipe = members.get("recipeArn", "").rpartition("/")[2]
        if recipe not in RECIPES:
            raise Refused("ResourceNotFoundException", "Recipe %s does not exist." % members.get("recipeArn"))
        if members.get("performHPO") and recipe.endswith("-v2"):
            raise Refused("InvalidInputException", "%s takes no performHPO" % recipe)
        members.setdefault("performAutoTraining", True)
        return self.any_create("Solution", members)

    def do_CreateSolutionVersion(self, members):
        solution = self.is_active("Solution", members["solutionArn"], "Solution")
        group = solution["datasetGroupArn"]
        sets = {t["datasetType"].lower(): t for t in self.of("Dataset") if t["datasetGroupArn"] == group}
        jobs = {t["datasetArn"] for t in self.of("DatasetImportJob") if self.status(t) == "ACTIVE"}
        if "interactions" not in sets or sets["interactions"]["arn"] not in jobs:
            raise Refused("InvalidInputException", "the group has no imported interactions")
        number = "%08x" % (int(hashlib.sha256(("%s %d" % (members["solutionArn"], len(self.of("SolutionVersion")))).encode()).hexdigest(), 16) & 0xffffffff)
        more = {"solutionArn": solution["arn"], "recipeArn": solution["recipeArn"], "datasetGroupArn": group, "trainingMode":
                members.get("trainingMode", "FULL"), "performHPO": solution.get("performHPO", False), "trainingHours": 1.5,
                "seed": "".join(t.get("digest", "") for t in sets.values())}
        if solution.get("performHPO"):
            more["tunedHPOParams"] = {"algorithmHyperParameters": {"hidden_dimension": "128", "bptt": "20"}}
        return self.add("SolutionVersion", solution["arn"] + "/" + number, {**members, **more})

    def do_DescribeSolutionVersion(self, members):
        out = self.any_describe("SolutionVersion", members)
        out["solutionVersion"].pop("seed", None)
        return out

    def do_GetSolutionMetrics(self, members):
        thing = self.is_active("SolutionVersion", members["solutionVersionArn"], "SolutionVersion")
        seed = hashlib.sha256((thing["seed"] + thing["recipeArn"]).encode()).digest()
        names = ["coverage", "mean_reciprocal_rank_at_25"] + ["%s_at_%d" % (n, k) for n in (
            "normalized_discounted_cumulative_gain", "precision") for k in (5, 10, 25)]
        return {"solutionVersionArn": thing["arn"], "metrics": {n: round(seed[i] / 255 * 0.3, 4) for i, n in enumerate(names)}}

    # ---- campaigns ----------------------------------------------------------------------------------------------
    def do_CreateCampaign(self, members):
        self.is_active("SolutionVersion", members["solutionVersionArn"], "SolutionVersion")
        return self.any_create("Campaign", members)

    def do_UpdateCampaign(self, members):
        thing = self.is_active("Campaign", members["campaignArn"], "Campaign")
        if "solutionVersionArn" in members:
            self.is_active("SolutionVersion", members["solutionVersionArn"], "SolutionVersion")
        old = thing.get("update")
        if old and time.monotonic() - old["made"] < self.work:
            raise Refused("ResourceInUseException", "an update is under way")
        thing["update"] = {"members": {k: v for k, v in members.items() if k != "campaignArn"}, "made": time.monotonic()}
        return {"campaignArn": thing["arn"]}

    def do_DescribeCampaign(self, members):
        thing = self.find("Campaign", members["campaignArn"], "Campaign")
        update = thing.get("update")
        if update and time.monotonic() - update["made"] > self.work:
            thing.update(update["members"])
        out = self.shown(thing)
        if update:
            done = time.monotonic() - update["made"] > self.work
            out["latestCampaignUpdate"] = {**update["members"], "status": "ACTIVE" if done else "CREATE IN_PROGRESS"}
        return {"campaign": out}

    # ---- events -------------------------------------------------------------------------------------------------
    def do_CreateEventTracker(self, members):
        self.is_active("DatasetGroup", members["datasetGroupArn"], "DatasetGroup")
        if any(t["datasetGroupArn"] == members["datasetGroupArn"] for t in self.of("EventTracker")):
            raise Refused("LimitExceededException", "More than 1 event tracker in a data set group")
        tracking = str(uuid.uuid4())
        told = self.any_create("EventTracker", {**members, "trackingId": tracking})
        return {**told, "trackingId": tracking}
