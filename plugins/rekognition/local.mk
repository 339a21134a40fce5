# SPDX-License-Identifier: BSD-3-Clause
plugin_LTLIBRARIES += plugins/rekognition/enrichkit-rekognition.la
REKOGNITION_SOURCES = plugins/rekognition/rekognition.c plugins/rekognition/answer.c plugins/rekognition/request.c \
  plugins/rekognition/rekognition.h
plugins_rekognition_enrichkit_rekognition_la_SOURCES = $(REKOGNITION_SOURCES)
plugins_rekognition_enrichkit_rekognition_la_CPPFLAGS = $(PLUGIN_CPPFLAGS) $(JANSSON_CFLAGS) -DPLUGIN_VERSION='"$(PACKAGE_VERSION)"'
plugins_rekognition_enrichkit_rekognition_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_rekognition_enrichkit_rekognition_la_LIBADD = $(JANSSON_LIBS)
dist_man_MANS += plugins/rekognition/enrichkit-rekognition-plugin.7

if HAVE_CHECK
REKOGNITION_TESTS = plugins/rekognition/test-rekognition plugins/rekognition/test-services
check_PROGRAMS += $(REKOGNITION_TESTS)
TESTS += $(REKOGNITION_TESTS)
plugins_rekognition_test_rekognition_SOURCES = plugins/rekognition/test-rekognition.c tests/plugin/fake.c tests/plugin/fake.h
plugins_rekognition_test_rekognition_CPPFLAGS = $(TEST_CPPFLAGS)
plugins_rekognition_test_rekognition_LDADD = $(TEST_LDADD)
nodist_EXTRA_plugins_rekognition_test_rekognition_SOURCES = dummy.cc
plugins_rekognition_test_services_SOURCES = plugins/rekognition/test-services.c
plugins_rekognition_test_services_CPPFLAGS = $(TEST_CPPFLAGS)
plugins_rekognition_test_services_LDADD = $(TEST_LDADD)
nodist_EXTRA_plugins_rekognition_test_services_SOURCES = dummy.cc
endif
