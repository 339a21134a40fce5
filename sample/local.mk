# SPDX-License-Identifier: BSD-3-Clause
sampledir = $(pkgdatadir)/sample
samplepicturesdir = $(sampledir)/pictures
sampletapesdir = $(sampledir)/tapes
dist_sample_DATA = sample/README sample/items.jsonl.gz sample/interactions.jsonl.gz
include sample/pictures.mk
EXTRA_DIST += sample/pictures.mk
