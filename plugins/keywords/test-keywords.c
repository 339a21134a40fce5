/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "chain/plugin-host.h"
#include "chain/suite.h"

static char path[64], option[80];

static const ek_enricher *
keywords(void)
{
  const ek_module *m = th_module("plugins/keywords/.libs/enrichkit-keywords.so");
  ck_assert_uint_eq(m->n_enrichers, 1);
  return m->enrichers[0];
}

static void
write_rules(ek_str text)
{
  strcpy(path, "/tmp/ek-keywords-XXXXXX");
  int fd = mkstemp(path);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, text.ptr, text.len), (ssize_t)text.len);
  close(fd);
  snprintf(option, sizeof option, "file=%s", path);
}

static th_plugin *
with_rules_str(ek_str text, const char *more)
{
  write_rules(text);
  th_plugin *p = th_create(keywords(), (const char *[]){ option, more, NULL });
  unlink(path);
  return p;
}

static th_plugin *
with_rules(const char *text)
{
  th_plugin *p = with_rules_str(ek_cstr(text), NULL);
  ck_assert_msg(p != NULL, "%s", th_error());
  return p;
}

static const char *
labels_of(th_plugin *p, const char *title)
{
  ek_str value = ek_cstr(title);
  th_field f = { "title", &value, 1, NULL, 0 };
  ek_status status = th_enrich(p, &f, 1);
  const char *text = th_text(p);
  ck_assert_int_eq(status, *text ? EK_OK : EK_NO_LABELS);
  return text;
}

typedef struct sample { const char *title, *labels; } sample;

static void
check_samples(const char *rules, const sample *samples, size_t n)
{
  th_plugin *p = with_rules(rules);
  for (size_t i = 0; i < n; i++)
    ck_assert_str_eq(labels_of(p, samples[i].title), samples[i].labels);
  th_destroy(p);
}

START_TEST(whole_words_folded)
{
  static const sample samples[] = {
    { "Tea", "Tea" }, { "TEA!", "Tea" }, { "(tea)", "Tea" }, { "team", "" }, { "steam tea7", "" }, { "a,tea,b", "Tea" },
    { "", "" }, { "...", "" }, { "Stra\xc3\x9f" "e", "Street" }, { "STRASSE", "Street" }, { "stra\xc3\x9f" "en", "" },
    { "\xc3\x89picerie fine", "Grocery" }, { "e\xcc\x81picerie", "" }, { "tea\xe2\x80\x99s", "Tea" },
    { "te\xc2\xad" "a", "Tea" }, { "choco\xc2\xad" "latemaker", "Sweets" },
    { "tea\xc2\xa0pot", "Tea" }, { "\xe7\xbb\xbf\xe8\x8c\xb6\xe5\xa5\xbd", "Chinese Green Tea|Chinese Tea" },
    { "7up cola", "Soda" }, { "\xef\xb8\x8f tea", "Tea" }, { "tea_pot", "Tea" },
  };
  check_samples("tea\tTea\nstrasse\tStreet\n\xc3\xa9picerie\tGrocery\n7UP\tSoda\nchocolatemaker\tSweets\n"
                "\xe8\x8c\xb6\tChinese Tea\n\xe7\xbb\xbf\xe8\x8c\xb6\tChinese Green Tea\n", samples, N(samples));
}
END_TEST

START_TEST(case_matters_when_asked)
{
  th_plugin *p = with_rules_str(ek_cstr("IT\tComputers\n\xc3\x89picerie\tGrocery\n"), "case=true");
  ck_assert_str_eq(labels_of(p, "it is"), "");
  ck_assert_str_eq(labels_of(p, "IT books"), "Computers");
  ck_assert_str_eq(labels_of(p, "\xc3\xa9picerie \xc3\x89picerie"), "Grocery");
  th_destroy(p);
}
END_TEST

START_TEST(phrases)
{
  static const sample samples[] = {
    { "gift card", "Gift" }, { "Gift-Card holder", "Gift" }, { "gift cards", "" }, { "gift", "" },
    { "a gift gift card", "Gift" },                    /* a failed beginning is no end  */
    { "one two one two three", "OneTwo|Two|Long" },
    { "one two one three", "OneTwo|Two" },
    { "black green tea", "GreenTea|Tea" },
    { "green black tea", "Tea" },
    { "x y x y z", "XYXYZ|YZ" },
  };
  check_samples("gift card\tGift\none two\tOneTwo\ntwo\tTwo\none two three\tLong\ngreen tea\tGreenTea\ntea\tTea\n"
                "x y x y z\tXYXYZ\ny z\tYZ\ny x z\tnever\n", samples, N(samples));
}
END_TEST

