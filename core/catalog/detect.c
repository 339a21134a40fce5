/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/detect.h"
#include <string.h>
#include "catalog/csv.h"

static int
is_word(const char *p, const char *end, const char *word)
{
  size_t n = strlen(word);
  return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

static const char *
skip_string(const char *p, const char *end)
{
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p < end ? p + 1 : end;
}

/* Outside of "..." JSON has no apostrophe; Python's literals have one in nearly
 * every line, but not always first: a text that holds an apostrophe itself is
 * written "so". The word behind a colon decides where no quote does.        */
static enum ek_format
json_or_python(const char *p, const char *end)
{
  while (p < end && *p != '\n') {
    if (*p == '"') {
      p = skip_string(p, end);
      continue;
    }
    if (*p == '\'' || *p == '(' || is_word(p, end, "None") || is_word(p, end, "True") || is_word(p, end, "False"))
      return EK_FORMAT_LOOSE;
    if (is_word(p, end, "null") || is_word(p, end, "true") || is_word(p, end, "false"))
      return EK_FORMAT_JSONL;
    p++;
  }
  return EK_FORMAT_JSONL;
}

enum ek_format
ek_detect_format(const char *line, size_t len)
{
  if (len && line[0] == '[')
    return EK_FORMAT_JSON;
  if (len && line[0] == '{')
    return json_or_python(line, line + len);
  return EK_FORMAT_CSV;
}

char
ek_detect_delimiter(const char *header, size_t len)
{
  static const char all[] = EK_CSV_DELIMITERS;
  size_t count[sizeof all] = { 0 }, best = 0;
  int quoted = 0;
  for (size_t i = 0; i < len; i++) {
    if (header[i] == '"')
      quoted = !quoted;
    const char *d = quoted || !header[i] ? NULL : strchr(all, header[i]);
    if (d)
      count[d - all]++;
  }
  for (size_t i = 1; all[i]; i++)
    if (count[i] > count[best])
      best = i;
  return all[best];
}

static const struct { const char *magic; size_t len; const char *what, *help; } foreign[] = {
  { "\x28\xb5\x2f\xfd", 4, "compressed with zstd", "unpack it first (unzstd FILE); gzip and plain text are read" },
  { "\xfd" "7zXZ", 5, "compressed with xz", "unpack it first (unxz FILE); gzip and plain text are read" },
  { "BZh", 3, "compressed with bzip2", "unpack it first (bunzip2 FILE); gzip and plain text are read" },
  { "\x04\x22\x4d\x18", 4, "compressed with lz4", "unpack it first (unlz4 FILE); gzip and plain text are read" },
  { "PK\x03\x04", 4, "a ZIP archive or a workbook", "unpack it first, or save the sheet as CSV; gzip and plain text are read" },
  { "PAR1\x15", 5, "a Parquet file", "convert it to JSON lines or CSV first" },
  { "Obj\x01", 4, "an Avro file", "convert it to JSON lines or CSV first" },
  { "\x93NUMPY", 6, "a NumPy array", "convert it to JSON lines or CSV first" },
  { "SQLite format 3", 16, "an SQLite database", "export its table as CSV first" },
  { "%PDF-", 5, "a PDF document", "JSON lines, JSON arrays and CSV are read" },
  { "\xff\xfe", 2, "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8 FILE" },
  { "\xfe\xff", 2, "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8 FILE" },
};

const char *
ek_detect_foreign(const char *data, size_t len, const char **help, int *more)
{
  *more = 0;
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    size_t n = foreign[i].len < len ? foreign[i].len : len;
    if (memcmp(data, foreign[i].magic, n) != 0)
      continue;
    /* "BZh" alone could begin a header: a digit and pi follow in a real one. */
    size_t whole = foreign[i].magic[0] == 'B' ? 10 : foreign[i].len;
    if (len < whole)
      *more = 1;
    else if (whole == foreign[i].len || memcmp(data + 4, "1AY&SY", 6) == 0) {
      *help = foreign[i].help;
      return foreign[i].what;
    }
  }
  return NULL;
}

const char *
ek_format_name(enum ek_format f)
{
  switch (f) {
  case EK_FORMAT_JSONL: return "JSON lines";
  case EK_FORMAT_JSON: return "JSON array";
  case EK_FORMAT_LOOSE: return "Python literals";
  case EK_FORMAT_CSV: return "CSV";
  default: return "unknown";
  }
}
