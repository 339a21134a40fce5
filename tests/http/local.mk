# SPDX-License-Identifier: BSD-3-Clause
# Nothing but the loopback: netns.sh runs it where there is no other network.
check_PROGRAMS += tests/http/ask-inside
tests_http_ask_inside_SOURCES = tests/http/ask-inside.c tests/http/hostile.h tests/http/server.c tests/http/server.h
tests_http_ask_inside_CPPFLAGS = $(core_libcore_a_CPPFLAGS) -I$(top_srcdir)/tests
tests_http_ask_inside_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_http_ask_inside_SOURCES = dummy.cc    # links with C++ (simdjson)
dist_check_SCRIPTS += tests/http/netns.sh
TESTS += tests/http/netns.sh

check_PROGRAMS += tests/http/front-tool
tests_http_front_tool_SOURCES = tests/http/front-tool.c tests/http/front.c tests/http/front.h
tests_http_front_tool_CPPFLAGS = $(core_libcore_a_CPPFLAGS) -I$(top_srcdir)/tests
tests_http_front_tool_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_http_front_tool_SOURCES = dummy.cc
dist_check_SCRIPTS += tests/http/tls.sh
TESTS += tests/http/tls.sh

if HAVE_CHECK
HTTP_KIT = tests/http/kit.c tests/http/hostile.h tests/http/kit.h tests/http/resolver.c tests/http/resolver.h tests/http/server.c tests/http/server.h tests/http/suite.h
HTTP_TESTS = tests/http/test-guard tests/http/test-client tests/http/test-hostile tests/http/test-cancel tests/http/test-proxy tests/http/test-tape tests/http/test-tls
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)

tests_http_test_guard_SOURCES = tests/http/test-guard.c tests/http/suite.h
tests_http_test_guard_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_guard_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_guard_SOURCES = dummy.cc

tests_http_test_client_SOURCES = tests/http/test-client.c $(HTTP_KIT)
tests_http_test_client_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_client_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_client_SOURCES = dummy.cc

tests_http_test_hostile_SOURCES = tests/http/test-hostile.c $(HTTP_KIT)
tests_http_test_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_hostile_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_hostile_SOURCES = dummy.cc

tests_http_test_cancel_SOURCES = tests/http/test-cancel.c $(HTTP_KIT)
tests_http_test_cancel_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_cancel_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_cancel_SOURCES = dummy.cc

tests_http_test_proxy_SOURCES = tests/http/test-proxy.c $(HTTP_KIT)
tests_http_test_proxy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_proxy_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_proxy_SOURCES = dummy.cc

tests_http_test_tape_SOURCES = tests/http/test-tape.c $(HTTP_KIT)
tests_http_test_tape_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_tape_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_tape_SOURCES = dummy.cc

tests_http_test_tls_SOURCES = tests/http/test-tls.c tests/http/front.c tests/http/front.h $(HTTP_KIT)
tests_http_test_tls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_http_test_tls_LDADD = $(TEST_LDADD)
nodist_EXTRA_tests_http_test_tls_SOURCES = dummy.cc
endif
