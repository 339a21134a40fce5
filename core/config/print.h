/* SPDX-License-Identifier: BSD-3-Clause */
/* config/print.h - what the files that print settings share. For config/ alone. */
#ifndef EK_CONFIG_PRINT_H
#define EK_CONFIG_PRINT_H
#include "config/keys.h"
#include "config/settings.h"
#include "config/tree.h"

typedef struct ek_printer {
  const ek_settings *s;
  int (*kind)(void *arg, size_t step, const char *option);     /* NULL, or enum ek_option_kind */
  void *arg;
  ek_text *out;
  int dash;                        /* the next line begins a list's element       */
} ek_printer;

/* print_node.c: "  key:", and the end of its line.                           */
void ek_print_begin(ek_printer *, int indent, const char *key);
void ek_print_end(ek_printer *);
/* A value in flow style. absolute: texts are paths.                          */
void ek_print_node(ek_printer *, const ek_node *, int absolute);
/* A text as it was written, with its ${...} as they are: they hold no secret, and whoever reads
 * the file again knows what they stand for. Paths of files are made absolute.  */
void ek_print_as_written(ek_printer *, const char *raw);
/* "***" stands for what cannot be told.                                      */
void ek_print_secret(ek_printer *, const ek_node *);

/* print_row.c: what has no value says nothing: the default is "none".        */
int ek_print_none(const ek_key *, const void *base);
/* base: what the row's offset counts from; index: of the step.               */
void ek_print_row(ek_printer *, const ek_key *, const void *base, int indent, size_t index);

#endif
