/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "chain/clean.h"
#include "chain/entities.h"
#include "chain/scan.h"
#include "chain/suite.h"

static const ek_clean_settings off = { .bar = EK_BAR_KEEP };
static const ek_clean_settings defaults = { .control = 1, .entities = 1, .tags = 1, .whitespace = 1, .sentences = 1,
                                            .neighbours = 1, .case_duplicates = 1, .bar = EK_BAR_SPLIT,
                                            .max_length = 100 };

/* What cleaning makes of a label, joined with ';', then the steps that counted. */
static const char *
cleaned_str(const ek_clean_settings *s, ek_str name)
{
  static ek_text out;
  static const char *const steps[EK_RM_N] = { "", "control", "entities", "tags", "whitespace", "bar", "aliases", "stop",
                                              "max_length", "sentences", "", "", "", "" };
  ek_arena arena = { 0 };
  ek_cleaner *c = ek_cleaner_new(s);
  ek_clean_counts counts = { { 0 } };
  ek_tag tag = { .name = name };
  ek_clean_tag(c, &arena, &tag, &counts);
  ek_text_clear(&out);
  for (size_t i = 0; i < tag.n_clean; i++) {
    if (i)
      ek_text_char(&out, ';');
    ek_text_str(&out, tag.clean[i]);
  }
  if (!tag.n_clean)
    ek_text_printf(&out, "(%s)", steps[tag.removed]);
  else
    ck_assert_uint_eq(tag.removed, EK_IN);
  for (size_t i = 0; i < EK_RM_N; i++)
    if (counts.n[i])
      ek_text_printf(&out, " %s=%u", steps[i], (unsigned)counts.n[i]);

  /* A parent goes the same way. */
  ek_str values[16];
  uint8_t removed = EK_IN;
  size_t n = ek_clean_value(c, &arena, name, values, 16, &removed, NULL);
  ck_assert_uint_eq(n, tag.n_clean);
  for (size_t i = 0; i < n; i++)
    ck_assert(ek_str_eq(values[i], tag.clean[i]));
  ck_assert_uint_eq(removed, tag.removed);
  ek_cleaner_free(c);
  ek_arena_free(&arena);
  return ek_text_c(&out);
}

static const char *
cleaned(const ek_clean_settings *s, const char *name)
{
  return cleaned_str(s, ek_cstr(name));
}

START_TEST(nothing_to_do_costs_nothing)
{
  static const char *const names[] = { "Tea", "Grocery & Gourmet Food", "a < b", "<3 hearts", "Caf\xc3\xa9", "x",
                                       "Dr. Pepper", "one two three four five six seven eight" };
  ek_cleaner *c = ek_cleaner_new(&defaults);
  for (size_t i = 0; i < N(names); i++) {
    ek_arena arena = { 0 };
    ek_clean_counts counts = { { 0 } };
    ek_tag tag = { .name = ek_cstr(names[i]) };
    ek_clean_tag(c, &arena, &tag, &counts);
    ck_assert_ptr_eq(tag.clean, &tag.name);
    ck_assert_uint_eq(tag.n_clean, 1);
    ck_assert_ptr_null(arena.head);          /* nothing was allocated                */
    ck_assert_uint_eq(tag.removed, EK_IN);
    for (size_t k = 0; k < EK_RM_N; k++)
      ck_assert_uint_eq(counts.n[k], 0);
  }
  ek_cleaner_free(c);
}
END_TEST

START_TEST(none_leaves_all_alone)
{
  static const char *const names[] = { " \x01 &amp; <b>|\t a b c d e f g h i j k. ", "Gift Cards", "|", " " };
  for (size_t i = 0; i < N(names); i++)
    ck_assert_str_eq(cleaned(&off, names[i]), names[i]);
}
END_TEST

typedef struct sample { const char *in, *out; } sample;

static void
check_samples(const ek_clean_settings *s, const sample *samples, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ck_assert_str_eq(cleaned(s, samples[i].in), samples[i].out);
}

