/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/sample.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not of the checking library: show-page is no test. */
static void
need(int ok)
{
  if (!ok)
    abort();
}

#define S(text) { text, sizeof text - 1 }

static const char yaml[] = "name: both\n"
                           "catalog: {items: meta.jsonl.gz, interactions: reviews.jsonl}\n"
                           "chain:\n  - {plugin: category}\n  - {plugin: keywords, when: no_labels}\n";

ek_report report;
ek_stats *items, *events;
ek_chain chain;
static ek_step two_steps[2];
static ek_arm arms[2];
static ek_instance instances[2];
static ek_plugin plugins[2];
static ek_module_info modules[2];
static ek_enricher enrichers[2];
ek_file_stats files[2];
static ek_table_column columns[] = { { .name = "ITEM_ID" }, { .name = "CATEGORY", .slot = -1 }, { .name = "PRICE" } };
static ek_table item_table = { .kind = EK_ITEMS, .columns = columns, .n = 3, .label_column = 1 },
  event_table = { .kind = EK_INTERACTIONS, .columns = columns, .n = 1, .label_column = -1 };
static char work[] = "/tmp/ek-report.XXXXXX";

static void
fill_chain(const ek_settings *s)
{
  static const char *const versions[] = { "1.0.0", "1.2.0" };
  for (unsigned i = 0; i < 2; i++) {
    modules[i].module.version = versions[i];
    plugins[i] = (ek_plugin){ &modules[i], &enrichers[i] };
    instances[i].plugin = &plugins[i];
    two_steps[i] = (ek_step){ &s->chain[i], &instances[i] };
  }
  arms[0] = (ek_arm){ .name = "chain", .steps = 3, .merge = &s->merge };
  arms[1] = (ek_arm){ .name = "source", .steps = 1, .merge = &s->merge };
  chain = (ek_chain){ .steps = two_steps, .n_steps = 2, .arms = arms, .n_arms = 1 };
}

static void
fill_items(void)
{
  items = calloc(1, sizeof *items);
  items->in = 2004;
  items->enriched = 1702;
  items->no_labels = 291;
  items->rejected = 4;
  items->duplicates = 7;
  items->written = 1993;
  items->steps[0] = (ek_step_stats){ .items = 1993, .labels = 1650, .none = 343, .ns = 4200000 };
  items->steps[1] = (ek_step_stats){ .items = 343, .labels = 52, .none = 291, .not_asked = 1650 };
  items->clean.n[EK_RM_ENTITIES] = 581;
  items->clean.n[EK_RM_NEIGHBOURS] = 34;
  items->clean.n[EK_RM_SENTENCES] = 12;
  items->cut_by_max_labels = 1465;
  items->reasons[0].reason = "bad_record";
  items->reasons[0].n = 1;
  items->reasons[1].reason = "no_id";
  items->reasons[1].n = 3;
  items->n_reasons = 2;
  items->picked[0][1] = 2001;
  items->labels = ek_label_counts_new();
  for (unsigned i = 0; i < 3; i++)
    ek_label_counts_add(items->labels, (ek_str)S("Cooking & \"Baking\""), i);
  ek_label_counts_add(items->labels, (ek_str)S("Tea"), 7);
  files[0] = (ek_file_stats){ .in = 2004, .file = { .name = (char *)(uintptr_t)"meta.jsonl.gz",
    .format = EK_FORMAT_JSONL,
                                                   .gzip = 1, .bytes = 812345 } };
  items->files = &files[0];
  items->n_files = 1;
}

static void
fill_events(void)
{
  events = calloc(1, sizeof *events);
  events->in = events->written = 12000;
  files[1] = (ek_file_stats){ .in = 12000, .file = { .name = (char *)(uintptr_t)"reviews.jsonl",
    .format = EK_FORMAT_JSONL,
                                                    .bytes = 5 } };
  events->files = &files[1];
  events->n_files = 1;
}

static ek_projection *
projection(const char *first, const char *const *paths, size_t n)
{
  char *list[4];
  ek_error e;
  for (size_t i = 0; i < n; i++)
    list[i] = (char *)(uintptr_t)paths[i];
  ek_field_rule rule = { .name = (char *)(uintptr_t)first, .paths = list, .n_paths = n };
  ek_projection *p = ek_projection_new(EK_PICK_NON_EMPTY);
  need(ek_projection_add(p, first, &rule, &e) == 0);
  return p;
}

