# SPDX-License-Identifier: BSD-3-Clause
"""TAP: boto3 and plain sockets against a running fake: fake-test.py URL LOG"""
import base64
import http.client
import json
import sys
import time
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

url, log = sys.argv[1:3]
count = failed = 0


def check(what, got, expected):
    global count, failed
    count += 1
    good = expected(got) if callable(expected) else got == expected
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, what))
    if not good:
        print("# got %r\n# expected %r" % (got, expected))


def get(path, data=None):
    try:
        with urllib.request.urlopen(url + path, data, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, type(error).__name__.encode()


def set_control(**members):
    check("/_control takes %s" % ", ".join(members), get("/_control", json.dumps(members).encode())[0], 200)


def client(secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", key="AKIDEXAMPLE", token=None, region="us-east-1"):
    settings = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=1)
    return boto3.client("rekognition", region_name=region, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret,
                        aws_session_token=token, config=settings)


def ask(what="detect_labels", by=None, **members):
    try:
        return getattr(by or client(), what)(**members)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    except botocore.exceptions.BotoCoreError as error:
        return type(error).__name__, str(error)


def starts(code, *words):
    return lambda got: isinstance(got, tuple) and got[0] == code and all(word in got[1] for word in words)


def ask_raw(members):
    """What boto3 would not send, signed."""
    keys = botocore.credentials.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    request = botocore.awsrequest.AWSRequest("POST", url + "/", {
        "X-Amz-Target": "RekognitionService.DetectLabels", "Content-Type": "application/x-amz-json-1.1"}, json.dumps(members).encode())
    botocore.auth.SigV4Auth(keys, "rekognition", "us-east-1").add_auth(request)
    try:
        urllib.request.urlopen(urllib.request.Request(url + "/", request.data, dict(request.headers)), timeout=5)
        return "taken"
    except urllib.error.HTTPError as error:
        told = json.load(error)
        return told["__type"], told["Message"]


# Pictures
a, b = get("/images/a.jpg")[1], get("/images/b.jpg")[1]
check("a picture is a JPEG", (a[:2], a[-2:]), (b"\xff\xd8", b"\xff\xd9"))
check("its name decides it", (a == get("/images/a.jpg")[1], a == b), (True, False))
check("a PNG", get("/images/a.png")[1][:8], b"\x89PNG\r\n\x1a\n")
check("a size is kept to", [len(get("/images/size/%d/a.jpg" % n)[1]) for n in (20000, 65600, 200000)], lambda got: all(
    n <= size < n + 8 for n, size in zip((20000, 65600, 200000), got)))
check("a status", get("/images/do/status:404/a.jpg")[0], 404)
check("cut before", get("/images/do/cut_before/a.jpg"), (0, b"RemoteDisconnected"))
check("cut in the middle", get("/images/do/cut_middle/a.jpg"), (0, b"IncompleteRead"))
check("a redirect", get("/redirect/302/%2Fimages%2Fa.jpg"), (200, a))

# Signatures
check("boto3 is believed", ask(Image={"Bytes": a}), lambda got: isinstance(got, dict) and got["LabelModelVersion"] == "3.0")
check("another secret is not", ask(by=client(secret="wrong"), Image={"Bytes": a}), starts("InvalidSignatureException", "Canonical"))
check("an unknown key", ask(by=client(key="AKIDOTHER"), Image={"Bytes": a}), starts("UnrecognizedClientException"))
check("a token that was not given", ask(by=client(token="x"), Image={"Bytes": a}), starts("UnrecognizedClientException"))
check("another region", ask(by=client(region="eu-west-1"), Image={"Bytes": a}), starts("InvalidSignatureException", "eu-west-1"))
set_control(clock_offset=-3600)
check("a clock that is off", ask(Image={"Bytes": a}), starts("InvalidSignatureException", "Signature expired"))
set_control(clock_offset=0)
unsigned = urllib.request.Request(url + "/", b"{}", {"X-Amz-Target": "RekognitionService.DetectLabels", "Content-Type": "application/x-amz-json-1.1"})
try:
    urllib.request.urlopen(unsigned, timeout=5)
    check("no signature", "taken", "refused")
except urllib.error.HTTPError as error:
    check("no signature", (error.code, json.load(error)["__type"]), (403, "MissingAuthenticationTokenException"))

# The model
image = {"Bytes": base64.b64encode(a).decode()}
for what, members, words in (
        ("a missing member", {}, ("Image",)), ("an unknown one", {"Image": image, "MaxLables": 5}, ("MaxLables",)),
        ("two wrong ones", {"Image": image, "MaxLabels": -1, "MinConfidence": 101}, ("MaxLabels", "MinConfidence")),
        ("a wrong type", {"Image": image, "MaxLabels": "five"}, ("MaxLabels",)),
        ("what is not base64", {"Image": {"Bytes": "a?b"}}, ("Image.Bytes", "base64"))):
    check(what, ask_raw(members), starts("ValidationException", *words))
check("an operation that it has not", ask("detect_faces", Image={"Bytes": a}), starts("UnknownOperationException"))
check("no picture", ask(Image={"Bytes": b"hello"}), starts("InvalidImageFormatException"))
check("too small a picture", ask(Image={"Bytes": get("/images/side/79/a.jpg")[1]}), starts("InvalidParameterException"))

# Labels
tea = get("/images/note/labels=Green_Tea@97.5;Cat@58/a.jpg")[1]
found = ask(Image={"Bytes": tea})["Labels"]
check("ancestors are labels too, the surest first", [x["Name"] for x in found],
      ["Beverage", "Green Tea", "Tea", "Animal", "Cat", "Mammal"])
check("parents, nearest first", [p["Name"] for p in found[1]["Parents"]], ["Tea", "Beverage"])
check("MinConfidence and MaxLabels", [x["Name"] for x in ask(Image={"Bytes": tea}, MinConfidence=60, MaxLabels=2)["Labels"]], ["Beverage", "Green Tea"])
check("a filter", [x["Name"] for x in ask(Image={"Bytes": tea}, Settings={"GeneralLabels": {"LabelInclusionFilters": ["Cat"]}})["Labels"]], ["Cat"])
check("the same bytes, the same labels", ask(Image={"Bytes": a})["Labels"], ask(Image={"Bytes": a})["Labels"])
several = {json.dumps(ask(Image={"Bytes": get("/images/%d.jpg" % i)[1]})["Labels"]) for i in range(20)}
check("other bytes, other labels, and some have none", (len(several) > 10, "[]" in several), (True, True))
arn = "arn:aws:rekognition:us-east-1:111122223333:project/shop/version/%s/1700000000000"
check("custom labels", [x["Name"] for x in ask("detect_custom_labels", ProjectVersionArn=arn % "one", Image={"Bytes": tea})["CustomLabels"]],
      ["own-green-tea", "own-cat"])
check("a model that does not run", ask("detect_custom_labels", ProjectVersionArn=arn % "stopped", Image={"Bytes": tea}), starts("ResourceNotReadyException"))

# S3
store = boto3.client("s3", region_name="us-east-1", endpoint_url=url, aws_access_key_id="AKIDEXAMPLE",
                     aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                     config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))
