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

struct ek_cloud_recommender { const ek_settings *settings; ek_access access; ek_pz_runtime *runtime; };

static int
check(const char *campaign, ek_error *e)
{
  if (campaign && strchr(campaign, '/') && strncmp(campaign, "arn:", 4) != 0) {
    char shown[160];
    ek_fail(e, EK_EXIT_REFUSED, "not_with_personalize", "'%s' is a solution version; what answers is a campaign",
            ek_show(ek_cstr(campaign), shown, sizeof shown));
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

ek_cloud_recommender *
ek_cloud_recommender_open(const ek_settings *s, const char *campaign, const char *filter, ek_error *e)
{
  static const ek_stage_watch watch = { .stop = &ek_signal_stop };
  ek_cloud_recommender *r = ek_mem_zero(1, sizeof *r);
  ek_text name = { 0 };
  r->settings = s;
  campaign_name(s, &name);
  if (check(campaign, e) == 0 && ek_access_open(&r->access, s, NULL, e) == 0)
    r->runtime = ek_pz_runtime_open(&r->access.account, campaign ? campaign : ek_text_c(&name), filter, &watch, e);
  ek_text_free(&name);
  if (r->runtime)
    return r;
  ek_cloud_recommender_close(r);
  return NULL;
}

void
ek_cloud_recommender_close(ek_cloud_recommender *r)
{
  if (!r)
    return;
  ek_pz_runtime_close(r->runtime);
  ek_access_close(&r->access);
  free(r);
}

const ek_settings *
ek_cloud_recommender_settings(const ek_cloud_recommender *r)
{
  return r->settings;
}

int
ek_cloud_recommender_bare(ek_cloud_recommender *r, const char *user, const char *item, unsigned num, ek_answer *out,
                          ek_error *e)
{
  ek_pz_hit *hits = NULL;
  size_t n = 0;
  *out = (ek_answer){ .known = 1 };
  if (ek_pz_runtime_ask(r->runtime, user, item, num, &hits, &n, e) < 0)
    return -1;
  out->list = ek_mem_zero(n + 1, sizeof *out->list);
  for (size_t i = 0; i < n; i++)
    out->list[out->n++] = (ek_recommendation){ .item = ek_mem_strdup(hits[i].item), .score = hits[i].score };
  ek_pz_hits_free(hits, n);
  return 0;
}

int
ek_cloud_recommender_ask(ek_cloud_recommender *r, const char *user, const char *item, unsigned num, ek_answer *out,
                         ek_error *e)
{
  if (ek_cloud_recommender_bare(r, user, item, num, out, e) < 0)
    return -1;
  add_categories(r->settings, out);
  for (size_t i = 0; i < out->n; i++)
    if (!out->list[i].categories)
      out->list[i].categories = ek_mem_strdup("");
  return 0;
}
