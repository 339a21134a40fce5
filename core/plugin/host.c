/* SPDX-License-Identifier: BSD-3-Clause */
/* What a plugin may ask of the host: the functions behind ek_host. Those on the
 * hot path (field, emit) cost nanoseconds; see tests/plugin/bench-host.c.    */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "config.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "plugin/internal.h"

#define MOST_FIELDS 64u          /* slots of a projection                      */
#define MOST_KEY ((size_t)1 << 24)
#define MOST_LABEL ((size_t)1 << 20)     /* bytes of one label's texts, each   */
#define MOST_PARENTS 256u

/* ---- options, extensions, log -------------------------------------------------- */

const void *
ek_host_extension(const ek_services *s, const char *id)
{
  int all = !s || s->planning;
  if (!id)
    return NULL;
  if (strcmp(id, EK_EXT_LABELS) == 0)
    return &ek_labels_table;
  if (strcmp(id, EK_EXT_METER) == 0)
    return &ek_meter_table;
  if (strcmp(id, EK_EXT_HTTP) == 0)
    return all || s->http ? &ek_http_table : NULL;
  if (strcmp(id, EK_EXT_CACHE) == 0)
    return all || s->exchange ? &ek_cache_table : NULL;
  if (strcmp(id, EK_EXT_ASSET) == 0)
    return all || s->assets ? &ek_asset_table : NULL;
  return NULL;
}

static const void *
host_get_extension(const ek_host *h, const char *id)
{
  ek_instance *in = (ek_instance *)(uintptr_t)h;     /* host is its first member */
  if (!h)
    return NULL;
  const void *table = ek_host_extension(in->services, id);
  if (table == &ek_cache_table)                      /* a plan wants to know       */
    __atomic_store_n(&in->keeps, 1, __ATOMIC_RELAXED);
  return table;
}

static int
level_of(uint32_t level)
{
  return level >= EK_LOG_ERROR  ? EK_LOG_ERROR
         : level >= EK_LOG_WARN ? EK_LOG_WARN
         : level >= EK_LOG_INFO ? EK_LOG_INFO
                                : EK_LOG_DEBUG;
}

static void
host_log(const ek_host *h, ek_call *call, uint32_t level, const char *msg)
{
  const ek_instance *in = (const ek_instance *)h;    /* host is its first member */
  char text[1400], line[1700], id[400];
  if (!h || !msg || !ek_log_enabled(level_of(level)))
    return;
  ek_escape(msg, text, sizeof text);
  size_t n = strlen(text);
  if (n >= 2 && strcmp(text + n - 2, "\\n") == 0)            /* a habit from printf     */
    text[n - 2] = 0;
  if (call && !call->over && call->item.len)
    snprintf(line, sizeof line, "step '%s', item %.150s: %s", in->step, ek_show(call->item, id, sizeof id), text);
  else
    snprintf(line, sizeof line, "step '%s': %s", in->step, text);
  ek_log_message(&(ek_message){ .level = level_of(level), .code = "plugin", .message = line });
}

/* ---- in create() only ------------------------------------------------------------ */

int
ek_instance_add_field(ek_instance *in, const char *name)
{
  for (size_t i = 0; i < in->n_fields; i++)
    if (in->names[i] == name)
      return 0;
  /* Another pointer to a name that is there already is kept too: a plugin asks by the pointer that it has. */
  if (in->n_fields >= 4 * MOST_FIELDS)
    return -1;
  if (in->n_fields == in->cap_fields) {
    in->cap_fields = in->cap_fields ? 2 * in->cap_fields : 16;
    in->names = ek_mem_resize(in->names, in->cap_fields * sizeof *in->names);
    in->slots = ek_mem_resize(in->slots, in->cap_fields * sizeof *in->slots);
    in->first = ek_mem_resize(in->first, in->cap_fields);
  }
  in->slots[in->n_fields] = -1;
  in->first[in->n_fields] = 0;
  in->names[in->n_fields++] = name;
  return 0;
}

