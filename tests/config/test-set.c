/* SPDX-License-Identifier: BSD-3-Clause */
#include "config-test.h"

static const char base[] =
  "catalog:\n  items: a.jsonl\n  fields: {items: {id: [sku, id]}}\n"
  "clean: {stop: [Other, Misc], max_length: 5}\n"
  "chain:\n  - {plugin: category, floor: 0.1}\n  - {plugin: shop/keywords, options: {file: k.tsv}}\n"
  "  - {plugin: keywords, name: second}\n";

/* Where to look afterwards and what must be there; key NULL ends the --sets. */
static const struct { const char *sets[4], *path, *text; } good[] = {
  { { "output.dir=out" }, "output/dir", "out" },
  { { "output.dir=a=b" }, "output/dir", "a=b" },
  { { "output.dir=a, b" }, "output/dir", "a, b" },          /* commas mean nothing */
  { { "output.dir='a'" }, "output/dir", "a" },
  { { "output.dir=a", "output.dir=b" }, "output/dir", "b" },
  { { "catalog.items=b.jsonl" }, "catalog/items", "b.jsonl" },
  { { "catalog.items=${HOME}" }, "catalog/items", "${HOME}" },
  { { "catalog.items=$$x" }, "catalog/items", "$$x" },
  { { "catalog.items=" }, "catalog/items", "" },
  { { "catalog.items=null" }, "catalog/items", "null" },
  { { "clean.stop=[A, B]" }, "clean/stop/1", "B" },
  { { "clean.stop[1]=B" }, "clean/stop/1", "B" },
  { { "clean.stop[+]=C" }, "clean/stop/2", "C" },
  { { "clean.stop[+]=C", "clean.stop[2]=D" }, "clean/stop/2", "D" },
  { { "clean={bar: keep}" }, "clean/bar", "keep" },
  { { "clean={bar: keep}" }, "clean/max_length", "(none)" },
  { { "clean={bar: keep}", "clean.tags=false" }, "clean/tags", "false" },
  { { "chain[0].floor=0.5" }, "chain/0/floor", "0.5" },
  { { "chain[category].floor=0.5" }, "chain/0/floor", "0.5" },
  { { "chain[second].when=no_labels" }, "chain/2/when", "no_labels" },
  { { "chain[keywords].when=no_labels" }, "chain/1/when", "no_labels" },   /* shop/keywords, by its id */
  { { "chain[shop/keywords].when=no_labels" }, "chain/1/when", "no_labels" },
  { { "chain[1].options.file=x" }, "chain/1/options/file", "x" },
  { { "chain[1].options={a: 1}" }, "chain/1/options/file", "(none)" },
  { { "chain[+]={plugin: third}" }, "chain/3/plugin", "third" },
  { { "chain[+].plugin=third", "chain[third].floor=1" }, "chain/3/floor", "1" },
  { { "chain[second].name=x", "chain[x].floor=1" }, "chain/2/floor", "1" },
  { { "chain=" }, "chain", "" },
  { { "catalog.fields.items['a.b']=x" }, "catalog/fields/items/a.b", "x" },
  { { "catalog.fields.items[\"a.b\"]=x" }, "catalog/fields/items/a.b", "x" },
  { { "catalog.fields.items['id']=x" }, "catalog/fields/items/id", "x" },
  { { "catalog.fields.items.id[0]=x" }, "catalog/fields/items/id/0", "x" },
  { { "catalog.fields.items.title[+]=x" }, "catalog/fields/items/title/3", "x" },
  { { "catalog.fields.items.title[0]=x" }, "catalog/fields/items/title/1", "TITLE" },
  { { "merge.strategy=&a vote", NULL }, "merge/strategy", "vote" },
  { { "output.dir=\"a\\tb\"" }, "output/dir", "a\tb" },
  { { "catalog.users[+]=u.csv" }, "catalog/users/0", "u.csv" },
  { { "merge=", "merge.votes=3" }, "merge/votes", "3" },
};

START_TEST(accepted)
{
  loaded l = { .tree = NULL };
  l.tree = ek_conf_parse("chain.yaml", base, sizeof base - 1, &l.f);
  for (size_t i = 0; i < 4 && good[_i].sets[i]; i++)
    ck_assert_int_eq(ek_conf_set(l.tree, good[_i].sets[i], &l.f), 0);
  ck_assert_uint_eq(l.f.n, 0);
  ck_assert_str_eq(text_at(l.tree, good[_i].path), good[_i].text);
  unload(&l);
}
END_TEST

#define FORM " / write  --set output.dir=out  --set 'chain[0].floor=0.5'  --set \"catalog.fields.items['a.b']=x\""

