/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/report/sample.h - one run to report about: the figures of configuration.md
 * section 6, and of Toys as training-golden.json has them.                  */
#ifndef EK_TESTS_REPORT_SAMPLE_H
#define EK_TESTS_REPORT_SAMPLE_H
#include "report/report.h"

extern ek_report report;
extern ek_stats *items, *events;
extern ek_chain chain;
extern ek_file_stats files[2];

void sample_setup(void);              /* in a folder of its own, which is then the current one */
void sample_teardown(void);
/* The stages ran too: base and source, ten folds.                           */
void sample_train(void);
extern ek_import_result sample_import;
extern ek_train_result sample_result;
/* Two more arms that do not help, and a search with every kind of outcome.   */
void sample_train_more(void);
/* A catalogue with a long tail.                                             */
void sample_labels(unsigned n);
/* NUL-terminated, until the next call.                                      */
const char *sample_html(void);
const char *sample_text(void);

#endif
