/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/ini.h"
#include "aws/hash.h"
#include "aws/secret.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/utf8.h"

#define NONE ((size_t)-1)

typedef struct reader {
  ek_ini *ini; const char *name; ek_error *e;
  size_t line, indent;             /* of the last line that was no continuation    */
  size_t section, entry;           /* NONE: none yet                               */
  size_t entry_line;
  ek_text value;                   /* of the entry, as it grows                    */
} reader;

static void
reader_free(reader *r)
{
  ek_secret_text_free(&r->value);
}

static int
blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static ek_str
strip(ek_str s)
{
  while (s.len && blank(s.ptr[0]))
    s.ptr++, s.len--;
  while (s.len && blank(s.ptr[s.len - 1]))
    s.len--;
  return s;
}

static int
refuse(const reader *r, const char *why, ek_str what)
{
  char shown[160];
  ek_fail(r->e, EK_EXIT_REFUSED, "aws_file", "%s '%s'", why, ek_show(what, shown, sizeof shown));
  return ek_at(r->e, r->name, r->line, 0);
}

static size_t
find(const ek_ini *ini, size_t section, ek_str key)
{
  for (size_t i = 0; i < ini->n; i++)
    if (ini->entries[i].section == section && ek_str_eqc(key, ini->entries[i].key))
      return i;
  return NONE;
}

static size_t
add(ek_ini *ini, size_t section, ek_str key, ek_str value)
{
  ini->entries = ek_mem_grow(ini->entries, &ini->cap, ini->n + 1, sizeof *ini->entries);
  ini->entries[ini->n] = (ek_ini_entry){ .section = section, .key = ek_mem_strndup(key.ptr, key.len),
    .value = ek_mem_strndup(value.ptr, value.len) };
  return ini->n++;
}

/* Lines below "s3 =": each is a key of its own. */
static int
nested(reader *r, size_t parent, ek_str lines)
{
  size_t line_now = r->line, line_no = r->entry_line;
  while (lines.len) {
    const char *end = memchr(lines.ptr, '\n', lines.len);
    size_t n = end ? (size_t)(end - lines.ptr) : lines.len;
    ek_str line = strip((ek_str){ lines.ptr, n });
    lines = (ek_str){ lines.ptr + n + (end ? 1 : 0), lines.len - n - (end ? 1 : 0) };
    line_no++;
    if (!line.len)
      continue;
    const char *eq = memchr(line.ptr, '=', line.len);
    r->line = eq ? line_now : line_no - 1;       /* the value begins with a newline */
    if (!eq)
      return refuse(r, "a nested line without '=' under", ek_aws_str(r->ini->entries[parent].key));
    ek_str key = strip((ek_str){ line.ptr, (size_t)(eq - line.ptr) });
    ek_str value = strip((ek_str){ eq + 1, line.len - (size_t)(eq + 1 - line.ptr) });
    EK_AUTO(ek_text_free) ek_text whole = { 0 };
    ek_text_printf(&whole, "%s.%.*s", r->ini->entries[parent].key, (int)(key.len < 200 ? key.len : 200), key.ptr);
    add(r->ini, r->ini->entries[parent].section, (ek_str){ whole.data, whole.len }, value);
  }
  return 0;
}

/* The entry's value is whole. */
static int
finish(reader *r)
{
  if (r->entry == NONE)
    return 0;
  size_t entry = r->entry;
  ek_str v = { r->value.data, r->value.len };
  while (v.len && blank(v.ptr[v.len - 1]))
    v.len--;
  ek_secret_free(r->ini->entries[entry].value);
  r->ini->entries[entry].value = ek_mem_strndup(v.len ? v.ptr : "", v.len);
  r->entry = NONE;
  int bad = v.len && v.ptr[0] == '\n' ? nested(r, entry, v) : 0;
  if (r->value.data)
    OPENSSL_cleanse(r->value.data, r->value.cap);
  ek_text_clear(&r->value);
  return bad;
}

static int
header(reader *r, ek_str line)
{
  ek_ini *ini = r->ini;
  const char *close = memrchr(line.ptr, ']', line.len);
  ek_str name = { line.ptr + 1, close ? (size_t)(close - line.ptr) - 1 : 0 };
  if (!close || !name.len)
    return refuse(r, "not a section:", line);
  for (size_t i = 0; i < ini->n_sections; i++)
    if (ek_str_eqc(name, ini->sections[i])) {
      if (!ek_str_eqc(name, "DEFAULT"))
        return refuse(r, "there is a second section", name);
      r->section = i;
      return 0;
    }
  ini->sections = ek_mem_grow(ini->sections, &ini->cap_sections, ini->n_sections + 1, sizeof *ini->sections);
  ini->sections[ini->n_sections] = ek_mem_strndup(name.ptr, name.len);
  r->section = ini->n_sections++;
  return 0;
}

