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

typedef struct asking {
  const char *user, *batch, *campaign, *out, *filter;
  char **items; size_t n_items, cap_items;
  int64_t num;
  int new_only;
  int engine;                      /* -1: the configuration's                   */
} asking;

/* ---- arguments -------------------------------------------------------------------- */

static int
take_items(const ek_command *cmd, const ek_arg *row, const char *list)
{
  asking *a = row->to;
  (void)cmd;
  while (*list) {
    size_t len = strcspn(list, ",");
    if (len) {
      a->items = ek_mem_grow(a->items, &a->cap_items, a->n_items + 1, sizeof *a->items);
      a->items[a->n_items++] = ek_mem_strndup(list, len);
    }
    list += len + (list[len] == ',');
  }
  return 0;
}

static int
take_num(const ek_command *cmd, const ek_arg *row, const char *value)
{
  int64_t *num = row->to;
  char shown[128];
  if (ek_number_int(ek_cstr(value), num) && *num >= 1 && *num <= EK_RECOMMEND_MAX)
    return 0;
  return ek_usage(cmd, NULL, "--num is a whole number from 1 to %d, not '%s'", EK_RECOMMEND_MAX,
                  ek_show(ek_cstr(value), shown, sizeof shown)), -1;
}

static int
read_args(const ek_command *cmd, int argc, char **argv, asking *a)
{
  const ek_arg rows[] = {
    EK_ARG_TEXT("--user", &a->user), EK_ARG_TAKEN("--items", take_items, a), EK_ARG_TAKEN("--num", take_num, &a->num),
    EK_ARG_TEXT("--filter", &a->filter), EK_ARG_TEXT("--batch", &a->batch),
    EK_ARG_TEXT("--campaign", &a->campaign), EK_ARG_TEXT("--out", &a->out), EK_ARG_ENGINE("--engine", &a->engine),
    EK_ARG_NONE("name a user with --user, or items with --items"), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
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

/* asked: the item, where several were asked with one by one; or NULL.        */
static void
print_answer(const ek_cli *cli, const asking *a, const char *asked, const ek_answer *answer)
{
  ek_text t = { 0 };
  if (cli->json) {
    ek_text input = { 0 };
    ek_text_cstr(&input, a->user ? "{\"userId\": " : "{\"itemIds\": [");
    if (a->user)
      ek_text_json(&input, ek_cstr(a->user));
    for (size_t i = 0, n = 0; i < a->n_items; i++) {
      if (asked && a->items[i] != asked)
        continue;
      ek_text_cstr(&input, n++ ? ", " : "");
      ek_text_json(&input, ek_cstr(a->items[i]));
    }
    ek_text_cstr(&input, a->user ? "}" : "]}");
    ek_answer_json(answer, (ek_str){ input.data, input.len }, &t);
    ek_text_free(&input);
  } else
    for (size_t i = 0; i < answer->n; i++) {
      const ek_recommendation *r = &answer->list[i];
      if (asked)
        ek_text_printf(&t, "%s\t", asked);
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
  print_answer(cli, a, NULL, &answer);
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

/* Of one of both engines. */
static int
ask_all(const asking *a, ek_recommender *r, ek_cloud_recommender *c, ek_error *e)
{
  uint64_t answered = 0, failed = 0;
  int piped = strcmp(a->batch, "-") == 0;
  const char *name = piped ? "standard input" : a->batch;
  EK_FCLOSE FILE *opened = piped ? NULL : fopen(a->batch, "rbe");
  if (!piped && !opened)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "io", a->batch, "open it");
  FILE *in = piped ? stdin : opened;
  if (c ? ek_cloud_recommender_batch(c, in, name, (unsigned)a->num, write_line, NULL, &answered, &failed, e) < 0 :
          ek_recommender_batch(r, in, name, (unsigned)a->num, a->new_only, write_line, NULL, &answered, &failed, e) < 0)
    return -1;
  if (failed)
    ek_warn("unanswered", "%llu of %llu lines have no answer: see their \"error\"", (unsigned long long)failed,
            (unsigned long long)(answered + failed));
  return 0;
}

/* A campaign is asked with one item: several are as many questions. */
static int
ask_account(const ek_cli *cli, const asking *a, const ek_settings *s, ek_error *e)
{
  ek_cloud_recommender *c = ek_cloud_recommender_open(s, a->campaign, a->filter, e);
  int r = !c ? -1 : a->batch ? ask_all(a, NULL, c, e) : 0;
  for (size_t i = 0; r == 0 && !a->batch && i < (a->user ? 1 : a->n_items); i++) {
    ek_answer answer = { 0 };
    r = ek_cloud_recommender_ask(c, a->user, a->user ? NULL : a->items[i], (unsigned)a->num, &answer, e);
    if (r == 0)
      print_answer(cli, a, a->n_items > 1 ? a->items[i] : NULL, &answer);
    ek_answer_clear(&answer);
  }
  ek_cloud_recommender_close(c);
  return r;
}

static int
recommend(const ek_cli *cli, const ek_command *cmd, asking *a, const ek_settings *s, ek_error *e)
{
  char shown[128];
  if (a->engine < 0 ? ek_in_cloud(s) : a->engine == EK_ENGINE_PERSONALIZE)
    return ask_account(cli, a, s, e);
  if (a->filter && strcmp(a->filter, "new") != 0) {
    ek_fail(e, EK_EXIT_REFUSED, "usage", "%s: --filter of the local engine knows 'new', not '%s'", cmd->name,
            ek_show(ek_cstr(a->filter), shown, sizeof shown));
    return ek_help(e, "write --filter new");
  }
  a->new_only = a->filter != NULL;
  /* "shop-metadata/2" is a version; a campaign has no slash in its name.     */
  int version = a->campaign && strchr(a->campaign, '/');
  ek_recommender *r = ek_recommender_open(s->import.store, s->import.dataset_group, version ? NULL : a->campaign,
                                          version ? a->campaign : NULL, e);
  if (!r)
    return -1;
  int failed = a->batch ? ask_all(a, r, NULL, e) : ask(cli, a, r, e);
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
    if (recommend(cli, cmd, &a, l.settings, &e) < 0) {
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
