/* SPDX-License-Identifier: BSD-3-Clause */
/* report/json_stages.h - members of report.json that come from the stages.   */
#ifndef EK_REPORT_JSON_STAGES_H
#define EK_REPORT_JSON_STAGES_H
#include "report/jsonw.h"
#include "report/report.h"

void ek_report_json_import(ek_jsonw *, const ek_report *);
void ek_report_json_train(ek_jsonw *, const ek_report *);      /* and `compare`  */
/* Members `data`, `arms` and `compare`, from wherever the result comes.     */
void ek_report_json_data(ek_jsonw *, const ek_data_facts *);
void ek_report_json_arms(ek_jsonw *, const ek_train_result *);
void ek_report_json_comparisons(ek_jsonw *, const ek_train_result *);

void ek_report_json_deploy(ek_jsonw *, const ek_deploy_result *);

#endif