static ek_outdir *
outputs(void)
{
  static const char *const names[] = { "rejects.jsonl", "items.csv", "items.schema.json", "interactions.csv",
    "run.yaml" };
  ek_error e;
  need(mkdtemp(work) && chdir(work) == 0);
  ek_outdir *d = ek_outdir_open("enrichkit-out", &e);
  need(d != NULL);
  for (size_t i = 0; i < 5; i++) {
    ek_outfile *f = ek_outfile_create(d, names[i], 0, &e);
    need(ek_outfile_write(f, "abc", 3, &e) == 0);
    if (i == 1)
      ek_outfile_rows(f, 1993);
    need(ek_outfile_finish(f, &e) == 0);
  }
  return d;
}

void
sample_setup(void)
{
  static const char *const id[] = { "parent_asin", "asin" }, *const user[] = { "user_id" };
  ek_findings f = { 0 };
  ek_conf_tree *tree = ek_conf_parse("both.yaml", yaml, sizeof yaml - 1, &f);
  need(tree != NULL);
  ek_settings *s = ek_settings_make(tree, &f);
  need(s != NULL);
  ek_findings_free(&f);
  fill_chain(s);
  fill_items();
  fill_events();
  report = (ek_report){ .settings = s, .chain = &chain, .outdir = outputs(), .status = "done", .started = 1795510800,
                        .wall = 0.9, .cpu = 0.4004, .peak_rss = 31341696, .out_dir = "enrichkit-out" };
  report.sets[EK_ITEMS] = (ek_report_set){ 1, items, projection("id", id, 2), &item_table };
  report.sets[EK_INTERACTIONS] = (ek_report_set){ 1, events, projection("user", user, 1), &event_table };
}

void
sample_teardown(void)
{
  char command[64];
  ek_outdir_close((ek_outdir *)(uintptr_t)report.outdir);
  for (int k = 0; k < 2; k++)
    ek_projection_free((ek_projection *)(uintptr_t)report.sets[k].projection);
  ek_label_counts_free(items->labels);
  free(items);
  free(events);
  ek_conf_tree *tree = (ek_conf_tree *)(uintptr_t)report.settings->tree;
  ek_settings_free((ek_settings *)(uintptr_t)report.settings);
  ek_conf_free(tree);
  snprintf(command, sizeof command, "rm -rf %s", work);
  if (system(command) != 0)
    abort();
}

void
sample_labels(unsigned n)
{
  static const char *const names[] = {
    "Toys & Games", "Games", "Board Games", "Puzzles", "Dolls & Accessories", "Arts & Crafts", "Action Figures",
    "Building Toys", "Learning & Education", "Card Games", "Vehicles & Remote-Control", "Stuffed Animals & Plush",
    "Baby & Toddler Toys", "Pretend Play", "Sports & Outdoor Play", "Dress Up & Pretend Play", "Novelty & Gag Toys",
    "Hobbies", "Collectible Toys", "Party Supplies", "<script>alert(1)</script>",
    "\xd7\xa6\xd7\xa2\xd7\xa6\xd7\x95\xd7\xa2\xd7\x99\xd7\x9d",
    ("abc\xe2\x80\xae" "fed"), "\xe7\x8e\xa9\xe5\x85\xb7"
  };
  char name[32];
  ek_label_counts_free(items->labels);
  items->labels = ek_label_counts_new();
  for (unsigned i = 0; i < n; i++) {
    unsigned count = 700 / (i + 1) / (1 + i / 40);
    snprintf(name, sizeof name, "Label %u", i + 1);
    const char *text = i < sizeof names / sizeof *names ? names[i] : name;
    for (unsigned item = 0; item < (count ? count : 1); item++)
      ek_label_counts_add(items->labels, (ek_str){ text, strlen(text) }, item);
  }
}

const char *
sample_html(void)
{
  static ek_text t;
  ek_text_clear(&t);
  ek_report_html(&report, &t);
  return ek_text_c(&t);
}

const char *
sample_text(void)
{
  static ek_text t;
  ek_text_clear(&t);
  ek_report_text(&report, &t);
  return ek_text_c(&t);
}
