/* SPDX-License-Identifier: BSD-3-Clause */
/* output/files_inside.h - what the parts of files.h share; nobody else includes it. */
#ifndef EK_OUTPUT_FILES_INSIDE_H
#define EK_OUTPUT_FILES_INSIDE_H
#include <openssl/evp.h>
#include <zlib.h>
#include "base/text.h"
#include "output/files.h"

#define EK_REPORT_NAME "report.json"
#define EK_LOCK_NAME ".lock"

struct ek_outfile {
  ek_outdir *dir;
  char *shown;                    /* as messages name it: DIR/NAME             */
  char *base, *temp;              /* target and temporary name in folder       */
  int folder, fd;                 /* folder: of the target, or of what it links to */
  int failed, finished, published;
  char *buffer; size_t used;      /* small pieces; made when the first comes    */
  z_stream *zip; unsigned char *zipped;
  EVP_MD_CTX *digest;
  ek_outfile_info info;           /* info.name is owned                         */
};

struct ek_outdir {
  char *path;                     /* as the user wrote it; "" for plain "."     */
  int fd, lock;                   /* lock -1: none                              */
  ek_outfile **files; size_t n, cap;
  char **made; size_t n_made, cap_made;    /* folders made, outermost first     */
  int committed;
};

/* folder.c */
/* Errors of opening and creating: refused before work, except a full or failing disk. */
int ek_fail_open(ek_error *e, const char *path, const char *doing);
char *ek_path_join(const char *dir, const char *name);
/* Makes dir and what is missing above it, and notes what it made.           */
int ek_folder_make(ek_outdir *, const char *dir, ek_error *e);
int ek_folder_lock(ek_outdir *, ek_error *e);
/* Removes leftovers in folder: of base alone, or of every file (NULL).      */
void ek_folder_sweep(int folder, const char *base);
/* Syncs a folder; file systems that cannot are forgiven.                    */
int ek_folder_sync(int folder, const char *shown, ek_error *e);

/* target.c */
/* Where name is to be written: follows a link; opens the folder and the temporary
 * file in it.                                                               */
int ek_target_open(ek_outfile *, ek_error *e);

/* verify.c */
/* Names in `outputs` of the report in folder; NULL-terminated, each and the list
 * to be freed. An unreadable report names nothing.                          */
char **ek_report_outputs(int folder);
/* A relative path that stays inside: no "", ".", "..", no leading '/'.      */
int ek_name_is_inside(const char *name);

#endif
