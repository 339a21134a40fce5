# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/aws/aws.h \
  core/aws/credentials.h \
  core/aws/errors.h \
  core/aws/profile.h \
  core/aws/s3.h \
  core/aws/sigv4.h
