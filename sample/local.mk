# SPDX-License-Identifier: BSD-3-Clause
sampledir = $(pkgdatadir)/sample
dist_sample_DATA = sample/README sample/items.jsonl.gz sample/interactions.jsonl.gz
