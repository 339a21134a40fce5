/* SPDX-License-Identifier: BSD-3-Clause */
/* Where every member of every table stands and what every enumerator is worth, in ABI 1.0, with 64-bit and with 32-bit
 * pointers. A line here is added when a member is appended, and never changed. headers.sh compiles it with -m32 too. */
#include <enrichkit/plugin.h>

#if defined(__cplusplus)
# define CHECK(what) static_assert(what, #what)
#else
# define CHECK(what) _Static_assert(what, #what)
#endif
/* Offset with 64-bit pointers, with 32-bit pointers. */
#define AT(T, m, lp64, ilp32) CHECK(offsetof(T, m) == (sizeof(void *) == 8 ? (lp64) : (ilp32)))
#define SIZE(T, lp64, ilp32) CHECK(sizeof(T) == (sizeof(void *) == 8 ? (lp64) : (ilp32)))
#define IS(name, value) CHECK((long)(name) == (value))

CHECK(sizeof(size_t) == sizeof(void *));
CHECK(sizeof(void *) == 8 || sizeof(void *) == 4);

SIZE(ek_str, 16, 8);             /* travels by value and in arrays: frozen for ever */
AT(ek_str, ptr, 0, 0); AT(ek_str, len, 8, 4);

AT(ek_option, name, 0, 0); AT(ek_option, type, 8, 4); AT(ek_option, flags, 12, 8); AT(ek_option, default_value, 16, 12);
AT(ek_option, choices, 24, 16); AT(ek_option, min, 32, 20); AT(ek_option, max, 40, 24); AT(ek_option, help, 48, 28);

AT(ek_label, struct_size, 0, 0); AT(ek_label, flags, 4, 4); AT(ek_label, name, 8, 8); AT(ek_label, confidence, 24, 16);
AT(ek_label, parents, 32, 24); AT(ek_label, n_parents, 40, 28); AT(ek_label, scheme, 48, 32); AT(ek_label, ref, 64, 40);

AT(ek_host, struct_size, 0, 0); AT(ek_host, abi_minor, 4, 4); AT(ek_host, name, 8, 8); AT(ek_host, version, 16, 12);
AT(ek_host, get_extension, 24, 16); AT(ek_host, log, 32, 20); AT(ek_host, opt_str, 40, 24);
AT(ek_host, opt_int, 48, 28);
AT(ek_host, opt_float, 56, 32); AT(ek_host, opt_list, 64, 36); AT(ek_host, use_field, 72, 40);
AT(ek_host, add_key, 80, 44);
AT(ek_host, item_id, 88, 48); AT(ek_host, field, 96, 52); AT(ek_host, field_ends, 104, 56);
AT(ek_host, field_names, 112, 60);
AT(ek_host, emit, 120, 64); AT(ek_host, set_error, 128, 68); AT(ek_host, set_retry_after, 136, 72);
AT(ek_host, cancelled, 144, 76); AT(ek_host, time_left_ns, 152, 80); AT(ek_host, wait, 160, 84);

AT(ek_batch, struct_size, 0, 0); AT(ek_batch, n, 4, 4); AT(ek_batch, items, 8, 8); AT(ek_batch, sinks, 16, 12);
AT(ek_batch, calls, 24, 16); AT(ek_batch, status, 32, 20);

AT(ek_enricher, struct_size, 0, 0); AT(ek_enricher, option_size, 4, 4); AT(ek_enricher, thread_model, 8, 8);
AT(ek_enricher, flags, 12, 12); AT(ek_enricher, max_batch, 16, 16); AT(ek_enricher, n_options, 20, 20);
AT(ek_enricher, id, 24, 24); AT(ek_enricher, summary, 32, 28); AT(ek_enricher, help, 40, 32);
AT(ek_enricher, options, 48, 36);
AT(ek_enricher, reads, 56, 40); AT(ek_enricher, needs, 64, 44); AT(ek_enricher, meters, 72, 48);
AT(ek_enricher, create, 80, 52); AT(ek_enricher, destroy, 88, 56); AT(ek_enricher, enrich, 96, 60);
AT(ek_enricher, enrich_batch, 104, 64); AT(ek_enricher, get_extension, 112, 68);
AT(ek_enricher, meter_prices, 120, 72);

