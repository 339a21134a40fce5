/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/exchange_internal.h"

/* Open file description locks belong to the descriptor and not to the process: a plugin that
 * opens and closes the same file cannot lose them, as it would POSIX ones. A child made by fork() without
 * exec keeps them; exec closes them.                                          */
static struct flock
one_byte(int64_t name)
{
  struct flock f;
  memset(&f, 0, sizeof f);
  f.l_type = F_WRLCK;
  f.l_whence = SEEK_SET;
  f.l_start = (off_t)name;
  f.l_len = 1;
  return f;
}

static int64_t
random_name(void)
{
  return (int64_t)(ek_random_bits() >> 2) + 1;
}

void
ek_owner_open(ek_owner *o, const char *path)
{
  EK_FREE char *name = ek_mem_alloc(strlen(path) + sizeof "-owners");
  sprintf(name, "%s-owners", path);
  o->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  for (int i = 0; i < 8; i++) {
    o->name = random_name();
    struct flock f = one_byte(o->name);
    if (o->fd >= 0 && fcntl(o->fd, F_OFD_SETLK, &f) == 0)
      return;
  }
  o->name = -o->name;
}

void
ek_owner_close(ek_owner *o)
{
  if (o->fd >= 0)
    close(o->fd);
  o->fd = -1;
}

enum ek_life
ek_owner_life(const ek_owner *o, int64_t name)
{
  if (name <= 0 || o->fd < 0)
    return EK_LIFE_UNKNOWN;
  struct flock f = one_byte(name);
  if (fcntl(o->fd, F_OFD_GETLK, &f) < 0)
    return EK_LIFE_UNKNOWN;
  return f.l_type == F_UNLCK ? EK_LIFE_DEAD : EK_LIFE_ALIVE;
}
