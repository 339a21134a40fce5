/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of commands, from their tables; usage and help texts from the same.  */
#include <stdio.h>
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
  return -3;
}

int
ek_args_next(ek_args *a, const ek_command *c, const char **value)
{
  *value = NULL;
  if (a->at == 0)
    a->at = 1;
  if (a->at >= a->argc)
    return -2;
  const char *arg = a->argv[a->at++];
  if (!a->plain && strcmp(arg, "--") == 0) {
    a->plain = 1;
    return ek_args_next(a, c, value);
  }
  if (a->plain || arg[0] != '-' || !arg[1]) {
    *value = arg;
    return -1;
  }
  const char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;
  size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
  const ek_flag *f = find_flag(c->flags, arg, len);
  if (!f)
    return unknown_option(c, arg);
  if (!f->value) {
    if (equals) {
      ek_usage(c, NULL, "option %s takes no value", f->name);
      return -3;
    }
    return (int)(f - c->flags);
  }
  if (equals)
    *value = equals + 1;
  else if (a->at < a->argc)
    *value = a->argv[a->at++];
  else {
    ek_usage(c, NULL, "option %s needs a value (%s)", f->name, f->value);
    return -3;
  }
  return (int)(f - c->flags);
}

static void
print_flags(const ek_flag *flags)
{
  for (; flags && flags->name; flags++) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", flags->name, flags->value ? " " : "", flags->value ? flags->value : "");
    printf("  %-24s  %s\n", left, flags->help);
  }
}

int
ek_args_number(const ek_command *cmd, int flag, const char *value, int64_t max, int64_t *out)
{
  char shown[400];
  if (ek_number_int(ek_cstr(value), out) && *out >= 1 && *out <= max)
    return 0;
  ek_usage(cmd, NULL, "%s is a whole number from 1, not '%s'", cmd->flags[flag].name, ek_show(ek_cstr(value), shown, sizeof shown));
  return -1;
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
