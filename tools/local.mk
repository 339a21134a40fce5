# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tools/check tools/lib-setup.sh tools/make-entities.py tools/make-pictures tools/make-sample tools/packages tools/quickstart tools/test-bare .ci/run