START_TEST(control_characters)
{
  static const sample samples[] = {
    { "Te\x01" "a", "Tea control=1" },
    { "\x7f", "(control) control=1" },
    { "Te\xc2\x80" "a\xc2\x9f", "Tea control=1" },
    { "a\tb\nc\rd", "a b c d whitespace=1" },                   /* blanks are no rubbish        */
    { "a\xc2\x85" "b", "a b whitespace=1" },
    { "\xe2\x80\x8d", "\xe2\x80\x8d" },                             /* a joiner is no control    */
    { "\x02 \x03", "(whitespace) control=1 whitespace=1" },
    { "&#x81;Tea", "Tea entities=1" },                          /* not by the back door         */
    { "&#x81;", "(control) control=1 entities=1" },
  };
  check_samples(&defaults, samples, N(samples));
  ck_assert_str_eq(cleaned_str(&defaults, (ek_str){ "Te\0a", 4 }), "Tea control=1");
  ek_clean_settings s = off;
  s.control = 1;
  ck_assert_str_eq(cleaned(&s, " \x01\t "), " \t  control=1");
}
END_TEST

START_TEST(tags)
{
  static const sample samples[] = {
    { "<b>Tea</b>", "Tea tags=1" },
    { "Tea</span></span></span>", "Tea tags=1" },
    { "</span></span></span>", "(tags) tags=1" },
    { "<span class=\"a-size-medium a-color-secondary\"", "(tags) tags=1" },
    { "Tea <span class=\"a-size-medium", "Tea tags=1 whitespace=1" },
    { "I <3 tea", "I <3 tea" },
    { "a < b > c", "a < b > c" },
    { "Tea<br>Coffee<BR/>Milk", "Tea Coffee Milk tags=1" },
    { "Tea <br> Coffee", "Tea Coffee tags=1 whitespace=1" },
    { "<li>Tea</li><li>Coffee</li>", "Tea Coffee tags=1" },
    { "<i>T</i>ea", "Tea tags=1" },
    { "<!-- a > b -->Tea", "Tea tags=1" },
    { "<!-- open Tea", "(tags) tags=1" },
    { "<!DOCTYPE html>Tea", "Tea tags=1" },
    { "<?xml?>Tea", "Tea tags=1" },
    { "<script>var x = '<b>';</script>Tea", "Tea tags=1" },
    { "<STYLE type=x>.a{}</Style >Tea", "Tea tags=1" },
    { "<script>alert(1)", "(tags) tags=1" },
    { "&lt;b&gt;Tea&lt;/b&gt;", "Tea entities=1 tags=1" },
    { "<", "<" },
    { "<<b>", "< tags=1" },
    { "<p> </p>", "(whitespace) tags=1 whitespace=1" },
  };
  check_samples(&defaults, samples, N(samples));
}
END_TEST

START_TEST(white_space)
{
  static const sample samples[] = {
    { " Tea ", "Tea whitespace=1" },
    { "Green  Tea", "Green Tea whitespace=1" },
    { "Green\xc2\xa0Tea", "Green Tea whitespace=1" },
    { "\xe3\x80\x80Tea\xe2\x80\xa8\xe2\x80\xa9\xe1\x9a\x80\xe2\x81\x9f\xe2\x80\xaf", "Tea whitespace=1" },
    { "   ", "(whitespace) whitespace=1" },
    { "12345678 12345678  Tea", "12345678 12345678 Tea whitespace=1" },    /* across words of 8  */
    { "1234567  Tea", "1234567 Tea whitespace=1" },
    { "12345678 ", "12345678 whitespace=1" },
    { " 2345678", "2345678 whitespace=1" },
    { "12345678\t12345678", "12345678 12345678 whitespace=1" },
    { "\xe2\x80\x8b", "\xe2\x80\x8b" },                             /* no White_Space               */
  };
  check_samples(&defaults, samples, N(samples));
}
END_TEST

START_TEST(bars)
{
  static const sample split[] = {
    { "Tea|Coffee", "Tea;Coffee bar=1" },
    { " Tea | Coffee ", "Tea;Coffee whitespace=1 bar=1" },
    { "|Tea||", "Tea bar=1" },
    { "|", "(bar) bar=1" },
    { " | ", "(bar) whitespace=1 bar=1" },
    { "Tea&#124;Milk&vert;Jam", "Tea;Milk;Jam entities=1 bar=1" },
    { "Tea|It is good.|", "Tea bar=1 sentences=1" },
    { "No.|No.", "(sentences) bar=1 sentences=2" },
  };
  static const sample replace[] = { { "Tea|Coffee", "Tea/Coffee bar=1" }, { "Tea", "Tea" } };
  static const sample drop[] = { { "Tea|Coffee", "(bar) bar=1" }, { "Tea", "Tea" } };
  static const sample keep[] = { { "Tea|Coffee", "Tea|Coffee" } };
  ek_clean_settings s = defaults;
  check_samples(&s, split, N(split));
  s.bar = EK_BAR_REPLACE;
  check_samples(&s, replace, N(replace));
  s.bar = EK_BAR_DROP;
  check_samples(&s, drop, N(drop));
  s.bar = EK_BAR_KEEP;
  check_samples(&s, keep, N(keep));
  s = off;
  s.bar = EK_BAR_SPLIT;
  ck_assert_str_eq(cleaned(&s, " Tea |  Green  Tea"), "Tea;Green  Tea bar=1");
}
END_TEST

