/* SPDX-License-Identifier: BSD-3-Clause */
#include "config-test.h"

static ek_conf_tree *
parse(const char *yaml, ek_findings *f)
{
  return ek_conf_parse("chain.yaml", yaml, strlen(yaml), f);
}

static ek_conf_tree *
good(const char *yaml)
{
  loaded l = { .tree = NULL };
  l.tree = parse(yaml, &l.f);
  if (l.f.n)
    ck_abort_msg("not expected: %s", finding(&l, 0));
  ck_assert_ptr_nonnull(l.tree);
  return l.tree;
}

/* What parsing alone refuses, with this one finding. */
static void
bad_bytes(const char *yaml, size_t len, const char *expected)
{
  loaded l = { .tree = NULL };
  l.tree = ek_conf_parse("chain.yaml", yaml, len, &l.f);
  ck_one(&l, expected);
  unload(&l);
}

static void
bad(const char *yaml, const char *expected)
{
  bad_bytes(yaml, strlen(yaml), expected);
}

START_TEST(places)
{
  ek_conf_tree *t = good("name: shop\ncatalog:\n  items: 'a b'   # what\n  fields: {items: {id: sku}}\n");
  const ek_node *n = at(t, "catalog/items");
  ck_assert_uint_eq(n->place.line, 3);
  ck_assert_uint_eq(n->place.column, 10);
  ck_assert_uint_eq(n->place.width, 5);
  ck_assert_uint_eq(n->key_place.line, 3);
  ck_assert_uint_eq(n->key_place.column, 3);
  ck_assert_uint_eq(n->key_place.width, 5);
  ck_assert(strncmp(n->place.source, "  items: 'a b'   # what\n", 24) == 0);
  ck_assert_str_eq(n->place.file, "chain.yaml");
  ck_assert_int_eq(n->plain, 0);
  ck_assert_int_eq(at(t, "name")->plain, 1);
  n = at(t, "catalog/fields/items/id");
  ck_assert_uint_eq(n->key_place.column, 20);
  ck_assert_uint_eq(at(t, "catalog")->n, 2);
  ck_assert_ptr_null(ek_node_get(n, "x"));
  ek_conf_free(t);
}
END_TEST

START_TEST(columns_count_characters)
{
  ek_conf_tree *t = good("{\xc3\xa4\xc3\xb6: x, name: \xe2\x82\xac\xe2\x82\xac}\n");
  ck_assert_uint_eq(at(t, "name")->key_place.column, 9);
  ck_assert_uint_eq(at(t, "name")->place.width, 2);
  ek_conf_free(t);
}
END_TEST

START_TEST(scalars_stay_text)
{
  ek_conf_tree *t = good("a: 007\nb: no\nc: 1_000\nd: 2026-01-01\ne: !!str 5\nf: |\n  two\n  lines\ng: \"t\\tb\"\nh:\ni: ~\nj: 'null'\nk: null\n"
                         "l: 0x1F\nm: !!str null\n");
  ck_assert_str_eq(text_at(t, "a"), "007");
  ck_assert_str_eq(text_at(t, "b"), "no");
  ck_assert_str_eq(text_at(t, "c"), "1_000");
  ck_assert_str_eq(text_at(t, "d"), "2026-01-01");
  ck_assert_str_eq(text_at(t, "e"), "5");
  ck_assert_str_eq(text_at(t, "f"), "two\nlines\n");
  ck_assert_str_eq(text_at(t, "g"), "t\tb");
  ck_assert_str_eq(text_at(t, "l"), "0x1F");
  ck_assert_int_eq(ek_node_null(at(t, "a")), 0);
  ck_assert_int_eq(ek_node_null(at(t, "h")), 1);
  ck_assert_int_eq(ek_node_null(at(t, "i")), 1);
  ck_assert_int_eq(ek_node_null(at(t, "j")), 0);
  ck_assert_int_eq(ek_node_null(at(t, "k")), 1);
  ck_assert_int_eq(ek_node_null(at(t, "m")), 0);
  ck_assert_int_eq(ek_node_null(ek_conf_root(t)), 0);
  ek_conf_free(t);
}
END_TEST

