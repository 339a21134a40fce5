/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a configuration, followed by --set assignments: a text of YAML, then
 * parts that begin with a line "--set KEY=VALUE". No crash, no finding that could
 * garble a terminal; and what is accepted prints as a file that is accepted and
 * prints the same.                                                          */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "config/settings.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Files that inputs name are not to be found, and the environment is known. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
  (void)argc;
  (void)argv;
  setenv("HOME", "/nonexistent/home", 1);
  setenv("SHOP", "tea \"$x\"\n- [1]", 1);
  setenv("EMPTY", "", 1);
  return 0;
}

static void
must(int holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "%s\n", what);
  abort();
}

static void
check_shown(const char *s)
{
  ek_str text = ek_cstr(s ? s : "");
  must(ek_utf8_valid(text), "a finding is not UTF-8");
  for (size_t i = 0; i < text.len; i++)
    must((unsigned char)text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f, "a finding holds a control character");
}

static void
check_findings(const ek_findings *f)
{
  size_t errors = 0;
  for (size_t i = 0; i < f->n; i++) {
    check_shown(f->list[i].message);
    check_shown(f->list[i].help);
    check_shown(f->list[i].place.file);
    must(f->list[i].code && *f->list[i].code, "a finding has no code");
    errors += f->list[i].level >= EK_LOG_ERROR;
  }
  must(errors <= f->errors, "errors are miscounted");
}

static void
check_round(const ek_settings *s)
{
  ek_text one = { 0 }, two = { 0 };
  ek_findings f = { 0 };
  ek_settings_print(s, NULL, NULL, &one);
  ek_conf_tree *tree = ek_conf_parse("printed.yaml", ek_text_c(&one), one.len, &f);
  ek_settings *again = tree ? ek_settings_make(tree, &f) : NULL;
  /* What was short as aliases may be too long when written out. */
  int limit = f.n && strcmp(f.list[0].code, "too_large") == 0;
  if (!again && !limit)
    fprintf(stderr, "%s\n%s\n", ek_text_c(&one), f.n ? f.list[0].message : "");
  must(again != NULL || limit, "what was printed is refused");
  if (again) {
    ek_settings_print(again, NULL, NULL, &two);
    must(one.len == two.len && memcmp(one.data, two.data, one.len) == 0, "what was printed prints otherwise");
  }
  ek_settings_free(again);
  ek_conf_free(tree);
  ek_findings_free(&f);
  ek_text_free(&one);
  ek_text_free(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char mark[] = "\n--set ";
  const size_t n_mark = sizeof mark - 1;
  char *text = ek_mem_strndup(size ? (const char *)data : "", size);
  ek_findings f = { 0 };
  char *set = memmem(text, size, mark, n_mark);
  /* Devices would block or never end; their limits have tests of their own. */
  if (memmem(text, size, "/dev", 4) || memmem(text, size, "/proc", 5)) {
    free(text);
    return 0;
  }
  ek_conf_tree *tree = ek_conf_parse("/nonexistent/chain.yaml", text, set ? (size_t)(set - text) + 1 : size, &f);
  while (tree && set) {
    char *begin = set + n_mark, *next = memmem(begin, size - (size_t)(begin - text), mark, n_mark);
    if (next)
      *next = 0;
    ek_conf_set(tree, begin, &f);
    set = next;
  }
  ek_settings *s = tree ? ek_settings_make(tree, &f) : NULL;
  must((s != NULL) == (tree && !f.errors), "settings and errors disagree");
  check_findings(&f);
  if (s)
    check_round(s);
  ek_settings_free(s);
  ek_conf_free(tree);
  ek_findings_free(&f);
  free(text);
  return 0;
}