START_TEST(aliases_and_stop)
{
  static ek_alias aliases[] = { { (char *)"Grocery & Gourmet Food", (char *)"Food" }, { (char *)"Misc", (char *)"" },
                                { (char *)"Same", (char *)"Same" }, { (char *)"Two", (char *)"A|B" },
                                { (char *)"Drop", (char *)"Products" }, { (char *)"Two", (char *)"not this" } };
  static char *stop[] = { (char *)"Products", (char *)"STRASSE", (char *)"n/a",
                         (char *)"\xc3\x89picerie", (char *)"k" };
  static const sample samples[] = {
    { "Grocery &amp; Gourmet Food", "Food entities=1 aliases=1" },
    { "grocery & gourmet food", "grocery & gourmet food" },     /* exact                        */
    { "Misc", "(aliases) aliases=1" },
    { "Same", "Same" },
    { "Two", "A|B aliases=1" },                                 /* one value                    */
    { "Drop", "(stop) aliases=1 stop=1" },
    { "products", "(stop) stop=1" },
    { "PRODUCTS ", "(stop) whitespace=1 stop=1" },
    { "Stra\xc3\x9f" "e", "(stop) stop=1" },                       /* full case folding            */
    { "\xc3\xa9PICERIE", "(stop) stop=1" },
    { "\xe2\x84\xaa", "(stop) stop=1" },                        /* KELVIN SIGN folds to k       */
    { "N/A", "(stop) stop=1" },
    { "Product", "Product" },
    { "Tea|Products|Misc", "Tea bar=1 aliases=1 stop=1" },
  };
  ek_clean_settings s = defaults;
  s.aliases = aliases;
  s.n_aliases = N(aliases);
  s.stop = stop;
  s.n_stop = N(stop);
  check_samples(&s, samples, N(samples));
}
END_TEST

START_TEST(max_length_in_characters)
{
  ek_clean_settings s = defaults;
  s.max_length = 5;
  static const sample samples[] = {
    { "12345", "12345" },
    { "123456", "(max_length) max_length=1" },
    { "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" },
    { "  12345  ", "12345 whitespace=1" },
    { "&quot;1234", "\"1234 entities=1" },
  };
  check_samples(&s, samples, N(samples));
  s.max_length = 0;
  ck_assert_str_eq(cleaned(&s, "1234567890"), "1234567890");
}
END_TEST

START_TEST(sentences)
{
  static const sample samples[] = {
    { "No expiration, no fees.", "(sentences) sentences=1" },
    { "1 2 3 4 5 6 7 8", "1 2 3 4 5 6 7 8" },
    { "1 2 3 4 5 6 7 8 9", "(sentences) sentences=1" },
    { "1 2 3 4 5 6 7  8 ", "1 2 3 4 5 6 7 8 whitespace=1" },
    { "\xc3\xa9 2 3 4 5 6 7 8 9", "(sentences) sentences=1" },
    { "\xe8\x8c\xb6\xe3\x80\x82", "(sentences) sentences=1" },
    { "Tea!", "Tea!" },
    { ".", "(sentences) sentences=1" },
  };
  check_samples(&defaults, samples, N(samples));
  ek_clean_settings s = off;
  s.sentences = 1;
  ck_assert_str_eq(cleaned(&s, "Good. "), "(sentences) sentences=1");
  ck_assert_str_eq(cleaned(&s, "1  2  3  4  5"), "1  2  3  4  5");
  ck_assert_str_eq(cleaned(&s, "1\t2\t3\t4\t5\t6\t7\t8\t9"), "(sentences) sentences=1");
}
END_TEST

