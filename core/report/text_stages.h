/* SPDX-License-Identifier: BSD-3-Clause */
/* report/text_stages.h - the lines of the summary that come from the stages.  */
#ifndef EK_REPORT_TEXT_STAGES_H
#define EK_REPORT_TEXT_STAGES_H
#include "report/report.h"

/* "Imported", "Trained", "Does it help?": each only where it says something that no
 * other line says, since a newcomer reads the last one.                     */
void ek_report_text_stages(const ek_report *, ek_text *out);

#endif
