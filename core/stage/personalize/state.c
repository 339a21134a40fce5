/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage/personalize/state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/replace.h"
#include "base/text.h"

#define NAME "state.json"
#define FORMAT 1

struct ek_state {
  char *folder, *path, *region, *group;
  int fd;                            /* of the folder; -1: it is not there yet   */
  json_t *root, *things;             /* things: array in order of creation, in root */
};

/* ---- the file --------------------------------------------------------------------- */

static int
damaged(const ek_state *s, ek_error *e, const char *what)
{
  ek_fail(e, EK_EXIT_REFUSED, "bad_state", "%s: %s", s->path, what);
  return ek_help(e, "the file says what was created in the account; restore it from a copy, or move it away: the run then "
                    "finds what is there by its names and adopts it");
}

static int
check_thing(const json_t *t)
{
  const json_t *arn = json_object_get(t, "arn");
  return json_is_string(json_object_get(t, "kind")) && json_is_string(json_object_get(t, "name")) &&
         (!arn || json_is_string(arn));
}

static int
check(ek_state *s, const char *region, const char *group, ek_error *e)
{
  const char *had_region = json_string_value(json_object_get(s->root, "region"));
  const char *had_group = json_string_value(json_object_get(s->root, "dataset_group"));
  size_t i;
  json_t *t;
  if (json_integer_value(json_object_get(s->root, "format")) != FORMAT)
    return damaged(s, e, "its format is not one that this enrichkit knows");
  s->things = json_object_get(s->root, "things");
  if (!json_is_array(s->things) || !had_region || !had_group)
    return damaged(s, e, "it lacks what every state file has");
  json_array_foreach(s->things, i, t)
    if (!check_thing(t))
      return damaged(s, e, "one of its things has no kind or no name");
  if (!*region || (strcmp(had_region, region) == 0 && strcmp(had_group, group) == 0))
    return 0;
  char shown[160];
  ek_fail(e, EK_EXIT_REFUSED, "other_account", "%s: it belongs to data set group '%s' in region %s, not to '%s' in %s",
          s->path, ek_show(ek_cstr(had_group), shown, sizeof shown), had_region, group, region);
  return ek_help(e, "choose another output folder (--out DIR), or the region and the group of the file");
}

static int
read_file(ek_state *s, ek_error *e)
{
  json_error_t je;
  char what[300];
  EK_CLOSE int fd = s->fd < 0 ? -1 : openat(s->fd, NAME, O_RDONLY | O_CLOEXEC);
  int absent = s->fd < 0 || (fd < 0 && errno == ENOENT);
  json_decref(s->root);
  s->root = s->things = NULL;
  if (absent) {
    s->things = json_array();
    s->root = json_pack("{s:i, s:s, s:s, s:o}", "format", FORMAT, "region", s->region, "dataset_group", s->group, "things",
                        s->things);
    return 0;
  }
  if (fd < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "bad_state", s->path, "open");
  s->root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &je);
  if (!s->root) {
    snprintf(what, sizeof what, "line %d: %s", je.line, je.text);
    return damaged(s, e, what);
  }
  return check(s, s->region, s->group, e);
}

