/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the configuration share. */
#ifndef CONFIG_TEST_H
#define CONFIG_TEST_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "config/settings.h"

typedef struct loaded { ek_findings f; ek_conf_tree *tree; ek_settings *s; } loaded;

/* A configuration from text, with --set assignments up to a NULL (sets may be NULL). */
static inline loaded
load_named(const char *name, const char *yaml, size_t len, const char *const *sets)
{
  loaded l = { .tree = NULL };
  l.tree = ek_conf_parse(name, yaml, len, &l.f);
  for (; l.tree && sets && *sets; sets++)
    ek_conf_set(l.tree, *sets, &l.f);
  if (l.tree)
    l.s = ek_settings_make(l.tree, &l.f);
  return l;
}

static inline loaded
load(const char *yaml)
{
  return load_named("chain.yaml", yaml, strlen(yaml), NULL);
}

static inline void
unload(loaded *l)
{
  ek_settings_free(l->s);
  ek_conf_free(l->tree);
  ek_findings_free(&l->f);
}

/* The i-th finding as one line, "FILE:LINE:COL: message / help"; "" past the end. */
static inline const char *
finding(const loaded *l, size_t i)
{
  static char line[4096];
  if (i >= l->f.n)
    return "";
  const ek_finding *o = &l->f.list[i];
  int n = snprintf(line, sizeof line, "%s", o->place.file);
  if (o->place.line)
    n += snprintf(line + n, sizeof line - (size_t)n, ":%llu", (unsigned long long)o->place.line);
  if (o->place.column)
    n += snprintf(line + n, sizeof line - (size_t)n, ":%u", o->place.column);
  snprintf(line + n, sizeof line - (size_t)n, ": %s%s%s", o->message, o->help ? " / " : "", o->help ? o->help : "");
  return line;
}

static inline void
dump(const loaded *l)
{
  for (size_t i = 0; i < l->f.n; i++)
    fprintf(stderr, "# %s\n", finding(l, i));
}

#define ck_no_errors(l) do { if ((l)->f.errors || !(l)->s) { dump(l); ck_abort_msg("not expected: %s", finding(l, 0)); } } while (0)
/* One finding, and this one. */
#define ck_one(l, expected) do { if ((l)->f.n != 1) dump(l); ck_assert_uint_eq((l)->f.n, 1); \
                                 ck_assert_str_eq(finding(l, 0), expected); } while (0)

/* Loads text that must be refused with exactly this one finding. */
static inline void
refused(const char *yaml, const char *expected)
{
  loaded l = load(yaml);
  ck_one(&l, expected);
  ck_assert_ptr_null(l.s);
  unload(&l);
}

/* The node at a path of keys and numbers: "chain/0/floor". NULL: none. */
static inline const ek_node *
at(const ek_conf_tree *t, const char *path)
{
  const ek_node *n = ek_conf_root(t);
  char *copy = ek_mem_strdup(path), *save = NULL;
  for (char *p = strtok_r(copy, "/", &save); p && n; p = strtok_r(NULL, "/", &save)) {
    if (n->kind == EK_NODE_LIST) {
      long i = strtol(p, NULL, 10);
      for (n = n->first; n && i; i--)
        n = n->next;
    } else
      n = ek_node_get(n, p);
  }
  free(copy);
  return n;
}

static inline const char *
text_at(const ek_conf_tree *t, const char *path)
{
  const ek_node *n = at(t, path);
  return n && n->kind == EK_NODE_SCALAR ? n->text : "(none)";
}

/* A file in the current folder, which the tests' main made for itself. */
static inline void
write_file(const char *name, const char *data, size_t len)
{
  FILE *f = fopen(name, "wb");
  ck_assert_ptr_nonnull(f);
  ck_assert_uint_eq(fwrite(data, 1, len, f), len);
  ck_assert_int_eq(fclose(f), 0);
}

/* Runs all tests in a scratch folder of their own. */
static inline int
run_suite(Suite *suite)
{
  char dir[] = "/tmp/ek-config-XXXXXX", cmd[64];
  if (!mkdtemp(dir) || chdir(dir))
    return 99;
  ek_log_setup(EK_LOG_TEXT, EK_COLOR_NEVER, 0, 0);
  SRunner *r = srunner_create(suite);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
  if (chdir("/") || system(cmd))
    return 99;
  return failed ? 1 : 0;
}

#endif
