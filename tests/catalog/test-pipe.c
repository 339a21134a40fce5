/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes and standard input: what trickles is handed on, and a wait can be ended. */
#include "reading.h"
#include <pthread.h>
#include <time.h>

static double
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
nap(long ms)
{
  nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void
put(int fd, const char *s)
{
  ck_assert_int_eq(write(fd, s, strlen(s)), (ssize_t)strlen(s));
}

/* A FIFO that is open for reading by an input and for writing by us. */
typedef struct trickle { ek_input *in; int fd; ek_block b; ek_error e; } trickle;

static trickle
open_fifo(ek_input_options o)
{
  trickle t = { 0 };
  char *list[] = { "fifo" };
  unlink("fifo");
  ck_assert_int_eq(mkfifo("fifo", 0600), 0);
  t.in = ek_input_open(&(ek_paths){ .list = list, .n = 1 }, &o, &t.e);
  ck_assert_msg(t.in != NULL, "%s", t.e.message);
  t.fd = open("fifo", O_RDWR | O_CLOEXEC);       /* also a reader, so that it does not wait */
  ck_assert_int_ge(t.fd, 0);
  return t;
}

static void
close_fifo(trickle *t)
{
  ek_block_clear(&t->b);
  ek_input_close(t->in);
  if (t->fd >= 0)
    close(t->fd);
  unlink("fifo");
}

static void
expect(trickle *t, const char *text)
{
  int r = ek_input_next(t->in, &t->b, &t->e);
  ck_assert_msg(r == 1, "%d %s", r, t->e.message);
  ck_assert_uint_eq(t->b.len, strlen(text));
  ck_assert_int_eq(memcmp(t->b.data, text, t->b.len), 0);
}

START_TEST(whole_records_are_handed_on)
{
  trickle t = open_fifo((ek_input_options){ .timeout_ms = 30 });
  put(t.fd, "{\"a\":1}\n{\"b\":2}\n{\"c\"");
  double from = now();
  expect(&t, "{\"a\":1}\n{\"b\":2}\n");
  double took = now() - from;
  ck_assert_msg(took > 0.02 && took < 5, "%f s", took);
  put(t.fd, ":3}\n");
  expect(&t, "{\"c\":3}\n");
  ck_assert_uint_eq(t.b.offset, 16);
  put(t.fd, "{\"d\":4}");
  close(t.fd);
  t.fd = -1;
  expect(&t, "{\"d\":4}");
  ck_assert_int_eq(ek_input_next(t.in, &t.b, &t.e), 0);
  close_fifo(&t);
}
END_TEST

static void *
one_record_each_20_ms(void *arg)
{
  int fd = *(int *)arg;
  for (int i = 0; i < 60; i++) {
    if (write(fd, "{\"a\":1}\n", 8) != 8)
      break;
    nap(20);
  }
  return NULL;
}

/* No pause of 100 ms ever comes, and yet no record waits much longer than that. */
START_TEST(a_steady_trickle_is_handed_on)
{
  trickle t = open_fifo((ek_input_options){ .timeout_ms = 100 });
  pthread_t writer;
  ck_assert_int_eq(pthread_create(&writer, NULL, one_record_each_20_ms, &t.fd), 0);
  size_t blocks = 0, bytes = 0;
  while (bytes < 60 * 8 && ek_input_next(t.in, &t.b, &t.e) == 1) {
    blocks++;
    bytes += t.b.len;
  }
  pthread_join(writer, NULL);
  ck_assert_uint_eq(bytes, 60 * 8);
  ck_assert_uint_ge(blocks, 3);
  close_fifo(&t);
}
END_TEST

START_TEST(array_and_csv_trickle)
{
  trickle t = open_fifo((ek_input_options){ .timeout_ms = 20 });
  put(t.fd, "[{\"a\":1}");
  expect(&t, "{\"a\":1}");
  put(t.fd, ",\n{\"b\":[");
  put(t.fd, "]} ");
  expect(&t, ",\n{\"b\":[]}");
  put(t.fd, "]");
  close(t.fd);
  t.fd = -1;
  ck_assert_int_eq(ek_input_next(t.in, &t.b, &t.e), 0);
  close_fifo(&t);

  t = open_fifo((ek_input_options){ .timeout_ms = 20 });
  put(t.fd, "a,b\n1,\"x\ny\"\n2,\"z\n");
  expect(&t, "1,\"x\ny\"\n");
  ck_assert_uint_eq(t.b.newlines_before, 1);
  put(t.fd, "\"\n");
  expect(&t, "2,\"z\n\"\n");
  close_fifo(&t);
}
END_TEST

START_TEST(gzip_trickles)
{
  ek_text p = { 0 };
  trickle t = open_fifo((ek_input_options){ .timeout_ms = 20 });
  gzip_member(&p, "{\"a\":1}\n", 8, 6, NULL);
  size_t first = p.len;
  gzip_member(&p, "{\"b\":2}\n", 8, 6, NULL);
  ck_assert_int_eq(write(t.fd, p.data, first + 1), (ssize_t)first + 1);
  expect(&t, "{\"a\":1}\n");
  for (size_t i = first + 1; i < p.len; i++)
    ck_assert_int_eq(write(t.fd, p.data + i, 1), 1);
  expect(&t, "{\"b\":2}\n");
  ck_assert_int_eq(t.b.file->gzip, 1);
  close(t.fd);
  t.fd = -1;
  ck_assert_int_eq(ek_input_next(t.in, &t.b, &t.e), 0);
  close_fifo(&t);
  ek_text_free(&p);
}
END_TEST

static void *
write_bytes(void *arg)
{
  int fd = open("fifo", O_WRONLY | O_CLOEXEC);
  const ek_text *p = arg;
  for (size_t i = 0; i < p->len; i++)
    if (write(fd, p->data + i, 1) != 1)
      break;
  close(fd);
  return NULL;
}

/* The input is opened first: it must wait for a writer, not take its absence for the end. */
START_TEST(writer_that_comes_later)
{
  ek_text p = { 0 };
  char *list[] = { "fifo" };
  ek_error e = { 0 };
  reading g = { 0 };
  pthread_t writer;
  for (int i = 0; i < 50; i++)
    gzip_member(&p, "{\"a\":1}\n{\"b\":", 13, 6, NULL), gzip_member(&p, "2}\n", 3, 6, NULL);
  unlink("fifo");
  ck_assert_int_eq(mkfifo("fifo", 0600), 0);
  ek_input *in = ek_input_open(&(ek_paths){ .list = list, .n = 1 }, &(ek_input_options){ .timeout_ms = 1 }, &e);
  ck_assert_ptr_nonnull(in);
  ck_assert_uint_eq(ek_input_file_at(in, 0)->disk_bytes, 0);
  pthread_create(&writer, NULL, write_bytes, &p);
  reading_go(&g, in);
  pthread_join(writer, NULL);
  ck_assert_msg(g.r == 0, "%s", g.e.message);
  ck_assert_uint_eq(g.records, 100);
  ck_assert_uint_eq(g.total_lines, 100);
  uint64_t done, total;
  ek_input_progress(in, &done, &total);
  ck_assert_uint_eq(done, p.len);
  ck_assert_uint_eq(total, 0);
  ek_input_close(in);
  reading_free(&g);
  ek_text_free(&p);
  unlink("fifo");
}
END_TEST

static void *
interrupt_soon(void *arg)
{
  nap(50);
  ek_input_interrupt(arg);
  return NULL;
}

START_TEST(wait_can_be_ended)
{
  for (int with_writer = 0; with_writer < 2; with_writer++) {
    trickle t = open_fifo((ek_input_options){ 0 });
    pthread_t other;
    if (!with_writer) {
      close(t.fd);
      t.fd = -1;
    } else
      put(t.fd, "{\"a\":1}");
    pthread_create(&other, NULL, interrupt_soon, t.in);
    double from = now();
    ck_assert_int_eq(ek_input_next(t.in, &t.b, &t.e), -1);
    ck_assert_msg(now() - from < 5, "%f s", now() - from);
    ck_assert_str_eq(t.e.code, "interrupted");
    pthread_join(other, NULL);
    close_fifo(&t);
  }
}
END_TEST

START_TEST(reading_a_file_can_be_ended)
{
  ek_text t = { 0 };
  for (int i = 0; i < 200000; i++)
    ek_text_cstr(&t, "{}\n");
  file_write("input", t.data, t.len);
  ek_text_free(&t);
  char *list[] = { "input" };
  ek_error e = { 0 };
  ek_block b = { 0 };
  int r, blocks = 0;
  ek_input *in = ek_input_open(&(ek_paths){ .list = list, .n = 1 }, &(ek_input_options){ .block_size = 30000 }, &e);
  ck_assert_int_eq(ek_input_next(in, &b, &e), 1);
  for (int i = 0; i < 100000; i++)           /* more than the pipe holds: must not hang */
    ek_input_interrupt(in);
  while ((r = ek_input_next(in, &b, &e)) == 1)
    blocks++;
  ck_assert_int_eq(r, -1);
  ck_assert_str_eq(e.code, "interrupted");
  ck_assert_int_lt(blocks, 10);              /* of 20: what was read already    */
  ek_block_clear(&b);
  ek_input_close(in);
}
END_TEST

START_TEST(standard_input)
{
  static const char text[] = "x{\"a\":1}\n{\"b\":2}\n";
  for (int as_pipe = 0; as_pipe < 2; as_pipe++) {
    int fd[2] = { -1, -1 };
    if (as_pipe) {
      ck_assert_int_eq(pipe(fd), 0);
      put(fd[1], text + 1);
      close(fd[1]);
    } else {
      file_write("input", text, strlen(text));
      fd[0] = open("input", O_RDONLY);
      ck_assert_int_eq(lseek(fd[0], 1, SEEK_SET), 1);
    }
    dup2(fd[0], STDIN_FILENO);
    close(fd[0]);
    reading g;
    reading_file(&g, "-", &(ek_input_options){ 0 });
    ck_assert_int_eq(g.r, 0);
    ck_assert_str_eq(g.dump.data, "-:1 @0 [{\"a\":1}]\n-:2 @8 [{\"b\":2}]\n");
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), 0);       /* not ours to close */
    reading_free(&g);
  }
}
END_TEST

