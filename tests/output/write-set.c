/* SPDX-License-Identifier: BSD-3-Clause */
/* write-set DIR old|new|stopped   writes a set of files as a run would
 * write-set DIR verify            0: the set fits its report
 *
 * `old` has interactions.csv, which `new` drops; rejects.jsonl is the same in both.
 * `stopped` publishes rejects and report alone.                             */
#include <stdio.h>
#include <string.h>
#include "output/files.h"
#include "base/text.h"

static int
fail(const ek_error *e)
{
  fprintf(stderr, "%s: %s\n", e->file, e->message);
  return e->status;
}

/* More than one buffer, so that there are several writes to be killed at. */
static int
add(ek_outdir *d, const char *name, const char *what, unsigned lines, ek_error *e)
{
  ek_outfile *f = ek_outfile_create(d, name, strstr(name, ".gz") != NULL, e);
  char line[64];
  if (!f)
    return -1;
  for (unsigned i = 0; i < lines; i++) {
    int n = snprintf(line, sizeof line, "%s,%08u,%u\n", what, i, i * 2654435761u);
    if (ek_outfile_write(f, line, (size_t)n, e) < 0)
      return -1;
  }
  ek_outfile_rows(f, lines);
  return ek_outfile_finish(f, e);
}

static int
add_report(ek_outdir *d, const char *status, int only_rejects, ek_error *e)
{
  ek_text t = { 0 };
  int n = 0;
  ek_text_printf(&t, "{\"format\": 1, \"status\": \"%s\", \"outputs\": [", status);
  for (size_t i = 0; i < ek_outdir_n(d); i++) {
    const ek_outfile_info *f = ek_outdir_at(d, i);
    if (only_rejects && strcmp(f->name, "rejects.jsonl") != 0)
      continue;
    ek_text_printf(&t, "%s\n  {\"path\": \"%s\", \"bytes\": %llu, \"sha256\": \"%s\"}", n++ ? "," : "", f->name,
                   (unsigned long long)f->bytes, f->sha256);
  }
  ek_text_cstr(&t, "]}\n");
  ek_outfile *f = ek_outfile_create(d, "report.json", 0, e);
  int failed = !f || ek_outfile_write(f, t.data, t.len, e) < 0 || ek_outfile_finish(f, e) < 0;
  ek_text_free(&t);
  return failed ? -1 : 0;
}

static int
write_set(ek_outdir *d, const char *what, ek_error *e)
{
  static const char *const stale[] = { "items.csv", "interactions.csv", "users.csv", NULL };
  static const char *const kept[] = { "rejects.jsonl", "report.json", NULL }, *const gone[] = { "report.txt", NULL };
  int stopped = strcmp(what, "stopped") == 0, old = strcmp(what, "old") == 0;
  if (add(d, "rejects.jsonl", stopped ? "stopped" : "same", 3, e) < 0 || add(d, "items.csv", what, 20000, e) < 0 ||
      (old && add(d, "interactions.csv", what, 100, e) < 0) || add(d, "arms/source/items.csv.gz", what, 1000, e) < 0 ||
      add_report(d, stopped ? "interrupted" : "done", stopped, e) < 0)
    return -1;
  return stopped ? ek_outdir_commit_only(d, kept, gone, e) : ek_outdir_commit(d, stale, e);
}

int
main(int argc, char **argv)
{
  ek_error e = { 0 };
  if (argc != 3)
    return 64;
  if (strcmp(argv[2], "verify") == 0)
    return ek_outdir_verify(argv[1], &e) < 0 ? fail(&e) : 0;
  ek_outdir *d = ek_outdir_open(argv[1], &e);
  if (!d)
    return fail(&e);
  int failed = write_set(d, argv[2], &e) < 0;
  ek_outdir_close(d);
  return failed ? fail(&e) : 0;
}
