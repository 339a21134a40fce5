# SPDX-License-Identifier: BSD-3-Clause
"""What the fake of Amazon Personalize was asked, and what it has.

pz.py get URL PATH            what the fake answers there
pz.py things URL              "Kind=n Kind=n": what there is of everything, sorted
pz.py ops LOG [PATTERN]       "Operation=n ...": requests that were taken (of S3: its method), in order of names
pz.py asks LOG OPERATION      the body of each, one JSON a line, keys sorted
pz.py order LOG PATTERN       "Operation Operation": those that were taken, as they came
pz.py member MEMBER...        of JSON lines on standard input: "value value", one line each ("-": not there)"""
import collections
import json
import re
import sys
import urllib.request


def get(url):
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10).read()


def entries(log):
    with open(log, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def taken(log):
    return [entry for entry in entries(log) if entry["status"] in (200, 204)]


def things(url):
    print(" ".join("%s=%d" % pair for pair in sorted(json.loads(get(url + "/_things")).items()) if pair[1]))


def ops(log, pattern="."):
    count = collections.Counter(entry["op"] for entry in taken(log) if re.search(pattern, entry["op"]))
    print(" ".join("%s=%d" % pair for pair in sorted(count.items())))


def asks(log, operation):
    for entry in taken(log):
        if entry["op"] == operation:
            print(json.dumps(entry["ask"], sort_keys=True))


def order(log, pattern):
    print(" ".join(entry["op"] for entry in taken(log) if re.search(pattern, entry["op"])))


def member(*paths):
    for line in sys.stdin:
        values = []
        for path in paths:
            value = json.loads(line)
            for name in path.split("."):
                value = value.get(name) if isinstance(value, dict) else value[int(name)] if isinstance(value, list) else None
            values.append("-" if value is None else value if isinstance(value, str) else json.dumps(value, sort_keys=True))
        print(" ".join(values))


if __name__ == "__main__":
    {"get": lambda url, path: sys.stdout.buffer.write(get(url + path)), "things": things, "ops": ops, "asks": asks, "order": order,
     "member": member}[sys.argv[1]](*sys.argv[2:])
