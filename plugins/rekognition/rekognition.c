/* SPDX-License-Identifier: BSD-3-Clause */
/* rekognition - labels by what a record's picture shows, from Amazon Rekognition or from a
 * model of one's own there. Fetching, signing, pace, retries, money and the memory of what
 * was paid for are the host's; here is what to ask, and what to make of the answer. */
#include "rekognition.h"
#include <stdlib.h>
#include <string.h>

#define MOST_FILTERS 100u
#define MOST_FILTER_CHARS 50u
#define MOST_ANSWER (4u << 20)

struct ek_inst {
  const ek_host *host;
  const ek_http *http;
  const ek_asset *asset;
  const ek_cache *cache;
  const ek_meter *meter;
  rk_options o;
  rk_text parameters;
  rk_text plain;                 /* without image properties; empty: they are not asked for */
  char region[64];
};

/* ---- create ------------------------------------------------------------------ */

static ek_status
refuse(const ek_host *host, ek_call *call, const char *what)
{
  host->set_error(call, what);
  return EK_FATAL;
}

static int
is(ek_str s, const char *text)
{
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

static int
text_is(const ek_host *host, const ek_config *config, const char *option, const char *value)
{
  ek_str s;
  return host->opt_str(config, option, &s) && is(s, value);
}

static void
read_options(const ek_host *host, const ek_config *config, rk_options *o)
{
  int64_t properties = 0;
  host->opt_str(config, "field", &o->field);
  host->opt_str(config, "region", &o->region);
  host->opt_str(config, "project_version_arn", &o->arn);
  host->opt_int(config, "max_labels", &o->max_labels);
  host->opt_float(config, "min_confidence", &o->min_confidence);
  host->opt_int(config, "image_properties", &properties);
  o->include.list = host->opt_list(config, "include", &o->include.n);
  o->exclude.list = host->opt_list(config, "exclude", &o->exclude.n);
  o->include_categories.list = host->opt_list(config, "include_categories", &o->include_categories.n);
  o->exclude_categories.list = host->opt_list(config, "exclude_categories", &o->exclude_categories.n);
  o->properties = properties != 0;
  o->by_reference = text_is(host, config, "source", "s3");
  o->exact = text_is(host, config, "request", "exact");
  o->emit = text_is(host, config, "emit", "both") ? RK_BOTH : text_is(host, config, "emit", "parents") ? RK_PARENTS
                                                                                                       : RK_LEAVES;
}

/* The service's own limits, told before the first call and not by it. */
static int
fits(rk_names names)
{
  for (size_t i = 0; i < names.n; i++) {
    size_t chars = 0;
    for (size_t k = 0; k < names.list[i].len; k++)
      chars += ((unsigned char)names.list[i].ptr[k] & 0xc0) != 0x80;
    if (chars > MOST_FILTER_CHARS || !chars)
      return 0;
  }
  return names.n <= MOST_FILTERS;
}

/* "us-east-1" out of "arn:aws:rekognition:us-east-1:111122223333:project/...": empty, it is no such name. */
static ek_str
region_of(ek_str arn)
{
  ek_str none = { "", 0 };
  const char *at = arn.ptr, *end = arn.ptr + arn.len;
  for (int part = 0; part < 3; part++) {
    const char *colon = memchr(at, ':', (size_t)(end - at));
    if (!colon || (part == 0 && !(colon - at == 3 && memcmp(at, "arn", 3) == 0)) ||
        (part == 2 && !(colon - at == 11 && memcmp(at, "rekognition", 11) == 0)))
      return none;
    at = colon + 1;
  }
  const char *colon = memchr(at, ':', (size_t)(end - at));
  return colon ? (ek_str){ at, (size_t)(colon - at) } : none;
}

static ek_status
set_region(ek_inst *self, ek_call *call)
{
  const ek_host *host = self->host;
  ek_str region = self->o.region, home = { "", 0 };
  if (self->o.arn.len) {
    home = region_of(self->o.arn);
    if (!home.len)
      return refuse(host, call, "project_version_arn is no name of a model's version: it looks like "
                                "arn:aws:rekognition:us-east-1:111122223333:project/NAME/version/NAME/1");
    if (region.len && (region.len != home.len || memcmp(region.ptr, home.ptr, home.len) != 0))
      return refuse(host, call, "region and project_version_arn name different regions: leave region out");
    region = home;
  }
  if (region.len >= sizeof self->region)
    return refuse(host, call, "region is longer than a region's name");
  for (size_t i = 0; i < region.len; i++)
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", region.ptr[i]))
      return refuse(host, call, "region is no region's name: it looks like eu-west-1");
  if (region.len)
    memcpy(self->region, region.ptr, region.len);
  return EK_OK;
}

static ek_status
check_options(ek_inst *self, ek_call *call)
{
  const rk_options *o = &self->o;
  const ek_host *host = self->host;
  if (!fits(o->include) || !fits(o->exclude) || !fits(o->include_categories) || !fits(o->exclude_categories))
    return refuse(host, call, "include, exclude, include_categories and exclude_categories take at most 100 names of "
                              "1 to 50 characters each");
  if (o->arn.len && (o->include_categories.n || o->exclude_categories.n))
    return refuse(host, call, "the labels of a model of one's own have no categories: leave include_categories and "
                              "exclude_categories out, or project_version_arn");
  if (o->arn.len && o->properties)
    return refuse(host, call, "a model of one's own tells no image properties: leave image_properties out, or "
                              "project_version_arn");
  if (o->min_confidence > 0 && o->min_confidence < 1)
    ek_logf(host, call, EK_LOG_WARN, "min_confidence is %g per cent, which keeps nearly everything; for %g per cent "
            "write %g", o->min_confidence, 100 * o->min_confidence, 100 * o->min_confidence);
  return set_region(self, call);
}

static void
destroy(ek_inst *self)
{
  free(self->parameters.at);
  free(self->plain.at);
  free(self);
}

static ek_status
create(const ek_host *host, const ek_config *config, ek_call *call, ek_inst **out)
{
  ek_inst *self = calloc(1, sizeof *self);
  if (!self)
    return refuse(host, call, "out of memory");
  self->host = host;
  self->http = host->get_extension(host, EK_EXT_HTTP);          /* all four in .needs */
  self->asset = host->get_extension(host, EK_EXT_ASSET);
  self->cache = host->get_extension(host, EK_EXT_CACHE);
  self->meter = host->get_extension(host, EK_EXT_METER);
  read_options(host, config, &self->o);
  ek_status status = check_options(self, call);
  if (status == EK_OK) {
    rk_parameters(&self->o, self->o.properties, &self->parameters);
    if (self->o.properties)
      rk_parameters(&self->o, 0, &self->plain);
    if (self->parameters.no_memory || self->plain.no_memory)
      status = refuse(host, call, "out of memory");
  }
  if (status != EK_OK) {
    destroy(self);
    return status;
  }
  *out = self;
  return EK_OK;
}

/* ---- one item ------------------------------------------------------------------- */

typedef struct work {
  ek_inst *self;
  ek_call *call;
  const ek_item *item;
  ek_str url, bucket, name;              /* source: s3                           */
  char identity[72];                     /* "sha256:..."; "": not known yet      */
  rk_text key;
} work;

static ek_status
emit(const work *w, const rk_answer *a, ek_sink *sink)
{
  const ek_host *host = w->self->host;
  for (size_t i = 0; i < a->n; i++) {
    const rk_label *l = &a->labels[i];
    ek_label label = { .struct_size = sizeof label, .name = l->name, .confidence = l->confidence,
                       .parents = l->parents, .n_parents = l->n_parents,
                       .scheme = ek_cstr(l->is_color ? "rekognition.color"
                                         : w->self->o.arn.len ? "rekognition.custom" : "rekognition") };
    ek_status status = host->emit(sink, &label);
    if (status != EK_OK)
      return status;
  }
  return a->n ? EK_OK : EK_NO_LABELS;
}

/* What was asked, of which picture: not by whom, where, or with which version of this plugin. */
static int
set_key(work *w, const char *parameters)
{
  free(w->key.at);
  memset(&w->key, 0, sizeof w->key);
  rk_adds(&w->key, w->self->o.arn.len ? "rekognition DetectCustomLabels\n" : "rekognition DetectLabels\n");
  rk_adds(&w->key, parameters);
  rk_adds(&w->key, "\n");
  if (w->self->o.by_reference)
    rk_add(&w->key, w->url.ptr, w->url.len);
  else
    rk_adds(&w->key, w->identity);
  return !w->key.no_memory;
}

static ek_str
key_of(const work *w)
{
  return (ek_str){ w->key.at, w->key.len };
}

/* 1 and *status when an answer that was kept will do. A kept one that cannot be read is asked for anew. */
static int
from_cache(work *w, ek_sink *sink, ek_status *status)
{
  ek_str value;
  rk_answer answer;
  const char *why;
  int done = 0;
  if (!set_key(w, w->self->parameters.at) || !w->self->cache->get(w->call, key_of(w), &value))
    return 0;
  if (rk_answer_read(value, &w->self->o, &answer, &why) == 0) {
    *status = emit(w, &answer, sink);
    done = 1;
  } else
    ek_logf(w->self->host, w->call, EK_LOG_WARN, "a kept answer cannot be read (%s): asking again", why);
  rk_answer_clear(&answer);
  return done;
}

/* EK_OK: known, and whether it has changed; EK_NO_LABELS: not known yet. */
static ek_status
identify(work *w, int *changed)
{
  ek_inst *self = w->self;
  static const char hex[] = "0123456789abcdef";
  char before[sizeof w->identity];
  ek_str sha256;
  ek_status status = self->asset->digest(w->call, w->item, self->o.field.ptr, 0, &sha256);
  if (status != EK_OK)
    return status;
  memcpy(before, w->identity, sizeof before);
  char *to = w->identity + sizeof "sha256:" - 1;
  memcpy(w->identity, "sha256:", sizeof "sha256:");
  for (size_t i = 0; i < 32; i++) {
    *to++ = hex[(unsigned char)sha256.ptr[i] >> 4];
    *to++ = hex[sha256.ptr[i] & 15];
  }
  *to = 0;
  *changed = strcmp(before, w->identity) != 0;
  return EK_OK;
}

static ek_status
refuse_item(const work *w, const char *what)
{
  w->self->host->set_error(w->call, what);
  return EK_ITEM_ERROR;
}

/* What the service would refuse, for less than its price. */
static ek_status
check_picture(const work *w, ek_str type)
{
  int custom = w->self->o.arn.len > 0;
  uint32_t least = custom ? RK_LEAST_SIDE_CUSTOM : RK_LEAST_SIDE, most = custom ? RK_MOST_SIDE_CUSTOM : RK_MOST_SIDE;
  uint32_t width, height;
  char what[200];
  if (!is(type, "image/jpeg") && !is(type, "image/png")) {
    snprintf(what, sizeof what, "the picture is %.*s; Rekognition takes image/jpeg and image/png",
             type.len ? (int)type.len : 15, type.len ? type.ptr : "of unknown type");
    return refuse_item(w, what);
  }
  if (w->self->asset->dimensions(w->call, w->item, w->self->o.field.ptr, 0, &width, &height) &&
      (width < least || height < least || width > most || height > most)) {
    snprintf(what, sizeof what, "the picture is %lu x %lu pixels; Rekognition takes %lu to %lu on each side",
             (unsigned long)width, (unsigned long)height, (unsigned long)least, (unsigned long)most);
    return refuse_item(w, what);
  }
  return EK_OK;
}

/* A model that is not there or not running fails for every picture alike. */
static ek_status
judge_refusal(const work *w, const ek_http_response *r, ek_status status)
{
  ek_str body = w->self->http->body(r), type = { "", 0 };
  char head[2048];
  if (!w->self->o.arn.len || status == EK_FATAL)
    return status;
  w->self->http->header(r, "x-amzn-errortype", &type);      /* a proxy may have left out the body */
  snprintf(head, sizeof head, "%.*s %.*s", type.len < 200 ? (int)type.len : 200, type.ptr,
           body.len < 1800 ? (int)body.len : 1800, body.ptr);
  if (strstr(head, "ResourceNotReadyException"))
    return refuse(w->self->host, w->call, "ResourceNotReadyException: the model is not running; start it with "
                                          "'aws rekognition start-project-version' and run again once it is");
  if (strstr(head, "ResourceNotFoundException"))
    return refuse(w->self->host, w->call, "ResourceNotFoundException: there is no such model; see project_version_arn");
  return status;
}

/* Keeps the answer, also as the one to the cheaper question that it answers as well. */
static void
keep(work *w, ek_str answer)
{
  w->self->cache->put(w->call, key_of(w), answer, 0);
  if (w->self->plain.at && set_key(w, w->self->plain.at))
    w->self->cache->put(w->call, key_of(w), answer, 0);
}

static ek_status
take_answer(work *w, ek_http_response *r, const uint64_t qty[2], ek_sink *sink)
{
  ek_inst *self = w->self;
  rk_answer answer;
  const char *why;
  ek_str body = self->http->body(r);
  ek_status status = self->http->classify(w->call, r);
  if (status != EK_OK)
    return judge_refusal(w, r, status);
  self->meter->charge(w->call, qty, 2);
  int bad = rk_answer_read(body, &self->o, &answer, &why);
  if (!bad) {
    keep(w, body);
    status = emit(w, &answer, sink);
  } else {
    char what[200];
    snprintf(what, sizeof what, "the answer of Rekognition cannot be used: %s", why);
    self->host->set_error(w->call, what);
    status = bad == -2 ? EK_ITEM_ERROR : EK_RETRY;   /* each try is paid for */
  }
  rk_answer_clear(&answer);
  return status;
}

static ek_status
ask(work *w, ek_str picture, const uint64_t qty[2], ek_sink *sink)
{
  static const char *const labels[] = { "Content-Type: application/x-amz-json-1.1",
                                        "X-Amz-Target: RekognitionService.DetectLabels", NULL };
  static const char *const custom[] = { "Content-Type: application/x-amz-json-1.1",
                                        "X-Amz-Target: RekognitionService.DetectCustomLabels", NULL };
  ek_inst *self = w->self;
  ek_http_response *r = NULL;
  rk_text body = { 0 };
  if (self->o.by_reference)
    rk_body_reference(&body, w->bucket, w->name, self->parameters.at);
  else
    rk_body_bytes(&body, picture, self->parameters.at);
  if (body.no_memory) {
    free(body.at);
    return refuse(self->host, w->call, "out of memory");
  }
  ek_http_request request = { .struct_size = sizeof request, .method = "POST", .url = "/",
                              .headers = self->o.arn.len ? custom : labels, .body = { body.at, body.len },
                              .aws_service = "rekognition", .aws_region = self->region[0] ? self->region : NULL,
                              .max_response = MOST_ANSWER };
  ek_status status = self->http->perform(w->call, &request, &r);
  free(body.at);
  if (status == EK_OK)
    status = take_answer(w, r, qty, sink);
  self->http->release(r);
  return status;
}

/* The picture goes along with the question. What is known of it already may spare fetching it. */
static ek_status
enrich_bytes(work *w, const uint64_t qty[2], ek_sink *sink)
{
  ek_inst *self = w->self;
  int changed = 0;
  ek_str picture, type;
  ek_status status = identify(w, &changed), done;
  if (status == EK_OK && from_cache(w, sink, &done))
    return done;
  if (status != EK_OK && status != EK_NO_LABELS)
    return status;
  status = self->asset->load(w->call, w->item, self->o.field.ptr, 0,
                             self->o.arn.len ? RK_MOST_BYTES_CUSTOM : RK_MOST_BYTES, &picture, &type);
  if (status == EK_CANCELLED)            /* a plan fetches nothing, and counts what would be paid */
    self->meter->reserve(w->call, qty, 2);
  if (status == EK_OK)
    status = check_picture(w, type);
  if (status == EK_OK)
    status = identify(w, &changed);
  if (status != EK_OK)
    return status;
  if (changed && from_cache(w, sink, &done))
    return done;
  /* Not before it is known that nobody was paid for this picture yet: what is kept is free when the budget is spent. */
  status = self->meter->reserve(w->call, qty, 2);
  return status == EK_OK ? ask(w, picture, qty, sink) : status;
}

static ek_status
enrich_reference(work *w, const uint64_t qty[2], ek_sink *sink)
{
  ek_inst *self = w->self;
  size_t n;
  const ek_str *values = self->host->field(w->item, self->o.field.ptr, &n);
  if (!n || !values[0].len)
    return EK_SKIPPED;
  w->url = values[0];
  const char *fault = rk_reference(w->url, &w->bucket, &w->name);
  if (fault) {
    char what[300];
    snprintf(what, sizeof what, "the picture '%.*s' %s, and the step has 'source: s3'",
             w->url.len < 100 ? (int)w->url.len : 100, w->url.ptr, fault);
    return refuse_item(w, what);
  }
  ek_status status;
  if (from_cache(w, sink, &status))
    return status;
  status = self->meter->reserve(w->call, qty, 2);
  return status == EK_OK ? ask(w, (ek_str){ "", 0 }, qty, sink) : status;
}

static ek_status
enrich(ek_inst *self, ek_call *call, const ek_item *item, ek_sink *sink)
{
  work w = { .self = self, .call = call, .item = item };
  /* A model of one's own is paid by the hour that it runs, not by the picture. */
  const uint64_t qty[2] = { self->o.arn.len ? 0 : 1, self->o.properties ? 1 : 0 };
  ek_status status = self->o.by_reference ? enrich_reference(&w, qty, sink) : enrich_bytes(&w, qty, sink);
  free(w.key.at);
  return status;
}

/* ---- the table --------------------------------------------------------------------- */

static const char *const emits[] = { "leaves", "parents", "both", NULL };
static const char *const sources[] = { "bytes", "s3", NULL };
static const char *const requests[] = { "cheapest", "exact", NULL };
static const ek_option options[] = {
  { .name = "field", .type = EK_OPT_FIELD, .flags = EK_OPT_ASSET, .default_value = "image",
    .help = "Field that names the picture; its first value counts." },
  { .name = "max_labels", .type = EK_OPT_INT, .default_value = "5", .min = "1", .max = "1000",
    .help = "Most labels a picture, the surest first." },
  { .name = "min_confidence", .type = EK_OPT_FLOAT, .default_value = "60", .min = "0", .max = "100",
    .help = "Least confidence (per cent): for 60 per cent write 60." },
  { .name = "emit", .type = EK_OPT_ENUM, .choices = emits, .default_value = "leaves",
    .help = "Labels that are no other's parent, those that are, or both." },
  { .name = "include", .type = EK_OPT_LIST, .help = "Names of labels to keep; without it or include_categories, all." },
  { .name = "exclude", .type = EK_OPT_LIST, .help = "Names of labels to leave out." },
  { .name = "include_categories", .type = EK_OPT_LIST, .help = "Categories whose labels are kept." },
  { .name = "exclude_categories", .type = EK_OPT_LIST, .help = "Categories whose labels are left out." },
  { .name = "image_properties", .type = EK_OPT_BOOL, .default_value = "false",
    .help = "Also the main colours, for a price of their own." },
  { .name = "source", .type = EK_OPT_ENUM, .choices = sources, .default_value = "bytes",
    .help = "Send the picture along, or only the name of the s3:// object that holds it." },
  { .name = "region", .type = EK_OPT_STRING, .flags = EK_OPT_NO_RESULT,
    .help = "AWS region that is asked; without it that of the section aws." },
  { .name = "project_version_arn", .type = EK_OPT_STRING,
    .help = "A model of one's own (Custom Labels) to ask instead; it must be running." },
  { .name = "request", .type = EK_OPT_ENUM, .choices = requests, .default_value = "cheapest",
    .help = "Ask for all that one price buys and choose here, or send these options as they are." },
};
static const char *const reads[] = { NULL };       /* only what `field` names      */
static const char *const needs[] = { EK_EXT_HTTP, EK_EXT_ASSET, EK_EXT_CACHE, EK_EXT_METER, NULL };
static const char *const meters[] = { "image", "image_properties", NULL };
static const char *const meter_prices[] = { "0.001 USD", "0.00075 USD" };

static const ek_enricher rekognition = {
  EK_ENRICHER_INIT, .thread_model = EK_THREAD_PARALLEL, .flags = EK_ENR_NETWORK | EK_ENR_COSTS_MONEY,
  .n_options = sizeof options / sizeof options[0], .id = "rekognition",
  .summary = "Gives labels by what a picture shows, from Amazon Rekognition.",
  .help = "Each picture is asked about once, whatever the number of records that show it, and its answer is kept:\n"
          "a run with other labels, filters or a higher min_confidence asks nobody and costs nothing.\n"
          "Example:\n"
          "  - plugin: rekognition\n"
          "    when: no_labels\n"
          "    rate: 50/s\n"
          "    budget: 20 USD\n"
          "    options: {max_labels: 5, min_confidence: 60, exclude: [Text, Label]}",
  .options = options, .reads = reads, .needs = needs, .meters = meters, .meter_prices = meter_prices,
  .create = create, .destroy = destroy, .enrich = enrich,
};
static const ek_enricher *const enrichers[] = { &rekognition };
static const ek_module module = {
  EK_MODULE_INIT, .id = "org.enrichkit.rekognition", .version = PLUGIN_VERSION, .vendor = "enrichkit",
  .license = "BSD-3-Clause", .n_enrichers = 1, .enrichers = enrichers,
};

const ek_module *
enrichkit_module_v1(void)
{
  return &module;
}