START_TEST(empty_files)
{
  static const char *const texts[] = { "", "# only a comment\n", "---\n", "--- ~\n", "\xef\xbb\xbf", "\n\n", "null\n" };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    ek_conf_tree *t = good(texts[i]);
    ck_assert_int_eq(ek_conf_root(t)->kind, EK_NODE_MAP);
    ck_assert_uint_eq(ek_conf_root(t)->n, 0);
    ek_conf_free(t);
  }
}
END_TEST

START_TEST(byte_order_mark)
{
  ek_conf_tree *t = good("\xef\xbb\xbfname: shop\n");
  ck_assert_str_eq(text_at(t, "name"), "shop");
  ck_assert_uint_eq(at(t, "name")->key_place.column, 1);
  ek_conf_free(t);
}
END_TEST

START_TEST(line_ends)
{
  ek_conf_tree *t = good("a: 1\r\nb: 2\rc: 3\n");
  ck_assert_str_eq(text_at(t, "b"), "2");
  ck_assert_uint_eq(at(t, "c")->place.line, 3);
  ck_assert(strncmp(at(t, "b")->place.source, "b: 2\n", 5) == 0);
  ek_conf_free(t);
}
END_TEST

START_TEST(anchors_and_merges)
{
  ek_conf_tree *t = good("x-one: &one {a: 1, b: 2}\nx-two: &two {b: 3, c: &v 4}\n"
                         "m: {<<: *one, b: 9}\nl: {<<: [*one, *two], d: *v}\nq: {'<<': 5}\ns: [*v, *one]\nk: {*v : x}\n");
  ck_assert_ptr_null(at(t, "x-one"));
  ck_assert_str_eq(text_at(t, "m/a"), "1");
  ck_assert_str_eq(text_at(t, "m/b"), "9");
  ck_assert_uint_eq(at(t, "m")->n, 2);
  ck_assert_str_eq(text_at(t, "l/b"), "2");
  ck_assert_str_eq(text_at(t, "l/c"), "4");
  ck_assert_str_eq(text_at(t, "l/d"), "4");
  ck_assert_str_eq(text_at(t, "q/<<"), "5");
  ck_assert_str_eq(text_at(t, "s/0"), "4");
  ck_assert_str_eq(text_at(t, "s/1/b"), "2");
  ck_assert_str_eq(text_at(t, "k/4"), "x");
  ck_assert_uint_eq(at(t, "l/c")->place.line, 2);      /* where it is written       */
  ck_assert_uint_eq(at(t, "l/d")->key_place.line, 4);
  ek_conf_free(t);
  t = good("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");        /* an anchor may be set anew   */
  ck_assert_str_eq(text_at(t, "b"), "1");
  ck_assert_str_eq(text_at(t, "d"), "2");
  ek_conf_free(t);
  t = good("x: &e {}\ny: {<<: *e, a: 1}\nz: {<<: {a: 5, b: 6}}\n");
  ck_assert_uint_eq(at(t, "y")->n, 1);
  ck_assert_str_eq(text_at(t, "z/b"), "6");
  ek_conf_free(t);
}
END_TEST

