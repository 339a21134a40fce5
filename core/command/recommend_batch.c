/* SPDX-License-Identifier: BSD-3-Clause */
/* A batch that a campaign answers: one GetRecommendations a line, a few at a time, answers in the order of the lines.
 * What is read waits in a ring: one thread reads, workers ask, and whoever has the oldest answer writes what is ready. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "command/internal.h"
#include "stage/local/csv_read.h"

#define WORKERS 8u
#define RING 64u

/* ---- categories: items.csv, read once -------------------------------------------------------- */

typedef struct label { size_t item, cell; } label;         /* places in the text      */
typedef struct labels { ek_text text; label *list; size_t n, cap; } labels;

static size_t
keep(labels *l, ek_str s)
{
  size_t at = l->text.len;
  ek_text_str(&l->text, s);
  ek_text_char(&l->text, 0);
  return at;
}

static int
by_item(const void *a, const void *b, void *text)
{
  const label *x = a, *y = b;
  return strcmp((const char *)text + x->item, (const char *)text + y->item);
}

static size_t
column_of(const ek_csv_field *cells, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (ek_str_eqc(cells[i].text, name))
      return i;
  return n;
}

static void
read_rows(labels *l, ek_csv_file *f, const char *label_column, ek_error *e)
{
  const ek_csv_field *cells;
  size_t n, id, cell;
  if (ek_csv_file_row(f, &cells, &n, e) != 1)
    return;
  id = column_of(cells, n, "ITEM_ID");
  cell = column_of(cells, n, label_column);
  if (id == n || cell == n)
    return;
  ek_csv_file_expect(f, n);
  while (ek_csv_file_row(f, &cells, &n, e) == 1) {
    if (id >= n || cell >= n || !cells[cell].text.len)
      continue;
    l->list = ek_mem_grow(l->list, &l->cap, l->n + 1, sizeof *l->list);
    label *new = &l->list[l->n++];
    new->item = keep(l, cells[id].text);
    new->cell = keep(l, cells[cell].text);
  }
}

/* A folder without items.csv, or with one that cannot be read, has none. */
static void
labels_read(labels *l, const ek_settings *s)
{
  ek_text path = { 0 };
  ek_error e = { 0 };
  ek_text_printf(&path, "%s/items.csv", s->output.dir);
  ek_csv_file *f = ek_csv_file_open(ek_text_c(&path), &e);
  if (f)
    read_rows(l, f, s->output.label_column, &e);
  if (e.status)
    ek_debug("no categories: %s", e.message);
  ek_csv_file_close(f);
  ek_text_free(&path);
  if (l->n)
    qsort_r(l->list, l->n, sizeof *l->list, by_item, l->text.data);
}

static const char *
label_of(const labels *l, const char *item)
{
  size_t low = 0, high = l->n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    int c = strcmp(l->text.data + l->list[mid].item, item);
    if (c == 0)
      return l->text.data + l->list[mid].cell;
    if (c < 0)
      low = mid + 1;
    else
      high = mid;
  }
  return "";
}

/* ---- the ring ---------------------------------------------------------------------------------- */

enum state { FREE, READ, ASKED, DONE };

typedef struct slot { enum state state; char *line; size_t len; ek_text out; int wrong; } slot;

typedef struct batch {
  ek_cloud_recommender *recommender;
  unsigned num;
  ek_line_sink sink; void *arg;
  labels labels;
  pthread_mutex_t lock;              /* all below                                */
  pthread_cond_t changed;
  slot ring[RING];
  uint64_t read, asked, written;     /* lines; a slot is a line modulo RING      */
  uint64_t answered, failed;
  int over;                          /* nothing more is read                     */
  int broken; ek_error error;
} batch;

/* NULL answered; else what is wrong with this line; *fatal: with all of them. */
static const char *
answer(batch *b, const ek_asked *a, ek_text *out, int *fatal, ek_error *e)
{
  ek_answer got = { 0 };
  ek_str input = { a->input.data, a->input.len };
  if (a->wrong)
    return a->wrong;
  if (a->q.n_items > 1)
    return "a campaign is asked with one item: a line for each";
  if (ek_cloud_recommender_bare(b->recommender, a->q.user, a->q.n_items ? a->q.items[0] : NULL, a->q.num, &got,
                                e) < 0) {
    *fatal = strcmp(e->code, "bad_question") != 0;
    return e->message;
  }
  for (size_t i = 0; i < got.n; i++)
    got.list[i].categories = ek_mem_strdup(label_of(&b->labels, got.list[i].item));
  ek_answer_json(&got, input, out);
  ek_answer_clear(&got);
  return NULL;
}