static ek_create_state *
creating(ek_call *call, const char *what)
{
  if (call && call->create && !call->over)
    return call->create;
  if (call && !call->over)
    ek_call_note(call, 0, "the plugin called %s outside create()", what);
  return NULL;
}

static void
host_use_field(ek_call *call, const char *field)
{
  ek_create_state *s = creating(call, "use_field");
  if (!s)
    return;
  if (!field || !field[0] || !ek_utf8_valid(ek_cstr(field)) || ek_instance_add_field(s->instance, field) < 0)
    s->full = 1;
}

static void
host_add_key(ek_call *call, ek_str bytes)
{
  ek_create_state *s = creating(call, "add_key");
  if (!s || !bytes.len)
    return;
  ek_instance *in = s->instance;
  if (!bytes.ptr || bytes.len > MOST_KEY || in->key_len > MOST_KEY) {
    s->full = 1;
    return;
  }
  /* With its length, so that two pieces never read as another two. */
  uint64_t n = bytes.len;
  in->key = ek_mem_resize(in->key, in->key_len + sizeof n + bytes.len);
  memcpy(in->key + in->key_len, &n, sizeof n);
  memcpy(in->key + in->key_len + sizeof n, bytes.ptr, bytes.len);
  in->key_len += sizeof n + bytes.len;
}

/* ---- the item ---------------------------------------------------------------------- */

static ek_str
host_item_id(const ek_item *item)
{
  ek_str id = item ? item->unit->id : (ek_str){ NULL, 0 };
  if (!id.ptr)
    id.ptr = "";
  return id;
}

/* The slot behind a name: by the very pointer first. */
static const ek_field *
find_field(const ek_item *item, const char *name)
{
  if (!item)                                         /* create() has none, and asks all the same */
    return NULL;
  const ek_instance *in = item->instance;
  size_t n = in->n_fields, i;
  for (i = 0; i < n; i++)
    if (in->names[i] == name)
      goto found;
  if (!name)
    return NULL;
  for (i = 0; i < n; i++)
    if (strcmp(in->names[i], name) == 0)
      goto found;
  return NULL;
found:
  return in->slots[i] < 0 ? NULL : &item->unit->fields[in->slots[i]];
}

/* Without a place for their number nobody could tell the values that are there. */
const ek_str *
ek_item_values(const ek_item *item, const char *name, size_t *n)
{
  const ek_field *f = n ? find_field(item, name) : NULL;
  if (!f || f->n == 0) {
    if (n)
      *n = 0;
    return NULL;
  }
  *n = f->n;
  return f->values;
}

static const size_t *
host_field_ends(const ek_item *item, const char *name, size_t *n)
{
  static const size_t one_end[] = { 1 };
  const ek_field *f = n ? find_field(item, name) : NULL;
  if (f && f->n_ends == 0 && f->n == 1 && f->kind == EK_KIND_LIST) {
    *n = 1;
    return one_end;
  }
  if (!f || f->n_ends == 0) {
    if (n)
      *n = 0;
    return NULL;
  }
  *n = f->n_ends;
  return f->ends;
}

static const ek_str *
host_field_names(const ek_item *item, size_t *n)
{
  if (n)
    *n = 0;
  if (!item || !n)
    return NULL;
  const ek_instance *in = item->instance;
  ek_bit_lock(&item->arena->busy);
  ek_str *names = ek_arena_alloc(item->arena, (in->n_fields + 1) * sizeof *names);
  ek_bit_unlock(&item->arena->busy);
  size_t out = 0;
  for (size_t i = 0; i < in->n_fields; i++)
    if (in->first[i] && item->unit->fields[in->slots[i]].n)
      names[out++] = ek_cstr(in->names[i]);
  *n = out;
  return out ? names : NULL;
}

/* ---- labels ------------------------------------------------------------------------- */

