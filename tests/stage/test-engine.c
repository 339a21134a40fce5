/* SPDX-License-Identifier: BSD-3-Clause */
/* The local engine from CSVs to recommendations: import, train, versions, campaigns,
 * describe, recommend. */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "import-kit.h"
#include "stage/local/recommend.h"

static ek_train_result trained;

static void
setup(void)
{
  kit_setup();
}

static void
teardown(void)
{
  ek_train_result_clear(&trained);
  kit_teardown();
}

#define OK(result) ck_assert_msg((result) == 0, "%s:%d: %s", kit_error.file, (int)kit_error.line, kit_error.message)

static ek_train_arm arms[] = { { "base", EK_RECIPE_BASE, NULL }, { "chain", EK_RECIPE_METADATA, NULL },
                               { "labels", EK_RECIPE_METADATA, "labels.csv" }, { "cold", EK_RECIPE_COLDSTART, NULL } };

static ek_train_request
request(size_t n_arms)
{
  return (ek_train_request){ .store = "st", .dataset_group = "shop", .solution = "shop", .label_column = "CATEGORY", .arms = arms,
                             .n_arms = n_arms, .hyper = ek_hyper_default(), .coldstart = { 5, 15, 0 }, .folds = 1,
                             .exclude_seen = -1, .event_value_threshold = -HUGE_VAL, .threads = 2 };
}

static int
train(const ek_train_request *q)
{
  ek_train_result_clear(&trained);
  memset(&kit_error, 0, sizeof kit_error);
  return ek_local_engine.train(q, NULL, &trained, &kit_error);
}

static void
import_shop(void)
{
  kit_interactions("x.csv", 100, 12, 50, NULL);
  kit_items("items.csv", 60, NULL);                 /* ten of them without an event  */
  kit_items("labels.csv", 60, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json", .interactions = "x.csv"));
}

static const char *
recommend(const ek_question *q, const char *campaign, const char *version)
{
  static ek_text t;
  ek_answer a = { 0 };
  memset(&kit_error, 0, sizeof kit_error);
  ek_text_clear(&t);
  ek_recommender *r = ek_recommender_open("st", "shop", campaign, version, &kit_error);
  if (!r || ek_recommender_ask(r, q, &a, &kit_error) < 0)
    ek_text_printf(&t, "!%s", kit_error.code);
  for (size_t i = 0; i < a.n; i++)
    ek_text_printf(&t, "%s%s:%s", i ? " " : "", a.list[i].item, a.list[i].categories);
  ek_answer_clear(&a);
  ek_recommender_close(r);
  return ek_text_c(&t);
}

START_TEST(from_csv_to_answer)
{
  ek_train_request q = request(4);
  import_shop();
  OK(train(&q));
  ck_assert_uint_eq(trained.n_arms, 5);             /* and the yardstick              */
  ck_assert_str_eq(trained.arms[0].solution_version, "shop-base/1");
  ck_assert_str_eq(trained.arms[1].solution_version, "shop-metadata/1");
  ck_assert_str_eq(trained.arms[2].solution_version, "shop-labels/1");
  ck_assert_str_eq(trained.arms[3].solution_version, "shop-cold/1");
  ck_assert_str_eq(trained.arms[4].solution_version, "shop-popularity/1");
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version WHERE status = 'ACTIVE'"), 5);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM campaign WHERE name = 'shop' AND solution = 'shop-labels' AND number = 1"), 1);
  ek_question ask = { .user = "u3", .num = 5, .new_only = 1 };
  char first[512];
  snprintf(first, sizeof first, "%s", recommend(&ask, NULL, NULL));
  ck_assert_msg(strchr(first, '|') && strlen(first) > 20, "%s", first);
  ck_assert_str_eq(recommend(&ask, "shop", NULL), first);
  ck_assert_str_eq(recommend(&ask, NULL, "shop-labels/1"), first);
  ck_assert_str_eq(recommend(&ask, NULL, "shop-labels"), first);
  /* Popularity has no labels in its model: they come from the Items data set. */
  ck_assert(strstr(recommend(&ask, NULL, "shop-popularity"), ":c") != NULL);
  ck_assert_str_eq(recommend(&ask, NULL, "shop-labels/2"), "!no_such_version");
  ck_assert_str_eq(recommend(&ask, NULL, "shop-labels/x"), "!no_such_version");
  ck_assert_str_eq(recommend(&ask, "other", NULL), "!no_such_campaign");
}
END_TEST

