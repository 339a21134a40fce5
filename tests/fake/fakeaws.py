#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fake services for tests: a host of pictures, Amazon Rekognition, Personalize and S3, on 127.0.0.1 alone.

usage: /usr/bin/python3 fakeaws.py [--port N] [--log FILE] [option...]      (--help)

Prints its port on standard output, then serves until the time limit, SIGTERM, or the end of its parent. Wants Debian's
python3-botocore, for the service's model and signer. Each request leaves one JSON line in the log when its answer is over:
what was asked and answered, whether all of it had been given to the kernel ("complete") and when ("done", CLOCK_MONOTONIC).
POST /_control takes JSON (control.py), GET /_stats tells counters, GET /_ready says "ready"."""
import sys
sys.dont_write_bytecode = True                           # the source folder may be read-only
import argparse
import asyncio
import collections
import json
import os
import signal
import socket
import urllib.parse

import control
from http1 import Answer, Connection
from events import Events
from images import Images
from personalize import Personalize
from rekognition import Rekognition
from s3 import S3
from sigcheck import Key

DEFAULT_KEY = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Server:
    def __init__(self, options, loop):
        self.loop, self.options = loop, options
        self.control = control.Control(options.seed)
        self.control.set({"tps": options.tps, "burst": options.burst, "code": options.code,
                          "images_ms": options.images_ms, "rekognition_ms": options.rekognition_ms})
        keys = {}
        for text in options.key or [DEFAULT_KEY]:
            key_id, secret, *token = text.split(":", 2)
            keys[key_id] = Key(secret, token[0] if token else None)
        self.control.keys, signed = keys, not options.unsigned
        store = S3(keys, options.region, self.control, signed)
        personalize = Personalize(keys, options.region, self.control, store, signed, options.personalize_ms)
        self.handlers = [store, Images(self.control, options.picture_sizes, options.folder), Rekognition(keys, options.region, self.control, signed),
                         personalize, Events(keys, options.region, self.control, personalize, signed)]
        self.store, self.personalize = store, personalize
        self.log = os.open(options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600) if options.log else -1
        self.count, self.number, self.connections, self.peak, self.flying = collections.Counter(), 0, 0, 0, 0

    # ---- what http1 calls ---------------------------------------------------------------------------------------
    def connected(self, _):
        self.connections += 1

    def disconnected(self, _):
        pass

    async def answer(self, request):
        self.number += 1
        request.number = self.number
        self.flying += 1
        self.peak = max(self.peak, self.flying)
        about = {}
        if request.path.startswith("/_"):
            answer = self.own(request)
        else:
            handler = next((h for h in self.handlers if h.takes(request)), None)
            answer = handler.answer(request, about) if handler else Answer(404, b"nobody here takes this")
            about["to"] = handler.name if handler else "nobody"
        answer.about, answer.clock_offset = {**about, **answer.about}, self.control.clock_offset
        return answer

    def served(self, request, answer, complete, done):
        self.flying -= 1
        if request.path.startswith("/_"):
            return
        about = answer.about if answer else {}
        status = answer.status if answer and answer.raw is None else 0
        self.count["%s %s" % (about.get("to", "nobody"), about.get("code", status))] += 1
        if self.options.capture:
            self.capture(request)
        if self.log >= 0:
            line = {"n": request.number, "arrived": request.arrived, "done": done, "complete": complete, "method": request.method,
                    "target": request.target, "status": status, "peer": request.peer,
                    "local": request.local, "in": len(request.body), **about}
            os.write(self.log, (json.dumps(line) + "\n").encode())

    def capture(self, request):
        name = os.path.join(self.options.capture, "%04d" % request.number)
        with open(name + ".body", "wb") as out:
            out.write(request.body)
        with open(name + ".new", "w", encoding="utf-8") as out:
            json.dump({"method": request.method, "target": request.target, "headers": request.raw_headers}, out)
        os.rename(name + ".new", name + ".json")         # who sees it sees all of both

    # ---- its own paths ------------------------------------------------------------------------------------------
    def own(self, request):
        if request.path == "/_control" and request.method == "POST":
            try:
                self.control.set(json.loads(request.body))
                return Answer(200, b"set\n")
            except (ValueError, TypeError) as error:
                return Answer(400, ("%s\n" % error).encode())
        if request.path == "/_stats":
            return Answer(200, (json.dumps({"requests": self.count, "connections": self.connections, "peak": self.peak}) + "\n").encode())
        if request.path == "/_things":                   # what there is of everything, by kind
            there = collections.Counter(t.kind for t in self.personalize.things.values() if not self.personalize.gone(t))
            return Answer(200, (json.dumps({**there, "Object": len(self.store.objects), "Upload": len(self.store.uploads)}) + "\n").encode())
        if request.path.startswith("/_object/"):
            bucket, _, key = urllib.parse.unquote(request.path[len("/_object/"):]).partition("/")
            data = self.store.read(bucket, key)
            return Answer(404) if data is None else Answer(200, data)
        if request.path == "/_reset":
            self.count.clear()
            self.peak = self.connections = 0
            return Answer(200, b"reset\n")
        return Answer(200, b"ready\n") if request.path == "/_ready" else Answer(404)


def settle(options):
    """On SIGUSR1: whatever had its answer before is in the log now, since one thread does both."""
    if options.log:
        with open(options.log + ".settled", "w", encoding="utf-8"):
            pass


async def follow_parent(stop):
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.25)
    stop.set()


async def serve(options):
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, settle, options)
    server = Server(options, loop)
    where = ["0.0.0.0", "::"] if options.everywhere else "127.0.0.1"
    listener = await loop.create_server(lambda: Connection(server), where, options.port, backlog=1024)
    print(listener.sockets[0].getsockname()[1], flush=True)
    following = loop.create_task(follow_parent(stop))
    try:
        await asyncio.wait_for(stop.wait(), options.limit)
    except asyncio.TimeoutError:
        print("fakeaws: its time is over", file=sys.stderr)
    following.cancel()
    listener.close()


def sizes(text):
    smallest, _, largest = text.partition("-")
    return int(smallest), int(largest or smallest)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--log", help="file for one JSON line a request")
    parser.add_argument("--limit", type=float, default=300, help="seconds until it ends by itself (300)")
    parser.add_argument("--seed", type=int, default=1, help="of rules with a share")
    parser.add_argument("--key", action="append", help="ID:SECRET[:TOKEN] that may sign (%s)" % DEFAULT_KEY)
    parser.add_argument("--region", default="us-east-1", help="that must be signed for; '': any")
    parser.add_argument("--unsigned", action="store_true", help="do not check signatures")
    parser.add_argument("--tps", type=float, default=0, help="answers of Rekognition a second; more are throttled (0: no limit)")
    parser.add_argument("--burst", type=float, help="of that (one second's worth)")
    parser.add_argument("--code", default="ThrottlingException")
    parser.add_argument("--images-ms", type=float, default=0, help="milliseconds before a picture is sent")
    parser.add_argument("--rekognition-ms", type=float, default=0, help="milliseconds before Rekognition answers")
    parser.add_argument("--picture-sizes", type=sizes, help="20000-200000: pad pictures to so many bytes, by their path")
    parser.add_argument("--folder", help="of /file/NAME")
    parser.add_argument("--personalize-ms", type=float, default=40, help="milliseconds until what is created is ACTIVE")
    parser.add_argument("--capture", metavar="DIR", help="keep each request there: NNNN.json, NNNN.body")
    parser.add_argument("--everywhere", action="store_true", help="on all addresses of a network namespace that has none but its own")
    options = parser.parse_args()
    if options.everywhere and socket.if_nameindex() != [(1, "lo")]:
        parser.error("--everywhere is for a network namespace without any interface but lo")
    signal.alarm(int(options.limit) + 10)                # the end also where the loop below hangs
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
