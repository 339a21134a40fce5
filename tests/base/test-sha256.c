/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/sha256.h"
#include "folder.h"
#include "tap.h"

/* FIPS 180-2, appendix B, and the empty text. */
static const struct { const char *text, *hex; } vectors[] = {
  { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static int
file_of(const char *text, size_t n)
{
  FILE *f = fopen("f", "w");
  ck_assert(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
  return open("f", O_RDONLY | O_CLOEXEC);
}

START_TEST(known)
{
  char hex[65], of_file[65];
  ek_sha256_hex(ek_cstr(vectors[_i].text), hex);
  ck_assert_str_eq(hex, vectors[_i].hex);
  EK_CLOSE int fd = file_of(vectors[_i].text, strlen(vectors[_i].text));
  ck_assert_int_eq(ek_sha256_file(fd, of_file), 0);
  ck_assert_str_eq(of_file, hex);
}
END_TEST

/* More than is read at once; and where the file stands does not matter, nor does it move. */
START_TEST(large_file)
{
  enum { LARGE = 1000003 };
  char hex[65], of_file[65], *text = malloc(LARGE);
  for (int i = 0; i < LARGE; i++)
    text[i] = (char)(i * 7 + i / 256);
  ek_sha256_hex((ek_str){ text, LARGE }, hex);
  EK_CLOSE int fd = file_of(text, LARGE);
  ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
  ck_assert_int_eq(ek_sha256_file(fd, of_file), 0);
  ck_assert_str_eq(of_file, hex);
  ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 1234);
  free(text);
}
END_TEST

START_TEST(no_file)
{
  char hex[65];
  EK_CLOSE int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ck_assert_int_eq(ek_sha256_file(folder, hex), -1);
  ck_assert_int_eq(errno, EISDIR);
}
END_TEST

START_TEST(hex_of_bytes)
{
  char out[9];
  ek_hex("\x00\x0f\xa5\xff", 4, out);
  ck_assert_str_eq(out, "000fa5ff");
  ek_hex("x", 0, out);
  ck_assert_str_eq(out, "");
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("sha256");
  TCase *t = tcase_create("sha256");
  tcase_add_checked_fixture(t, enter_folder, leave_folder);
  tcase_add_loop_test(t, known, 0, (int)(sizeof vectors / sizeof *vectors));
  tcase_add_test(t, large_file);
  tcase_add_test(t, no_file);
  tcase_add_test(t, hex_of_bytes);
  suite_add_tcase(s, t);
  return run_whole_suite(s);
}
