/* SPDX-License-Identifier: BSD-3-Clause */
/* category - passes the categories that a record already has through as labels.
 *
 * A record has one path of categories (a list, or a text with separators) or
 * several (a list of lists). Which values become labels is the options' choice;
 * what they look like is cleaned by the host.                               */
#include <enrichkit/plugin.h>
#include <stdlib.h>
#include <string.h>

enum take { TAKE_PATH, TAKE_LEAF, TAKE_ALL };

struct ek_inst {
  const ek_host *host;
  ek_str field, separator;
  enum take take;
  size_t skip, levels;           /* levels: SIZE_MAX for all                   */
};

/* One call: how many labels came out, and the status of the last emit. */
typedef struct run { const ek_host *host; ek_sink *sink; size_t n; ek_status status; } run;

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_inst *self = calloc(1, sizeof *self);
  ek_str take;
  int64_t number;
  if (!self) {
    host->set_error(call, "out of memory");
    return EK_FATAL;
  }
  self->host = host;
  self->separator = (ek_str){ "", 0 };
  self->levels = SIZE_MAX;
  host->opt_str(config, "field", &self->field);
  host->opt_str(config, "separator", &self->separator);
  if (host->opt_str(config, "take", &take))
    self->take = take.len == 4 && !memcmp(take.ptr, "leaf", 4)  ? TAKE_LEAF
                 : take.len == 3 && !memcmp(take.ptr, "all", 3) ? TAKE_ALL
                                                                : TAKE_PATH;
  if (host->opt_int(config, "skip_levels", &number))
    self->skip = (size_t)number;
  if (host->opt_int(config, "levels", &number) && number)
    self->levels = (size_t)number;
  *out = self;
  return EK_OK;
}

static void
destroy(ek_inst *self)
{
  free(self);
}

static void
emit(run *r, ek_str name)
{
  ek_label label = { .struct_size = sizeof label, .name = name, .confidence = -1 };
  if (r->status != EK_OK)
    return;
  r->status = r->host->emit(r->sink, &label);
  r->n += r->status == EK_OK;
}

/* A label holds no NUL, but a field may: the rest of the value is still good. */
static void
emit_without_nul(run *r, ek_str value)
{
  char *copy = malloc(value.len);
  size_t n = 0;
  if (!copy) {
    r->status = EK_RETRY;
    return;
  }
  for (size_t i = 0; i < value.len; i++)
    if (value.ptr[i])
      copy[n++] = value.ptr[i];
  if (n)
    emit(r, (ek_str){ copy, n });
  free(copy);
}

static void
emit_value(run *r, ek_str value)
{
  if (!value.len)                /* an empty category is none                   */
    return;
  if (memchr(value.ptr, 0, value.len))
    emit_without_nul(r, value);
  else
    emit(r, value);
}

/* The levels of one path that the options leave, or the last of them. */
static void
emit_path(const ek_inst *self, run *r, const ek_str *path, size_t n)
{
  size_t from = self->skip < n ? self->skip : n;
  size_t to = self->levels < n - from ? from + self->levels : n;
  if (self->take == TAKE_LEAF) {
    while (to > from && !path[to - 1].len)
      to--;
    if (to > from)
      emit_value(r, path[to - 1]);
  } else
    for (size_t i = from; i < to; i++)
      emit_value(r, path[i]);
}

/* A text is a path whose levels stand between separators. */
static void
emit_text(const ek_inst *self, run *r, ek_str text)
{
  ek_str leaf = { "", 0 }, part;
  for (size_t level = 0; text.ptr; level++) {
    const char *at = memmem(text.ptr, text.len, self->separator.ptr, self->separator.len);
    part = (ek_str){ text.ptr, at ? (size_t)(at - text.ptr) : text.len };
    text.len -= at ? part.len + self->separator.len : text.len;
    text.ptr = at ? at + self->separator.len : NULL;
    if (level < self->skip || level - self->skip >= self->levels || !part.len)
      continue;
    if (self->take == TAKE_LEAF)
      leaf = part;
    else
      emit_value(r, part);
  }
  emit_value(r, leaf);
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  size_t n, n_ends, from = 0;
  const ek_str *values = self->host->field(item, self->field.ptr, &n);
  const size_t *ends = n ? self->host->field_ends(item, self->field.ptr, &n_ends) : NULL;
  run r = { self->host, sink, 0, EK_OK };
  (void)call;
  if (!ends) {
    if (n == 1 && self->separator.len)
      emit_text(self, &r, values[0]);
    else
      emit_path(self, &r, values, n);
  } else
    for (size_t i = 0; i < n_ends && !(self->take == TAKE_PATH && r.n); from = ends[i++])
      emit_path(self, &r, values + from, ends[i] - from);
  if (r.status != EK_OK)
    return r.status;
  return r.n ? EK_OK : EK_NO_LABELS;
}

static const char *const takes[] = { "path", "leaf", "all", NULL };
static const ek_option options[] = {
  { .name = "field", .type = EK_OPT_FIELD, .default_value = "category",
    .help = "where the categories are" },
  { .name = "separator", .type = EK_OPT_STRING, .default_value = "|",
    .help = "splits a source that is one text" },
  { .name = "take", .type = EK_OPT_ENUM, .default_value = "path", .choices = takes,
    .help = "of several paths: the first whole, every last value, everything" },
  { .name = "skip_levels", .type = EK_OPT_INT, .default_value = "0", .min = "0", .max = "20",
    .help = "leading levels left out" },
  { .name = "levels", .type = EK_OPT_INT, .default_value = "0", .min = "0", .max = "20",
    .help = "levels to take after those; 0: all" },
};
static const char *const reads[] = { NULL };       /* only what `field` names      */

static const ek_enricher category = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_DETERMINISTIC,
  .n_options = sizeof options / sizeof options[0], .id = "category",
  .summary = "passes the item's own categories through",
  .help = "A record may hold one path of categories, from the general to the particular, or several.\n"
          "A text is split at the separator into one path; a flat list is one path; in a list of lists each\n"
          "inner list is a path, and a field path such as images[].x makes each value a path.\n"
          "Example:\n  - plugin: category\n    options: {skip_levels: 1, levels: 3}\n",
  .options = options, .reads = reads,
  .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &category };
static const ek_module module = {
  EK_MODULE_INIT, .id = "org.enrichkit.category", .version = PLUGIN_VERSION, .vendor = "enrichkit",
  .license = "BSD-3-Clause", .n_enrichers = 1, .enrichers = enrichers,
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
