/* SPDX-License-Identifier: BSD-3-Clause */
/* catalog/nearby.h - for a path that leads nowhere, the one that was meant.  */
#ifndef EK_CATALOG_NEARBY_H
#define EK_CATALOG_NEARBY_H

/* "data/items/ (1,204 files)", "meta.jsonl.gz", written as the user wrote path,
 * or NULL. One name in it may be misspelt, or end differently. Caller frees. */
char *ek_nearby(const char *path, const char *written);

#endif
