/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/kinds.h"
#include <stddef.h>
#include <string.h>

/* Versions go with their solution; import jobs stay: they are a record, and cost nothing. */
const ek_pz_kind ek_pz_kinds[] = {
  { "campaign", "campaign", "DescribeCampaign", "campaignArn", "campaign", "DeleteCampaign", 1 },
  { "solution_version", "version", "DescribeSolutionVersion", "solutionVersionArn", "solutionVersion", NULL, 0 },
  { "solution", "solution", "DescribeSolution", "solutionArn", "solution", "DeleteSolution", 2 },
  { "event_tracker", "tracker", "DescribeEventTracker", "eventTrackerArn", "eventTracker", "DeleteEventTracker", 3 },
  { "filter", "filter", "DescribeFilter", "filterArn", "filter", "DeleteFilter", 3 },     /* never ours */
  { "import_job", "import", "DescribeDatasetImportJob", "datasetImportJobArn", "datasetImportJob", NULL, 0 },
  { "dataset", "dataset", "DescribeDataset", "datasetArn", "dataset", "DeleteDataset", 4 },
  { "schema", "schema", "DescribeSchema", "schemaArn", "schema", "DeleteSchema", 5 },
  { "dataset_group", "group", "DescribeDatasetGroup", "datasetGroupArn", "datasetGroup", "DeleteDatasetGroup", 6 },
  { "object", "object", NULL, NULL, NULL, NULL, 7 },
  { NULL, NULL, NULL, NULL, NULL, NULL, 0 },
};

const ek_pz_kind *
ek_pz_kind_of(const char *kind)
{
  for (const ek_pz_kind *k = ek_pz_kinds; k->kind; k++)
    if (strcmp(k->kind, kind) == 0)
      return k;
  return NULL;
}

void
ek_pz_add_arn(const char *arn, ek_text *out)
{
  for (; *arn; arn++)
    ek_text_char(out, *arn > ' ' && *arn <= '~' ? *arn : '?');
}
