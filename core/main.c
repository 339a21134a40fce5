/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit - the command table and the common options.                     */
#include "config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"
#include "config/findings.h"

const ek_flag ek_common_flags[] = {
  { "-c", "FILE", "the configuration; - is standard input (else ENRICHKIT_CONFIG, ./enrichkit.yaml, the installed one)" },
  { "--set", "KEY=VALUE", "changes one value of the configuration; may be repeated, the last wins" },
  { "--plugin-path", "DIR", "looks for plugins there first; may be repeated" },
  { "-q", NULL, "errors only (--quiet)" },
  { "-v", NULL, "debug messages (--verbose)" },
  { "--log-format", "text|json", "how messages on stderr are written" },
  { "--color", "auto|always|never", "colours in messages" },
  { "--json", NULL, "the result as JSON" },
  { "-h", NULL, "this help (--help)" },
  { "--version", NULL, "version, plugin ABI, plugin folder" },
  { NULL, NULL, NULL }
};

static const ek_flag run_flags[] = {
  { "--out", "DIR", "the output folder (output.dir)" },
  { "--until", "enrich|import|train|deploy", "the last stage to do" },
  { "--threads", "N", "run.threads" },
  { "--limit", "N", "only the first N records of each input" },
  { "--strict", NULL, "exit with 3 when anything was rejected" },
  { "--yes", NULL, "agree to what would be asked" },
  { "--named", "NAME", "a data set that was there before and may be deleted too, by type or ARN; may be repeated" },
  { NULL, NULL, NULL }
};
static const ek_flag check_flags[] = {
  { "--strict", NULL, "warnings are errors" },
  { "--no-create", NULL, "load plugins but do not start them" },
  { "--no-network", NULL, "ask nobody on the network" },
  { "--print", NULL, "the configuration as resolved, secrets redacted" },
  { "--schema", NULL, "JSON Schema of the configuration, for editors" },
  { NULL, NULL, NULL }
};
static const ek_flag plan_flags[] = {
  { "--limit", "N", "only the first N records of each input" },
  { "--out", "DIR", "the output folder (output.dir): whose budget counts" },
  { "--until", "enrich|import|train|deploy", "the last stage to do" },
  { NULL, NULL, NULL }
};
static const ek_flag retry_flags[] = {
  { "--strict", NULL, "exit with 3 when anything was rejected" },
  { NULL, NULL, NULL }
};
static const ek_flag enrich_flags[] = {
  { "-o", "FILE", "where rows go; - is standard output, the default" },
  { "--format", "csv|jsonl", "of the rows" },
  { "--no-header", NULL, "rows only" },
  { "--rejects", "FILE", "rejects go there instead of stderr" },
  { "--threads", "N", "run.threads" },
  { "--limit", "N", "only the first N records" },
  { "--strict", NULL, "exit with 3 when anything was rejected" },
  { NULL, NULL, NULL }
};
static const ek_flag sample_flags[] = {
  { "--seed", "N", "of the random choice; the same seed picks the same record" },
  { "--count", "N", "how many records" },
  { NULL, NULL, NULL }
};
static const ek_flag alone_flags[] = {
  { "--items", "CSV", "a CSV of items, from whatever made it" },
  { "--interactions", "CSV", "a CSV of interactions" },
  { "--users", "CSV", "a CSV of users" },
  { "--out", "DIR", "the output folder (output.dir)" },
  { "--yes", NULL, "agree to what would be asked" },
  { "--named", "NAME", "a data set that was there before and may be deleted too, by type or ARN; may be repeated" },
  { NULL, NULL, NULL }
};
static const ek_flag deploy_flags[] = {
  { "--out", "DIR", "the output folder (output.dir)" },
  { NULL, NULL, NULL }
};
static const ek_flag put_flags[] = {
  { "--limit", "N", "only the first N records" },
  { "--strict", NULL, "exit with 3 when anything was rejected or refused" },
  { "--rejects", "FILE", "rejects go there instead of stderr" },
  { "--out", "DIR", "the output folder (output.dir): whose data set group" },
  { NULL, NULL, NULL }
};
static const ek_flag policy_flags[] = {
  { "--caller", NULL, "of who runs enrichkit" },
  { "--role", NULL, "of the role that Amazon Personalize takes to read the bucket: trust, permissions, bucket policy" },
  { NULL, NULL, NULL }
};
static const ek_flag destroy_flags[] = {
  { "--yes", NULL, "delete, without asking" },
  { "--named", "NAME", "also this thing that was there before, by name or ARN; may be repeated" },
  { "--out", "DIR", "the output folder (output.dir): what its state.json knows" },
  { NULL, NULL, NULL }
};
static const ek_flag compare_flags[] = {
  { "--folds", "N", "only users of the first N folds" },
  { "--metric", "NAME", "only this metric" },
  { "--fail-if", "worse", "exit with 3 when an arm is worse than what it is compared with" },
  { NULL, NULL, NULL }
};
static const ek_flag recommend_flags[] = {
  { "--user", "ID", "for this user" },
  { "--items", "A,B", "for whoever used these, the newest last" },
  { "--num", "N", "how many, 25 by default" },
  { "--filter", "NAME",
    "new: nothing that the user has used; of the engine personalize: a filter of the account, by name or ARN" },
  { "--batch", "FILE", "for every line of the file: an id, {\"userId\": \"1\"} or {\"itemId\": \"A\"}; JSON lines come out" },
  { "--campaign", "NAME", "a campaign, or a solution version such as shop-metadata/1" },
  { "--out", "DIR", "the output folder (output.dir)" },
  { "--engine", "local|personalize", "whose; by default the configuration's" },
  { NULL, NULL, NULL }
};
static const ek_flag describe_flags[] = {
  { "--engine", "local|personalize", "whose; by default the configuration's" },
  { "--out", "DIR", "the output folder (output.dir)" },
  { "--verify", NULL, "check every byte of models and store" },
  { NULL, NULL, NULL }
};
static const ek_flag plugins_flags[] = {
  { "--json-schema", NULL, "show: JSON Schema of the plugin's options" },
  { "--man", NULL, "show: a manual page" },
  { NULL, NULL, NULL }
};
static const ek_flag cache_flags[] = {
  { "--older", "DURATION", "prune: what was asked longer ago than this; 0s is all" },
  { "--step", "NAME", "prune: only answers of this step" },
  { NULL, NULL, NULL }
};

