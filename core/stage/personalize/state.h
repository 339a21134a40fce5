/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/personalize/state.h - state.json beside the outputs: what we are about to create, what
 * we created, what was there before us.
 *
 * An intent is written, and synced, before a create that is not idempotent; its ARN
 * replaces it behind the reply. So whatever happens in between, the next run knows what to
 * look for. Adopted things (there before, or named by ARN) are marked: they are never deleted or
 * re-created without being named on the command line. Written whole (beside, renamed), and
 * each change is made to what the file says at that moment: several commands may write. One thread.                                                               */
#ifndef EK_STAGE_PERSONALIZE_STATE_H
#define EK_STAGE_PERSONALIZE_STATE_H
#include <jansson.h>
#include "base/error.h"

typedef struct ek_state ek_state;
/* folder: output.dir, made with the first change. An unreadable file is an error that names it. region, account and group
 * of another run in it: an error that says so. NULL: whatever
 * it is of, for who only looks.                              */
ek_state *ek_state_open(const char *folder, const char *region, const char *group, ek_error *e);
void ek_state_close(ek_state *);

enum ek_origin { EK_OURS, EK_ADOPTED };
typedef struct ek_thing {            /* borrowed until the state changes        */
  const char *kind;                  /* "schema", "dataset_group", "dataset", "import_job", "solution", "solution_version", "campaign", "object" */
  const char *name, *arn;            /* arn NULL: an intent                     */
  enum ek_origin origin; const char *digest; int64_t since;    /* digest: of what it was made of (schema, CSV, solution's configuration) */
  double after;                      /* of an intent: when the newest that was there before was made, by the service's
                                      * clock; < 0: not known                     */
} ek_thing;
int ek_state_intend(ek_state *, const char *kind, const char *name, const char *digest, ek_error *e);
/* Of what has no name of ours: it will be newer than `after`.                 */
int ek_state_intend_after(ek_state *, const char *kind, const char *name, const char *digest, double after,
                          ek_error *e);
int ek_state_done(ek_state *, const char *kind, const char *name, const char *arn, enum ek_origin, const char *digest, ek_error *e);
int ek_state_forget(ek_state *, const char *kind, const char *name, ek_error *e);
int ek_state_find(const ek_state *, const char *kind, const char *name, ek_thing *out);    /* 1, or 0 */
size_t ek_state_count(const ek_state *);
int ek_state_at(const ek_state *, size_t i, ek_thing *out);          /* in order of creation; versions as last used */

#endif