static int
option(reader *r, ek_str line)
{
  size_t at = 0;
  while (at < line.len && line.ptr[at] != '=' && line.ptr[at] != ':')
    at++;
  ek_str key = strip((ek_str){ line.ptr, at });
  /* Nothing of the line is shown: it may be half of a key. */
  if (at == line.len || !key.len || key.len > 200)
    return refuse(r, "not 'key = value', in section", ek_aws_str(r->ini->sections[r->section]));
  char lower[201];
  for (size_t i = 0; i < key.len; i++)
    lower[i] = (char)(key.ptr[i] >= 'A' && key.ptr[i] <= 'Z' ? key.ptr[i] + 'a' - 'A' : key.ptr[i]);
  key.ptr = lower;
  if (find(r->ini, r->section, key) != NONE)
    return refuse(r, "the section has a second", key);
  ek_str value = strip((ek_str){ line.ptr + at + 1, line.len - at - 1 });
  r->entry = add(r->ini, r->section, key, (ek_str){ "", 0 });
  r->entry_line = r->line;
  ek_text_reserve(&r->value, value.len + 256);
  ek_text_str(&r->value, value);
  return 0;
}

static int
one_line(reader *r, ek_str raw)
{
  ek_str line = strip(raw);
  if (!line.len) {
    if (r->entry != NONE)
      ek_text_char(&r->value, '\n');
    return 0;
  }
  if (line.ptr[0] == '#' || line.ptr[0] == ';')
    return 0;
  size_t indent = (size_t)(line.ptr - raw.ptr);
  if (r->entry != NONE && indent > r->indent) {
    ek_text_char(&r->value, '\n');
    ek_text_str(&r->value, line);
    return 0;
  }
  if (finish(r))
    return -1;
  r->indent = indent;
  if (line.ptr[0] == '[')
    return header(r, line);
  if (r->section == NONE)
    return refuse(r, "no section above this line; the first must be", (ek_str){ "[default]", 9 });
  return option(r, line);
}

int
ek_ini_read(ek_ini *ini, const char *name, ek_str text, ek_error *e)
{
  EK_AUTO(reader_free) reader r = { .ini = ini, .name = name, .e = e, .section = NONE, .entry = NONE };
  if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
    text.ptr += 3, text.len -= 3;
  if (!ek_utf8_valid(text) || (text.len && memchr(text.ptr, 0, text.len))) {
    ek_fail(e, EK_EXIT_REFUSED, "aws_file", "is not UTF-8 text");
    return ek_at(e, name, 0, 0);
  }
  while (text.len) {
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t n = end ? (size_t)(end - text.ptr) : text.len;
    r.line++;
    if (one_line(&r, (ek_str){ text.ptr, n }))
      return -1;
    text = (ek_str){ text.ptr + n + (end ? 1 : 0), text.len - n - (end ? 1 : 0) };
  }
  return finish(&r);
}

void
ek_ini_free(ek_ini *ini)
{
  for (size_t i = 0; i < ini->n_sections; i++)
    free(ini->sections[i]);
  for (size_t i = 0; i < ini->n; i++) {
    free(ini->entries[i].key);
    ek_secret_free(ini->entries[i].value);
  }
  free(ini->sections);
  free(ini->entries);
  *ini = (ek_ini){ 0 };
}

static size_t
section_of(const ek_ini *ini, const char *section)
{
  for (size_t i = 0; i < ini->n_sections; i++)
    if (!strcmp(ini->sections[i], section))
      return i;
  return NONE;
}

int
ek_ini_has(const ek_ini *ini, const char *section)
{
  return section_of(ini, section) != NONE;
}

const char *
ek_ini_get(const ek_ini *ini, const char *section, const char *key)
{
  size_t s = section_of(ini, section), i = s == NONE ? NONE : find(ini, s, ek_aws_str(key));
  if (i == NONE && s != NONE && (s = section_of(ini, "DEFAULT")) != NONE)
    i = find(ini, s, ek_aws_str(key));
  return i == NONE ? NULL : ini->entries[i].value;
}
