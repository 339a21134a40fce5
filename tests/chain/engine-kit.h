/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/chain/engine-kit.h - a chain of enrichers that live in the test, run over a
 * text through the whole engine, with what came out in memory.              */
#ifndef EK_TESTS_ENGINE_KIT_H
#define EK_TESTS_ENGINE_KIT_H
#include "chain/engine.h"

typedef struct kit {
  ek_findings findings;
  ek_conf_tree *tree;
  ek_settings *settings;
  ek_plugin plugins[8];
  ek_step steps[8];
  ek_arm arms[4];
  ek_chain chain;
  ek_projection *projection;
  ek_table table;
  char input[64];                 /* path of the file that holds the text      */
} kit;

typedef struct outcome {
  int failed;
  enum ek_run_end end;
  ek_error error;
  ek_stats stats;
  ek_text rows[4], rejects;       /* one an arm                                */
  int64_t committed_ns[16]; unsigned commits;     /* when rows came, the first times */
} outcome;

typedef struct how { unsigned threads; size_t block_size; uint64_t limit; const volatile int *stop; } how;
/* With what the network lane wants to know. */
typedef struct lane_how {
  unsigned threads; size_t block_size; uint64_t limit; const volatile int *stop;
  unsigned window, image_workers;
  const ek_rate *image_rate;
  const ek_services *services;
  const ek_budget *budget; ek_budget_end *budget_end;
  int plan;
  int64_t gone_ns;
} lane_how;

/* yaml: chain, clean, merge and so on; plugins are found by id among enrichers
 * (NULL-terminated). text becomes the input file. Fails the test on findings. */
void kit_make(kit *, const char *yaml, const ek_enricher *const *enrichers, const char *text, size_t len);
/* A further arm of the steps in mask. */
void kit_arm(kit *, const char *name, uint64_t mask);
/* Steps that leave the machine go through the lane, or (0) not: for a reference. */
void kit_network(kit *, int network);
void kit_run(const kit *, how, outcome *);
void kit_run_lane(const kit *, lane_how, outcome *);
void kit_clear(kit *);
void outcome_clear(outcome *);
/* An item line of the 2018 form. */
void kit_item(ek_text *t, const char *id, const char *categories_json, const char *title);

#endif