/* The model of a version is what the trainer makes of all users. */
START_TEST(answers_as_the_trainer)
{
  static const ek_train_mask all;
  static const ek_stage_watch nobody;
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  ek_error e = { 0 };
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_READ, &e);
  ek_events *ev = ek_group_events(g, NULL, -HUGE_VAL, &e);
  ek_categories *c = ek_group_categories(g, ev, "CATEGORY", 3, &e);
  ek_skc *m = ek_skc_train(ev, all, &q.hyper, c, 1, NULL, NULL, &nobody, &e);
  ck_assert(g && ev && c && m);
  ck_assert_uint_eq(ev->n, 1200);
  ck_assert_uint_eq(ev->items.n, 60);
  ek_scratch *x = ek_scratch_new(m->n_items);
  for (uint32_t u = 0; u < ev->users.n; u += 7) {
    ek_scored want[10];
    ek_answer a;
    char user[32];
    ek_str id = ek_id(&ev->users, u);
    snprintf(user, sizeof user, "%.*s", (int)id.len, id.ptr);
    unsigned n = ek_skc_query(m, x, ev->item + ev->start[u], (size_t)(ev->start[u + 1] - ev->start[u]),
                              &(ek_query_options){ .content = q.hyper.content, .exclude_seen = 1 }, 10, want);
    ek_recommender *r = ek_recommender_open("st", "shop", NULL, "shop-metadata", &e);
    ck_assert_msg(r && ek_recommender_ask(r, &(ek_question){ .user = user, .num = 10, .new_only = 1 }, &a, &e) == 0, "%s", e.message);
    ck_assert_uint_eq(a.n, n);
    ck_assert_uint_eq(a.known, 12);
    for (unsigned i = 0; i < n; i++)
      ck_assert(ek_str_eqc(ek_id(&ev->items, want[i].item), a.list[i].item) && a.list[i].score == want[i].score);
    ek_answer_clear(&a);
    ek_recommender_close(r);
  }
  ek_scratch_free(x);
  ek_skc_free(m);
  ek_categories_free(c);
  ek_events_free(ev);
  ek_group_close(g);
}
END_TEST

START_TEST(filters_and_items)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  const char *items[] = { "i1", "nowhere", "i2" };
  ek_question ask = { .items = items, .n_items = 3, .num = 60 };
  const char *answer = recommend(&ask, NULL, NULL);
  ck_assert(!strstr(answer, "i1:") && !strstr(answer, "i2:") && strstr(answer, "i59:"));
  const char *none[] = { "nowhere" };
  ask = (ek_question){ .items = none, .n_items = 1, .num = 5 };
  ck_assert_str_eq(recommend(&ask, NULL, NULL), "!no_such_item");
  ck_assert(strstr(kit_error.message, "'nowhere'") != NULL);
  /* Nobody knows this user: what is popular. */
  char popular[512];
  ask = (ek_question){ .num = 5 };
  snprintf(popular, sizeof popular, "%s", recommend(&ask, NULL, "shop-popularity"));
  ask = (ek_question){ .user = "nobody", .num = 5 };
  ck_assert_str_eq(recommend(&ask, NULL, "shop-popularity"), popular);
  ask.num = 0;
  ck_assert_str_eq(recommend(&ask, NULL, NULL), "!bad_number");
  ask.num = 501;
  ck_assert_str_eq(recommend(&ask, NULL, NULL), "!bad_number");
  /* A user's own items may come again unless asked otherwise. */
  ask = (ek_question){ .user = "u0", .num = 60 };
  ck_assert(strstr(recommend(&ask, NULL, NULL), "i0:") != NULL);
  ask.new_only = 1;
  ck_assert(strstr(recommend(&ask, NULL, NULL), "i0:") == NULL);
}
END_TEST

