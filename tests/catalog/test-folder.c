/* SPDX-License-Identifier: BSD-3-Clause */
/* What the paths of a configuration come to, and what is said when they lead nowhere. */
#include "reading.h"
#include "base/log.h"
#include "catalog/folder.h"

static void
make(const char *path)
{
  file_write(path, "{}\n", 3);
}

static char *
resolve(const char *path, const ek_node *node, ek_error *e)
{
  char *list[] = { (char *)(uintptr_t)path };
  ek_paths paths = { .list = list, .n = 1, .node = node };
  ek_found_list found = { 0 };
  ek_text t = { 0 };
  if (ek_folder_resolve(&paths, &found, e) != 0)
    ek_text_cstr(&t, "error");
  else
    for (size_t i = 0; i < found.n; i++)
      ek_text_printf(&t, "%s|", found.list[i].name);
  ek_found_list_free(&found);
  ek_text_c(&t);
  return t.data;
}

/* What a call writes to standard error, as the log is not asked to keep it. */
static char *
stderr_of(const char *path, char **names)
{
  ek_error e = { 0 };
  fflush(stderr);
  int old = dup(STDERR_FILENO), fd = open("stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  dup2(fd, STDERR_FILENO);
  *names = resolve(path, NULL, &e);
  dup2(old, STDERR_FILENO);
  close(old);
  char buf[4096];
  ssize_t n = pread(fd, buf, sizeof buf - 1, 0);
  close(fd);
  unlink("stderr");
  return ek_mem_strndup(buf, n > 0 ? (size_t)n : 0);
}

START_TEST(files_of_a_folder_by_bytes)
{
  mkdir("d", 0700);
  mkdir("d/z.json", 0700);               /* a folder, whatever its name         */
  const char *all[] = { "d/b.json", "d/B.json.gz", "d/a.csv", "d/\xc3\xa9.jsonl", "d/c.ndjson.gz", "d/10.csv.gz",
                        "d/9.csv", "d/.hidden.json", "d/notes.txt", "d/.json", "d/x.json.bak", "d/y.gz", "d/x.JSON" };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    make(all[i]);
  char *names, *err = stderr_of("d", &names);
  ck_assert_str_eq(names, "d/10.csv.gz|d/9.csv|d/B.json.gz|d/a.csv|d/b.json|d/c.ndjson.gz|d/\xc3\xa9.jsonl|");
  ck_assert_ptr_nonnull(strstr(err, "warning: d: 5 names are passed over: notes.txt, x.JSON, x.json.bak, y.gz, z.json/"));
  ck_assert_ptr_null(strstr(err, "hidden"));
  free(names);
  free(err);
  err = stderr_of("d/", &names);
  ck_assert_ptr_nonnull(strstr(names, "d/9.csv|"));
  ck_assert_ptr_null(strstr(names, "//"));
  free(names);
  free(err);
}
END_TEST

START_TEST(warning_names_five)
{
  mkdir("d", 0700);
  make("d/a.json");
  for (char c = 'a'; c < 'i'; c++) {
    char name[] = "d/\x01?.txt";
    name[3] = c;
    make(name);
  }
  char *names, *err = stderr_of("d", &names);
  ck_assert_ptr_nonnull(strstr(err, "8 names are passed over: \\x01a.txt, "));
  ck_assert_ptr_nonnull(strstr(err, "\\x01e.txt and 3 more"));
  ck_assert_ptr_null(strchr(err, 1));
  free(names);
  free(err);
}
END_TEST

START_TEST(folder_without_files)
{
  ek_error e = { 0 };
  mkdir("d", 0700);
  make("d/notes.txt");
  free(resolve("d", NULL, &e));
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_str_eq(e.code, "empty_folder");
  ck_assert_str_eq(e.message, "d: no catalogue files in this folder (1 other name)");
  ck_assert_ptr_nonnull(strstr(e.help, ".ndjson"));
}
END_TEST

START_TEST(a_file_may_have_any_name)
{
  ek_error e = { 0 };
  make("whatever.txt");
  make(".hidden");
  char *a = resolve("whatever.txt", NULL, &e), *b = resolve(".hidden", NULL, &e);
  ck_assert_str_eq(a, "whatever.txt|");
  ck_assert_str_eq(b, ".hidden|");
  free(a);
  free(b);
}
END_TEST

/* As message 11 of the manual: the place, the neighbour, how many files.    */
START_TEST(missing_folder)
{
  ek_error e = { 0 };
  char where[256];
  mkdir("data", 0700);
  mkdir("data/items", 0700);
  make("data/items.txt");                /* not a folder                        */
  for (int i = 0; i < 1204; i++) {
    char name[64];
    snprintf(name, sizeof name, "data/items/%d.json", i);
    make(name);
  }
  make("data/items/notes.txt");
  snprintf(where, sizeof where, "%s/data/item/", folder_);
  ek_node node = { .kind = EK_NODE_SCALAR, .text = "data/item/",
                   .place = { .file = "shops/chain.yaml", .line = 2, .column = 10 } };
  free(resolve(where, &node, &e));
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_str_eq(e.code, "no_such_file");
  ck_assert_str_eq(e.file, "shops/chain.yaml");
  ck_assert_uint_eq(e.line, 2);
  ck_assert_uint_eq(e.column, 10);
  ck_assert_str_eq(e.message, "data/item/: no such folder");
  ck_assert_str_eq(e.help, "did you mean data/items/ (1,204 files)? Paths are relative to the folder of chain.yaml. "
                           "Folders are read one level deep");
}
END_TEST

START_TEST(missing_paths)
{
  static const struct { const char *path, *meant; } all[] = {
    { "data/meta.json", "did you mean data/meta.jsonl.gz? " },
    { "data/meta.jsonl", "did you mean data/meta.jsonl.gz? " },
    { "data/reviws.csv", "did you mean data/reviews.csv? " },
    { "dta/reviews.csv", "did you mean data/reviews.csv? " },
    { "dta/nothing.csv", NULL },
    { "./data//reviews.cs", "did you mean ./data//reviews.csv? " },
    { "data/reviews.csv/", NULL },
    { "data/completely.csv", NULL },
    { "no/such/place/at/all", NULL },
    { "x", NULL },
  };
  mkdir("data", 0700);
  make("data/meta.jsonl.gz");
  make("data/reviews.csv");
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    ek_error e = { 0 };
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder_, all[i].path);
    ek_node node = { .kind = EK_NODE_SCALAR, .text = all[i].path };
    char *r = resolve(path, &node, &e);
    ck_assert_str_eq(r, "error");
    ck_assert_str_eq(e.code, "no_such_file");
    ck_assert_ptr_nonnull(strstr(e.message, ": no such "));
    if (all[i].meant)
      ck_assert_msg(strncmp(e.help, all[i].meant, strlen(all[i].meant)) == 0, "%s: %s", all[i].path, e.help);
    else
      ck_assert_str_eq(e.help, "Folders are read one level deep");
    free(r);
  }
}
END_TEST

