# SPDX-License-Identifier: BSD-3-Clause
core_libcore_a_SOURCES += \
  core/aws/aws.c \
  core/aws/aws.h \
  core/aws/canonical.c \
  core/aws/canonical.h \
  core/aws/clock.c \
  core/aws/clock.h \
  core/aws/credentials.c \
  core/aws/credentials.h \
  core/aws/endpoint.c \
  core/aws/endpoint.h \
  core/aws/errors.c \
  core/aws/errors.h \
  core/aws/hash.c \
  core/aws/hash.h \
  core/aws/ini.c \
  core/aws/ini.h \
  core/aws/profile.c \
  core/aws/profile.h \
  core/aws/provide_metadata.c \
  core/aws/provide_process.c \
  core/aws/provide_role.c \
  core/aws/provide_static.c \
  core/aws/provider.c \
  core/aws/provider.h \
  core/aws/s3.c \
  core/aws/s3.h \
  core/aws/s3_request.h \
  core/aws/s3_upload.c \
  core/aws/secret.h \
  core/aws/shell.c \
  core/aws/shell.h \
  core/aws/sigv4.c \
  core/aws/sigv4.h \
  core/aws/xml.c \
  core/aws/xml.h
