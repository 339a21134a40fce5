/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may put code into this process: root, the user, and the owner of the
 * running program (whoever owns that can run anything here already, so it stands
 * for the owner of the installed prefix). And nobody else may change it.
 *
 * The file is opened first and judged through its descriptor; dlopen() then takes
 * the resolved path, and load.c asks before and after whether that still is the
 * same file in the same folder. (dlopen("/proc/self/fd/N") would close that gap,
 * but it hides the file's name from debuggers and breaks $ORIGIN. What the gap
 * needs is the right to rename a parent of the judged folder.)              */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"
#include "plugin/internal.h"

#define NAME_SIZE 160

static const char *
user_name(uid_t uid, char *buf)
{
  struct passwd entry, *found = NULL;
  char room[4096], shown[128];
  if (getpwuid_r(uid, &entry, room, sizeof room, &found) == 0 && found)
    snprintf(buf, NAME_SIZE, "'%s'", ek_escape(found->pw_name, shown, sizeof shown));
  else
    snprintf(buf, NAME_SIZE, "'%lu'", (unsigned long)uid);
  return buf;
}

static const char *
group_name(gid_t gid, char *buf)
{
  struct group entry, *found = NULL;
  char room[16384], shown[128];
  if (getgrgid_r(gid, &entry, room, sizeof room, &found) == 0 && found)
    snprintf(buf, NAME_SIZE, "'%s'", ek_escape(found->gr_name, shown, sizeof shown));
  else
    snprintf(buf, NAME_SIZE, "'%lu'", (unsigned long)gid);
  return buf;
}

static int
owner_is_trusted(uid_t uid)
{
  struct stat self;
  return uid == 0 || uid == geteuid() || (stat("/proc/self/exe", &self) == 0 && uid == self.st_uid);
}

static int
is_open_to_others(const struct stat *st, int named)
{
  return (st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && !named);
}

/* A path that can be pasted into a shell. */
static void
add_quoted(ek_text *out, const char *path)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%=";
  if (path[strspn(path, plain)] == 0 && path[0] != '-') {
    ek_text_cstr(out, path);
    return;
  }
  ek_text_cstr(out, path[0] == '-' ? "./'" : "'");
  for (; *path; path++)
    if (*path == '\'')
      ek_text_cstr(out, "'\\''");
    else
      ek_text_char(out, *path);
  ek_text_char(out, '\'');
}

/* Judges one file or folder. folder and file: what the remedy names. */
static int
judge(const struct stat *st, const char *path, const char *folder, const char *file, int named, ek_error *e)
{
  char user[NAME_SIZE], group[NAME_SIZE], shown[400], shown_help[900];
  int owner_ok = owner_is_trusted(st->st_uid), open = is_open_to_others(st, named);
  if (owner_ok && !open)
    return 0;
  ek_escape(path, shown, sizeof shown);
  user_name(st->st_uid, user);
  unsigned mode = (unsigned)(st->st_mode & 07777);
  ek_text help = { 0 };
  if (!owner_ok) {
    ek_fail(e, EK_EXIT_REFUSED, "plugin_untrusted", "%s belongs to %s, who is neither root nor you (mode %04o)", shown,
            user, mode);
    ek_text_cstr(&help, "if you trust it: chown root ");
  } else {
    ek_fail(e, EK_EXIT_REFUSED, "plugin_untrusted", "%s can be changed by others (mode %04o, group %s, owner %s)",
            shown, mode,
            group_name(st->st_gid, group), user);
    ek_text_cstr(&help, named ? "chmod o-w " : "chmod go-w ");
  }
  add_quoted(&help, folder);
  ek_text_char(&help, ' ');
  add_quoted(&help, file);
  if (!owner_ok && open) {
    ek_text_cstr(&help, named ? " && chmod o-w " : " && chmod go-w ");
    add_quoted(&help, folder);
    ek_text_char(&help, ' ');
    add_quoted(&help, file);
  }
  ek_help(e, "%s", ek_escape(ek_text_c(&help), shown_help, sizeof shown_help));
  ek_text_free(&help);
  return -1;
}

static char *
folder_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  if (!slash)
    return ek_mem_strdup(".");
  return slash == path ? ek_mem_strdup("/") : ek_mem_strndup(path, (size_t)(slash - path));
}

static int
judge_folder(const char *folder, const char *file, int named, struct stat *st, ek_error *e)
{
  if (stat(folder, st) < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "plugin_unreadable", folder, "read the folder");
  return judge(st, folder, folder, file, named, e);
}

static int
cannot_open(const char *path, ek_error *e)
{
  char shown[400];
  const char *why = strerrordesc_np(errno);
  return ek_fail(e, EK_EXIT_REFUSED, "plugin_unreadable", "%s cannot be read: %s", ek_escape(path, shown, sizeof shown),
                 why ? why : "unknown error");
}

static int
judge_all(const char *path, int named, const struct stat *st, ek_opened *out, ek_error *e)
{
  struct stat folder_st, link_st;
  char *folder = folder_of(out->path), *link_folder = folder_of(path);
  int linked = lstat(path, &link_st) == 0 && S_ISLNK(link_st.st_mode);
  out->shown = ek_mem_strdup(linked ? out->path : path);
  int rc = 0;
  if (!S_ISREG(st->st_mode)) {
    char shown[400];
    rc = ek_fail(e, EK_EXIT_REFUSED, "plugin_unreadable", "%s is not a regular file",
                 ek_escape(out->shown, shown, sizeof shown));
  }
  const char *named_folder = linked ? folder : link_folder;
  if (rc == 0)
    rc = judge(st, out->shown, named_folder, out->shown, named, e);
  if (rc == 0)
    rc = judge_folder(named_folder, out->shown, named, &folder_st, e);
  /* Who can change the folder of a link can make it point elsewhere. */
  if (rc == 0 && linked)
    rc = judge_folder(link_folder, out->shown, named, &link_st, e);
  if (rc == 0) {
    out->folder_dev = folder_st.st_dev;
    out->folder_ino = folder_st.st_ino;
  }
  free(folder);
  free(link_folder);
  return rc;
}

int
ek_trust_open(const char *path, int named, ek_opened *out, ek_error *e)
{
  struct stat st;
  memset(out, 0, sizeof *out);
  out->path = realpath(path, NULL);
  /* O_NONBLOCK: a FIFO must not hold us up. */
  out->fd = out->path ? open(out->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) : -1;
  int rc = out->fd < 0 || fstat(out->fd, &st) < 0 ? cannot_open(path, e) : judge_all(path, named, &st, out, e);
  if (rc < 0) {
    ek_trust_close(out);
    return -1;
  }
  out->dev = st.st_dev;
  out->ino = st.st_ino;
  out->size = st.st_size;
  return 0;
}

int
ek_trust_same(const ek_opened *o)
{
  struct stat file, folder;
  char *name = folder_of(o->path);
  int same = lstat(o->path, &file) == 0 && stat(name, &folder) == 0 && file.st_dev == o->dev && file.st_ino == o->ino &&
             folder.st_dev == o->folder_dev && folder.st_ino == o->folder_ino;
  free(name);
  return same;
}

void
ek_trust_close(ek_opened *o)
{
  if (o->fd >= 0)
    close(o->fd);
  free(o->path);
  free(o->shown);
  memset(o, 0, sizeof *o);
  o->fd = -1;
}
