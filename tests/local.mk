# SPDX-License-Identifier: BSD-3-Clause
# Every test speaks TAP, so that single checks are counted (tools/check).
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_EXTENSIONS = .sh
SH_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = CK_TAP_LOG_FILE_NAME=-; export CK_TAP_LOG_FILE_NAME; \
  CK_VERBOSITY=silent; export CK_VERBOSITY; CK_DEFAULT_TIMEOUT=60; export CK_DEFAULT_TIMEOUT; \
  unset ENRICHKIT_CONFIG ENRICHKIT_PLUGIN_PATH ENRICHKIT_CACHE EK_SANITIZED; $(EK_TESTS_SANITIZED) \
  top_srcdir='$(abs_top_srcdir)'; export top_srcdir; top_builddir='$(abs_top_builddir)'; export top_builddir; \
  EK_STAGE='$(abs_top_builddir)/tests/staged'; export EK_STAGE; EK_BIN="$$EK_STAGE$(bindir)/enrichkit"; export EK_BIN; \
  EK_PREFIX='$(prefix)'; export EK_PREFIX; EK_LIBDIR='$(libdir)'; export EK_LIBDIR; \
  EK_SHARED="$${EK_SHARED-$(abs_top_srcdir)/../shared}"; export EK_SHARED; \
  CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; AWK='$(AWK)'; export AWK;
if SANITIZED
EK_TESTS_SANITIZED = EK_SANITIZED=1; export EK_SANITIZED;
endif
TEST_CPPFLAGS = $(core_libcore_a_CPPFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/tests
TEST_LDADD = $(CORE_LIBS) $(CHECK_LIBS)

include tests/base/local.mk
include tests/config/local.mk
include tests/catalog/local.mk
include tests/http/local.mk
include tests/aws/local.mk
include tests/asset/local.mk
include tests/fake/local.mk
include tests/plugin/local.mk
include tests/abi/local.mk
include tests/chain/local.mk
include tests/output/local.mk
include tests/report/local.mk
include tests/integration/local.mk
include tests/fuzz/local.mk
include tests/store/local.mk
include tests/stage/local.mk