/* Only new items: those without an event here. */
START_TEST(cold_items_alone)
{
  ek_train_request q = request(4);
  import_shop();
  OK(train(&q));
  ek_answer a;
  ek_recommender *r = ek_recommender_open("st", "shop", NULL, "shop-cold", &kit_error);
  ck_assert_int_eq(ek_recommender_ask(r, &(ek_question){ .user = "u3", .num = 60 }, &a, &kit_error), 0);
  ck_assert_uint_eq(a.n, 10);
  for (size_t i = 0; i < a.n; i++)
    ck_assert_int_ge(atoi(a.list[i].item + 1), 50);
  ek_answer_clear(&a);
  ek_recommender_close(r);
}
END_TEST

START_TEST(stopped)
{
  ek_train_request q = request(2);
  volatile int stop = 1;
  ek_stage_watch watch = { NULL, NULL, &stop };
  import_shop();
  OK(train(&q));
  ek_train_result_clear(&trained);
  ck_assert_int_eq(ek_local_engine.train(&q, &watch, &trained, &kit_error), -1);
  ck_assert_int_eq(kit_error.status, EK_EXIT_STOPPED);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version WHERE status = 'CREATE IN_PROGRESS'"), 0);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version WHERE status = 'ACTIVE'"), 3);
}
END_TEST

START_TEST(versions_and_campaigns)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  OK(train(&q));
  ck_assert_str_eq(trained.arms[1].solution_version, "shop-metadata/2");
  ck_assert_int_eq(kit_ask("SELECT number FROM campaign WHERE name = 'shop'"), 2);
  ek_group *g = ek_group_open("st", "shop", EK_GROUP_WRITE, &kit_error);
  OK(ek_group_set_campaign(g, "shop", "shop-base/1", &kit_error));
  OK(ek_group_set_campaign(g, "front", "shop-metadata", &kit_error));
  ck_assert_int_eq(ek_group_set_campaign(g, "front", "shop-metadata/9", &kit_error), -1);
  ck_assert_int_eq(ek_group_set_campaign(g, "../x", "shop-metadata/1", &kit_error), -1);
  char *serves = ek_group_campaign(g, "front", &kit_error);
  ck_assert_str_eq(serves, "shop-metadata/2");
  free(serves);
  ek_group_close(g);
  /* Trained again: who points to base stays with base, in its newest version. */
  OK(train(&q));
  ck_assert_int_eq(kit_ask("SELECT number FROM campaign WHERE name = 'shop' AND solution = 'shop-base'"), 3);
  ck_assert_int_eq(kit_ask("SELECT number FROM campaign WHERE name = 'front'"), 2);
}
END_TEST

/* Somebody asks all the while: each answer is one of whole versions. */
START_TEST(campaign_moves_at_once)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  pid_t pid = fork();
  if (pid == 0) {
    ek_error e = { 0 };
    for (int i = 0; i < 200; i++) {
      ek_group *g = ek_group_open("st", "shop", EK_GROUP_WRITE, &e);
      if (!g || ek_group_set_campaign(g, "shop", i & 1 ? "shop-base/1" : "shop-metadata/1", &e) < 0)
        _exit(1);
      ek_group_close(g);
    }
    _exit(0);
  }
  char a[512], b[512];
  int status, seen_a = 0, seen_b = 0;
  ek_question ask = { .user = "u3", .num = 5 };
  snprintf(a, sizeof a, "%s", recommend(&ask, NULL, "shop-base/1"));
  snprintf(b, sizeof b, "%s", recommend(&ask, NULL, "shop-metadata/1"));
  do {
    const char *now = recommend(&ask, "shop", NULL);
    seen_a += strcmp(now, a) == 0;
    seen_b += strcmp(now, b) == 0;
    ck_assert_msg(strcmp(now, a) == 0 || strcmp(now, b) == 0, "%s", now);
  } while (waitpid(pid, &status, WNOHANG) == 0);
  ck_assert_int_eq(status, 0);
  ck_assert_int_gt(seen_a + seen_b, 1);
}
END_TEST

/* ---- describe ---- */

static json_t *
describe(const char *kind, const char *name, int verify)
{
  ek_text t = { 0 };
  ck_assert_msg(ek_local_engine.describe("st", "shop", kind, name, verify, 1, &t, &kit_error) == 0, "%s", kit_error.message);
  json_error_t why;
  json_t *j = json_loadb(t.data, t.len, 0, &why);
  ck_assert_msg(j != NULL, "%s in %s", why.text, ek_text_c(&t));
  ek_text_free(&t);
  return j;
}

