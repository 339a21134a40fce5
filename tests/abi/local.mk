# SPDX-License-Identifier: BSD-3-Clause
# Old plugins under the new host, new plugins under the old host, layouts, symbols, hostile modules.
check_LTLIBRARIES += tests/abi/enrichkit-v1.la tests/abi/enrichkit-batch-v1.la
tests_abi_enrichkit_v1_la_SOURCES = tests/abi/v1/plugin_v1.c tests/abi/v1/plugin.h
tests_abi_enrichkit_v1_la_CPPFLAGS = -I$(top_srcdir)/tests/abi/v1
tests_abi_enrichkit_v1_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere
tests_abi_enrichkit_batch_v1_la_SOURCES = tests/abi/v1/batch_v1.c tests/abi/v1/plugin.h
tests_abi_enrichkit_batch_v1_la_CPPFLAGS = -I$(top_srcdir)/tests/abi/v1
tests_abi_enrichkit_batch_v1_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere

check_PROGRAMS += tests/abi/host_v1 tests/abi/load-module
tests_abi_host_v1_SOURCES = tests/abi/v1/host_v1.c tests/abi/v1/plugin.h
tests_abi_host_v1_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/tests/abi/v1
# layout.c is part of a program, so that a broken offset stops the build of the tests.
tests_abi_load_module_SOURCES = tests/abi/load-module.c tests/abi/layout.c
tests_abi_load_module_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
tests_abi_load_module_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_abi_load_module_SOURCES = dummy.cc

ABI_TESTS = tests/abi/headers.sh tests/abi/hostile.sh tests/abi/old-host.sh tests/abi/symbols.sh
TESTS += $(ABI_TESTS)
EXTRA_DIST += $(ABI_TESTS) tests/abi/hostile.c tests/abi/plugin-symbols.txt tests/abi/v1/README

if HAVE_CHECK
check_PROGRAMS += tests/abi/test-v1
TESTS += tests/abi/test-v1
tests_abi_test_v1_SOURCES = tests/abi/test-v1.c
tests_abi_test_v1_CPPFLAGS = $(TEST_CPPFLAGS)
tests_abi_test_v1_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_abi_test_v1_SOURCES = dummy.cc
endif
