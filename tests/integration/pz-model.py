# SPDX-License-Identifier: BSD-3-Clause
"""pz-model.py CASE=LOG...: each member that was sent, by the services' own models: "Operation member case" by tabs, where the
case is the first that sent it. "a[].b" is in each element of a list, "a.*" a key that the user chooses."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "fake"))
import models                                             # noqa: E402  (of tests/fake)

SERVICES = {}
RUNTIME = ("GetRecommendations",)


def shape_of(to, operation):
    name = "personalize" if to == "personalize" else "personalize-runtime" if operation in RUNTIME else "personalize-events"
    if name not in SERVICES:
        SERVICES[name] = models.Service(name)
    return SERVICES[name].model.operation_model(operation).input_shape


def members(value, shape, path):
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from members(inner, shape.members[name], path + "." + name if path else name)
    elif shape.type_name == "list":
        for inner in value:
            yield from members(inner, shape.member, path + "[]")
    elif shape.type_name == "map":
        for inner in value.values():
            yield from members(inner, shape.value, path + ".*")
    else:
        yield path


def main(*cases):
    seen = {}
    for case in cases:
        name, _, log = case.partition("=")
        with open(log, encoding="utf-8") as file:
            for entry in map(json.loads, file):
                if entry["to"] not in ("personalize", "events"):
                    continue
                if entry["status"] == 400 and entry.get("code") in ("ValidationException", "SerializationException", "UnknownOperationException"):
                    sys.exit("the model refuses %s in case %s: %s" % (entry["op"], name, entry))
                if entry["status"] == 200:
                    for member in members(entry["ask"], shape_of(entry["to"], entry["op"]), ""):
                        seen.setdefault((entry["op"], member), name)
    for (operation, member), case in sorted(seen.items()):
        print(operation, member, case, sep="\t")


main(*sys.argv[1:])
