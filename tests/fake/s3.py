# SPDX-License-Identifier: BSD-3-Clause
"""A fake S3, path style, objects in memory: PUT, GET, HEAD, DELETE of an object and GET ?location of a bucket, all signed.
Buckets are there without being made, but for those whose name begins with "no-"; "other-REGION-…" lies in that region;
"denied-…" may not be read. A key that begins with "images/" is there too: a picture by its name (pictures.py)."""
import hashlib
import urllib.parse

import control
import pictures
import sigcheck
from http1 import Answer


class S3:
    name = "s3"

    def __init__(self, keys, region, controls, check_signature=True):
        self.keys, self.region, self.control, self.check_signature, self.objects = keys, region, controls, check_signature, {}

    def takes(self, request):
        return "/s3/aws4_request" in request.header("authorization")

    def answer(self, request, about):
        bucket, _, key = urllib.parse.unquote(request.path[1:]).partition("/")
        about["op"], about["object"] = request.method, "%s/%s" % (bucket, key)
        what = self.control.what(self.name, request.path)
        try:
            about["key"] = sigcheck.check(request, self.keys, None, {self.name}, offset=self.control.clock_offset) if self.check_signature else ""
            answer = self.done(request, bucket, key)
        except sigcheck.Refusal as refusal:
            code = {"InvalidSignatureException": "SignatureDoesNotMatch", "UnrecognizedClientException": "InvalidAccessKeyId",
                    "ExpiredTokenException": "ExpiredToken"}.get(refusal.code, refusal.code)
            if "expired:" in refusal.message:
                code = "RequestTimeTooSkewed"
            answer = self.refuse(code, 400 if code in ("ExpiredToken", "MissingSecurityHeader", "XAmzContentSHA256Mismatch") else 403, refusal.message)
        if answer.status == 200 and request.method == "GET" and answer.body:
            about["picture"] = hashlib.sha256(answer.body).hexdigest()
        answer = control.spoiled(answer, what, self.refuse, lambda _: self.refuse("SlowDown", 503))
        if request.method == "HEAD":
            answer.headers["Content-Length"], answer.body = str(len(answer.body)), b""
        return answer

    def done(self, request, bucket, key):
        if bucket.startswith("no-"):
            return self.refuse("NoSuchBucket", 404)
        if bucket.startswith("denied-"):
            return self.refuse("AccessDenied", 403)
        home = "-".join(bucket.split("-")[1:4]) if bucket.startswith("other-") else self.region
        if request.query == "location":
            place = "" if home == "us-east-1" else home
            return Answer(200, ('<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s'
                                '</LocationConstraint>' % place).encode(), {"Content-Type": "application/xml"})
        signed_for = sigcheck.AUTHORIZATION.match(request.header("authorization"))
        if home and signed_for and signed_for.group(3) != home:
            answer = self.refuse("PermanentRedirect", 301, "The bucket you are attempting to access must be addressed using the specified endpoint.")
            answer.headers["x-amz-bucket-region"] = home
            return answer
        place = bucket, key
        if request.method == "PUT":
            self.objects[place] = request.body
            return Answer(200, b"", {"ETag": '"%s"' % hashlib.md5(request.body).hexdigest()})
        if request.method == "DELETE":
            self.objects.pop(place, None)
            return Answer(204)
        data = self.objects.get(place)
        if data is None and key.startswith("images/"):
            data = pictures.named(key, kind="png" if key.endswith(".png") else "jpeg")
        if data is None:
            return self.refuse("NoSuchKey", 404, "The specified key does not exist.")
        return Answer(200, data, {"Content-Type": "application/octet-stream", "ETag": '"%s"' % hashlib.md5(data).hexdigest()})

    @staticmethod
    def refuse(code, status=400, message="said so by the fake"):
        answer = Answer(status, ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code><Message>%s</Message><RequestId>0123456789ABCDEF'
                                 '</RequestId></Error>' % (code, message.replace("&", "&amp;").replace("<", "&lt;"))).encode(), {"Content-Type": "application/xml"})
        answer.about["code"] = code
        return answer
