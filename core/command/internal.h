/* SPDX-License-Identifier: BSD-3-Clause */
/* command/internal.h - what the files of this room share.                   */
#ifndef EK_COMMAND_INTERNAL_H
#define EK_COMMAND_INTERNAL_H
#include "chain/engine.h"
#include "command/args.h"
#include "command/command.h"
#include "output/drain.h"
#include "output/files.h"
#include "report/report.h"
#include "stage/local/recommend.h"
#include "stage/stage.h"

extern const ek_flag ek_common_flags[];

/* Says a usage error; returns EK_EXIT_REFUSED. help NULL: points to --help.  */
int ek_usage(const ek_command *, const char *help, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ek_help_command(const ek_command *);
void ek_help_all(void);

/* signals.c: SIGINT and SIGTERM set a flag; a second one ends the program at once.
 * SIGPIPE and SIGXFSZ are ignored, so that writes fail with an error instead. */
void ek_signals_setup(void);
extern volatile int ek_signal_stop;        /* the signal's number, 0: none    */
/* Ends the program the way the signal would have, once all is cleaned up.    */
void ek_signal_raise_again(void);
/* Says e and ends without cleaning up, by the signal if there was one.       */
void ek_leave_at_once(const ek_error *e) __attribute__((noreturn));
/* To standard output; a failure is remembered for ek_stdout_end.            */
void ek_print(const ek_text *);
/* At the end: when standard output could not be written, says so unless its reader
 * went away (EPIPE). Returns the exit status to use.                        */
int ek_stdout_end(int status);

/* job.c: all that an enriching command needs, made from the settings. */
typedef struct ek_job {
  const ek_settings *settings;
  ek_registry *registry;
  ek_chain chain;
  ek_arm *arms;                    /* of the chain: the whole, then the file's  */
  ek_projection *projection[EK_RECORD_KINDS];
  ek_table table[EK_RECORD_KINDS];
  int present[EK_RECORD_KINDS];    /* the catalogue names inputs of this kind  */
  ek_services services; int served;    /* of steps that leave the machine; served 0: none does */
  char *ledger;                    /* services.folder                          */
  ek_budget_end budget_end;        /* of the engine that ran last              */
} ek_job;
enum ek_job_flag {
  EK_JOB_NO_CREATE = 1,            /* plugins are not started                  */
  EK_JOB_CHECKS = 2,               /* asks for credentials at most: no cache, no pictures */
  EK_JOB_OFFLINE = 4,              /* not even that                            */
  EK_JOB_PLANS = 8,                /* asks nobody and makes nothing            */
  EK_JOB_FILTERS = 16              /* has no folder of its own                 */
};
extern const char *const ek_kind_nouns[EK_RECORD_KINDS];      /* "items", "interactions", "users" */
/* Finds the plugins, makes what they stand on, the steps' instances, the projections and
 * tables. All errors go to f; -1 when there was one.                        */
int ek_job_make(ek_job *, const ek_cli *, const ek_settings *, unsigned flags, ek_findings *f);
/* A warning when a stage of the file has no records to work on.              */
void ek_job_warn_stages(const ek_job *, ek_findings *f);
void ek_job_refuse_last_of_stdin(const ek_job *, ek_findings *f);
/* For ek_settings_print: enum ek_option_kind of a step's option.              */
int ek_job_option_kind(void *job, size_t step, const char *option);
void ek_job_clear(ek_job *);
/* Before that: -1 and e when answers that were paid for, or what they cost, could not be
 * kept. The instances are gone then.                                        */
int ek_job_end(ek_job *, ek_error *e);
/* What the engine needs for one kind, but for sink and rejects.             */
void ek_job_spec(ek_job *, enum ek_record_kind, ek_engine_spec *out);
/* ek_engine_run; does not come back when a call does not: what was paid for is kept then. */
int ek_job_engine(ek_job *, const ek_engine_spec *, ek_stats *, enum ek_run_end *, ek_error *e);

/* services.c: job->services, when a plugin of the chain could ask for them. */
int ek_job_serve(ek_job *, unsigned flags, ek_findings *f);
int ek_job_unserve(ek_job *, ek_error *e);       /* as ek_job_end              */
/* All that was paid for is on disk; and the run ended well: the ledger starts anew. */
int ek_job_flush(ek_job *, ek_error *e);
int ek_job_settle(ek_job *, ek_error *e);
/* Of a cache that could not be written: mostly the run has ended for that, and has said so. */
void ek_say_at_end(const ek_error *);
/* places.c: a path below the folder here (may be NULL), as people write it.  */
const char *ek_shorter_path(const char *path, const char *here);
/* 1: a step asks AWS, and not a tape: credentials and a region are needed, which
 * ek_job_credentials finds (job->services.aws must be there). 0, or -1 and e. */
int ek_job_asks_aws(const ek_job *);
int ek_job_credentials(const ek_job *, ek_aws_grant *, const char **region, ek_error *e);
/* plan.c: how many calls the steps would make that are not in the cache. Reads all items; for
 * a job that was made to run. 0, or -1 and e.                               */
int ek_job_would_call(ek_job *, uint64_t limit, uint64_t *calls, ek_error *e);
ek_http_client *ek_make_http(const ek_settings *, const ek_guard *, ek_error *e);
ek_aws *ek_make_aws(const ek_settings *, ek_http_client *, ek_error *e);
int ek_needs(const ek_plugin *, const char *extension);

/* budget.c: message 16: how to go on. out: --out, or NULL; stats: as far as the run came. */
void ek_say_budget(const ek_cli *, const ek_command *, ek_job *, const ek_stats *, const char *out, uint64_t limit);
/* count.c: the records of one kind without reading what is in them. limit 0: all. 0, or -1
 * and e; an input that cannot be read twice is not counted: *known 0.       */
typedef struct ek_counted { uint64_t records, bytes; int known; } ek_counted;
int ek_count_records(const ek_job *, enum ek_record_kind, uint64_t limit, ek_counted *out, ek_error *e);

/* run.c, for `retry` too. */
typedef struct ek_run_args {
  const char *out, *until;
  int64_t threads, limit;
  int strict, yes;
  ek_words named;
  const char *retry;               /* the folder, as typed: it is a retry      */
  const ek_retried *retried; size_t n_retried;   /* what the run before rejected, by reason */
} ek_run_args;
/* Lines at the head of run.yaml that tell what no key does. */
#define EK_RUN_YAML_LIMIT "# --limit "
#define EK_RUN_YAML_UNTIL "# --until "
/* From the settings to the exit status; frees nothing of l.                  */
int ek_run(const ek_cli *, const ek_command *, const ek_run_args *, ek_loaded *l);
/* run_publish.c: time and memory of the process since start_ns.              */
void ek_measure(ek_report *, int64_t start_ns);

enum ek_until { EK_UNTIL_ENRICH, EK_UNTIL_IMPORT, EK_UNTIL_TRAIN, EK_UNTIL_DEPLOY };
extern const char *const ek_stage_names[];     /* by ek_until; ends with NULL    */
/* until.c: as --until says (NULL: not at all), and never farther than the file. 0, or the status. */
int ek_choose_until(const ek_command *, const char *typed, const ek_settings *, enum ek_until *until);

/* access.c: the account that the engine personalize works in, for a run or a command alone. */
typedef struct ek_access { ek_guard *guard; ek_http_client *http; ek_aws *aws; int own; ek_account account; } ek_access;
int ek_in_cloud(const ek_settings *);          /* the engine is personalize      */
const char *ek_engine_name(const ek_settings *);
/* have: borrowed; NULL: makes its own. Looks for region and credentials: without them it is refused before any
 * work. 0, or -1 and e. To be closed in any case.                            */
int ek_access_open(ek_access *, const ek_settings *, ek_aws *have, ek_error *e);
void ek_access_close(ek_access *);

/* recommend_cloud.c: a campaign of the account; NULL: that of the settings. filter: in the account, or NULL. An answer has
 * the categories of items.csv in the output folder. */
typedef struct ek_cloud_recommender ek_cloud_recommender;
ek_cloud_recommender *ek_cloud_recommender_open(const ek_settings *, const char *campaign, const char *filter,
                                                ek_error *e);
void ek_cloud_recommender_close(ek_cloud_recommender *);
int ek_cloud_recommender_ask(ek_cloud_recommender *, const char *user, const char *item, unsigned num, ek_answer *out,
                             ek_error *e);
/* recommend_batch.c: as ek_recommender_batch; several lines are asked for at a time, answered in their order. */
int ek_cloud_recommender_batch(ek_cloud_recommender *, FILE *in, const char *in_name, unsigned num, ek_line_sink,
                               void *arg,
                               uint64_t *answered, uint64_t *failed, ek_error *e);
/* Of both: a line's question without categories, and the settings they are found by. */
int ek_cloud_recommender_bare(ek_cloud_recommender *, const char *user, const char *item, unsigned num,
                              ek_answer *out, ek_error *e);
const ek_settings *ek_cloud_recommender_settings(const ek_cloud_recommender *);

/* stages.c: import, train and deploy behind enrich, or on their own.         */
typedef struct ek_stages {
  const ek_settings *settings;
  ek_outdir *out;                  /* takes the evaluation's files             */
  ek_outdir *store;                /* held                                     */
  ek_aws *aws;                     /* of the run; NULL: none of its own is there yet */
  ek_access access;
  int yes;                         /* to what would be asked                   */
  const char *const *named; size_t n_named;    /* adopted things that may go    */
  ek_import_result import; int imported;       /* 1: there is a result, good or bad */
  ek_train_result train; int trained;
  ek_deploy_result deploy; int deployed;
} ek_stages;
/* Makes the store and keeps other runs out of it until ek_stages_clear: nobody shall
 * train on what another one imports meanwhile. Of the engine personalize: looks for credentials.
 * 0, or -1 and e (whose it is).                                              */
int ek_stages_hold(ek_stages *, ek_error *e);
/* csv[kind] NULL: there is none. schema: NULL, or those of the CSVs. Violations are
 * said. 0, or -1 and e.                                                      */
int ek_stages_import(ek_stages *, char *const csv[EK_RECORD_KINDS], char *const schema[EK_RECORD_KINDS], ek_error *e);
/* labels[i]: the CSV of the file's arm i. labels NULL: one arm `whole`, with the labels
 * of the data set Items; and whole NULL: base alone.                         */
int ek_stages_train(ek_stages *, const char *whole, char *const *labels, ek_error *e);
int ek_stages_deploy(ek_stages *, ek_error *e);
/* What they are and what became of them; borrowed.                           */
void ek_stages_tell(const ek_stages *, ek_report *);
void ek_stages_clear(ek_stages *);

/* put_sink.c: rows of the chain into the account, and what was refused as lines of rejects. The sink is made for one
 * kind; a thread of its own sends what has waited long enough. */
typedef struct ek_put ek_put;
ek_put *ek_put_new(const ek_account *, const ek_table *, ek_drain *rejects, ek_error *e);
ek_sink_target *ek_put_sink(ek_put *);
/* For ek_engine_spec: the rejects of the engine go to the same place, and `stop` is set by a signal or when nothing
 * can be sent any more. */
int ek_put_reject(void *put, const char *lines, size_t len, ek_error *e);
const volatile int *ek_put_stop(const ek_put *);
typedef struct ek_put_counts { uint64_t sent, refused, calls; } ek_put_counts;
/* Sends the rest and frees. 0, or -1 and e: what could not be sent is among the rejects. */
int ek_put_close(ek_put *, ek_put_counts *, ek_error *e);

/* What to do where the cache cannot be kept.                                */
#define EK_OTHER_CACHE "name another file, on a local disk: --set cache.path=FILE, or ENRICHKIT_CACHE"

/* probe.c: the first 100 records of the inputs of one kind, without doing any work. */
#define EK_PROBE_RECORDS 100u
typedef struct ek_probe_file {
  char *name, *shown;
  enum ek_format format; int gzip; char delimiter;
  char **header; size_t n_header;
  uint64_t records, bad;
  uint64_t with[64];               /* by slot: records with a value            */
  uint64_t refused;                /* by ek_table_row                          */
  uint64_t no_id;
  char first_bad[200];             /* why, and */ uint64_t first_bad_line;
  char names[400], columns[400];   /* of what was seen, for messages; with counts of distinct values */
  int is_damaged; ek_error damage; /* behind some records                      */
} ek_probe_file;
/* Reads at most EK_PROBE_RECORDS of each regular file. NULL and e on a fault that
 * leaves a file without a single record. quiet: no warnings, the run gives them. */
ek_probe_file *ek_probe(const ek_job *, enum ek_record_kind, int quiet, size_t *n, ek_error *e);
void ek_probe_free(ek_probe_file *, size_t n);
/* Message 10: no id in any of the first records of a file. 1 and e when so.  */
int ek_probe_no_id(const ek_job *, enum ek_record_kind, const ek_probe_file *, ek_error *e);

/* overwrite.c: what a run writes beside rejects and reports; NULL-terminated. */
extern const char *const ek_output_names[];
/* -1 and e when a run would write over one of its inputs.                   */
int ek_refuse_overwriting(const ek_job *, ek_error *e);

/* Sentence of the reasons in s, most frequent first: "610 asset_failed, 2 bad_record". */
void ek_reasons(const ek_stats *s, ek_text *out);
/* Message 17.                                                               */
void ek_say_too_many_rejects(const ek_job *, enum ek_record_kind, const ek_stats *, const char *rejects_file);

#endif