START_TEST(closed_standard_input)
{
  close(STDIN_FILENO);
  reading g;
  reading_file(&g, "-", &(ek_input_options){ 0 });
  ck_assert_int_lt(g.r, 0);
  ck_assert_str_eq(g.e.code, "read_error");
  reading_free(&g);
}
END_TEST

START_TEST(file_that_goes_away)
{
  file_write("a.json", "[1]", 3);
  file_write("b.json", "[2]", 3);
  char *list[] = { "a.json", "b.json" };
  ek_error e = { 0 };
  reading g = { 0 };
  ek_input *in = ek_input_open(&(ek_paths){ .list = list, .n = 2 }, &(ek_input_options){ 0 }, &e);
  unlink("b.json");
  reading_go(&g, in);
  ck_assert_int_eq(g.r, -1);
  ck_assert_str_eq(g.e.code, "read_error");
  ck_assert_str_eq(g.e.file, "b.json");
  ck_assert_str_eq(g.e.message, "cannot open: No such file or directory");
  ck_assert_uint_eq(g.records, 1);
  ek_input_close(in);
  reading_free(&g);
}
END_TEST

int
main(void)
{
  folder_make();
  Suite *s = suite_create("pipe");
  TCase *t = tcase_create("pipe");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, whole_records_are_handed_on);
  tcase_add_test(t, a_steady_trickle_is_handed_on);
  tcase_add_test(t, array_and_csv_trickle);
  tcase_add_test(t, gzip_trickles);
  tcase_add_test(t, writer_that_comes_later);
  tcase_add_test(t, wait_can_be_ended);
  tcase_add_test(t, reading_a_file_can_be_ended);
  tcase_add_test(t, standard_input);
  tcase_add_test(t, closed_standard_input);
  tcase_add_test(t, file_that_goes_away);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  folder_remove();
  return failed != 0;
}
