# SPDX-License-Identifier: BSD-3-Clause
"""A fake S3, path style: objects whole and in parts, in memory. Wrong signatures, digests and regions are refused.
Buckets are there without being made, but for those whose name begins with "no-"; "other-REGION-..." lies in that region;
"denied-..." may not be entered. A key that begins with "images/" is there too: a picture by its name (pictures.py)."""
import hashlib
import re
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import control
import pictures
import sigcheck
from http1 import Answer

LEAST_PART = 5 << 20


class Refused(Exception):
    def __init__(self, code, status, message="said so by the fake", headers=None):
        super().__init__(message)
        self.code, self.status, self.message, self.headers = code, status, message, headers or {}


class Object:
    def __init__(self, data, headers):
        self.data, self.etag = data, '"%s"' % hashlib.md5(data).hexdigest()
        self.kept = {k: v for k, v in headers.items() if k.startswith("x-amz-meta-") or k in (
            "content-type", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")}


class S3:
    name = "s3"

    def __init__(self, keys, region, controls, check_signature=True):
        self.keys, self.region, self.control, self.check_signature = keys, region, controls, check_signature
        self.objects, self.uploads = {}, {}

    def home(self, bucket):
        return "-".join(bucket.split("-")[1:4]) if bucket.startswith("other-") else self.region or "us-east-1"

    def read(self, bucket, key):
        found = self.objects.get((bucket, key))
        return found.data if found else None

    def takes(self, request):
        return "/s3/aws4_request" in request.header("authorization")

    def answer(self, request, about):
        what = ""
        try:
            _, bucket, key = (urllib.parse.unquote(request.path) + "//").split("/", 2)
            key = key.rstrip("/") if key.strip("/") else ""
            query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
            about["op"], about["object"] = request.method, "%s/%s" % (bucket, key)
            what = self.control.what(self.name, request.method + " " + request.target)
            if what.startswith(("fail", "throttle", "status")):
                return control.spoiled(Answer(200), what, self.refuse, self.throttle)
            self.believe(request, bucket, about)
            answer = self.done(request, bucket, key, query)
        except Refused as error:
            answer = self.refuse(error.code, error.status, error.message, error.headers)
        except sigcheck.Refusal as error:
            code = {"InvalidSignatureException": "SignatureDoesNotMatch", "UnrecognizedClientException": "InvalidAccessKeyId",
                    "ExpiredTokenException": "ExpiredToken"}.get(error.code, error.code)
            if "expired" in error.message and code == "SignatureDoesNotMatch":
                code = "RequestTimeTooSkewed"
            answer = self.refuse(code, 400 if code in ("ExpiredToken", "MissingSecurityHeader", "XAmzContentSHA256Mismatch") else 403, error.message)
        if answer.status == 200 and request.method == "GET" and answer.body:
            about["picture"] = hashlib.sha256(answer.body).hexdigest()
        if request.method == "HEAD":
            answer.body = b""
        return control.spoiled(answer, what, self.refuse, self.throttle)

    def believe(self, request, bucket, about):
        place = self.home(bucket)
        if self.check_signature:
            about["key"] = sigcheck.check(request, self.keys, None, {"s3"}, offset=self.control.clock_offset)
        if bucket.startswith("no-"):
            raise Refused("NoSuchBucket", 404, "The specified bucket does not exist")
        if bucket.startswith("denied-"):
            raise Refused("AccessDenied", 403, "Access Denied")
        if request.query == "location":
            return
        signed = re.search(r"Credential=[^/]+/\d+/([a-z0-9-]+)/", request.header("authorization"))
        if signed and signed.group(1) != place:
            raise Refused("PermanentRedirect", 301, "The bucket is in %s" % place, {"x-amz-bucket-region": place})

    # ---- operations ---------------------------------------------------------------------------------------------
    def done(self, request, bucket, key, query):
        method, place = request.method, self.home(bucket)
        if not key and method == "GET" and "location" in query:
            inside = "" if place == "us-east-1" else place
            return self.xml('LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', inside)
        if not key:
            return Answer(200, b"", {"x-amz-bucket-region": place})
        if method == "POST" and "uploads" in query:
            upload = uuid.uuid4().hex + "+/="           # what must be encoded in a query
            self.uploads[upload] = (bucket, key, {k: v for k, v in request.headers.items()}, {})
            return self.xml("InitiateMultipartUploadResult", "<Bucket>%s</Bucket><Key>%s</Key><UploadId>%s</UploadId>" % (
                escape(bucket), escape(key), upload))
        if "uploadId" in query:
            return self.parts(request, bucket, key, query)
        if method == "PUT":
            self.objects[bucket, key] = Object(request.body, request.headers)
            return Answer(200, b"", {"ETag": self.objects[bucket, key].etag})
        if method == "DELETE":
            self.objects.pop((bucket, key), None)
            return Answer(204)
        found = self.objects.get((bucket, key))
        if found is None and key.startswith("images/"):
            found = Object(pictures.named(key, kind="png" if key.endswith(".png") else "jpeg"), {})
        if found is None:
            raise Refused("NoSuchKey", 404, "The specified key does not exist.")
        headers = {"ETag": found.etag, **found.kept}
        if method == "HEAD":
            headers["Content-Length"] = str(len(found.data))
        return Answer(200, found.data, headers)

    def parts(self, request, bucket, key, query):
        upload = self.uploads.get(query["uploadId"])
        if upload is None or upload[:2] != (bucket, key):
            raise Refused("NoSuchUpload", 404, "The specified upload does not exist.")
        parts = upload[3]
        if request.method == "PUT":
            parts[int(query["partNumber"])] = request.body
            return Answer(200, b"", {"ETag": '"%s"' % hashlib.md5(request.body).hexdigest()})
        if request.method == "DELETE":
            del self.uploads[query["uploadId"]]
            return Answer(204)
        if request.method == "GET":
            first = int(query.get("part-number-marker", 0))
            numbers = sorted(n for n in parts if n > first)
            text = "".join("<Part><PartNumber>%d</PartNumber><ETag>&quot;%s&quot;</ETag><Size>%d</Size></Part>" % (
                n, hashlib.md5(parts[n]).hexdigest(), len(parts[n])) for n in numbers[:2])
            more = len(numbers) > 2
            return self.xml("ListPartsResult", "%s<IsTruncated>%s</IsTruncated>%s" % (
                text, "true" if more else "false", "<NextPartNumberMarker>%d</NextPartNumberMarker>" % numbers[1] if more else ""))
        told = re.findall(r"<PartNumber>(\d+)</PartNumber>\s*<ETag>(.*?)</ETag>", request.body.decode())
        numbers = [int(n) for n, _ in told]
        if numbers != sorted(parts) or any(etag.replace("&quot;", '"').strip('"') != hashlib.md5(parts[int(n)]).hexdigest() for n, etag in told):
            raise Refused("InvalidPart", 400, "One or more of the specified parts could not be found.")
        if any(len(parts[n]) < LEAST_PART for n in numbers[:-1]):
            raise Refused("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size")
        self.objects[bucket, key] = Object(b"".join(parts[n] for n in numbers), upload[2])
        del self.uploads[query["uploadId"]]
        return self.xml("CompleteMultipartUploadResult", "<ETag>%s</ETag>" % escape(self.objects[bucket, key].etag))

    # ---- answers ------------------------------------------------------------------------------------------------
    @staticmethod
    def xml(tag, inside, status=200, headers=None):
        return Answer(status, ('<?xml version="1.0" encoding="UTF-8"?>\n<%s>%s</%s>' % (tag, inside, tag.split(" ")[0])).encode(),
                      {"Content-Type": "application/xml", "x-amz-request-id": uuid.uuid4().hex, **(headers or {})})

    def refuse(self, code, status=400, message="said so by the fake", headers=None):
        answer = self.xml("Error", "<Code>%s</Code><Message>%s</Message>" % (code, escape(message)), status, headers)
        answer.about["code"] = code
        return answer

    def throttle(self, code):
        return self.refuse(code or "SlowDown", 503, "Please reduce your request rate.")
