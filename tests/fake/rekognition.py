# SPDX-License-Identifier: BSD-3-Clause
"""A fake Rekognition: DetectLabels and DetectCustomLabels over its own model, with labels from the picture's bytes."""
import hashlib
import json
import struct
import uuid

import control
import labels
import models
import sigcheck
from http1 import Answer


class Refused(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def size_of(picture):
    """(width, height) of a JPEG or PNG, or None."""
    if picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[12:16] == b"IHDR" and len(picture) > 33:
        return struct.unpack(">II", picture[16:24])
    at = 2
    if picture[:2] != b"\xff\xd8":
        return None
    while at + 9 < len(picture):
        if picture[at] != 0xff or picture[at + 1] in (0, 0xff):     # to the next marker, as decoders do
            at += 1
            continue
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2:at + 4], "big")
        if 0xc0 <= marker <= 0xcf and marker not in (0xc4, 0xc8, 0xcc):
            height, width = struct.unpack(">HH", picture[at + 5:at + 9])
            return width, height
        at += 2 + length
    return None


class Rekognition:
    name = "rekognition"

    def __init__(self, keys, region, controls, check_signature=True):
        self.service = models.Service("rekognition")
        self.keys, self.region, self.control = keys, region, controls
        self.check_signature = check_signature
        self.operations = {"DetectLabels": self.detect_labels, "DetectCustomLabels": self.detect_custom_labels}

    def takes(self, request):
        return request.method == "POST" and request.header("x-amz-target").startswith(self.service.prefix + ".")

    def answer(self, request, about):
        """about: members for the log."""
        what = ""
        try:
            about["op"] = request.header("x-amz-target").rpartition(".")[2]
            about["key"] = sigcheck.check(request, self.keys, self.region, {self.name}, offset=self.control.clock_offset) \
                if self.check_signature else self.key_of(request)
            operation = self.service.operation(request.header("x-amz-target"))
            members = self.service.request(operation, request.header("content-type"), request.body)
            if operation.name not in self.operations:
                raise models.Invalid("UnknownOperationException", "the fake cannot do %s" % operation.name)
            about["ask"] = {name: value for name, value in members.items() if name != "Image"}
            picture, digest = self.picture(members["Image"], about)
            what = "+".join(filter(None, (self.control.what(self.name, request.path),
                                          self.control.noted_what(labels.note(picture), about["picture"]))))
            answer = self.throttle("") if not self.control.bucket.take() else \
                self.ok(self.operations[operation.name](members, picture, digest))
        except (Refused, sigcheck.Refusal) as error:
            answer = self.refuse(error.code, error.status, error.message)
        except models.Invalid as error:
            answer = self.refuse(error.code, 400, error.message)
        answer.delay += self.control.delay[self.name]
        return control.spoiled(answer, what, self.refuse, self.throttle)

    @staticmethod
    def key_of(request):
        return request.header("authorization").partition("Credential=")[2].partition("/")[0]

    # ---- answers ------------------------------------------------------------------------------------------------
    def reply(self, status, members):
        return Answer(status, json.dumps(members).encode(), {
            "Content-Type": self.service.content_type, "x-amzn-RequestId": str(uuid.uuid4())})

    def ok(self, members):
        return self.reply(200, members)

    def refuse(self, code, status=400, message="said so by the fake"):
        answer = self.reply(status, {"__type": code, "Message": message})
        answer.about["code"] = code
        return answer

    def throttle(self, code):
        answer = self.refuse(code or self.control.code, 400, "Slow down; sudden increase in rate of requests.")
        answer.headers.update(self.control.throttle_headers)
        return answer

    # ---- operations ---------------------------------------------------------------------------------------------
    def picture(self, image, about):
        if len(image) != 1:
            raise Refused("InvalidParameterException", "Request has Invalid Parameters: Image wants Bytes or S3Object")
        if "Bytes" in image:
            picture = image["Bytes"]
        else:
            place = image["S3Object"]
            if "missing" in place.get("Name", "") or not {"Bucket", "Name"} <= set(place):
                raise Refused("InvalidS3ObjectException", "Unable to get object metadata from S3. Check object key, region and/or access permissions.")
            picture = ("s3://%s/%s %s" % (place["Bucket"], place["Name"], place.get("Version", ""))).encode()
        digest = hashlib.sha256(picture)
        about["picture"] = digest.hexdigest()
        if "Bytes" in image:
            size = size_of(picture)
            if size is None:
                raise Refused("InvalidImageFormatException", "Request has invalid image format")
            if min(size) < 80:
                raise Refused("InvalidParameterException", "Request has Invalid Parameters: an image of %d x %d" % size)
            if max(size) > 10000:
                raise Refused("ImageTooLargeException", "Image size is too large")
        return picture, digest.digest()

    @staticmethod
    def chosen(found, filters):
        """As the service filters: a label must be named if any are included, and not be excluded; so with categories."""
        def passes(name, categories):
            include, exclude = filters.get("LabelInclusionFilters"), filters.get("LabelExclusionFilters", ())
            within, without = filters.get("LabelCategoryInclusionFilters"), filters.get("LabelCategoryExclusionFilters", ())
            if (include or within) and not (name in (include or ()) or categories & set(within or ())):
                return False
            return name not in exclude and not categories & set(without)
        return [label for label in found if passes(label["Name"], {c["Name"] for c in label["Categories"]})]

    def detect_labels(self, members, picture, digest):
        features = members.get("Features", ["GENERAL_LABELS"])
        if not set(features) <= {"GENERAL_LABELS", "IMAGE_PROPERTIES"}:
            raise Refused("InvalidParameterException", "Request has Invalid Parameters: Features")
        answer = {"LabelModelVersion": "3.0", "OrientationCorrection": None}
        if "GENERAL_LABELS" in features:
            least = members.get("MinConfidence", 55)
            found = self.chosen(labels.seen(picture, digest), members.get("Settings", {}).get("GeneralLabels", {}))
            answer["Labels"] = [label for label in found if label["Confidence"] >= least][:members.get("MaxLabels", 1000)]
        if "IMAGE_PROPERTIES" in features:
            answer["ImageProperties"] = self.properties(digest, members.get("Settings", {}).get("ImageProperties", {}).get("MaxDominantColors", 10))
        return answer

    @staticmethod
    def properties(digest, most):
        colours = [{"Red": r, "Green": g, "Blue": b, "HexCode": "#%02x%02x%02x" % (r, g, b), "CSSColor": "gray",
                    "SimplifiedColor": "grey", "PixelPercent": round(60 / (i + 1), 2)}
                   for i, (r, g, b) in enumerate([digest[0:3], digest[3:6]][:most])]
        return {"Quality": {"Brightness": digest[6] / 2.55, "Sharpness": digest[7] / 2.55, "Contrast": digest[8] / 2.55},
                "DominantColors": colours}

    def detect_custom_labels(self, members, picture, digest):
        if "/stopped/" in members["ProjectVersionArn"]:
            raise Refused("ResourceNotReadyException", "ProjectVersion %s is not running." % members["ProjectVersionArn"])
        if "/nowhere/" in members["ProjectVersionArn"]:
            raise Refused("ResourceNotFoundException", "The project version could not be found.")
        least = members.get("MinConfidence", 0)
        found = [{"Name": "own-" + name.lower().replace(" ", "-"), "Confidence": round(confidence, 4)}
                 for name, confidence in sorted(labels.leaves(picture, digest), key=lambda pair: (-pair[1], pair[0])) if confidence >= least]
        return {"CustomLabels": found[:members.get("MaxResults", 1000)]}
