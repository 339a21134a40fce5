/* SPDX-License-Identifier: BSD-3-Clause */
/* What is printed reads back as the same settings; the schema is JSON and whole. */
#include "config-test.h"
#include <jansson.h>
#include "config/keys.h"

static char *
printed(const ek_settings *s, int (*kind)(void *, size_t, const char *), void *arg)
{
  ek_text t = { 0 };
  ek_settings_print(s, kind, arg, &t);
  ek_text_c(&t);
  return t.data;
}

static const char *const round_trips[] = {
  "",
  "clean: none\n",
  "name: 'true'\nversion: 1\n",
  "catalog:\n  items: [a, \"-\", 'b c', \"tab\\there\", \"$$x\", ~/y]\n  interactions: \"b: c # d\"\n  delimiter: \"\\t\"\n",
  "catalog: {items: [], delimiter: ';'}\n",
  "catalog: {fields: {items: {\"odd: name\": \"['a.b']\", 'a.b': x, id: [\"=no\", \"=\", '- x', '{y}'], \"\\u2028\\x07\": \"\\ufeff\\U0001f600\"}}}\n",
  "catalog: {columns: {users: [{name: AGE, field: age, type: int, nullable: false}], items: [{name: A, field: a, textual: true}]}}\n",
  "chain:\n  - {plugin: shop/keywords, name: k, when: labels < 4, floor: 0.1, on_error: stop, batch: 7, timeout: 90s,\n"
  "     retry: {attempts: 1, first_delay: 0s, max_delay: 1500ms, max_share: 33.3%},\n"
  "     options: {a: 5, b: 'yes', c: [x, \"y, z\", [1, {d: \"\"}]], e: {}, f: null, g: 'null', h: \"a$$b\", i: \"${HOME}\", j: \"x\\ny\"}}\n",
  "merge: {strategy: confidence, votes: 64, parents: only, max_labels: 0, max_chars: 0}\n",
  "output: {dir: /a/b, label_column: 'GENRES', csv: rfc4180, quote: all, gzip: true, no_labels: drop, labels: true}\n",
  "run: {threads: 7, max_rejects: 0}\n",
  "run: {max_rejects: 0.7%}\n",
  "run: {max_rejects: 100%}\n",
  "clean: {aliases: {Tea: Teas, \"a: b\": '', 'null': x}, stop: [Other, 'n/a', \"#1\", null], bar: drop, max_length: 7}\n",
  "plugin_path: [plugins, /usr/lib/x]\n",
  "catalog: {fields: {items: {$a: x, \"${b}\": \"$$c\"}}}\nchain: [{plugin: a, options: {$$d: {$e: f}}}]\nclean: {aliases: {$5: $$6}}\n",
  "chain:\n  - {plugin: a, rate: v, workers: 50, budget: 20.5 USD, cache: true, prices: {image: 0.000000001 USD, 'a b': 7 USD}}\n"
  "  - {plugin: b, rate: 100/m, budget: none, cache: false}\n  - {plugin: c, rate: 0.3/s, prices: {}}\n"
  "rates: {v: {limit: 7/m, burst: 3, adapt: false}, 'true': {limit: 1000000/s}}\nrun: {budget: 3 USD, window: 7}\n",
  "images: {workers: 1, rate: 0.00001/s, timeout: 1ms, max_bytes: 1, max_side: 1, upgrade_https: false, full_size: false}\n"
  "network: {allow: [127.0.0.1, '[::1]:80', '10.0.0.0/8'], proxy: none, ca_bundle: ca.pem, connect_timeout: 3ms, max_redirects: 0, record: t}\n"
  "cache: {path: c.db, max_size: 0, max_age: 90d, mode: read}\naws: {region: eu-west-1, profile: 'a b', endpoint_url: 'http://127.0.0.1:4566/x'}\n",
  "network: {replay: t, proxy: 'http://me:${HOME}@proxy:3128', allow: []}\n",
  "chain: [{plugin: category, timeout: 1d}, {plugin: keywords, timeout: 61m}, {plugin: c, timeout: 3h}]\n",
};

