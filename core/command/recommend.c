/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit recommend: what a campaign or a model of the store answers.      */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number.h"
#include "command/internal.h"
#include "stage/local/recommend.h"

enum { REC_USER, REC_ITEMS, REC_NUM, REC_FILTER, REC_BATCH, REC_CAMPAIGN, REC_OUT, REC_ENGINE };

typedef struct asking {
  const char *user, *batch, *campaign, *out;
  char **items; size_t n_items, cap_items;
  int64_t num;
  int new_only;
  int engine;                      /* -1: the configuration's                   */
} asking;

/* ---- arguments -------------------------------------------------------------------- */

static void
add_items(asking *a, const char *list)
{
  while (*list) {
    size_t len = strcspn(list, ",");
    if (len) {
      a->items = ek_mem_grow(a->items, &a->cap_items, a->n_items + 1, sizeof *a->items);
      a->items[a->n_items++] = ek_mem_strndup(list, len);
    }
    list += len + (list[len] == ',');
  }
}

static int
take_flag(const ek_command *cmd, int flag, const char *value, asking *a)
{
  char shown[128];
  switch (flag) {
  case REC_USER: a->user = value; break;
  case REC_ITEMS: add_items(a, value); break;
  case REC_NUM:
    if (!ek_number_int(ek_cstr(value), &a->num) || a->num < 1 || a->num > EK_RECOMMEND_MAX)
      return ek_usage(cmd, NULL, "--num is a whole number from 1 to %d, not '%s'", EK_RECOMMEND_MAX,
                      ek_show(ek_cstr(value), shown, sizeof shown)), -1;
    break;
  case REC_FILTER:
    if (strcmp(value, "new") != 0)
      return ek_usage(cmd, "write --filter new", "--filter knows 'new', not '%s'",
                      ek_show(ek_cstr(value), shown, sizeof shown)), -1;
    a->new_only = 1;
    break;
  case REC_BATCH: a->batch = value; break;
  case REC_CAMPAIGN: a->campaign = value; break;
  case REC_OUT: a->out = value; break;
  default: return (a->engine = ek_engine_option(cmd, value)) < 0 ? -1 : 0;
  }
  return 0;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, asking *a)
{
  ek_args args = { .argc = argc, .argv = argv };
  const char *value;
  char shown[128];
  int flag;
  while ((flag = ek_args_next(&args, cmd, &value)) != -2) {
    if (flag == -3)
      return -1;
    if (flag == -1)
      return ek_usage(cmd, "name a user with --user, or items with --items", "recommend takes no argument '%s'",
                      ek_show(ek_cstr(value), shown, sizeof shown)), -1;
    if (take_flag(cmd, flag, value, a) < 0)
      return -1;
  }
  if (a->batch && (a->user || a->n_items))
    return ek_usage(cmd, "put them into the file", "--batch FILE names the users and items"), -1;
  if (a->user && a->n_items)
    return ek_usage(cmd, "ask twice", "for a user, or for who uses items: --user and --items do not go together"), -1;
  if (!a->batch && !a->user && !a->n_items)
    return ek_usage(cmd, "name a user with --user, items with --items, or a file of them with --batch",
                    "recommend to whom?"), -1;
  return 0;
}

/* ---- answers ------------------------------------------------------------------------ */

static void
print_answer(const ek_cli *cli, const asking *a, const ek_answer *answer)
{
  ek_text t = { 0 };
  if (cli->json) {
    ek_text input = { 0 };
    ek_text_cstr(&input, a->user ? "{\"userId\": " : "{\"itemIds\": [");
    if (a->user)
      ek_text_json(&input, ek_cstr(a->user));
    for (size_t i = 0; i < a->n_items; i++) {
      ek_text_cstr(&input, i ? ", " : "");
      ek_text_json(&input, ek_cstr(a->items[i]));
    }
    ek_text_cstr(&input, a->user ? "}" : "]}");
    ek_answer_json(answer, (ek_str){ input.data, input.len }, &t);
    ek_text_free(&input);
  } else
    for (size_t i = 0; i < answer->n; i++) {
      const ek_recommendation *r = &answer->list[i];
      if (r->score >= 0)
        ek_text_printf(&t, "%s\t%.6g\t%s\n", r->item, r->score, r->categories ? r->categories : "");
      else                           /* some recipes give none                  */
        ek_text_printf(&t, "%s\t-\t%s\n", r->item, r->categories ? r->categories : "");
    }
  ek_print(&t);
  ek_text_free(&t);
}