START_TEST(best_rule_of_a_label)
{
  static const sample samples[] = {
    { "mug", "Cups:0.5<Ware" }, { "cup", "Cups" }, { "cup mug", "Cups:0.5<Ware" }, { "beaker mug", "Cups:0.9<Lab" },
    { "mug beaker tea", "Cups:0.9<Lab|Tea:1.0<Drinks|Hot" }, { "chalice cup", "Cups" }, { "zero", "Zero:0.0" },
    { "exact", "Exact:0.123456789012345" },
  };
  check_samples("cup\tCups\nmug\tCups\t0.5\tWare\nbeaker\tCups\t.9\tLab\nchalice\tCups\t\tChurch\n"
                "tea\tTea\t1\tDrinks\ntea\tHot\nzero\tZero\t0\nexact\tExact\t0.123456789012345\n", samples, N(samples));
}
END_TEST

START_TEST(fields_in_order)
{
  ek_str title = ek_cstr("Green"), texts[] = { ek_cstr("jam"), ek_cstr("tea pot") }, brand = ek_cstr("cup");
  th_field f[] = { { "description", texts, 2, NULL, 0 }, { "title", &title, 1, NULL, 0 },
                   { "brand", &brand, 1, NULL, 0 } };
  th_plugin *p = with_rules("cup\tCup\njam\tJam\npot\tPot\ngreen\tGreen\njam tea\tnever\ngreen jam\tnever\n");
  ck_assert_int_eq(th_enrich(p, f, 3), EK_OK);
  ck_assert_str_eq(th_text(p), "Green|Jam|Pot");
  ck_assert_int_eq(th_enrich(p, f, 0), EK_NO_LABELS);
  th_destroy(p);
  p = with_rules_str(ek_cstr("cup\tCup\ngreen\tGreen\n"), "fields=[brand, title]");
  th_enrich(p, f, 3);
  ck_assert_str_eq(th_text(p), "Cup|Green");
  th_destroy(p);
}
END_TEST

START_TEST(markup_matches_nothing)
{
  static const sample samples[] = {
    { "<span class=\"a-size-medium\">tea</span>", "Tea" },
    { "<span class=\"a-size-medium a-color-secondary\"", "" },
    { "rock &amp; roll &#8217;amp&#x27;", "Amplifier" }, { "black &amp; white", "" }, { "AT&T amp", "Amplifier" },
    { "medium < tea", "Medium|Tea" }, { "<3 tea", "Tea" }, { "tea</p>medium", "Tea|Medium" }, { "&", "" }, { "<", "" },
    { "&amp", "Amplifier" }, { "amp;", "Amplifier" },
  };
  check_samples("tea\tTea\nmedium\tMedium\namp\tAmplifier\n", samples, N(samples));
}
END_TEST

START_TEST(file_with_comments_and_crlf)
{
  static const sample samples[] = { { "tea", "Tea:0.5" }, { "cup", "Cup<Ware" }, { "last", "Last" },
                                    { "comment", "" } };
  check_samples("\xef\xbb\xbf" "# comment\tNo\r\n\r\n  tea \t Tea \t 0.5 \r\n"
                "cup\tCup\t\tWare\r\n   \n  # comment\nlast\tLast", samples, N(samples));
  static const sample nothing[] = { { "tea", "" } };
  check_samples("# nothing\n", nothing, 1);
  check_samples("", nothing, 1);
}
END_TEST

START_TEST(errors_name_the_line)
{
  static const struct { const char *rules, *want; } cases[] = {
    { "tea\n", ":1: no label for 'tea'" },
    { "a\tb\n\ntea\t\t0.5\n", ":3: no label for 'tea'" },
    { "tea\tTea\t60\n", ":1: confidence '60' is not a number from 0 to 1" },
    { "tea\tTea\t0,5\n", "confidence '0,5'" },
    { "tea\tTea\t-1\n", "confidence '-1'" },
    { "tea\tTea\tnan\n", "confidence 'nan'" },
    { "tea\tTea\t.\n", "confidence '.'" },
    { "tea\tTea\t1.01\n", "confidence '1.01'" },
    { "tea\tTea\t0.5\tx\ty\n", ":1: more than four columns" },
    { "&\tAnd\n", ":1: there is no letter or digit in '&'" },
    { "\tTea\n", "no letter or digit" },
    { "t\xff\tTea\n", ":1: not valid UTF-8" },
    { "tea\t\xed\xa0\x80\n", ":1: not valid UTF-8" },
  };
  for (size_t i = 0; i < N(cases); i++) {
    ck_assert_ptr_null(with_rules_str(ek_cstr(cases[i].rules), NULL));
    ck_assert_msg(strstr(th_error(), cases[i].want) && !strncmp(th_error(), path, strlen(path)), "%s: %s",
                  cases[i].rules, th_error());
  }
  ck_assert_ptr_null(with_rules_str((ek_str){ "a\0b\tTea\n", 8 }, NULL));
  ck_assert(strstr(th_error(), ":1: not valid UTF-8, or a NUL byte"));
  ck_assert_ptr_null(th_create(keywords(), (const char *[]){ "file=/nonexistent/rules.tsv", NULL }));
  ck_assert_str_eq(th_error(), "/nonexistent/rules.tsv: No such file or directory");
  ck_assert_ptr_null(th_create(keywords(), (const char *[]){ "file=/", NULL }));
  ck_assert_str_eq(th_error(), "/: Is a directory");
}
END_TEST

