/* SPDX-License-Identifier: BSD-3-Clause */
/* ek_module_check() on tables in memory: what is refused and with which line; older and newer tables are read right.
 * The same through files and dlopen() is tests/abi/hostile.sh.                                                       */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plugin/internal.h"

static ek_status
create(const ek_host *h, const ek_config *c, ek_call *call, ek_inst **out)
{
  (void)h;
  (void)c;
  (void)call;
  (void)out;
  return EK_OK;
}

static ek_status
enrich(ek_inst *i, ek_call *c, const ek_item *item, ek_sink *s)
{
  (void)i;
  (void)c;
  (void)item;
  (void)s;
  return EK_OK;
}

/* A table that is right, to be spoilt by each test. */
static const char *const choices[] = { "path", "leaf", NULL };
static ek_option options[3];
static ek_enricher one, other;
static const ek_enricher *list[2];
static ek_module module;
static ek_module_info info;
static ek_error error;

static void
start(void)
{
  memset(&info, 0, sizeof info);
  memset(&error, 0, sizeof error);
  options[0] = (ek_option){ .name = "count", .type = EK_OPT_INT, .default_value = "1", .min = "0", .max = "9",
                            .help = "how many" };
  options[1] = (ek_option){ .name = "take", .type = EK_OPT_ENUM, .default_value = "leaf", .choices = choices };
  options[2] = (ek_option){ .name = "names", .type = EK_OPT_LIST, .default_value = "[a, b]" };
  one = (ek_enricher){ EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .id = "brands", .n_options = 3,
                       .options = options,
                       .create = create, .enrich = enrich };
  other = one;
  other.id = "other";
  list[0] = &one;
  list[1] = &other;
  module = (ek_module){ EK_MODULE_INIT, .id = "org.example.brands", .version = "1.0", .n_enrichers = 2,
                        .enrichers = list };
}

static int
check(void)
{
  return ek_module_check(&module, "p/enrichkit-brands.so", &info, &error);
}

static void
stop(void)
{
  ek_module_clear(&info);
}

/* One line, which names the file and says `why`. */
static void
expect_refused(const char *why)
{
  char want[300];
  ck_assert_int_eq(check(), -1);
  snprintf(want, sizeof want, "p/enrichkit-brands.so%s", why);
  ck_assert_msg(strncmp(error.message, want, strlen(want)) == 0, "got: %s\nwant: %s", error.message, want);
  ck_assert_ptr_null(strchr(error.message, '\n'));
  ck_assert_int_eq(error.status, EK_EXIT_REFUSED);
  ck_assert_ptr_null(info.enrichers);
}

START_TEST(a_good_table)
{
  ck_assert_msg(check() == 0, "%s", error.message);
  ck_assert_uint_eq(info.module.n_enrichers, 2);
  ck_assert_str_eq(info.enrichers[1].id, "other");
  ck_assert_str_eq(info.enrichers[0].summary, "");
  ck_assert_ptr_eq(info.enrichers[0].options, info.options[0]);
  ck_assert_str_eq(info.options[0][2].name, "names");
}
END_TEST

/* Each spoils one thing and says what the line must be. */
#define SPOILT(name, change, line) \
  static void name(void) { change; expect_refused(line); }
