/* SPDX-License-Identifier: BSD-3-Clause */
/* A run never writes over what it reads.                                    */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "command/internal.h"

const char *const ek_output_names[] = { "items.csv", "items.csv.gz", "items.schema.json", "interactions.csv",
  "interactions.csv.gz", "interactions.schema.json", "users.csv", "users.csv.gz", "users.schema.json", "labels.jsonl",
  NULL };

/* The output that is this very file, through links too; NULL: none. */
static const char *
output_that_is(const char *dir, const struct stat *input)
{
  static const char *const others[] = { "rejects.jsonl", "report.json", "report.txt", "run.yaml", NULL };
  char path[8192];
  struct stat st;
  for (int k = 0; k < 2; k++)
    for (const char *const *name = k ? others : ek_output_names; *name; name++) {
      snprintf(path, sizeof path, "%s/%s", dir, *name);
      if (stat(path, &st) == 0 && st.st_dev == input->st_dev && st.st_ino == input->st_ino)
        return *name;
    }
  return NULL;
}

int
ek_refuse_overwriting(const ek_job *j, ek_error *e)
{
  const ek_settings *s = j->settings;
  int r = 0;
  for (int kind = 0; kind < EK_RECORD_KINDS && r == 0; kind++) {
    ek_input_options o = { .quiet = 1 };
    ek_input *in = j->present[kind] ? ek_input_open(&s->catalog.inputs[kind], &o, e) : NULL;
    if (j->present[kind] && !in)
      return -1;
    for (size_t i = 0; in && r == 0 && i < ek_input_n_files(in); i++) {
      const ek_input_file *f = ek_input_file_at(in, i);
      struct stat st;
      const char *name = strcmp(f->path, "-") != 0 && stat(f->path, &st) == 0 ? output_that_is(s->output.dir, &st) : NULL;
      if (!name)
        continue;
      r = ek_fail(e, EK_EXIT_REFUSED, "output_is_input", "the run would write %s over this file, which it reads", name);
      ek_help(e, "choose another folder for the results: --out DIR, or output.dir");
      ek_at(e, f->name, 0, 0);
    }
    ek_input_close(in);
  }
  return r;
}
