/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/ini.h - INI text as Python's configparser reads it, which is what AWS files are.
 *
 * Sections, "key = value" or "key: value", comments on lines of their own, values that
 * go on in deeper lines. A value that begins on the next line is a nested section:
 * "s3 =\n  a = b" gives "s3.a" beside "s3". Values may be secrets: wiped when freed. */
#ifndef EK_AWS_INI_H
#define EK_AWS_INI_H
#include <stddef.h>
#include "base/error.h"
#include "base/text.h"

typedef struct ek_ini_entry { size_t section; char *key, *value; } ek_ini_entry;
typedef struct ek_ini {
  char **sections; size_t n_sections, cap_sections;
  ek_ini_entry *entries; size_t n, cap;
} ek_ini;

/* 0, or -1 and e with name and line. ini must be zeroed; free it in any case. */
int ek_ini_read(ek_ini *, const char *name, ek_str text, ek_error *e);
void ek_ini_free(ek_ini *);
/* NULL: not there. Keys of the section [DEFAULT] are in every section.       */
const char *ek_ini_get(const ek_ini *, const char *section, const char *key);
int ek_ini_has(const ek_ini *, const char *section);

#endif