AT(ek_module, struct_size, 0, 0); AT(ek_module, abi_major, 4, 4); AT(ek_module, abi_minor, 8, 8);
AT(ek_module, needs_minor, 12, 12); AT(ek_module, id, 16, 16); AT(ek_module, version, 24, 20);
AT(ek_module, vendor, 32, 24);
AT(ek_module, url, 40, 28); AT(ek_module, license, 48, 32); AT(ek_module, n_enrichers, 56, 36);
AT(ek_module, reserved, 60, 40); AT(ek_module, enrichers, 64, 44);

AT(ek_http_request, struct_size, 0, 0); AT(ek_http_request, flags, 4, 4); AT(ek_http_request, method, 8, 8);
AT(ek_http_request, url, 16, 12); AT(ek_http_request, headers, 24, 16); AT(ek_http_request, body, 32, 20);
AT(ek_http_request, aws_service, 48, 28); AT(ek_http_request, aws_region, 56, 32);
/* uint64_t is aligned to four bytes on i386, to eight on arm. */
struct ek_aligned { char c; uint64_t n; };
AT(ek_http_request, max_response, 64, sizeof(struct ek_aligned) == 12 ? 36 : 40);

AT(ek_http, struct_size, 0, 0); AT(ek_http, flags, 4, 4); AT(ek_http, perform, 8, 8); AT(ek_http, code, 16, 12);
AT(ek_http, body, 24, 16); AT(ek_http, header, 32, 20); AT(ek_http, release, 40, 24); AT(ek_http, classify, 48, 28);
AT(ek_cache, struct_size, 0, 0); AT(ek_cache, flags, 4, 4); AT(ek_cache, get, 8, 8); AT(ek_cache, put, 16, 12);
AT(ek_asset, struct_size, 0, 0); AT(ek_asset, flags, 4, 4); AT(ek_asset, load, 8, 8);
AT(ek_asset, digest, 16, 12); AT(ek_asset, dimensions, 24, 16);
AT(ek_meter, struct_size, 0, 0); AT(ek_meter, flags, 4, 4); AT(ek_meter, reserve, 8, 8); AT(ek_meter, charge, 16, 12);
AT(ek_labels, struct_size, 0, 0); AT(ek_labels, flags, 4, 4); AT(ek_labels, count, 8, 8); AT(ek_labels, at, 16, 12);

IS(EK_OK, 0); IS(EK_NO_LABELS, 10); IS(EK_SKIPPED, 20); IS(EK_RETRY, -10); IS(EK_ITEM_ERROR, -20);
IS(EK_CANCELLED, -30);
IS(EK_FATAL, -40); IS(EK_UNSET, -1000);
IS(EK_LOG_DEBUG, 10); IS(EK_LOG_INFO, 20); IS(EK_LOG_WARN, 30); IS(EK_LOG_ERROR, 40);
IS(EK_OPT_STRING, 10); IS(EK_OPT_INT, 20); IS(EK_OPT_FLOAT, 30); IS(EK_OPT_BOOL, 40); IS(EK_OPT_DURATION, 50);
IS(EK_OPT_SIZE, 60);
IS(EK_OPT_ENUM, 70); IS(EK_OPT_LIST, 80); IS(EK_OPT_PATH, 90); IS(EK_OPT_FIELD, 100); IS(EK_OPT_FIELDS, 110);
IS(EK_OPT_REQUIRED, 1); IS(EK_OPT_SECRET, 2); IS(EK_OPT_DEPRECATED, 4); IS(EK_OPT_ADVANCED, 8);
IS(EK_OPT_NO_RESULT, 16);
IS(EK_OPT_ASSET, 32);
IS(EK_THREAD_SERIAL_PROCESS, 1000); IS(EK_THREAD_SERIAL_INSTANCE, 2000); IS(EK_THREAD_PARALLEL, 3000);
IS(EK_ENR_DETERMINISTIC, 1); IS(EK_ENR_NETWORK, 2); IS(EK_ENR_COSTS_MONEY, 4); IS(EK_ENR_VOLATILE, 8);
CHECK(sizeof(ek_status) == 4);

int ek_layout_is_checked(void);
int
ek_layout_is_checked(void)
{
  return EK_ABI_MAJOR == 1;
}