/* Python 3.11: html.unescape(in). */
START_TEST(entities_as_python)
{
  static const sample samples[] = {
#include "chain/entity-samples.h"
  };
  ek_arena arena = { 0 };
  for (size_t i = 0; i < N(samples); i++) {
    ek_str in = ek_cstr(samples[i].in), out = in;
    int changed = ek_entities_decode(in, &arena, &out);
    ck_assert_msg(ek_str_eqc(out, samples[i].out), "%s gave %.*s", samples[i].in, (int)out.len, out.ptr);
    ck_assert_msg(changed || ek_str_eq(in, out), "%s", samples[i].in);
  }
  ek_arena_free(&arena);
}
END_TEST

START_TEST(every_entity)
{
  ek_arena arena = { 0 };
  size_t n = 0, bare = 0;
  for (int c = 0; c < 128; c++) {
    const ek_entity_letter *l = &ek_entity_letters[c];
    for (size_t i = 0; i < l->n; i++, n++) {
      const ek_entity *e = &ek_entities[l->start + i];
      char in[64], want[16];
      int len = snprintf(in, sizeof in, "&%c%.*s;", c, (int)e->len, l->rest + e->at);
      size_t want_len = ek_utf8_put(e->first, want);
      if (e->second)
        want_len += ek_utf8_put(e->second, want + want_len);
      ek_str out = { "", 0 };
      ck_assert(ek_entities_decode((ek_str){ in, (size_t)len }, &arena, &out));
      ck_assert(ek_str_eq(out, (ek_str){ want, want_len }));
      ck_assert_uint_le(5 * want_len, 6 * (size_t)len);         /* what the buffer counts on    */
      bare += e->bare;
    }
  }
  ck_assert_uint_eq(n, 2125);
  ck_assert_uint_eq(bare, 106);
  ek_arena_free(&arena);
}
END_TEST

/* The quick scan must never pass over what the slow look finds. */
START_TEST(scan_agrees_with_a_naive_one)
{
  static const char *const pieces[] = { "a", "bc", " ", "  ", ".", "|", "&", "<", "\x01", "\x7f", "\t", "\xc3\xa9",
                                        "\xc2\xa0", "\xc2\x80", "\xc2\x85", "\xe3\x80\x82", "\xe3\x80\x80",
                                        "\xe2\x80\x83", "\xf0\x9f\x8d\xb5", "defghijk" };
  uint32_t random = 1;
  char buf[256];
  for (int round = 0; round < 200000; round++) {
    size_t len = 0, spaces = 0;
    unsigned flags = 0, last = 99, p = 99;
    for (unsigned k = random % 12 + 1; k--;) {
      random = random * 1664525 + 1013904223;
      last = p;
      p = random >> 16 & 1 ? (random >> 8) % 2 : (random >> 8) % N(pieces);
      size_t n = strlen(pieces[p]);
      memcpy(buf + len, pieces[p], n);
      if (p == 2 || p == 3)
        spaces += n;
      if (p == 3 || p == 10 || p == 12 || p == 14 || p == 16 || p == 17 ||
          (p == 2 && (len == 0 || last == 2 || last == 3)))
        flags |= EK_SCAN_BLANKS;
      flags |= p == 5 ? EK_SCAN_BAR : p == 7 ? EK_SCAN_LESS : 0u;
      flags |= last == 6 && (p == 0 || p == 1 || p == 19) ? EK_SCAN_AMP : 0u;
      flags |= p == 8 || p == 9 || p == 13 ? EK_SCAN_CONTROL : 0u;
      len += n;
    }
    flags |= p == 2 ? EK_SCAN_BLANKS : p == 4 || p == 15 ? EK_SCAN_STOP : 0u;
    char *exact = ek_mem_strndup(buf, len);      /* so that a sanitizer sees a read beyond */
    ek_scan r = ek_scan_text((ek_str){ exact, len });
    ck_assert_msg(r.flags == flags && r.spaces == spaces, "'%s': %x %zu, not %x %zu", exact, r.flags, r.spaces, flags,
                  spaces);
    free(exact);
  }
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { nothing_to_do_costs_nothing, none_leaves_all_alone, control_characters, tags, white_space,
                           bars, aliases_and_stop, max_length_in_characters, sentences, entities_as_python,
                           every_entity, scan_agrees_with_a_naive_one, NULL };
  return run_suite("clean", tests);
}
