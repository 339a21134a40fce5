/* SPDX-License-Identifier: BSD-3-Clause */
/* What a step's units cost: the configuration's prices, else what the plugin publishes, in
 * the currency of the step's budget.                                        */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "plugin/internal.h"

/* "0.001" out of 1e-9ths, without zeros at its end. */
static const char *
show_amount(int64_t nano, char *buf, size_t size)
{
  int n = snprintf(buf, size, "%lld.%09lld", (long long)(nano / 1000000000), (long long)(nano % 1000000000));
  while (n > 0 && buf[n - 1] == '0')
    buf[--n] = 0;
  if (n > 0 && buf[n - 1] == '.')
    buf[n - 1] = 0;
  return buf;
}

const char *
ek_instance_meter(const ek_instance *in, size_t i)
{
  const char *const *meters = in->plugin->enricher->meters;
  return meters && meters[0] ? meters[i] : "call";
}

static size_t
count_meters(const ek_enricher *en)
{
  size_t n = 0;
  while (en->meters && en->meters[n])
    n++;
  return n ? n : 1;
}

/* Every price of the configuration must be of a unit that there is. */
static int
check_units(const ek_instance *in, ek_findings *f)
{
  const ek_step_settings *st = in->settings;
  const char *names[EK_MOST_METERS + 1] = { NULL };
  char shown[400], known[700];
  size_t at = 0, bad = 0;
  for (size_t i = 0; i < in->n_meters; i++) {
    names[i] = ek_instance_meter(in, i);
    int n = snprintf(known + at, sizeof known - at, "%s%.80s", i ? ", " : "", names[i]);
    at += n > 0 && (size_t)n < sizeof known - at ? (size_t)n : 0;
  }
  for (size_t p = 0; p < st->n_prices; p++) {
    size_t i = 0;
    while (i < in->n_meters && strcmp(names[i], st->prices[p].meter) != 0)
      i++;
    if (i < in->n_meters)
      continue;
    const char *near = ek_did_you_mean(st->prices[p].meter, names);
    char help[900];
    snprintf(help, sizeof help, near ? "did you mean '%s'? Its units: %s" : "%.0sits units: %s", near ? near : "",
             known);
    ek_findings_error(f, &st->prices[p].place, "unknown_unit", help, "step '%s': '%s' is no unit of plugin '%s'",
                      in->step, ek_show(ek_cstr(st->prices[p].meter), shown, sizeof shown), in->plugin->enricher->id);
    bad++;
  }
  return bad ? -1 : 0;
}

/* The price of unit i, and where it comes from: 1 configured, 2 published, 0 none. */
static int
price_of(const ek_instance *in, size_t i, ek_money *out, ek_place *place)
{
  const ek_step_settings *st = in->settings;
  const ek_enricher *en = in->plugin->enricher;
  for (size_t p = 0; p < st->n_prices; p++)
    if (strcmp(st->prices[p].meter, ek_instance_meter(in, i)) == 0) {
      *out = st->prices[p].money;
      *place = st->prices[p].place;
      return 1;
    }
  *place = st->place;
  return en->meter_prices && en->meter_prices[i] && ek_value_money(en->meter_prices[i], out) ? 2 : 0;
}

/* Message 7 of configuration.md: money is asked for, never guessed. */
static int
no_budget(const ek_instance *in, int priced, const ek_money *first, ek_findings *f)
{
  static const char help[] = "add 'budget: 20 USD', or 'budget: none' to pay without limit. 'enrichkit plan' tells how "
                             "much it would be";
  const char *unit = ek_instance_meter(in, 0);
  char amount[48], how[200] = "";
  /* One picture is one call. */
  int call = strcmp(unit, "call") == 0 || strcmp(unit, "image") == 0;
  if (priced)
    snprintf(how, sizeof how, " (%s %s %s%.80s)", show_amount(first->nano, amount, sizeof amount), first->currency,
             call ? "a call" : "per ", call ? "" : unit);
  return ek_findings_error(f, &in->settings->place, "no_budget", help, "step '%s' costs money%s and has no budget",
                           in->step, how);
}

static int
one_currency(ek_instance *in, size_t i, int source, const ek_money *price, const ek_place *place, ek_findings *f)
{
  char amount[48];
  if (!in->currency[0])
    memcpy(in->currency, price->currency, sizeof in->currency);
  if (strcmp(in->currency, price->currency) == 0)
    return 0;
  show_amount(price->nano, amount, sizeof amount);
  return ek_findings_error(f, place, "currency", "write all prices of a step in the currency of its budget",
                           "step '%s': the %sprice of '%.80s' is %s %s, and the step %s in %s", in->step,
                           source == 2 ? "published " : "", ek_instance_meter(in, i), amount, price->currency,
                           in->settings->budget.kind == EK_BUDGET_MONEY ? "has its budget" : "has other prices",
                           in->currency);
}

int
ek_instance_price(ek_instance *in, ek_findings *f)
{
  const ek_step_settings *st = in->settings;
  size_t errors = f->errors;
  int foreign = 0;
  in->n_meters = count_meters(in->plugin->enricher);
  int64_t *prices = ek_mem_zero(in->n_meters, sizeof *prices);
  in->prices = prices;
  in->paid = (in->plugin->enricher->flags & EK_ENR_COSTS_MONEY) || st->n_prices > 0;
  if (check_units(in, f) < 0)
    return -1;
  if (!in->paid)
    return 0;
  if (st->budget.kind == EK_BUDGET_MONEY)
    memcpy(in->currency, st->budget.money.currency, sizeof in->currency);
  for (size_t i = 0; i < in->n_meters; i++) {
    ek_money price;
    ek_place place;
    int source = price_of(in, i, &price, &place);
    if (i == 0 && st->budget.kind == EK_BUDGET_UNSET)
      return no_budget(in, source, &price, f);
    if (source) {
      prices[i] = price.nano;
      /* Once: what is wrong with one price is wrong with all that the plugin publishes. */
      if (!foreign)
        foreign = one_currency(in, i, source, &price, &place, f) < 0;
    } else if (st->budget.kind == EK_BUDGET_MONEY)
      ek_findings_error(f, &st->budget.place, "no_price", "add it under 'prices:', or write 'budget: none'",
                        "step '%s' has a budget, and its unit '%.80s' has no price", in->step,
                        ek_instance_meter(in, i));
  }
  return f->errors > errors ? -1 : 0;
}
