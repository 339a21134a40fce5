#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The fake services refuse what the genuine ones would, and fail as they are told: boto3 asks them.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start
fake_python "$top_srcdir/tests/fake/fake-test.py" "$fake_url" "$fake_log"
