/* SPDX-License-Identifier: BSD-3-Clause */
/* Where plugins and data are. The tree that "make install" makes may be moved as a
 * whole (DESTDIR, a copied prefix): then they are looked for beside the running
 * program, at the same distance as configured.                              */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "command/internal.h"

/* Length of the longest common leading part that ends before a slash: 10 for /usr/local/bin, /usr/local/lib/x. */
static size_t
common_folders(const char *a, const char *b)
{
  size_t n = 0;
  for (size_t i = 0; a[i] == b[i] || (!a[i] && b[i] == '/') || (a[i] == '/' && !b[i]); i++) {
    if (a[i] == '/' || !a[i] || b[i] == '/' || !b[i])
      n = i;
    if (!a[i] || !b[i])
      break;
  }
  return n;
}

/* "/usr/local/lib/enrichkit" as configured with "/usr/local/bin" is "<stage>/usr/local/lib/enrichkit" when the program
 * lies in "<stage>/usr/local/bin". NULL: it does not lie in a folder of that name, or there is nothing. */
static char *
beside_program(const char *bindir, const char *wanted)
{
  char exe[4096], path[8192];
  struct stat st;
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (n <= 0)
    return NULL;
  exe[n] = 0;
  char *slash = strrchr(exe, '/');
  if (!slash)
    return NULL;
  *slash = 0;
  size_t common = common_folders(bindir, wanted), here = strlen(exe), tail = strlen(bindir) - common;
  if (tail == 0 || here < tail || strcmp(exe + here - tail, bindir + common) != 0)
    return NULL;
  snprintf(path, sizeof path, "%.*s%s", (int)(here - tail), exe, wanted + common);
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? ek_mem_strdup(path) : NULL;
}

static char *plugindir_, *datadir_;          /* found once, kept to the end      */
static pthread_once_t once_ = PTHREAD_ONCE_INIT;

static void
find_places(void)
{
  plugindir_ = beside_program(EK_BINDIR, EK_PLUGINDIR);
  datadir_ = beside_program(EK_BINDIR, EK_PKGDATADIR);
}

const char *
ek_installed_plugindir(void)
{
  pthread_once(&once_, find_places);
  return plugindir_ ? plugindir_ : EK_PLUGINDIR;
}

const char *
ek_installed_datadir(void)
{
  pthread_once(&once_, find_places);
  return datadir_ ? datadir_ : EK_PKGDATADIR;
}

typedef struct places { ek_plugin_dir *list; size_t n, cap; } places;

static void
add(places *p, const char *path, int named)
{
  if (!path[0])
    return;
  p->list = ek_mem_grow(p->list, &p->cap, p->n + 1, sizeof *p->list);
  p->list[p->n++] = (ek_plugin_dir){ path, named, 1 };
}

/* The file's folders are absolute; one below the current folder is shown as people write it. */
const char *
ek_shorter_path(const char *path, const char *here)
{
  size_t n = here ? strlen(here) : 0;
  return n > 1 && strncmp(path, here, n) == 0 && path[n] == '/' && path[n + 1] ? path + n + 1 : path;
}

ek_registry *
ek_cli_plugins(const ek_cli *cli, const ek_settings *s)
{
  places p = { 0 };
  const char *env = getenv("ENRICHKIT_PLUGIN_PATH");
  char *copy = env ? ek_mem_strdup(env) : NULL, *rest = copy, *part, *here = getcwd(NULL, 0);
  for (size_t i = 0; i < cli->n_plugin_path; i++)
    add(&p, cli->plugin_path[i], 1);
  for (size_t i = 0; s && i < s->plugin_path.n; i++)
    add(&p, ek_shorter_path(s->plugin_path.list[i], here), 0);
  while (rest && (part = strsep(&rest, ":")) != NULL)
    add(&p, part, 1);
  ek_registry *r = ek_registry_scan_dirs(p.list, p.n, ek_installed_plugindir());
  for (size_t i = 0; i < ek_registry_n_refused(r); i++) {
    const ek_refused *no = ek_registry_refused_at(r, i);
    if (strcmp(no->code, "plugin_no_folder") == 0)
      ek_warn(no->code, "folder for plugins %s", no->why);
  }
  free(p.list);
  free(copy);
  free(here);
  return r;
}