store.put_object(Bucket="shop-data", Key="a b/ü+&%.csv", Body=b"1,2\n")
check("S3 gives back what it took", store.get_object(Bucket="shop-data", Key="a b/ü+&%.csv")["Body"].read(), b"1,2\n")
check("S3: a picture", store.get_object(Bucket="shop-data", Key="images/a.png")["Body"].read()[:4], b"\x89PNG")
check("S3: no such key", ask("get_object", store, Bucket="shop-data", Key="x"), starts("NoSuchKey"))
check("S3: no such bucket", ask("get_object", store, Bucket="no-bucket", Key="x"), starts("NoSuchBucket"))
check("S3: where a bucket is", ask("get_bucket_location", store, Bucket="other-eu-west-1-x")["LocationConstraint"], "eu-west-1")

# Faults
set_control(tps=2, burst=2, code="ProvisionedThroughputExceededException", retry_after=3)
codes = [ask(Image={"Bytes": a}) for _ in range(4)]
check("two a second", [isinstance(x, dict) for x in codes], [True, True, False, False])
check("the code of the throttle", codes[3], starts("ProvisionedThroughputExceededException"))
set_control(tps=0)
set_control(rules=[{"on": "rekognition", "do": "fail:InternalServerError", "times": 1}])
check("fails once", [ask(Image={"Bytes": a}) for _ in range(2)], lambda got: got[0][0] == "InternalServerError" and isinstance(got[1], dict))
fails = get("/images/note/do=fail:AccessDeniedException/b.jpg")[1]
check("a picture that brings its own fault", ask(Image={"Bytes": fails}), starts("AccessDeniedException"))
for do, name in (("hang", "ReadTimeoutError"), ("cut_before", "ConnectionClosedError"), ("garbage", None), ("cut_middle", None)):
    set_control(rules=[{"on": "rekognition", "do": do}])
    check("Rekognition: %s" % do, ask(Image={"Bytes": a}), lambda got: name == got[0] if name else "Labels" not in got)   # botocore takes what it cannot read for an empty answer
set_control(rules=[])

# The log
time.sleep(0.3)
with open(log, encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
by_do = {line["target"]: line for line in lines}
check("the log: what was cut is not complete", (by_do["/images/do/cut_middle/a.jpg"]["complete"], by_do["/images/a.jpg"]["complete"]), (False, True))
check("the log: key and digest", all(line["key"] == "AKIDEXAMPLE" and len(line["picture"]) == 64 for line in lines
                                     if line["to"] == "rekognition" and line["status"] == 200), True)
check("the log: what was hung up on is not complete", [line["complete"] for line in lines if line["to"] == "rekognition"].count(False) >= 3, True)
print("1..%d" % count)
sys.exit(failed > 0)