#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* NULL when s is fit to travel; else what is wrong with it. */
static const char *
text_fault(ek_str s)
{
  const char *p = s.ptr;
  size_t n = s.len;
  if (!n)
    return NULL;
  if (!p)
    return "is NULL";
  if (n > MOST_LABEL)
    return "is longer than 1 MiB";
  for (; n >= 8; p += 8, n -= 8) {
    uint64_t v;
    memcpy(&v, p, 8);
    if ((v | (v - ONES)) & HIGHS)                    /* not ASCII, or a zero byte (or a byte after one) */
      break;
  }
  for (; n; p++, n--)
    if ((unsigned char)(*p - 1) >= 0x7f)
      break;
  if (!n)
    return NULL;
  if (memchr(s.ptr, 0, s.len))
    return "holds U+0000";
  return ek_utf8_valid(s) ? NULL : "is not valid UTF-8";
}

static ek_status
refuse_label(ek_sink *sink, ek_str name, const char *what, const char *fault)
{
  char shown[400];
  if (name.ptr && name.len && name.len <= MOST_LABEL)
    ek_call_note(sink->call, 1, "the plugin's label '%s' was refused: its %s %s", ek_show(name, shown, sizeof shown),
                 what, fault);
  else
    ek_call_note(sink->call, 1, "a label of the plugin was refused: its %s %s", what, fault);
  return EK_ITEM_ERROR;
}

/* The label as this host knows it: a shorter, older one ends in zeros. Members count when they are wholly there. */
static int
widen(const ek_label *given, ek_label *out)
{
  uint32_t size = given->struct_size;
  if (size < offsetof(ek_label, parents) || size > EK_MOST)
    return -1;
  if (size < offsetof(ek_label, scheme))
    size = offsetof(ek_label, parents);              /* parents without their number */
  else if (size < offsetof(ek_label, ref))
    size = offsetof(ek_label, scheme);
  else if (size < sizeof *out)
    size = offsetof(ek_label, ref);
  memset(out, 0, sizeof *out);
  memcpy(out, given, size);
  return 0;
}

static char *
put_text(char *to, ek_str from, ek_str *out)
{
  *out = (ek_str){ to, from.len };
  if (from.len)
    memcpy(to, from.ptr, from.len);
  to[from.len] = 0;
  return to + from.len + 1;
}

/* One allocation: the tag, its parents' array, all texts. */
static void
keep(ek_sink *sink, const ek_label *l, size_t text_bytes)
{
  ek_bit_lock(&sink->arena->busy);
  ek_tag *t = ek_arena_alloc(sink->arena, sizeof *t + l->n_parents * sizeof(ek_str) + text_bytes);
  ek_str *parents = (ek_str *)(t + 1);
  char *p = (char *)(parents + l->n_parents);
  *t = (ek_tag){ .confidence = l->confidence, .parents = l->n_parents ? parents : NULL, .n_parents = l->n_parents };
  p = put_text(p, l->name, &t->name);
  for (size_t i = 0; i < l->n_parents; i++)
    p = put_text(p, l->parents[i], &parents[i]);
  t->scheme = t->ref = (ek_str){ t->name.ptr + t->name.len, 0 };
  if (l->scheme.len)
    p = put_text(p, l->scheme, &t->scheme);
  if (l->ref.len)
    put_text(p, l->ref, &t->ref);
  if (sink->last)
    sink->last->next = t;
  else
    sink->first = t;
  sink->last = t;
  sink->n++;
  ek_bit_unlock(&sink->arena->busy);
}

