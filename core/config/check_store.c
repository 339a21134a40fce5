/* SPDX-License-Identifier: BSD-3-Clause */
/* Single values: read, held against what the row of their key allows, stored.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/check.h"
#include "config/value.h"

static void
show_limit(const ek_key *k, double v, ek_text *t)
{
  if (k->type == EK_KEY_DURATION) {
    if (v >= 86400e9)
      ek_text_printf(t, "%.0fd", v / 86400e9);
    else
      ek_text_printf(t, "%.0fms", v / 1e6);
  } else
    ek_text_printf(t, "%.10g", v);
}

static int
in_range(ek_check *c, const ek_key *k, const ek_node *n, double v)
{
  double min = k->min, max = k->max;
  ek_text t = { 0 };
  if (max <= min)
    max = k->type == EK_KEY_INT ? 4294967295.0 : 9e18;
  if (v >= min && v <= max)
    return 1;
  ek_text_cstr(&t, "it goes from ");
  show_limit(k, min, &t);
  ek_text_cstr(&t, " to ");
  show_limit(k, max, &t);
  ek_check_wrong(c, n, NULL, ek_text_c(&t));
  ek_text_free(&t);
  return 0;
}

static void
store_enum(ek_check *c, const ek_key *k, const ek_node *n, int *out)
{
  const char *names[16] = { 0 };
  char copy[16][48];
  ek_text t = { 0 };
  for (unsigned i = 0; i < 15; i++) {
    ek_str choice = ek_keys_choice(k->choices, i);
    if (!choice.len)
      break;
    if (ek_str_eqc(choice, n->text)) {
      *out = (int)i;
      ek_text_free(&t);
      return;
    }
    snprintf(copy[i], sizeof copy[i], "%.*s", (int)choice.len, choice.ptr);
    names[i] = copy[i];
    ek_text_printf(&t, "%s%s", i ? ", " : "it is one of ", copy[i]);
  }
  const char *near = ek_did_you_mean(n->text, names);
  char help[64];
  if (near)
    snprintf(help, sizeof help, "did you mean '%s'?", near);
  ek_check_wrong(c, n, near ? help : NULL, ek_text_c(&t));
  ek_text_free(&t);
}

static void
store_bool(ek_check *c, const ek_node *n, int *out)
{
  static const char *const yes[] = { "yes", "on", "True", "TRUE", "1", "y", NULL };
  static const char *const no[] = { "no", "off", "False", "FALSE", "0", "n", NULL };
  if (ek_value_bool(n->text, out))
    return;
  for (size_t i = 0; yes[i]; i++)
    if (strcmp(yes[i], n->text) == 0 || strcmp(no[i], n->text) == 0) {
      ek_check_wrong(c, n, strcmp(yes[i], n->text) == 0 ? "write true" : "write false", "it is true or false");
      return;
    }
  ek_check_wrong(c, n, NULL, "it is true or false");
}

static void
store_int(ek_check *c, const ek_key *k, const ek_node *n, unsigned *out)
{
  int64_t v;
  if (!ek_value_int(n->text, &v))
    ek_check_wrong(c, n, NULL, "it is a whole number, written in digits");
  else if (in_range(c, k, n, (double)v))
    *out = (unsigned)v;
}

static void
store_float(ek_check *c, const ek_key *k, const ek_node *n, double *out)
{
  double v;
  char help[64];
  if (k->type == EK_KEY_SHARE) {
    if (ek_value_share(n->text, out))
      return;
    if (ek_value_float(n->text, &v) && v >= 0 && v <= 1)
      snprintf(help, sizeof help, "write %.10g%%", v * 100);
    else
      help[0] = 0;
    ek_check_wrong(c, n, help[0] ? help : NULL, "it is a share, from 0% to 100%");
  } else if (!ek_value_float(n->text, &v))
    ek_check_wrong(c, n, NULL, "it is a number");
  else if (in_range(c, k, n, v))
    *out = v;
}

static void
store_scaled(ek_check *c, const ek_key *k, const ek_node *n, int64_t *out)
{
  int64_t v, bare;
  char help[64];
  int duration = k->type == EK_KEY_DURATION;
  if (duration ? ek_value_duration(n->text, &v) : ek_value_size(n->text, &v)) {
    if (in_range(c, k, n, (double)v))
      *out = v;
    return;
  }
  int number = duration && ek_value_int(n->text, &bare) && bare >= 0;
  if (number)
    snprintf(help, sizeof help, "for seconds write %llds", (long long)bare);
  ek_check_wrong(c, n, number ? help : NULL,
                 duration ? "it is a time such as 250ms, 30s, 5m, 2h or 7d" : "it is a size such as 512, 64K, 15M or 10G");
}

static void
store_text(ek_check *c, const ek_key *k, const ek_node *n, char **out)
{
  char *text = NULL;
  if (k->type == EK_KEY_PATH)
    text = ek_check_path(c, n);
  else if (k->type == EK_KEY_NAME_OR_ARN && !ek_cloud_name_ok(n->text))
    ek_check_wrong(c, n, NULL, "it is a name of letters, digits, - and _, at most 40 of them, or an ARN");
  else if (k->type == EK_KEY_NAME && !ek_value_name(n->text))
    ek_check_wrong(c, n, NULL, "a name is made of letters, digits, - and _, at most 40 of them");
  else if (!*n->text)
    ek_check_wrong(c, n, NULL, "it cannot be empty");
  else
    text = ek_mem_strdup(n->text);
  if (text) {
    free(*out);
    *out = text;
  }
}

static void
store_rate(ek_check *c, const ek_node *n, double *out)
{
  if (!ek_value_rate(n->text, out))
    ek_check_wrong(c, n, NULL, "it is a rate such as 50/s or 100/m");
}

static int
fit_delimiter(const char *t)
{
  static const char fit[] = "\t!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
  return t[0] && !t[1] && strchr(fit, t[0]) != NULL;
}

static void
store_delimiter(ek_check *c, const ek_node *n, char *out)
{
  const char *t = n->text;
  if (strcmp(t, "auto") == 0)
    *out = 0;
  else if (strcmp(t, "tab") == 0)
    *out = '\t';
  else if (fit_delimiter(t))
    *out = t[0];
  else
    ek_check_wrong(c, n, "write \";\", \"|\" or \"\\t\"", "it is auto, or the one character between the fields of a CSV");
}

static void
store_version(ek_check *c, const ek_node *n, int *out)
{
  int64_t v;
  if (!ek_value_int(n->text, &v) || v < 1)
    ek_check_wrong(c, n, NULL, "it is the whole number 1");
  else if (v > 1)
    ek_check_error(c, &n->place, "newer_version", "use a newer enrichkit, or rewrite the file for version 1",
                   "the file has version %lld, and this enrichkit knows version 1", (long long)v);
  else
    *out = 1;
}

static void
store_rejects(ek_check *c, const ek_node *n)
{
  int64_t count;
  double share;
  if (ek_value_share(n->text, &share)) {
    c->s->run.max_reject_share = share;
    return;
  }
  if (ek_value_int(n->text, &count) && count >= 0) {
    c->s->run.max_reject_share = -1;
    c->s->run.max_reject_count = count;
    return;
  }
  char help[64] = "";
  if (ek_value_float(n->text, &share) && share > 0 && share < 1)
    snprintf(help, sizeof help, "write %.10g%%", share * 100);
  ek_check_wrong(c, n, *help ? help : NULL, "it is a share such as 50%, or a number of records");
}

int
ek_check_float(ek_check *c, const ek_key *k, const ek_node *n, double *out)
{
  size_t errors = c->f->errors;
  store_float(c, k, n, out);
  return c->f->errors == errors;
}

void
ek_check_store(ek_check *c, const ek_key *k, const ek_node *n, void *base)
{
  void *at = k->at ? (char *)base + k->at - 1 : NULL;
  switch (k->type) {
  case EK_KEY_TEXT: case EK_KEY_NAME: case EK_KEY_NAME_OR_ARN: case EK_KEY_PATH: case EK_KEY_FIELD: store_text(c, k, n, at); break;
  case EK_KEY_INT: store_int(c, k, n, at); break;
  case EK_KEY_BOOL: store_bool(c, n, at); break;
  case EK_KEY_ENUM: store_enum(c, k, n, at); break;
  case EK_KEY_FLOAT: case EK_KEY_SHARE: store_float(c, k, n, at); break;
  case EK_KEY_DURATION: case EK_KEY_SIZE: store_scaled(c, k, n, at); break;
  case EK_KEY_VERSION: store_version(c, n, at); break;
  case EK_KEY_DELIMITER: store_delimiter(c, n, at); break;
  case EK_KEY_REJECTS: store_rejects(c, n); break;
  case EK_KEY_RATE: store_rate(c, n, at); break;
  case EK_KEY_RATE_OR_NAME: ek_make_rate(c, n, at); break;
  case EK_KEY_MONEY_OR_NONE: ek_make_budget(c, n, at); break;
  case EK_KEY_PROXY: ek_make_proxy(c, n, at); break;
  case EK_KEY_URL: ek_make_url(c, n, at); break;
  case EK_KEY_WHEN: ek_make_when(c, n, base); break;
  case EK_KEY_SAME: ek_make_same(c, k, n); break;
  case EK_KEY_RECENCY: ek_make_recency(c, n); break;
  default: break;
  }
}
