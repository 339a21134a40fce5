# SPDX-License-Identifier: BSD-3-Clause
"""A fake personalize-events and personalize-runtime: rest-json, by their own models."""
import json
import time
import uuid

import control
import models
import sigcheck
from http1 import Answer
from personalize import Refused

PATHS = {"/items": ("PutItems", "personalize-events"), "/users": ("PutUsers", "personalize-events"),
         "/events": ("PutEvents", "personalize-events"), "/recommendations": ("GetRecommendations", "personalize-runtime")}


class Events:
    name = "events"

    def __init__(self, keys, region, controls, personalize, check_signature=True):
        self.services = {name: models.Service(name) for name in ("personalize-events", "personalize-runtime")}
        self.keys, self.region, self.control, self.personalize, self.check_signature = keys, region, controls, personalize, check_signature
        self.put = {}

    def takes(self, request):
        return request.method == "POST" and request.path in PATHS and not request.header("x-amz-target")

    def answer(self, request, about):
        what = ""
        try:
            op, service = PATHS[request.path]
            about["op"] = op
            about["key"] = sigcheck.check(request, self.keys, self.region, {"personalize"}, offset=self.control.clock_offset) \
                if self.check_signature else ""
            operation = self.services[service].model.operation_model(op)
            members = self.services[service].rest_request(operation, request.body)
            about["ask"] = json.loads(request.body)
            what = self.control.what(self.name, op)
            answer = self.reply(200, getattr(self, op)(members))
        except (Refused, sigcheck.Refusal) as error:
            answer = self.refuse(error.code, error.status, error.message)
        except models.Invalid as error:
            answer = self.refuse(error.code, 400, error.message)
        return control.spoiled(answer, what, self.refuse, self.throttle)

    def reply(self, status, members):
        return Answer(status, json.dumps(members).encode(), {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())})

    def refuse(self, code, status=400, message="said so by the fake"):
        answer = self.reply(status, {"message": message})
        answer.headers["x-amzn-ErrorType"] = code
        answer.about["code"] = code
        return answer

    def throttle(self, code):
        return self.refuse(code or "ThrottlingException", 429, "Rate exceeded")

    def fields(self, dataset):
        """The names of a data set's fields, as these calls spell them."""
        update = dataset.get("update") or {}
        names = [f["name"] for arn in {dataset["schemaArn"], update.get("schemaArn", dataset["schemaArn"])}
                 for f in json.loads(self.personalize.find("Schema", arn, "Schema")["schema"])["fields"]]
        return {name.split("_")[0].lower() + "".join(word.capitalize() for word in name.split("_")[1:]) for name in names}

    def check(self, entries, most, kind, dataset):
        known = self.fields(dataset)
        for entry in entries:
            text = entry.get("properties")
            if text is None:
                continue
            if len(text) > most:
                raise Refused("InvalidInputException", "%s: properties are longer than %d" % (kind, most))
            try:
                values = json.loads(text)
            except ValueError:
                raise Refused("InvalidInputException", "%s: properties are no JSON" % kind)
            if set(values) - known:
                raise Refused("InvalidInputException", "%s: not in the schema: %s" % (kind, ", ".join(sorted(set(values) - known))))
            if "poison" in json.dumps(values):
                raise Refused("InvalidInputException", "%s: a value is not taken" % kind)

    def PutItems(self, members):
        dataset = self.personalize.find("Dataset", members["datasetArn"], "Dataset")
        self.check(members["items"], 32000, "PutItems", dataset)
        for entry in members["items"]:
            self.put["item", entry["itemId"]] = entry.get("properties")
        return {}

    def PutUsers(self, members):
        dataset = self.personalize.find("Dataset", members["datasetArn"], "Dataset")
        self.check(members["users"], 24000, "PutUsers", dataset)
        for entry in members["users"]:
            self.put["user", entry["userId"]] = entry.get("properties")
        return {}

    def PutEvents(self, members):
        tracker = next((t for t in self.personalize.of("EventTracker") if t.get("trackingId") == members["trackingId"]), None)
        if tracker is None:
            raise Refused("InvalidInputException", "trackingId is not known")
        dataset = next(t for t in self.personalize.of("Dataset") if t["datasetGroupArn"] == tracker["datasetGroupArn"]
                       and t["datasetType"].lower() == "interactions")
        self.check(members["eventList"], 1024, "PutEvents", dataset)
        for entry in members["eventList"]:
            self.put["event", entry.get("eventId", time.time())] = entry
        return {}

    def GetRecommendations(self, members):
        thing = self.personalize.is_active("Campaign", members["campaignArn"], "Campaign")
        seed = members.get("userId") or members.get("itemId") or ""
        first = 0
        if "filterArn" in members:                       # as if it took the best two away
            self.personalize.is_active("Filter", members["filterArn"], "Filter")
            first = 2
        if "poison" in seed:
            raise Refused("InvalidInputException", "the user is not taken")
        n = members.get("numResults", 25)
        return {"recommendationId": "RID-" + seed, "itemList": [
            {"itemId": "%s-%s-%d" % (thing["name"], seed, i), "score": round(0.9 ** i / 10, 6)} for i in range(first, first + n)]}
