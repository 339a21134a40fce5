/* SPDX-License-Identifier: BSD-3-Clause */
/* Events while they are read, and their order by user and time.
 *
 * The peak is in ek_events_finish: 12 bytes an event as read (user, item, distance in
 * time from the first event) plus 8 as ordered, less the chunks given back on the way. */
#include "stage/local/data.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "stage/local/facts.h"
#include "stage/local/numbering.h"

#define CHUNK ((size_t)1 << 16)            /* events                           */

typedef struct chunk { uint32_t user[CHUNK], item[CHUNK]; int32_t near[CHUNK]; int64_t *far; } chunk;

struct ek_events_builder {
  ek_numbering users, items;
  chunk **chunks; size_t n_chunks, cap_chunks;
  uint64_t n;
  int64_t base;                            /* time of the first event          */
  int wide;                                /* distances do not fit 32 bits: chunks hold `far` too */
  uint32_t *catalogue; size_t n_catalogue, cap_catalogue;       /* items of Items  */
  int64_t *created; size_t cap_created;    /* of these                         */
};

ek_events_builder *
ek_events_begin(void)
{
  return ek_mem_zero(1, sizeof(ek_events_builder));
}

static void
builder_free(ek_events_builder *b)
{
  for (size_t i = 0; i < b->n_chunks; i++)
    if (b->chunks[i]) {
      free(b->chunks[i]->far);
      free(b->chunks[i]);
    }
  free(b->chunks);
  free(b->catalogue);
  free(b->created);
  ek_numbering_free(&b->users);
  ek_numbering_free(&b->items);
  free(b);
}

static void
widen(ek_events_builder *b)
{
  b->wide = 1;
  for (size_t c = 0; c < b->n_chunks; c++) {
    b->chunks[c]->far = ek_mem_alloc(CHUNK * sizeof(int64_t));
    for (size_t i = 0; i < CHUNK; i++)
      b->chunks[c]->far[i] = b->base + b->chunks[c]->near[i];
  }
}

void
ek_events_add(ek_events_builder *b, ek_str user, ek_str item, int64_t time)
{
  size_t i = (size_t)(b->n % CHUNK);
  int64_t away = 0;
  if (b->n == 0)
    b->base = time;
  if (i == 0) {
    b->chunks = ek_mem_grow(b->chunks, &b->cap_chunks, b->n_chunks + 1, sizeof *b->chunks);
    b->chunks[b->n_chunks] = ek_mem_zero(1, sizeof **b->chunks);
    if (b->wide)
      b->chunks[b->n_chunks]->far = ek_mem_zero(CHUNK, sizeof(int64_t));
    b->n_chunks++;
  }
  if (!b->wide && (__builtin_sub_overflow(time, b->base, &away) || away != (int32_t)away))
    widen(b);
  chunk *c = b->chunks[b->n_chunks - 1];
  c->user[i] = ek_numbering_add(&b->users, user);
  c->item[i] = ek_numbering_add(&b->items, item);
  if (b->wide)
    c->far[i] = time;
  else
    c->near[i] = (int32_t)away;
  b->n++;
}

void
ek_events_add_item(ek_events_builder *b, ek_str item)
{
  ek_events_add_item_created(b, item, EK_NO_TIME);
}

void
ek_events_add_item_created(ek_events_builder *b, ek_str item, int64_t created)
{
  b->catalogue = ek_mem_grow(b->catalogue, &b->cap_catalogue, b->n_catalogue + 1, sizeof *b->catalogue);
  b->created = ek_mem_grow(b->created, &b->cap_created, b->n_catalogue + 1, sizeof *b->created);
  b->catalogue[b->n_catalogue] = ek_numbering_add(&b->items, item);
  b->created[b->n_catalogue++] = created;
}

/* ---- order by user, then time, then line ---------------------------------------- */

static void
count_starts(const ek_events_builder *b, const uint32_t *user_rank, ek_events *ev)
{
  ev->start = ek_mem_zero((size_t)ev->users.n + 1, sizeof *ev->start);
  for (uint64_t k = 0; k < b->n; k++)
    ev->start[user_rank[b->chunks[k / CHUNK]->user[k % CHUNK]] + 1]++;
  for (uint32_t u = 0; u < ev->users.n; u++)
    ev->start[u + 1] += ev->start[u];
}

/* A counting sort by user, in line order: each chunk is given back once it is read. */
static void
scatter(ek_events_builder *b, const uint32_t *user_rank, const uint32_t *item_rank, ek_events *ev, ek_times *times)
{
  uint64_t *next = ek_mem_alloc(((size_t)ev->users.n + 1) * sizeof *next);
  memcpy(next, ev->start, ((size_t)ev->users.n + 1) * sizeof *next);
  ev->item = ek_mem_alloc((size_t)b->n * sizeof *ev->item);
  times->base = b->base;
  if (b->wide)
    times->far = ek_mem_alloc((size_t)b->n * sizeof *times->far);
  else
    times->near = ek_mem_alloc((size_t)b->n * sizeof *times->near);
  for (size_t c = 0; c < b->n_chunks; c++) {
    chunk *from = b->chunks[c];
    size_t n = b->n - c * CHUNK < CHUNK ? (size_t)(b->n - c * CHUNK) : CHUNK;
    for (size_t i = 0; i < n; i++) {
      uint64_t at = next[user_rank[from->user[i]]]++;
      ev->item[at] = item_rank[from->item[i]];
      if (b->wide)
        times->far[at] = from->far[i];
      else
        times->near[at] = from->near[i];
    }
    free(from->far);
    free(from);
    b->chunks[c] = NULL;
  }
  free(next);
}

