/* SPDX-License-Identifier: BSD-3-Clause */
#include "aws/profile.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include "aws/hash.h"
#include "aws/ini.h"
#include "aws/secret.h"
#include "aws/shell.h"
#include "base/cleanup.h"
#include "base/mem.h"

#define MOST_BYTES ((off_t)4 << 20)

typedef struct source { char *path, *shown; ek_ini ini; int there; } source;
typedef struct profile { char *name; const char *section[2]; } profile;   /* by enum ek_aws_file; NULL: not in it */

struct ek_aws_profiles {
  source file[2];
  profile *list; size_t n, cap;
  ek_text names;
};

static char *
home(void)
{
  const char *h = getenv("HOME");
  if (h && *h)
    return ek_mem_strdup(h);
  struct passwd pw, *found = NULL;
  char buf[4096];
  return ek_mem_strdup(!getpwuid_r(getuid(), &pw, buf, sizeof buf, &found) && found ? found->pw_dir : "");
}

static void
place(source *s, const char *variable, const char *fallback)
{
  const char *path = getenv(variable);
  EK_FREE char *h = home();
  EK_AUTO(ek_text_free) ek_text t = { 0 };
  if (!path || !*path)
    path = fallback;
  if (path[0] == '~' && path[1] == '/')
    ek_text_printf(&t, "%s%s", h, path + 1);
  else
    ek_text_cstr(&t, path);
  s->path = ek_mem_strdup(ek_text_c(&t));
  size_t n = strlen(h);
  ek_text shown = { 0 };
  if (n > 1 && !strncmp(s->path, h, n) && s->path[n] == '/')
    ek_text_printf(&shown, "~%s", s->path + n);
  else
    ek_text_cstr(&shown, s->path);
  s->shown = ek_mem_strdup(ek_text_c(&shown));
  ek_text_free(&shown);
}

static int
read_file(source *s, ek_error *e)
{
  EK_CLOSE int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0)
    return errno == ENOENT || errno == ENOTDIR ? 0 : ek_fail_errno(e, EK_EXIT_REFUSED, "aws_file", s->path, "read");
  if (fstat(fd, &st) < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "aws_file", s->path, "read");
  if (!S_ISREG(st.st_mode))
    return 0;                      /* as botocore: /dev/null means none            */
  if (st.st_size > MOST_BYTES) {
    ek_fail(e, EK_EXIT_REFUSED, "aws_file", "is %lld bytes long: no file of profiles", (long long)st.st_size);
    return ek_at(e, s->path, 0, 0);
  }
  EK_AUTO(ek_secret_text_free) ek_text t = { 0 };
  ek_text_reserve(&t, (size_t)st.st_size + 1);
  for (;;) {
    ssize_t n = read(fd, t.data + t.len, t.cap - t.len - 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return ek_fail_errno(e, EK_EXIT_REFUSED, "aws_file", s->path, "read");
    t.len += (size_t)n;
    if (n == 0 || t.cap - t.len <= 1)
      break;
  }
  s->there = 1;
  return ek_ini_read(&s->ini, s->shown, (ek_str){ t.data, t.len }, e);
}

static const profile *
find(const ek_aws_profiles *p, const char *name)
{
  for (size_t i = 0; i < p->n; i++)
    if (!strcmp(p->list[i].name, name))
      return &p->list[i];
  return NULL;
}

static void
add(ek_aws_profiles *p, enum ek_aws_file file, const char *name, const char *section)
{
  profile *found = (profile *)find(p, name);
  if (!found) {
    p->list = ek_mem_grow(p->list, &p->cap, p->n + 1, sizeof *p->list);
    found = &p->list[p->n++];
    *found = (profile){ .name = ek_mem_strdup(name) };
  }
  found->section[file] = section;
}

