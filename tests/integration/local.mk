# SPDX-License-Identifier: BSD-3-Clause
# The stage: what "make install" makes, under tests/stage. The program finds its plugins and data beside itself, so the
# staged copy works where it lies; tests call it by $EK_BIN.
check_DATA += tests/stage.stamp
tests/stage.stamp: Makefile $(bin_PROGRAMS) $(plugin_LTLIBRARIES) $(ekinclude_HEADERS) $(pkgconfig_DATA) $(dist_man_MANS) \
    $(dist_chain_DATA) $(dist_sample_DATA) $(dist_pkgdata_DATA)
	$(AM_V_GEN)rm -rf tests/stage && $(MKDIR_P) tests && \
	  { $(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(abs_top_builddir)/tests/stage' >tests/stage.log 2>&1 || \
	    { cat tests/stage.log; exit 1; }; } && echo made >$@
CLEANFILES += tests/stage.stamp tests/stage.log
CLEAN_HOOKS += clean-stage
clean-stage:
	chmod -R u+w tests/stage 2>/dev/null || :; rm -rf tests/stage

INTEGRATION_TESTS = \
  tests/integration/first-run.sh \
  tests/integration/install.sh \
  tests/integration/licences.sh \
  tests/integration/manual.sh \
  tests/integration/readme.sh \
  tests/integration/sample.sh \
  tests/integration/setup.sh
TESTS += $(INTEGRATION_TESTS)
EXTRA_DIST += tests/integration/lib.sh $(INTEGRATION_TESTS)
