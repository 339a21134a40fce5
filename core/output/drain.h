/* SPDX-License-Identifier: BSD-3-Clause */
/* output/drain.h - where bytes go at last: a file of the run's folder, a file on
 * its own, or a descriptor such as standard output.
 *
 * A reader that has gone away gives an error of code "closed_output", so that the
 * command can end quietly. One thread.                                      */
#ifndef EK_OUTPUT_DRAIN_H
#define EK_OUTPUT_DRAIN_H
#include <stddef.h>
#include "output/files.h"

typedef struct ek_drain ek_drain;

/* What a user named: "-" is standard output; what is there and is no regular file
 * (a pipe, a device), and anything below /dev/, is written to as it stands; all
 * else becomes a file that is whole after ek_drain_publish() and not touched
 * before.                                                                   */
ek_drain *ek_drain_open(const char *path, ek_error *e);
/* A file of an output folder; neither finished nor freed here.              */
ek_drain *ek_drain_file(ek_outfile *);
/* A descriptor, which is not closed here; name is for messages.             */
ek_drain *ek_drain_fd(int fd, const char *name);

int ek_drain_write(ek_drain *, const void *data, size_t len, ek_error *e);
/* Rows in all, for the report; nothing where there is none.                 */
void ek_drain_rows(ek_drain *, uint64_t rows);
/* A file of ek_drain_open: finished and renamed. Others: nothing to do.     */
int ek_drain_publish(ek_drain *, ek_error *e);
void ek_drain_close(ek_drain *);        /* NULL is fine                         */

#endif
