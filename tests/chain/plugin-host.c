/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/plugin-host.h"
#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"

struct ek_config {
  const ek_enricher *enricher;
  char *values[32];              /* as written, or the default; NULL: none     */
  ek_str list[32][32]; size_t n_list[32];
};
struct ek_call { int creating; };
struct ek_item { const th_field *fields; size_t n; };
struct ek_sink { th_plugin *plugin; };

struct th_plugin {
  const ek_enricher *enricher;
  ek_config config;
  ek_inst *inst;
  th_label labels[TH_MAX_LABELS]; size_t n;
  ek_text text;
};

static char last_error[1024];

static const void *
get_extension(const ek_host *h, const char *id)
{
  (void)h;
  (void)id;
  return NULL;
}

static void
log_line(const ek_host *h, ek_call *c, uint32_t level, const char *msg)
{
  (void)h;
  (void)c;
  (void)level;
  (void)msg;
}

static int
option(const ek_config *c, const char *name)
{
  for (uint32_t i = 0; i < c->enricher->n_options; i++)
    if (!strcmp(c->enricher->options[i].name, name))
      return (int)i;
  ck_abort_msg("the plugin asks for an option that it does not declare: %s", name);
  return -1;
}

static int
opt_str(const ek_config *c, const char *name, ek_str *out)
{
  int i = option(c, name);
  if (!c->values[i])
    return 0;
  *out = ek_cstr(c->values[i]);
  return 1;
}

static int
opt_int(const ek_config *c, const char *name, int64_t *out)
{
  int i = option(c, name);
  if (!c->values[i])
    return 0;
  if (c->enricher->options[i].type == EK_OPT_BOOL)
    *out = !strcmp(c->values[i], "true");
  else
    ck_assert(ek_number_int(ek_cstr(c->values[i]), out));
  return 1;
}

static int
opt_float(const ek_config *c, const char *name, double *out)
{
  int i = option(c, name);
  return c->values[i] && ek_number_double(ek_cstr(c->values[i]), 0, out);
}

static const ek_str *
opt_list(const ek_config *c, const char *name, size_t *n)
{
  int i = option(c, name);
  *n = c->n_list[i];
  return *n ? c->list[i] : NULL;
}

static void
use_field(ek_call *c, const char *field)
{
  (void)field;
  ck_assert(c->creating);
}

static void
add_key(ek_call *c, ek_str bytes)
{
  (void)bytes;
  ck_assert(c->creating);
}

static ek_str
item_id(const ek_item *item)
{
  for (size_t i = 0; i < item->n; i++)
    if (!strcmp(item->fields[i].name, "id") && item->fields[i].n)
      return item->fields[i].values[0];
  return ek_cstr("item");
}

static const th_field *
find_field(const ek_item *item, const char *name)
{
  for (size_t i = 0; i < item->n; i++)
    if (!strcmp(item->fields[i].name, name))
      return &item->fields[i];
  return NULL;
}

static const ek_str *
field(const ek_item *item, const char *name, size_t *n)
{
  const th_field *f = find_field(item, name);
  *n = f ? f->n : 0;
  return *n ? f->values : NULL;
}

static const size_t *
field_ends(const ek_item *item, const char *name, size_t *n)
{
  const th_field *f = find_field(item, name);
  *n = f ? f->n_ends : 0;
  return *n ? f->ends : NULL;
}

static const ek_str *
field_names(const ek_item *item, size_t *n)
{
  (void)item;
  *n = 0;
  return NULL;
}

static ek_status
emit(ek_sink *sink, const ek_label *l)
{
  th_plugin *p = sink->plugin;
  ck_assert_uint_eq(l->struct_size, sizeof *l);
  ck_assert_uint_eq(l->flags, 0);
  ck_assert(l->name.len && ek_utf8_valid(l->name) && !memchr(l->name.ptr, 0, l->name.len));
  ck_assert(l->confidence <= 1);
  ck_assert_uint_lt(p->n, TH_MAX_LABELS);
  p->labels[p->n++] = (th_label){
    ek_mem_strndup(l->name.ptr, l->name.len),
    l->n_parents ? ek_mem_strndup(l->parents[0].ptr, l->parents[0].len) : NULL, l->confidence, l->n_parents };
  return EK_OK;
}

static void
set_error(ek_call *c, const char *msg)
{
  (void)c;
  snprintf(last_error, sizeof last_error, "%s", msg);
}

static void
set_retry_after(ek_call *c, int64_t ns)
{
  (void)c;
  (void)ns;
}

static int
cancelled(ek_call *c)
{
  (void)c;
  return 0;
}

static int64_t
time_left_ns(ek_call *c)
{
  (void)c;
  return INT64_MAX;
}

static ek_status
wait_ns(ek_call *c, int64_t ns)
{
  (void)c;
  (void)ns;
  return EK_OK;
}

static const ek_host host = {
  .struct_size = sizeof host, .abi_minor = EK_ABI_MINOR, .name = "test", .version = "1", .get_extension = get_extension,
  .log = log_line, .opt_str = opt_str, .opt_int = opt_int, .opt_float = opt_float, .opt_list = opt_list,
  .use_field = use_field, .add_key = add_key, .item_id = item_id, .field = field, .field_ends = field_ends,
  .field_names = field_names, .emit = emit, .set_error = set_error, .set_retry_after = set_retry_after,
  .cancelled = cancelled, .time_left_ns = time_left_ns, .wait = wait_ns,
};

