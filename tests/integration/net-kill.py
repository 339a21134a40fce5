# SPDX-License-Identifier: BSD-3-Clause
"""Kills runs at random moments, and judges by the fake's log what was paid for twice.

net-kill.py kill SEED N LOW HIGH ENDS COMMAND...   runs COMMAND N times, each killed LOW..HIGH seconds after its start; one
                                                   line in the file ENDS for each: CLOCK_MONOTONIC in ns, killed or ended
net-kill.py judge LOG ENDS MS                      prints how many pictures were paid for, and those that were again
                                                   although the answer was sent completely MS before the end of the run"""
import json
import random
import subprocess
import sys
import time


def kill(seed, n, low, high, ends, command):
    rnd = random.Random(int(seed))
    with open(ends, "a", encoding="ascii") as out:
        for _ in range(int(n)):
            wait = rnd.uniform(float(low), float(high))
            run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                said = run.communicate(timeout=wait)[1]
                out.write("%d ended %d\n" % (time.monotonic_ns(), run.returncode))
                sys.stderr.buffer.write(said)
            except subprocess.TimeoutExpired:
                moment = time.monotonic_ns()
                run.kill()
                run.communicate()
                out.write("%d killed\n" % moment)


def judge(log, ends, ms):
    with open(log, encoding="utf-8") as file:
        asked = [line for line in map(json.loads, file) if line.get("to") == "rekognition" and line["status"] == 200]
    with open(ends, encoding="ascii") as file:
        ends = [int(line.split()[0]) for line in file]
    answered, twice = {}, []
    for line in sorted(asked, key=lambda line: line["arrived"]):
        for asked_at, done in answered.get(line["picture"], ()):
            # The end may also have come before the answer: what is sent to the dead is complete for the server.
            lost = any(asked_at <= end <= line["arrived"] and end - done <= int(ms) * 1000000 for end in ends)
            if done < line["arrived"] and not lost:
                twice.append("%s answered %.3f, asked again %.3f" % (line["picture"][:12], done / 1e9, line["arrived"] / 1e9))
        if line["complete"]:
            answered.setdefault(line["picture"], []).append((line["arrived"], line["done"]))
    print("%d paid, %d again" % (len(answered), len(twice)))
    for line in twice[:10]:
        print(line, file=sys.stderr)


if __name__ == "__main__":
    {"kill": lambda *a: kill(*a[:5], a[5:]), "judge": judge}[sys.argv[1]](*sys.argv[2:])
