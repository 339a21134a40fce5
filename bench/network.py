# SPDX-License-Identifier: BSD-3-Clause
"""Runs the program and its peers against the stub and prints them side by side; called by network.sh, in its folder.

achieved/limit: calls a second over the least of workers / latency and the cap. "p5-p95" is between the 5th and the 95th
percentile of calls (the stub's counter, read every 20 ms), "all" over the whole life of the process. Throttled: refused
calls over answered ones. Lost: items with a picture that had neither an answer nor "no labels"."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

PORT, PROGRAM = int(os.environ["PORT"]), os.environ["ENRICHKIT"]
ITEMS, ROUNDS = int(os.environ.get("ITEMS", 5000)), int(os.environ.get("ROUNDS", 3))
BOTO_ITEMS, CAP_ITEMS = int(os.environ.get("BOTO_ITEMS", 1500)), int(os.environ.get("CAP_ITEMS", 2000))
URL, SOURCE = "http://127.0.0.1:%d" % PORT, "items-%d.json" % PORT
LATENCY, WORKERS, CAP = 0.150, 50, 50

CHAIN = """
catalog: {items: %(source)s, duplicates: all}
aws: {endpoint_url: "%(url)s", region: us-east-1}
network: {allow: ["127.0.0.1:%(port)d"]}
images: {workers: 50}
chain:
  - {plugin: rekognition, name: look, workers: 50, budget: none%(more)s}
