/* SPDX-License-Identifier: BSD-3-Clause */
/* What a campaign of the account answers; the categories are those of items.csv in the output folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"
#include "stage/local/csv_read.h"
#include "stage/personalize/account.h"

/* ---- categories ------------------------------------------------------------------------ */

static int
by_item(const void *a, const void *b)
{
  const ek_recommendation *const *x = a, *const *y = b;
  return strcmp((*x)->item, (*y)->item);
}

static ek_recommendation *
find(ek_recommendation **sorted, size_t n, ek_str id)
{
  size_t low = 0, high = n;
  while (low < high) {
    size_t mid = low + (high - low) / 2, len = strlen(sorted[mid]->item);
    int c = memcmp(sorted[mid]->item, id.ptr, len < id.len ? len : id.len);
    if (c == 0)
      c = len < id.len ? -1 : len > id.len;
    if (c == 0)
      return sorted[mid];
    if (c < 0)
      low = mid + 1;
    else
      high = mid;
  }
  return NULL;
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
read_categories(ek_csv_file *f, const char *label_column, ek_recommendation **sorted, size_t n_sorted, ek_error *e)
{
  const ek_csv_field *cells;
  size_t n, id, label;
  if (ek_csv_file_row(f, &cells, &n, e) != 1)
    return;
  id = column_of(cells, n, "ITEM_ID");
  label = column_of(cells, n, label_column);
  if (id == n || label == n)
    return;
  ek_csv_file_expect(f, n);
  while (ek_csv_file_row(f, &cells, &n, e) == 1) {
    ek_recommendation *r = id < n && label < n ? find(sorted, n_sorted, cells[id].text) : NULL;
    if (r && !r->categories)
      r->categories = ek_mem_strndup(cells[label].text.ptr, cells[label].text.len);
  }
}

/* A folder without items.csv, or with one that cannot be read, leaves them empty. */
static void
add_categories(const ek_settings *s, ek_answer *a)
{
  ek_text path = { 0 };
  ek_error e = { 0 };
  ek_recommendation **sorted = ek_mem_zero(a->n + 1, sizeof *sorted);
  ek_text_printf(&path, "%s/items.csv", s->output.dir);
  ek_csv_file *f = ek_csv_file_open(ek_text_c(&path), &e);
  for (size_t i = 0; i < a->n; i++)
    sorted[i] = &a->list[i];
  qsort(sorted, a->n, sizeof *sorted, by_item);
  if (f)
    read_categories(f, s->output.label_column, sorted, a->n, &e);
  if (e.status)
    ek_debug("no categories: %s", e.message);
  ek_csv_file_close(f);
  ek_text_free(&path);
  free(sorted);
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
check(const ek_question *q, int batch, const char *campaign, ek_error *e)
{
  if (batch) {
    ek_fail(e, EK_EXIT_REFUSED, "not_with_personalize", "--batch is the local engine's");
    return ek_help(e, "ask a campaign for one user at a time, or use Amazon Personalize's batch inference jobs");
  }
  if (q->new_only) {
    ek_fail(e, EK_EXIT_REFUSED, "not_with_personalize", "--filter new is the local engine's");
    return ek_help(e, "a filter of Amazon Personalize is made in the account");
  }
  if (q->n_items > 1) {
    ek_fail(e, EK_EXIT_REFUSED, "not_with_personalize", "a campaign is asked with one item, not with %zu", q->n_items);
    return ek_help(e, "write --items ITEM, with a campaign of a recipe for related items; or --user ID");
  }
  if (campaign && strchr(campaign, '/') && strncmp(campaign, "arn:", 4) != 0) {
    ek_fail(e, EK_EXIT_REFUSED, "not_with_personalize", "'%s' is a solution version; what answers is a campaign", campaign);
    return ek_help(e, "write --campaign NAME or its ARN; 'enrichkit deploy' makes one");
  }
  return 0;
}

/* As the settings name it: the canary is the newer one. */
static void
campaign_name(const ek_settings *s, ek_text *out)
{
  ek_text_printf(out, "%s%s", s->deploy.campaign ? s->deploy.campaign : s->name, s->deploy.canary ? "-canary" : "");
}

int
ek_recommend_cloud(const ek_settings *s, const char *campaign, const ek_question *q, int batch, ek_answer *out, ek_error *e)
{
  ek_access access = { 0 };
  ek_text name = { 0 };
  ek_pz_hit *hits = NULL;
  size_t n = 0;
  *out = (ek_answer){ .known = 1 };
  campaign_name(s, &name);
  int r = check(q, batch, campaign, e);
  if (r == 0)
    r = ek_access_open(&access, s, NULL, e);
  if (r == 0)
    r = ek_pz_recommend(&access.account, campaign ? campaign : ek_text_c(&name), q->user, q->n_items ? q->items[0] : NULL,
                        q->num, &hits, &n, e);
  if (r == 0) {
    out->list = ek_mem_zero(n + 1, sizeof *out->list);
    for (size_t i = 0; i < n; i++)
      out->list[out->n++] = (ek_recommendation){ .item = ek_mem_strdup(hits[i].item), .score = hits[i].score };
    add_categories(s, out);
    for (size_t i = 0; i < n; i++)
      if (!out->list[i].categories)
        out->list[i].categories = ek_mem_strdup("");
  }
  ek_pz_hits_free(hits, n);
  ek_access_close(&access);
  ek_text_free(&name);
  return r;
}