static const struct { const char *set, *expected; } bad[] = {
  { "output.dir", "--set output.dir: no '=' in it / write KEY=VALUE, for example  --set output.dir=out" },
  { "", "--set : no '=' in it / write KEY=VALUE, for example  --set output.dir=out" },
  { "=x", "--set =x: the key is empty / write  --set output.dir=out" },
  { ".a=x", "--set .a=x: cannot read the key at '.a'" FORM },
  { "a..b=x", "--set a..b=x: cannot read the key at '..b'" FORM },
  { "a.=x", "--set a.=x: cannot read the key at '.'" FORM },
  { "[0]=x", "--set [0]=x: cannot read the key at '[0]'" FORM },
  { "a[=x", "--set a[=x: cannot read the key at '['" FORM },
  { "a[]=x", "--set a[]=x: cannot read the key at '[]'" FORM },
  { "a[0]b=x", "--set a[0]b=x: cannot read the key at 'b'" FORM },
  { "a['b]=x", "--set a['b]=x: cannot read the key at '['b]'" FORM },
  { "a['']=x", "--set a['']=x: cannot read the key at '['']'" FORM },
  { "chain[99999999999999999999]=x", "--set chain[99999999999999999999]=x: '99999999999999999999...' is no place in a list" },
  { "chain[3].floor=1", "--set chain[3].floor=1: 'chain' has 3 elements, so there is no [3] / places count from 0; [+] adds one at the end" },
  { "clean.stop[2]=x", "--set clean.stop[2]=x: 'clean.stop' has 2 elements, so there is no [2] / places count from 0; [+] adds one at the end" },
  { "chain[image].floor=1", "--set chain[image].floor=1: no element of 'chain' is named 'image' / [+] adds one" },
  { "clean.stop[Other]=x", "--set clean.stop[Other]=x: only steps and tests go by name, and 'clean.stop[Other]' is neither"
                           " / elsewhere count from 0, or write .name for a key" },
  { "chain.floor=1", "--set chain.floor=1: 'chain' is no map / set it as a whole: --set 'KEY=VALUE'" },
  { "clean[0]=1", "--set clean[0]=1: 'clean' is no list / set it as a whole: --set 'KEY=VALUE'" },
  { "catalog.items.path=x", "--set catalog.items.path=x: 'catalog.items' is no map / set it as a whole: --set 'KEY=VALUE'" },
  { "catalog.items[+]=x", "--set catalog.items[+]=x: 'catalog.items' is no list / set it as a whole: --set 'KEY=VALUE'" },
  { "chain[0]=", "--set chain[0]=: 'chain[0]' has no default to go back to / set the list as a whole" },
  { "chain[+]=null", "--set chain[+]=null: 'chain[+]' has no default to go back to / set the list as a whole" },
  { "x-a=1", "--set x-a=1: keys that begin with x- are for anchors in the file; nothing reads them" },
  { "a={b: 1", "--set a={b: 1: this is not YAML: did not find expected ',' or '}', while parsing a flow mapping" },
  { "a={b: 1, b: 2}", "--set a={b: 1, b: 2}: the key 'b' stands here twice" },
  { "a=b: c: d", "--set a=b: c: d: this is not YAML: mapping values are not allowed in this context" },
  { "a=*b", "--set a=*b: no anchor 'b' ends before this / an anchor, &name, stands before its aliases, and not around them" },
  { "a=\xff", "--set a=\\xff: this line is not UTF-8 / save the file as UTF-8" },
  { "a=1\n---\n2", "--set a=1\\n---\\n2: a second document begins here / one file, one run: put it in a file of its own" },
};

START_TEST(not_accepted)
{
  loaded l = { .tree = NULL };
  l.tree = ek_conf_parse("chain.yaml", base, sizeof base - 1, &l.f);
  ck_assert_int_eq(ek_conf_set(l.tree, bad[_i].set, &l.f), -1);
  ck_one(&l, bad[_i].expected);
  unload(&l);
}
END_TEST

START_TEST(two_of_one_name)
{
  static const char *const sets[] = { "chain[category].floor=1", NULL };
  static const char yaml[] = "chain: [{plugin: category}, {plugin: category}]\n";
  loaded l = load_named("chain.yaml", yaml, sizeof yaml - 1, sets);
  ck_assert_str_eq(finding(&l, 0), "--set chain[category].floor=1: more than one element of 'chain' is named 'category'"
                                   " / count from 0 instead, or give them names");
  unload(&l);
}
END_TEST

/* A list that the file leaves out is its default, for --set too. */
START_TEST(default_chain)
{
  static const char *const sets[] = { "chain[+]={plugin: keywords}", "chain[category].floor=0.5", NULL };
  loaded l = load_named("chain.yaml", "", 0, sets);
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->n_steps, 2);
  ck_assert_str_eq(l.s->chain[0].plugin, "category");
  ck_assert(l.s->chain[0].floor == 0.5);
  ck_assert_str_eq(l.s->chain[1].plugin, "keywords");
  unload(&l);
}
END_TEST