/* "[profile x]" and "[default]" are profiles of the config file; others there are not. */
static void
collect(ek_aws_profiles *p)
{
  const ek_ini *c = &p->file[EK_AWS_CONFIG].ini, *k = &p->file[EK_AWS_CREDENTIALS].ini;
  for (size_t i = 0; i < c->n_sections; i++) {
    const char *section = c->sections[i];
    if (!strcmp(section, "default"))
      add(p, EK_AWS_CONFIG, "default", section);
    if (strncmp(section, "profile", 7))
      continue;
    EK_FREE char **words = ek_shell_split(section);
    if (words && words[0] && words[1] && !words[2])
      add(p, EK_AWS_CONFIG, words[1], section);
  }
  for (size_t i = 0; i < k->n_sections; i++)
    if (strcmp(k->sections[i], "DEFAULT"))
      add(p, EK_AWS_CREDENTIALS, k->sections[i], k->sections[i]);
  for (size_t i = 0; i < p->n; i++) {
    char shown[160];
    ek_text_printf(&p->names, "%s%s", i ? ", " : "", ek_show(ek_aws_str(p->list[i].name), shown, sizeof shown));
  }
  if (!p->n)
    ek_text_cstr(&p->names, "none");
  ek_text_c(&p->names);
}

ek_aws_profiles *
ek_aws_profiles_load(ek_error *e)
{
  ek_aws_profiles *p = ek_mem_zero(1, sizeof *p);
  place(&p->file[EK_AWS_CONFIG], "AWS_CONFIG_FILE", "~/.aws/config");
  place(&p->file[EK_AWS_CREDENTIALS], "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
  if (read_file(&p->file[EK_AWS_CONFIG], e) || read_file(&p->file[EK_AWS_CREDENTIALS], e)) {
    ek_aws_profiles_free(p);
    return NULL;
  }
  collect(p);
  return p;
}

void
ek_aws_profiles_free(ek_aws_profiles *p)
{
  if (!p)
    return;
  for (size_t i = 0; i < 2; i++) {
    free(p->file[i].path);
    free(p->file[i].shown);
    ek_ini_free(&p->file[i].ini);
  }
  for (size_t i = 0; i < p->n; i++)
    free(p->list[i].name);
  free(p->list);
  ek_text_free(&p->names);
  free(p);
}

int
ek_aws_profiles_has(const ek_aws_profiles *p, const char *name)
{
  return find(p, name) != NULL;
}

int
ek_aws_file_has(const ek_aws_profiles *p, enum ek_aws_file file, const char *name)
{
  const profile *found = find(p, name);
  return found && found->section[file];
}

const char *
ek_aws_file_get(const ek_aws_profiles *p, enum ek_aws_file file, const char *name, const char *key)
{
  const profile *found = find(p, name);
  return found && found->section[file] ? ek_ini_get(&p->file[file].ini, found->section[file], key) : NULL;
}

const char *
ek_aws_file_path(const ek_aws_profiles *p, enum ek_aws_file file)
{
  return p->file[file].shown;
}

int
ek_aws_file_read(const ek_aws_profiles *p, enum ek_aws_file file)
{
  return p->file[file].there;
}

const char *
ek_aws_profile_get(const ek_aws_profiles *p, const char *name, const char *key)
{
  const char *v = ek_aws_file_get(p, EK_AWS_CREDENTIALS, name, key);
  return v ? v : ek_aws_file_get(p, EK_AWS_CONFIG, name, key);
}

const char *
ek_aws_services_get(const ek_aws_profiles *p, const char *services, const char *service, const char *key)
{
  const ek_ini *c = &p->file[EK_AWS_CONFIG].ini;
  for (size_t i = 0; i < c->n_sections; i++) {
    if (strncmp(c->sections[i], "services", 8))
      continue;
    EK_FREE char **words = ek_shell_split(c->sections[i]);
    if (!words || !words[0] || strcmp(words[0], "services") || !words[1] || words[2] || strcmp(words[1], services))
      continue;
    EK_AUTO(ek_text_free) ek_text nested = { 0 };
    ek_text_printf(&nested, "%s.%s", service, key);
    return ek_ini_get(c, c->sections[i], ek_text_c(&nested));
  }
  return NULL;
}

const char *
ek_aws_profiles_names(const ek_aws_profiles *p)
{
  return p->names.data;
}
