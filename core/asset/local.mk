# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/asset/address.c \
  core/asset/asset.h \
  core/asset/fetch.c \
  core/asset/host.c \
  core/asset/internal.h \
  core/asset/local.c \
  core/asset/picture.c \
  core/asset/remote.c \
  core/asset/s3.c \
  core/asset/sniff.c \
  core/asset/sniff.h \
  core/asset/sniff_frame.c \
  core/asset/sniff_words.c