static const struct { const char *yaml, *expected; } wrong[] = {
  { "a: b: c\n", "chain.yaml:1:5: this is not YAML: mapping values are not allowed in this context" },
  { "a:\n\t- b\n", "chain.yaml:2:1: this is not YAML: found character that cannot start any token, "
                   "while scanning for the next token / indent with blanks: YAML knows no tabs there" },
  { "a: @b\n", "chain.yaml:1:4: this is not YAML: found character that cannot start any token, "
               "while scanning for the next token / put the text in quotes" },
  { "a: {b: 1\nc: 2\n", "chain.yaml:2:2: this is not YAML: did not find expected ',' or '}', "
                        "while parsing a flow mapping that begins in line 1" },
  { "a: {b: ${C}}\n", "chain.yaml:1:9: this is not YAML: did not find expected ',' or '}', while parsing a flow mapping"
                      " / between { } or [ ] put it in quotes: \"${NAME}\"" },
  { "a: 'b\n", "chain.yaml:2:1: this is not YAML: found unexpected end of stream, while scanning a quoted scalar that begins in line 1" },
  { "[a]\n", "chain.yaml:1:1: a configuration is a map of keys, and this is a list / it begins with a key, such as   catalog: {items: FILE}" },
  { "shop\n", "chain.yaml:1:1: a configuration is a map of keys, and this is a single text / it begins with a key, such as   catalog: {items: FILE}" },
  { "a: 1\n---\nb: 2\n", "chain.yaml:2:1: a second document begins here / one file, one run: put it in a file of its own" },
  { "a: *b\n", "chain.yaml:1:4: no anchor 'b' ends before this / an anchor, &name, stands before its aliases, and not around them" },
  { "a: &a [*a]\n", "chain.yaml:1:8: no anchor 'a' ends before this / an anchor, &name, stands before its aliases, and not around them" },
  { "a: 1\nb: 2\na: 3\n", "chain.yaml:3:1: the key 'a' stands here twice; first in line 1 / keep one of them" },
  { "m: {<<: 1}\n", "chain.yaml:1:9: '<<' takes a map, or a list of maps / write <<: *name, or <<: [*one, *two]" },
  { "m: {<<: [{a: 1}, 2]}\n", "chain.yaml:1:18: '<<' takes a map, or a list of maps / write <<: *name, or <<: [*one, *two]" },
  { "m: {<<: {a: 1}, <<: {b: 1}}\n", "chain.yaml:1:17: '<<' stands here twice / write <<: [*one, *two]" },
  { "? [a]\n: b\n", "chain.yaml:1:3: a key must be one text, not a list or a map" },
  { "? {a: b}\n: b\n", "chain.yaml:1:3: a key must be one text, not a list or a map" },
  { "'': b\n", "chain.yaml:1:1: a key must be one text, and not empty" },
  { "x: &m {a: 1}\n*m : b\n", "chain.yaml:2:1: a key must be one text, and not empty" },
  { "a: !!binary aGk=\n", "chain.yaml:1:4: the tag 'tag:yaml.org,2002:binary' has no meaning here / leave the tag away" },
  { "a: !include b.yaml\n", "chain.yaml:1:4: the tag '!include' has no meaning here / leave the tag away" },
  { "a: !x [b]\n", "chain.yaml:1:4: the tag '!x' has no meaning here / leave the tag away" },
  { "a: \"x\\0y\"\n", "chain.yaml:1:4: a value holds U+0000" },
  { "a: \"\\ud800\"\n", "chain.yaml:1:7: this is not YAML: found invalid Unicode character escape code, while parsing a quoted scalar" },
  { "a: b\x01\n", "chain.yaml:1:5: this is not YAML: control characters are not allowed" },
};

START_TEST(wrong_yaml)
{
  bad(wrong[_i].yaml, wrong[_i].expected);
}
END_TEST

START_TEST(wrong_bytes)
{
  bad_bytes("a: 1\nb: \0\n", 9, "chain.yaml:2:4: a NUL byte / is this a text file?");
  bad_bytes("\0\0\0\0", 4, "chain.yaml:1:1: a NUL byte / is this a text file?");
  bad("a: 1\nb: caf\xe9\n", "chain.yaml:2: this line is not UTF-8 / save the file as UTF-8");
  bad("\xff\xfe", "chain.yaml:1: this line is not UTF-8 / save the file as UTF-8");
  bad("a: \xed\xa0\x80\n", "chain.yaml:1: this line is not UTF-8 / save the file as UTF-8");
  bad_bytes("\x1f\x8b\x08\x00", 4, "chain.yaml:1:3: a NUL byte / is this a text file?");
}
END_TEST

START_TEST(several_duplicates_at_once)
{
  loaded l = load("merge: {votes: 2, votes: 3}\nrun: {thread: 1}\nrun: {threads: 1}\n");
  ck_assert_uint_eq(l.f.errors, 3);
  ck_assert_str_eq(finding(&l, 0), "chain.yaml:1:19: the key 'votes' stands here twice; first in line 1 / keep one of them");
  ck_assert_str_eq(finding(&l, 1), "chain.yaml:3:1: the key 'run' stands here twice; first in line 2 / keep one of them");
  ck_assert_str_eq(finding(&l, 2), "chain.yaml:2:7: unknown key 'thread' in 'run' / did you mean 'threads'?");
  ck_assert_ptr_null(l.s);
  unload(&l);
}
END_TEST

/* Who reads the tree never meets a key twice: what it fills for one it need not
 * fill for two (found by fuzzing).                                          */