START_TEST(place_of_one_in_a_list)
{
  ek_error e = { 0 };
  make("a.json");
  ek_node second = { .kind = EK_NODE_SCALAR, .text = "b\033.json", .place = { .file = "c.yaml", .line = 4, .column = 5 } };
  ek_node first = { .kind = EK_NODE_SCALAR, .text = "a.json", .next = &second };
  ek_node node = { .kind = EK_NODE_LIST, .first = &first, .n = 2 };
  char *list[] = { "a.json", "b\033.json" };
  ek_paths paths = { .list = list, .n = 2, .node = &node };
  ek_found_list found = { 0 };
  ck_assert_int_eq(ek_folder_resolve(&paths, &found, &e), -1);
  ck_assert_uint_eq(e.line, 4);
  ck_assert_str_eq(e.message, "b\\x1b.json: no such file or folder");
  ek_found_list_free(&found);
}
END_TEST

START_TEST(standard_input_once)
{
  ek_error e = { 0 };
  char *list[] = { "-", "-" };
  ek_found_list found = { 0 };
  ck_assert_int_eq(ek_folder_resolve(&(ek_paths){ .list = list, .n = 1 }, &found, &e), 0);
  ck_assert_str_eq(found.list[0].name, "-");
  ek_found_list_free(&found);
  ck_assert_int_eq(ek_folder_resolve(&(ek_paths){ .list = list, .n = 2 }, &found, &e), -1);
  ck_assert_str_eq(e.code, "standard_input_twice");
  ek_found_list_free(&found);
}
END_TEST

