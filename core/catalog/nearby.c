/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog/nearby.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/folder.h"
#include "config/findings.h"

static int
is_folder(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *
without_slashes(const char *path)
{
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/')
    n--;
  return ek_mem_strndup(path, n);
}

/* How long the name is without .gz and .json, .csv and the like.            */
static size_t
stem(const char *name)
{
  static const char *const endings[] = { ".gz", ".json", ".jsonl", ".ndjson", ".csv" };
  size_t n = strlen(name);
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
      size_t k = strlen(endings[i]);
      if (n > k && memcmp(name + n - k, endings[i], k) == 0)
        n -= k;
    }
  return n;
}

static int
by_bytes(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The name in folder dir that is most like name. Caller frees.              */
static char *
like(const char *dir, const char *name, int folders)
{
  char **list = NULL, *found = NULL;
  size_t n = 0, cap = 0;
  struct dirent *entry;
  DIR *d = opendir(dir);
  while (d && n < 10000 && (entry = readdir(d)) != NULL) {
    struct stat st;
    if (entry->d_name[0] == '.' ||
        (folders && (fstatat(dirfd(d), entry->d_name, &st, 0) != 0 || !S_ISDIR(st.st_mode))))
      continue;
    list = ek_mem_grow(list, &cap, n + 2, sizeof *list);
    list[n++] = ek_mem_strdup(entry->d_name);
  }
  if (d)
    closedir(d);
  if (!n)
    return NULL;
  list[n] = NULL;
  qsort(list, n, sizeof *list, by_bytes);
  size_t len = stem(name);
  for (size_t i = 0; i < n && !found; i++)
    if (stem(list[i]) == len && memcmp(list[i], name, len) == 0)
      found = ek_mem_strdup(list[i]);
  const char *near = found ? NULL : ek_did_you_mean(name, (const char *const *)list);
  if (near)
    found = ek_mem_strdup(near);
  for (size_t i = 0; i < n; i++)
    free(list[i]);
  free(list);
  return found;
}

/* Where the name begins that has so many names behind it; NULL: there is none. */
static char *
name_from_end(char *path, size_t behind)
{
  char *p = path + strlen(path);
  for (;;) {
    while (p > path && p[-1] != '/')
      p--;
    if (!behind--)
      return p;
    while (p > path && p[-1] == '/')
      p--;
    if (p == path)
      return NULL;
  }
}

/* path with the name at `at` replaced. Caller frees. */
static char *
replaced(const char *path, const char *at, const char *name)
{
  ek_text t = { 0 };
  ek_text_add(&t, path, (size_t)(at - path));
  ek_text_cstr(&t, name);
  ek_text_cstr(&t, at + strcspn(at, "/"));
  ek_text_c(&t);
  return t.data;
}

char *
ek_nearby(const char *path, const char *written)
{
  EK_FREE char *whole = without_slashes(path), *shown = without_slashes(written);
  EK_FREE char *dir = NULL, *better = NULL, *full = NULL;
  struct stat st;
  char *at = NULL;
  size_t behind = 0;
  /* The first name that is not there: all before it is a folder. */
  for (;; behind++) {
    at = name_from_end(whole, behind);
    if (!at || at == whole || !*at)
      return NULL;
    free(dir);
    dir = ek_mem_strndup(whole, (size_t)(at - whole));
    if (is_folder(dir))
      break;
  }
  EK_FREE char *wrong = ek_mem_strndup(at, strcspn(at, "/"));
  int folders = behind > 0 || written[strlen(written) - 1] == '/';
  better = like(dir, wrong, folders);
  if (!better || strcmp(better, wrong) == 0)
    return NULL;
  full = replaced(whole, at, better);
  if (stat(full, &st) != 0)
    return NULL;
  char *there = name_from_end(shown, behind);
  int same = there && strncmp(there, wrong, strlen(wrong)) == 0;
  ek_text t = { 0 };
  EK_FREE char *text = same ? replaced(shown, there, better) : ek_mem_strdup(full);
  char buf[512];
  ek_text_cstr(&t, ek_show(ek_cstr(text), buf, sizeof buf));
  if (S_ISDIR(st.st_mode)) {
    size_t n = ek_folder_count(full);
    ek_text_cstr(&t, "/ (");
    ek_text_thousands(&t, n);
    ek_text_cstr(&t, n == 1 ? " file)" : " files)");
  }
  ek_text_c(&t);
  return t.data;
}