const ek_command ek_commands[] = {
  { .name = "run", .arguments = "", .summary = "Does every stage that the configuration names; run it again to go on.",
    .example = "enrichkit run -c both.yaml --set catalog.items=meta.jsonl.gz --until enrich --out try",
    .flags = run_flags, .run = ek_cmd_run },
  { .name = "check", .arguments = "", .summary = "Checks the configuration, the plugins and the first 100 records. No work, no money.",
    .example = "enrichkit check -c shop.yaml --print", .flags = check_flags, .run = ek_cmd_check },
  { .name = "plan", .arguments = "", .summary = "What a run would ask, pay and write. Asks nobody for anything.",
    .example = "enrichkit plan -c both.yaml --json", .flags = plan_flags, .run = ek_cmd_plan },
  { .name = "enrich", .arguments = "[PATH...]", .summary = "The chain as a filter; needs no output folder.",
    .example = "zcat part.gz | enrichkit enrich -c shard.yaml - >part.csv", .flags = enrich_flags, .run = ek_cmd_enrich },
  { .name = "sample", .arguments = "PATH", .summary = "A random record, and the fields that the map finds in it.",
    .example = "enrichkit sample data/items/ --seed 7", .flags = sample_flags, .run = ek_cmd_sample },
  { .name = "import", .arguments = "", .summary = "Imports CSVs that exist into a data set group, checked by all rules.",
    .example = "enrichkit import --items items.csv --interactions events.csv --out shop", .flags = alone_flags, .run = ek_cmd_import },
  { .name = "train", .arguments = "", .summary = "Trains and evaluates on what was imported, or on CSVs that exist.",
    .example = "enrichkit train -c h.yaml --items items.csv --interactions events.csv --out t", .flags = alone_flags,
    .run = ek_cmd_train },
  { .name = "compare", .arguments = "RUN...", .summary = "Arms of runs on the same interactions, side by side: FOLDER or FOLDER:ARM.",
    .example = "enrichkit compare out-v1 out-v2:image --fail-if worse", .flags = compare_flags, .run = ek_cmd_compare },
  { .name = "recommend", .arguments = "", .summary = "Items for a user, or for who used certain items: ids, scores, categories.",
    .example = "enrichkit recommend --items B00006FWVX --num 5", .flags = recommend_flags, .run = ek_cmd_recommend },
  { .name = "describe", .arguments = "[KIND [NAME]]", .summary = "What there is: group, schema, dataset, import, solution, version, campaign, recipe.",
    .example = "enrichkit describe campaign", .flags = describe_flags, .run = ek_cmd_describe },
  { .name = "plugins", .arguments = "[show NAME]", .summary = "What plugins there are, where, refused and why; the options of one.",
    .example = "enrichkit plugins show category", .flags = plugins_flags, .run = ek_cmd_plugins },
  { .name = "retry", .arguments = "DIR", .summary = "The rejects of a run again; completes its outputs, in place.",
    .example = "enrichkit retry enrichkit-out", .flags = retry_flags, .run = ek_cmd_retry },
  { .name = "cache", .arguments = "[show|prune|export FILE]",
    .summary = "The answers that were paid for: how many, fewer, or all of them as JSON lines.",
    .example = "enrichkit cache prune --older 90d", .flags = cache_flags, .run = ek_cmd_cache },
  { .name = "deploy", .arguments = "", .summary = "Puts what was trained last behind the campaign (engine personalize).",
    .example = "enrichkit deploy -c h.yaml --out t", .flags = deploy_flags, .run = ek_cmd_deploy },
  { .name = "put-items", .arguments = "[PATH...]", .summary = "New items through the chain into the account, as they come.",
    .example = "shop-feed | enrichkit put-items -c live.yaml", .flags = put_flags, .run = ek_cmd_put_items },
  { .name = "put-users", .arguments = "[PATH...]", .summary = "New users into the account, as they come.",
    .example = "enrichkit put-users -c live.yaml users.jsonl", .flags = put_flags, .run = ek_cmd_put_users },
  { .name = "put-events", .arguments = "[PATH...]", .summary = "Events into the account, as they come.",
    .example = "clicks | enrichkit put-events -c live.yaml -", .flags = put_flags, .run = ek_cmd_put_events },
  { .name = "policy", .arguments = "--caller|--role", .summary = "The least IAM policy for this configuration. Asks nobody.",
    .example = "enrichkit policy --role -c h.yaml >role.json", .flags = policy_flags, .run = ek_cmd_policy },
  { .name = "destroy", .arguments = "", .summary = "Lists what this configuration created in the account, and deletes it if told to.",
    .example = "enrichkit destroy -c h.yaml --out t", .flags = destroy_flags, .run = ek_cmd_destroy },
  { .name = "model", .stage = "classifiers" },
  { .name = "new", .stage = "authors" }, { .name = "test", .stage = "authors" }, { .name = "tap", .stage = "authors" },
  { .name = NULL }
};

