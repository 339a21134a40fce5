/* SPDX-License-Identifier: BSD-3-Clause */
/* Pictures beside the catalogue: what passes, and every way out of its folder. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "asset-test.h"
#include "asset/internal.h"

static ek_asset_options options = { .timeout_ns = INT64_C(20000000000), .max_bytes = 15 << 20, .max_side = 10000 };
static char work[64], shop[96];            /* shop: the catalogue's folder, below work */

static ek_picture *
fetch_with(const char *address, const char *base, int (*cancelled)(void *), void *arg)
{
  ek_fetch f = { &options, address, INT64_MAX, cancelled, arg };
  return ek_picture_local(&f, base);
}

static void
expect_in(const char *base, const char *address, enum ek_asset_state state, const char *message)
{
  ek_picture *p = fetch_with(address, base, NULL, NULL);
  ck_assert_msg(p->state == state && strcmp(p->message, message) == 0, "%s: state %d '%s', not %d '%s'", address,
                (int)p->state, p->message, (int)state, message);
  if (state == EK_ASSET_OK)
    ck_assert(p->bytes.len != 0);
  else
    ck_assert(p->bytes.ptr == NULL && p->bytes.len == 0);
  ck_assert_int_eq(p->retry_after_ns, -1);
  ck_assert_int_eq(p->http, 0);
  ek_picture_unref(p);
}

static void
expect(const char *address, enum ek_asset_state state, const char *message)
{
  expect_in(shop, address, state, message);
}

static void
put(const char *folder, const char *name, const void *bytes, size_t size)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "wbe");
  ck_assert(f && fwrite(bytes, 1, size, f) == size && fclose(f) == 0);
}

static void
link_to(const char *target, const char *name)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", shop, name);
  ck_assert_int_eq(symlink(target, path), 0);
}

static void
make_folders(void)
{
  char path[256];
  snprintf(work, sizeof work, "/tmp/ek-asset-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(work));
  snprintf(shop, sizeof shop, "%s/shop", work);
  ck_assert_int_eq(mkdir(shop, 0700), 0);
  snprintf(path, sizeof path, "%s/pictures", shop);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  put(work, "outside.png", tiny_png, tiny_png_size);
  put(shop, "a.png", tiny_png, tiny_png_size);
  put(shop, "pictures/b c%20.jpg", tiny_jpeg, tiny_jpeg_size);
  put(shop, "...", tiny_png, tiny_png_size);
}

static void
remove_folders(void)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", work);
  ck_assert_int_eq(system(command), 0);
}

START_TEST(passes)
{
  static const char *const names[] = { "a.png", "./a.png", ".//a.png", "pictures//b c%20.jpg", "..." };
  uint8_t sum[32];
  for (size_t i = 0; i < N(names); i++)
    expect(names[i], EK_ASSET_OK, "");
  ek_picture *p = fetch_with("a.png", shop, NULL, NULL);
  ck_assert(p->bytes.len == tiny_png_size && memcmp(p->bytes.ptr, tiny_png, tiny_png_size) == 0);
  ck_assert(p->info.media == EK_MEDIA_PNG && p->info.width == 2 && p->info.height == 3);
  EVP_Digest(tiny_png, tiny_png_size, sum, NULL, EVP_sha256(), NULL);
  ck_assert_mem_eq(p->sha256, sum, sizeof sum);
  ck_assert_ptr_eq(ek_picture_ref(p), p);
  ek_picture_unref(p);
  ck_assert_mem_eq(p->bytes.ptr, tiny_png, tiny_png_size);
  ek_picture_unref(p);
  ek_picture_unref(NULL);
  ck_assert_int_eq(chdir(shop), 0);
  expect_in("", "a.png", EK_ASSET_OK, "");
}
END_TEST

/* A kernel before 5.6, or valgrind, knows no openat2: then no link is followed at all. */
static int
kernel_helps(void)
{
  int folder = open(shop, O_PATH | O_DIRECTORY | O_CLOEXEC);
  link_to("a.png", "probe.png");
  int fd = ek_open_below(folder, "probe.png", 0);
  close(folder);
  return fd >= 0 && close(fd) == 0;
}

