/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/folder.h - from the paths of a configuration to the files to read. */
#ifndef EK_CATALOG_FOLDER_H
#define EK_CATALOG_FOLDER_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "config/settings.h"

typedef struct ek_found {
  char *path, *name;             /* to open; as the user would write it       */
  uint64_t size;
  int regular;
} ek_found;

typedef struct ek_found_list {
  ek_found *list; size_t n, cap;
  int quiet;                     /* set before: no warnings                   */
} ek_found_list;

/* Folders become their files, in byte order of the names; what else is in them
 * is named in one warning a folder. 0 or -1.                                */
int ek_folder_resolve(const ek_paths *paths, ek_found_list *out, ek_error *e);
/* How many files of a folder would be read; 0 also when it cannot be listed. */
size_t ek_folder_count(const char *path);
void ek_found_list_free(ek_found_list *);

#endif
