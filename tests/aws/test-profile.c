/* SPDX-License-Identifier: BSD-3-Clause */
/* INI files as Python's configparser and botocore read them; profiles and services of both files. */
#include "aws-test.h"
#include "aws/hash.h"
#include "aws/ini.h"
#include "aws/profile.h"
#include "aws/shell.h"

/* A value of section s, or why the text was refused. */
static const char *
read_one(const char *text, const char *section, const char *key)
{
  static char out[2000];
  ek_ini ini = { 0 };
  ek_error e = { 0 };
  if (ek_ini_read(&ini, "f", ek_aws_str(text), &e))
    snprintf(out, sizeof out, "%llu: %s", (unsigned long long)e.line, e.message);
  else {
    const char *v = ek_ini_get(&ini, section, key);
    snprintf(out, sizeof out, "%s", v ? v : "(none)");
  }
  ek_ini_free(&ini);
  return out;
}

static const struct { const char *text, *section, *key, *value; } values[] = {
  { "", "s", "k", "(none)" }, { "[s]\nk = v\n", "s", "k", "v" }, { "[s]\nk=v", "s", "k", "v" },
  { "[s]\r\nk = v\r\n[t]\r\n", "s", "k", "v" }, { "\xef\xbb\xbf[s]\nk=v", "s", "k", "v" },
  { "[s]\nKey = V\n", "s", "key", "V" }, { "[s]\nk : v=w\n", "s", "k", "v=w" }, { "[s]\nk = a b # c ; d\n", "s",
    "k", "a b # c ; d" },
  { "# c\n; d\n[s]\n  # e\nk = v\n", "s", "k", "v" }, { "[s]\nk =\n", "s", "k", "" }, { "[s]\nk = v\n", "t", "k",
    "(none)" },
  { "[s]\nk = v\n", "s", "l", "(none)" }, { "[s] # x\nk = v\n", "s", "k", "v" }, { "[s]\n  k = v\n  l = w\n", "s",
    "l", "w" },
  { "[s]\nk = v\n  more\n\tand more\nl = w\n", "s", "k", "v\nmore\nand more" }, { "[s]\nk = v\n\n  more\n\n", "s",
    "k", "v\n\nmore" },
  { "[s]\nk = v\n# c\n  more\n", "s", "k", "v\nmore" },
  { "[DEFAULT]\nk = d\n[s]\nl = w\n", "s", "k", "d" }, { "[DEFAULT]\nk = d\n[s]\nk = v\n", "s", "k", "v" },
  { "[DEFAULT]\na = 1\n[s]\nl = w\n[DEFAULT]\nk = d\n", "s", "k", "d" },
  { "[s]\ns3 =\n  style = path\n  x=y\nk = v\n", "s", "s3.style", "path" },
    { "[s]\ns3 =\n  style = path\n  x=y\nk = v\n", "s", "s3.x", "y" },
  { "[s]\ns3 =\n  style = path\nk = v\n", "s", "k", "v" }, { "[s]\ns3 =\n  Max = 1\n", "s", "s3.Max", "1" },
  { "[a b]\nk=v", "a b", "k", "v" }, { "[s]]\nk=v", "s]", "k", "v" },
  { "k = v\n", "s", "k", "1: no section above this line; the first must be '[default]'" },
  { "[s]\nnonsense\n", "s", "k", "2: not 'key = value', in section 's'" }, { "[s]\n= v\n", "s", "k",
    "2: not 'key = value', in section 's'" },
  { "[s]\nk = v\n[s]\n", "s", "k", "3: there is a second section 's'" }, { "[s]\nk = v\nK = w\n", "s", "k",
    "3: the section has a second 'k'" },
  { "[s\nk = v\n", "s", "k", "1: not a section: '[s'" }, { "[]\n", "s", "k", "1: not a section: '[]'" },
  { "[s]\ns3 =\n  a = b\n  broken\nk = v\n", "s", "k", "4: a nested line without '=' under 's3'" },
  { "[s]\nk = \xff\n", "s", "k", "0: is not UTF-8 text" },
};

START_TEST(ini_values)
{
  ck_assert_str_eq(read_one(values[_i].text, values[_i].section, values[_i].key), values[_i].value);
}
END_TEST

/* Half a key in a line that cannot be read must not be shown. */
START_TEST(ini_shows_no_secret)
{
  ck_assert_ptr_null(strstr(read_one("[s]\naws_access_key_id = A\nwJalrXUtnFEMI\n", "s", "k"), "wJalr"));
}
END_TEST

static const struct { const char *line, *words; } lines[] = {
  { "", "" }, { "  ", "" }, { "a", "a|" }, { " a  b\tc ", "a|b|c|" }, { "profile \"my shop\"", "profile|my shop|" },
  { "a'b c'd", "ab cd|" }, { "a\\ b", "a b|" }, { "\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|" }, { "'a\\b'", "a\\b|" },
    { "\"\" x ''", "|x||" },
  { "\"open", "NULL" }, { "it's", "NULL" }, { "x\\", "NULL" }, { "$HOME `id` *", "$HOME|`id`|*|" },
};