static ek_status
host_emit(ek_sink *sink, const ek_label *given)
{
  ek_label wide;
  const ek_label *l = given;
  const char *fault;
  if (!sink || (sink->call && sink->call->over))
    return EK_ITEM_ERROR;
  if (!given)
    return refuse_label(sink, (ek_str){ NULL, 0 }, "table", "is NULL");
  if (given->struct_size != sizeof *l) {
    if (widen(given, &wide) < 0)
      return refuse_label(sink, (ek_str){ NULL, 0 }, "struct_size", "is not set");
    l = &wide;
  }
  if (l->name.len == 0)
    return refuse_label(sink, l->name, "name", "is empty");
  if ((fault = text_fault(l->name)) != NULL)
    return refuse_label(sink, l->name, "name", fault);
  if (!(l->confidence <= 1))
    return refuse_label(sink, l->name, "confidence", isnan(l->confidence) ? "is not a number" : "is above 1");
  size_t bytes = l->name.len + 1;
  if (l->n_parents > MOST_PARENTS || (l->n_parents && !l->parents))
    return refuse_label(sink, l->name, "list of parents", l->parents ? "has more than 256" : "is NULL");
  for (size_t i = 0; i < l->n_parents; i++) {
    fault = l->parents[i].len ? text_fault(l->parents[i]) : "is empty";
    if (fault)
      return refuse_label(sink, l->name, "parent", fault);
    bytes += l->parents[i].len + 1;
  }
  if ((fault = text_fault(l->scheme)) != NULL)
    return refuse_label(sink, l->name, "scheme", fault);
  if ((fault = text_fault(l->ref)) != NULL)
    return refuse_label(sink, l->name, "ref", fault);
  keep(sink, l, bytes + l->scheme.len + 1 + l->ref.len + 1);
  return EK_OK;
}

/* ---- the call ------------------------------------------------------------------------ */

static void
host_set_error(ek_call *call, const char *msg)
{
  char text[sizeof call->error];
  if (!call || call->over)
    return;
  ek_escape(msg ? msg : "(no message)", text, sizeof text);
  ek_call_note(call, 1, "%s", text);
}

static void
host_set_retry_after(ek_call *call, int64_t ns)
{
  if (ns > EK_MOST_RETRY_NS)
    ns = EK_MOST_RETRY_NS;
  if (call && !call->over)
    __atomic_store_n(&call->retry_after_ns, ns < 0 ? 0 : ns, __ATOMIC_RELAXED);
}

static int64_t
host_time_left_ns(ek_call *call)
{
  if (call && call->over)
    return 0;
  if (!call || call->deadline_ns == INT64_MAX)
    return INT64_MAX;
  int64_t left = call->deadline_ns - ek_monotonic_ns();
  return left < 0 ? 0 : left;
}

static int
host_cancelled(ek_call *call)
{
  if (call && !call->over && call->ops && call->ops->cancelled)
    return call->ops->cancelled(call) != 0;
  return host_time_left_ns(call) == 0;
}

ek_status
ek_call_wait(ek_call *call, int64_t ns)
{
  if (call && !call->over && call->ops && call->ops->wait)
    return call->ops->wait(call, ns);
  int64_t left = host_time_left_ns(call);
  int cut = left < ns;
  if (cut)
    ns = left;
  if (ns > 0) {
    struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
    while (nanosleep(&t, &t) < 0)
      ;
  }
  return cut || host_cancelled(call) ? EK_CANCELLED : EK_OK;
}

void
ek_host_init(ek_host *h)
{
  *h = (ek_host){
    .struct_size = sizeof *h, .abi_minor = EK_ABI_MINOR, .name = PACKAGE_NAME, .version = PACKAGE_VERSION,
    .get_extension = host_get_extension, .log = host_log,
    .opt_str = ek_options_str, .opt_int = ek_options_int, .opt_float = ek_options_float, .opt_list = ek_options_list,
    .use_field = host_use_field, .add_key = host_add_key,
    .item_id = host_item_id, .field = ek_item_values, .field_ends = host_field_ends, .field_names = host_field_names,
    .emit = host_emit, .set_error = host_set_error, .set_retry_after = host_set_retry_after,
    .cancelled = host_cancelled, .time_left_ns = host_time_left_ns, .wait = ek_call_wait,
  };
}
