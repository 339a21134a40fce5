/* SPDX-License-Identifier: BSD-3-Clause */
/* report/report.h - what a run did: report.json, and the lines on the terminal.
 *
 * Format and members: configuration.md section 6; the terminal picture: section 4,
 * "What a newcomer sees".                                                   */
#ifndef EK_REPORT_REPORT_H
#define EK_REPORT_REPORT_H
#include "base/text.h"
#include "chain/engine.h"
#include "output/files.h"

typedef struct ek_report_set {       /* one data set of the run               */
  int present;
  const ek_stats *stats;
  const ek_projection *projection;
  const ek_table *table;
} ek_report_set;

typedef struct ek_report {
  const ek_settings *settings;
  const ek_chain *chain;
  ek_report_set sets[EK_RECORD_KINDS];
  const ek_outdir *outdir;           /* its finished files become `outputs`   */
  const char *status;                /* done, stopped_rejects, interrupted, failed ... */
  int exit;
  int64_t started;                   /* seconds since the epoch               */
  double wall, cpu;
  uint64_t peak_rss;
  const char *const *warnings; size_t n_warnings;
  const char *out_dir;               /* as the user wrote it, for the summary */
  const char *next;                  /* "no import: section, stopping after enrich"; may be NULL */
} ek_report;

/* Members come in the order of section 6; what did not run is absent, and so is
 * what is nearly always nothing: `not_done` and `retries` of a step, `not_done` of
 * interactions and users, `nulled` (by column) and `repaired` (UTF-8) of a data
 * set, `rows` of a file that has none, `arms` when there is only the whole chain.
 * A run that is not "done" publishes, and so lists, rejects.jsonl alone.    */
void ek_report_json(const ek_report *, ek_text *out);
/* The summary for stdout, colours never; report.txt holds the same.         */
void ek_report_text(const ek_report *, ek_text *out);

#endif
