#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times several whole commands in turn, round after round, and prints the ratios
to the first one, round by round: a machine whose speed drifts drifts for all.

  pairs.py [-n ROUNDS] [--warm N] NAME='shell command' NAME='shell command' ...

A row a command: median wall and CPU seconds (user + system of the command and its
children), the median of the paired ratios of both, and the peak resident size of
the largest process.
"""
import argparse, os, statistics, sys, time

def once(command):
    start = time.monotonic()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", command], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"failed ({os.waitstatus_to_exitcode(status)}): {command}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-n", type=int, default=9, help="counted rounds")
    p.add_argument("--warm", type=int, default=1, help="rounds before that")
    p.add_argument("commands", nargs="+", metavar="NAME=COMMAND")
    a = p.parse_args()
    commands = [c.split("=", 1) for c in a.commands]
    rows = {name: [] for name, _ in commands}
    for r in range(-a.warm, a.n):
        for name, command in commands:
            measured = once(command)
            if r >= 0:
                rows[name].append(measured)
    first = rows[commands[0][0]]
    median = statistics.median
    print(f"{'':24} {'wall s':>8} {'cpu s':>8} {'wall ratio':>10} {'cpu ratio':>10} {'peak MB':>8}   medians of {a.n} rounds; ratios to {commands[0][0]}")
    for name, _ in commands:
        m = rows[name]
        print(f"{name:24} {median(x[0] for x in m):8.3f} {median(x[1] for x in m):8.3f}"
              f" {median(x[0] / f[0] for x, f in zip(m, first)):10.2f} {median(x[1] / f[1] for x, f in zip(m, first)):10.2f}"
              f" {max(x[2] for x in m):8.0f}", flush=True)

main()