START_TEST(no_way_out)
{
  static const char linked[] = "is reached by a symbolic link that cannot be followed";
  const int helped = kernel_helps();
  const char *out = helped ? "leads out of the catalogue's folder" : linked;
  static const char dots[] = "leads out of the catalogue's folder (..)";
  char path[256];
  expect("../outside.png", EK_ASSET_REFUSED, dots);
  expect("pictures/../../outside.png", EK_ASSET_REFUSED, dots);
  expect("pictures/..", EK_ASSET_REFUSED, dots);
  expect("..", EK_ASSET_REFUSED, dots);
  expect("pictures/../a.png", EK_ASSET_REFUSED, dots);
  expect("/etc/passwd", EK_ASSET_REFUSED, "is an absolute path; name it from the catalogue's folder on");
  expect("///etc/passwd", EK_ASSET_REFUSED, "is an absolute path; name it from the catalogue's folder on");
  link_to("../outside.png", "up.png");
  expect("up.png", EK_ASSET_REFUSED, out);
  snprintf(path, sizeof path, "%s/outside.png", work);
  link_to(path, "absolute.png");
  expect("absolute.png", EK_ASSET_REFUSED, out);
  snprintf(path, sizeof path, "%s/a.png", shop);
  link_to(path, "home.png");                             /* absolute, though it ends inside */
  expect("home.png", EK_ASSET_REFUSED, out);
  link_to("..", "parent");
  expect("parent/outside.png", EK_ASSET_REFUSED, out);
  link_to("/proc/self/root", "root");
  expect("root/etc/passwd", EK_ASSET_REFUSED, out);
  link_to("loop", "loop");
  expect("loop", EK_ASSET_REFUSED, linked);
  link_to("pictures", "inside");
  link_to("nowhere", "dangling");
  if (helped) {
    expect("inside/b c%20.jpg", EK_ASSET_OK, "");
    expect("dangling", EK_ASSET_FAILED, "no such file in the catalogue's folder");
  } else {
    expect("inside/b c%20.jpg", EK_ASSET_REFUSED, linked);
    expect("dangling", EK_ASSET_REFUSED, linked);
  }
  expect_in(NULL, "a.png", EK_ASSET_REFUSED, "is no URL, and this input has no folder for files to lie in");
}
END_TEST

/* The way without openat2 lets out no more, and follows no link. */
START_TEST(without_the_kernels_help)
{
  static const struct { const char *name; int error; } all[] = {
    { "a.png", 0 }, { "./a.png", 0 }, { "pictures//b c%20.jpg", 0 }, { "pictures/", 0 }, { "a.png/", ENOTDIR },
    { "a.png/b", ENOTDIR }, { "none", ENOENT }, { "none/none", ENOENT },
    { "out", ELOOP }, { "up/outside.png", ELOOP }, { "in/b c%20.jpg", ELOOP },
  };
  link_to("../outside.png", "out");
  link_to("..", "up");
  link_to("pictures", "in");
  int folder = open(shop, O_PATH | O_DIRECTORY | O_CLOEXEC);
  ck_assert_int_ge(folder, 0);
  for (size_t i = 0; i < N(all); i++) {
    errno = 0;
    int fd = ek_open_below(folder, all[i].name, 1);
    ck_assert_msg(all[i].error ? fd == -1 && errno == all[i].error : fd >= 0, "%s: %d, errno %d",
                  all[i].name, fd, errno);
    if (fd >= 0)
      close(fd);
  }
  char longest[300];
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  ck_assert(ek_open_below(folder, longest, 1) == -1 && errno == ENAMETOOLONG);
  close(folder);
}
END_TEST

