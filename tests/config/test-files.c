/* SPDX-License-Identifier: BSD-3-Clause */
/* The ten files of the manual, one stream: what this build accepts of each, and
 * which keys it refuses as of a later part.                                 */
#include "config-test.h"

#define LACKS(key, part) "'" key "' comes with the " part " stage, which this build lacks"

static const struct { char letter; const char *refused[12]; } files[] = {
  { 'a', { NULL } },
  { 'b', { NULL } },
  { 'c', { NULL } },
  { 'd', { NULL } },
  { 'e', { LACKS("chain[image].isolation", "authors"),
           "'clean.aliases': /nowhere/maps/labels-to-shop.tsv: cannot open it: No such file or directory",
           LACKS("merge.unmapped", "classifiers"), LACKS("output.review_below", "classifiers") } },
  { 'f', { NULL } },
  { 'g', { NULL } },
  { 'h', { NULL } },
  { 'i', { NULL } },
  { 'j', { NULL } },
};
#define N_FILES (sizeof files / sizeof *files)

static char *stream;

/* The document that begins with "--- # (letter)". */
static const char *
document(char letter, size_t *len)
{
  char head[16];
  snprintf(head, sizeof head, "--- # (%c)", letter);
  const char *start = strstr(stream, head);
  ck_assert_ptr_nonnull(start);
  const char *end = strstr(start + 1, "\n--- # (");
  *len = end ? (size_t)(end - start) + 1 : strlen(start);
  return start;
}

static loaded
load_letter(char letter)
{
  size_t len;
  const char *text = document(letter, &len);
  return load_named("/nowhere/ten.yaml", text, len, NULL);
}

START_TEST(as_this_build_sees_it)
{
  setenv("STAGING_BUCKET", "staging", 1);
  setenv("PERSONALIZE_ROLE_ARN", "arn:aws:iam::111122223333:role/PersonalizeS3", 1);
  loaded l = load_letter(files[_i].letter);
  size_t n = 0;
  ck_assert_ptr_nonnull(l.tree);
  for (; files[_i].refused[n]; n++)
    ck_assert_str_eq(n < l.f.n ? l.f.list[n].message : "(nothing)", files[_i].refused[n]);
  ck_assert_str_eq(finding(&l, n), "");
  ck_assert_uint_eq(l.f.errors, n);
  ck_assert_int_eq(l.s != NULL, n == 0);
  unload(&l);
}
END_TEST

START_TEST(passthrough)
{
  loaded l = load_letter('a');
  ck_assert_str_eq(l.s->catalog.inputs[EK_ITEMS].list[0], "/nowhere/meta_Magazine_Subscriptions.json.gz");
  ck_assert_uint_eq(l.s->n_steps, 1);
  ck_assert_str_eq(l.s->chain[0].plugin, "category");
  ck_assert_str_eq(l.s->name, "ten");
  unload(&l);
}
END_TEST

static void
rule_is(const ek_field_rules *rules, const char *name, const char *const *paths)
{
  for (size_t i = 0; i < rules->n; i++) {
    size_t n = 0;
    if (strcmp(rules->list[i].name, name) != 0)
      continue;
    for (; paths[n]; n++)
      ck_assert_str_eq(n < rules->list[i].n_paths ? rules->list[i].paths[n] : "(none)", paths[n]);
    ck_assert_uint_eq(rules->list[i].n_paths, n);
    return;
  }
  ck_abort_msg("no rule '%s'", name);
}

#define PATHS(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
check_notebook(const ek_settings *s)
{
  ck_assert_int_eq(s->catalog.pick, EK_PICK_PRESENT);
  ck_assert_int_eq(s->catalog.time_unit, EK_TIME_S);
  ck_assert_int_eq(s->catalog.duplicates, EK_DUP_ALL);
  rule_is(&s->catalog.fields[EK_ITEMS], "id", PATHS("id", "ID", "asin", "item_id", "ASIN", "ITEM_ID"));
  rule_is(&s->catalog.fields[EK_ITEMS], "title", PATHS("title", "TITLE", "name"));
  rule_is(&s->catalog.fields[EK_INTERACTIONS], "event_type", PATHS("=review"));
  rule_is(&s->catalog.fields[EK_INTERACTIONS], "event_value",
          PATHS("overall", "EVENT_VALUE", "rating", "score", "price", "=nan"));
  ck_assert_int_eq(s->clean.control | s->clean.entities | s->clean.tags | s->clean.whitespace | s->clean.sentences |
                     s->clean.neighbours | s->clean.case_duplicates, 0);
  ck_assert_int_eq(s->clean.bar, EK_BAR_KEEP);
  ck_assert_uint_eq(s->clean.max_length, 0);
  ck_assert_int_eq(s->merge.strategy, EK_MERGE_UNION);
  ck_assert_uint_eq(s->merge.max_labels, 3);
  ck_assert_uint_eq(s->merge.max_chars, 0);
  ck_assert_int_eq(s->output.csv, EK_CSV_RFC4180);
  ck_assert_int_eq(s->output.quote, EK_QUOTE_ALL);
  ck_assert_int_eq(s->output.no_labels, EK_NO_LABELS_REQUIRED);
  ck_assert_str_eq(ek_node_get(s->chain[0].options, "separator")->text, "|");
}