typedef struct timed { int64_t time; uint32_t item, line; } timed;

static int
compare_timed(const void *pa, const void *pb)
{
  const timed *a = pa, *b = pb;
  if (a->time != b->time)
    return a->time < b->time ? -1 : 1;
  return (a->line > b->line) - (a->line < b->line);        /* at most 2^32 a user: the limit of events */
}

static void
sort_user(ek_events *ev, ek_times *times, uint64_t from, uint64_t to, timed **work, size_t *cap)
{
  size_t n = (size_t)(to - from);
  *work = ek_mem_grow(*work, cap, n, sizeof **work);
  for (size_t i = 0; i < n; i++)
    (*work)[i] = (timed){ ek_time_at(times, from + i), ev->item[from + i], (uint32_t)i };
  qsort(*work, n, sizeof **work, compare_timed);
  for (size_t i = 0; i < n; i++) {
    ev->item[from + i] = (*work)[i].item;
    ek_time_set(times, from + i, (*work)[i].time);
  }
}

static void
sort_by_time(ek_events *ev, ek_times *times)
{
  timed *work = NULL;
  size_t cap = 0;
  for (uint32_t u = 0; u < ev->users.n; u++) {
    uint64_t k = ev->start[u] + 1;
    while (k < ev->start[u + 1] && ek_time_at(times, k - 1) <= ek_time_at(times, k))
      k++;
    if (k < ev->start[u + 1])
      sort_user(ev, times, ev->start[u], ev->start[u + 1], &work, &cap);
  }
  free(work);
}

/* ---- the end of reading --------------------------------------------------------- */

static void
note_catalogue(const ek_events_builder *b, const uint32_t *item_rank, ek_events *ev)
{
  ev->in_catalogue = ek_mem_zero((size_t)ev->items.n + 1, 1);
  ev->created = ek_mem_alloc(((size_t)ev->items.n + 1) * sizeof *ev->created);
  for (uint32_t i = 0; i < ev->items.n; i++)
    ev->created[i] = EK_NO_TIME;
  for (size_t i = 0; i < b->n_catalogue; i++) {
    ev->in_catalogue[item_rank[b->catalogue[i]]] = 1;
    ev->created[item_rank[b->catalogue[i]]] = b->created[i];
  }
}

static void
note_times(ek_events *ev, const ek_times *times)
{
  ev->first_seen = ek_mem_alloc(((size_t)ev->items.n + 1) * sizeof *ev->first_seen);
  ev->newest = INT64_MIN;
  for (uint32_t i = 0; i < ev->items.n; i++)
    ev->first_seen[i] = INT64_MAX;
  for (uint64_t k = 0; k < ev->n; k++) {
    int64_t t = ek_time_at(times, k);
    if (t < ev->first_seen[ev->item[k]])
      ev->first_seen[ev->item[k]] = t;
    if (t > ev->newest)
      ev->newest = t;
  }
}

static int
refuse(const ek_events_builder *b, ek_error *e)
{
  if (b->users.full || b->items.full || b->n > UINT32_MAX)
    return ek_fail(e, EK_EXIT_FAILED, "too_much_data", "more than 4,294,967,294 interactions, users or items: "
                   "local training stops there");
  if (b->n == 0) {
    ek_fail(e, EK_EXIT_FAILED, "no_interactions", "there are no interactions to train on");
    return ek_help(e, "import an Interactions data set; with train.event_type or event_value_threshold, "
                   "see whether any interaction has that type and value");
  }
  return 0;
}

ek_events *
ek_events_finish(ek_events_builder *b, ek_error *e)
{
  if (refuse(b, e) < 0) {
    builder_free(b);
    return NULL;
  }
  ek_events *ev = ek_mem_zero(1, sizeof *ev);
  ek_times times = { 0 };
  uint32_t *user_rank = ek_numbering_order(&b->users, &ev->users);
  uint32_t *item_rank = ek_numbering_order(&b->items, &ev->items);
  ev->n = b->n;
  note_catalogue(b, item_rank, ev);
  count_starts(b, user_rank, ev);
  scatter(b, user_rank, item_rank, ev, &times);
  free(user_rank);
  free(item_rank);
  builder_free(b);
  sort_by_time(ev, &times);
  note_times(ev, &times);
  ek_facts_fill(ev, &times);
  free(times.near);
  free(times.far);
  return ev;
}

void
ek_events_free(ek_events *ev)
{
  if (!ev)
    return;
  ek_ids_clear(&ev->items);
  ek_ids_clear(&ev->users);
  free(ev->item);
  free(ev->start);
  free(ev->first_seen);
  free(ev->created);
  free(ev->in_catalogue);
  free(ev);
}

int
ek_events_repeat(const ek_events *ev)
{
  return ev->facts.repeat_rate >= 0.01;
}
