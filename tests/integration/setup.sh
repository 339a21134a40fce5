#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
. "${top_srcdir:?}/tests/integration/lib.sh"
skip_all "not written yet"