/* Synced before the reply of a create is waited for: an intent that a power cut takes would be no intent. */
static int
save(ek_state *s, ek_error *e)
{
  EK_FREE char *text = json_dumps(s->root, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
  ek_replace r = { .fd = -1 };
  int failed = !text || ek_replace_open(&r, s->fd, NAME, EK_REPLACE_ALONE, 0666) < 0 ||    /* alone: see begin() */
               ek_write_all(r.fd, text, strlen(text)) < 0 || ek_write_all(r.fd, "\n", 1) < 0 || ek_replace_commit(&r) < 0;
  ek_replace_drop(&r);
  if (!failed)
    return 0;
  ek_fail_errno(e, EK_EXIT_FAILED, "write_failed", s->path, "write");
  return ek_help(e, "nothing more is created in the account until this file can be written");
}

ek_state *
ek_state_open(const char *folder, const char *region, const char *group, ek_error *e)
{
  ek_state *s = ek_mem_zero(1, sizeof *s);
  size_t n = strlen(folder) + sizeof NAME + 2;
  s->folder = ek_mem_strdup(folder);
  s->region = ek_mem_strdup(region ? region : "");
  s->group = ek_mem_strdup(group ? group : "");
  s->path = ek_mem_alloc(n);
  snprintf(s->path, n, "%s/%s", folder, NAME);
  s->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (s->fd < 0 && errno != ENOENT)
    ek_fail_errno(e, EK_EXIT_REFUSED, "cannot_create", folder, "open the folder");
  else if (read_file(s, e) == 0)
    return s;
  ek_state_close(s);
  return NULL;
}

void
ek_state_close(ek_state *s)
{
  if (!s)
    return;
  if (s->fd >= 0)
    close(s->fd);
  json_decref(s->root);
  free(s->folder);
  free(s->region);
  free(s->group);
  free(s->path);
  free(s);
}

/* ---- changes ------------------------------------------------------------------------ */

/* Another command may write too (put-events beside a run): each change is made to what the file says now. */
static int
begin(ek_state *s, ek_error *e)
{
  if (s->fd < 0 && mkdir(s->folder, 0777) < 0 && errno != EEXIST)
    return ek_fail_errno(e, EK_EXIT_FAILED, "cannot_create", s->folder, "make the folder");
  if (s->fd < 0 && (s->fd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
    return ek_fail_errno(e, EK_EXIT_FAILED, "cannot_create", s->folder, "open the folder");
  while (flock(s->fd, LOCK_EX) < 0 && errno == EINTR)
    ;                                /* a file system without locks has no second writer to fear more than that */
  if (read_file(s, e) == 0)
    return 0;
  (void)flock(s->fd, LOCK_UN);
  return -1;
}

static int
end(ek_state *s, int changed, ek_error *e)
{
  int r = changed ? save(s, e) : 0;
  (void)flock(s->fd, LOCK_UN);
  return r;
}

/* ---- what it holds ------------------------------------------------------------------ */

static json_t *
find(const ek_state *s, const char *kind, const char *name, size_t *at)
{
  size_t i;
  json_t *t;
  json_array_foreach(s->things, i, t)
    if (strcmp(json_string_value(json_object_get(t, "kind")), kind) == 0 &&
        strcmp(json_string_value(json_object_get(t, "name")), name) == 0) {
      if (at)
        *at = i;
      return t;
    }
  return NULL;
}

static json_t *
find_or_add(ek_state *s, const char *kind, const char *name)
{
  json_t *t = find(s, kind, name, NULL);
  if (t)
    return t;
  t = json_pack("{s:s, s:s}", "kind", kind, "name", name);
  json_array_append_new(s->things, t);
  return t;
}

static void
set(json_t *t, const char *key, const char *value)
{
  if (value)
    json_object_set_new(t, key, json_string(value));
  else
    json_object_del(t, key);
}

int
ek_state_intend(ek_state *s, const char *kind, const char *name, const char *digest, ek_error *e)
{
  return ek_state_intend_after(s, kind, name, digest, -1, e);
}

int
ek_state_intend_after(ek_state *s, const char *kind, const char *name, const char *digest, double after, ek_error *e)
{
  if (begin(s, e) < 0)
    return -1;
  json_t *t = find_or_add(s, kind, name);
  set(t, "arn", NULL);
  set(t, "digest", digest);
  if (after >= 0)
    json_object_set_new(t, "after", json_real(after));
  else
    json_object_del(t, "after");
  json_object_set_new(t, "since", json_integer((json_int_t)time(NULL)));
  return end(s, 1, e);
}

/* The version that was asked for last is the newest, also when an earlier one serves again. */
static int
to_the_end(ek_state *s, const char *kind, const char *name)
{
  size_t at;
  json_t *t = strcmp(kind, "solution_version") == 0 ? find(s, kind, name, &at) : NULL;
  if (!t || at + 1 == json_array_size(s->things))
    return 0;
  json_array_append(s->things, t);
  json_array_remove(s->things, at);
  return 1;
}

int
ek_state_done(ek_state *s, const char *kind, const char *name, const char *arn, enum ek_origin origin,
              const char *digest, ek_error *e)
{
  if (begin(s, e) < 0)
    return -1;
  int moved = to_the_end(s, kind, name), same;
  json_t *t = find_or_add(s, kind, name), *before = json_copy(t);
  set(t, "arn", arn);
  set(t, "digest", digest);
  json_object_del(t, "after");
  set(t, "origin", origin == EK_ADOPTED ? "adopted" : NULL);
  if (!json_object_get(t, "since"))
    json_object_set_new(t, "since", json_integer((json_int_t)time(NULL)));
  same = json_equal(t, before);
  json_decref(before);
  return end(s, moved || !same, e);
}

int
ek_state_forget(ek_state *s, const char *kind, const char *name, ek_error *e)
{
  size_t at;
  if (begin(s, e) < 0)
    return -1;
  int there = find(s, kind, name, &at) != NULL;
  if (there)
    json_array_remove(s->things, at);
  return end(s, there, e);
}

static void
fill(const json_t *t, ek_thing *out)
{
  const json_t *after = json_object_get(t, "after");
  *out = (ek_thing){
    .kind = json_string_value(json_object_get(t, "kind")), .name = json_string_value(json_object_get(t, "name")),
    .arn = json_string_value(json_object_get(t, "arn")), .digest = json_string_value(json_object_get(t, "digest")),
    .origin = json_object_get(t, "origin") ? EK_ADOPTED : EK_OURS,
    .since = json_integer_value(json_object_get(t, "since")),
    .after = json_is_number(after) ? json_number_value(after) : -1,
  };
}

int
ek_state_find(const ek_state *s, const char *kind, const char *name, ek_thing *out)
{
  const json_t *t = find(s, kind, name, NULL);
  if (t)
    fill(t, out);
  return t != NULL;
}

size_t
ek_state_count(const ek_state *s)
{
  return json_array_size(s->things);
}

int
ek_state_at(const ek_state *s, size_t i, ek_thing *out)
{
  if (i >= json_array_size(s->things))
    return 0;
  fill(json_array_get(s->things, i), out);
  return 1;
}
