/* SPDX-License-Identifier: BSD-3-Clause */
/* A host of ABI 1.0, frozen and small: runs one enricher of today's plugins over one item, so that it shows when a new
 * plugin asks an old host for what it cannot have.
 *
 * usage: host_v1 FILE ID [OPTION:=VALUE | FIELD=VALUE]...   A field or list given twice has two values. Prints labels,
 * one a line with confidence and parents, then the status.                                                         */
#include "plugin.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 64 };

struct ek_config { const ek_enricher *enricher; char **args; int n_args; };
struct ek_call { int creating; char error[256]; };
struct ek_item { char **args; int n_args; };
struct ek_sink { int n; };

static void
die(const char *what, const char *why)
{
  fprintf(stderr, "host_v1: %s: %s\n", what, why);
  exit(2);
}

/* Values of "NAME<sep>VALUE" arguments, NUL-terminated. */
static size_t
given(char **args, int n_args, const char *name, const char *sep, ek_str *out)
{
  size_t len = strlen(name), n = 0;
  for (int i = 0; i < n_args && n < MOST; i++)
    if (strncmp(args[i], name, len) == 0 && strncmp(args[i] + len, sep, strlen(sep)) == 0)
      out[n++] = ek_cstr(args[i] + len + strlen(sep));
  return n;
}

/* An option by its declared table, stepping by the module's own stride. */
static const char *
option_text(const ek_config *c, const char *name, uint32_t *type)
{
  ek_str value[MOST];
  for (uint32_t i = 0; i < c->enricher->n_options; i++) {
    const char *at = (const char *)c->enricher->options + (size_t)i * c->enricher->option_size;
    const ek_option *o = (const ek_option *)(const void *)at;
    if (strcmp(o->name, name) != 0)
      continue;
    *type = o->type;
    return given(c->args, c->n_args, name, ":=", value) ? value[0].ptr : o->default_value;
  }
  return NULL;
}

static const void *
get_extension(const ek_host *h, const char *id)
{
  (void)h;
  (void)id;
  return NULL;
}

static void
log_line(const ek_host *h, ek_call *call, uint32_t level, const char *msg)
{
  (void)h;
  (void)call;
  fprintf(stderr, "log %u: %s\n", level, msg);
}

static int
opt_str(const ek_config *c, const char *name, ek_str *out)
{
  uint32_t type = 0;
  const char *text = option_text(c, name, &type);
  if (!text || (type != EK_OPT_STRING && type != EK_OPT_ENUM && type != EK_OPT_PATH && type != EK_OPT_FIELD))
    return 0;
  *out = ek_cstr(text);
  return 1;
}

static int
opt_int(const ek_config *c, const char *name, int64_t *out)
{
  uint32_t type = 0;
  const char *text = option_text(c, name, &type);
  if (!text || (type != EK_OPT_INT && type != EK_OPT_BOOL && type != EK_OPT_DURATION && type != EK_OPT_SIZE))
    return 0;
  *out = type == EK_OPT_BOOL ? strcmp(text, "true") == 0 : atoll(text);
  return 1;
}

static int
opt_float(const ek_config *c, const char *name, double *out)
{
  uint32_t type = 0;
  const char *text = option_text(c, name, &type);
  if (!text || type != EK_OPT_FLOAT)
    return 0;
  *out = atof(text);
  return 1;
}

static const ek_str *
opt_list(const ek_config *c, const char *name, size_t *n)
{
  static ek_str lists[8][MOST];
  static unsigned used;
  uint32_t type = 0;
  ek_str *list = lists[used++ % 8];
  *n = 0;
  const char *text = option_text(c, name, &type);
  if (!text || (type != EK_OPT_LIST && type != EK_OPT_FIELDS))
    return NULL;
  *n = given(c->args, c->n_args, name, ":=", list);
  char *copy = *n ? NULL : strdup(text);             /* the default: [a, b] or a, b */
  for (char *p = copy, *part; p && (part = strsep(&p, "[], ")) != NULL && *n < MOST;)
    if (*part)
      list[(*n)++] = ek_cstr(part);
  return *n ? list : NULL;
}

