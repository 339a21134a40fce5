/* SPDX-License-Identifier: BSD-3-Clause */
/* command/run.h - what the files of the command run share.                   */
#ifndef EK_COMMAND_RUN_H
#define EK_COMMAND_RUN_H
#include "command/internal.h"

typedef struct ek_running {
  const ek_cli *cli;
  const ek_command *cmd;
  const ek_run_args *args;
  ek_settings *settings;
  ek_job job;
  uint64_t limit;
  int strict;
  enum ek_until until;
  int enriched;                    /* the files of enrich are in place         */
  ek_outdir *out;
  ek_outfile *rejects;
  ek_stages stages;
  ek_stats stats[EK_RECORD_KINDS];
  uint64_t rejected;
  ek_report report;
  int64_t start_ns;
} ek_running;

/* run_early.c: what would be refused later, refused before any work. 0, or -1 and e. */
int ek_run_refuse_early(ek_running *, ek_error *e);

/* run_rows.c: one kind of records through the engine into its files. 0, or -1 and e. */
int ek_run_kind(ek_running *, enum ek_record_kind, enum ek_run_end *end, ek_error *e);
/* "arms/source/": of an arm of the file. Names of arms are fit for it.       */
void ek_run_arm_folder(const ek_arm *, char folder[64]);
void ek_run_csv_name(const ek_running *, enum ek_record_kind, const char *folder, char name[128]);

/* run_stages.c: the stages behind enrich. Their files become those of the same run. 0, or -1 and e. */
int ek_run_later_stages(ek_running *, ek_error *e);

/* run_publish.c. What enrich made, in place before the next stage reads it; 0, or -1 and e. */
int ek_run_publish_enriched(ek_running *, ek_error *e);
/* All is well: 0, or -1 and e.                                               */
int ek_run_publish(ek_running *, ek_error *e);
/* A stage behind enrich failed: only the report is new, its outputs are enrich's. The exit status. */
int ek_run_publish_failed_stage(ek_running *, ek_error *why);
/* The rejects of a stopped run are kept, its CSVs are not.                   */
void ek_run_publish_stopped(ek_running *, const char *status, int exit);
void ek_run_print_summary(ek_running *);

#endif
