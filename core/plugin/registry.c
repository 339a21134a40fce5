/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin/registry.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "base/text.h"
#include "config/findings.h"
#include "plugin/internal.h"

#define PREFIX "enrichkit-"
#define SUFFIX ".so"

struct ek_registry {
  ek_module_info **modules; size_t n_modules, cap_modules;
  ek_plugin *plugins; size_t n_plugins, cap_plugins;
  ek_refused *refused; size_t n_refused, cap_refused;
  ek_text searched;              /* "./plugins, /usr/lib/enrichkit"            */
};

/* ---- scanning -------------------------------------------------------------- */

static int
is_plugin_file(const char *name)
{
  size_t n = strlen(name), least = sizeof PREFIX - 1 + sizeof SUFFIX - 1;
  return n > least && strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
         strcmp(name + n - (sizeof SUFFIX - 1), SUFFIX) == 0;
}

static char *
guess_of(const char *path)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  if (!is_plugin_file(name))
    return ek_mem_strdup(name);
  return ek_mem_strndup(name + sizeof PREFIX - 1, strlen(name) - (sizeof PREFIX - 1) - (sizeof SUFFIX - 1));
}

static void
note_refused(ek_registry *r, const char *path, const ek_error *e)
{
  r->refused = ek_mem_grow(r->refused, &r->cap_refused, r->n_refused + 1, sizeof *r->refused);
  r->refused[r->n_refused++] = (ek_refused){
    .path = ek_mem_strdup(path), .why = ek_mem_strdup(e->message), .help = e->help[0] ? ek_mem_strdup(e->help) : NULL,
    .code = e->code, .guess = guess_of(path),
  };
}

static void
note_module(ek_registry *r, ek_module_info *m)
{
  r->modules = ek_mem_grow(r->modules, &r->cap_modules, r->n_modules + 1, sizeof *r->modules);
  r->modules[r->n_modules++] = m;
  for (uint32_t i = 0; i < m->module.n_enrichers; i++) {
    r->plugins = ek_mem_grow(r->plugins, &r->cap_plugins, r->n_plugins + 1, sizeof *r->plugins);
    r->plugins[r->n_plugins++] = (ek_plugin){ m, &m->enrichers[i] };
  }
}

/* 1 when this very file is loaded already: a link to it, or a folder named twice. */
static int
is_known_file(const ek_registry *r, const char *path)
{
  struct stat st;
  if (stat(path, &st) < 0)
    return 0;
  for (size_t i = 0; i < r->n_modules; i++)
    if (r->modules[i]->dev == st.st_dev && r->modules[i]->ino == st.st_ino)
      return 1;
  return 0;
}

static const ek_module_info *
module_by_id(const ek_registry *r, const char *id)
{
  for (size_t i = 0; i < r->n_modules; i++)
    if (strcmp(r->modules[i]->module.id, id) == 0)
      return r->modules[i];
  return NULL;
}

static void
scan_file(ek_registry *r, const char *path, int named, int bundled)
{
  ek_error e = { 0 };
  char shown[400], first[400];
  if (is_known_file(r, path))
    return;
  ek_module_info *m = ek_module_load(path, named, &e);
  if (!m) {
    note_refused(r, path, &e);
    return;
  }
  const ek_module_info *same = module_by_id(r, m->module.id);
  if (same) {
    ek_fail(&e, EK_EXIT_REFUSED, "plugin_shadowed", "%s is not used: module '%s' was found first in %s",
            ek_escape(path, shown, sizeof shown),
            m->module.id, ek_escape(same->path, first, sizeof first));
    note_refused(r, path, &e);
    ek_module_free(m);
    return;
  }
  m->bundled = bundled;
  note_module(r, m);
}

