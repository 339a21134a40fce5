# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/store/exchange-kit.h
if HAVE_CHECK
check_PROGRAMS += tests/store/test-sqlite
TESTS += tests/store/test-sqlite
tests_store_test_sqlite_SOURCES = tests/store/test-sqlite.c
tests_store_test_sqlite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_test_sqlite_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_store_test_sqlite_SOURCES = dummy.cc

# The exchange cache: what it promises, and what happens when processes are killed or share it.
check_PROGRAMS += tests/store/test-exchange tests/store/test-exchange-processes
TESTS += tests/store/test-exchange tests/store/test-exchange-processes
tests_store_test_exchange_SOURCES = tests/store/test-exchange.c
tests_store_test_exchange_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_test_exchange_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_store_test_exchange_SOURCES = dummy.cc
tests_store_test_exchange_processes_SOURCES = tests/store/test-exchange-processes.c
tests_store_test_exchange_processes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_store_test_exchange_processes_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_store_test_exchange_processes_SOURCES = dummy.cc
endif

# Fills a cache for tests/integration/cache.sh.
check_PROGRAMS += tests/store/fill-cache
tests_store_fill_cache_SOURCES = tests/store/fill-cache.c
tests_store_fill_cache_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
tests_store_fill_cache_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_store_fill_cache_SOURCES = dummy.cc
