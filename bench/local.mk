# SPDX-License-Identifier: BSD-3-Clause

# Not built by `make`: make bench/train && bench/train 5000000
EXTRA_PROGRAMS += bench/train bench/store
CLEANFILES += bench/train bench/store
bench_train_SOURCES = bench/train.c
bench_train_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
bench_train_LDADD = $(CORE_LIBS)
nodist_EXTRA_bench_train_SOURCES = dummy.cc
EXTRA_DIST += bench/enrich.sh bench/network.py bench/network.sh bench/pairs.py
bench_store_SOURCES = bench/store.c
bench_store_CPPFLAGS = $(core_libcore_a_CPPFLAGS)
bench_store_LDADD = $(CORE_LIBS)
nodist_EXTRA_bench_store_SOURCES = dummy.cc
