/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said about rejects.                                               */
#include <stdlib.h>
#include "base/log.h"
#include "command/internal.h"

void
ek_reasons(const ek_stats *s, ek_text *out)
{
  uint8_t told[sizeof s->reasons / sizeof s->reasons[0]] = { 0 };
  for (unsigned k = 0; k < s->n_reasons; k++) {
    unsigned best = s->n_reasons;
    for (unsigned i = 0; i < s->n_reasons; i++)
      if (!told[i] && (best == s->n_reasons || s->reasons[i].n > s->reasons[best].n))
        best = i;
    told[best] = 1;
    ek_text_cstr(out, k ? ", " : "");
    ek_text_thousands(out, s->reasons[best].n);
    ek_text_printf(out, " %s", s->reasons[best].reason);
  }
}

void
ek_say_too_many_rejects(const ek_job *j, enum ek_record_kind kind, const ek_stats *s, const char *rejects_file)
{
  const ek_settings *set = j->settings;
  ek_text t = { 0 };
  ek_error e;

  ek_text_thousands(&t, s->rejected);
  ek_text_cstr(&t, " of the first ");
  ek_text_thousands(&t, s->in);
  ek_text_printf(&t, " %s %s rejected (limit ", kind == EK_ITEMS ? "records" : ek_kind_nouns[kind],
                 s->rejected == 1 ? "was" : "were");
  if (set->run.max_reject_share >= 0)
    ek_text_printf(&t, "%.4g %%): ", set->run.max_reject_share * 100);
  else
    ek_text_printf(&t, "%lld): ", (long long)set->run.max_reject_count);
  ek_reasons(s, &t);
  ek_text_cstr(&t, ". Nothing was written");
  ek_fail(&e, EK_EXIT_REJECTS, "too_many_rejects", "%s", ek_text_c(&t));
  ek_help(&e, "see %s. If this is what the data are like: --set run.max_rejects=100%%", rejects_file);
  ek_log_error(&e);
  ek_text_free(&t);
}
