# SPDX-License-Identifier: BSD-3-Clause
"""net-cancel.py SEED N SIGNALS COMMAND...: runs it N times, sends each the signals (INT,TERM) at a random moment, and prints
"status: S" for each, "slow: seconds" where it took more than one (three under a sanitizer)."""
import os
import random
import signal
import subprocess
import sys
import time

seed, n, names, command = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]
rnd = random.Random(seed + "".join(command[-4:]) + names[0])
limit = 1.0 * (3 if os.environ.get("EK_SANITIZED") else 1)
for _ in range(n):
    run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(rnd.uniform(0.08, 0.5))
    begun = time.monotonic()
    for name in names:
        run.send_signal(getattr(signal, "SIG" + name))
        time.sleep(0.01)
    try:
        said = run.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        run.kill()
        said = run.communicate()[0]
    took = time.monotonic() - begun
    print("status: %d" % (run.returncode if run.returncode >= 0 else 128 - run.returncode))
    if took > limit:
        print("slow: %.2f" % took)
    sys.stdout.write(said.decode("utf-8", "replace"))
