/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a configuration: a text of YAML, then parts that begin with a line
 * "--set KEY=VALUE", then, behind a line "--words", what the file words.tsv holds.
 * No crash, no finding that could garble a terminal; and what is accepted prints
 * as a file that is accepted and prints the same.                           */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/utf8.h"
#include "config/settings.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];                       /* holds words.tsv and secret          */
static int words = -1;

static void
remove_dir(void)
{
  char path[96];
  snprintf(path, sizeof path, "%s/words.tsv", dir);
  unlink(path);
  snprintf(path, sizeof path, "%s/secret", dir);
  unlink(path);
  rmdir(dir);
}

/* What inputs can find is known: two files, two variables. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
  char path[96];
  (void)argc;
  (void)argv;
  setenv("HOME", "/nonexistent/home", 1);
  setenv("SHOP", "tea \"$x\"\n- [1]", 1);
  setenv("EMPTY", "", 1);
  snprintf(dir, sizeof dir, "/tmp/ek-fuzz-XXXXXX");
  if (!mkdtemp(dir))
    abort();
  atexit(remove_dir);
  snprintf(path, sizeof path, "%s/secret", dir);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, "s3cret\n", 7) != 7 || close(fd))
    abort();
  snprintf(path, sizeof path, "%s/words.tsv", dir);
  words = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (words < 0)
    abort();
  return 0;
}

static void
write_words(const char *text, size_t len)
{
  if (ftruncate(words, 0) || pwrite(words, text, len, 0) != (ssize_t)len)
    abort();
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

/* Cuts text at the line mark; what is behind it, or NULL. */
static char *
cut(char *text, size_t *size, const char *mark, size_t *rest)
{
  size_t n = strlen(mark);
  char *at = memmem(text, *size, mark, n);
  if (!at)
    return NULL;
  *rest = *size - (size_t)(at - text) - n;
  *size = (size_t)(at - text) + 1;           /* with the line's end                 */
  return at + n;
}

static void
apply_sets(ek_conf_tree *tree, char *set, size_t size, ek_findings *f)
{
  while (set) {
    size_t len = size, rest = 0;
    char *next = cut(set, &len, "\n--set ", &rest);
    set[next ? len - 1 : len] = 0;
    ek_conf_set(tree, set, f);
    set = next;
    size = rest;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char name[96], *text = ek_mem_strndup(size ? (const char *)data : "", size), *set, *list;
  size_t set_len = 0, list_len = 0;
  ek_findings f = { 0 };
  /* Devices would block or never end; their limits have tests of their own. */
  if (memmem(text, size, "/dev", 4) || memmem(text, size, "/proc", 5)) {
    free(text);
    return 0;
  }
  list = cut(text, &size, "\n--words\n", &list_len);
  write_words(list ? list : "", list_len);
  set = cut(text, &size, "\n--set ", &set_len);
  snprintf(name, sizeof name, "%s/chain.yaml", dir);
  ek_conf_tree *tree = ek_conf_parse(name, text, size, &f);
  if (tree)
    apply_sets(tree, set, set_len, &f);
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
