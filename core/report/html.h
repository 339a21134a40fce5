/* SPDX-License-Identifier: BSD-3-Clause */
/* report/html.h - what the parts of report.html share; nobody else includes it.
 *
 * The page is one file and needs no other: no script, no font, no picture, no
 * address. Charts that hold text of the data are made of HTML boxes, the others are
 * SVG with places in per cent across and pixels down: so they grow and shrink with
 * the window while their lettering keeps its size. Each has a title, a description
 * and a table with the same figures.                                        */
#ifndef EK_REPORT_HTML_H
#define EK_REPORT_HTML_H
#include "base/text.h"
#include "report/report.h"

/* ---- html_text.c: text of the data, and figures ---- */
/* Escaped for text and quoted attributes. Characters that hide or turn text are
 * spelled out: in text as a marked U+202E, in attributes as plain U+202E.     */
void ek_html_str(ek_text *, ek_str);             /* in <bdi>: its direction stays its own */
void ek_html_data(ek_text *, const char *);      /* the same                   */
void ek_html_attr(ek_text *, const char *);
void ek_html_count(ek_text *, uint64_t n, const char *one, const char *many);   /* "1,993 items" */
void ek_html_share(ek_text *, double share);     /* "85.4 %", "<0.1 %"         */
void ek_html_signed(ek_text *, double d, unsigned decimals);  /* with a real minus sign */
void ek_html_change(ek_text *, double share);    /* "+9.1 %"                   */
void ek_html_bytes(ek_text *, uint64_t n);       /* "81.2 kB"                  */
void ek_html_seconds(ek_text *, double s);       /* "0.9 s", "4 min 10 s"      */

/* ---- html_style.c ---- */
void ek_html_style(ek_text *);

/* ---- html_parts.c ---- */
void ek_html_section(ek_text *, const char *id, const char *title);   /* </section> ends it */
void ek_html_tile(ek_text *, const char *name, const char *value, const char *note);  /* markup */
/* A table in a box that scrolls where it has no room. class may be NULL; caption is
 * markup; heads end with NULL, and '#' before one means figures, aligned right. */
void ek_html_table(ek_text *, const char *class, const char *caption, const char *const *heads);
void ek_html_table_end(ek_text *);
void ek_html_cell(ek_text *, uint64_t n);        /* <td> with thousands       */
/* A bar over the whole width, cut into parts; parts of nothing are left out. whole
 * is what the full width stands for.                                        */
typedef struct ek_bar_part { const char *tone, *name; uint64_t n; } ek_bar_part;
void ek_html_stack(ek_text *, const ek_bar_part *, size_t n, uint64_t whole);
/* A plain bar, share 0..1; tone may be NULL.                                */
void ek_html_bar(ek_text *, double share, const char *tone);
/* Which colour and mark is whose; arms are series in their order, base is grey. */
void ek_html_legend(ek_text *, const ek_train_result *, int (*shown)(const ek_arm_result *));

/* ---- html_plot.c ---- */
typedef struct ek_scale { double low, high; int log; } ek_scale;
double ek_scale_at(const ek_scale *, double v);  /* 0..100                     */
/* Round ticks inside the scale. Returns how many, at most EK_TICKS.         */
#define EK_TICKS 12u
size_t ek_scale_ticks(const ek_scale *, unsigned about, double out[EK_TICKS]);
ek_scale ek_scale_around(double low, double high);    /* with a little room    */
/* Decimals that tell two ticks apart. */
unsigned ek_tick_decimals(const double *ticks, size_t n);

typedef struct ek_plot {
  ek_text *out;
  const char *id, *title;            /* the id is unique in the page           */
  ek_scale x, y;
  unsigned height;                   /* pixels of the field                    */
  const char *x_name, *y_name;
  int percent_x, percent_y;          /* ticks are shares                       */
} ek_plot;
/* Frame, grid, ticks and names; the description is markup without tags.     */
void ek_plot_begin(const ek_plot *, const char *description);
void ek_plot_end(const ek_plot *);
double ek_plot_y(const ek_plot *, double y);     /* pixels                     */
void ek_plot_line(const ek_plot *, double x1, double y1, double x2, double y2, const char *class);
void ek_plot_mark(const ek_plot *, double x, double y, unsigned series, const char *title);
unsigned ek_colour(unsigned series);             /* the number in class s0, s1 ... */
/* Anywhere in an SVG. */
void ek_html_mark(ek_text *, const char *x, const char *y, unsigned series, const char *title);

/* ---- the sections; each writes nothing when it has nothing to say ---- */
int ek_html_has_measured(const ek_report *);
int ek_html_has_dial(const ek_report *);
int ek_html_has_tuning(const ek_report *);
int ek_html_has_labels(const ek_report *);
void ek_html_measured(ek_text *, const ek_report *);
void ek_html_dial(ek_text *, const ek_report *);
void ek_html_tuning(ek_text *, const ek_report *);
void ek_html_flow(ek_text *, const ek_report *);
void ek_html_labels(ek_text *, const ek_report *);
void ek_html_facts(ek_text *, const ek_report *);
void ek_html_import(ek_text *, const ek_report *);
void ek_html_run(ek_text *, const ek_report *);

#endif