START_TEST(notebook)
{
  loaded l = load_letter('b');
  check_notebook(l.s);
  ck_assert_str_eq(l.s->catalog.inputs[EK_ITEMS].list[0], "/nowhere/data/raw/items/");
  unload(&l);
}
END_TEST

/* The chain with Rekognition where labels are missing, and the same in shards. */
START_TEST(paid_steps)
{
  loaded l = load_letter('d');
  const ek_step_settings *r = &l.s->chain[1];
  ck_assert_int_eq(r->when, EK_WHEN_FEWER);
  ck_assert_uint_eq(r->workers, 50);
  ck_assert(r->rate.per_second == 50 && r->rate.adapt && !r->rate_named);
  ck_assert_int_eq(r->budget.money.nano, 20000000000);
  ck_assert_str_eq(r->budget.money.currency, "USD");
  unload(&l);
  unsetenv("SHARD_RATE");
  setenv("TMPDIR", "/t", 1);
  setenv("SHARD", "7", 1);
  l = load_letter('j');
  ck_assert(l.s->chain[1].rate.per_second == 5);
  ck_assert_uint_eq(l.s->chain[1].workers, 8);
  ck_assert_int_eq(l.s->chain[1].budget.money.nano, 1000000000);
  ck_assert_str_eq(l.s->cache.path, "/t/enrichkit-7.db");
  ck_assert_uint_eq(l.s->run.window, 64);
  unload(&l);
}
END_TEST

START_TEST(a_shops_csv)
{
  loaded l = load_letter('f');
  const ek_settings *s = l.s;
  ck_assert_int_eq(s->catalog.duplicates, EK_DUP_LAST);
  rule_is(&s->catalog.fields[EK_ITEMS], "id", PATHS("sku"));
  rule_is(&s->catalog.fields[EK_ITEMS], "subcategory", PATHS("['sub.department']"));
  rule_is(&s->catalog.fields[EK_ITEMS], "brand", PATHS("brand", "store", "vendor"));
  ck_assert_uint_eq(s->catalog.n_columns[EK_ITEMS], 3);
  ck_assert_uint_eq(s->catalog.n_columns[EK_INTERACTIONS], 1);
  ck_assert_str_eq(s->catalog.columns[EK_ITEMS][1].name, "CREATION_TIMESTAMP");
  ck_assert_str_eq(s->catalog.columns[EK_ITEMS][1].field, "created");
  ck_assert_int_eq(s->catalog.columns[EK_ITEMS][1].type, EK_COL_TIMESTAMP);
  ck_assert_int_eq(s->catalog.columns[EK_ITEMS][2].textual, 1);
  ck_assert_int_eq(s->catalog.columns[EK_INTERACTIONS][0].categorical, 1);
  ck_assert_int_eq(s->catalog.columns[EK_INTERACTIONS][0].nullable, 1);
  ck_assert_str_eq(s->chain[1].name, "sub");
  ck_assert_str_eq(ek_node_get(s->chain[0].options, "separator")->text, " > ");
  ck_assert_uint_eq(s->clean.n_stop, 3);
  ck_assert_str_eq(s->clean.stop[2], "n/a");
  unload(&l);
}
END_TEST

/* ---- the chains that are installed ----------------------------------------------------- */

static loaded
load_installed(const char *name)
{
  char path[4096];
  loaded l = { .tree = NULL };
  snprintf(path, sizeof path, "%s/etc/%s", getenv("top_srcdir"), name);
  l.tree = ek_conf_load(path, &l.f);
  if (l.tree)
    l.s = ek_settings_make(l.tree, &l.f);
  ck_no_errors(&l);
  ck_assert_uint_eq(l.f.warnings, 0);
  return l;
}

static void
ends_with(const char *text, const char *tail)
{
  size_t n = strlen(text), m = strlen(tail);
  ck_assert_str_eq(n > m ? text + n - m : text, tail);
}

