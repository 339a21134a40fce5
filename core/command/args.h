/* SPDX-License-Identifier: BSD-3-Clause */
/* command/args.h - the options and arguments of a command, read by a list of where each goes.
 *
 *   const ek_arg rows[] = { EK_ARG_TEXT("--out", &out), EK_ARG_NUMBER("--limit", &limit, INT64_MAX),
 *                           EK_ARG_NONE("name the input with --set"), EK_ARGS_END };
 *   if (ek_args_read(cmd, argc, argv, rows) < 0)
 *     return EK_EXIT_REFUSED;
 *
 * What options there are, and which take a value, stands in the command's table (main.c): each of
 * them needs a row here, in whatever order.                                  */
#ifndef EK_COMMAND_ARGS_H
#define EK_COMMAND_ARGS_H
#include <stdint.h>
#include "command/command.h"

typedef struct ek_arg ek_arg;
struct ek_arg {
  const char *name;                /* "--out"; "": what is no option; NULL: the end     */
  int (*take)(const ek_command *, const ek_arg *, const char *value);    /* 0, or -1 and it is said */
  void *to;
  int64_t max;
  const char *help;                /* NULL: see 'enrichkit NAME --help'                 */
};

typedef struct ek_words { const char **list; size_t n; } ek_words;    /* room for all that was typed */

int ek_arg_text(const ek_command *, const ek_arg *, const char *value);
int ek_arg_switch(const ek_command *, const ek_arg *, const char *value);
int ek_arg_number(const ek_command *, const ek_arg *, const char *value);
int ek_arg_word(const ek_command *, const ek_arg *, const char *value);
int ek_arg_path(const ek_command *, const ek_arg *, const char *value);
int ek_arg_none(const ek_command *, const ek_arg *, const char *value);
int ek_arg_engine(const ek_command *, const ek_arg *, const char *value);

/* A pointer of another type is a compiler's warning. */
#define EK_ARG_TO_(type, to_) (1 ? (to_) : (type *)0)
#define EK_ARG_TEXT(name_, to_) { .name = name_, .take = ek_arg_text, .to = EK_ARG_TO_(const char *, to_) }
#define EK_ARG_SWITCH(name_, to_) { .name = name_, .take = ek_arg_switch, .to = EK_ARG_TO_(int, to_) }    /* sets 1 */
#define EK_ARG_NUMBER(name_, to_, max_) \
  { .name = name_, .take = ek_arg_number, .to = EK_ARG_TO_(int64_t, to_), .max = max_ }    /* whole, from 1 to max */
#define EK_ARG_WORD(name_, to_) { .name = name_, .take = ek_arg_word, .to = EK_ARG_TO_(ek_words, to_) }   /* one more */
#define EK_ARG_PATH(to_) { .name = "", .take = ek_arg_path, .to = EK_ARG_TO_(ek_paths, to_) }    /* arguments */
#define EK_ARG_ENGINE(name_, to_) { .name = name_, .take = ek_arg_engine, .to = EK_ARG_TO_(int, to_) }
/* By a function of the command. */
#define EK_ARG_TAKEN(name_, take_, to_) { .name = name_, .take = take_, .to = to_ }
#define EK_ARG_NONE(help_) { .name = "", .take = ek_arg_none, .help = help_ }    /* arguments are refused */
#define EK_ARGS_END { .name = NULL }

/* argv[0] is the command's name. "--out DIR" and "--out=DIR"; options and arguments may mix; "--" ends
 * options. In the order typed. 0, or -1 and it is said.                       */
int ek_args_read(const ek_command *, int argc, char **argv, const ek_arg *rows);

#endif
