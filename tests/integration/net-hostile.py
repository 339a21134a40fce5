# SPDX-License-Identifier: BSD-3-Clause
"""Items that mean harm, and what must have become of them.

net-hostile.py items FOLDER URL          one item for each picture of FOLDER, on standard output
net-hostile.py judge CSV FOLDER LOG OUT  prints what is not as it must be
net-hostile.py page                      one item for each hostile address
net-hostile.py reached LOG OUT ITEMS     prints what was reached and must not be, or has another outcome than it must"""
import csv
import hashlib
import json
import os
import sys
import urllib.parse

PUBLIC = "8.8.4.4"

# id: (address, outcome): "labels", "refused" (asset_refused), "failed" (asset_failed), or "no" (either)
PAGE = {
    "fine": ("http://public.test/images/note/labels=Mug@90/a.jpg", "labels"),
    "fine-address": ("http://8.8.4.4/images/note/labels=Mug@90/b.jpg", "labels"),
    "fine-redirect": ("http://public.test/redirect/302/%2Fimages%2Fnote%2Flabels%3DMug%4090%2Fc.jpg", "labels"),
}
LOOPBACK = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.255.255.254",
            "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]",
            "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "localhost.", "loop.test", "zero.test", "%31%32%37.0.0.1"]
PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.1", "240.0.0.1", "224.0.0.1",
           "255.255.255.255", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", "[2001:db8::1]", "[::ffff:10.0.0.1]", "private.test", "mapped.test"]
METADATA = ["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "169.254.170.2", "100.100.100.200",
            "meta.test", "meta6.test"]
for host in LOOPBACK + PRIVATE + METADATA:
    PAGE["host " + host] = ("http://%s/images/x.jpg" % host, "no")
for target in ("http://169.254.169.254/images/x.jpg", "http://127.0.0.1/images/x.jpg", "http://[::1]/images/x.jpg", "http://private.test/images/x.jpg",
               "//10.0.0.1/images/x.jpg", "file:///etc/passwd", "ftp://public.test/x", "http://user:pw@127.0.0.1/images/x.jpg", "gopher://127.0.0.1/"):
    PAGE["redirect to " + target] = ("http://public.test/redirect/302/" + urllib.parse.quote(target, safe=""), "no")
many = "/images/x.jpg"
for _ in range(7):
    many = "/redirect/307/" + urllib.parse.quote(many, safe="")
PAGE["many redirects"] = ("http://public.test" + many, "no")
for name, address in {
        "file": "file:///etc/passwd", "FILE": "FILE:///etc/passwd", "file with a host": "file://localhost/etc/passwd", "ftp": "ftp://public.test/a.jpg",
        "gopher": "gopher://127.0.0.1:80/_GET%20/", "dict": "dict://127.0.0.1:80/x", "data": "data:image/png;base64,iVBORw0KGgo=", "script": "javascript:alert(1)",
        "user": "http://user:secret@public.test/images/x.jpg", "user that is a host": "http://public.test@127.0.0.1/images/x.jpg",
        "fragment": "http://127.0.0.1#@public.test/images/x.jpg", "backslash": "http://127.0.0.1\\@public.test/images/x.jpg",
        "no host": "http:///images/x.jpg", "nothing": "http://", "one slash": "http:/127.0.0.1/images/x.jpg", "a port too large": "http://public.test:99999/x.jpg",
        "line end": "http://public.test/images/x.jpg\r\nHost: 127.0.0.1", "NUL": "http://public.test\u0000.127.0.0.1/x.jpg",
        "wide digits": "http://\uff11\uff12\uff17.0.0.1/images/x.jpg", "wide dots": "http://127\u30020\u30020\u30021/images/x.jpg",
        "up": "../../../../../../etc/passwd", "root": "/etc/passwd", "long": "http://public.test/" + "x" * 100000,
        "endless": "http://public.test/images/do/endless/x.jpg", "drips": "http://public.test/images/do/drip:1,50/x.jpg",
        "bomb": "http://public.test/images/as/bomb/x.jpg", "hangs": "http://public.test/images/do/hang/x.jpg",
        "script host": "http://public.test/images/as/html/x.jpg", "unknown": "http://nowhere.invalid/x.jpg"}.items():
    PAGE[name] = (address, "no")


def say_item(name, address):
    print(json.dumps({"asin": name, "image": address}))


def items(folder, url):
    for name in sorted(os.listdir(folder)):
        say_item(name, url + "/file/" + urllib.parse.quote(name))


def page():
    for number, (name, (address, _)) in enumerate(PAGE.items()):
        say_item("%03d" % number, address)


def read_log(log):
    with open(log, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def outcomes(out):
    """{id: reason or "cell"}"""
    with open(os.path.join(out, "rejects.jsonl"), encoding="utf-8") as file:
        found = {line["item"]: line["reason"] for line in map(json.loads, file)}
    with open(os.path.join(out, "items.csv"), encoding="utf-8", newline="") as file:
        found.update({row[0]: "cell" for row in list(csv.reader(file, escapechar="\\"))[1:]})
    return found


def judge(table, folder, log, out):
    lines, found = read_log(log), outcomes(out)
    sent = {line["picture"]: line["status"] for line in lines if line.get("to") == "rekognition" and "picture" in line}
    with open(table, encoding="utf-8", newline="") as file:
        expect = {os.path.basename(row["file"]): row["expect"] for row in csv.DictReader(file)}
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fake"))
    from rekognition import size_of
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        digest, size = hashlib.sha256(data).hexdigest(), size_of(data)
        kind = data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n"
        if name not in found:
            print("%s: no outcome" % name)
        if digest in sent and (not kind or not size or max(size) > 10000):
            print("%s: was sent, and is no picture that may be (%s)" % (name, size))
        if kind and size and 80 <= min(size) and max(size) <= 10000 and expect.get(name) == "decode" and found.get(name) != "cell":
            print("%s: a sound picture of %d x %d, and yet %s" % (name, *size, found.get(name)))
        if digest not in sent and found.get(name) == "cell":
            print("%s: has a cell, and was never sent" % name)
        small = kind and size and min(size) < 80         # only the plugin knows that this is too small
        if digest not in sent and found.get(name) not in ("asset_refused", "plugin_error" if small else None):
            print("%s: not sent because of %s" % (name, found.get(name)))


def reached(log, out, page_items):
    found = outcomes(out)
    for line in read_log(log):
        if line.get("to") != "rekognition" and line["local"] != PUBLIC:
            print("%s was asked for %s" % (line["local"], line["target"][:80]))
    for number, (name, (address, want)) in enumerate(PAGE.items()):
        got = found.get("%03d" % number)
        good = {"labels": ("cell",), "refused": ("asset_refused",), "failed": ("asset_failed",), "no": ("asset_refused", "asset_failed")}[want]
        if got not in good:
            print("%s (%s): %s" % (name, address[:80], got))


if __name__ == "__main__":
    {"items": items, "judge": judge, "page": page, "reached": reached}[sys.argv[1]](*sys.argv[2:])