static void
use_field(ek_call *call, const char *field)
{
  if (!call->creating || !field[0])
    die("use_field", "outside create()");
}

static void
add_key(ek_call *call, ek_str bytes)
{
  (void)bytes;
  if (!call->creating)
    die("add_key", "outside create()");
}

static ek_str
item_id(const ek_item *item)
{
  (void)item;
  return ek_cstr("I1");
}

static const ek_str *
field(const ek_item *item, const char *name, size_t *n)
{
  static ek_str values[16][MOST];
  static unsigned used;
  ek_str *list = values[used++ % 16];
  *n = given(item->args, item->n_args, name, "=", list);
  return *n ? list : NULL;
}

static const size_t *
field_ends(const ek_item *item, const char *name, size_t *n)
{
  (void)item;
  (void)name;
  *n = 0;
  return NULL;
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
  if (l->struct_size < sizeof *l || !l->name.len || !(l->confidence <= 1))
    return EK_ITEM_ERROR;
  printf("%.*s", (int)l->name.len, l->name.ptr);
  if (l->confidence >= 0)
    printf(" %g", l->confidence);
  for (size_t i = 0; i < l->n_parents; i++)
    printf(" < %.*s", (int)l->parents[i].len, l->parents[i].ptr);
  putchar('\n');
  sink->n++;
  return EK_OK;
}

static void
set_error(ek_call *call, const char *msg)
{
  snprintf(call->error, sizeof call->error, "%s", msg);
}

static void
set_retry_after(ek_call *call, int64_t ns)
{
  (void)call;
  printf("retry after %lld\n", (long long)ns);
}

static int
cancelled(ek_call *call)
{
  (void)call;
  return 0;
}

static int64_t
time_left_ns(ek_call *call)
{
  (void)call;
  return INT64_MAX;
}

static ek_status
wait_for(ek_call *call, int64_t ns)
{
  struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
  (void)call;
  nanosleep(&t, NULL);
  return EK_OK;
}

static const ek_host host = {
  sizeof(ek_host), EK_ABI_MINOR, "host_v1", "1.0", get_extension, log_line, opt_str, opt_int, opt_float, opt_list,
    use_field, add_key,
  item_id, field, field_ends, field_names, emit, set_error, set_retry_after, cancelled, time_left_ns, wait_for
};

static const ek_enricher *
load(const char *file, const char *id)
{
  void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  void *p = handle ? dlsym(handle, "enrichkit_module_v1") : NULL;
  const ek_module *(*entry)(void);
  if (!p)
    die(file, dlerror());
  memcpy(&entry, &p, sizeof entry);
  const ek_module *m = entry();
  if (!m || m->struct_size < sizeof *m || m->abi_major != EK_ABI_MAJOR || m->needs_minor > EK_ABI_MINOR)
    die(file, "a host of ABI 1.0 cannot use this module");
  for (uint32_t i = 0; i < m->n_enrichers; i++) {
    const ek_enricher *e = m->enrichers[i];
    if (strcmp(e->id, id) == 0) {
      for (size_t k = 0; e->needs && e->needs[k]; k++)
        die(e->needs[k], "needed, and not offered by this host");
      return e;
    }
  }
  die(id, "no such enricher");
  return NULL;
}

int
main(int argc, char **argv)
{
  if (argc < 3)
    die("usage", "host_v1 FILE ID [OPTION:=VALUE | FIELD=VALUE]...");
  const ek_enricher *e = load(argv[1], argv[2]);
  ek_config config = { e, argv + 3, argc - 3 };
  ek_call call = { 1, "" };
  ek_item item = { argv + 3, argc - 3 };
  ek_sink sink = { 0 };
  ek_inst *inst = NULL;
  ek_status status = e->create(&host, &config, &call, &inst);
  if (status != EK_OK)
    die("create", call.error);
  call.creating = 0;
  status = e->enrich(inst, &call, &item, &sink);
  if (e->destroy)
    e->destroy(inst);
  printf("status %d%s%s\n", (int)status, call.error[0] ? ": " : "", call.error);
  return 0;
}
