/* SPDX-License-Identifier: 0BSD */
/* A module that is wrong in one way, chosen by -DWRONG_name (hostile.sh builds one of each). */
#include <enrichkit/plugin.h>
#include <stdlib.h>

/* Overridable pieces: hostile.sh gives one of these a wrong value. */
#ifndef MODULE_SIZE
# define MODULE_SIZE sizeof(ek_module)
#endif
#ifndef MAJOR
# define MAJOR EK_ABI_MAJOR
#endif
#ifndef NEEDS_MINOR
# define NEEDS_MINOR 0
#endif
#ifndef MODULE_ID
# define MODULE_ID "org.example.hostile"
#endif
#ifndef N_ENRICHERS
# define N_ENRICHERS 1
#endif
#ifndef ENRICHERS
# define ENRICHERS enrichers
#endif
#ifndef ENRICHER_SIZE
# define ENRICHER_SIZE sizeof(ek_enricher)
#endif
#ifndef OPTION_SIZE
# define OPTION_SIZE sizeof(ek_option)
#endif
#ifndef MODEL
# define MODEL EK_THREAD_PARALLEL
#endif
#ifndef MAX_BATCH
# define MAX_BATCH 0
#endif
#ifndef N_OPTIONS
# define N_OPTIONS 2
#endif
#ifndef ID
# define ID "hostile"
#endif
#ifndef CREATE
# define CREATE create
#endif
#ifndef ENRICH
# define ENRICH enrich
#endif
#ifndef FIRST_OPTION
# define FIRST_OPTION { .name = "count", .type = EK_OPT_INT, .default_value = "1", .min = "0", .max = "9" }
#endif
#ifndef SECOND_OPTION
# define SECOND_OPTION { .name = "take", .type = EK_OPT_ENUM, .default_value = "leaf", .choices = choices }
#endif
#ifndef RETURNED
# define RETURNED &module
#endif
#ifndef ENTRY
# define ENTRY enrichkit_module_v1
#endif

static inline ek_status
create(const ek_host *h, const ek_config *c, ek_call *call, ek_inst **out)
{
  (void)h;
  (void)c;
  (void)call;
  (void)out;
  return EK_OK;
}

static inline ek_status
enrich(ek_inst *i, ek_call *c, const ek_item *item, ek_sink *s)
{
  (void)i;
  (void)c;
  (void)item;
  (void)s;
  return EK_NO_LABELS;
}

static const char *const choices[] = { "path", "leaf", NULL };
static const ek_option options[] = { FIRST_OPTION, SECOND_OPTION };
static const ek_enricher hostile = {
  .struct_size = (uint32_t)(ENRICHER_SIZE), .option_size = (uint32_t)(OPTION_SIZE), .thread_model = MODEL,
    .max_batch = MAX_BATCH,
  .n_options = N_OPTIONS, .id = ID, .summary = "is wrong", .options = options, .create = CREATE, .enrich = ENRICH,
};
static const ek_enricher *const enrichers[] = { &hostile, &hostile };
static const ek_module module = {
  .struct_size = (uint32_t)(MODULE_SIZE), .abi_major = MAJOR, .needs_minor = NEEDS_MINOR, .id = MODULE_ID,
    .version = "1",
  .n_enrichers = N_ENRICHERS, .enrichers = ENRICHERS,
};
const void *const hostile_unused_[] = { choices, enrichers, &module };

#ifdef ENTRY_IS_DATA
EK_EXPORT int data_entry_ __asm__("enrichkit_module_v1") = 1;
#elif !defined(NO_ENTRY)
EK_EXPORT const ek_module *ENTRY(void);
# ifdef NEEDS_SYMBOL
void ek_a_function_of_the_host(void);
# endif
const ek_module *
ENTRY(void)
{
# ifdef NEEDS_SYMBOL
  ek_a_function_of_the_host();
# endif
  return RETURNED;
}
#endif
