# SPDX-License-Identifier: BSD-3-Clause
# Ready chains and their word lists: data, replaced with the program, and no configuration of the machine; a chain of one's
# own is a copy.
chaindir = $(pkgdatadir)/etc
dist_chain_DATA = \
  etc/both.yaml \
  etc/compare-keywords.yaml \
  etc/compare.yaml \
  etc/enrichkit.yaml \
  etc/keywords.tsv \
  etc/notebook.yaml \
  etc/personalize.yaml \
  etc/rekognition.yaml