static int
by_bytes(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t
list_folder(DIR *d, char ***names)
{
  size_t n = 0, cap = 0;
  char **list = NULL;
  for (struct dirent *entry; (entry = readdir(d)) != NULL;)
    if (is_plugin_file(entry->d_name)) {
      list = ek_mem_grow(list, &cap, n + 1, sizeof *list);
      list[n++] = ek_mem_strdup(entry->d_name);
    }
  if (n)
    qsort(list, n, sizeof *list, by_bytes);
  *names = list;
  return n;
}

static void
no_folder(ek_registry *r, const char *path)
{
  ek_error e = { 0 };
  char shown[400];
  const char *why = errno == ENOENT ? "no such folder" : strerrordesc_np(errno);
  ek_fail(&e, EK_EXIT_REFUSED, "plugin_no_folder", "%s: %s", ek_escape(path, shown, sizeof shown), 
          why ? why : "cannot be read");
  note_refused(r, path, &e);
}

static void
scan_folder(ek_registry *r, const char *path, int named, int required, int bundled)
{
  char shown[400], **names;
  if (!path[0])
    return;
  if (r->searched.len)
    ek_text_cstr(&r->searched, ", ");
  ek_text_cstr(&r->searched, ek_escape(path, shown, sizeof shown));
  ek_text_c(&r->searched);       /* ends it: read-only afterwards              */
  DIR *d = opendir(path);
  if (!d) {
    if (required)
      no_folder(r, path);
    return;
  }
  size_t n = list_folder(d, &names);
  closedir(d);
  for (size_t i = 0; i < n; i++) {
    ek_text file = { 0 };
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    ek_text_printf(&file, "%s%s%s", path, slash, names[i]);
    scan_file(r, ek_text_c(&file), named, bundled);
    ek_text_free(&file);
    free(names[i]);
  }
  free(names);
}

ek_registry *
ek_registry_scan_dirs(const ek_plugin_dir *dirs, size_t n, const char *installed)
{
  ek_registry *r = ek_mem_zero(1, sizeof *r);
  for (size_t i = 0; i < n; i++)
    scan_folder(r, dirs[i].path, dirs[i].named, dirs[i].required, 0);
  if (installed)
    scan_folder(r, installed, 0, 0, 1);
  return r;
}

ek_registry *
ek_registry_scan(char *const *named, size_t n_named, char *const *file_paths, size_t n_file, const char *installed)
{
  ek_plugin_dir *dirs = ek_mem_zero(n_named + n_file + 1, sizeof *dirs);
  for (size_t i = 0; i < n_named; i++)
    dirs[i] = (ek_plugin_dir){ named[i], 1, 1 };
  for (size_t i = 0; i < n_file; i++)
    dirs[n_named + i] = (ek_plugin_dir){ file_paths[i], 0, 1 };
  ek_registry *r = ek_registry_scan_dirs(dirs, n_named + n_file, installed);
  free(dirs);
  return r;
}

void
ek_registry_free(ek_registry *r)
{
  if (!r)
    return;
  for (size_t i = 0; i < r->n_modules; i++)
    ek_module_free(r->modules[i]);
  for (size_t i = 0; i < r->n_refused; i++) {
    free(r->refused[i].path);
    free(r->refused[i].why);
    free(r->refused[i].help);
    free(r->refused[i].guess);
  }
  free(r->modules);
  free(r->plugins);
  free(r->refused);
  ek_text_free(&r->searched);
  free(r);
}

/* ---- asking ----------------------------------------------------------------- */

size_t
ek_registry_n(const ek_registry *r)
{
  return r->n_plugins;
}

const ek_plugin *
ek_registry_at(const ek_registry *r, size_t i)
{
  return &r->plugins[i];
}

size_t
ek_registry_n_refused(const ek_registry *r)
{
  return r->n_refused;
}

const ek_refused *
ek_registry_refused_at(const ek_registry *r, size_t i)
{
  return &r->refused[i];
}

static int
is_named(const ek_plugin *p, const char *name)
{
  size_t n = strlen(p->module->module.id);
  return strcmp(p->enricher->id, name) == 0 ||
         (strncmp(name, p->module->module.id, n) == 0 && name[n] == '/' && strcmp(name + n + 1, p->enricher->id) == 0);
}

static int
not_found(const ek_registry *r, const char *name, ek_error *e)
{
  char shown[400];
  const char **ids = ek_mem_zero(r->n_plugins + 1, sizeof *ids);
  ek_text found = { 0 };
  for (size_t i = 0; i < r->n_plugins; i++) {
    ids[i] = r->plugins[i].enricher->id;
    ek_text_printf(&found, "%s%s", i ? ", " : "", ids[i]);
  }
  const char *near = ek_did_you_mean(name, ids);
  ek_text help = { 0 };
  if (near)
    ek_text_printf(&help, "did you mean '%s'? ", near);
  ek_text_printf(&help, "Found: %s. Searched: %s (use --plugin-path DIR for others)", 
                 found.len ? ek_text_c(&found) : "none", r->searched.len ? r->searched.data : "nothing");
  ek_fail(e, EK_EXIT_REFUSED, "unknown_plugin", "no plugin named '%s'", ek_show(ek_cstr(name), shown, sizeof shown));
  ek_help(e, "%s", ek_text_c(&help));
  ek_text_free(&help);
  ek_text_free(&found);
  free(ids);
  return -1;
}

const ek_plugin *
ek_registry_find(const ek_registry *r, const char *name, ek_error *e)
{
  char shown[400];
  for (size_t i = 0; i < r->n_plugins; i++)
    if (is_named(&r->plugins[i], name))
      return &r->plugins[i];
  for (size_t i = 0; i < r->n_refused; i++) {
    const ek_refused *no = &r->refused[i];
    if (strcmp(no->guess, name) == 0 && strcmp(no->code, "plugin_no_folder") != 0) {
      ek_fail(e, EK_EXIT_REFUSED, no->code, "plugin '%s' refused: %s", ek_show(ek_cstr(name), shown, sizeof shown),
              no->why);
      if (no->help)
        ek_help(e, "%s", no->help);
      return NULL;
    }
  }
  not_found(r, name, e);
  return NULL;
}