"""


class Stub:
    def __init__(self, *options):
        self.process = subprocess.Popen(["./stub", "--port", str(PORT), "--limit-s", "900", *options])
        for _ in range(200):
            try:
                self.stats()
                return
            except OSError:
                time.sleep(0.02)
        sys.exit("the stub does not answer")

    def stats(self, path="/stats"):
        with urllib.request.urlopen(URL + path, timeout=5) as answer:
            return answer.read()

    def reset(self):
        self.stats("/reset")

    def counters(self):
        return json.loads(self.stats())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Watch(threading.Thread):
    """(time, answered calls) every 20 ms."""

    def __init__(self, stub):
        super().__init__(daemon=True)
        self.stub, self.points, self.over = stub, [], threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.points.append((time.monotonic(), self.stub.counters()["ok"]))

    def middle(self):
        """Calls a second between the 5th and the 95th percentile."""
        total = self.points[-1][1]

        def when(n):
            before = self.points[0]
            for point in self.points:
                if point[1] >= n:
                    part = (n - before[1]) / (point[1] - before[1]) if point[1] > before[1] else 0
                    return before[0] + part * (point[0] - before[0])
                before = point
        return 0.9 * total / max(1e-9, when(0.95 * total) - when(0.05 * total))


def measured(stub, command, environment=None):
    """{seconds, cpu, rss_mb, ok, throttled, middle}"""
    stub.reset()
    watch = Watch(stub)
    watch.start()
    with open("said", "wb") as said:
        begun = time.monotonic()
        run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                               env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(run.pid, 0)
        seconds = time.monotonic() - begun
    watch.over.set()
    watch.join()
    watch.points.append((time.monotonic(), stub.counters()["ok"]))
    if status:
        with open("said", "rb") as said:
            sys.exit("%s ended with %d:\n%s" % (command[0], status, said.read().decode("utf-8", "replace")[-2000:]))
    counters = stub.counters()
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss / 1024, "ok": counters["ok"],
            "throttled": counters["throttled"], "middle": watch.middle(), "images": counters["images"]}


def enrichkit(stub, items, more=""):
    with open("chain.yaml", "w", encoding="utf-8") as out:
        out.write(CHAIN % {"source": SOURCE, "url": URL, "port": PORT, "more": more})
    shutil.rmtree("out", ignore_errors=True)
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        if os.path.exists(name):
            os.remove(name)
    row = measured(stub, [PROGRAM, "run", "-q", "-c", "chain.yaml", "--out", "out", "--limit", str(items), "--set", "run.max_rejects=100%"],
                   {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "dummy", "AWS_EC2_METADATA_DISABLED": "true", "ENRICHKIT_CACHE": "cache.db"})
    with open("out/report.json", encoding="utf-8") as file:
        report = json.load(file)
    step = next(s for s in report["steps"] if s["name"] == "look")
    row["lost"] = pictured(items) - step["labels"] - step["none"]
    row["peak"] = report.get("peak_rss_bytes", 0) / 1e6
    return row


def pictured(items):
    with open(SOURCE, encoding="utf-8") as file:
        return sum(bool(json.loads(next(file)).get("image")) for _ in range(items))


def curl(stub, items, tps=0):
    row = measured(stub, ["./limit_curl", SOURCE, "curl.csv", URL, str(WORKERS), str(items), str(tps), "1"])
    with open("said", encoding="utf-8") as said:
        row["lost"] = json.loads(said.read())["failed"]
    return row


def boto(stub, items, mode="pool"):
    row = measured(stub, ["/usr/bin/python3", "m2_boto.py", mode, SOURCE, "boto.csv", URL, str(WORKERS), str(items)])
    with open("said", encoding="utf-8") as said:
        row["lost"] = sum(json.loads(said.read().splitlines()[-1])["failed"].values())
    return row


def show(title, rows, limit):
    print("\n== %s; limit %.1f calls/s" % (title, limit))
    print("%-26s %8s %8s %9s %9s %10s %8s %8s %9s %6s" % ("", "calls", "wall s", "p5-p95", "all", "ms cpu/call", "to curl", "to boto", "throttled", "lost"))
    cost = {name: statistics.median(r["cpu"] / r["ok"] for r in each) for name, each in rows.items()}
    peers = [next(each for name, each in rows.items() if name.startswith(peer)) for peer in ("limit_curl", "boto3-pool")]
    for name, each in rows.items():
        def middle(key):
            return statistics.median(r[key] for r in each)
        ratio = [statistics.median((a["cpu"] / a["ok"]) / (b["cpu"] / b["ok"]) for a, b in zip(each, peer)) for peer in peers]
        print("%-26s %8d %8.2f %9.3f %9.3f %10.2f %8.2f %8.2f %8.1f%% %6d   peak %d MB" % (
            name, middle("ok"), middle("seconds"), middle("middle") / limit, statistics.median(r["ok"] / r["seconds"] for r in each) / limit,
            cost[name] * 1e3, *ratio, 100 * sum(r["throttled"] for r in each) / sum(r["ok"] for r in each), max(r["lost"] for r in each),
            max(r["rss_mb"] for r in each)), flush=True)


def speed():
    rows = {"limit_curl": [], "enrichkit": [], "boto3-pool": []}
    with Stub() as stub:
        for _ in range(ROUNDS):
            rows["limit_curl"].append(curl(stub, ITEMS))
            rows["enrichkit"].append(enrichkit(stub, ITEMS))
            rows["boto3-pool"].append(boto(stub, BOTO_ITEMS))
    show("%d items (boto3 %d), %d rounds, 150 + 150 ms, 50 + 50 workers, no cap" % (ITEMS, BOTO_ITEMS, ROUNDS), rows, WORKERS / LATENCY)
    print("wanted: p5-p95 0.95, all 0.90, to curl at most 1.3, to boto at most 0.4, lost 0")


def cap():
    rows = {}
    with Stub("--tps", str(CAP)) as stub:
        rows["limit_curl (paced)"] = [curl(stub, CAP_ITEMS, CAP)]
        rows["enrichkit rate: 50/s"] = [enrichkit(stub, CAP_ITEMS, ", rate: 50/s")]
        rows["enrichkit, no rate"] = [enrichkit(stub, CAP_ITEMS)]
        rows["boto3-pool"] = [boto(stub, CAP_ITEMS // 2)]
        rows["boto3-pool-session"] = [boto(stub, CAP_ITEMS // 2, "pool-session")]
    show("%d items (boto3 %d), the service takes %d a second, burst %d" % (CAP_ITEMS, CAP_ITEMS // 2, CAP, CAP), rows, CAP)
    print("wanted: with a rate 0.97 and under 1 % throttled; without 0.85 and under 3 %; lost 0")


def memory():
    print("\n== peak memory")
    with Stub() as stub:
        for items in (1000, 10000):
            row = enrichkit(stub, items)
            print("%6d items: peak %.1f MB resident (report: %.1f), lost %d" % (items, row["rss_mb"], row["peak"], row["lost"]), flush=True)
    print("wanted: under 100 MB at both")


if __name__ == "__main__":
    for part in (speed, cap, memory) if sys.argv[1] == "all" else ({"speed": speed, "cap": cap, "memory": memory}[sys.argv[1]],):
        part()
