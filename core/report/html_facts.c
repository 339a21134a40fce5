/* SPDX-License-Identifier: BSD-3-Clause */
/* What the data are like: what is missing, repeated, new, and when things happened. */
#include <stdio.h>
#include "report/calendar.h"
#include "report/html.h"
#include "report/sums.h"

static const char *const set_names[EK_RECORD_KINDS] = { "Items", "Interactions", "Users" };

/* ---- rates ---- */

static void
add_rate(ek_text *out, const char *name, double rate, const char *meaning)
{
  ek_text_printf(out, "<tr><th scope='row'>%s<span>%s</span></th><td class='field'>", name, meaning);
  ek_html_bar(out, rate, "even");
  ek_text_cstr(out, "</td><td class='n'>");
  ek_html_share(out, rate);
  ek_text_cstr(out, "</td></tr>\n");
}

static void
add_rates(ek_text *out, const ek_data_facts *f)
{
  ek_text_cstr(out, "<table class='rates'><caption>Rates</caption><thead class='vh'><tr><th scope='col'>Rate</th><th "
               "scope='col'>Bar</th><th scope='col'>Share</th></tr></thead><tbody>\n");
  add_rate(out, "Duplicates", f->duplicate_rate, "same user, item and time as another interaction");
  add_rate(out, "Repeats", f->repeat_rate, "a user comes back to an item");
  add_rate(out, "Cold items", f->cold_item_rate, "of the catalogue, without any interaction");
  add_rate(out, "Unknown items", f->unknown_item_rate, "interactions with items that the catalogue lacks");
  add_rate(out, "New items, lately", f->new_item_rate_late, "of the newest tenth: item never seen before");
  add_rate(out, "New users, lately", f->new_user_rate_late, "of the newest tenth: user never seen before");
  ek_text_cstr(out, "</tbody></table>\n");
}

/* ---- months ---- */

/* The first month of those that hold the newest tenth, whole months only. */
static unsigned
late_from(const ek_data_facts *f)
{
  uint64_t sum = 0;
  unsigned i = f->n_months;
  while (i > 0 && sum + f->by_month[i - 1] <= f->interactions / 10)
    sum += f->by_month[--i];
  return i;
}

static void
add_month_bars(const ek_plot *p, const ek_data_facts *f, int64_t first)
{
  char name[EK_MONTH_SIZE];
  double width = 100.0 / f->n_months;
  unsigned late = late_from(f);
  for (unsigned i = 0; i < f->n_months; i++) {
    if (!f->by_month[i])
      continue;
    double top = ek_plot_y(p, (double)f->by_month[i]);
    ek_text_printf(p->out, "<rect class='month%s' x='%.3f%%' width='%.3f%%' y='%.1f' height='%.1f'><title>%s: ",
                   i >= late ? " late" : "", width * i + width * 0.1, width * 0.8, top, p->height - top,
                   ek_month_name(first + i, name));
    ek_text_thousands(p->out, f->by_month[i]);
    ek_text_cstr(p->out, "</title></rect>\n");
  }
}

/* Years where there are many months, else every few months. */
static void
add_month_names(const ek_plot *p, const ek_data_facts *f, int64_t first)
{
  char name[EK_MONTH_SIZE];
  unsigned every = f->n_months > 8 ? f->n_months > 72 ? 36 : f->n_months > 24 ? 12 : 6 : 1;
  for (unsigned i = 0; i < f->n_months; i++) {
    if (every > 1 && (first + i) % every)
      continue;
    ek_month_name(first + i, name);
    if (every >= 12)
      name[4] = '\0';
    ek_text_printf(p->out, "<text class='tick' x='%.2f%%' y='%u' text-anchor='middle'>%s</text>\n",
                   100.0 * (i + 0.5) / f->n_months, p->height + 18, name);
  }
}