START_TEST(dangling_link)
{
  ek_error e = { 0 };
  mkdir("d", 0700);
  ck_assert_int_eq(symlink("nowhere", "d/a.json"), 0);
  make("target");
  ck_assert_int_eq(symlink("../target", "d/b.json"), 0);
  free(resolve("d", NULL, &e));
  ck_assert_str_eq(e.message, "d/a.json: no such file or folder");
  unlink("d/a.json");
  char *r = resolve("d", NULL, &e);
  ck_assert_str_eq(r, "d/b.json|");
  free(r);
}
END_TEST

/* Root may read everything: as nobody in a child.                           */
START_TEST(no_permission)
{
  ek_error e = { 0 };
  if (geteuid() == 0) {
    chmod(folder_, 0755);
    ck_assert_int_eq(setegid(65534), 0);
    ck_assert_int_eq(seteuid(65534), 0);
  }
  free(resolve("closed.json", NULL, &e));
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_str_eq(e.code, "no_permission");
  ck_assert_str_eq(e.message, "closed.json: no permission to read it");
  free(resolve("closed", NULL, &e));
  ck_assert_str_eq(e.code, "no_permission");
  ck_assert_str_eq(e.message, "closed: no permission to read it");
  free(resolve("closed/a.json", NULL, &e));
  ck_assert_str_eq(e.code, "no_permission");
  free(resolve("half", NULL, &e));
  ck_assert_str_eq(e.message, "half/b.json: no permission to read it");
  if (getuid() == 0)
    ck_assert_int_eq(seteuid(0), 0);       /* the leak checker needs it at exit   */
}
END_TEST

static void
make_closed(void)
{
  make("closed.json");
  chmod("closed.json", 0);
  mkdir("closed", 0700);
  make("closed/a.json");
  chmod("closed", 0);
  mkdir("half", 0700);
  make("half/a.json");
  chmod("half/a.json", 0644);              /* whatever the umask              */
  make("half/b.json");
  chmod("half/b.json", 0);
  chmod("half", 0755);
}

static void
remove_all(void)
{
  if (system("chmod -R u+rwx . && rm -rf ./*") != 0)
    ck_abort_msg("the folder cannot be emptied");
}

int
main(void)
{
  folder_make();
  Suite *s = suite_create("folder");
  TCase *t = tcase_create("folder"), *closed = tcase_create("closed");
  tcase_add_unchecked_fixture(t, remove_all, NULL);
  tcase_add_checked_fixture(t, NULL, remove_all);
  tcase_add_test(t, files_of_a_folder_by_bytes);
  tcase_add_test(t, warning_names_five);
  tcase_add_test(t, folder_without_files);
  tcase_add_test(t, a_file_may_have_any_name);
  tcase_add_test(t, missing_folder);
  tcase_add_test(t, missing_paths);
  tcase_add_test(t, place_of_one_in_a_list);
  tcase_add_test(t, standard_input_once);
  tcase_add_test(t, dangling_link);
  tcase_add_unchecked_fixture(closed, make_closed, remove_all);
  tcase_add_test(closed, no_permission);
  suite_add_tcase(s, t);
  suite_add_tcase(s, closed);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  folder_remove();
  return failed != 0;
}
