/* SPDX-License-Identifier: BSD-3-Clause */
/* report/report.h - what a run did: report.json, report.html, and the lines on the
 * terminal.
 *
 * Format and members: configuration.md section 6; the terminal picture: section 4,
 * "What a newcomer sees". All three are made from the same values, and the same
 * values give the same bytes.                                               */
#ifndef EK_REPORT_REPORT_H
#define EK_REPORT_REPORT_H
#include "base/text.h"
#include "chain/engine.h"
#include "output/files.h"
#include "stage/stage.h"

typedef struct ek_report_set {       /* one data set of the run               */
  int present;
  const ek_stats *stats;
  const ek_projection *projection;
  const ek_table *table;
} ek_report_set;

typedef struct ek_retried { char reason[48]; uint64_t n; } ek_retried;

typedef struct ek_report {
  const ek_settings *settings;
  const ek_chain *chain;             /* may be NULL when there are no items    */
  ek_report_set sets[EK_RECORD_KINDS];   /* none: a stage on CSVs of other tools */
  const ek_outdir *outdir;           /* its finished files become `outputs`   */
  int whole;                         /* what enrich writes is in place, whatever became of a later stage */
  const char *status;                /* done, stopped_rejects, interrupted, failed ... */
  int exit;
  int64_t started;                   /* seconds since the epoch               */
  double wall, cpu;
  uint64_t peak_rss;
  const char *const *warnings; size_t n_warnings;
  const char *out_dir;               /* as the user wrote it, for the summary */
  const ek_retried *retried; size_t n_retried;   /* of `retry`: what the run before had rejected */
  int retry;                         /* it is one, even if there was nothing  */
  const char *next;                  /* "no import: section, stopping after enrich"; may be NULL */
  /* The stages; a stage that did not run is NULL. */
  const char *engine;                /* "local"; NULL: that                   */
  const char *dataset_group;         /* NULL: the name of the settings        */
  enum ek_import_mode import_mode;
  const ek_import_result *import;
  const ek_train_result *train;
  const ek_deploy_result *deploy;
} ek_report;

int ek_report_in_cloud(const ek_report *);     /* the engine is personalize      */

/* Members come in the order of section 6; what did not run is absent, and so is
 * what is nearly always nothing: `not_done` and (of a local one) `retries` of a step, `not_done` of
 * interactions and users, `nulled` (by column) and `repaired` (UTF-8) of a data
 * set, `rows` of a file that has none, `arms` when there is only the whole chain,
 * `violations` of an import.
 * A run that is not "done" publishes, and so lists, rejects.jsonl alone, unless it is
 * `whole`: then its status is "enriched" while the stages work, and the outputs are
 * listed whatever comes of them.
 *
 * Beyond section 6: `spent` and `budget` of the run; `spent_before` of a step, by earlier
 * runs into the folder; `retried`, what the run before a retry had rejected; `import.violations` (severity, code, file, line, message);
 * `train.folds`, `exclude_seen`, `data` (diagnostics) and `warnings`; of an arm
 * `informative_items`, `categories`, `parameters`, `fold_0` beside `metrics` (the
 * mean over the folds asked for), both with every metric and test_users, and `dial`;
 * `hpo` is null or {"trials": [...]}; of a comparison `base`.
 * Of the engine personalize: `import.datasets` have `dataset_arn`, `dataset_import_job_arn`, `data_location`; `train`
 * has `arms` (one) and `earlier`, the versions trained before from this folder, each with `recipe`,
 * `solution_version`, `solution_version_arn`, `solution_arn`, `created`, `training_hours`, `tuned` (of a search)
 * and `metrics` under the service's names; there is no `compare`. `deploy` has `campaign`, `campaign_arn`,
 * `solution_version_arn`, `status`, `created`, `updated`.                    */
void ek_report_json(const ek_report *, ek_text *out);
/* The summary for stdout, colours never; report.txt holds the same. Names
 * report.html when outdir has it, so that is to be written first.           */
void ek_report_text(const ek_report *, ek_text *out);
/* How many records the run of a folder rejected, by reason, in the order of its report; *out
 * is to be freed. -1 and e: no report, or one of a run without a run.yaml.   */
int ek_report_load_rejects(const char *dir, ek_retried **out, size_t *n, ek_error *e);
/* The whole page. It asks for nothing else: no script, font, picture or address;
 * all text from data is escaped, and what would hide or turn text is spelled out. */
void ek_report_html(const ek_report *, ek_text *out);

#endif
