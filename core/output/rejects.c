/* SPDX-License-Identifier: BSD-3-Clause */
#include "output/rejects.h"
#include "base/utf8.h"

/* A JSON string of text that may not be UTF-8: a record that was refused for
 * just that, or the name of a file. */
static void
add_string(ek_text *out, ek_str s)
{
  if (ek_utf8_valid(s)) {
    ek_text_json(out, s);
    return;
  }
  ek_text repaired = { 0 };
  ek_utf8_repair(s, &repaired);
  ek_text_json(out, (ek_str){ repaired.data, repaired.len });
  ek_text_free(&repaired);
}

static void
add_member(ek_text *out, const char *name, ek_str s)
{
  if (!s.len)
    return;
  ek_text_cstr(out, ", \"");
  ek_text_cstr(out, name);
  ek_text_cstr(out, "\": ");
  add_string(out, s);
}

static void
add_count(ek_text *out, const char *name, int n)
{
  if (n <= 0)
    return;
  ek_text_cstr(out, ", \"");
  ek_text_cstr(out, name);
  ek_text_cstr(out, "\": ");
  ek_text_u64(out, (uint64_t)n);
}

void
ek_reject_format(ek_text *out, const ek_reject *r)
{
  ek_text_cstr(out, "{\"file\": ");
  add_string(out, ek_cstr(r->file ? r->file : ""));
  ek_text_cstr(out, ", \"line\": ");
  ek_text_u64(out, r->line);
  ek_text_cstr(out, ", \"offset\": ");
  ek_text_u64(out, r->offset);
  add_member(out, "item", r->item);
  add_member(out, "step", ek_cstr(r->step ? r->step : ""));
  add_member(out, "plugin", ek_cstr(r->plugin ? r->plugin : ""));
  ek_text_cstr(out, ", \"reason\": ");
  ek_text_json(out, ek_cstr(r->reason));
  ek_text_cstr(out, ", \"message\": ");
  add_string(out, r->message);
  add_count(out, "http", r->http);
  add_member(out, "code", r->code);
  add_count(out, "attempts", r->attempts);
  ek_text_cstr(out, r->kept ? ", \"kept\": true" : ", \"kept\": false");
  if (r->input.len <= EK_REJECT_INPUT_MAX)
    add_member(out, "input", r->input);
  ek_text_cstr(out, "}\n");
}