SPOILT(module_null_id, module.id = NULL, " has no module id (NULL)")
SPOILT(module_odd_id, module.id = "a b", " has the module id 'a b': letters, digits and '._-' only")
SPOILT(module_slash_id, module.id = "a/b", " has the module id 'a/b'")
SPOILT(module_bytes, module.version = "1\xff", " has a version that is not UTF-8")
SPOILT(module_escape, module.vendor = "\033[2J", " has a control character in its vendor")
SPOILT(size_0, module.struct_size = 0, " has a module table of 0 bytes (ABI 1.0 has ")
SPOILT(size_4, module.struct_size = 4, " has a module table of 4 bytes")
SPOILT(size_2_31, module.struct_size = 0x80000000u, " has a module table of 2147483648 bytes")
SPOILT(major_2, module.abi_major = 2, " was built for plugin ABI 2, this enrichkit speaks ABI 1")
SPOILT(major_0, module.abi_major = 0, " was built for plugin ABI 0")
SPOILT(needs_newer, module.needs_minor = 7, " needs plugin ABI 1.7, this enrichkit speaks ABI 1.0")
SPOILT(no_enrichers, module.n_enrichers = 0, " offers no enricher")
SPOILT(absurd_enrichers, module.n_enrichers = 0xffffffffu, " claims to offer 4294967295 enrichers")
SPOILT(null_enrichers, module.enrichers = NULL, " offers 2 enrichers and no table of them (NULL)")
SPOILT(null_enricher, list[1] = NULL, ": enricher 2 is NULL")
SPOILT(enricher_size_0, one.struct_size = 0, ": enricher 1 has an enricher table of 0 bytes")
SPOILT(enricher_size_4, one.struct_size = 4, ": enricher 1 has an enricher table of 4 bytes")
SPOILT(enricher_size_2_31, one.struct_size = 0x80000000u, ": enricher 1 has an enricher table of 2147483648 bytes")
SPOILT(null_id, one.id = NULL, ": enricher 1 has no id (NULL)")
SPOILT(empty_id, one.id = "", ": enricher 1 has an empty id")
SPOILT(odd_id, one.id = "a|b\n", ": enricher 1 has the id 'a|b\\n': letters, digits and '-_' only")
SPOILT(twice, other.id = "brands", ": enricher 2 has the id 'brands' of enricher 1")
SPOILT(null_create, one.create = NULL, ": enricher 'brands' has no create function (NULL)")
SPOILT(null_enrich, one.enrich = NULL, ": enricher 'brands' has no enrich function (NULL)")
SPOILT(batch_without, one.max_batch = 8, ": enricher 'brands' has max_batch 8 and no enrich_batch")
SPOILT(model_0, one.thread_model = 0, ": enricher 'brands' declares no thread model")
SPOILT(model_odd, one.thread_model = 2500, ": enricher 'brands' declares thread model 2500, which")
SPOILT(options_null, one.options = NULL, ": enricher 'brands' declares 3 options and no table")
SPOILT(options_absurd, one.n_options = 1u << 30, ": enricher 'brands' declares 1073741824 options")
SPOILT(option_size_0, one.option_size = 0, ": enricher 'brands' has an option_size of 0 bytes")
SPOILT(option_size_4, one.option_size = 4, ": enricher 'brands' has an option_size of 4 bytes")
SPOILT(option_size_odd, one.option_size = sizeof(ek_option) + 1, ": enricher 'brands' has an option_size of ")
SPOILT(option_size_2_31, one.option_size = 0x80000000u, ": enricher 'brands' has an option_size of 2147483648")
SPOILT(option_null, options[1].name = NULL, ": enricher 'brands' has no name for option 2")
SPOILT(option_camel, options[1].name = "takeAll",
       ": enricher 'brands' has the option name 'takeAll': it must be lower_snake")
SPOILT(option_twice, options[1].name = "count", ": enricher 'brands' declares option 'count' twice")
SPOILT(option_type, options[1].type = 77, ": enricher 'brands' has option 'take' of type 77, which")
SPOILT(no_choices, options[1].choices = NULL, ": enricher 'brands' has option 'take' without choices")
SPOILT(not_a_choice, options[1].default_value = "x",
       ": enricher 'brands' has option 'take' whose default 'x' is none of its choices")
SPOILT(default_range, options[0].default_value = "10",
       ": enricher 'brands' has option 'count' whose default '10' is out of its range")
SPOILT(default_type, options[0].default_value = "ten",
       ": enricher 'brands' has option 'count' whose default 'ten' is no int")
SPOILT(default_list, options[2].default_value = "[a, b",
       ": enricher 'brands' has option 'names' whose default '[a, b' is no list")
SPOILT(min_type, options[0].min = "low", ": enricher 'brands' has option 'count' whose min or max is no int")
SPOILT(min_max, options[0].min = "10", ": enricher 'brands' has option 'count' whose min is above its max")

