# SPDX-License-Identifier: BSD-3-Clause
"""Requests that botocore signed, one JSON object a line: what was signed and the signature.

Usage: botocore-sign.py SEED COUNT. Exit status 77: there is no botocore here."""
import base64
import datetime
import json
import random
import sys
from urllib.parse import quote

try:
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    sys.exit(77)

now = None


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return now


botocore.auth.datetime.datetime = Clock
random = random.Random(int(sys.argv[1]))
LETTERS = "abcXYZ019-._~ /+=&%$!*'();:@,?#é漢\U0001f600\"<>\\|`^{}[]"


def text(low, high, letters=LETTERS):
    return "".join(random.choice(letters) for _ in range(random.randint(low, high)))


def path(s3):
    p = "/" + "/".join(text(0, 8) for _ in range(random.randint(0, 4)))
    if random.random() < 0.3:
        p += random.choice(["/", "//", "/./x", "/../y", "/.", "/.."])
    return quote(p, safe="/~")


def query(unique):
    keys = [text(1, 6) for _ in range(random.randint(0, 5))]
    if keys and not unique and random.random() < 0.6:
        keys += [random.choice(keys), keys[0][:-1] or "k", keys[0] + "-"]
    if unique:
        keys = list(dict.fromkeys(keys))
    return "&".join(quote(k, safe="-_.~") + "=" + quote(text(0, 8), safe="-_.~") for k in keys)


def headers():
    h = {}
    for i in range(random.randint(0, 4)):
        h["X-" + text(1, 5, "abcXYZ-09").strip("-") + str(i)] = text(0, 3, " \tab") + text(0, 8, "ab  c,;\"'=") + " z"
    if random.random() < 0.5:
        h["Content-Type"] = random.choice(["application/x-amz-json-1.1", "text/csv;  charset=utf-8"])
    if random.random() < 0.3:
        h["User-Agent"] = "not signed"
    return h


for i in range(int(sys.argv[2])):
    s3 = random.random() < 0.4
    presign = random.random() < 0.3
    service = "s3" if s3 else random.choice(["rekognition", "personalize", "sts", "service"])
    region = random.choice(["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"])
    # Whole range that has four-digit years
    stamp = random.randint(0, 4102444800)
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=stamp)
    keys = Credentials("AKID" + text(12, 12, "ABC123"), text(40, 40, "abcXYZ019/+"),
                       text(20, 300, "abcXYZ019/+=") if random.random() < 0.5 else None)
    host = random.choice(["example.amazonaws.com", "127.0.0.1:4566", "bucket.s3.eu-west-1.amazonaws.com", "[::1]:8080"])
    body = b"" if presign else bytes(random.getrandbits(8) for _ in range(random.choice([0, 1, 63, 64, 65, 1000])))
    method = random.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    p, q, h = path(s3), query(presign), headers()
    url = "https://" + host + p + ("?" + q if q else "")
    request = AWSRequest(method=method, url=url, headers=dict(h), data=body)
    names = {(True, True): "S3SigV4QueryAuth", (True, False): "S3SigV4Auth",
             (False, True): "SigV4QueryAuth", (False, False): "SigV4Auth"}
    auth = getattr(botocore.auth, names[s3, presign])(keys, service, region)
    auth.add_auth(request)
    print(json.dumps({
        "method": method, "host": host, "path": p, "query": q, "headers": [f"{k}: {v}" for k, v in h.items()],
        "body": base64.b16encode(body).decode(), "service": service, "region": region, "time": stamp, "s3": s3,
        "id": keys.access_key, "secret": keys.secret_key, "token": keys.token, "presign": presign,
        "signature": request.url[-64:] if presign else request.headers["Authorization"][-64:],
        "authorization": "" if presign else request.headers["Authorization"],
    }))
