/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include "report/html.h"

#define SHAPES 5u
#define COLOURS 7u

double
ek_scale_at(const ek_scale *s, double v)
{
  double low = s->log ? log10(s->low) : s->low, high = s->log ? log10(s->high) : s->high;
  double at = s->log ? log10(v) : v;
  if (!(high > low) || !isfinite(at))
    return 50;
  at = (at - low) / (high - low) * 100;
  return at < 0 ? 0 : at > 100 ? 100 : at;
}

ek_scale
ek_scale_around(double low, double high)
{
  double room = (high - low) * 0.08;
  if (!(room > 0))
    room = fabs(low) > 0 ? fabs(low) * 0.1 : 0.5;
  return (ek_scale){ .low = low - room, .high = high + room };
}

/* 1, 2 or 5 times a power of ten, so that about so many fit. */
static double
nice_step(double range, unsigned about)
{
  double raw = range / about, power = pow(10, floor(log10(raw))), part = raw / power;
  return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

size_t
ek_scale_ticks(const ek_scale *s, unsigned about, double out[EK_TICKS])
{
  size_t n = 0;
  if (s->log) {
    for (double t = pow(10, ceil(log10(s->low) - 1e-9)); t <= s->high * 1.000001 && n < EK_TICKS; t *= 10)
      out[n++] = t;
    return n;
  }
  if (!(s->high > s->low))
    return 0;
  double step = nice_step(s->high - s->low, about), first = ceil(s->low / step - 1e-9);
  for (double i = 0; (first + i) * step <= s->high + step * 1e-9 && n < EK_TICKS; i++)
    out[n++] = (first + i) * step;
  return n;
}

unsigned
ek_tick_decimals(const double *ticks, size_t n)
{
  double step = n > 1 ? ticks[1] - ticks[0] : n ? fabs(ticks[0]) : 1;
  unsigned d = 0;
  for (; d < 8 && fabs(step - nearbyint(step)) > step * 1e-6; d++)
    step *= 10;
  return d;
}

double
ek_plot_y(const ek_plot *p, double y)
{
  return (100 - ek_scale_at(&p->y, y)) * p->height / 100;
}

static void
add_tick(ek_text *out, double v, unsigned decimals, int percent)
{
  if (percent)
    ek_text_printf(out, "%.*f\xe2\x80\xaf%%", (int)(decimals > 2 ? decimals - 2 : 0), v * 100);
  else if (v >= 1000 && decimals == 0)
    ek_text_thousands(out, (uint64_t)(v + 0.5));
  else
    ek_text_printf(out, "%.*f", (int)decimals, v);
}

static void
add_grid(const ek_plot *p)
{
  double ticks[EK_TICKS];
  size_t n = ek_scale_ticks(&p->x, 5, ticks);
  unsigned decimals = p->x.log ? 0 : ek_tick_decimals(ticks, n);
  for (size_t i = 0; i < n; i++) {
    double x = ek_scale_at(&p->x, ticks[i]);
    ek_text_printf(p->out, "<line class='grid' x1='%.2f%%' x2='%.2f%%' y1='0' y2='%u'/><text class='tick' x='%.2f%%' "
                   "y='%u' text-anchor='middle'>", x, x, p->height, x, p->height + 18);
    add_tick(p->out, ticks[i], decimals, p->percent_x);
    ek_text_cstr(p->out, "</text>\n");
  }
  n = ek_scale_ticks(&p->y, 4, ticks);
  decimals = p->y.log ? 0 : ek_tick_decimals(ticks, n);
  for (size_t i = 0; i < n; i++) {
    double y = ek_plot_y(p, ticks[i]);
    ek_text_printf(p->out, "<line class='grid' x1='0' x2='100%%' y1='%.1f' y2='%.1f'/><text class='tick' x='0' dx='-8' "
                   "y='%.1f' text-anchor='end'>", y, y, y + 4);
    add_tick(p->out, ticks[i], decimals, p->percent_y);
    ek_text_cstr(p->out, "</text>\n");
  }
}

void
ek_plot_begin(const ek_plot *p, const char *description)
{
  ek_text_printf(p->out, "<div class='plot'><div class='yname'>%s</div>\n<svg role='img' width='100%%' height='%u' "
                 "aria-labelledby='%s-t %s-d'><title id='%s-t'>%s</title><desc id='%s-d'>%s</desc>\n", p->y_name,
                 p->height + 24, p->id, p->id, p->id, p->title, p->id, description);
  add_grid(p);
  ek_text_printf(p->out, "<line class='axis' x1='0' x2='100%%' y1='%u' y2='%u'/>\n", p->height, p->height);
}

void
ek_plot_end(const ek_plot *p)
{
  ek_text_printf(p->out, "</svg><div class='xname'>%s</div></div>\n", p->x_name);
}

void
ek_plot_line(const ek_plot *p, double x1, double y1, double x2, double y2, const char *class)
{
  ek_text_printf(p->out, "<line class='%s' x1='%.2f%%' y1='%.1f' x2='%.2f%%' y2='%.1f'/>", class,
                 ek_scale_at(&p->x, x1), ek_plot_y(p, y1), ek_scale_at(&p->x, x2), ek_plot_y(p, y2));
}

unsigned
ek_colour(unsigned series)
{
  return series ? (series - 1) % (COLOURS - 1) + 1 : 0;
}

/* A mark of its own shape for each series, so that colour is not all that tells. */
void
ek_html_mark(ek_text *out, const char *x, const char *y, unsigned series, const char *title)
{
  static const char *const shapes[SHAPES] = {
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", "M-5.5 0L0 -5.5L5.5 0L0 5.5z", "M-4 -4H4V4H-4z", "M0 -5L5 4H-5z",
    "M0 5L5 -4H-5z"
  };
  ek_text_printf(out, "<svg class='mark s%u' x='%s' y='%s' overflow='visible'><path d='%s'>",
                 ek_colour(series), x, y, shapes[series % SHAPES]);
  if (*title)
    ek_text_printf(out, "<title>%s</title>", title);
  ek_text_cstr(out, "</path></svg>");
}

void
ek_plot_mark(const ek_plot *p, double x, double y, unsigned series, const char *title)
{
  char at[32], down[32];
  snprintf(at, sizeof at, "%.2f%%", ek_scale_at(&p->x, x));
  snprintf(down, sizeof down, "%.1f", ek_plot_y(p, y));
  ek_html_mark(p->out, at, down, series, title);
}