START_TEST(no_regular_file)
{
  char path[256], longest[5000];
  expect("pictures", EK_ASSET_REFUSED, "is a folder");
  expect(".", EK_ASSET_REFUSED, "is a folder");
  snprintf(path, sizeof path, "%s/pipe.jpg", shop);
  ck_assert_int_eq(mkfifo(path, 0600), 0);
  expect("pipe.jpg", EK_ASSET_REFUSED, "is not a regular file");         /* and does not wait for a writer */
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", shop);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
  expect("socket", EK_ASSET_REFUSED, "is not a regular file");
  close(fd);
  expect_in("/dev", "null", EK_ASSET_REFUSED, "is not a regular file");
  expect_in("/dev", "zero", EK_ASSET_REFUSED, "is not a regular file");
  expect_in("/dev", "tty", EK_ASSET_REFUSED, "is not a regular file");
  expect("none.jpg", EK_ASSET_FAILED, "no such file in the catalogue's folder");
  expect("a.png/b.png", EK_ASSET_FAILED, "no such file in the catalogue's folder");
  expect_in("/nonexistent", "a.png", EK_ASSET_FAILED, "no such file in the catalogue's folder");
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  expect(longest, EK_ASSET_REFUSED, "is too long for the name of a file");
  if (geteuid() != 0) {
    put(shop, "secret.png", tiny_png, tiny_png_size);
    snprintf(path, sizeof path, "%s/secret.png", shop);
    ck_assert_int_eq(chmod(path, 0), 0);
    expect("secret.png", EK_ASSET_FAILED, "cannot be read: Permission denied");
  }
}
END_TEST

static int
at_once(void *arg)
{
  ++*(int *)arg;
  return 1;
}

static int
never(void *arg)
{
  ++*(int *)arg;
  return 0;
}

START_TEST(limits)
{
  static const char more[] = "has more than 15,728,640 bytes; images.max_bytes sets this limit";
  char path[256];
  int asked = 0;
  put(shop, "huge.png", tiny_png, tiny_png_size);
  snprintf(path, sizeof path, "%s/huge.png", shop);
  ck_assert_int_eq(truncate(path, INT64_C(1) << 40), 0);                 /* a hole of a terabyte */
  expect("huge.png", EK_ASSET_REFUSED, more);
  ck_assert_int_eq(truncate(path, (15 << 20) + 1), 0);
  expect("huge.png", EK_ASSET_REFUSED, more);
  ck_assert_int_eq(truncate(path, 15 << 20), 0);
  expect("huge.png", EK_ASSET_OK, "");
  ek_picture *p = fetch_with("huge.png", shop, at_once, &asked);
  ck_assert(p->state == EK_ASSET_CANCELLED && asked == 1);
  ek_picture_unref(p);
  ek_fetch late = { &options, "a.png", 1, NULL, NULL };
  p = ek_picture_local(&late, shop);
  ck_assert_int_eq(p->state, EK_ASSET_TRANSIENT);
  ck_assert_str_eq(p->message, "could not be read within images.timeout");
  ek_picture_unref(p);
  expect_in("/proc/self", "status", EK_ASSET_REFUSED,                   /* its size is said to be 0 */
            "is text, and only JPEG and PNG can be sent; see what is said there in the picture's place");
  if (access("/proc/kallsyms", R_OK) == 0) {             /* so is this one's, of megabytes */
    options.max_bytes = 65536;
    asked = 0;
    p = fetch_with("kallsyms", "/proc", never, &asked);
    ck_assert_str_eq(p->message, "has more than 65,536 bytes; images.max_bytes sets this limit");
    ck_assert_int_le(asked, 65536 / 1024);               /* not read to its end */
    ek_picture_unref(p);
  }
}
END_TEST

int
main(void)
{
  Suite *s = suite_create("local");
  TCase *t = tcase_create("local");
  tcase_add_checked_fixture(t, make_folders, remove_folders);
  tcase_add_test(t, passes);
  tcase_add_test(t, no_way_out);
  tcase_add_test(t, without_the_kernels_help);
  tcase_add_test(t, no_regular_file);
  tcase_add_test(t, limits);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_ENV);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
