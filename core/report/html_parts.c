/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html.h"

void
ek_html_section(ek_text *out, const char *id, const char *title)
{
  ek_text_printf(out, "<section id='%s' aria-labelledby='%s-h'>\n<h2 id='%s-h'>%s</h2>\n", id, id, id, title);
}

void
ek_html_tile(ek_text *out, const char *name, const char *value, const char *note)
{
  ek_text_printf(out, "<div class='tile'><dt>%s</dt><dd><b>%s</b>", name, value);
  if (*note)
    ek_text_printf(out, "<span>%s</span>", note);
  ek_text_cstr(out, "</dd></div>\n");
}

void
ek_html_table(ek_text *out, const char *class, const char *caption, const char *const *heads)
{
  ek_text_cstr(out, "<div class='scroll'><table");
  if (class)
    ek_text_printf(out, " class='%s'", class);
  ek_text_printf(out, "><caption>%s</caption>\n<thead><tr>", caption);
  for (; *heads; heads++) {
    int figures = **heads == '#';
    ek_text_printf(out, "<th scope='col'%s>%s</th>", figures ? " class='n'" : "", *heads + figures);
  }
  ek_text_cstr(out, "</tr></thead>\n<tbody>\n");
}

void
ek_html_table_end(ek_text *out)
{
  ek_text_cstr(out, "</tbody></table></div>\n");
}

void
ek_html_cell(ek_text *out, uint64_t n)
{
  ek_text_cstr(out, "<td class='n'>");
  ek_text_thousands(out, n);
  ek_text_cstr(out, "</td>");
}

/* The bar is for the eye; the list beneath it says the same in figures. */
void
ek_html_stack(ek_text *out, const ek_bar_part *parts, size_t n, uint64_t whole)
{
  ek_text_cstr(out, "<div class='stack' aria-hidden='true'>");
  for (size_t i = 0; i < n && whole; i++)
    if (parts[i].n)
      ek_text_printf(out, "<i class='t-%s' style='width:%.3f%%'></i>", parts[i].tone,
                     (double)parts[i].n * 100 / (double)whole);
  ek_text_cstr(out, "</div><ul class='key'>");
  for (size_t i = 0; i < n; i++) {
    if (!parts[i].n)
      continue;
    ek_text_printf(out, "<li><i class='t-%s' aria-hidden='true'></i><b>", parts[i].tone);
    ek_text_thousands(out, parts[i].n);
    ek_text_printf(out, "</b> %s</li>", parts[i].name);
  }
  ek_text_cstr(out, "</ul>");
}

void
ek_html_bar(ek_text *out, double share, const char *tone)
{
  double width = share > 1 ? 100 : share > 0 ? share * 100 : 0;
  ek_text_cstr(out, "<div class='bar' aria-hidden='true'>");
  if (width > 0)
    ek_text_printf(out, "<i class='t-%s' style='width:%.2f%%'></i>", tone ? tone : "labels", width);
  ek_text_cstr(out, "</div>");
}

void
ek_html_legend(ek_text *out, const ek_train_result *t, int (*shown)(const ek_arm_result *))
{
  ek_text_cstr(out, "<ul class='legend' aria-hidden='true'>");
  for (size_t i = 0; i < t->n_arms; i++) {
    if (shown && !shown(&t->arms[i]))
      continue;
    ek_text_cstr(out, "<li><svg width='16' height='16'>");
    ek_html_mark(out, "8", "8", (unsigned)i, "");
    ek_text_cstr(out, "</svg>");
    ek_html_data(out, t->arms[i].name);
    ek_text_cstr(out, "</li>");
  }
  ek_text_cstr(out, "</ul>\n");
}