START_TEST(reads_back)
{
  loaded a = load(round_trips[_i]);
  ck_no_errors(&a);
  char *one = printed(a.s, NULL, NULL);
  /* From another folder: everything is absolute by now. */
  loaded b = load_named("/elsewhere/other.yaml", one, strlen(one), NULL);
  if (!b.s)
    fprintf(stderr, "%s\n", one);
  ck_no_errors(&b);
  char *two = printed(b.s, NULL, NULL);
  ck_assert_str_eq(one, two);
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    ck_assert_uint_eq(a.s->catalog.inputs[k].n, b.s->catalog.inputs[k].n);
    for (size_t i = 0; i < a.s->catalog.inputs[k].n; i++)
      ck_assert_str_eq(a.s->catalog.inputs[k].list[i], b.s->catalog.inputs[k].list[i]);
    ck_assert_uint_eq(a.s->catalog.fields[k].n, b.s->catalog.fields[k].n);
    for (size_t i = 0; i < a.s->catalog.fields[k].n; i++) {
      const ek_field_rule *x = &a.s->catalog.fields[k].list[i], *y = &b.s->catalog.fields[k].list[i];
      ck_assert_str_eq(x->name, y->name);
      ck_assert_uint_eq(x->n_paths, y->n_paths);
      for (size_t p = 0; p < x->n_paths; p++)
        ck_assert_str_eq(x->paths[p], y->paths[p]);
    }
  }
  for (size_t i = 0; i < a.s->n_steps; i++) {
    ck_assert(a.s->chain[i].retry.max_share == b.s->chain[i].retry.max_share);
    ck_assert_int_eq(a.s->chain[i].timeout_ns, b.s->chain[i].timeout_ns);
  }
  ck_assert(a.s->run.max_reject_share == b.s->run.max_reject_share);
  ck_assert_uint_eq(a.s->clean.n_aliases, b.s->clean.n_aliases);
  ck_assert_uint_eq(a.s->clean.n_stop, b.s->clean.n_stop);
  unload(&a);
  unload(&b);
  free(one);
  free(two);
}
END_TEST

/* Options keep their texts and their kinds through a round. */
START_TEST(options_read_back)
{
  setenv("HOME", "/home/$x", 1);
  loaded a = load(round_trips[7]);
  char *one = printed(a.s, NULL, NULL);
  loaded b = load(one);
  ck_no_errors(&b);
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/a"), "5");
  ck_assert_int_eq(at(b.tree, "chain/0/options/a")->plain, 1);
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/c/1"), "y, z");
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/c/2/1/d"), "");
  ck_assert_int_eq(ek_node_null(at(b.tree, "chain/0/options/c/2/1/d")), 0);
  ck_assert_int_eq(at(b.tree, "chain/0/options/e")->kind, EK_NODE_MAP);
  ck_assert_int_eq(ek_node_null(at(b.tree, "chain/0/options/f")), 1);
  ck_assert_int_eq(ek_node_null(at(b.tree, "chain/0/options/g")), 0);
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/h"), "a$b");
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/i"), "/home/$x");
  ck_assert_str_eq(text_at(b.tree, "chain/0/options/j"), "x\ny");
  unload(&a);
  unload(&b);
  free(one);
}
END_TEST

static int
kinds(void *arg, size_t step, const char *option)
{
  ck_assert_str_eq(arg, "arg");
  if (strcmp(option, "token") == 0)
    return EK_OPTION_SECRET;
  return step == 1 && strcmp(option, "file") == 0 ? EK_OPTION_PATH : EK_OPTION_PLAIN;
}

START_TEST(secrets_and_paths)
{
  char arg[] = "arg";
  setenv("TOKEN", "hunter2", 1);
  static const char yaml[] = "chain:\n  - {plugin: a, options: {token: \"${TOKEN}\", file: words}}\n"
                             "  - {plugin: b, options: {token: [\"${TOKEN}\", {x: \"${NO_TOKEN:-hunter2}\"}], file: words}}\n";
  loaded l = load_named("/etc/ek/chain.yaml", yaml, sizeof yaml - 1, NULL);
  ck_no_errors(&l);
  char *text = printed(l.s, kinds, arg);
  ck_assert_ptr_null(strstr(text, "hunter2"));
  ck_assert_ptr_nonnull(strstr(text, "      token: \"${TOKEN}\"\n      file: words\n"));
  ck_assert_ptr_nonnull(strstr(text, "      token: \"***\"\n      file: /etc/ek/words\n"));
  unload(&l);
  free(text);
}
END_TEST

/* A secret is written as where it comes from, so that the file can be used again; what is not
 * wholly from elsewhere is not written.                                     */
START_TEST(secrets_read_back)
{
  static const struct { const char *written, *printed; } list[] = {
    { "\"${TOKEN}\"", "\"${TOKEN}\"" }, { "\"${TOKEN:-}\"", "\"${TOKEN:-}\"" }, { "\"${TOKEN:-hunter3}\"", "\"***\"" },
    { "\"${file:secret.txt}\"", "\"${file:/etc/ek/secret.txt}\"" }, { "\"${file:/a/b}\"", "\"${file:/a/b}\"" },
    { "\"Bearer ${TOKEN}\"", "\"***\"" }, { "hunter2", "\"***\"" }, { "\"${TOKEN}x\"", "\"***\"" }, { "\"${TOKEN}${TOKEN}\"", "\"***\"" },
  };
  char arg[] = "arg", yaml[200], expected[100];
  setenv("TOKEN", "hunter2", 1);
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    int n = snprintf(yaml, sizeof yaml, "chain: [{plugin: a, options: {token: %s}}]\nnetwork: {proxy: \"http://u:${TOKEN}@h\"}\n", list[i].written);
    ek_findings f = { 0 };
    ek_conf_tree *tree = ek_conf_parse("/etc/ek/chain.yaml", yaml, (size_t)n, &f);
    ek_node *node = (ek_node *)at(tree, "chain/0/options/token");
    node->problem = NULL;                        /* the files are not there           */
    node->indirect |= strstr(list[i].written, "${file") != NULL;
    ek_settings *s = ek_settings_make(tree, &f);
    ck_assert_ptr_nonnull(s);
    char *text = printed(s, kinds, arg);
    ck_assert_ptr_null(strstr(text, "hunter"));
    snprintf(expected, sizeof expected, "      token: %s\n", list[i].printed);
    ck_assert_msg(strstr(text, expected) != NULL, "%s in %s", expected, text);
    ck_assert_ptr_nonnull(strstr(text, "  proxy: \"http://u:${TOKEN}@h\"\n"));
    free(text);
    ek_settings_free(s);
    ek_conf_free(tree);
    ek_findings_free(&f);
  }
}
END_TEST

