/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/internal.h - shared by the files of this room only.                */
#ifndef EK_PLUGIN_INTERNAL_H
#define EK_PLUGIN_INTERNAL_H
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <enrichkit/plugin.h>
#include "base/arena.h"
#include "base/error.h"
#include "plugin/instance.h"

/* Sizes of the tables in ABI 1.0: a table that is shorter is no table. Frozen. */
#define EK_LEAST(T, last) (offsetof(T, last) + sizeof(void *))
#define EK_LEAST_MODULE EK_LEAST(ek_module, enrichers)
#define EK_LEAST_ENRICHER EK_LEAST(ek_enricher, get_extension)
#define EK_LEAST_OPTION EK_LEAST(ek_option, help)
#define EK_MOST 65536u           /* no table will ever be longer; rubbish is   */

/* A bit that guards a few stores. Plugins may use a live call from threads of
 * their own (rule T5), which is rare: mostly this is one uncontended exchange. */
static inline void
ek_bit_lock(unsigned char *bit)
{
  while (__atomic_test_and_set(bit, __ATOMIC_ACQUIRE))
    sched_yield();
}
static inline void
ek_bit_unlock(unsigned char *bit)
{
  __atomic_clear(bit, __ATOMIC_RELEASE);
}

/* Text of a plugin or of the system, whole: escaped as ek_show does, without its
 * cut at 80 columns; "..." where buf ends. Returns buf.                     */
const char *ek_escape(const char *s, char *buf, size_t size);
/* The host's own word on a failed call. Not when the plugin gave a reason, unless
 * force is set.                                                             */
void ek_call_note(ek_call *, int force, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- trust.c ------------------------------------------------------------- */
typedef struct ek_opened {       /* a file that was judged through its descriptor */
  int fd;
  char *path;                    /* resolved                                   */
  char *shown;                   /* for messages: as named, or resolved behind a link */
  dev_t dev, folder_dev;
  ino_t ino, folder_ino;
  off_t size;
} ek_opened;
/* Opens path and judges the file, the folder that holds it, and the folder that
 * holds a link to it. 0, or -1 (out needs no clearing).                     */
int ek_trust_open(const char *path, int named, ek_opened *out, ek_error *e);
/* Whether out->path still is the file and folder that were judged.          */
int ek_trust_same(const ek_opened *);
void ek_trust_close(ek_opened *);

/* ---- load.c -------------------------------------------------------------- */
void ek_module_free(ek_module_info *);     /* the copies; code stays loaded     */
void ek_module_clear(ek_module_info *);    /* what ek_module_check made         */

/* ---- options.c ----------------------------------------------------------- */
typedef struct ek_opt_value {
  int set;
  ek_str text;
  int64_t integer;
  double number;
  ek_str *list; size_t n;
} ek_opt_value;
enum ek_opt_verdict { EK_VALUE_OK, EK_VALUE_TYPE, EK_VALUE_RANGE, EK_VALUE_CHOICE };
/* Reads a scalar of any type but the lists. Texts are left to the caller.   */
enum ek_opt_verdict ek_option_scalar(const ek_option *, const char *text, ek_opt_value *out);
/* Reads a list as a default is written: [a, "b, c"] or a, b. The values are copied
 * into arena. 0, or -1 where it cannot be read.                             */
int ek_option_list(const char *text, ek_arena *arena, ek_opt_value *out);

/* ---- host.c -------------------------------------------------------------- */
typedef struct ek_create_state { /* behind ek_call.create                      */
  ek_instance *instance;
  int full;                      /* more fields or bytes than we take          */
} ek_create_state;
void ek_host_init(ek_host *);
extern const ek_labels ek_labels_table;    /* labels.c                          */
/* Adds a name that field() will find; the same pointer twice is one.        */
int ek_instance_add_field(ek_instance *, const char *name);

#endif
