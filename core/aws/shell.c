/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/shell.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

static int
blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies the word at *in to *out. 0, or -1: something is open. */
static int
word(const char **in, char **out)
{
  char quote = 0;
  const char *p = *in;
  char *o = *out;
  for (; *p && (quote || !blank(*p)); p++) {
    if (quote ? *p == quote : *p == '"' || *p == '\'')
      quote = quote ? 0 : *p;
    else if (*p == '\\' && quote != '\'') {
      if (!*++p)
        return -1;
      /* Inside double quotes a backslash stands for itself before all but these two. */
      if (quote && *p != '"' && *p != '\\')
        *o++ = '\\';
      *o++ = *p;
    } else
      *o++ = *p;
  }
  *o++ = 0;
  *in = p;
  *out = o;
  return quote ? -1 : 0;
}

char **
ek_shell_split(const char *line)
{
  /* At most every other byte begins a word; the words are no longer than the line and a NUL each. */
  size_t len = strlen(line), most = len / 2 + 2, n = 0;
  char **words = ek_mem_alloc(most * sizeof *words + 2 * len + 2), *out = (char *)(words + most);
  for (;;) {
    while (blank(*line))
      line++;
    if (!*line)
      break;
    words[n++] = out;
    if (word(&line, &out)) {
      free(words);
      return NULL;
    }
  }
  words[n] = NULL;
  return words;
}