static const char *
text_of(const char *kind, const char *name)
{
  static ek_text t;
  ek_text_clear(&t);
  if (ek_local_engine.describe("st", "shop", kind, name, 0, 0, &t, &kit_error) < 0)
    return kit_error.message;
  return ek_text_c(&t);
}

#define N(j, member) json_array_size(json_object_get(j, member))

START_TEST(describes)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  json_t *j = describe(NULL, NULL, 1);
  ck_assert_uint_eq(N(j, "dataset_groups"), 1);
  ck_assert_uint_eq(N(j, "datasets"), 2);
  ck_assert_uint_eq(N(j, "schemas"), 2);
  ck_assert_uint_eq(N(j, "dataset_import_jobs"), 2);
  ck_assert_uint_eq(N(j, "solutions"), 3);
  ck_assert_uint_eq(N(j, "solution_versions"), 3);
  ck_assert_uint_eq(N(j, "campaigns"), 1);
  json_t *v = json_array_get(json_object_get(j, "solution_versions"), 1);
  ck_assert_str_eq(json_string_value(json_object_get(v, "name")), "shop-metadata/1");
  ck_assert(json_is_true(json_object_get(v, "verified")));
  json_t *meta = json_object_get(v, "meta");
  ck_assert_str_eq(json_string_value(json_object_get(meta, "recipe")), "metadata");
  ck_assert(json_real_value(json_object_get(json_object_get(meta, "algorithm_hyper_parameters"), "content")) == 0.4);
  double coverage = json_real_value(json_object_get(json_object_get(meta, "metrics"), "coverage"));
  ck_assert(fabs(coverage - trained.arms[1].mean.coverage_at_25) < 1e-12);
  json_decref(j);
  j = describe("version", "shop-base", 0);
  ck_assert_uint_eq(json_object_size(j), 1);
  ck_assert_uint_eq(N(j, "solution_versions"), 1);
  json_decref(j);
  ck_assert(strstr(text_of("dataset", NULL), "Items         ACTIVE     60 rows  shop-items-1") != NULL);
  ck_assert(strstr(text_of("schema", NULL), "CATEGORY  string or null, categorical") != NULL);
  ck_assert(strstr(text_of("version", NULL), "content 0.4") != NULL);
  ck_assert_str_eq(text_of("dataset", "Users"), "there is no dataset 'Users'");
  ck_assert_str_eq(text_of("thing", NULL), "there is no kind 'thing'");
}
END_TEST

START_TEST(describes_recipes)
{
  ck_assert(strstr(text_of("recipe", NULL), "popularity - ") != NULL);
  const char *metadata = text_of("recipe", "metadata");
  ck_assert(strstr(metadata, "content") && strstr(metadata, "0, 0.1, 0.2, 0.3, 0.5") && !strstr(metadata, "cold_start"));
  ck_assert(strstr(text_of("recipe", "coldstart"), "cold_start_max_interactions") != NULL);
  ck_assert(strstr(text_of("recipe", "base"), "\n  content") == NULL);
  ck_assert_str_eq(text_of("recipe", "sims"), "there is no local recipe 'sims'");
}
END_TEST

START_TEST(verify_finds_damage)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  int fd = open("st/shop/models/shop-metadata-1.ekm", O_RDWR);
  char c;
  ck_assert(pread(fd, &c, 1, 6000) == 1);
  c ^= 1;
  ck_assert(pwrite(fd, &c, 1, 6000) == 1);
  close(fd);
  ek_text t = { 0 };
  ck_assert_int_eq(ek_local_engine.describe("st", "shop", NULL, NULL, 1, 1, &t, &kit_error), -1);
  ck_assert_str_eq(kit_error.code, "corrupt_model");
  ck_assert(strstr(kit_error.file, "shop-metadata-1.ekm") != NULL);
  ck_assert_uint_eq(t.len, 0);
  ek_text_free(&t);
}
END_TEST

/* ---- batches ---- */

static ek_text lines;
static int
keep(void *arg, const char *line, size_t len, ek_error *e)
{
  (void)arg, (void)e;
  ek_text_add(&lines, line, len);
  return 0;
}

