/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include "base/cleanup.h"
#include "base/replace.h"
#include "folder.h"
#include "tap.h"

static ek_replace r;

static void
put(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  ck_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static const char *
text_of(const char *path)
{
  static char text[300];
  FILE *f = fopen(path, "r");
  ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
  text[fread(text, 1, sizeof text - 1, f)] = 0;
  fclose(f);
  return text;
}

static void
nothing_is_left_in(const char *folder)
{
  DIR *d = opendir(folder);
  ck_assert_ptr_nonnull(d);
  for (struct dirent *entry; (entry = readdir(d));)
    ck_assert_msg(!strstr(entry->d_name, ".new"), "%s/%s", folder, entry->d_name);
  closedir(d);
}

static int
replace(int folder, const char *name, enum ek_replace_writers who, const char *text)
{
  int failed = ek_replace_open(&r, folder, name, who, 0666) < 0 || ek_write_all(r.fd, text, strlen(text)) < 0 ||
               ek_replace_commit(&r) < 0;
  ek_replace_drop(&r);
  return failed ? -1 : 0;
}

static void
first_and_again(int folder, const char *name, const char *parent)
{
  char path[64];
  snprintf(path, sizeof path, "%s/f", parent);
  for (int who = EK_REPLACE_ALONE; who <= EK_REPLACE_SHARED; who++) {
    ck_assert_int_eq(replace(folder, name, (enum ek_replace_writers)who, "first"), 0);
    ck_assert_str_eq(text_of(path), "first");
    ck_assert_int_eq(replace(folder, name, (enum ek_replace_writers)who, "new"), 0);
    ck_assert_str_eq(text_of(path), "new");
    ck_assert_int_eq(unlink(path), 0);
    nothing_is_left_in(parent);
  }
}

START_TEST(takes_the_place)
{
  ck_assert(mkdir("d", 0755) == 0 && mkdir("d/sub", 0755) == 0);
  EK_CLOSE int d = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  first_and_again(AT_FDCWD, "f", ".");
  first_and_again(AT_FDCWD, "d/f", "d");
  first_and_again(d, "f", "d");
  first_and_again(d, "sub/f", "d/sub");
}
END_TEST

START_TEST(dropped)
{
  put("f", "old");
  ck_assert_int_eq(ek_replace_open(&r, AT_FDCWD, "f", EK_REPLACE_ALONE, 0666), 0);
  ck_assert_int_eq(access(".f.new", F_OK), 0);
  ck_assert_int_eq(fcntl(r.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  errno = ENOSPC;
  ek_replace_drop(&r);
  ck_assert_int_eq(errno, ENOSPC);
  ek_replace_drop(&r);
  ck_assert_str_eq(text_of("f"), "old");
  nothing_is_left_in(".");
}
END_TEST

/* Of a process that was killed: larger, with other rights, or a link to where nothing may be written. */
START_TEST(leftovers)
{
  struct stat st;
  put(".f.new", "much longer than what comes");
  ck_assert_int_eq(chmod(".f.new", 0600), 0);
  umask(022);
  ck_assert_int_eq(replace(AT_FDCWD, "f", EK_REPLACE_ALONE, "new"), 0);
  ck_assert_str_eq(text_of("f"), "new");
  ck_assert(stat("f", &st) == 0 && (st.st_mode & 0777) == 0644);

  put("victim", "mine");
  ck_assert_int_eq(symlink("victim", ".f.new"), 0);
  ck_assert_int_eq(replace(AT_FDCWD, "f", EK_REPLACE_ALONE, "newer"), 0);
  ck_assert_str_eq(text_of("victim"), "mine");
  ck_assert_str_eq(text_of("f"), "newer");

  ck_assert_int_eq(ek_replace_open(&r, AT_FDCWD, "f", EK_REPLACE_SHARED, 0600), 0);
  ck_assert(fstat(r.fd, &st) == 0 && (st.st_mode & 0777) == 0600);
  ek_replace_drop(&r);
}
END_TEST

/* The longest name that a file may have leaves no room for one beside. */
START_TEST(no_name)
{
  char name[300];
  memset(name, 'x', 255);
  name[255] = 0;
  ck_assert_int_eq(replace(AT_FDCWD, name, EK_REPLACE_ALONE, "new"), -1);
  ck_assert_int_eq(errno, ENAMETOOLONG);
  ck_assert_int_eq(replace(AT_FDCWD, "no/such/f", EK_REPLACE_SHARED, "new"), -1);
  ck_assert_int_eq(errno, ENOENT);
  ck_assert_int_eq(mkdir("folder", 0755), 0);
  ck_assert_int_eq(replace(AT_FDCWD, "folder", EK_REPLACE_ALONE, "new"), -1);
  ck_assert_int_eq(errno, EISDIR);
  nothing_is_left_in(".");
}
END_TEST

START_TEST(disk_full)
{
  char *much = calloc(1, 100000);
  struct rlimit limit = { 5000, RLIM_INFINITY };
  put("f", "old");
  memset(much, 'x', 99999);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  ck_assert_int_eq(replace(AT_FDCWD, "f", EK_REPLACE_SHARED, much), -1);
  ck_assert_int_eq(errno, EFBIG);
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  ck_assert_str_eq(text_of("f"), "old");
  nothing_is_left_in(".");

  EK_CLOSE int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full >= 0) {
    ck_assert_int_eq(ek_write_all(full, much, 99999), -1);
    ck_assert_int_eq(errno, ENOSPC);
  }
  free(much);
}
END_TEST

/* Each test is a process of its own, so that it may give its rights away. */
START_TEST(read_only_folder)
{
  ck_assert_int_eq(mkdir("d", 0555), 0);
  if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
    return;
  ck_assert_int_eq(replace(AT_FDCWD, "d/f", EK_REPLACE_ALONE, "new"), -1);
  ck_assert_int_eq(errno, EACCES);
  nothing_is_left_in("d");
}
END_TEST

/* A pipe takes less than all at a time. */
static void *
drink(void *arg)
{
  static char buffer[777];
  size_t *n = arg;
  int fd = (int)*n;
  *n = 0;
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;)
    *n += (size_t)got;
  return NULL;
}

START_TEST(all_of_it)
{
  enum { MUCH = 1 << 20 };
  int ends[2];
  pthread_t reader;
  char *much = calloc(1, MUCH);
  ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
  size_t n = (size_t)ends[0];
  ck_assert_int_eq(pthread_create(&reader, NULL, drink, &n), 0);
  ck_assert_int_eq(ek_write_all(ends[1], much, MUCH), 0);
  close(ends[1]);
  pthread_join(reader, NULL);
  close(ends[0]);
  ck_assert_uint_eq(n, MUCH);
  ck_assert_int_eq(ek_write_all(-1, NULL, 0), 0);
  free(much);
}
END_TEST

/* Each of them writes the whole file: whoever is last, it is one of theirs. */
static void *
write_one(void *arg)
{
  char text[201];
  ek_replace mine;
  memset(text, *(char *)arg, 200);
  for (int i = 0; i < 20; i++) {
    int good = ek_replace_open(&mine, AT_FDCWD, "f", EK_REPLACE_SHARED, 0666) == 0 &&
               ek_write_all(mine.fd, text, 100) == 0 && ek_write_all(mine.fd, text + 100, 100) == 0 &&
               ek_replace_rename(&mine) == 0;
    ek_replace_drop(&mine);
    if (!good)
      return NULL;
  }
  return arg;
}

START_TEST(two_writers)
{
  pthread_t a, b;
  void *one, *other;
  char x = 'a', y = 'b';
  ck_assert(pthread_create(&a, NULL, write_one, &x) == 0 && pthread_create(&b, NULL, write_one, &y) == 0);
  ck_assert(pthread_join(a, &one) == 0 && pthread_join(b, &other) == 0 && one && other);
  const char *text = text_of("f");
  ck_assert_uint_eq(strlen(text), 200);
  ck_assert_uint_eq(strspn(text, *text == 'a' ? "a" : "b"), 200);
  nothing_is_left_in(".");
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("replace");
  TCase *t = tcase_create("replace");
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_add_test(t, takes_the_place);
  tcase_add_test(t, dropped);
  tcase_add_test(t, leftovers);
  tcase_add_test(t, no_name);
  tcase_add_test(t, disk_full);
  tcase_add_test(t, all_of_it);
  tcase_add_test(t, two_writers);
  suite_add_tcase(s, t);
  /* Without rights there is no cleaning up either: the fixture's process does it. */
  TCase *o = tcase_create("rights");
  tcase_add_unchecked_fixture(o, enter_folder, leave_folder);
  tcase_add_test(o, read_only_folder);
  suite_add_tcase(s, o);
  return run_whole_suite(s);
}