START_TEST(the_first_of_duplicates_stays)
{
  loaded l = load("catalog: {items: a, items: [b, c], items: d, fields: {items: {id: a, id: [b, c]}}}\n");
  ck_assert_uint_eq(l.f.errors, 3);
  ck_assert_str_eq(text_at(l.tree, "catalog/items"), "a");
  ck_assert_uint_eq(at(l.tree, "catalog")->n, 2);
  ck_assert_uint_eq(at(l.tree, "catalog/fields/items")->n, 1);
  unload(&l);
}
END_TEST

/* ---- limits ------------------------------------------------------------------------ */

static char *
repeat(const char *before, const char *piece, size_t n, const char *after)
{
  ek_text t = { 0 };
  ek_text_cstr(&t, before);
  for (size_t i = 0; i < n; i++)
    ek_text_cstr(&t, piece);
  ek_text_cstr(&t, after);
  ek_text_c(&t);
  return t.data;
}

static void
nested(size_t lists, const char *expected)
{
  char *close = repeat("", "]", lists, "\n"), *text = repeat("a: ", "[", lists, close);
  if (expected)
    bad(text, expected);
  else
    ek_conf_free(good(text));
  free(close);
  free(text);
}

START_TEST(levels)
{
  nested(63, NULL);                        /* and the map around them: 64         */
  nested(64, "chain.yaml:1:67: more than 64 levels");
  nested(100000, "chain.yaml:1:67: more than 64 levels");
  char *open = repeat("a: ", "{a: ", 100000, "");
  bad(open, "chain.yaml:1:256: more than 64 levels");
  free(open);
  open = repeat("", "- ", 100000, "");
  bad(open, "chain.yaml:1:129: more than 64 levels");
  free(open);
}
END_TEST

START_TEST(levels_through_aliases)
{
  char *close = repeat("", "]", 40, "\n"), *one = repeat("a: &a ", "[", 40, close);
  char *shut = repeat("*a", "]", 40, "\n"), *two = repeat("b: ", "[", 40, shut), *all = repeat(one, two, 1, "");
  bad(all, "chain.yaml:2:44: an alias brings in more than 64 levels");
  free(close), free(one), free(shut), free(two), free(all);
}
END_TEST

START_TEST(values)
{
  char *few = repeat("a: [", "1,", 9998, "]\n");           /* the map, the list, 9,998 texts */
  ek_conf_free(good(few));
  free(few);
  char *many = repeat("a: [", "1,", 9999, "]\n");
  bad(many, "chain.yaml:1:20001: more than 10,000 values, aliases counted as often as they are used"
            " / long lists belong in data files (aliases, stop lists, rules)");
  free(many);
}
END_TEST

