# SPDX-License-Identifier: BSD-3-Clause
dist_man_MANS += doc/enrichkit.1 doc/enrichkit-plugin.3
EXTRA_DIST += doc/examples/hello.c doc/examples/hello.cc
