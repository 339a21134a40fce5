/* SPDX-License-Identifier: BSD-3-Clause */
/* report/sums.h - figures that both forms of the report need.               */
#ifndef EK_REPORT_SUMS_H
#define EK_REPORT_SUMS_H
#include "report/report.h"

typedef struct ek_sum { const char *name; uint64_t n; } ek_sum;

#define EK_REASONS_MAX 72u
/* Reasons of all data sets, most frequent first, ties by name. Returns how many. */
unsigned ek_sum_reasons(const ek_report *, ek_sum out[EK_REASONS_MAX]);
#define EK_CLEANS 11u
/* What cleaning changed or dropped, in the order of report.json.            */
void ek_sum_cleans(const ek_stats *, ek_sum out[EK_CLEANS]);
/* "bars" for "bar": as people are told.                                     */
const char *ek_clean_words(const char *step);
/* No data set when a stage ran alone, on CSVs that others made.             */
int ek_report_any_set(const ek_report *);
/* Of the steps that leave the machine, together. */
typedef struct ek_paid { int network, paid; uint64_t calls, cache_hits; int64_t nano; } ek_paid;
ek_paid ek_sum_paid(const ek_report *);
/* What this run spent, exactly: "0.061 USD"; of steps in several currencies "1 EUR, 2 USD". */
void ek_paid_amount(const ek_report *, unsigned decimals, ek_text *out);
/* Largest n first, ties by name.                                            */
void ek_sum_sort(ek_sum *, size_t n);

#endif
