/* SPDX-License-Identifier: BSD-3-Clause */
/* The sink of the live commands. Rows go through the stream as lengths and bytes, so that the engine's workers
 * format and one thread at a time sends, in input order.                    */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "command/internal.h"
#include "output/rejects.h"
#include "stage/personalize/live.h"

#define HELD 64u                   /* more than can wait in a batch            */
#define TICK_NS 20000000L
#define MOST_COLUMNS 128u

typedef struct held {              /* what is needed to give a record back     */
  uint64_t tag;
  char *file, *item, *input;
  size_t item_len, input_len;
  uint64_t line, offset;
} held;

struct ek_put {
  ek_sink_target target;           /* first: the chain hands it back           */
  const ek_table *table;
  ek_live *live;
  ek_drain *rejects;
  pthread_mutex_t lock;            /* live, rejects, held, counts, error       */
  held held[HELD];
  uint64_t next_tag;
  ek_put_counts counts;
  int failed; ek_error error;
  volatile int stop;
  ek_pool *ticker; atomic_int over;
};

/* ---- a row in a stream --------------------------------------------------------------- */

static void
put_u64(ek_text *out, uint64_t n)
{
  ek_text_add(out, (const char *)&n, sizeof n);
}

static void
put_str(ek_text *out, ek_str s)
{
  put_u64(out, s.len);
  ek_text_add(out, s.ptr ? s.ptr : "", s.len);
}

static uint64_t
get_u64(const char **p)
{
  uint64_t n;
  memcpy(&n, *p, sizeof n);
  *p += sizeof n;
  return n;
}

static ek_str
get_str(const char **p)
{
  ek_str s = { .len = (size_t)get_u64(p) };
  s.ptr = *p;
  *p += s.len;
  return s;
}

static void
put_labels(ek_text *out, const ek_arm_cell *cell)
{
  ek_text joined = { 0 };
  for (size_t i = 0; cell && i < cell->n; i++) {
    if (i)
      ek_text_char(&joined, '|');
    ek_text_str(&joined, cell->values[i]);
  }
  put_u64(out, joined.len == 0);
  put_str(out, (ek_str){ joined.data, joined.len });
  ek_text_free(&joined);
}

static void
format(const ek_sink_target *t, const ek_unit *unit, const ek_arm_cell *arms, unsigned n_arms, ek_text *streams)
{
  const ek_put *p = (const ek_put *)(const void *)t;
  ek_text *out = &streams[0];
  put_u64(out, unit->origin->line);
  put_u64(out, unit->origin->offset);
  put_str(out, ek_cstr(unit->origin->file));
  put_str(out, unit->origin->input);
  for (size_t c = 0; c < p->table->n; c++)
    if ((int)c == p->table->label_column)
      put_labels(out, n_arms ? &arms[0] : NULL);
    else {
      put_u64(out, unit->cells[c].null);
      put_str(out, unit->cells[c].text);
    }
}

/* ---- what was refused ------------------------------------------------------------------ */

static void
let_go(held *h)
{
  free(h->file);
  free(h->item);
  free(h->input);
  *h = (held){ 0 };
}

static void
remember(ek_put *p, uint64_t tag, const ek_reject *r)
{
  held *h = &p->held[tag % HELD];
  let_go(h);
  *h = (held){ .tag = tag, .file = ek_mem_strdup(r->file), .item = ek_mem_strndup(r->item.ptr, r->item.len),
               .input = ek_mem_strndup(r->input.ptr, r->input.len), .item_len = r->item.len,
               .input_len = r->input.len, .line = r->line, .offset = r->offset };
}

/* Called with the lock held: by add, tick and close. */
static void
refused(void *arg, uint64_t tag, const char *why, int http, const char *code)
{
  ek_put *p = arg;
  const held *h = &p->held[tag % HELD];
  ek_text line = { 0 };
  ek_error e;
  ek_reject r = { .file = h->file, .line = h->line, .offset = h->offset, .item = { h->item, h->item_len },
                  .reason = "put_refused", .message = ek_cstr(why), .code = ek_cstr(code), .http = http, .attempts = 1,
                  .input = { h->input, h->input_len } };
  ek_reject_format(&line, &r);
  if (ek_drain_write(p->rejects, line.data, line.len, &e) < 0 && !p->failed) {
    p->failed = 1;
    p->error = e;
  }
  p->counts.refused++;
  ek_text_free(&line);
}

int
ek_put_reject(void *arg, const char *lines, size_t len, ek_error *e)
{
  ek_put *p = arg;
  pthread_mutex_lock(&p->lock);
  int r = ek_drain_write(p->rejects, lines, len, e);
  pthread_mutex_unlock(&p->lock);
  return r;
}

