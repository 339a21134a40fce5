/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/mem.h"
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
out_of_memory(void)
{
  static const char line[] = "error: out of memory\n";
  ssize_t r = write(STDERR_FILENO, line, sizeof line - 1);
  (void)r;
  _exit(1);
}

void *
ek_mem_alloc(size_t size)
{
  void *p = malloc(size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

void *
ek_mem_zero(size_t count, size_t size)
{
  void *p = calloc(count ? count : 1, size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

void *
ek_mem_resize(void *p, size_t size)
{
  p = realloc(p, size ? size : 1);
  if (!p)
    out_of_memory();
  return p;
}

void *
ek_mem_grow(void *p, size_t *cap, size_t want, size_t size)
{
  if (want <= *cap)
    return p;
  size_t n = *cap ? *cap : 8;
  while (n < want) {
    if (n > SIZE_MAX / 2 / size)
      out_of_memory();
    n *= 2;
  }
  *cap = n;
  return ek_mem_resize(p, n * size);
}

char *
ek_mem_strndup(const char *s, size_t n)
{
  char *p = ek_mem_alloc(n + 1);
  memcpy(p, s, n);
  p[n] = 0;
  return p;
}

char *
ek_mem_strdup(const char *s)
{
  return ek_mem_strndup(s, strlen(s));
}

void
ek_mem_expect_transfers(void)
{
#ifdef M_ARENA_MAX                       /* glibc */
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
  mallopt(M_ARENA_MAX, 4);
#endif
}