const ek_module *
th_module(const char *path)
{
  char full[4096];
  const char *top = getenv("top_builddir");
  snprintf(full, sizeof full, "%s/%s", top ? top : ".", path);
  void *so = dlopen(full, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(so != NULL, "%s", dlerror());
  const ek_module *(*entry)(void);
  *(void **)&entry = dlsym(so, "enrichkit_module_v1");
  ck_assert(entry != NULL);
  const ek_module *m = entry();
  ck_assert_uint_eq(m->struct_size, sizeof *m);
  ck_assert_uint_eq(m->abi_major, EK_ABI_MAJOR);
  return m;
}

/* "[a, b]" or "a, b": as good as YAML for a test. */
static void
split_list(ek_config *c, uint32_t i)
{
  char *save = NULL;
  c->n_list[i] = 0;
  for (char *p = strtok_r(c->values[i], "[], ", &save); p; p = strtok_r(NULL, "[], ", &save))
    c->list[i][c->n_list[i]++] = ek_cstr(p);
}

th_plugin *
th_create(const ek_enricher *e, const char *const *options)
{
  th_plugin *p = ek_mem_zero(1, sizeof *p);
  ek_call call = { 1 };
  last_error[0] = 0;
  p->enricher = p->config.enricher = e;
  ck_assert_uint_le(e->n_options, 32);
  for (uint32_t i = 0; i < e->n_options; i++) {
    const ek_option *o = &e->options[i];
    size_t n = strlen(o->name);
    const char *value = o->default_value;
    for (const char *const *given = options; given && *given; given++)
      if (!strncmp(*given, o->name, n) && (*given)[n] == '=')
        value = *given + n + 1;
    p->config.values[i] = value ? ek_mem_strdup(value) : NULL;
    if (value && (o->type == EK_OPT_LIST || o->type == EK_OPT_FIELDS))
      split_list(&p->config, i);
  }
  if (e->create(&host, &p->config, &call, &p->inst) != EK_OK) {
    ck_assert_msg(last_error[0], "create() failed without a word");
    p->inst = NULL;
    th_destroy(p);
    return NULL;
  }
  return p;
}

static void
forget(th_plugin *p)
{
  for (size_t i = 0; i < p->n; i++) {
    free(p->labels[i].name);
    free(p->labels[i].parent);
  }
  p->n = 0;
}

void
th_destroy(th_plugin *p)
{
  forget(p);
  if (p->inst)
    p->enricher->destroy(p->inst);
  for (uint32_t i = 0; i < p->enricher->n_options; i++)
    free(p->config.values[i]);
  ek_text_free(&p->text);
  free(p);
}

ek_status
th_enrich(th_plugin *p, const th_field *fields, size_t n)
{
  ek_call call = { 0 };
  ek_item item = { fields, n };
  ek_sink sink = { p };
  forget(p);
  return p->enricher->enrich(p->inst, &call, &item, &sink);
}

size_t
th_labels(const th_plugin *p, const th_label **out)
{
  *out = p->labels;
  return p->n;
}

const char *
th_text(th_plugin *p)
{
  ek_text_clear(&p->text);
  for (size_t i = 0; i < p->n; i++) {
    const th_label *l = &p->labels[i];
    ek_text_printf(&p->text, "%s%s", i ? "|" : "", l->name);
    if (l->confidence >= 0) {
      char number[EK_NUMBER_MAX];
      ek_number_repr(l->confidence, number);
      ek_text_printf(&p->text, ":%s", number);
    }
    if (l->parent)
      ek_text_printf(&p->text, "<%s", l->parent);
  }
  return ek_text_c(&p->text);
}

const char *
th_error(void)
{
  return last_error;
}

void
th_check_manual(const ek_enricher *e, const char *manual)
{
  char path[4096], *text = ek_mem_zero(1, 1 << 20), want[512];
  const char *top = getenv("top_srcdir");
  snprintf(path, sizeof path, "%s/%s", top ? top : ".", manual);
  FILE *f = fopen(path, "r");
  ck_assert_msg(f != NULL, "%s", path);
  text[fread(text, 1, (1 << 20) - 1, f)] = 0;
  fclose(f);
  const char *at = strstr(text, ".Sh OPTIONS");
  ck_assert(at != NULL);
  size_t items = 0;
  for (const char *p = at; (p = strstr(p, ".It Cm ")) != NULL; p++)
    items++;
  ck_assert_msg(items == e->n_options, "%s: %zu options in the manual, %u declared", manual, items, e->n_options);
  for (uint32_t i = 0; i < e->n_options; i++) {
    const ek_option *o = &e->options[i];
    snprintf(want, sizeof want, "\n.It Cm %s Pq ", o->name);
    at = strstr(at, want);       /* in the order of the table                   */
    ck_assert_msg(at != NULL, "%s: no '%s' (in order)", manual, want + 1);
    const char *end = strchr(at + 1, '\n');
    ck_assert(end != NULL);
    if (o->default_value)
      snprintf(want, sizeof want, "default Li %s\n", o->default_value);
    else
      snprintf(want, sizeof want, "%s\n", o->flags & EK_OPT_REQUIRED ? "required" : "");
    size_t n = strlen(want);
    ck_assert_msg((size_t)(end + 1 - at) > n && !strncmp(end + 1 - n, want, n), "%s: option %s does not end in '%s'",
                  manual, o->name, want);
    for (const char *const *choice = o->choices; choice && *choice; choice++)
      ck_assert_msg(strstr(at, *choice) && strstr(at, *choice) < end, "%s: choice %s", manual, *choice);
  }
  free(text);
}