/* ---- sending ------------------------------------------------------------------------------ */

static int
add_row(ek_put *p, const char **at, ek_error *e)
{
  ek_column_value columns[MOST_COLUMNS];
  const ek_table *t = p->table;
  ek_reject r = { .line = get_u64(at) };
  size_t n = 0, id = 0;
  r.offset = get_u64(at);
  ek_str file = get_str(at);
  r.input = get_str(at);
  for (size_t c = 0; c < t->n; c++) {
    ek_column_value v = { .name = t->columns[c].name, .type = t->columns[c].type, .is_null = get_u64(at) != 0 };
    v.value = get_str(at);
    if (strcmp(v.name, t->kind == EK_ITEMS ? "ITEM_ID" : "USER_ID") == 0)
      id = n;
    if (n < MOST_COLUMNS)
      columns[n++] = v;
  }
  char *name = ek_mem_strndup(file.ptr, file.len);
  r.file = name;
  r.item = columns[id].value;
  ek_live_record record = { .id = r.item, .columns = columns, .n = n, .tag = p->next_tag++ };
  remember(p, record.tag, &r);
  free(name);
  return ek_live_add(p->live, &record, e);
}

static int
commit(ek_sink_target *t, const ek_text *streams, uint64_t rows, ek_error *e)
{
  ek_put *p = (ek_put *)(void *)t;
  const char *at = streams[0].data, *end = at ? at + streams[0].len : NULL;
  int r = 0;
  (void)rows;
  pthread_mutex_lock(&p->lock);
  while (r == 0 && at < end && !p->failed)
    r = add_row(p, &at, e);
  if (r == 0 && p->failed) {
    *e = p->error;
    r = -1;
  } else if (r < 0) {
    p->failed = 1;
    p->error = *e;
  }
  pthread_mutex_unlock(&p->lock);
  return r;
}

/* What came in goes out after live.max_wait, whether or not more comes. */
static void
tick(void *arg, unsigned index)
{
  ek_put *p = arg;
  (void)index;
  while (!p->over) {
    pthread_mutex_lock(&p->lock);
    if (!p->failed && ek_live_tick(p->live, &p->error) < 0)
      p->failed = 1;
    pthread_mutex_unlock(&p->lock);
    if (p->failed || ek_signal_stop)
      p->stop = 1;                 /* the engine may be waiting for input that does not come */
    nanosleep(&(struct timespec){ 0, TICK_NS }, NULL);
  }
}

/* ---- from beginning to end ------------------------------------------------------------------- */

ek_put *
ek_put_new(const ek_account *a, const ek_table *table, ek_drain *rejects, ek_error *e)
{
  static const enum ek_live_kind kinds[EK_RECORD_KINDS] = { [EK_ITEMS] = EK_LIVE_ITEMS, [EK_USERS] = EK_LIVE_USERS,
                                                            [EK_INTERACTIONS] = EK_LIVE_EVENTS };
  ek_put *p = ek_mem_zero(1, sizeof *p);
  ek_put_counts none;
  ek_error ignored;
  p->table = table;
  p->rejects = rejects;
  p->target = (ek_sink_target){ .n_streams = 1, .needs_origin = 1, .format = format, .commit = commit };
  pthread_mutex_init(&p->lock, NULL);
  p->live = ek_live_open(a, kinds[table->kind], refused, p, e);
  if (p->live && (p->ticker = ek_pool_start(1, tick, p, e)))
    return p;
  if (p->live)
    ek_put_close(p, &none, &ignored);
  else
    free(p);
  return NULL;
}

ek_sink_target *
ek_put_sink(ek_put *p)
{
  return &p->target;
}

const volatile int *
ek_put_stop(const ek_put *p)
{
  return &p->stop;
}

int
ek_put_close(ek_put *p, ek_put_counts *counts, ek_error *e)
{
  uint64_t sent, calls;
  int failed;
  p->over = 1;
  if (p->ticker)
    ek_pool_join(p->ticker);
  failed = p->failed;
  if (ek_live_close(p->live, &sent, &calls, e) < 0)
    failed = 1;
  else if (failed)
    *e = p->error;
  p->counts.sent = sent;
  p->counts.calls = calls;
  *counts = p->counts;
  for (unsigned i = 0; i < HELD; i++)
    let_go(&p->held[i]);
  pthread_mutex_destroy(&p->lock);
  free(p);
  return failed ? -1 : 0;
}
