# SPDX-License-Identifier: BSD-3-Clause
"""net-boto.py URL FOLDER OPERATION MEMBERS: boto3 asks the fake the same as the last request in FOLDER, and both are
compared as they were on the wire."""
import base64
import glob
import json
import os
import sys
import time

import boto3

url, folder, operation, members = sys.argv[1:5]


def asked():
    """(request, body) of all calls to Rekognition so far."""
    found = []
    for name in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(name, encoding="utf-8") as file:
            request = json.load(file)
        if request["method"] == "POST":
            with open(name[:-5] + ".body", "rb") as file:
                found.append((request, file.read()))
    return found


def seen(request, body):
    headers = {name.lower(): value for name, value in request["headers"]}
    authorization = dict(part.strip().split("=", 1) for part in headers["authorization"].partition(" ")[2].split(","))
    signed = {name: headers.get(name) for name in authorization["SignedHeaders"].split(";")}
    signed["x-amz-date"] = len(signed["x-amz-date"])
    return {"method": request["method"], "target": request["target"], "signed": signed, "key": authorization["Credential"].split("/")[0],
            "scope": authorization["Credential"].split("/")[2:], "body": json.loads(body), "content-length": headers.get("content-length") == str(len(body))}


ours = asked()
assert len(ours) == 1, "%d calls of the program" % len(ours)
picture = base64.b64decode(json.loads(ours[0][1])["Image"]["Bytes"], validate=True)
client = boto3.client("rekognition", region_name="us-east-1", endpoint_url=url)
getattr(client, operation)(Image={"Bytes": picture}, **json.loads(members))
for _ in range(50):                                      # the fake writes a request down when its answer is over
    if len(asked()) > 1:
        break
    time.sleep(0.05)
ours, theirs = (seen(*request) for request in asked()[:2])
different = [name for name in ours if ours[name] != theirs[name]]
for name in different:
    if name == "body":
        for each in (ours, theirs):
            each["body"].get("Image", {}).pop("Bytes", None)
    print("%s: ours %s, theirs %s" % (name, json.dumps(ours[name], sort_keys=True), json.dumps(theirs[name], sort_keys=True)))
print("the same" if not different else "%d differences" % len(different))
