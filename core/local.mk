# SPDX-License-Identifier: BSD-3-Clause
noinst_LIBRARIES += core/libcore.a
core_libcore_a_SOURCES =
core_libcore_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS) $(JANSSON_CFLAGS) $(SIMDJSON_CFLAGS) $(XXHASH_CFLAGS) $(CRYPTO_CFLAGS) $(UTF8PROC_CFLAGS) $(ISAL_CFLAGS) $(ZLIB_CFLAGS) $(SQLITE_CFLAGS) $(CURL_CFLAGS) \
  -DEK_PLUGINDIR='"$(plugindir)"' -DEK_PKGDATADIR='"$(pkgdatadir)"' -DEK_BINDIR='"$(bindir)"'

bin_PROGRAMS += enrichkit
enrichkit_SOURCES = core/main.c
# The JSON reader's shim is C++, so the C++ compiler links.
nodist_EXTRA_enrichkit_SOURCES = dummy.cc
enrichkit_LDADD = $(CORE_LIBS)
enrichkit_CPPFLAGS = $(core_libcore_a_CPPFLAGS)

include core/base/local.mk
include core/config/local.mk
include core/catalog/local.mk
include core/http/local.mk
include core/aws/local.mk
include core/asset/local.mk
include core/plugin/local.mk
include core/store/local.mk
include core/stage/local.mk
include core/chain/local.mk
include core/output/local.mk
include core/report/local.mk
include core/command/local.mk