static int
ask(const ek_cli *cli, const asking *a, ek_recommender *r, ek_error *e)
{
  const ek_question q = { .user = a->user, .items = (const char *const *)a->items, .n_items = a->n_items,
                          .num = (unsigned)a->num, .new_only = a->new_only };
  ek_answer answer = { 0 };
  char shown[128];
  if (ek_recommender_ask(r, &q, &answer, e) < 0)
    return -1;
  if (a->user && !answer.known && !answer.unknown)
    ek_warn("unknown_user", "user '%s' has no history: these are the popular items",
            ek_show(ek_cstr(a->user), shown, sizeof shown));
  else if (answer.unknown)
    ek_warn("unknown_items", "%zu of the %zu items asked with are not in the model", answer.unknown,
            answer.known + answer.unknown);
  print_answer(cli, a, &answer);
  ek_answer_clear(&answer);
  return 0;
}

static int
ask_account(const ek_cli *cli, const asking *a, const ek_settings *s, ek_error *e)
{
  const ek_question q = { .user = a->user, .items = (const char *const *)a->items, .n_items = a->n_items,
                          .num = (unsigned)a->num, .new_only = a->new_only };
  ek_answer answer;
  if (ek_recommend_cloud(s, a->campaign, &q, a->batch != NULL, &answer, e) < 0)
    return -1;
  print_answer(cli, a, &answer);
  ek_answer_clear(&answer);
  return 0;
}

static int
write_line(void *arg, const char *line, size_t len, ek_error *e)
{
  const ek_text t = { .data = (char *)line, .len = len };
  (void)arg;
  ek_print(&t);
  return ek_signal_stop ? ek_fail(e, EK_EXIT_STOPPED, "interrupted", "interrupted") : 0;
}

static int
ask_all(const asking *a, ek_recommender *r, ek_error *e)
{
  uint64_t answered = 0, failed = 0;
  int piped = strcmp(a->batch, "-") == 0;
  EK_FCLOSE FILE *opened = piped ? NULL : fopen(a->batch, "rbe");
  if (!piped && !opened)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "io", a->batch, "open it");
  if (ek_recommender_batch(r, piped ? stdin : opened, piped ? "standard input" : a->batch, (unsigned)a->num,
                           a->new_only, write_line,
                           NULL, &answered, &failed, e) < 0)
    return -1;
  if (failed)
    ek_warn("unanswered", "%llu of %llu lines have no answer: see their \"error\"", (unsigned long long)failed,
            (unsigned long long)(answered + failed));
  return 0;
}

static int
recommend(const ek_cli *cli, const asking *a, const ek_settings *s, ek_error *e)
{
  if (a->engine < 0 ? ek_in_cloud(s) : a->engine == EK_ENGINE_PERSONALIZE)
    return ask_account(cli, a, s, e);
  /* "shop-metadata/2" is a version; a campaign has no slash in its name.     */
  int version = a->campaign && strchr(a->campaign, '/');
  ek_recommender *r = ek_recommender_open(s->import.store, s->import.dataset_group, version ? NULL : a->campaign,
                                          version ? a->campaign : NULL, e);
  if (!r)
    return -1;
  int failed = a->batch ? ask_all(a, r, e) : ask(cli, a, r, e);
  ek_recommender_close(r);
  return failed;
}

int
ek_cmd_recommend(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  asking a = { .num = 25, .engine = -1 };
  ek_loaded l;
  ek_error e = { 0 };
  int status = EK_EXIT_REFUSED;
  if (read_args(cmd, argc, argv, &a) == 0 && (status = ek_cli_load(cli, &l)) == 0) {
    if (a.out)
      ek_settings_set_out(l.settings, a.out);
    if (recommend(cli, &a, l.settings, &e) < 0) {
      status = ek_signal_stop ? 128 + ek_signal_stop : e.status;
      ek_log_error(&e);
    }
    ek_loaded_free(&l);
  }
  for (size_t i = 0; i < a.n_items; i++)
    free(a.items[i]);
  free(a.items);
  return status;
}
