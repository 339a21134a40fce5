/* SPDX-License-Identifier: 0BSD */
/* enrichkit/plugin.h - the whole plugin ABI.  See enrichkit-plugin(3).
 *
 * C11 (also valid C++11).  Includes nothing but freestanding headers plus
 * <stdarg.h>/<stdio.h> for one inline helper.  A plugin links against nothing
 * of the host: `cc -shared -fPIC -Wl,-z,defs` must succeed.
 *
 * Reading the tags: [since 1.N] member appended in ABI minor N;
 * [any] callable from any thread, concurrently; [call] only while the
 * ek_call it takes is alive; [inst] serialised per thread_model.
 * All text is UTF-8.  All integers are fixed width.  Zero always means
 * "absent" or "what ABI 1.0 did".
 */
#ifndef ENRICHKIT_PLUGIN_H
#define ENRICHKIT_PLUGIN_H
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#ifdef __cplusplus
extern "C" {
#endif

#define EK_ABI_MAJOR 1u
#define EK_ABI_MINOR 0u

#if defined(__GNUC__)
# define EK_EXPORT __attribute__((visibility("default")))
# define EK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
# define EK_EXPORT
# define EK_PRINTF(f, a)
#endif

/* True if the peer's struct is long enough to contain member m, and it is set:
 * EK_HAS(ek_host, h, wait).                                                 */
#define EK_HAS(T, p, m) \
  ((p)->struct_size >= offsetof(T, m) + sizeof((p)->m) && (p)->m)

/* ---- handles: opaque, owned by the side named ------------------------- */
typedef struct ek_call   ek_call;    /* host: one enrich() in flight        */
typedef struct ek_item   ek_item;    /* host: read-only view of one record  */
typedef struct ek_sink   ek_sink;    /* host: where this call's labels go   */
typedef struct ek_config ek_config;  /* host: validated options, one inst   */
typedef struct ek_inst   ek_inst;    /* plugin: one configured enricher     */

/* Borrowed text: not NUL-terminated by contract, valid as documented.       */
typedef struct ek_str { const char *ptr; size_t len; } ek_str;
/* From the host: valid UTF-8 always (a reader replaces bad bytes), U+0000 may
 * occur, ptr is never NULL; option text and field names hold no NUL and end
 * in one as well.  From a plugin: ptr may be NULL when len is 0.            */

/* ---- status ------------------------------------------------------------ */
typedef int32_t ek_status;            /* values: enum ek_status_code */
enum ek_status_code {
  EK_OK         =    0,  /* labels emitted are committed; none: as NO_LABELS */
  EK_NO_LABELS  =   10,  /* looked, found none; may be cached                */
  EK_SKIPPED    =   20,  /* not applicable (e.g. no image); not cached       */
  EK_RETRY      =  -10,  /* transient; see set_retry_after; labels dropped   */
  EK_ITEM_ERROR =  -20,  /* permanent for this item; goes to dead letters    */
  EK_CANCELLED  =  -30,  /* run stopping: not done; deadline: as EK_RETRY    */
  EK_FATAL      =  -40,  /* the instance cannot go on; the run stops         */
  EK_UNSET      = -1000  /* only ek_batch.status, before the plugin sets it  */
};
/* A host that meets a status it does not know treats >0 as EK_OK with a
 * warning and <0 as EK_ITEM_ERROR.  Gaps are deliberate.                    */

enum ek_log_level { EK_LOG_DEBUG = 10, EK_LOG_INFO = 20, EK_LOG_WARN = 30, EK_LOG_ERROR = 40 };

/* ---- declared options -------------------------------------------------- */
enum ek_opt_type {
  EK_OPT_STRING = 10, EK_OPT_INT = 20, EK_OPT_FLOAT = 30,
  EK_OPT_BOOL = 40,      /* opt_int: 0 or 1                                  */
  EK_OPT_DURATION = 50,  /* "250ms", "2h"  -> int64 nanoseconds              */
  EK_OPT_SIZE = 60,      /* "4M"           -> int64 bytes                    */
  EK_OPT_ENUM = 70,      /* one of .choices                                  */
  EK_OPT_LIST = 80,      /* list of strings                                  */
  EK_OPT_PATH = 90,      /* absolute; a regular file's digest joins the key  */
  EK_OPT_FIELD = 100,    /* name of an item field; joins reads               */
  EK_OPT_FIELDS = 110    /* list of field names; they join reads             */
};
enum ek_opt_flag {
  EK_OPT_REQUIRED   = 1u << 0,
  EK_OPT_SECRET     = 1u << 1, /* never logged, dumped or put on a command line */
  EK_OPT_DEPRECATED = 1u << 2,
  EK_OPT_ADVANCED   = 1u << 3,
  EK_OPT_NO_RESULT  = 1u << 4, /* cannot change labels: stays out of cache keys   */
  EK_OPT_ASSET      = 1u << 5  /* on FIELD: the bytes behind the field are loaded */
};
typedef struct ek_option {
  const char *name;              /* lower_snake                              */
  uint32_t type, flags;
  const char *default_value;     /* as the user would write it; NULL: none   */
  const char *const *choices;    /* EK_OPT_ENUM, NULL-terminated             */
  const char *min, *max;         /* as the user would write it; NULL: open   */
  const char *help;              /* one sentence; becomes man page text      */
} ek_option;

/* ---- labels ------------------------------------------------------------ */
typedef struct ek_label {
  uint32_t struct_size;
  uint32_t flags;                /* 0                                        */
  ek_str   name;                 /* required, non-empty                      */
  double   confidence;           /* 0..1; negative: the plugin has none      */
  const ek_str *parents;         /* nearest first                            */
  size_t   n_parents;
  ek_str   scheme;               /* vocabulary, e.g. "rekognition"; may be empty */
  ek_str   ref;                  /* id in that vocabulary; may be empty      */
} ek_label;

/* ---- what the host offers ---------------------------------------------- */
typedef struct ek_host ek_host;
struct ek_host {
  uint32_t struct_size;
  uint32_t abi_minor;
  const char *name, *version;

  /* This table is given to create() for one instance and lives until its
   * destroy() returns: log lines carry the step's name.
   * Other services by id ("ek.http/1").  NULL: not offered.          [any] */
  const void *(*get_extension)(const ek_host *, const char *id);

  /* msg is copied.  call may be NULL outside a call.                 [any] */
  void (*log)(const ek_host *, ek_call *, uint32_t level, const char *msg);

  /* Options.  Return 1 and set *out; 0 and *out untouched when unset without
   * default, undeclared or of another type; opt_str also takes ENUM, PATH and
   * FIELD.  The config and all text from it live until destroy() returns.
   * opt_list: NULL and *n = 0 for none.                              [any] */
  int (*opt_str)  (const ek_config *, const char *name, ek_str *out);
  int (*opt_int)  (const ek_config *, const char *name, int64_t *out);
  int (*opt_float)(const ek_config *, const char *name, double *out);
  const ek_str *(*opt_list)(const ek_config *, const char *name, size_t *n);

  /* In create() only: what the result depends on beyond options and .reads.
   * use_field adds a field found in a rule file or a prompt (the text must live
   * as long as the instance); add_key adds bytes to the result-cache key: a
   * served model's version, an included file.                               */
  void (*use_field)(ek_call *create_call, const char *field);
  void (*add_key)  (ek_call *create_call, ek_str bytes);

  /* Item fields, multi-valued: a borrowed array of *n values, NULL and 0 when
   * the item lacks it; an empty value is a value.  Texts unescaped; a number as
   * it stands in the record; true, false; null, absence and objects are no
   * value; lists of lists flattened in order.  With reads == NULL: the fields of
   * the catalogue's field map, not every key.  Fast when given the very pointer
   * from .reads, use_field or opt_str of a FIELD option.
   * field_ends: where the paths of a list of lists end, so [["a","b"],["c"]] has
   * values a b c and ends 2 3; NULL and 0: one text, or a flat list of several
   * values.  A list of one has the end 1, so that it is told from a text.
   * field_names: what this item has, of those declared.
   * All lives until the call returns.                                [call] */
  ek_str (*item_id)  (const ek_item *);
  const ek_str *(*field)(const ek_item *, const char *field, size_t *n);
  const size_t *(*field_ends)(const ek_item *, const char *field, size_t *n);
  const ek_str *(*field_names)(const ek_item *, size_t *n);

  /* Everything reachable from the label is copied before return.  Not EK_OK:
   * refused (empty or invalid UTF-8, NUL inside, confidence not a number
   * <= 1) and the host has noted why; pass it on or go on without.   [call] */
  ek_status (*emit)(ek_sink *, const ek_label *);

  /* Says why; copied; the last one before a failing return wins.     [call] */
  void (*set_error)(ek_call *, const char *msg);
  void (*set_retry_after)(ek_call *, int64_t ns);

  /* 1 once the run is stopping or the deadline passed.               [call] */
  int (*cancelled)(ek_call *);
  int64_t (*time_left_ns)(ek_call *);         /* INT64_MAX: no deadline      */
  /* Sleeps, waking early on cancel: EK_OK or EK_CANCELLED.           [call] */
  ek_status (*wait)(ek_call *, int64_t ns);
};

/* ---- what a plugin offers ---------------------------------------------- */
enum ek_thread_model {            /* gaps: others can be put between          */
  EK_THREAD_SERIAL_PROCESS  = 1000, /* one call at a time over the module      */
  EK_THREAD_SERIAL_INSTANCE = 2000, /* one call at a time per instance        */
  EK_THREAD_PARALLEL        = 3000  /* calls overlap on one instance          */
};
enum ek_enr_flag {
  EK_ENR_DETERMINISTIC = 1u << 0, /* same cache key => same labels            */
  EK_ENR_NETWORK       = 1u << 1, /* leaves the machine; dry runs skip it     */
  EK_ENR_COSTS_MONEY   = 1u << 2, /* metered; budgets and dry runs apply      */
  EK_ENR_VOLATILE      = 1u << 3  /* depends on what no key sees; never cached */
};
typedef struct ek_batch {
  uint32_t struct_size;
  uint32_t n;
  const ek_item *const *items;
  ek_sink *const *sinks;
  ek_call *const *calls;          /* one per item, for set_error, log, asset  */
  ek_status *status;              /* out, preset EK_UNSET; what enrich_batch  */
} ek_batch;                       /* returns goes to the slots still unset    */

typedef struct ek_enricher {
  uint32_t struct_size;
  uint32_t option_size;           /* stride: sizeof(ek_option) as compiled    */
  uint32_t thread_model;
  uint32_t flags;
  uint32_t max_batch;             /* 0: no enrich_batch                       */
  uint32_t n_options;
  const char *id;                 /* "rekognition"; unique in the module      */
  const char *summary;            /* one line                                 */
  const char *help;               /* paragraphs; NULL: none                   */
  const ek_option *options;
  const char *const *reads;       /* fields wanted, NULL-terminated; NULL: any,
                                   * {NULL}: only FIELD options and use_field */
  const char *const *needs;       /* extension ids it cannot work without     */
  const char *const *meters;      /* priced units, "image"; NULL: one a call  */

  /* create and destroy are serialised over the whole module, so a static table
   * of shared models needs no more than them.  One instance a step.          */
  ek_status (*create)(const ek_host *, const ek_config *, ek_call *, ek_inst **out);
  void      (*destroy)(ek_inst *);
  ek_status (*enrich)(ek_inst *, ek_call *, const ek_item *, ek_sink *);   /* [inst] */
  ek_status (*enrich_batch)(ek_inst *, ek_call *, const ek_batch *);       /* [inst] */
  /* Optional plugin-side services ("ek.selftest/1").  inst may be NULL.  [any] */
  const void *(*get_extension)(ek_inst *, const char *id);
  /* What a unit costs by the service's published list, parallel to meters: "0.001 USD",
   * an entry may be NULL.  The configuration's prices win.                   */
  const char *const *meter_prices;
} ek_enricher;

typedef struct ek_module {
  uint32_t struct_size;
  uint32_t abi_major;             /* EK_ABI_MAJOR as compiled                 */
  uint32_t abi_minor;             /* EK_ABI_MINOR as compiled                 */
  uint32_t needs_minor;           /* oldest host minor it runs on             */
  const char *id;                 /* reverse DNS, "org.example.enrich"        */
  const char *version, *vendor, *url, *license;
  uint32_t n_enrichers;
  uint32_t reserved;
  const ek_enricher *const *enrichers;
} ek_module;

/* The only exported symbol.  Runs no host call, no I/O, no threads.          */
EK_EXPORT const ek_module *enrichkit_module_v1(void);

/* First in the initialiser: C11 or C++20, there in the order of declaration. */
#define EK_ENRICHER_INIT \
  .struct_size = sizeof(ek_enricher), .option_size = sizeof(ek_option)
#define EK_MODULE_INIT \
  .struct_size = sizeof(ek_module), .abi_major = EK_ABI_MAJOR, .abi_minor = EK_ABI_MINOR

/* ---- conveniences: compiled into the plugin, no host symbol ------------- */
static inline ek_str ek_cstr(const char *s)
{ ek_str r; const char *e = s; while (*e) e++; r.ptr = s; r.len = (size_t)(e - s); return r; }

EK_PRINTF(4, 5)
static inline void ek_logf(const ek_host *h, ek_call *c, uint32_t level, const char *fmt, ...)
{
  char buf[1024]; va_list ap;
  va_start(ap, fmt); vsnprintf(buf, sizeof buf, fmt, ap); va_end(ap);
  h->log(h, c, level, buf);
}

/* ---- extensions ---------------------------------------------------------- */
#define EK_EXT_HTTP  "ek.http/1"
typedef struct ek_http_response ek_http_response;   /* host-owned             */
typedef struct ek_http_request {
  uint32_t struct_size, flags;
  const char *method, *url;       /* with aws_service: the path, "/"; the host
                                   * knows the endpoint                       */
  const char *const *headers;     /* "Name: value", NULL-terminated           */
  ek_str body;
  const char *aws_service, *aws_region; /* service set: the host signs (SigV4);
                                   * region NULL: the configuration's         */
  uint64_t max_response;          /* 0: host default                          */
} ek_http_request;
typedef struct ek_http {
  uint32_t struct_size, flags;
  /* Blocks; obeys deadline, cancel, proxy, TLS, rate limit and record/replay.
   * One exchange: trying again is the chain's.  EK_OK for any HTTP status;
   * else return what it returned.                                      [call] */
  ek_status (*perform)(ek_call *, const ek_http_request *, ek_http_response **out);
  int32_t (*code)(const ek_http_response *);
  ek_str  (*body)(const ek_http_response *);
  int     (*header)(const ek_http_response *, const char *name, ek_str *out);
  void    (*release)(ek_http_response *);     /* else freed when the call ends */
  /* Maps 429/5xx/Retry-After to a status and sets the retry time.             */
  ek_status (*classify)(ek_call *, const ek_http_response *);
} ek_http;

#define EK_EXT_CACHE "ek.cache/1"
typedef struct ek_cache {
  uint32_t struct_size, flags;
  /* Keys are private to (module id, enricher id).  1 hit: value lives until the
   * call returns; 0 miss.                                               [call] */
  int  (*get)(ek_call *, ek_str key, ek_str *value);
  void (*put)(ek_call *, ek_str key, ek_str value, int64_t ttl_ns);
} ek_cache;

#define EK_EXT_ASSET "ek.asset/1"  /* bytes behind a field: file, URL, s3://   */
typedef struct ek_asset {
  uint32_t struct_size, flags;
  /* Value i of the field.  Type by the bytes, "" when unknown.  EK_SKIPPED: no such
   * value.  Not EK_OK: return it (the host may make the same call again).  [call] */
  ek_status (*load)(ek_call *, const ek_item *, const char *field, size_t i,
                    uint64_t max_bytes, ek_str *bytes, ek_str *media_type);
  /* SHA-256 of those bytes, 32 of them, without fetching: EK_OK when known from this
   * call or an earlier run, EK_NO_LABELS when not, EK_SKIPPED: no such value.
   * An answer kept under it needs no load; after load it is certain.    [call] */
  ek_status (*digest)(ek_call *, const ek_item *, const char *field, size_t i, ek_str *sha256);
  /* After load: 1 and pixels of a JPEG or PNG, 0 and untouched if not told. [call] */
  int (*dimensions)(ek_call *, const ek_item *, const char *field, size_t i,
                    uint32_t *width, uint32_t *height);
} ek_asset;

#define EK_EXT_METER "ek.meter/1"  /* what a call may cost and did            */
typedef struct ek_meter {
  uint32_t struct_size, flags;
  /* Before anything is fetched or spent: at most qty[m] of meters[m], all at once.
   * May wait for a rate.  Not EK_OK (budget, plan): return that.        [call] */
  ek_status (*reserve)(ek_call *, const uint64_t *qty, size_t n);
  /* After: what was used, also if the call then fails.  The unspent rest of the
   * reservation lapses with the call.                                   [call] */
  void (*charge)(ek_call *, const uint64_t *qty, size_t n);
} ek_meter;

#define EK_EXT_LABELS "ek.labels/1" /* what earlier steps said of this item   */
typedef struct ek_labels {          /* in .needs: labels join the cache key   */
  uint32_t struct_size, flags;
  size_t (*count)(const ek_item *);
  /* Set out->struct_size first.  step: the configured name.  1, or 0.  [call] */
  int (*at)(const ek_item *, size_t i, ek_label *out, ek_str *step);
} ek_labels;

/* On LP64 no table has a hole, so packing cannot move a member; the
 * rest stops here, in the plugin author's own build.                        */
typedef char ek_layout_check[
  sizeof(ek_str) == 2 * sizeof(void *) && sizeof(size_t) == sizeof(void *) &&
  offsetof(ek_label, confidence) == 8 + sizeof(ek_str) &&
  offsetof(ek_enricher, id) == 24 && offsetof(ek_module, id) == 16 &&
  offsetof(ek_host, name) == 8 &&
  offsetof(ek_http, perform) == 8 && offsetof(ek_http_request, method) == 8 &&
  offsetof(ek_batch, items) == 8 ? 1 : -1];

#ifdef __cplusplus
}
#endif
#endif
