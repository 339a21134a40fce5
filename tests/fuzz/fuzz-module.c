/* SPDX-License-Identifier: BSD-3-Clause */
/* A module's tables, as rubbish as can be without wild pointers: ek_module_check() and, for what passes it, all that
 * `plugins show` prints. Each table lies in memory of the size that it declares, so that a read behind it is seen. */
#include "fuzz/kit.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "command/plugins.h"
#include "plugin/internal.h"

typedef struct source {
  const uint8_t *at, *end;
  void *kept[4096]; size_t n_kept;
} source;

static void *
keep(source *s, void *p)
{
  if (s->n_kept < sizeof s->kept / sizeof *s->kept)
    s->kept[s->n_kept++] = p;
  return p;
}

static unsigned
byte(source *s)
{
  return s->at < s->end ? *s->at++ : 0;
}

static uint32_t
number(source *s, uint32_t usual)
{
  static const uint32_t odd[] = { 0, 1, 2, 4, 7, 8, 24, 56, 57, 64, 72, 120, 128, 65536, 65537, 0x7fffffff, 0x80000000,
                                  0xffffffff };
  unsigned b = byte(s);
  return b < 200 ? usual : odd[b % (sizeof odd / sizeof *odd)];
}

/* NULL, one of what passes, or bytes of the input. */
static const char *
text(source *s, const char *usual)
{
  static const char *const some[] = { "", "a", "a/b", "0", "10", "1.5", "true", "4K", "250ms", "[a, b]", "[a", "a,,b",
                                      "\"", "'x', y",
                                      "\xff", "\xc3\xa9", "\n", "${X}", "x\\y", "Example:\n  - plugin: x" };
  unsigned b = byte(s), n;
  if (b < 150)
    return usual;
  if (b < 160)
    return NULL;
  if (b < 220)
    return some[b % (sizeof some / sizeof *some)];
  n = byte(s) % 64;
  char *copy = keep(s, ek_mem_zero(n + 1, 1));
  for (unsigned i = 0; i < n; i++)
    copy[i] = (char)byte(s);
  return copy;
}

static const char *const *
names(source *s)
{
  unsigned n = byte(s) % 8;
  if (n == 7)
    return NULL;
  const char **list = keep(s, ek_mem_zero(n + 1, sizeof *list));
  for (unsigned i = 0; i < n; i++)
    if (!(list[i] = text(s, "x")))
      break;
  return list;
}

/* A table in exactly the memory that its size claims (at least the size itself, at most what there is). */
static void *
sized(source *s, const void *whole, uint32_t claims, size_t have)
{
  size_t n = claims < sizeof claims ? sizeof claims : claims < have ? claims : have;
  char *p = keep(s, ek_mem_alloc(n));
  memcpy(p, whole, n);
  return p;
}

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
enrich(ek_inst *i, ek_call *c, const ek_item *item, ek_sink *sink)
{
  (void)i;
  (void)c;
  (void)item;
  (void)sink;
  return EK_OK;
}

static const void *
options(source *s, uint32_t *n, uint32_t *stride)
{
  static const char *const own[] = { "first", "second", "third", "fourth" };
  unsigned have = byte(s) % 5;
  *stride = number(s, sizeof(ek_option));
  *n = number(s, have);
  if (*n > have && *n <= 256)                        /* an array is as long as it says, or absurdly long */
    *n = have;
  size_t step = *stride < sizeof(uint32_t) ? sizeof(uint32_t) : *stride > 65536 ? 65536 : *stride;
  char *list = keep(s, ek_mem_zero(have + 1u, step));
  for (unsigned i = 0; i < have; i++) {
    ek_option o = { .name = text(s, own[i]), .type = byte(s) % 12 * 10, .flags = byte(s),
                    .default_value = text(s, NULL),
                    .choices = names(s), .min = text(s, NULL), .max = text(s, NULL), .help = text(s, "help") };
    memcpy(list + i * step, &o, step < sizeof o ? step : sizeof o);
  }
  return byte(s) == 255 ? NULL : list;
}

static const ek_enricher *
enricher(source *s, unsigned i)
{
  static const char *const ids[] = { "one", "two", "three" };
  static const uint32_t models[] = { 1000, 2000, 3000, 0, 1 };
  if (byte(s) == 255)
    return NULL;
  ek_enricher e = { .struct_size = number(s, sizeof e), .thread_model = models[byte(s) % 5], .flags = byte(s),
                    .max_batch = number(s, 0), .id = text(s, ids[i]), .summary = text(s, "summary"),
                      .help = text(s, NULL),
                    .reads = names(s), .needs = names(s), .meters = names(s), .create = byte(s) == 255 ? NULL : create,
                    .enrich = byte(s) == 255 ? NULL : enrich };
  e.options = options(s, &e.n_options, &e.option_size);
  return sized(s, &e, e.struct_size, sizeof e);
}

static void
is_json(ek_text *t)
{
  json_error_t why;
  json_t *j = json_loadb(t->data, t->len, 0, &why);
  if (!j)
    fprintf(stderr, "%s at %d: %.*s\n", why.text, why.position, (int)t->len, t->data);
  FUZZ_CHECK(j != NULL);
  json_decref(j);
  ek_text_clear(t);
}

static void
describe(ek_module_info *info)
{
  ek_text t = { 0 };
  for (uint32_t i = 0; i < info->module.n_enrichers; i++) {
    ek_plugin p = { info, &info->enrichers[i] };
    FUZZ_CHECK(p.enricher->id[0] && strlen(p.enricher->id) <= 40);
    ek_plugin_json(&p, &t);
    is_json(&t);
    ek_plugin_schema(&p, &t);
    is_json(&t);
    ek_plugin_manual(&p, &t);
    ek_plugin_man(&p, &t);
    ek_text_clear(&t);
  }
  ek_text_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static source s;
  s = (source){ .at = data, .end = data + size };
  unsigned have = byte(&s) % 4;
  const ek_enricher **list = keep(&s, ek_mem_zero(have + 1u, sizeof *list));
  ek_module m = { .struct_size = number(&s, sizeof m), .abi_major = byte(&s) < 240 ? 1 : byte(&s),
                  .abi_minor = byte(&s),
                  .needs_minor = byte(&s) < 240 ? 0 : byte(&s), .id = text(&s, "org.example.fuzz"),
                    .version = text(&s, "1"),
                  .vendor = text(&s, NULL), .url = text(&s, NULL), .license = text(&s, NULL),
                    .n_enrichers = number(&s, have),
                  .enrichers = byte(&s) == 255 ? NULL : list };
  if (m.n_enrichers > have && m.n_enrichers <= 256)
    m.n_enrichers = have;
  for (unsigned i = 0; i < have; i++)
    list[i] = enricher(&s, i);
  ek_module_info info = { .path = (char *)"/p/enrichkit-fuzz.so", .sha256 = (char *)"00" };
  ek_error e = { 0 };
  if (ek_module_check(sized(&s, &m, m.struct_size, sizeof m), "p/enrichkit-fuzz.so", &info, &e) == 0) {
    describe(&info);
    ek_module_clear(&info);
  } else {
    FUZZ_CHECK(e.status == EK_EXIT_REFUSED && e.code && strncmp(e.message, "p/enrichkit-fuzz.so", 19) == 0);
    for (const char *p = e.message; *p; p++)         /* one line, fit for a terminal */
      FUZZ_CHECK((unsigned char)*p >= 0x20);
    FUZZ_CHECK(!info.enrichers && !info.options);
  }
  for (size_t i = 0; i < s.n_kept; i++)
    free(s.kept[i]);
  return 0;
}
