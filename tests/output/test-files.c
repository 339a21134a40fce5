/* SPDX-License-Identifier: BSD-3-Clause */
/* What files.h and drain.h promise, one promise a test. Each runs in a process and a
 * folder of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include "base/text.h"
#include "folder.h"
#include "output/drain.h"
#include "output/files.h"

static char out[64];
static ek_error e;

static void
setup(void)
{
  enter_folder();
  snprintf(out, sizeof out, "%s/out", test_folder);
}

static void
put(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  ck_assert_ptr_nonnull(f);
  fputs(text, f);
  fclose(f);
}

static const char *
get(const char *path)
{
  static char text[4096];
  FILE *f = fopen(path, "r");
  if (!f)
    return "(none)";
  text[fread(text, 1, sizeof text - 1, f)] = 0;
  fclose(f);
  return text;
}

static ek_outfile *
create(ek_outdir *d, const char *name, const char *text)
{
  ek_outfile *f = ek_outfile_create(d, name, 0, &e);
  ck_assert_msg(f != NULL, "%s: %s", e.file, e.message);
  ck_assert_int_eq(ek_outfile_write(f, text, strlen(text), &e), 0);
  ck_assert_int_eq(ek_outfile_finish(f, &e), 0);
  return f;
}

static unsigned
mode_of(const char *path)
{
  struct stat st;
  ck_assert_int_eq(lstat(path, &st), 0);
  return st.st_mode & 07777;
}

START_TEST(nothing_before_commit)
{
  ek_outdir *d = ek_outdir_open("out/deep/er", &e);
  ck_assert_ptr_nonnull(d);
  create(d, "items.csv", "new");
  create(d, "arms/source/items.csv", "arm");
  ck_assert_int_ne(access("out/deep/er/items.csv", F_OK), 0);
  ek_outdir_close(d);
  /* and nothing at all is left, the folders neither */
  ck_assert_int_ne(access("out", F_OK), 0);
}
END_TEST

