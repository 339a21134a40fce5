# SPDX-License-Identifier: BSD-3-Clause
"""pz-kill.py SEED KILLS LONGEST COMMAND...: runs COMMAND until it was killed KILLS times, each 0.02 s to LONGEST seconds after
its start, then to its end. A run that ends before its moment makes the moments after it earlier. One line: "STATUS KILLED MOMENT...", and what the last run said on standard error."""
import random
import subprocess
import sys


def main(seed, kills, longest, *command):
    rnd, killed, moments = random.Random(seed), 0, []
    kills, longest = int(kills), float(longest)
    for _ in range(6 * kills):
        if killed == kills:
            break
        moment = rnd.uniform(0.02, longest)
        moments.append("%.3f" % moment)
        run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            run.communicate(timeout=moment)
            longest = max(0.05, 0.8 * moment)
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
            killed += 1
    last = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    print(last.returncode, killed, *moments)
    sys.stderr.buffer.write(last.stderr)


main(*sys.argv[1:])
