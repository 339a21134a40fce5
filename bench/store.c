/* SPDX-License-Identifier: BSD-3-Clause */
/* bench/store.c - what import, a final training and one recommendation take.
 *
 *   bench/store FOLDER EVENTS [ITEMS [USERS]]                    default 1000000 1000000
 * Makes FOLDER/interactions.csv and items.csv (unless they are there), imports them into
 * FOLDER/store, trains on all users straight to a model file, and asks 20 users, each time
 * opening store and model anew. COLD=1 drops the model from the page cache before each.
 * Prints CPU and wall seconds and the peak of resident memory after each step. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/pool.h"
#include "stage/local/import.h"
#include "stage/local/recommend.h"

static uint64_t state = 42;

static uint64_t
next(void)
{
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double uniform(void) { return (double)(next() >> 11) / 9007199254740992.0; }

static double
seconds(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
step(const char *what, double rows)
{
  static double cpu, wall;
  struct rusage u;
  double c = seconds(CLOCK_PROCESS_CPUTIME_ID), w = seconds(CLOCK_MONOTONIC);
  getrusage(RUSAGE_SELF, &u);
  if (what) {
    printf("%-24s %8.2f CPU-s %8.2f s   peak %6ld MB", what, c - cpu, w - wall, u.ru_maxrss / 1024);
    printf(rows > 0 ? "   %.0f rows a CPU-second\n" : "\n", rows / (c - cpu));
  }
  fflush(stdout);
  cpu = c;
  wall = w;
}

static void
die(const ek_error *e)
{
  fprintf(stderr, "%s: %s\n", e->file, e->message);
  exit(1);
}

/* Items fall like a power of their rank; a top, a middle and a leaf category, nested. */
static void
make(uint64_t events, unsigned items, unsigned users)
{
  FILE *f = fopen("interactions.csv", "wx");
  if (f) {
    fputs("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n", f);
    for (uint64_t i = 0; i < events; i++)
      fprintf(f, "U%07u,I%07u,%u,click,%u.0\n", (unsigned)(next() % users), (unsigned)(items * pow(uniform(), 3)),
              1400000000u + (unsigned)((double)i * 60000000.0 / (double)events), 1 + (unsigned)(next() % 5));
    fclose(f);
  }
  f = fopen("items.csv", "wx");
  if (f) {
    fputs("ITEM_ID,CATEGORY\n", f);
    for (unsigned i = 0; i < items; i++) {
      unsigned leaf = (unsigned)(8000 * pow(uniform(), 2));
      fprintf(f, "I%07u,Top %u|Middle %u|Leaf %u\n", i, leaf % 20, leaf % 400, leaf);
    }
    fclose(f);
  }
}

static void
import(void)
{
  ek_error e = { 0 };
  ek_import_result result;
  static char items[] = "items.csv", interactions[] = "interactions.csv";
  ek_import_request q = { .store = "store", .dataset_group = "bench", .n = 2, .min_interactions = 1000,
                          .sources = { { EK_ITEMS, items, NULL }, { EK_INTERACTIONS, interactions, NULL } } };
  if (ek_local_import(&q, NULL, &result, &e) < 0)
    die(&e);
  step("import", (double)(result.jobs[0].rows + result.jobs[1].rows));
  ek_import_result_clear(&result);
}

static void
train(void)
{
  static const ek_train_mask everybody;
  static const ek_stage_watch nobody;
  ek_error e = { 0 };
  ek_hyper h = ek_hyper_default();
  unsigned number;
  char *path;
  ek_group *g = ek_group_open("store", "bench", EK_GROUP_WRITE, &e);
  ek_events *events = g ? ek_group_events(g, NULL, -HUGE_VAL, &e) : NULL;
  ek_categories *categories = events ? ek_group_categories(g, events, "CATEGORY", h.max_cats, &e) : NULL;
  if (!categories)
    die(&e);
  step("load", (double)events->n);
  if (ek_group_new_version(g, "bench", &number, &path, &e) < 0)
    die(&e);
  ek_model_writer *w = ek_model_create(path, events, &h, &e);
  ek_skc *m = w ? ek_skc_train(events, everybody, &h, categories, ek_pool_processors(), ek_model_row, w, &nobody, &e)
                : NULL;
  if (!m)
    die(&e);
  step("train", (double)events->n);
  if (ek_model_finish(w, m, ek_cstr("{}"), &e) < 0 ||
      ek_group_finish_version(g, "bench", number, "metadata", ek_cstr("{}"), &e) < 0 ||
      ek_group_set_campaign(g, "bench", "bench", &e) < 0)
    die(&e);
  step("write the model", 0);
  ek_skc_free(m);
  ek_categories_free(categories);
  ek_events_free(events);
  ek_group_close(g);
  free(path);
}

static void
forget(void)
{
  ek_error e = { 0 };
  ek_group *g = ek_group_open("store", "bench", EK_GROUP_READ, &e);
  char *path = g ? ek_group_model_path(g, "bench", &e) : NULL;
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
  }
  free(path);
  ek_group_close(g);
}

static int
ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void
recommend(unsigned users)
{
  double wall[20], cpu[20];
  for (int i = 0; i < 20; i++) {
    ek_error e = { 0 };
    ek_answer answer;
    char user[32];
    snprintf(user, sizeof user, "U%07u", (unsigned)(next() % users));
    if (getenv("COLD"))
      forget();
    double w = seconds(CLOCK_MONOTONIC), c = seconds(CLOCK_PROCESS_CPUTIME_ID);
    ek_recommender *r = ek_recommender_open("store", "bench", NULL, NULL, &e);
    if (!r || ek_recommender_ask(r, &(ek_question){ .user = user, .num = 25, .new_only = 1 }, &answer, &e) < 0)
      die(&e);
    ek_recommender_close(r);
    wall[i] = 1e3 * (seconds(CLOCK_MONOTONIC) - w);
    cpu[i] = 1e3 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - c);
    ek_answer_clear(&answer);
  }
  qsort(wall, 20, sizeof *wall, ascending);
  qsort(cpu, 20, sizeof *cpu, ascending);
  printf("one recommendation, opened anew: median %.1f ms, worst %.1f ms (CPU %.1f, %.1f)\n", wall[10], wall[19], cpu[10],
         cpu[19]);
}

int
main(int argc, char **argv)
{
  uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  unsigned items = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1000000;
  unsigned users = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 1000000;
  if (!events || !items || !users || (mkdir(argv[1], 0777) < 0 && access(argv[1], W_OK) < 0) || chdir(argv[1]) < 0) {
    fprintf(stderr, "usage: bench/store FOLDER EVENTS [ITEMS [USERS]]\n");
    return 2;
  }
  make(events, items, users);
  step(NULL, 0);
  import();
  train();
  recommend(users);
  return 0;
}
