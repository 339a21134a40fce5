# SPDX-License-Identifier: BSD-3-Clause
# Ready chains and their word lists: data, replaced with the program, and no configuration of the machine.
chaindir = $(pkgdatadir)/etc
dist_chain_DATA =
