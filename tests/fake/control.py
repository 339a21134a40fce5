# SPDX-License-Identifier: BSD-3-Clause
"""What is to go wrong: set by options, by POST /_control, by a picture's path or by a picture's note.

A rule is {"on": "images" or "rekognition", "do": ..., and optionally "path": regular expression, "times": n, "skip": n,
"every": n, "share": 0..1}. "do": one of
  delay:MS  hang  cut_before  cut_middle  cut_after  rst_before  rst_middle  garbage  drip:BYTES,MS  endless
  status:CODE  fail:NAME  fail:NAME,STATUS  throttle  throttle:NAME  empty  wrong_length  nonsense
and several joined with "+", as in "delay:50+status:500"."""
import random
import re
import time

from http1 import Answer

GARBAGE = bytes(range(1, 256)) * 8
TRANSIENT = {"InternalServerError": 500, "ServiceUnavailable": 503}


class Bucket:
    """Tokens: rate a second, at most burst of them."""

    def __init__(self, rate=0, burst=None):
        self.rate, self.burst = rate, burst if burst is not None else rate
        self.tokens, self.last = self.burst, time.monotonic()

    def take(self):
        if not self.rate:
            return True
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.rate)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Rule:
    def __init__(self, on, do, path=None, times=None, skip=0, every=1, share=1.0):
        self.on, self.do, self.path = on, do, re.compile(path) if path else None
        self.times, self.skip, self.every, self.share, self.met = times, skip, every, share, 0

    def applies(self, on, path, rnd):
        if self.on != on or (self.path and not self.path.search(path)) or self.times == 0:
            return False
        self.met += 1
        if self.met <= self.skip or (self.met - self.skip) % self.every or (self.share < 1 and rnd.random() >= self.share):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Control:
    def __init__(self, seed=1):
        self.random, self.rules, self.noted = random.Random(seed), [], {}
        self.delay = {"images": 0.0, "rekognition": 0.0}
        self.failures, self.keys = {}, {}
        self.bucket, self.code, self.throttle_headers = Bucket(), "ThrottlingException", {}
        self.clock_offset = self.list_lag = 0

    def set(self, wanted):
        """wanted: members of POST /_control; those that are absent stay as they are."""
        for name, value in wanted.items():
            if name == "rules":
                self.rules = [Rule(**rule) for rule in value]
            elif name == "add":
                self.rules += [Rule(**rule) for rule in value]
            elif name == "tps":
                self.bucket = Bucket(value, wanted.get("burst"))
            elif name == "code":
                self.code = value
            elif name == "retry_after":                 # seconds; {} of headers for anything else
                self.throttle_headers = value if isinstance(value, dict) else {"Retry-After": str(value)}
            elif name in ("images_ms", "rekognition_ms"):
                self.delay[name[:-3]] = value / 1000
            elif name == "fail_create":                 # {"DatasetImportJob": ["why", ...]}: what is created next fails
                for kind, reasons in value.items():
                    self.failures.setdefault(kind, []).extend(reasons)
            elif name == "expired":                     # ids of keys; "-ID": it is good again
                for key in value:
                    self.keys[key.lstrip("-")].expired = not key.startswith("-")
            elif name in ("clock_offset", "list_lag"):  # seconds; list_lag: so old must be what a List of Personalize shows
                setattr(self, name, value)
            elif name != "burst":
                raise ValueError("no member '%s' in /_control" % name)

    def what(self, on, path):
        return "+".join(rule.do for rule in self.rules if rule.applies(on, path, self.random))

    def noted_what(self, note, digest):
        """The note of a picture: do=... and times=N, counted for this picture."""
        if "do" not in note:
            return ""
        met = self.noted[digest] = self.noted.get(digest, 0) + 1
        return note["do"] if met <= int(note.get("times", 1 << 30)) else ""


def bad(answer, action, argument, refuse, throttle):
    """The answer as this one action leaves it. refuse(name, status), throttle(name): the service's own form of an error."""
    if action == "delay":
        answer.delay += float(argument) / 1000
    elif action in ("hang", "endless"):
        setattr(answer, action, True)
    elif action in ("cut_before", "cut_middle", "cut_after", "rst_before", "rst_middle"):
        answer.cut, answer.rst = action[4:], action.startswith("rst")
    elif action == "garbage":
        answer.raw, answer.body = GARBAGE, b""
    elif action == "nonsense":                           # the right form, and nothing in it that could be used
        answer.body, answer.headers["Content-Type"] = b'{"Labels": [{"Name": 7, "Confi', "application/x-amz-json-1.1"
    elif action == "drip":
        size, ms = argument.split(",")
        answer.drip = (int(size), float(ms) / 1000)
    elif action == "status":
        answer = Answer(int(argument), b"<html>no</html>", {"Content-Type": "text/html"}, delay=answer.delay)
    elif action == "fail":
        name, _, status = argument.partition(",")
        answer = refuse(name, int(status or TRANSIENT.get(name, 400)))
    elif action == "throttle":
        answer = throttle(argument)
    elif action == "empty":
        answer.body = b""
    elif action == "wrong_length":
        answer.headers["Content-Length"] = str(sum(map(len, answer.pieces())) + 1000)
        answer.cut = "after"
    else:
        raise ValueError("unknown action '%s'" % action)
    return answer


def spoiled(answer, what, refuse, throttle):
    for part in what.split("+") if what else []:
        action, _, argument = part.partition(":")
        answer = bad(answer, action, argument, refuse, throttle)
    return answer
