/* SPDX-License-Identifier: BSD-3-Clause */
/* report/figures.h - the metrics: how report.json, the terminal and the page call them. */
#ifndef EK_REPORT_FIGURES_H
#define EK_REPORT_FIGURES_H
#include "stage/stage.h"

typedef struct ek_figure {
  const char *name;                /* Personalize's, as in report.json          */
  const char *title;               /* for people: "nDCG@25"                     */
  size_t offset;                   /* of the double in ek_metrics               */
  int coverage;                    /* of the catalogue: no single user has it    */
  int table;                       /* a row of the table of `compare`           */
} ek_figure;

#define EK_FIGURES 10u
extern const ek_figure ek_figures[EK_FIGURES];
/* What headlines speak of: normalized_discounted_cumulative_gain_at_25.     */
extern const char ek_headline_figure[];

double ek_figure_get(const ek_metrics *, const ek_figure *);
void ek_figure_set(ek_metrics *, const ek_figure *, double);
/* By name or title, "coverage" is coverage_at_25; NULL: there is none.      */
const ek_figure *ek_figure_find(const char *name);

#endif