/* null and nothing go back to the table's default, not to the file's. */
START_TEST(back_to_default)
{
  static const char yaml[] = "catalog: {items: a, interactions: b, fields: {items: {id: sku}}}\nmerge: {max_labels: 9}\nname: x\n"
                             "clean: none\nchain: [{plugin: keywords}]\nimport: {engine: local}\n";
  static const char *const sets[] = { "catalog.interactions=", "merge.max_labels=null", "name=~", "clean=", "chain=",
                                      "catalog.fields.items.id=", "import=", "run.window=", "chain=", "plugin_path=", NULL };
  loaded l = load_named("dir/chain.yaml", yaml, sizeof yaml - 1, sets);
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->catalog.inputs[EK_INTERACTIONS].n, 0);
  ck_assert_uint_eq(l.s->catalog.inputs[EK_ITEMS].n, 1);
  ck_assert_uint_eq(l.s->merge.max_labels, 3);
  ck_assert_str_eq(l.s->name, "chain");
  ck_assert_int_eq(l.s->clean.tags, 1);
  ck_assert_str_eq(l.s->chain[0].plugin, "category");
  ck_assert_str_eq(l.s->catalog.fields[EK_ITEMS].list[0].paths[0], "ITEM_ID");
  ck_assert_int_eq(l.s->sections.import, 0);
  unload(&l);
}
END_TEST

START_TEST(a_misspelt_key_is_found_even_when_emptied)
{
  static const char *const sets[] = { "catlog.interactions=", "merge.vots=", NULL };
  loaded l = load_named("chain.yaml", "", 0, sets);
  ck_assert_uint_eq(l.f.n, 2);
  ck_assert_str_eq(finding(&l, 0), "--set catlog.interactions=: unknown key 'catlog' / did you mean 'catalog'?");
  ck_assert_str_eq(finding(&l, 1), "--set merge.vots=: unknown key 'vots' in 'merge' / did you mean 'votes'?");
  unload(&l);
}
END_TEST

START_TEST(saves_an_unset_variable)
{
  static const char yaml[] = "output: {dir: \"${NONE_SUCH}\"}\n";
  static const char *const sets[] = { "output.dir=out", NULL };
  loaded l = load_named("chain.yaml", yaml, sizeof yaml - 1, NULL);
  ck_assert_uint_eq(l.f.errors, 1);
  unload(&l);
  l = load_named("chain.yaml", yaml, sizeof yaml - 1, sets);
  ck_no_errors(&l);
  unload(&l);
}
END_TEST

START_TEST(marks_its_values)
{
  static const char *const sets[] = { "chain[1].options={file: k.tsv, l: [a]}", NULL };
  loaded l = load_named("chain.yaml", base, sizeof base - 1, sets);
  ck_assert_int_eq(at(l.tree, "chain/1/options/file")->from_set, 1);
  ck_assert_int_eq(at(l.tree, "chain/1/options/l/0")->from_set, 1);
  ck_assert_int_eq(at(l.tree, "chain/1/options/file")->indirect, 0);
  ck_assert_int_eq(at(l.tree, "chain/0/plugin")->from_set, 0);
  ck_assert_uint_eq(at(l.tree, "chain/1/options/file")->place.line, 0);
  unload(&l);
}
END_TEST

START_TEST(long_assignments_are_cut)
{
  ek_findings f = { 0 };
  ek_conf_tree *t = ek_conf_parse("chain.yaml", "", 0, &f);
  char *set = ek_mem_alloc(100003);
  memset(set, 'a', 100002);
  set[100002] = 0;
  ck_assert_int_eq(ek_conf_set(t, set, &f), -1);
  ck_assert_uint_lt(strlen(f.list[0].place.file), 120);
  set[50000] = '=';
  ck_assert_int_eq(ek_conf_set(t, set, &f), 0);
  for (size_t i = 1; i < 100000; i += 2)
    set[i] = '.';
  set[99999] = '=';
  ck_assert_int_eq(ek_conf_set(t, set, &f), -1);
  ck_assert_str_eq(f.list[1].message, "the key has more than 64 parts");
  free(set);
  ek_conf_free(t);
  ek_findings_free(&f);
}
END_TEST

#define N(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("config/set");
  TCase *t = tcase_create("set");
  tcase_add_loop_test(t, accepted, 0, N(good));
  tcase_add_loop_test(t, not_accepted, 0, N(bad));
  tcase_add_test(t, two_of_one_name);
  tcase_add_test(t, default_chain);
  tcase_add_test(t, back_to_default);
  tcase_add_test(t, a_misspelt_key_is_found_even_when_emptied);
  tcase_add_test(t, saves_an_unset_variable);
  tcase_add_test(t, marks_its_values);
  tcase_add_test(t, long_assignments_are_cut);
  suite_add_tcase(s, t);
  return run_suite(s);
}