START_TEST(installed_default)
{
  loaded l = load_installed("enrichkit.yaml");
  ck_assert_str_eq(l.s->name, "enrichkit");
  ends_with(l.s->catalog.inputs[EK_ITEMS].list[0], "/etc/../sample/items.jsonl.gz");
  ends_with(l.s->catalog.inputs[EK_INTERACTIONS].list[0], "/etc/../sample/interactions.jsonl.gz");
  ck_assert_uint_eq(l.s->n_steps, 2);
  ck_assert_str_eq(l.s->chain[1].plugin, "keywords");
  ck_assert_int_eq(l.s->chain[1].when, EK_WHEN_FEWER);
  ck_assert_uint_eq(l.s->chain[1].fewer_than, 1);
  char *path = ek_conf_path(l.tree, ek_node_get(l.s->chain[1].options, "file"));
  ck_assert_int_eq(access(path, R_OK), 0);
  free(path);
  unload(&l);
}
END_TEST

/* As printed, without the lines that tell where records are and what it is called. */
static char *
printed(const ek_settings *s)
{
  ek_text all = { 0 }, kept = { 0 };
  ek_settings_print(s, NULL, NULL, &all);
  for (const char *p = ek_text_c(&all); *p; p += strcspn(p, "\n") + 1)
    if (strncmp(p, "name:", 5) != 0 && strncmp(p, "  items: ", 9) != 0 && strncmp(p, "  interactions: ", 16) != 0)
      ek_text_add(&kept, p, strcspn(p, "\n") + 1);
  ek_text_free(&all);
  ek_text_c(&kept);
  return kept.data;
}

START_TEST(installed_notebook)
{
  loaded l = load_installed("notebook.yaml"), b = load_letter('b');
  check_notebook(l.s);
  ends_with(l.s->catalog.inputs[EK_ITEMS].list[0], "/etc/../sample/items.jsonl.gz");
  char *one = printed(l.s), *two = printed(b.s);
  ck_assert_str_eq(one, two);
  free(one);
  free(two);
  unload(&l);
  unload(&b);
}
END_TEST

/* Lines of word TAB label [TAB confidence [TAB parent]], each word once. */
START_TEST(word_list)
{
  char path[4096], line[512], seen[1000][64];
  size_t n = 0;
  snprintf(path, sizeof path, "%s/etc/keywords.tsv", getenv("top_srcdir"));
  FILE *f = fopen(path, "r");
  ck_assert_ptr_nonnull(f);
  while (fgets(line, sizeof line, f)) {
    char *columns[6], *save = NULL;
    size_t k = 0;
    if (*line == '#' || *line == '\n')
      continue;
    line[strcspn(line, "\n")] = 0;
    for (char *p = strtok_r(line, "\t", &save); p && k < 6; p = strtok_r(NULL, "\t", &save))
      columns[k++] = p;
    ck_assert_msg(k == 3 || k == 4, "%s: %zu columns", line, k);
    ck_assert_msg(strtod(columns[2], NULL) > 0 && strtod(columns[2], NULL) <= 1, "%s", columns[2]);
    ck_assert_uint_lt(n, 1000);
    snprintf(seen[n], sizeof seen[n], "%s", columns[0]);
    for (size_t i = 0; i < n; i++)
      ck_assert_str_ne(seen[i], seen[n]);
    n++;
  }
  fclose(f);
  ck_assert_uint_ge(n, 150);
}
END_TEST

static void
read_stream(void)
{
  char path[4096];
  size_t len;
  const char *top = getenv("top_srcdir");
  snprintf(path, sizeof path, "%s/tests/data/ten-files.yaml", top ? top : "../..");
  FILE *f = fopen(path, "rb");
  if (!f) {
    fprintf(stderr, "%s cannot be read: set top_srcdir\n", path);
    exit(99);
  }
  stream = ek_mem_alloc(65536);
  len = fread(stream, 1, 65535, f);
  stream[len] = 0;
  fclose(f);
}

int
main(void)
{
  Suite *s = suite_create("config/files");
  TCase *t = tcase_create("ten files");
  read_stream();
  tcase_add_loop_test(t, as_this_build_sees_it, 0, (int)N_FILES);
  tcase_add_test(t, passthrough);
  tcase_add_test(t, notebook);
  tcase_add_test(t, paid_steps);
  tcase_add_test(t, a_shops_csv);
  suite_add_tcase(s, t);
  t = tcase_create("etc");
  tcase_add_test(t, installed_default);
  tcase_add_test(t, installed_notebook);
  tcase_add_test(t, word_list);
  suite_add_tcase(s, t);
  int r = run_suite(s);
  free(stream);
  return r;
}