static int
version(const ek_cli *cli)
{
  if (cli->json)
    printf("{\"enrichkit\": \"%s\", \"abi\": \"%u.%u\", \"plugindir\": \"%s\"}\n", PACKAGE_VERSION, EK_ABI_MAJOR,
           EK_ABI_MINOR, ek_installed_plugindir());
  else
    printf("enrichkit %s\nplugin ABI %u.%u\nplugins in %s\n", PACKAGE_VERSION, EK_ABI_MAJOR, EK_ABI_MINOR,
           ek_installed_plugindir());
  return EK_EXIT_OK;
}

typedef struct parsed {
  ek_cli cli;
  int help, version;
  enum ek_log_format format; enum ek_color color;
  int argc; char **argv;            /* what is not a common option: the command first */
} parsed;

static int
is(const char *arg, const char *a, const char *b)
{
  return strcmp(arg, a) == 0 || (b && strcmp(arg, b) == 0);
}

static int
switch_option(parsed *p, const char *arg)
{
  if (is(arg, "-q", "--quiet"))
    p->cli.quiet = 1;
  else if (is(arg, "-v", "--verbose"))
    p->cli.verbose = 1;
  else if (is(arg, "--json", NULL))
    p->cli.json = 1;
  else if (is(arg, "-h", "--help"))
    p->help = 1;
  else if (is(arg, "--version", NULL))
    p->version = 1;
  else
    return 0;
  return 1;
}

