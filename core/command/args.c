/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of commands, from their tables; usage and help texts from the same.  */
#include "command/args.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <enrichkit/plugin.h>
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"
#include "command/internal.h"
#include "config/findings.h"

int
ek_usage(const ek_command *c, const char *help, const char *fmt, ...)
{
  ek_error e;
  char text[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  ek_fail(&e, EK_EXIT_REFUSED, "usage", "%s", text);
  if (help)
    ek_help(&e, "%s", help);
  else
    ek_help(&e, "see 'enrichkit %s --help'", c ? c->name : "");
  ek_log_error(&e);
  return EK_EXIT_REFUSED;
}

static const ek_flag *
find_flag(const ek_flag *flags, const char *arg, size_t len)
{
  for (; flags && flags->name; flags++)
    if (strlen(flags->name) == len && memcmp(flags->name, arg, len) == 0)
      return flags;
  return NULL;
}

static int
unknown_option(const ek_command *c, const char *arg)
{
  const char *names[32];
  char shown[128], help[128];
  size_t n = 0;
  for (const ek_flag *f = c->flags; f && f->name && n < 30; f++)
    names[n++] = f->name;
  names[n] = NULL;
  const char *near = ek_did_you_mean(arg, names);
  snprintf(help, sizeof help, near ? "did you mean '%s'?" : "see 'enrichkit %s --help'", near ? near : c->name);
  ek_usage(c, help, "unknown option '%s' of %s", ek_show(ek_cstr(arg), shown, sizeof shown), c->name);
  return -1;
}

/* ---- where they go ---------------------------------------------------------------------- */

int
ek_arg_text(const ek_command *c, const ek_arg *row, const char *value)
{
  (void)c;
  *(const char **)row->to = value;
  return 0;
}

int
ek_arg_switch(const ek_command *c, const ek_arg *row, const char *value)
{
  (void)c;
  (void)value;
  *(int *)row->to = 1;
  return 0;
}

int
ek_arg_number(const ek_command *c, const ek_arg *row, const char *value)
{
  int64_t *out = row->to;
  char shown[400];
  if (ek_number_int(ek_cstr(value), out) && *out >= 1 && *out <= row->max)
    return 0;
  ek_usage(c, NULL, "%s is a whole number from 1, not '%s'", row->name, ek_show(ek_cstr(value), shown, sizeof shown));
  return -1;
}

int
ek_arg_word(const ek_command *c, const ek_arg *row, const char *value)
{
  ek_words *words = row->to;
  (void)c;
  words->list[words->n++] = value;
  return 0;
}

int
ek_arg_path(const ek_command *c, const ek_arg *row, const char *value)
{
  ek_paths *paths = row->to;
  (void)c;
  paths->list[paths->n++] = (char *)(uintptr_t)value;
  return 0;
}

int
ek_arg_none(const ek_command *c, const ek_arg *row, const char *value)
{
  char shown[400];
  ek_usage(c, row->help, "%s takes no argument '%s'", c->name, ek_show(ek_cstr(value), shown, sizeof shown));
  return -1;
}

int
ek_arg_engine(const ek_command *c, const ek_arg *row, const char *value)
{
  int *engine = row->to;
  char shown[128];
  *engine = strcmp(value, "local") == 0 ? EK_ENGINE_LOCAL : EK_ENGINE_PERSONALIZE;
  if (*engine == EK_ENGINE_LOCAL || strcmp(value, "personalize") == 0)
    return 0;
  ek_usage(c, "write --engine local or --engine personalize", "there is no engine '%s'",
           ek_show(ek_cstr(value), shown, sizeof shown));
  return -1;
}

/* ---- reading ----------------------------------------------------------------------------- */

typedef struct reading { int argc, at, plain; char **argv; } reading;

/* Both tables are the program's own: an option without a row shows at the command's first use. */
static const ek_arg *
row_of(const ek_arg *rows, const char *name)
{
  for (; rows->name; rows++)
    if (strcmp(rows->name, name) == 0)
      return rows;
  abort();
}

static int
take_option(reading *r, const ek_command *c, const ek_arg *rows, const char *arg)
{
  const char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL, *value = NULL;
  const ek_flag *f = find_flag(c->flags, arg, equals ? (size_t)(equals - arg) : strlen(arg));
  if (!f)
    return unknown_option(c, arg);
  if (!f->value && equals)
    return ek_usage(c, NULL, "option %s takes no value", f->name), -1;
  if (equals)
    value = equals + 1;
  else if (f->value) {
    if (r->at == r->argc)
      return ek_usage(c, NULL, "option %s needs a value (%s)", f->name, f->value), -1;
    value = r->argv[r->at++];
  }
  const ek_arg *row = row_of(rows, f->name);
  return row->take(c, row, value);
}

int
ek_args_read(const ek_command *c, int argc, char **argv, const ek_arg *rows)
{
  reading r = { .argc = argc, .argv = argv, .at = 1 };
  const ek_arg *plain = row_of(rows, "");
  for (const ek_flag *f = c->flags; f && f->name; f++)
    (void)row_of(rows, f->name);
  while (r.at < argc) {
    const char *arg = argv[r.at++];
    if (!r.plain && strcmp(arg, "--") == 0)
      r.plain = 1;
    else if ((r.plain || arg[0] != '-' || !arg[1] ? plain->take(c, plain, arg) : take_option(&r, c, rows, arg)) < 0)
      return -1;
  }
  return 0;
}

/* ---- help --------------------------------------------------------------------------------- */

static void
print_flags(const ek_flag *flags)
{
  for (; flags && flags->name; flags++) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", flags->name, flags->value ? " " : "", flags->value ? flags->value : "");
    printf("  %-24s  %s\n", left, flags->help);
  }
}

void
ek_help_command(const ek_command *c)
{
  printf("Usage: enrichkit %s [OPTION...]%s%s\n\n%s\n", c->name, *c->arguments ? " " : "", c->arguments, c->summary);
  if (c->flags && c->flags->name) {
    printf("\nOptions:\n");
    print_flags(c->flags);
  }
  printf("\nCommon options:\n");
  print_flags(ek_common_flags);
  if (c->example)
    printf("\nExample:\n  %s\n", c->example);
}

void
ek_help_all(void)
{
  printf("Usage: enrichkit COMMAND [OPTION...]\n\n"
         "Enriches a recommender's catalogue: items and interactions in, labels from a chain of\n"
         "plugins merged into CATEGORY, the two data sets out.\n\nCommands:\n");
  for (const ek_command *c = ek_commands; c->name; c++)
    if (c->run)
      printf("  %-10s  %s\n", c->name, c->summary);
  printf("\nCommon options:\n");
  print_flags(ek_common_flags);
  printf("\n'enrichkit COMMAND --help' tells more; so does enrichkit(1).\n");
}
