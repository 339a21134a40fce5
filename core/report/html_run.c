/* SPDX-License-Identifier: BSD-3-Clause */
/* Import, files, warnings, and how all this was measured. */
#include "report/html.h"
#include "report/sums.h"
#include "report/verdict.h"

static void
add_violations(ek_text *out, const ek_import_result *im)
{
  static const char *const heads[] = { "Severity", "Where", "What", NULL };
  uint64_t total = 0;
  for (size_t i = 0; i < im->n_jobs; i++)
    total += im->jobs[i].errors + im->jobs[i].warnings;
  if (!im->n_violations)
    return;
  ek_text_cstr(out, "<details><summary>");
  ek_text_printf(out, "%zu", im->n_violations);
  if (total > im->n_violations) {
    ek_text_cstr(out, " of ");
    ek_text_thousands(out, total);
  }
  ek_text_cstr(out, " violations of the data rules</summary>\n");
  ek_html_table(out, "long", "In file order", heads);
  for (size_t i = 0; i < im->n_violations; i++) {
    const ek_violation *v = &im->violations[i];
    ek_text_printf(out, "<tr><td>%s</td><td>", v->error ? "error" : "warning");
    ek_html_data(out, v->file);
    if (v->line) {
      ek_text_char(out, ':');
      ek_text_u64(out, v->line);
    }
    ek_text_cstr(out, "</td><td>");
    ek_html_data(out, v->message);
    ek_text_cstr(out, "</td></tr>\n");
  }
  ek_text_cstr(out, "</tbody></table></div></details>\n");
}

void
ek_html_import(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "Data set", "Status", "#Rows", "#Errors", "#Warnings", NULL };
  if (!r->import)
    return;
  ek_html_section(out, "import", "Import");
  ek_text_cstr(out, "<p>Into data set group ");
  ek_html_data(out, r->dataset_group ? r->dataset_group : r->settings->name);
  ek_text_printf(out, ", engine %s, mode %s.</p>\n", r->engine ? r->engine : "local",
                 r->import_mode == EK_IMPORT_INCREMENTAL ? "INCREMENTAL" : "FULL");
  ek_html_table(out, NULL, "Import jobs", heads);
  for (size_t i = 0; i < r->import->n_jobs; i++) {
    const ek_import_job *job = &r->import->jobs[i];
    ek_text_printf(out, "<tr><th scope='row'>%s</th><td>%s</td>", job->type, job->status);
    ek_html_cell(out, job->rows);
    ek_html_cell(out, job->errors);
    ek_html_cell(out, job->warnings);
    if (job->location) {
      ek_text_cstr(out, "</tr>\n<tr><td></td><td colspan='4'>from <code class='sum'>");
      ek_html_data(out, job->location);
      ek_text_cstr(out, "</code>, job <code class='sum'>");
      ek_html_data(out, job->arn ? job->arn : "");
      ek_text_cstr(out, "</code></td>");
    }
    ek_text_cstr(out, "</tr>\n");
  }
  ek_html_table_end(out);
  add_violations(out, r->import);
  ek_text_cstr(out, "</section>\n");
}

static void
add_inputs(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "File", "#Records", "#Size", NULL };
  ek_html_table(out, "long", "Read", heads);
  for (int k = 0; k < EK_RECORD_KINDS; k++)
    for (size_t i = 0; r->sets[k].present && i < r->sets[k].stats->n_files; i++) {
      const ek_file_stats *f = &r->sets[k].stats->files[i];
      ek_text_cstr(out, "<tr><th scope='row'>");
      ek_html_data(out, f->file.name);
      ek_text_cstr(out, "</th><td class='n'>");
      ek_text_thousands(out, f->in);
      ek_text_cstr(out, "</td><td class='n'>");
      ek_html_bytes(out, f->file.bytes);
      ek_text_cstr(out, "</td></tr>\n");
    }
  ek_html_table_end(out);
}

static void
add_outputs(ek_text *out, const ek_report *r)
{
  static const char *const heads[] = { "File", "#Rows", "#Size", "SHA-256", NULL };
  ek_html_table(out, "long", "Written", heads);
  for (size_t i = 0; i < ek_outdir_n(r->outdir); i++) {
    const ek_outfile_info *f = ek_outdir_at(r->outdir, i);
    ek_text_cstr(out, "<tr><th scope='row'>");
    ek_html_data(out, f->name);
    ek_text_cstr(out, "</th><td class='n'>");
    if (f->rows != EK_NO_ROWS)
      ek_text_thousands(out, f->rows);
    ek_text_cstr(out, "</td><td class='n'>");
    ek_html_bytes(out, f->bytes);
    ek_text_printf(out, "</td><td><code class='sum'>%s</code></td></tr>\n", f->sha256);
  }
  ek_html_table_end(out);
}

static void
add_warning(ek_text *out, const char *text)
{
  ek_text_cstr(out, "<li>");
  ek_html_data(out, text);
  ek_text_cstr(out, "</li>\n");
}

static void
add_warnings(ek_text *out, const ek_report *r)
{
  size_t trained = r->train ? r->train->n_warnings : 0;
  if (!r->n_warnings && !trained)
    return;
  ek_text_cstr(out, "<h3>Warnings</h3>\n<ul>\n");
  for (size_t i = 0; i < r->n_warnings; i++)
    add_warning(out, r->warnings[i]);
  for (size_t i = 0; i < trained; i++)
    add_warning(out, r->train->warnings[i]);
  ek_text_cstr(out, "</ul>\n");
}

static void
add_method(ek_text *out, const ek_train_result *t)
{
  ek_text_cstr(out, "<h3>How it was measured</h3>\n<ul>\n<li>Users are dealt into ten folds by a hash of their id. "
                    "Users of a fold under test take no part in training; ");
  ek_folds_words(t->folds, out);
  ek_text_cstr(out, t->folds == 1 ? " was tested.</li>\n" : " were tested.</li>\n");
  ek_text_cstr(out, "<li>Of each test user the newest tenth of the interactions, at least one, is held out; the "
                    "model sees the older ones and ranks all items.</li>\n<li>");
  ek_text_cstr(out, t->excluded_seen ? "Items that a user already had are not recommended again.</li>\n" :
               "Items that a user already had may be recommended again, since people come back to items here.</li>\n");
  ek_text_cstr(out, "<li>Every test user counts, also without a hit. Precision, nDCG and MRR are means over users, "
                    "coverage is the share of all items that was recommended to anybody.</li>\n<li>Intervals are "
                    "95\xe2\x80\xaf% percentiles of 10,000 paired bootstrap resamples of the test "
                    "users.</li>\n<li>An informative category is one that stands on fewer than nine tenths of the "
                    "items.</li>\n<li>These figures can be compared with others of the same file and the same "
                    "protocol, and with no others.</li>\n</ul>\n");
}

void
ek_html_run(ek_text *out, const ek_report *r)
{
  ek_html_section(out, "run", "This run");
  add_warnings(out, r);
  if (r->train && !ek_report_in_cloud(r))
    add_method(out, r->train);
  ek_text_cstr(out, "<h3>Files</h3>\n");
  if (ek_report_any_set(r))
    add_inputs(out, r);
  if (r->outdir && (r->whole || strcmp(r->status, "done") == 0) && ek_outdir_n(r->outdir))
    add_outputs(out, r);
  ek_text_cstr(out, "<p>Configuration ");
  ek_html_data(out, ek_conf_file(r->settings->tree));
  ek_text_printf(out, ", SHA-256 <code class='sum'>%s</code>.</p>\n</section>\n", ek_conf_sha256(r->settings->tree));
}