START_TEST(shell_words)
{
  char **w = ek_shell_split(lines[_i].line);
  ek_text t = { 0 };
  for (size_t i = 0; w && w[i]; i++)
    ek_text_printf(&t, "%s|", w[i]);
  ck_assert_str_eq(w ? ek_text_c(&t) : "NULL", lines[_i].words);
  ek_text_free(&t);
  free(w);
}
END_TEST

static ek_aws_profiles *
load(void)
{
  ek_error e = { 0 };
  ek_aws_profiles *p = ek_aws_profiles_load(&e);
  ck_assert_msg(p != NULL, "%s:%llu: %s", e.file, (unsigned long long)e.line, e.message);
  return p;
}

START_TEST(profiles_of_both_files)
{
  write_whole("cfg", "[default]\nregion = eu-west-1\n[profile shop]\nregion = us-east-1\naws_access_key_id = "
    "config\nservices = dev\n"
              "[profile \"my shop\"]\nrole_arn = r\n[other]\nx = 1\n[profile a b]\ny = 1\n[preview]\nz = 1\n"
              "[services dev]\nrekognition =\n  endpoint_url = http://127.0.0.1:1\ns3 =\n  endpoint_url = "
                "http://127.0.0.1:2\n");
  write_whole("crd", "[shop]\naws_access_key_id = file\naws_secret_access_key = s\n[admin]\naws_access_key_id = a\n");
  setenv("AWS_CONFIG_FILE", "cfg", 1);
  setenv("AWS_SHARED_CREDENTIALS_FILE", "crd", 1);
  ek_aws_profiles *p = load();
  ck_assert_str_eq(ek_aws_profiles_names(p), "default, shop, my shop, admin");
  ck_assert_int_eq(ek_aws_profiles_has(p, "my shop"), 1);
  ck_assert_int_eq(ek_aws_profiles_has(p, "other"), 0);
  ck_assert_int_eq(ek_aws_profiles_has(p, "preview"), 0);
  ck_assert_str_eq(ek_aws_profile_get(p, "shop", "aws_access_key_id"), "file");
  ck_assert_str_eq(ek_aws_file_get(p, EK_AWS_CONFIG, "shop", "aws_access_key_id"), "config");
  ck_assert_str_eq(ek_aws_profile_get(p, "shop", "region"), "us-east-1");
  ck_assert_ptr_null(ek_aws_profile_get(p, "shop", "nothing"));
  ck_assert_ptr_null(ek_aws_profile_get(p, "nobody", "region"));
  ck_assert_int_eq(ek_aws_file_has(p, EK_AWS_CREDENTIALS, "default"), 0);
  ck_assert_str_eq(ek_aws_services_get(p, "dev", "rekognition", "endpoint_url"), "http://127.0.0.1:1");
  ck_assert_ptr_null(ek_aws_services_get(p, "dev", "sts", "endpoint_url"));
  ck_assert_ptr_null(ek_aws_services_get(p, "prod", "s3", "endpoint_url"));
  ek_aws_profiles_free(p);
}
END_TEST

START_TEST(files_that_are_not_there)
{
  setenv("HOME", "/nonexistent", 1);
  ek_aws_profiles *p = load();
  ck_assert_str_eq(ek_aws_profiles_names(p), "none");
  ck_assert_str_eq(ek_aws_file_path(p, EK_AWS_CREDENTIALS), "~/.aws/credentials");
  ck_assert_int_eq(ek_aws_file_read(p, EK_AWS_CREDENTIALS), 0);
  ek_aws_profiles_free(p);
  setenv("AWS_CONFIG_FILE", "/dev/null", 1);
  p = load();
  ck_assert_str_eq(ek_aws_file_path(p, EK_AWS_CONFIG), "/dev/null");
  ek_aws_profiles_free(p);
}
END_TEST

START_TEST(a_file_that_is_no_ini)
{
  ek_error e = { 0 };
  write_whole("crd", "[shop]\naws_access_key_id\n");
  setenv("AWS_SHARED_CREDENTIALS_FILE", "crd", 1);
  ck_assert_ptr_null(ek_aws_profiles_load(&e));
  ck_assert_str_eq(e.file, "crd");
  ck_assert_uint_eq(e.line, 2);
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *s = suite_create("profile");
  TCase *c = tcase_create("files");
  tcase_add_loop_test(c, ini_values, 0, COUNT(values));
  tcase_add_test(c, ini_shows_no_secret);
  tcase_add_loop_test(c, shell_words, 0, COUNT(lines));
  tcase_add_test(c, profiles_of_both_files);
  tcase_add_test(c, files_that_are_not_there);
  tcase_add_test(c, a_file_that_is_no_ini);
  suite_add_tcase(s, c);
  return run_suite(s);
}