static void
add_months(ek_text *out, const ek_data_facts *f)
{
  uint64_t most = 1;
  char from[EK_MONTH_SIZE], to[EK_MONTH_SIZE];
  int64_t first = ek_month_of(f->last) - (int64_t)f->n_months + 1;
  for (unsigned i = 0; i < f->n_months; i++)
    most = f->by_month[i] > most ? f->by_month[i] : most;
  ek_plot p = { .out = out, .id = "months", .title = "Interactions by month", .x = { .low = 1, .high = 1 },
                .y = { .low = 0, .high = (double)most * 1.05 }, .height = 180, .x_name = "Month (UTC)",
                .y_name = "Interactions" };
  ek_text_cstr(out, "<h3>When</h3>\n<p>From ");
  ek_text_printf(out, "%s to %s.", ek_day_name(f->first, from), ek_day_name(f->last, to));
  if (ek_month_of(f->first) < first)
    ek_text_printf(out, " The chart shows the newest %u months.", f->n_months);
  ek_text_cstr(out, " A model learns from the past and is asked about the newest: the more of the newest "
                    "interactions go to new items or come from new users, the less it can know. Darker: the months "
                    "of the newest tenth.</p>\n");
  ek_plot_begin(&p, "One bar a month. The table of rates says how much of the newest tenth is new.");
  add_month_bars(&p, f, first);
  add_month_names(&p, f, first);
  ek_plot_end(&p);
}

/* ---- fields ---- */

static void
add_field(ek_text *out, const ek_report_set *set, const char *of, size_t slot)
{
  uint64_t found = 0, in = set->stats->in;
  unsigned said = 0;
  for (size_t p = 0; p < ek_projection_paths(set->projection, slot); p++)
    found += set->stats->picked[slot][p];
  found = found < in ? found : in;
  ek_text_printf(out, "<tr><td>%s</td><th scope='row'>", of);
  ek_html_data(out, ek_projection_name(set->projection, slot));
  ek_text_cstr(out, "</th><td class='n'>");
  ek_text_thousands(out, in - found);
  ek_text_cstr(out, "</td><td class='n'>");
  ek_html_share(out, in ? (double)(in - found) / (double)in : 0);
  ek_text_cstr(out, "</td><td>");
  for (size_t p = 0; p < ek_projection_paths(set->projection, slot); p++) {
    if (!set->stats->picked[slot][p])
      continue;
    ek_text_cstr(out, said++ ? ", <code>" : "<code>");
    ek_html_data(out, ek_projection_path(set->projection, slot, p));
    ek_text_cstr(out, "</code> ");
    ek_text_thousands(out, set->stats->picked[slot][p]);
  }
  ek_text_cstr(out, said ? "</td></tr>\n" : "nowhere</td></tr>\n");
}

static void
add_fields(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "Data set", "Field", "#Missing", "#Share", "Found in", NULL };
  ek_html_table(out, "long", "Missing, by field, and where values were found", heads);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    for (size_t slot = 0; r->sets[k].present && slot < ek_projection_slots(r->sets[k].projection); slot++)
      add_field(out, &r->sets[k], set_names[k], slot);
  ek_html_table_end(out);
}

/* Values that stood there but could not be read as what their column is. */
static void
add_lost(ek_text *out, const ek_report *r)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    const ek_report_set *set = &r->sets[k];
    if (!set->present)
      continue;
    for (size_t i = 0; i < set->table->n && i < sizeof set->stats->nulled / sizeof *set->stats->nulled; i++) {
      if (!set->stats->nulled[i])
        continue;
      ek_text_printf(out, "<p>%s: ", set_names[k]);
      ek_html_count(out, set->stats->nulled[i], "value", "values");
      ek_text_cstr(out, " of <code>");
      ek_html_data(out, set->table->columns[i].name);
      ek_text_cstr(out, "</code> could not be read and are null.</p>\n");
    }
    if (set->stats->repaired) {
      ek_text_printf(out, "<p>%s: ", set_names[k]);
      ek_html_count(out, set->stats->repaired, "invalid UTF-8 sequence was", "invalid UTF-8 sequences were");
      ek_text_cstr(out, " replaced.</p>\n");
    }
  }
}

void
ek_html_facts(ek_text *out, const ek_report *r)
{
  const ek_data_facts *f = r->train && !ek_report_in_cloud(r) ? &r->train->facts : NULL;
  if (!f && !ek_report_any_set(r))
    return;
  ek_html_section(out, "data", "The data");
  if (f) {
    ek_text_cstr(out, "<p>");
    ek_html_count(out, f->interactions, "interaction", "interactions");
    ek_text_cstr(out, " of ");
    ek_html_count(out, f->users, "user", "users");
    ek_text_cstr(out, " with ");
    ek_html_count(out, f->items, "item", "items");
    ek_text_cstr(out, ", of which the catalogue has ");
    ek_text_thousands(out, f->items_in_catalogue);
    ek_text_cstr(out, ".</p>\n");
    add_rates(out, f);
    if (f->n_months)
      add_months(out, f);
  }
  if (ek_report_any_set(r)) {
    add_fields(out, r);
    add_lost(out, r);
  }
  ek_text_cstr(out, "</section>\n");
}
