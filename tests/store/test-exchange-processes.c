/* SPDX-License-Identifier: BSD-3-Clause */
/* The exchange cache between processes: two that share it, and some that are killed. The children are
 * this program, started anew.                                                 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include "store/exchange-kit.h"

#define THREADS 4
#define KEYS 20000u

/* ---- the child: asks for all keys in turn, and says so in its log ---- */

static ek_exchange *shared;
static int log_fd;
static unsigned keys, work_us, next_key;

static void
say(uint64_t n)
{
  char line[64];
  int len = snprintf(line, sizeof line, "%llu %lld\n", (unsigned long long)n, (long long)mono());
  if (write(log_fd, line, (size_t)len) != len)
    _exit(9);
}

static void *
ask_for_all(void *arg)
{
  (void)arg;
  for (;;) {
    uint64_t n = __atomic_fetch_add(&next_key, 1, __ATOMIC_RELAXED);
    enum ek_exchange_found f;
    if (n >= keys)
      return NULL;
    while ((f = get(shared, n, 1)) == EK_EXCHANGE_BUSY)
      usleep(2000);
    if (f == EK_EXCHANGE_HIT)
      continue;
    if (f != EK_EXCHANGE_MINE)
      _exit(8);
    usleep(work_us);
    if (put_answer(shared, n, "/out") < 0)
      _exit(7);
    say(n);
  }
}

