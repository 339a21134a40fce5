/* SPDX-License-Identifier: BSD-3-Clause */
/* The hostile pictures and the photographs of the shared folder, as local files. */
#include <unistd.h>
#include "asset-test.h"
#include "asset/internal.h"

static ek_picture *
fetch(const char *name, const char *base)
{
  static const ek_asset_options options = { .max_bytes = 15 << 20, .max_side = 10000 };
  ek_fetch f = { .options = &options, .address = name, .deadline_ns = INT64_MAX };
  return ek_picture_local(&f, base);
}

START_TEST(hostile_folder)
{
  char base[4200];
  snprintf(base, sizeof base, "%s/hostile", shared_images());
  for (size_t i = 0; i < hostile_count; i++) {
    const hostile *h = &hostile_files[i];
    ek_picture *p = fetch(h->name, base);
    ck_assert_msg(p->state == (h->message ? EK_ASSET_REFUSED : EK_ASSET_OK), "%s: state %d '%s'", h->name,
                  (int)p->state, p->message);
    ck_assert_str_eq(p->message, h->message ? h->message : "");
    ck_assert_msg(p->info.media == h->media && p->info.width == h->width && p->info.height == h->height,
                  "%s: %d, %u x %u", h->name, (int)p->info.media, p->info.width, p->info.height);
    ek_picture_unref(p);
  }
}
END_TEST

/* Every photograph passes, and is as large as one. */
START_TEST(photographs)
{
  char base[4200], command[4300], name[300];
  size_t n = 0;
  snprintf(base, sizeof base, "%s/photos", shared_images());
  snprintf(command, sizeof command, "ls '%s'", base);
  FILE *f = popen(command, "re");
  while (fgets(name, sizeof name, f)) {
    name[strcspn(name, "\n")] = 0;
    ek_picture *p = fetch(name, base);
    ck_assert_msg(p->state == EK_ASSET_OK, "%s: %s", name, p->message);
    ck_assert_int_eq(p->info.media, EK_MEDIA_JPEG);
    ck_assert_msg(p->info.width >= 100 && p->info.height >= 100, "%s: %u x %u", name, p->info.width, p->info.height);
    ek_picture_unref(p);
    n++;
  }
  pclose(f);
  ck_assert_uint_ge(n, 100);
}
END_TEST

int
main(void)
{
  const TTest *tests[] = { hostile_folder, photographs, NULL };
  if (!shared_images())
    return skip_all("no $EK_SHARED/data/images");
  return run_suite("shared", tests);
}