START_TEST(batch)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  FILE *in = tmpfile();
  fputs("u3\r\n\n{\"userId\": \"u3\"}\n{\"itemId\": \"i1\", \"numResults\": 2}\n{\"itemIds\": [\"i1\", \"i2\"]}\n"
        "{\"itemId\": \"nowhere\"}\n{\"userId\": 3}\n{\"x\n{}\n{\"userId\": \"a\", \"numResults\": 0}\n\xff\nu\"4", in);
  rewind(in);
  uint64_t answered, failed;
  ek_recommender *r = ek_recommender_open("st", "shop", NULL, NULL, &kit_error);
  int result = ek_recommender_batch(r, in, "in", 3, 1, keep, NULL, &answered, &failed, &kit_error);
  OK(result);
  ck_assert_uint_eq(answered, 5);
  ck_assert_uint_eq(failed, 6);
  const char *expect[] = { "{\"input\": {\"userId\": \"u3\"}, \"output\": {\"recommendedItems\": [\"", "{\"input\": {\"userId\": \"u3\"}",
    "{\"input\": {\"itemId\": \"i1\", \"numResults\": 2}", "{\"input\": {\"itemIds\": [\"i1\", \"i2\"]}",
    "{\"input\": {\"itemId\": \"nowhere\"}, \"output\": null, \"error\": \"item 'nowhere' is not in the model\"}",
    "{\"input\": {\"userId\": 3}, \"output\": null, \"error\": \"userId is no text\"}",
    "{\"input\": null, \"output\": null, \"error\": \"the line is not JSON\"}",
    "{\"input\": {}, \"output\": null, \"error\": \"the line has no userId and no itemId\"}",
    "{\"input\": {\"userId\": \"a\", \"numResults\": 0}, \"output\": null", "{\"input\": null, \"output\": null, \"error\": \"the line is not UTF-8\"}",
    "{\"input\": {\"userId\": \"u\\\"4\"}" };
  char *at = lines.data;
  ek_text_c(&lines);
  for (size_t i = 0; i < sizeof expect / sizeof *expect; i++) {
    char *end = strchr(at, '\n');
    ck_assert_ptr_nonnull(end);
    *end = 0;
    ck_assert_msg(strncmp(at, expect[i], strlen(expect[i])) == 0, "%s", at);
    json_t *j = json_loads(at, 0, NULL);
    ck_assert_ptr_nonnull(j);
    if (i < 4) {
      json_t *out = json_object_get(j, "output");
      ck_assert_uint_eq(N(out, "recommendedItems"), i == 2 ? 2 : 3);
      ck_assert_uint_eq(N(out, "scores"), i == 2 ? 2 : 3);
      ck_assert_uint_eq(N(out, "categories"), i == 2 ? 2 : 3);
    }
    json_decref(j);
    at = end + 1;
  }
  ck_assert_int_eq(*at, 0);
  ek_recommender_close(r);
  ek_text_free(&lines);
  fclose(in);
}
END_TEST