START_TEST(alias_bomb)
{
  ek_text t = { 0 };
  ek_text_cstr(&t, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
  for (int i = 1; i < 30; i++)
    ek_text_printf(&t, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1, i - 1,
                   i - 1, i - 1, i - 1, i - 1);
  bad(ek_text_c(&t), "chain.yaml:5:10: more than 10,000 values, aliases counted as often as they are used"
                     " / long lists belong in data files (aliases, stop lists, rules)");
  ek_text_free(&t);
  /* the same through merges, which end in few keys but take the time of many */
  ek_text_cstr(&t, "m: &m {");
  for (int i = 0; i < 100; i++)
    ek_text_printf(&t, "k%d: 1, ", i);
  ek_text_cstr(&t, "}\nb: {<<: [");
  for (int i = 0; i < 2000; i++)
    ek_text_cstr(&t, "*m, ");
  ek_text_cstr(&t, "]}\n");
  loaded l = { .tree = NULL };
  l.tree = parse(ek_text_c(&t), &l.f);
  ck_assert_ptr_null(l.tree);
  ck_assert_uint_eq(l.f.n, 1);
  ck_assert_str_eq(l.f.list[0].code, "too_large");
  unload(&l);
  ek_text_free(&t);
}
END_TEST

START_TEST(bytes)
{
  size_t n = (size_t)1 << 20;
  char *text = ek_mem_alloc(n + 2);
  memset(text, '#', n + 1);
  memcpy(text, "name: x\n", 8);
  text[n + 1] = 0;
  loaded l = { .tree = NULL };
  l.tree = ek_conf_parse("chain.yaml", text, n, &l.f);
  ck_assert_ptr_nonnull(l.tree);
  unload(&l);
  bad_bytes(text, n + 1, "chain.yaml: a configuration is at most 1 MiB"
                         " / long lists belong in data files (aliases, stop lists, rules)");
  write_file("big.yaml", text, n + 1);
  l = (loaded){ .tree = NULL };
  l.tree = ek_conf_load("big.yaml", &l.f);
  ck_one(&l, "big.yaml: a configuration is at most 1 MiB"
             " / long lists belong in data files (aliases, stop lists, rules)");
  unload(&l);
  free(text);
}
END_TEST

/* ---- files -------------------------------------------------------------------------- */

START_TEST(files)
{
  loaded l = { .tree = NULL };
  char cwd[512];
  ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
  write_file("a.yaml", "name: x\n", 8);
  l.tree = ek_conf_load("a.yaml", &l.f);
  ck_assert_ptr_nonnull(l.tree);
  ck_assert_str_eq(ek_conf_file(l.tree), "a.yaml");
  ck_assert_str_eq(ek_conf_dir(l.tree), cwd);
  ck_assert_str_eq(ek_conf_sha256(l.tree), "a2a79ea37edb1963efaae29281523ab441a8a99df048d204f22f3f413e325afc");
  unload(&l);
  l = (loaded){ .tree = NULL };
  l.tree = ek_conf_load("missing.yaml", &l.f);
  ck_one(&l, "missing.yaml: cannot open it: No such file or directory");
  ck_assert_str_eq(l.f.list[0].code, "cannot_read");
  unload(&l);
  l = (loaded){ .tree = NULL };
  l.tree = ek_conf_load(".", &l.f);
  ck_one(&l, ".: cannot read it: Is a directory");
  unload(&l);
}
END_TEST

START_TEST(standard_input)
{
  loaded l = { .tree = NULL };
  char cwd[512];
  write_file("in.yaml", "name: piped\n", 12);
  ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
  ck_assert_ptr_nonnull(freopen("in.yaml", "r", stdin));
  l.tree = ek_conf_load("-", &l.f);
  ck_assert_ptr_nonnull(l.tree);
  ck_assert_str_eq(text_at(l.tree, "name"), "piped");
  ck_assert_str_eq(ek_conf_dir(l.tree), cwd);
  unload(&l);
}
END_TEST

static void
path_is(const ek_conf_tree *t, const char *key, const char *expected)
{
  char *p = ek_conf_path(t, at(t, key));
  ck_assert_str_eq(p, expected);
  free(p);
}

START_TEST(paths)
{
  static const char yaml[] = "a: data/x\nb: /abs/x\nc: ~/x\nd: '-'\ne: ./x\nf: ../x\ng: '~'\nh: ~user/x\ni: '.'\nj: '././x'\n";
  ek_findings f = { 0 };
  char cwd[512], expected[600];
  setenv("HOME", "/home/shop", 1);
  ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
  ek_conf_tree *t = ek_conf_parse("/etc/ek/chain.yaml", yaml, sizeof yaml - 1, &f);
  path_is(t, "a", "/etc/ek/data/x");
  path_is(t, "b", "/abs/x");
  path_is(t, "c", "/home/shop/x");
  path_is(t, "d", "-");
  path_is(t, "e", "/etc/ek/x");
  path_is(t, "f", "/etc/ek/../x");
  path_is(t, "g", "/home/shop");
  path_is(t, "h", "/etc/ek/~user/x");
  path_is(t, "i", "/etc/ek/");
  path_is(t, "j", "/etc/ek/x");
  ck_assert_int_eq(ek_conf_set(t, "a=data/y", &f), 0);
  snprintf(expected, sizeof expected, "%s/data/y", cwd);
  path_is(t, "a", expected);
  ek_conf_free(t);
  t = ek_conf_parse("sub/chain.yaml", yaml, sizeof yaml - 1, &f);
  snprintf(expected, sizeof expected, "%s/sub/data/x", cwd);
  path_is(t, "a", expected);
  ek_conf_free(t);
  t = ek_conf_parse("/chain.yaml", yaml, sizeof yaml - 1, &f);
  path_is(t, "a", "/data/x");
  ek_conf_free(t);
}
END_TEST

/* ---- ${} ------------------------------------------------------------------------------ */

static const struct { const char *in, *out; int indirect; } expansions[] = {
  { "${SHOP}", "tea", 1 }, { "a${SHOP}b${SHOP}", "ateabtea", 1 }, { "${EMPTY}", "", 1 },
  { "${NONE:-x}", "x", 0 }, { "${EMPTY:-x}", "x", 0 }, { "${SHOP:-x}", "tea", 1 }, { "${NONE:-}", "", 0 },
  { "${NONE:-a:-b}", "a:-b", 0 }, { "${NONE:-$$5}", "$5", 0 }, { "${NONE:-$5}", "$5", 0 },
  { "$$", "$", 0 }, { "$${SHOP}", "${SHOP}", 0 }, { "$$$${SHOP}", "$${SHOP}", 0 }, { "$$${SHOP}", "$tea", 1 },
  { "$5", "$5", 0 }, { "5$", "5$", 0 }, { "$SHOP", "$SHOP", 0 }, { "{SHOP}", "{SHOP}", 0 }, { "$ {SHOP}", "$ {SHOP}", 0 },
  { "${TRICK}", "${SHOP} # $$ [1]", 1 }, { "${_X1}", "under", 1 },
  { "${file:secret}", "s3cret", 1 }, { "${file:./secret}!", "s3cret!", 1 }, { "${file:empty}", "", 1 },
  { "${file:two}", "a\nb", 1 }, { "${file:dos}", "a", 1 }, { "${file:lf}", "", 1 }, { "${file:bare}", "x", 1 },
};

static void
surroundings(void)
{
  setenv("SHOP", "tea", 1);
  setenv("EMPTY", "", 1);
  setenv("TRICK", "${SHOP} # $$ [1]", 1);
  setenv("_X1", "under", 1);
  setenv("LATIN", "caf\xe9", 1);
  unsetenv("NONE");
  write_file("secret", "s3cret\n", 7);
  write_file("empty", "", 0);
  write_file("two", "a\nb\n", 4);
  write_file("dos", "a\r\n", 3);
  write_file("lf", "\n", 1);
  write_file("bare", "x", 1);
  write_file("nul", "a\0b", 3);
}

START_TEST(expansion)
{
  char yaml[300];
  snprintf(yaml, sizeof yaml, "v: \"%s\"\n", expansions[_i].in);
  ek_conf_tree *t = good(yaml);
  const ek_node *n = at(t, "v");
  ck_assert_ptr_null(n->problem);
  ck_assert_str_eq(n->text, expansions[_i].out);
  ck_assert_str_eq(n->raw, expansions[_i].in);
  ck_assert_int_eq(n->indirect, expansions[_i].indirect);
  ek_conf_free(t);
}
END_TEST

static const struct { const char *in, *expected; } unexpanded[] = {
  { "${NONE}", "chain.yaml:1:4: environment variable NONE is not set / export NONE=..., or give a default: ${NONE:-name}" },
  { "a ${NONE} b", "chain.yaml:1:4: environment variable NONE is not set / export NONE=..., or give a default: ${NONE:-name}" },
  { "${SHOP", "chain.yaml:1:4: '${' has no '}' / close it, or write $$ for a dollar" },
  { "${}", "chain.yaml:1:4: cannot read '${}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${1A}", "chain.yaml:1:4: cannot read '${1A}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${SHOP-x}", "chain.yaml:1:4: cannot read '${SHOP-x}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${SHOP:x}", "chain.yaml:1:4: cannot read '${SHOP:x}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${SHOP:}", "chain.yaml:1:4: cannot read '${SHOP:}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${A B}", "chain.yaml:1:4: cannot read '${A B}' / write ${NAME}, ${NAME:-default} or ${file:PATH}; $$ is a dollar" },
  { "${NONE:-${SHOP}}", "chain.yaml:1:4: a default inside ${} cannot hold another ${}" },
  { "${LATIN}", "chain.yaml:1:4: environment variable LATIN is not UTF-8 text" },
  { "${file:}", "chain.yaml:1:4: ${file:} names no file / write ${file:/run/secrets/token}" },
  { "${file:none}", "chain.yaml:1:4: ${file:none}: cannot open it: No such file or directory" },
  { "${file:nul}", "chain.yaml:1:4: the file's text is not UTF-8 text" },
  { "${file:.}", "chain.yaml:1:4: ${file:.}: cannot read it: Is a directory" },
  { "${file:/dev/zero}", "chain.yaml:1:4: ${file:/dev/zero}: more than 1024 KiB" },
};

START_TEST(no_expansion)
{
  char yaml[300];
  loaded l = { .tree = NULL };
  snprintf(yaml, sizeof yaml, "v: \"%s\"\n", unexpanded[_i].in);
  l.tree = parse(yaml, &l.f);
  ck_assert_ptr_nonnull(l.tree);
  ck_assert_uint_eq(l.f.n, 0);             /* told where it is used, not before    */
  ck_assert_str_eq(text_at(l.tree, "v"), "");
  ck_assert_int_eq(ek_node_null(at(l.tree, "v")), 0);
  ck_assert_int_eq(ek_node_check(ek_conf_root(l.tree), &l.f), -1);
  ck_one(&l, unexpanded[_i].expected);
  unload(&l);
}
END_TEST

START_TEST(only_in_values)
{
  ek_conf_tree *t = good("${SHOP}: x   # ${NONE}\nl: [\"${SHOP}\", '${SHOP}']\nm:\n  a: ${SHOP}\nx-y: ${NONE}\n");
  ck_assert_str_eq(text_at(t, "${SHOP}"), "x");
  ck_assert_str_eq(text_at(t, "l/0"), "tea");
  ck_assert_str_eq(text_at(t, "l/1"), "tea");
  ck_assert_str_eq(text_at(t, "m/a"), "tea");
  ck_assert_int_eq(ek_node_check(ek_conf_root(t), NULL), 0);
  ek_conf_free(t);
}
END_TEST

START_TEST(empty_from_outside_is_default)
{
  ek_conf_tree *t = good("a: ${EMPTY}\nb: '${EMPTY}'\nc: ${NULLISH}\nd: ${NONE:-null}\n");
  ck_assert_int_eq(ek_node_null(at(t, "a")), 1);
  ck_assert_int_eq(ek_node_null(at(t, "b")), 0);
  ck_assert_int_eq(ek_node_null(at(t, "c")), 0);
  ck_assert_int_eq(ek_node_null(at(t, "d")), 0);
  ek_conf_free(t);
}
END_TEST

START_TEST(expansion_is_bounded)
{
  char *big = ek_mem_alloc(100001);
  memset(big, 'x', 100000);
  big[100000] = 0;
  setenv("BIG", big, 1);
  char *yaml = repeat("v: [", "\"${BIG}${BIG}\", ", 100, "]\n");
  loaded l = { .tree = NULL };
  l.tree = parse(yaml, &l.f);
  ck_assert_int_eq(ek_node_check(ek_conf_root(l.tree), &l.f), -1);
  ck_assert_str_eq(l.f.list[0].message, "${} brings in more than 16 MiB of text");
  unload(&l);
  free(yaml);
  free(big);
}
END_TEST

static void
more_surroundings(void)
{
  surroundings();
  setenv("NULLISH", "null", 1);
}

#define N(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  Suite *s = suite_create("config/tree");
  TCase *t = tcase_create("yaml");
  tcase_add_test(t, places);
  tcase_add_test(t, columns_count_characters);
  tcase_add_test(t, scalars_stay_text);
  tcase_add_test(t, empty_files);
  tcase_add_test(t, byte_order_mark);
  tcase_add_test(t, line_ends);
  tcase_add_test(t, anchors_and_merges);
  tcase_add_loop_test(t, wrong_yaml, 0, N(wrong));
  tcase_add_test(t, wrong_bytes);
  tcase_add_test(t, several_duplicates_at_once);
  tcase_add_test(t, the_first_of_duplicates_stays);
  suite_add_tcase(s, t);
  t = tcase_create("limits");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, levels);
  tcase_add_test(t, levels_through_aliases);
  tcase_add_test(t, values);
  tcase_add_test(t, alias_bomb);
  tcase_add_test(t, bytes);
  suite_add_tcase(s, t);
  t = tcase_create("files");
  tcase_add_test(t, files);
  tcase_add_test(t, standard_input);
  tcase_add_test(t, paths);
  suite_add_tcase(s, t);
  t = tcase_create("expansion");
  tcase_add_checked_fixture(t, more_surroundings, NULL);
  tcase_add_loop_test(t, expansion, 0, N(expansions));
  tcase_add_loop_test(t, no_expansion, 0, N(unexpanded));
  tcase_add_test(t, only_in_values);
  tcase_add_test(t, empty_from_outside_is_default);
  tcase_add_test(t, expansion_is_bounded);
  suite_add_tcase(s, t);
  return run_suite(s);
}