START_TEST(order_of_the_reference)
{
  static const char *const order[] = { "version:", "name:", "catalog:", "chain:", "clean:", "merge:", "output:", "run:", "images:",
                                       "network:", "cache:", "plugin_path:" };
  loaded l = load("catalog: {items: x}\n");
  char *text = printed(l.s, NULL, NULL);
  const char *p = text;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    const char *found = strstr(p, order[i]);
    ck_assert_ptr_nonnull(found);
    ck_assert(found == text || found[-1] == '\n');
    p = found;
  }
  unload(&l);
  free(text);
}
END_TEST

/* ---- schema -------------------------------------------------------------------------- */

/* The schema of a pattern, such as chain[].retry.attempts. */
static const json_t *
schema_of(const json_t *top, const char *path)
{
  const json_t *o = top;
  while (o && *path) {
    size_t n = strcspn(path, ".[");
    char key[64];
    const json_t *any = json_object_get(o, "anyOf");
    if (!json_object_get(o, "properties") && any)          /* clean: none, or a map     */
      o = json_array_get(any, 1);
    snprintf(key, sizeof key, "%.*s", (int)n, path);
    o = strcmp(key, "*") == 0 ? json_object_get(o, "additionalProperties") : json_object_get(json_object_get(o, "properties"), key);
    path += n;
    if (strncmp(path, "[]", 2) == 0) {
      o = json_object_get(o, "items");
      path += 2;
    }
    path += *path == '.';
  }
  return o;
}

START_TEST(schema)
{
  ek_text t = { 0 };
  ek_settings_schema(&t);
  json_error_t e;
  json_t *top = json_loads(ek_text_c(&t), JSON_REJECT_DUPLICATES, &e);
  ck_assert_msg(top != NULL, "%s", e.text);
  ck_assert_str_eq(json_string_value(json_object_get(top, "$schema")), "https://json-schema.org/draft/2020-12/schema");
  for (size_t i = 0; i < ek_keys_n; i++) {
    const json_t *o = schema_of(top, ek_keys[i].path);
    if (!ek_part_built[ek_keys[i].part]) {
      ck_assert_msg(o == NULL, "%s is not in this build", ek_keys[i].path);
      continue;
    }
    ck_assert_msg(json_object_get(o, "description") != NULL, "%s", ek_keys[i].path);
    if (ek_keys[i].def)
      ck_assert_msg(json_object_get(o, "default") != NULL, "%s", ek_keys[i].path);
  }
  const json_t *o = schema_of(top, "merge.strategy");
  const json_t *first = json_array_get(json_object_get(o, "anyOf"), 0);
  ck_assert_uint_eq(json_array_size(json_object_get(first, "enum")), 4);
  ck_assert_str_eq(json_string_value(json_object_get(o, "default")), "union");
  o = json_array_get(json_object_get(schema_of(top, "run.threads"), "anyOf"), 0);
  ck_assert_int_eq(json_integer_value(json_object_get(o, "maximum")), 1024);
  o = json_object_get(json_object_get(json_object_get(top, "properties"), "chain"), "items");
  ck_assert_str_eq(json_string_value(json_array_get(json_object_get(o, "required"), 0)), "plugin");
  ck_assert(json_is_false(json_object_get(o, "additionalProperties")));
  ck_assert(json_is_false(json_object_get(top, "additionalProperties")));
  ck_assert_ptr_nonnull(json_object_get(json_object_get(top, "patternProperties"), "^x-"));
  json_decref(top);
  ek_text_free(&t);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("config/print");
  TCase *t = tcase_create("print");
  tcase_add_loop_test(t, reads_back, 0, (int)(sizeof round_trips / sizeof *round_trips));
  tcase_add_test(t, options_read_back);
  tcase_add_test(t, secrets_and_paths);
  tcase_add_test(t, secrets_read_back);
  tcase_add_test(t, order_of_the_reference);
  suite_add_tcase(s, t);
  t = tcase_create("schema");
  tcase_add_test(t, schema);
  suite_add_tcase(s, t);
  return run_suite(s);
}