static char endless[70000];
SPOILT(endless_id, one.id = endless, ": enricher 1 has an id longer than 40 bytes")
SPOILT(endless_help, one.help = endless, ": enricher 'brands' has a help text longer than 65536 bytes")
static const char *many_reads[100];
SPOILT(absurd_reads, for (int i = 0; i < 100; i++) many_reads[i] = "x"; one.reads = many_reads,
       ": enricher 'brands' has more than 64 entries in 'reads'")
static const char *const empty_need[] = { "", NULL };
SPOILT(empty_needs, one.needs = empty_need, ": enricher 'brands' has an empty entry in 'needs'")

static void (*const spoilers[])(void) = {
  module_null_id, module_odd_id, module_slash_id, module_bytes, module_escape, size_0, size_4, size_2_31, major_2,
    major_0, needs_newer,
  no_enrichers, absurd_enrichers, null_enrichers, null_enricher, enricher_size_0, enricher_size_4, enricher_size_2_31,
    null_id, empty_id,
  odd_id, twice, null_create, null_enrich, batch_without, model_0, model_odd, options_null, options_absurd,
    option_size_0, option_size_4,
  option_size_odd, option_size_2_31, option_null, option_camel, option_twice, option_type, no_choices, not_a_choice,
    default_range,
  default_type, default_list, min_type, min_max, endless_id, endless_help, absurd_reads, empty_needs,
};

START_TEST(spoilt_tables)
{
  memset(endless, 'a', sizeof endless - 1);
  spoilers[_i]();
}
END_TEST

START_TEST(another_major_says_what_to_do)
{
  module.abi_major = 2;
  ck_assert_int_eq(check(), -1);
  ck_assert_str_eq(error.code, "plugin_abi");
  ck_assert_str_eq(error.help, "rebuild it against this enrichkit's plugin.h, or install enrichkit 2 or later");
}
END_TEST

START_TEST(entry_that_returns_nothing)
{
  ck_assert_int_eq(ek_module_check(NULL, "p/x.so", &info, &error), -1);
  ck_assert_str_eq(error.message, "p/x.so has an entry function that returns nothing (NULL)");
  ck_assert_int_eq(ek_module_check(NULL, "p/x.so", &info, NULL), -1);
}
END_TEST

/* A plugin of a later minor: longer tables, a longer stride, members we do not know. */
START_TEST(newer_tables_are_read_by_stride)
{
  struct { ek_option o; const char *more[2]; } wide[3];
  struct { ek_enricher e; void *more[3]; } wide_enricher;
  struct { ek_module m; void *more[2]; } wide_module;
  memset(wide, 0xee, sizeof wide);
  memset(&wide_enricher, 0xee, sizeof wide_enricher);
  memset(&wide_module, 0xee, sizeof wide_module);
  for (int i = 0; i < 3; i++)
    wide[i].o = options[i];
  wide_enricher.e = one;
  wide_enricher.e.struct_size = sizeof wide_enricher;
  wide_enricher.e.option_size = sizeof wide[0];
  wide_enricher.e.options = &wide[0].o;
  list[0] = &wide_enricher.e;
  wide_module.m = module;
  wide_module.m.struct_size = sizeof wide_module;
  wide_module.m.abi_minor = 9;
  ck_assert_msg(ek_module_check(&wide_module.m, "p/x.so", &info, &error) == 0, "%s", error.message);
  ck_assert_str_eq(info.options[0][1].name, "take");
  ck_assert_str_eq(info.options[0][2].default_value, "[a, b]");
  ck_assert_uint_eq(info.enrichers[0].option_size, sizeof(ek_option));
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("check");
  TCase *t = tcase_create("check");
  tcase_add_checked_fixture(t, start, stop);
  tcase_add_test(t, a_good_table);
  tcase_add_loop_test(t, spoilt_tables, 0, (int)(sizeof spoilers / sizeof *spoilers));
  tcase_add_test(t, another_major_says_what_to_do);
  tcase_add_test(t, entry_that_returns_nothing);
  tcase_add_test(t, newer_tables_are_read_by_stride);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
