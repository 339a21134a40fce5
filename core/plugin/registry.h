/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/registry.h - which plugins there are, and which were refused and why.
 *
 * Search order: --plugin-path, plugin_path of the file, ENRICHKIT_PLUGIN_PATH
 * (colon-separated), the installed folder. In each: enrichkit-*.so, by bytes.
 * The first of an id wins, a later one of another module needs `module/id`.
 * A module is loaded once (RTLD_NOW | RTLD_LOCAL) and never unloaded. Trust
 * rule: checked on the resolved file and the folder that holds it. Every refusal
 * is one line. Scan from one thread; read-only afterwards.                  */
#ifndef EK_PLUGIN_REGISTRY_H
#define EK_PLUGIN_REGISTRY_H
#include <stddef.h>
#include <pthread.h>
#include <sys/types.h>
#include <enrichkit/plugin.h>
#include "base/error.h"

typedef struct ek_module_info {
  ek_module module;               /* copied: min(theirs, ours), rest zero       */
  char *path;                     /* resolved                                   */
  char *sha256;                   /* hex of the file                            */
  dev_t dev; ino_t ino;           /* of the file: one module however it is reached */
  int bundled;                    /* from the installed folder                  */
  pthread_mutex_t lock;           /* SERIAL_PROCESS calls; create and destroy    */
  ek_option **options;            /* by enricher: copied by stride              */
  ek_enricher *enrichers;         /* copied, n_enrichers; .options is ours      */
} ek_module_info;

typedef struct ek_plugin { ek_module_info *module; const ek_enricher *enricher; } ek_plugin;

typedef struct ek_refused {
  char *path, *why, *help;        /* help may be NULL                           */
  const char *code;
  char *guess;                    /* id from the file name                      */
} ek_refused;

typedef struct ek_registry ek_registry;

/* A folder to search. named: given by option or environment (a group may write
 * there). required: one that is missing is told among the refused.          */
typedef struct ek_plugin_dir { const char *path; int named, required; } ek_plugin_dir;
/* In this order, then installed: the compiled-in folder, or NULL.           */
ek_registry *ek_registry_scan_dirs(const ek_plugin_dir *dirs, size_t n, const char *installed);
/* The same with all named folders before those of the file.                 */
ek_registry *ek_registry_scan(char *const *named, size_t n_named,
                              char *const *file_paths, size_t n_file, const char *installed);
void ek_registry_free(ek_registry *);      /* modules stay loaded               */

size_t ek_registry_n(const ek_registry *);
const ek_plugin *ek_registry_at(const ek_registry *, size_t i);
size_t ek_registry_n_refused(const ek_registry *);
const ek_refused *ek_registry_refused_at(const ek_registry *, size_t i);
/* name: `id` (the first in search order) or `module/id`. NULL and e: not found
 * (did you mean, found, searched), or refused (why, and what mends it).     */
const ek_plugin *ek_registry_find(const ek_registry *, const char *name, ek_error *e);
/* Loads one file, trust rule and all (tests, fuzzing).                      */
ek_module_info *ek_module_load(const char *path, int named, ek_error *e);
/* Every check of a module table that needs no file: sizes, names, options,
 * thread models, duplicates. 0, or -1 with one clear line.                  */
int ek_module_check(const ek_module *theirs, const char *path, ek_module_info *out, ek_error *e);

#endif