/* An import meanwhile does not disturb a batch that runs. */
START_TEST(import_during_a_batch)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  ek_answer a, b;
  ek_error e = { 0 };
  ek_question ask = { .user = "u3", .num = 5 };
  ek_recommender *r = ek_recommender_open("st", "shop", NULL, "shop-popularity", &e);
  ck_assert_int_eq(ek_recommender_ask(r, &ask, &a, &e), 0);
  kit_interactions("y.csv", 40, 30, 20, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json", .interactions = "y.csv"));
  ck_assert_msg(ek_recommender_ask(r, &ask, &b, &e) == 0, "%s", e.message);
  ck_assert_uint_eq(a.known, b.known);
  ck_assert_str_eq(a.list[0].categories, b.list[0].categories);
  ek_answer_clear(&a);
  ek_answer_clear(&b);
  ek_recommender_close(r);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(nothing_to_train_on)
{
  ek_train_request q = request(2);
  kit_items("items.csv", 60, NULL);
  OK(IMPORT(.items = "items.csv", .items_schema = "items.schema.json"));
  ck_assert_int_eq(train(&q), -1);
  ck_assert_str_eq(kit_error.code, "no_dataset");
  kit_interactions("x.csv", 100, 12, 50, NULL);
  OK(IMPORT(.interactions = "x.csv"));
  q.label_column = "GENRE";
  ck_assert_int_eq(train(&q), -1);
  ck_assert_str_eq(kit_error.code, "no_label_column");
  q.label_column = "CATEGORY";
  q.event_type = "purchase";
  ck_assert_int_eq(train(&q), -1);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version"), 0);
  q = request(2);
  q.dataset_group = "nothere";
  ck_assert_int_eq(train(&q), -1);
  q = request(2);
  q.solution = "a/b";
  ck_assert_int_eq(train(&q), -1);
  ck_assert_str_eq(kit_error.code, "bad_name");
}
END_TEST

START_TEST(one_user_and_no_labels)
{
  ek_train_request q = request(2);
  kit_put("one.csv", "USER_ID,ITEM_ID,TIMESTAMP\nme,a,1\nme,b,2\nme,c,3\n");
  kit_put("items.csv", "ITEM_ID,CATEGORY,PRICE\na,,1\nb,,1\nc,,1\n");
  OK(IMPORT(.interactions = "one.csv", .items = "items.csv", .items_schema = "items.schema.json", .min = 1));
  OK(train(&q));
  ck_assert_uint_gt(trained.n_warnings, 0);
  ek_question ask = { .user = "me", .num = 5 };
  ck_assert_str_ne(recommend(&ask, NULL, NULL), "");
}
END_TEST

START_TEST(disk_full)
{
  ek_train_request q = request(2);
  import_shop();
  OK(train(&q));
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = { 6000, RLIM_INFINITY };
  setrlimit(RLIMIT_FSIZE, &limit);
  ck_assert_int_eq(train(&q), -1);
  ck_assert_str_eq(kit_error.code, "write_failed");
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version WHERE status = 'ACTIVE'"), 3);
  ek_question ask = { .user = "u3", .num = 5 };
  ck_assert_str_ne(recommend(&ask, NULL, NULL), "");
  OK(train(&q));
}
END_TEST

/* Killed while it trains: old versions serve, the next training is a new number. */
START_TEST(killed_at_random)
{
  ek_train_request q = request(2);
  ek_question ask = { .user = "u3", .num = 5 };
  int kills = 0;
  import_shop();
  OK(train(&q));
  char answer[512];
  snprintf(answer, sizeof answer, "%s", recommend(&ask, NULL, NULL));
  for (unsigned i = 0; i < 30; i++) {
    pid_t pid = fork();
    if (pid == 0)
      _exit(train(&q) == 0 ? 0 : 1);
    usleep(500 + (i * 7919) % 60000);
    kill(pid, SIGKILL);
    int status;
    waitpid(pid, &status, 0);
    kills += WIFSIGNALED(status) != 0;
    ck_assert_str_eq(recommend(&ask, NULL, NULL), answer);
    json_t *j = describe("version", NULL, 1);       /* all that are ACTIVE are whole   */
    json_decref(j);
  }
  ck_assert_int_gt(kills, 3);
  OK(train(&q));
  ck_assert_int_eq(kit_ask("SELECT count(*) FROM solution_version WHERE status = 'CREATE IN_PROGRESS'"), 0);
  ck_assert_int_eq(system("test -z \"$(find st -name '.*.new')\""), 0);
  ck_assert_str_eq(recommend(&ask, NULL, NULL), answer);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("engine");
  TCase *t = tcase_create("engine");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_set_timeout(t, 600);
  tcase_add_test(t, from_csv_to_answer);
  tcase_add_test(t, answers_as_the_trainer);
  tcase_add_test(t, filters_and_items);
  tcase_add_test(t, cold_items_alone);
  tcase_add_test(t, stopped);
  tcase_add_test(t, versions_and_campaigns);
  tcase_add_test(t, campaign_moves_at_once);
  tcase_add_test(t, describes);
  tcase_add_test(t, describes_recipes);
  tcase_add_test(t, verify_finds_damage);
  tcase_add_test(t, batch);
  tcase_add_test(t, import_during_a_batch);
  tcase_add_test(t, nothing_to_train_on);
  tcase_add_test(t, one_user_and_no_labels);
  tcase_add_test(t, disk_full);
  tcase_add_test(t, killed_at_random);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? 1 : 0;
}