static int
child(char **v)
{
  pthread_t threads[THREADS];
  ek_exchange_options o = { .path = v[2] };
  keys = (unsigned)atoi(v[4]);
  work_us = (unsigned)atoi(v[5]);
  log_fd = open(v[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0 || !(shared = ek_exchange_open(&o, &e))) {
    fprintf(stderr, "%s\n", e.message);
    return 6;
  }
  if (strcmp(v[1], "hold") == 0) {
    if (get(shared, 0, 1) != EK_EXCHANGE_MINE)
      return 5;
    say(0);
    pause();
  }
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, ask_for_all, NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  return ek_exchange_close(shared, &e) == 0 ? 0 : 4;
}

/* ---- the parent ---- */

static char self[1024];

static pid_t
start(const char *what, const char *log, unsigned n, unsigned us)
{
  char keys_text[16], us_text[16];
  snprintf(keys_text, sizeof keys_text, "%u", n);
  snprintf(us_text, sizeof us_text, "%u", us);
  pid_t pid = fork();
  ck_assert_int_ge(pid, 0);
  if (pid == 0) {
    execl(self, self, what, "c.db", log, keys_text, us_text, (char *)NULL);
    _exit(3);
  }
  return pid;
}

static int
ended(pid_t pid)
{
  int status = 0;
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* How often each key was paid for in a log; those since `since` ago of `now` are not counted. */
static uint64_t
read_log(const char *log, int64_t before, unsigned char *paid)
{
  FILE *f = fopen(log, "r");
  unsigned long long n;
  long long t;
  uint64_t lines = 0;
  while (f && fscanf(f, "%llu %lld", &n, &t) == 2) {
    ck_assert_uint_lt(n, KEYS);
    if (t <= before)
      paid[n]++;
    lines++;
  }
  if (f)
    fclose(f);
  return lines;
}

static void
wait_for_log(const char *log)
{
  struct stat st;
  int64_t begin = mono();
  while (stat(log, &st) < 0 || st.st_size == 0) {
    ck_assert_int_lt(mono() - begin, 20 * INT64_C(1000000000));
    usleep(1000);
  }
}

START_TEST(two_processes_pay_once)
{
  static unsigned char paid[KEYS];
  pid_t a = start("run", "a.log", 800, 1000), b = start("run", "b.log", 800, 1000);
  ck_assert_int_eq(ended(a), 0);
  ck_assert_int_eq(ended(b), 0);
  uint64_t of_a = read_log("a.log", INT64_MAX, paid), of_b = read_log("b.log", INT64_MAX, paid);
  ck_assert_uint_eq(of_a + of_b, 800);
  for (unsigned i = 0; i < 800; i++)
    ck_assert_uint_eq(paid[i], 1);
  ck_assert_int_eq(ask("c.db", "SELECT nano FROM ledger"), 800 * COST);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM claims"), 0);
}
END_TEST

START_TEST(made_by_several_at_once)
{
  pid_t all[6];
  for (int i = 0; i < 6; i++)
    all[i] = start("run", "a.log", 1, 0);
  for (int i = 0; i < 6; i++)
    ck_assert_int_eq(ended(all[i]), 0);
  ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM answers"), 1);
}
END_TEST

/* What was handed over 200 ms before the end is there, money and answer are the same number, and
 * the next run need not wait for the claims of the dead.                      */
START_TEST(killed_at_random_moments)
{
  static unsigned char paid[KEYS];
  unsigned seed = 12345;
  uint64_t sure = 0;
  for (int round = 0; round < 20; round++) {
    memset(paid, 0, sizeof paid);
    unlink("a.log");
    pid_t pid = start("run", "a.log", KEYS, 3000);
    wait_for_log("a.log");
    seed = seed * 1103515245 + 12345;
    usleep(250000 + seed / 65536 % 400000);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    int64_t killed = mono();
    ck_assert_int_eq(ended(pid), 128 + SIGKILL);
    read_log("a.log", killed - 200000000, paid);
    ck_assert_int_eq(ask("c.db", "SELECT total(nano) FROM ledger"), ask("c.db", "SELECT count(*) FROM answers") * COST);
    ck_assert_int_eq(ask("c.db", "SELECT count(*) FROM bodies"), ask("c.db", "SELECT count(*) FROM answers"));
    ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
    for (uint64_t n = 0; n < KEYS; n++)
      if (paid[n]) {
        ck_assert_int_eq(get(x, n, 0), EK_EXCHANGE_HIT);
        sure++;
      }
    /* The first keys that are not there were being asked for just now. */
    int64_t begin = mono();
    for (uint64_t n = 0, free_now = 0; n < KEYS && free_now < 20; n++) {
      enum ek_exchange_found f = get(x, n, 1);
      ck_assert_int_ne(f, EK_EXCHANGE_BUSY);
      free_now += f == EK_EXCHANGE_MINE;
    }
    ck_assert_int_lt(mono() - begin, 10 * INT64_C(1000000000));
    closed(x);
  }
  ck_assert_uint_gt(sure, 100);
}
END_TEST

/* One waits for another's claim; the other is killed. */
START_TEST(a_claim_of_the_dead_is_free_at_once)
{
  pid_t pid = start("hold", "a.log", 1, 0);
  wait_for_log("a.log");
  ek_exchange *x = open_as("c.db", EK_CACHE_READ_WRITE);
  the_time = (int64_t)time(NULL);
  ck_assert_int_eq(get(x, 0, 1), EK_EXCHANGE_BUSY);
  the_time += 1000;                                /* it lives: the clock alone frees nothing */
  ck_assert_int_eq(get(x, 0, 1), EK_EXCHANGE_BUSY);
  kill(pid, SIGKILL);
  ck_assert_int_eq(ended(pid), 128 + SIGKILL);
  ck_assert_int_eq(get(x, 0, 1), EK_EXCHANGE_MINE);
  closed(x);
}
END_TEST

int
main(int argc, char **argv)
{
  if (argc == 6)
    return child(argv);
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0)
    return EXIT_FAILURE;
  Suite *s = suite_create("exchange-processes");
  TCase *t = tcase_create("exchange-processes");
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_set_timeout(t, 300);
  tcase_add_test(t, two_processes_pay_once);
  tcase_add_test(t, made_by_several_at_once);
  tcase_add_test(t, killed_at_random_moments);
  tcase_add_test(t, a_claim_of_the_dead_is_free_at_once);
  suite_add_tcase(s, t);
  return run_all(s);
}
