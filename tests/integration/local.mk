# SPDX-License-Identifier: BSD-3-Clause
# The stage: what "make install" makes, under tests/staged. The program finds its plugins and data beside itself, so the
# staged copy works where it lies; tests call it by $EK_BIN.
check_DATA += tests/staged.stamp
tests/staged.stamp: Makefile $(bin_PROGRAMS) $(plugin_LTLIBRARIES) $(ekinclude_HEADERS) $(pkgconfig_DATA) $(dist_man_MANS) \
    $(dist_chain_DATA) $(dist_sample_DATA) $(dist_pkgdata_DATA)
	$(AM_V_GEN)rm -rf tests/staged && $(MKDIR_P) tests && \
	  { $(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(abs_top_builddir)/tests/staged' >tests/staged.log 2>&1 || \
	    { cat tests/staged.log; exit 1; }; } && echo made >$@
CLEANFILES += tests/staged.stamp tests/staged.log
CLEAN_HOOKS += clean-stage
clean-stage:
	chmod -R u+w tests/staged 2>/dev/null || :; rm -rf tests/staged

# Helpers of the shell tests.
check_PROGRAMS += tests/integration/goldens tests/integration/jsonget tests/integration/verify-outdir
tests_integration_goldens_SOURCES = tests/integration/goldens.c
tests_integration_goldens_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_integration_goldens_LDADD = $(JANSSON_LIBS) -lm
tests_integration_jsonget_SOURCES = tests/integration/jsonget.c
tests_integration_jsonget_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_integration_jsonget_LDADD = $(JANSSON_LIBS)
tests_integration_verify_outdir_SOURCES = tests/integration/verify-outdir.c
tests_integration_verify_outdir_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
tests_integration_verify_outdir_LDADD = $(CORE_LIBS)
nodist_EXTRA_tests_integration_verify_outdir_SOURCES = dummy.cc    # links with C++ (simdjson)

# A wall clock that is set while a program runs (LD_PRELOAD).
check_LTLIBRARIES += tests/integration/clockshim.la tests/integration/aheadshim.la
tests_integration_clockshim_la_SOURCES = tests/integration/clockshim.c
tests_integration_clockshim_la_CFLAGS = $(EK_CFLAGS)
tests_integration_clockshim_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_integration_aheadshim_la_SOURCES = tests/integration/aheadshim.c
tests_integration_aheadshim_la_CFLAGS = $(EK_CFLAGS)
tests_integration_aheadshim_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

INTEGRATION_TESTS = \
  tests/integration/account.sh \
  tests/integration/bad-input.sh \
  tests/integration/cache.sh \
  tests/integration/cli.sh \
  tests/integration/duplicates.sh \
  tests/integration/failures.sh \
  tests/integration/first-run.sh \
  tests/integration/goldens.sh \
  tests/integration/install.sh \
  tests/integration/kills.sh \
  tests/integration/licences.sh \
  tests/integration/locale.sh \
  tests/integration/local.sh \
  tests/integration/manual.sh \
  tests/integration/merge.sh \
  tests/integration/mistakes.sh \
  tests/integration/net-basic.sh \
  tests/integration/net-boto.sh \
  tests/integration/net-budget.sh \
  tests/integration/net-cancel.sh \
  tests/integration/net-faults.sh \
  tests/integration/net-gone.sh \
  tests/integration/net-hostile.sh \
  tests/integration/net-kill.sh \
  tests/integration/net-offline.sh \
  tests/integration/net-plan.sh \
  tests/integration/net-secrets.sh \
  tests/integration/net-two.sh \
  tests/integration/notebook.sh \
  tests/integration/pz-boto.sh \
  tests/integration/pz-change.sh \
  tests/integration/pz-destroy.sh \
  tests/integration/pz-faults.sh \
  tests/integration/pz-kill.sh \
  tests/integration/pz-live.sh \
  tests/integration/pz-manual.sh \
  tests/integration/pz-model.sh \
  tests/integration/pz-run.sh \
  tests/integration/personalize.sh \
  tests/integration/readme.sh \
  tests/integration/sample.sh \
  tests/integration/setup.sh \
  tests/integration/signals.sh
TESTS += $(INTEGRATION_TESTS)
EXTRA_DIST += tests/integration/lib.sh tests/integration/lib-run.sh tests/integration/lib-account.sh tests/integration/lib-net.sh tests/integration/lib-pz.sh $(INTEGRATION_TESTS) \
  tests/integration/net-boto.py tests/integration/net-cancel.py tests/integration/net-hostile.py \
  tests/integration/net-kill.py tests/integration/pz.py tests/integration/pz-s3.mjs tests/integration/pz-s3.sh \
  tests/integration/pz-boto.py tests/integration/pz-kill.py tests/integration/pz-members.tsv \
  tests/integration/pz-model.py \
  tests/long.sh tests/integration/notebook-loop.py tests/data/notebook/items.csv tests/data/notebook/interactions.csv \
  tests/data/notebook/items/a.json tests/data/notebook/items/b.csv tests/data/notebook/items/c.json.gz \
  tests/data/notebook/interactions/a.json tests/data/notebook/interactions/b.csv
