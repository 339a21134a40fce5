/* SPDX-License-Identifier: BSD-3-Clause */
/* report/side.h - metrics of several trainings side by side, where nothing is known of single users: no intervals,
 * no verdict. Also what is said of trainings in an account.                 */
#ifndef EK_REPORT_SIDE_H
#define EK_REPORT_SIDE_H
#include "report/figures.h"
#include "report/html.h"
#include "report/jsonw.h"
#include "report/report.h"

typedef struct ek_side_row { const char *name; const ek_arm_result *arm; } ek_side_row;

/* Whether the service tells a figure: all but coverage at 5 and 10.          */
int ek_side_has(const ek_figure *);
/* A line a row; metric NULL: those of the picture, else it alone. indent: of all lines. */
void ek_side_text(const ek_side_row *, size_t n, const ek_figure *metric, unsigned indent, ek_text *out);
/* Of a training by Amazon Personalize, as an element of an array.            */
void ek_side_json(ek_jsonw *, const char *name, const ek_arm_result *);
/* "Metrics" of the page for the engine personalize.                          */
void ek_html_versions(ek_text *, const ek_report *);
/* "Campaign": what was deployed.                                             */
void ek_html_deploy(ek_text *, const ek_report *);

#endif