START_TEST(limits)
{
  ek_text t = { 0 };
  for (int i = 0; i < 33; i++)
    ek_text_printf(&t, "w ");
  ek_text_printf(&t, "\tTea\n");
  ck_assert_ptr_null(with_rules_str((ek_str){ t.data, t.len }, NULL));
  ck_assert(strstr(th_error(), "more than 32 words"));
  ek_text_clear(&t);
  for (int i = 0; i < 256; i++)
    ek_text_char(&t, 'w');
  ek_text_printf(&t, "\tTea\n");
  ck_assert_ptr_null(with_rules_str((ek_str){ t.data, t.len }, NULL));
  ck_assert(strstr(th_error(), "too long for a word"));
  th_plugin *p = with_rules_str((ek_str){ t.data + 1, t.len - 1 }, NULL);      /* 255 are fine */
  ck_assert(p != NULL);
  t.data[256] = 0;
  ck_assert_str_eq(labels_of(p, t.data), "");
  ck_assert_str_eq(labels_of(p, t.data + 1), "Tea");
  ek_text_clear(&t);
  for (int i = 0; i < 300; i++)
    ek_text_printf(&t, "\xc3\x9f");
  ck_assert_str_eq(labels_of(p, ek_text_c(&t)), "");
  th_destroy(p);
  ek_text_free(&t);
}
END_TEST

/* More labels than the list on the stack holds; each once, in order. */
START_TEST(many_rules_and_labels)
{
  enum { RULES = 10000 };
  ek_text rules = { 0 }, title = { 0 };
  for (int i = 0; i < RULES; i++) {
    ek_text_printf(&rules, "word%d x%d\tLabel %d\t0.5\n", i, i, i);
    ek_text_printf(&rules, "word%d\tLabel %d\n", i, i);
  }
  th_plugin *p = with_rules_str((ek_str){ rules.data, rules.len }, NULL);
  ck_assert(p != NULL);
  for (int round = 0; round < 2; round++)
    for (int i = RULES; i-- > 0;)
      ek_text_printf(&title, "Word%d X%d ", i, i);
  labels_of(p, ek_text_c(&title));
  const th_label *labels;
  ck_assert_uint_eq(th_labels(p, &labels), RULES);
  for (int i = 0; i < RULES; i++) {
    char want[32];
    snprintf(want, sizeof want, "Label %d", RULES - 1 - i);
    ck_assert_str_eq(labels[i].name, want);
    ck_assert(labels[i].confidence == 0.5);
  }
  ck_assert_str_eq(labels_of(p, "word9999"), "Label 9999");
  ck_assert_str_eq(labels_of(p, "word10000 x1"), "");
  th_destroy(p);
  ek_text_free(&rules);
  ek_text_free(&title);
}
END_TEST

/* Against a search that looks for each phrase by itself. */
START_TEST(agrees_with_a_naive_search)
{
  uint32_t random = 7;
  for (size_t round = 0; round < 300; round++) {
    char some[40][32], title[201], want[1400];
    size_t n = round % 40 + 1;
    ek_text rules = { 0 };
    for (size_t i = 0; i < n; i++) {
      size_t len = 0;
      for (unsigned k = (random >> 20) % 5 + 1; k--; len += 2) {
        random = random * 1664525 + 1013904223;
        some[i][len] = (char)('a' + (random >> 24) % 3);
        some[i][len + 1] = ' ';
      }
      some[i][len - 1] = 0;
      ek_text_printf(&rules, "%s\t<%s>\n", some[i], some[i]);
    }
    for (size_t i = 0; i < 200; i += 2) {
      random = random * 1664525 + 1013904223;
      title[i] = (char)('a' + (random >> 24) % 4);
      title[i + 1] = ' ';
    }
    title[200] = 0;
    th_plugin *p = with_rules_str((ek_str){ rules.data, rules.len }, NULL);
    char *text = strdup(labels_of(p, title));
    for (size_t i = 0; i < n; i++) {
      snprintf(want, sizeof want, "<%s>", some[i]);
      ck_assert_msg(!strstr(title, some[i]) == !strstr(text, want), "%s in %s: %s", some[i], title, text);
    }
    free(text);
    th_destroy(p);
    ek_text_free(&rules);
  }
}
END_TEST

START_TEST(manual_matches_the_table)
{
  th_check_manual(keywords(), "plugins/keywords/enrichkit-keywords-plugin.7");
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { whole_words_folded, case_matters_when_asked, phrases, best_rule_of_a_label, fields_in_order,
                           markup_matches_nothing, file_with_comments_and_crlf, errors_name_the_line, limits,
                           many_rules_and_labels, agrees_with_a_naive_search, manual_matches_the_table, NULL };
  return run_suite("keywords", tests);
}