START_TEST(commit_and_infos)
{
  ek_outdir *d = ek_outdir_open("out", &e);
  ek_outfile *f = create(d, "items.csv", "abc");
  ek_outfile_rows(f, 7);
  create(d, "run.yaml", "");
  ck_assert_uint_eq(ek_outdir_n(d), 2);
  ck_assert_str_eq(ek_outdir_at(d, 0)->name, "items.csv");
  ck_assert_uint_eq(ek_outdir_at(d, 0)->rows, 7);
  ck_assert_uint_eq(ek_outdir_at(d, 0)->bytes, 3);
  ck_assert_str_eq(ek_outdir_at(d, 0)->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ck_assert(ek_outdir_at(d, 1)->rows == EK_NO_ROWS);
  ck_assert_str_eq(ek_outdir_at(d, 1)->sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  ck_assert_ptr_null(ek_outdir_at(d, 2));
  ck_assert_int_eq(ek_outdir_commit(d, NULL, &e), 0);
  ek_outdir_close(d);
  ck_assert_str_eq(get("out/items.csv"), "abc");
  ck_assert_int_eq(system("test \"$(ls -A out | tr '\\n' ' ')\" = 'items.csv run.yaml '"), 0);
}
END_TEST

/* Pieces of all sizes around the buffer's and the direct writes' limits. */
START_TEST(pieces)
{
  static const size_t sizes[] = { 1, 65535, 65536, 65537, 3, 262144, 100, 65535, 65535, 65535, 65535, 65535, 400000,
    0, 7 };
  ek_outdir *d = ek_outdir_open("out", &e);
  ek_outfile *f = ek_outfile_create(d, "a", 0, &e), *z = ek_outfile_create(d, "a.gz", 1, &e);
  ek_text all = { 0 };
  size_t n = sizeof sizes / sizeof *sizes;
  for (size_t i = 0; i < n + 50000; i++) {
    size_t from = all.len, size = i < n ? sizes[i] : 1 + i % 13;
    for (size_t k = 0; k < size; k++)
      ek_text_char(&all, (char)(((from + k) * 2654435761u) >> 13));
    ck_assert_int_eq(ek_outfile_write(f, all.data + from, size, &e), 0);
    ck_assert_int_eq(ek_outfile_write(z, all.data + from, size, &e), 0);
  }
  ck_assert(ek_outfile_finish(f, &e) == 0 && ek_outfile_finish(z, &e) == 0 && ek_outdir_commit(d, NULL, &e) == 0);
  ck_assert_uint_eq(ek_outdir_at(d, 0)->bytes, all.len);
  char *back = malloc(all.len + 1);
  FILE *plain = fopen("out/a", "r");
  ck_assert_uint_eq(fread(back, 1, all.len + 1, plain), all.len);
  ck_assert(memcmp(back, all.data, all.len) == 0);
  fclose(plain);
  gzFile gz = gzopen("out/a.gz", "r");
  ck_assert_int_eq(gzread(gz, back, (unsigned)all.len + 1), (int)all.len);
  ck_assert(memcmp(back, all.data, all.len) == 0);
  gzclose(gz);
  free(back);
  ek_text_free(&all);
  ek_outdir_close(d);
}
END_TEST

/* The header has no time, name or flags, so equal data give equal bytes. */
START_TEST(gzip_is_deterministic)
{
  static const unsigned char header[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
  unsigned char got[10];
  char sums[2][65];
  for (int i = 0; i < 2; i++) {
    ek_outdir *d = ek_outdir_open(i ? "two" : "one", &e);
    ek_outfile *f = ek_outfile_create(d, i ? "b.gz" : "a.gz", 1, &e);
    for (int k = 0; k < 1000; k++)
      ck_assert_int_eq(ek_outfile_write(f, "some data,", 10, &e), 0);
    ck_assert_int_eq(ek_outfile_finish(f, &e), 0);
    strcpy(sums[i], ek_outdir_at(d, 0)->sha256);
    ek_outdir_commit(d, NULL, &e);
    ek_outdir_close(d);
  }
  ck_assert_str_eq(sums[0], sums[1]);
  FILE *f = fopen("one/a.gz", "r");
  ck_assert_uint_eq(fread(got, 1, sizeof got, f), sizeof got);
  fclose(f);
  ck_assert_mem_eq(got, header, sizeof header);
}
END_TEST

START_TEST(names_stay_inside)
{
  static const char *const bad[] = { "", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", "..", "a/./b" };
  ek_outdir *d = ek_outdir_open("out", &e);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ck_assert_msg(ek_outfile_create(d, bad[i], 0, &e) == NULL, "%s", bad[i]);
  create(d, "a", "");
  ck_assert_ptr_null(ek_outfile_create(d, "a", 0, &e));
  ek_outdir_close(d);
}
END_TEST

START_TEST(umask_is_honoured)
{
  static const struct { mode_t mask; unsigned file, folder; } t[] = { { 077, 0600, 0700 }, { 002, 0664, 0775 },
    { 022, 0644, 0755 } };
  umask(t[_i].mask);
  ek_outdir *d = ek_outdir_open("out", &e);
  create(d, "arms/a/items.csv", "x");
  ck_assert_int_eq(ek_outdir_commit(d, NULL, &e), 0);
  ek_outdir_close(d);
  ck_assert_uint_eq(mode_of("out/arms/a/items.csv"), t[_i].file);
  ck_assert_uint_eq(mode_of("out/arms/a"), t[_i].folder);
  ck_assert_uint_eq(mode_of("out"), t[_i].folder);
}
END_TEST

START_TEST(mode_of_a_target_is_kept)
{
  umask(022);
  mkdir("out", 0755);
  put("out/items.csv", "old");
  chmod("out/items.csv", 0640);
  ek_outdir *d = ek_outdir_open("out", &e);
  create(d, "items.csv", "new");
  ck_assert_int_eq(ek_outdir_commit(d, NULL, &e), 0);
  ek_outdir_close(d);
  ck_assert_str_eq(get("out/items.csv"), "new");
  ck_assert_uint_eq(mode_of("out/items.csv"), 0640);
}
END_TEST

/* link: what out/items.csv points to; target: where the bytes must be. */
static const struct { const char *link, *target; int there; } links[] = {
  { "../elsewhere/data.csv", "elsewhere/data.csv", 1 },
  { "../elsewhere/data.csv", "elsewhere/data.csv", 0 },      /* dangling            */
  { "second", "elsewhere/deep.csv", 1 },                     /* a link to a link    */
  { "../via/data.csv", "elsewhere/data.csv", 1 }             /* through a linked folder */
};

START_TEST(links_are_written_through)
{
  struct stat st;
  mkdir("out", 0755);
  mkdir("elsewhere", 0755);
  ck_assert_int_eq(symlink("elsewhere", "via"), 0);
  ck_assert_int_eq(symlink("../elsewhere/deep.csv", "out/second"), 0);
  ck_assert_int_eq(symlink(links[_i].link, "out/items.csv"), 0);
  if (links[_i].there)
    put(links[_i].target, "old");
  ek_outdir *d = ek_outdir_open("out", &e);
  create(d, "items.csv", "new");
  if (links[_i].there)
    ck_assert_str_eq(get(links[_i].target), "old");
  ck_assert_int_eq(ek_outdir_commit(d, NULL, &e), 0);
  ek_outdir_close(d);
  ck_assert_str_eq(get(links[_i].target), "new");
  ck_assert(lstat("out/items.csv", &st) == 0 && S_ISLNK(st.st_mode));
  ck_assert(lstat(links[_i].target, &st) == 0 && S_ISREG(st.st_mode));
  ck_assert_int_eq(system("test $(ls -A elsewhere | wc -l) = 1"), 0);
}
END_TEST

START_TEST(link_loops_are_refused)
{
  mkdir("out", 0755);
  ck_assert_int_eq(symlink("b", "out/a"), 0);
  ck_assert_int_eq(symlink("a", "out/b"), 0);
  ek_outdir *d = ek_outdir_open("out", &e);
  ck_assert_ptr_null(ek_outfile_create(d, "a", 0, &e));
  ck_assert_str_eq(e.file, "out/a");
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ek_outdir_close(d);
}
END_TEST

/* As root a rename over a device would replace it. */
START_TEST(what_is_no_file_is_refused)
{
  struct stat st;
  mkdir("out", 0755);
  mkdir("out/folder", 0755);
  ck_assert_int_eq(mkfifo("out/pipe", 0644), 0);
  ck_assert_int_eq(symlink("/dev/null", "out/null"), 0);
  ek_outdir *d = ek_outdir_open("out", &e);
  static const char *const names[] = { "folder", "pipe", "null" };
  for (int i = 0; i < 3; i++) {
    ck_assert_ptr_null(ek_outfile_create(d, names[i], 0, &e));
    ck_assert_str_eq(e.code, "not_a_file");
    ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  }
  ek_outdir_close(d);
  ck_assert(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
  ck_assert_str_eq(e.message, "cannot write: it is not a regular file");
}
END_TEST

START_TEST(out_is_a_file)
{
  put("out", "mine");
  ck_assert_ptr_null(ek_outdir_open("out", &e));
  ck_assert_str_eq(e.message, "cannot make the folder: Not a directory");
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_ptr_null(ek_outdir_open("out/deeper", &e));
  ck_assert_str_eq(e.file, "out");
  ck_assert_str_eq(get("out"), "mine");
  ck_assert_ptr_null(ek_outdir_open("", &e));
  ck_assert_str_eq(e.code, "bad_name");
}
END_TEST

START_TEST(lock)
{
  ek_error e2 = { 0 };
  int ready[2], done[2];
  char byte;
  ck_assert(pipe(ready) == 0 && pipe(done) == 0);
  pid_t child = fork();
  if (child == 0) {
    ek_outdir *d = ek_outdir_open("out", &e2);
    if (!d || write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) < 0)
      _exit(1);
    _exit(0);                      /* as if killed: nothing is cleaned up        */
  }
  ck_assert_int_eq(read(ready[0], &byte, 1), 1);
  ck_assert_ptr_null(ek_outdir_open("out", &e));
  char who[64];
  snprintf(who, sizeof who, "process %ld on ", (long)child);
  ck_assert_msg(strstr(e.message, who) != NULL, "%s", e.message);
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
  ck_assert_str_eq(e.code, "locked");
  ck_assert_int_eq(write(done[1], "x", 1), 1);
  int status;
  ck_assert(waitpid(child, &status, 0) == child && status == 0);
  /* The lock file is still there, but its owner is not. */
  ck_assert_int_eq(access("out/.lock", F_OK), 0);
  ek_outdir *d = ek_outdir_open("out", &e);
  ck_assert_ptr_nonnull(d);
  ek_outdir_close(d);
  ck_assert_int_ne(access("out/.lock", F_OK), 0);
}
END_TEST

START_TEST(leftovers_go_and_others_stay)
{
  static const char *const gone[] = { "out/.items.csv.ek0123abcd", "out/.x.ekffffffff",
    "out/arms/s/.items.csv.ek00000000" },
    *const kept[] = { "out/.items.csv.backup", "out/.items.csv.ek0123abc", "out/.items.csv.ek0123abcg",
      "out/items.csv.ek0123abcd",
                      "out/.ek0123abcd", "out/.items.csv.xx0123abcd", "out/sub/.items.csv.ek0123abcd", "out/.bashrc" };
  ck_assert_int_eq(system("mkdir -p out/arms/s out/sub out/.dir.ek0123abcd"), 0);
  for (int i = 0; i < 3; i++)
    put(gone[i], "left");
  for (int i = 0; i < 8; i++)
    put(kept[i], "mine");
  ck_assert_int_eq(symlink("../keep", "out/.link.ek0123abcd"), 0);
  put("keep", "mine");
  ek_outdir *d = ek_outdir_open("out", &e);
  for (int i = 0; i < 3; i++)
    ck_assert_msg(access(gone[i], F_OK) != 0, "%s", gone[i]);
  for (int i = 0; i < 8; i++)
    ck_assert_msg(access(kept[i], F_OK) == 0, "%s", kept[i]);
  ck_assert(access("keep", F_OK) == 0 && access("out/.dir.ek0123abcd", F_OK) == 0);
  ek_outdir_close(d);
}
END_TEST

/* Two folders whose links lead to the same place: a living run's temporary file there
 * is not swept by the other, a dead one's is. */
START_TEST(living_temporaries_are_left_alone)
{
  ck_assert_int_eq(system("mkdir -p one two shared; ln -s ../shared/a one/a; ln -s ../shared/a two/a"), 0);
  put("shared/.a.ek0123abcd", "dead");
  ek_outdir *d1 = ek_outdir_open("one", &e), *d2 = ek_outdir_open("two", &e);
  create(d1, "a", "first");
  ck_assert_int_ne(access("shared/.a.ek0123abcd", F_OK), 0);
  create(d2, "a", "second");
  ck_assert_int_eq(ek_outdir_commit(d1, NULL, &e), 0);
  ck_assert_str_eq(get("shared/a"), "first");
  ck_assert_int_eq(ek_outdir_commit(d2, NULL, &e), 0);
  ck_assert_str_eq(get("shared/a"), "second");
  ek_outdir_close(d1);
  ek_outdir_close(d2);
}
END_TEST

/* Only what the report in place names is ours to remove. */
START_TEST(stale)
{
  static const char *const names[] = { "items.csv", "interactions.csv", "users.csv", "arms/old/items.csv", NULL };
  ck_assert_int_eq(system("mkdir -p out/arms/old"), 0);
  put("out/report.json",
    "{\"format\": 1, \"status\": \"done\", \"outputs\": [{\"path\": \"items.csv\"}, {\"path\": \"interactions.csv\"},"
                         " {\"path\": \"arms/old/items.csv\"}, {\"path\": \"../victim\"}, {\"path\": \"other.csv\"}]}");
  put("out/interactions.csv", "old");
  put("out/arms/old/items.csv", "old");
  put("out/users.csv", "the user's own");
  put("out/other.csv", "not asked for");
  put("victim", "outside");
  ek_outdir *d = ek_outdir_open("out", &e);
  create(d, "items.csv", "new");
  create(d, "report.json", "{}");
  ck_assert_int_eq(ek_outdir_commit(d, names, &e), 0);
  ek_outdir_close(d);
  ck_assert_str_eq(get("out/items.csv"), "new");
  ck_assert_int_ne(access("out/interactions.csv", F_OK), 0);
  ck_assert_int_ne(access("out/arms", F_OK), 0);
  ck_assert_str_eq(get("out/users.csv"), "the user's own");
  ck_assert_str_eq(get("out/other.csv"), "not asked for");
  ck_assert_str_eq(get("victim"), "outside");
}
END_TEST

/* Root may write anywhere, so this is asked as nobody. */
static void
open_as_nobody(const char *dir, char *said, size_t size)
{
  int p[2], status;
  ck_assert_int_eq(pipe(p), 0);
  pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
      _exit(2);
    if (ek_outdir_open(dir, &e))
      _exit(3);
    dprintf(p[1], "%d %s %s: %s", e.status, e.code, e.file, e.message);
    _exit(0);
  }
  ssize_t n = waitpid(child, &status, 0) == child && status == 0 ? read(p[0], said, size - 1) : 0;
  said[n > 0 ? n : 0] = 0;
}

START_TEST(read_only_folder)
{
  char said[256];
  mkdir("out", 0755);
  put("out/items.csv", "old");
  chmod("out", 0555);
  open_as_nobody("out", said, sizeof said);
  ck_assert_str_eq(said, "2 no_permission out/.lock: cannot open the lock file: Permission denied");
  open_as_nobody("out/new", said, sizeof said);
  ck_assert_str_eq(said, "2 no_permission out/new: cannot make the folder: Permission denied");
  ck_assert_str_eq(get("out/items.csv"), "old");
}
END_TEST

/* A file size limit, with the signal ignored as main does: EFBIG from write. */
START_TEST(size_limit)
{
  signal(SIGXFSZ, SIG_IGN);
  mkdir("out", 0755);
  put("out/items.csv", "old");
  ek_outdir *d = ek_outdir_open("out", &e);
  ek_outfile *f = ek_outfile_create(d, "items.csv", 0, &e);
  struct rlimit limit = { 1 << 20, 1 << 20 };
  char block[100000] = "";
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  int r = 0;
  for (int i = 0; i < 20 && r == 0; i++)
    r = ek_outfile_write(f, block, sizeof block, &e);
  ck_assert_int_eq(r, -1);
  ck_assert_str_eq(e.code, "write_failed");
  ck_assert_int_eq(e.status, EK_EXIT_FAILED);
  ck_assert_str_eq(e.file, "out/items.csv");
  ck_assert_str_eq(e.message, "cannot write: File too large");
  /* It stays failed, whatever comes later. */
  ck_assert_int_eq(ek_outfile_write(f, "x", 1, &e), -1);
  ck_assert_int_eq(ek_outfile_finish(f, &e), -1);
  ck_assert_str_eq(e.message, "cannot write: File too large");
  ck_assert_int_eq(ek_outdir_commit(d, NULL, &e), 0);
  ek_outdir_close(d);
  ck_assert_str_eq(get("out/items.csv"), "old");
  ck_assert_int_eq(system("test $(ls -A out | wc -l) = 1"), 0);
}
END_TEST

#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define REPORT(status, outputs) "{\"format\": 1, \"status\": \"" status "\", \"outputs\": [" outputs "]}"

static const struct { const char *report, *code, *says; } verdicts[] = {
  { REPORT("done", "{\"path\": \"a\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), NULL, "" },
  { REPORT("done", "{\"path\": \"link\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), NULL, "" },
  { REPORT("done", ""), NULL, "" },
  { REPORT("done", "{\"path\": \"a\", \"bytes\": 4, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set",
    "it has 3 bytes, the report says 4" },
  { REPORT("done", "{\"path\": \"b\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set",
    "its SHA-256 differs" },
  { REPORT("done", "{\"path\": \"c\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set", "it is missing" },
  { REPORT("done", "{\"path\": \"pipe\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set",
    "it is not a regular file" },
  { REPORT("done", "{\"path\": \"../out/a\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set",
    "it names '../out/a'" },
  { REPORT("done", "{\"path\": \"/etc/passwd\", \"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set",
    "it names '/etc/passwd'" },
  { REPORT("done", "{\"bytes\": 3, \"sha256\": \"" SHA_ABC "\"}"), "mixed_set", "a file without a path" },
  { REPORT("done", "{\"path\": \"a\", \"bytes\": \"3\", \"sha256\": \"" SHA_ABC "\"}"), "mixed_set", "it names 'a'" },
  { REPORT("done", "{\"path\": \"a\", \"bytes\": 3}"), "mixed_set", "it names 'a'" },
  { REPORT("interrupted", ""), "not_done", "(interrupted)" },
  { "{\"format\": 1, \"outputs\": []}", "not_done", "no status" },
  { "{\"format\": 2, \"status\": \"done\", \"outputs\": []}", "bad_report", "no report of format 1" },
  { "{\"format\": 1, \"status\": \"done\"}", "bad_report", "no report" },
  { "{\"format\": 1, \"status\": \"done\", \"outputs\": [", "bad_report", "no report" },
  { "", "bad_report", "no report" },
  { NULL, "no_report", "no report.json in this folder" }
};

START_TEST(verify)
{
  mkdir("out", 0755);
  put("out/a", "abc");
  put("out/b", "abd");
  ck_assert(mkfifo("out/pipe", 0644) == 0 && symlink("a", "out/link") == 0);
  if (verdicts[_i].report)
    put("out/report.json", verdicts[_i].report);
  int r = ek_outdir_verify("out", &e);
  ck_assert_int_eq(r, verdicts[_i].code ? -1 : 0);
  if (!verdicts[_i].code)
    return;
  ck_assert_str_eq(e.code, verdicts[_i].code);
  ck_assert_msg(strstr(e.message, verdicts[_i].says) != NULL, "%s", e.message);
  ck_assert_int_eq(e.status, EK_EXIT_REFUSED);
}
END_TEST

START_TEST(drain_to_a_file)
{
  put("x.csv", "old");
  ek_drain *d = ek_drain_open("x.csv", &e);
  ck_assert_ptr_nonnull(d);
  ck_assert_int_eq(ek_drain_write(d, "new", 3, &e), 0);
  ck_assert_str_eq(get("x.csv"), "old");
  ck_assert_int_eq(ek_drain_publish(d, &e), 0);
  ek_drain_close(d);
  ck_assert_str_eq(get("x.csv"), "new");
  d = ek_drain_open("x.csv", &e);
  ck_assert_int_eq(ek_drain_write(d, "newer", 5, &e), 0);
  ek_drain_close(d);                /* not published                              */
  ck_assert_str_eq(get("x.csv"), "new");
  ck_assert_int_eq(system("test $(ls -A . | wc -l) = 1"), 0);
  ck_assert_ptr_null(ek_drain_open("nowhere/x.csv", &e));
  ck_assert_str_eq(e.file, "nowhere");
}
END_TEST

START_TEST(drain_to_what_is_there)
{
  ek_drain *d = ek_drain_open("/dev/full", &e);
  ck_assert_int_eq(ek_drain_write(d, "x", 1, &e), -1);
  ck_assert_str_eq(e.code, "write_failed");
  ck_assert_str_eq(e.file, "/dev/full");
  ck_assert_str_eq(e.message, "cannot write: No space left on device");
  ek_drain_close(d);
  int p[2];
  char got[8] = "";
  ck_assert_int_eq(pipe(p), 0);
  d = ek_drain_fd(p[1], "standard output");
  ck_assert(ek_drain_write(d, "abc", 3, &e) == 0 && ek_drain_publish(d, &e) == 0);
  ck_assert_int_eq(read(p[0], got, sizeof got), 3);
  signal(SIGPIPE, SIG_IGN);
  close(p[0]);
  ck_assert_int_eq(ek_drain_write(d, "abc", 3, &e), -1);
  ck_assert_str_eq(e.code, "closed_output");
  ek_drain_close(d);
  ck_assert_int_eq(fcntl(p[1], F_GETFD) >= 0, 1);      /* not ours to close        */
}
END_TEST

/* A reader that is slow, on a pipe that does not wait. */
START_TEST(drain_waits)
{
  int p[2];
  enum { N = 300000 };
  static char data[N];
  ck_assert_int_eq(pipe2(p, O_NONBLOCK), 0);
  pid_t child = fork();
  if (child == 0) {
    size_t total = 0;
    static char buffer[N];
    usleep(50000);
    fcntl(p[0], F_SETFL, 0);
    close(p[1]);
    for (ssize_t n; (n = read(p[0], buffer, 4096)) > 0;)
      total += (size_t)n;
    _exit(total == N ? 0 : 1);
  }
  ek_drain *d = ek_drain_fd(p[1], "pipe");
  ck_assert_int_eq(ek_drain_write(d, data, N, &e), 0);
  ek_drain_close(d);
  close(p[1]);
  int status;
  ck_assert(waitpid(child, &status, 0) == child && status == 0);
}
END_TEST

START_TEST(descriptors_are_not_inherited)
{
  ek_outdir *d = ek_outdir_open("out", &e);
  create(d, "a", "x");
  char command[128];
  snprintf(command, sizeof command, "test -z \"$(ls -l /proc/self/fd | grep '%s')\"", test_folder);
  ck_assert_int_eq(system(command), 0);
  ek_outdir_close(d);
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("files");
  TCase *c = tcase_create("files");
  tcase_add_checked_fixture(c, setup, leave_folder);
  tcase_add_test(c, nothing_before_commit);
  tcase_add_test(c, commit_and_infos);
  tcase_add_test(c, pieces);
  tcase_add_test(c, gzip_is_deterministic);
  tcase_add_test(c, names_stay_inside);
  tcase_add_loop_test(c, umask_is_honoured, 0, 3);
  tcase_add_test(c, mode_of_a_target_is_kept);
  tcase_add_loop_test(c, links_are_written_through, 0, (int)(sizeof links / sizeof *links));
  tcase_add_test(c, link_loops_are_refused);
  tcase_add_test(c, what_is_no_file_is_refused);
  tcase_add_test(c, out_is_a_file);
  tcase_add_test(c, lock);
  tcase_add_test(c, leftovers_go_and_others_stay);
  tcase_add_test(c, living_temporaries_are_left_alone);
  tcase_add_test(c, stale);
  tcase_add_test(c, read_only_folder);
  tcase_add_test(c, size_limit);
  tcase_add_loop_test(c, verify, 0, (int)(sizeof verdicts / sizeof *verdicts));
  tcase_add_test(c, drain_to_a_file);
  tcase_add_test(c, drain_to_what_is_there);
  tcase_add_test(c, drain_waits);
  tcase_add_test(c, descriptors_are_not_inherited);
  suite_add_tcase(s, c);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