static int
ask_line(batch *b, slot *s, ek_error *e)
{
  ek_asked a;
  int fatal = 0;
  ek_asked_read((ek_str){ s->line, s->len }, b->num, 0, &a);
  ek_text_clear(&s->out);
  const char *wrong = answer(b, &a, &s->out, &fatal, e);
  if (wrong)
    ek_answer_error_json(&s->out, (ek_str){ a.input.data, a.input.len }, wrong);
  s->wrong = wrong != NULL;
  ek_asked_clear(&a);
  return fatal ? -1 : 0;
}

/* With the lock. What is broken ends behind the last whole answer before it. */
static void
write_ready(batch *b)
{
  for (; !b->broken && b->written < b->asked; b->written++) {
    slot *s = &b->ring[b->written % RING];
    if (s->state != DONE)
      return;
    if (b->sink(b->arg, s->out.data, s->out.len, &b->error) < 0)
      b->broken = 1;
    b->failed += (uint64_t)(s->wrong != 0);
    b->answered += (uint64_t)(s->wrong == 0);
    s->state = FREE;
  }
}

static void
work(void *arg, unsigned index)
{
  batch *b = arg;
  ek_error e = { 0 };
  (void)index;
  pthread_mutex_lock(&b->lock);
  for (;;) {
    while (!b->broken && !b->over && b->asked == b->read)
      pthread_cond_wait(&b->changed, &b->lock);
    if (b->broken || b->asked == b->read)
      break;
    slot *s = &b->ring[b->asked++ % RING];
    s->state = ASKED;
    pthread_mutex_unlock(&b->lock);
    int r = ask_line(b, s, &e);
    pthread_mutex_lock(&b->lock);
    if (r == 0)
      s->state = DONE;
    else if (!b->broken) {
      b->broken = 1;
      b->error = e;
    }
    write_ready(b);
    pthread_cond_broadcast(&b->changed);
  }
  pthread_mutex_unlock(&b->lock);
}

/* Waits for room. 0, or -1: broken. */
static int
put_line(batch *b, const ek_text *line)
{
  int r = -1;
  pthread_mutex_lock(&b->lock);
  while (!b->broken && b->read - b->written == RING)
    pthread_cond_wait(&b->changed, &b->lock);
  if (!b->broken) {
    slot *s = &b->ring[b->read++ % RING];
    free(s->line);
    s->line = ek_mem_strndup(line->data, line->len);
    s->len = line->len;
    s->state = READ;
    pthread_cond_broadcast(&b->changed);
    r = 0;
  }
  pthread_mutex_unlock(&b->lock);
  return r;
}

int
ek_cloud_recommender_batch(ek_cloud_recommender *r, FILE *in, const char *in_name, unsigned num, ek_line_sink sink,
                           void *arg,
                           uint64_t *answered, uint64_t *failed, ek_error *e)
{
  batch *b = ek_mem_zero(1, sizeof *b);
  ek_text line = { 0 };
  uint64_t number = 0;
  int more = -1;
  b->recommender = r;
  b->num = num;
  b->sink = sink;
  b->arg = arg;
  labels_read(&b->labels, ek_cloud_recommender_settings(r));
  pthread_mutex_init(&b->lock, NULL);
  pthread_cond_init(&b->changed, NULL);
  ek_pool *pool = ek_pool_start(WORKERS, work, b, e);
  while (pool && (more = ek_asked_line(in, in_name, ++number, &line, e)) == 1)
    if (line.len && put_line(b, &line) < 0)
      break;
  pthread_mutex_lock(&b->lock);
  b->over = 1;
  pthread_cond_broadcast(&b->changed);
  pthread_mutex_unlock(&b->lock);
  if (pool)
    ek_pool_join(pool);
  if (b->broken)
    *e = b->error;
  more = more < 0 || b->broken ? -1 : 0;
  *answered = b->answered;
  *failed = b->failed;
  for (unsigned i = 0; i < RING; i++) {
    free(b->ring[i].line);
    ek_text_free(&b->ring[i].out);
  }
  pthread_cond_destroy(&b->changed);
  pthread_mutex_destroy(&b->lock);
  ek_text_free(&b->labels.text);
  free(b->labels.list);
  ek_text_free(&line);
  free(b);
  return more;
}