/* 1 taken, 0 not one of these, -1 said what was wrong. */
static int
value_option(parsed *p, const char *name, const char *value)
{
  if (is(name, "-c", NULL)) {
    if (p->cli.config)
      return ek_usage(NULL, "one file is one run: what differs goes into --set", "-c is given twice"), -1;
    p->cli.config = value;
  } else if (is(name, "--set", NULL))
    p->cli.sets[p->cli.n_sets++] = (char *)value;
  else if (is(name, "--plugin-path", NULL))
    p->cli.plugin_path[p->cli.n_plugin_path++] = (char *)value;
  else if (is(name, "--log-format", NULL)) {
    if (!is(value, "text", "json"))
      return ek_usage(NULL, "write --log-format text or --log-format json", "--log-format is text or json"), -1;
    p->format = is(value, "json", NULL) ? EK_LOG_JSON : EK_LOG_TEXT;
  } else if (is(name, "--color", NULL)) {
    if (!is(value, "auto", "always") && !is(value, "never", NULL))
      return ek_usage(NULL, "write --color auto, always or never", "--color is auto, always or never"), -1;
    p->color = is(value, "always", NULL) ? EK_COLOR_ALWAYS : is(value, "never", NULL) ? EK_COLOR_NEVER : EK_COLOR_AUTO;
  } else
    return 0;
  return 1;
}

static int
takes_value(const char *arg, size_t len)
{
  static const char *const names[] = { "-c", "--set", "--plugin-path", "--log-format", "--color" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i]) == len && memcmp(names[i], arg, len) == 0)
      return 1;
  return 0;
}

/* Common options may stand before or behind the command; all else is the command's. */
static int
parse(int argc, char **argv, parsed *p)
{
  int plain = 0;
  for (int i = 1; i < argc; i++) {
    char *arg = argv[i], name[32];
    const char *equals = strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    if (!plain && strcmp(arg, "--") == 0)
      plain = 1;
    if (!plain && switch_option(p, arg))
      continue;
    if (!plain && takes_value(arg, len)) {
      snprintf(name, sizeof name, "%.*s", (int)len, arg);
      const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
      if (!value) {
        ek_usage(NULL, "see 'enrichkit --help'", "option %s needs a value", name);
        return -1;
      }
      if (value_option(p, name, value) < 0)
        return -1;
      continue;
    }
    p->argv[p->argc++] = arg;
  }
  return 0;
}

static int
no_such_command(const char *name)
{
  const char *names[64];
  char shown[128], help[128];
  size_t n = 0;
  for (const ek_command *c = ek_commands; *name != '-' && c->name && n < 60; c++)
    names[n++] = c->name;
  for (const ek_flag *f = ek_common_flags; *name == '-' && f->name && n < 60; f++)
    names[n++] = f->name;
  names[n] = NULL;
  const char *near = ek_did_you_mean(name, names);
  snprintf(help, sizeof help, near ? "did you mean '%s'?" : "see 'enrichkit --help'", near);
  return ek_usage(NULL, help, *name == '-' ? "unknown option '%s'" : "no command '%s'", ek_show(ek_cstr(name), shown, sizeof shown));
}

static int
dispatch(const parsed *p)
{
  if (p->version)
    return version(&p->cli);
  if (!p->argc) {
    if (p->help) {
      ek_help_all();
      return EK_EXIT_OK;
    }
    return ek_usage(NULL, "see 'enrichkit --help'", "which command?");
  }
  if (strcmp(p->argv[0], "help") == 0) {
    ek_help_all();
    return EK_EXIT_OK;
  }
  for (const ek_command *c = ek_commands; c->name; c++) {
    if (strcmp(c->name, p->argv[0]) != 0)
      continue;
    if (!c->run)
      return ek_usage(NULL, "see 'enrichkit --help' for what it has",
                      "'enrichkit %s' comes with the %s stage, which this build lacks", c->name, c->stage);
    if (p->help) {
      ek_help_command(c);
      return EK_EXIT_OK;
    }
    return c->run(&p->cli, c, p->argc, p->argv);
  }
  return no_such_command(p->argv[0]);
}

int
main(int argc, char **argv)
{
  parsed p = { .cli = { .program = argv[0] } };

  ek_signals_setup();
  p.cli.sets = ek_mem_zero((size_t)argc + 1, sizeof(char *));
  p.cli.plugin_path = ek_mem_zero((size_t)argc + 1, sizeof(char *));
  p.argv = ek_mem_zero((size_t)argc + 1, sizeof(char *));
  ek_log_setup(EK_LOG_TEXT, EK_COLOR_AUTO, 0, 0);
  int status = EK_EXIT_REFUSED;
  if (parse(argc, argv, &p) == 0) {
    ek_log_setup(p.format, p.color, p.cli.quiet, p.cli.verbose);
    status = dispatch(&p);
  }
  free(p.cli.sets);
  free(p.cli.plugin_path);
  free(p.argv);
  status = ek_stdout_end(status);
  ek_signal_raise_again();
  return status;
}
