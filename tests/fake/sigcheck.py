# SPDX-License-Identifier: BSD-3-Clause
"""Checks a request's Signature Version 4 with botocore's own signer: the request is built anew from the headers that the
client says it has signed, and signed again."""
import calendar
import hashlib
import hmac
import re
import time

import botopath                                           # noqa: F401  (before botocore)
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^/ ,]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, *"
                           r"SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$")
MAX_SKEW = 300


class Refusal(Exception):
    """The service's answer to a request that it does not believe."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Key:
    def __init__(self, secret, token=None, expired=False):
        self.secret, self.token, self.expired = secret, token, expired


def signed_as_told(base):
    """botocore leaves out what proxies change; the check must take exactly what the client has signed."""
    class Rebuilt(base):
        def headers_to_sign(self, request):
            return request.headers
    return Rebuilt


SIGNERS = {False: signed_as_told(SigV4Auth), True: signed_as_told(S3SigV4Auth)}


def seconds(stamp):
    try:
        return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Refusal("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '%s'." % stamp)


def rebuilt(request, names):
    headers = HTTPHeaders()
    for name in names:
        values = [value for key, value in request.raw_headers if key.lower() == name]
        if not values:
            raise Refusal("InvalidSignatureException", "'%s' is named in SignedHeaders and not sent." % name)
        for value in values:
            headers[name] = value
    return headers


def check_body(request, s3):
    told = request.header("x-amz-content-sha256")
    if s3 and not told:
        raise Refusal("MissingSecurityHeader", "x-amz-content-sha256 is missing.")
    if told and told != "UNSIGNED-PAYLOAD" and told != hashlib.sha256(request.body).hexdigest():
        raise Refusal("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' does not match what was computed.")


def check(request, keys, region, services, now=None, offset=0):
    """Returns the access key id, or raises Refusal. services: names that may be signed for. offset: seconds that this
    service's clock is ahead."""
    told = request.header("authorization")
    if not told:
        raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    match = AUTHORIZATION.match(told)
    if not match:
        raise Refusal("IncompleteSignatureException", "Authorization is not in the form of Signature Version 4.")
    key_id, day, signed_region, service, names, signature = match.groups()
    key, names = keys.get(key_id), names.split(";")
    if key is None:
        raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    if key.expired:
        raise Refusal("ExpiredTokenException", "The security token included in the request is expired")
    if (key.token or "") != request.header("x-amz-security-token"):
        raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
    if service not in services or (region and signed_region != region):
        raise Refusal("InvalidSignatureException", "Credential should be scoped to a valid region and service, not %s/%s."
                      % (signed_region, service))
    stamp = request.header("x-amz-date")
    now = (time.time() if now is None else now) + offset
    if abs(seconds(stamp) - now) > MAX_SKEW or not stamp.startswith(day):
        raise Refusal("InvalidSignatureException", "Signature expired: %s is not within %d seconds of %s" % (
            stamp, MAX_SKEW, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))))
    if names != sorted(names) or "host" not in names or any(n.startswith("x-amz-") and n not in names for n in request.headers):
        raise Refusal("InvalidSignatureException", "SignedHeaders is unsorted, or lacks host or an x-amz- header: %s" % ";".join(names))
    s3 = service == "s3"
    check_body(request, s3)
    again = AWSRequest(request.method, "http://%s%s" % (request.header("host"), request.target), rebuilt(request, names), request.body)
    again.context["timestamp"] = stamp
    signer = SIGNERS[s3](Credentials(key_id, key.secret, key.token), service, signed_region)
    canonical = signer.canonical_request(again)
    expected = signer.signature(signer.string_to_sign(again, canonical), again)
    if not hmac.compare_digest(expected, signature):
        raise Refusal("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "
                      "The Canonical String for this request should have been\n'%s'" % canonical)
    return key_id
