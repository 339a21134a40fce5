# SPDX-License-Identifier: BSD-3-Clause
"""A service's model of Debian's botocore, or of a newer one (botopath.py): decodes a JSON request by it and names each member that is wrong, missing or
unknown. ParamValidator looks at types, required members and lower bounds; the rest of the model is looked at here."""
import base64
import binascii
import json
import os
import re

import botopath
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator


class Invalid(Exception):
    """code: "ValidationException", "SerializationException" or "UnknownOperationException"."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Service:
    def __init__(self, name):
        self.name = name
        overlay = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model-overlay")
        self.model = ServiceModel(Loader(extra_search_paths=[] if botopath.PATH else [overlay]).load_service_model(name, "service-2"), name)
        self.prefix = self.model.metadata.get("targetPrefix", "")
        self.content_type = "application/x-amz-json-" + self.model.metadata.get("jsonVersion", "1.1")
        self.validator = ParamValidator()

    def operation(self, target):
        """The operation that X-Amz-Target names."""
        prefix, _, name = target.rpartition(".")
        if prefix != self.prefix or name not in self.model.operation_names:
            raise Invalid("UnknownOperationException", "no operation '%s' at %s" % (target, self.name))
        return self.model.operation_model(name)

    def request(self, operation, content_type, body):
        if content_type != self.content_type:
            raise Invalid("SerializationException", "Content-Type is '%s', not '%s'" % (content_type, self.content_type))
        return self.rest_request(operation, body)

    def rest_request(self, operation, body):
        """All members in a JSON body."""
        try:
            members = json.loads(body)
        except ValueError as error:
            raise Invalid("SerializationException", "the body is not JSON: %s" % error)
        if not isinstance(members, dict):
            raise Invalid("SerializationException", "the body is not a JSON object")
        wrong = []
        members = decoded(members, operation.input_shape, "", wrong)
        report = self.validator.validate(members, operation.input_shape)
        if report.has_errors():
            wrong.insert(0, report.generate_report())
        if wrong:
            raise Invalid("ValidationException", "\n".join(wrong))
        return members


def decoded(value, shape, place, wrong):
    """Blobs as bytes; what is above an upper bound, no enumerated value or against a pattern goes into wrong."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {name: decoded(member, shape.members[name], place + "." + name, wrong) if name in shape.members else member
                for name, member in value.items()}
    if kind == "list" and isinstance(value, list):
        value = [decoded(member, shape.member, "%s[%d]" % (place, i), wrong) for i, member in enumerate(value)]
    elif kind == "map" and isinstance(value, dict):
        return {key: decoded(member, shape.value, place + "." + key, wrong) for key, member in value.items()}
    elif kind == "blob" and isinstance(value, str):
        try:
            value = base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error) as error:
            wrong.append("Invalid value for %s: not base64: %s" % (place, error))
            value = b"?"
    bounds(value, shape, place, wrong)
    return value


def bounds(value, shape, place, wrong):
    limits = shape.metadata
    size = value if shape.type_name in ("integer", "long", "float", "double") else len(value) if hasattr(value, "__len__") else None
    if "max" in limits and isinstance(size, (int, float)) and size > limits["max"]:
        wrong.append("Invalid value for %s: %s is above %s" % (place, size, limits["max"]))
    if isinstance(value, str):
        if limits.get("enum") and value not in limits["enum"]:
            wrong.append("Invalid value for %s: '%s' is none of %s" % (place, value, ", ".join(limits["enum"])))
        if "pattern" in limits:
            try:
                if not re.fullmatch(limits["pattern"], value):
                    wrong.append("Invalid value for %s: '%s' does not match %s" % (place, value, limits["pattern"]))
            except re.error:                # a pattern of another dialect
                pass
