/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be seen before a run does any work.                              */
#include <string.h>
#include "command/run.h"

/* Inputs that are not there, no ids at all. */
static int
refuse_bad_inputs(ek_running *r, ek_error *e)
{
  for (int k = 0; k < EK_RECORD_KINDS; k++) {
    size_t n = 0;
    int bad = 0;
    if (!r->job.present[k])
      continue;
    ek_probe_file *list = ek_probe(&r->job, (enum ek_record_kind)k, 1, &n, e);
    if (!list) {
      e->status = EK_EXIT_REFUSED;
      return -1;
    }
    for (size_t i = 0; i < n && !bad; i++)
      /* One small file of several may well hold rejects alone. */
      bad = (list[i].records >= EK_PROBE_RECORDS || n == 1) &&
          ek_probe_no_id(&r->job, (enum ek_record_kind)k, &list[i], e);
    ek_probe_free(list, n);
    if (bad)
      return -1;
  }
  return 0;
}

static int
reads_stdin(const ek_paths *paths)
{
  for (size_t i = 0; i < paths->n; i++)
    if (strcmp(paths->list[i], "-") == 0)
      return 1;
  return 0;
}

/* Without credentials nobody can be asked, which is better known before any work. But where all
 * answers are in the cache nobody is.                                       */
static int
refuse_without_credentials(ek_running *r, ek_error *e)
{
  ek_aws_grant grant = { 0 };
  const char *region;
  uint64_t calls = 0;
  ek_error other = { 0 };
  if (!r->job.present[EK_ITEMS] || !r->job.services.aws || !ek_job_asks_aws(&r->job) ||
      reads_stdin(&r->settings->catalog.inputs[EK_ITEMS]))
    return 0;
  if (ek_job_credentials(&r->job, &grant, &region, e) == 0) {
    ek_aws_grant_clear(&grant);
    return 0;
  }
  return ek_job_would_call(&r->job, r->limit, &calls, &other) == 0 && calls ? -1 : 0;
}

int
ek_run_refuse_early(ek_running *r, ek_error *e)
{
  if (refuse_bad_inputs(r, e) < 0 || ek_refuse_overwriting(&r->job, e) < 0)
    return -1;
  return refuse_without_credentials(r, e);
}
