/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as ~/.aws/config. What is refused is refused with a line and a message that is fit to be
 * shown; what is accepted has keys that are found again; and as a line of words. */
#include <stdlib.h>
#include <string.h>
#include "aws/ini.h"
#include "aws/shell.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "kit.h"

static void
check_message(const ek_error *e, size_t lines)
{
  ek_str m = { e->message, strlen(e->message) };
  FUZZ_CHECK(e->code && e->status == EK_EXIT_REFUSED && m.len && e->line <= lines);
  FUZZ_CHECK(ek_utf8_valid(m));
  for (size_t i = 0; i < m.len; i++)
    FUZZ_CHECK((unsigned char)m.ptr[i] >= 0x20 && m.ptr[i] != 0x7f);
}

static void
check_words(const char *line)
{
  char **words = ek_shell_split(line);
  size_t sum = 0;
  for (size_t i = 0; words && words[i]; i++)
    sum += strlen(words[i]);
  FUZZ_CHECK(sum <= strlen(line));
  free(words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  ek_ini ini = { 0 };
  ek_error e = { 0 };
  char *text = ek_mem_strndup(size ? (const char *)data : "", size);
  size_t lines = 1;
  for (size_t i = 0; i < size; i++)
    lines += text[i] == '\n';
  if (ek_ini_read(&ini, "f", (ek_str){ text, size }, &e))
    check_message(&e, lines);
  else
    for (size_t i = 0; i < ini.n; i++) {
      FUZZ_CHECK(ini.entries[i].section < ini.n_sections && strlen(ini.entries[i].value) <= size);
      const char *found = ek_ini_get(&ini, ini.sections[ini.entries[i].section], ini.entries[i].key);
      /* A nested key may be spelled like another: the first counts. */
      FUZZ_CHECK(found && (strchr(ini.entries[i].key, '.') || strcmp(found, ini.entries[i].value) == 0));
    }
  ek_ini_free(&ini);
  check_words(text);
  free(text);
  return 0;
}
