/* SPDX-License-Identifier: BSD-3-Clause */
/* credential_process of a profile: a program that prints JSON. No shell is asked. */
#include "aws/provider.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "aws/shell.h"
#include "base/cleanup.h"
#include "base/clock.h"

extern char **environ;
#define MOST_OUTPUT ((size_t)64 << 10)
#define MOST_NS (60 * EK_SECOND)    /* it may ask a person for a code            */

typedef struct helper {
  pid_t pid;
  int group;                        /* it leads one of its own                   */
  int ended, lost;                  /* lost: reaped by somebody else (SIGCHLD is ignored) */
} helper;

static int
has_terminal(void)
{
  int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

/* stderr stays ours: what the program has to say is for the user, and may be a question. Only the terminal's own group
 * may read the answer; where there is no terminal, a group of its own lets all that it started be ended with it. */
static int
start(char **words, int out, helper *h)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  sigset_t none, pipe_only;
  sigemptyset(&none);
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  h->group = !has_terminal();
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawnattr_init(&attr);
  /* Workers run with all signals blocked; a child must not. */
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &pipe_only);
  posix_spawnattr_setpgroup(&attr, 0);
  posix_spawnattr_setflags(&attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
                                          | (h->group ? POSIX_SPAWN_SETPGROUP : 0)));
  int err = posix_spawnp(&h->pid, words[0], &actions, &attr, words, environ);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&actions);
  return err;
}

/* Looks only: until it is reaped, its number is nobody else's, and may be killed. */
static int
has_ended(helper *h)
{
  siginfo_t info = { 0 };
  if (!h->ended && waitid(P_PID, (id_t)h->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno != EINTR)
    h->ended = h->lost = 1;
  return h->ended = h->ended || info.si_pid == h->pid;
}

/* 1: more may come; 0: that was all; -1 and why. */
static int
take(int fd, ek_text *out, const char **why)
{
  ssize_t got = read(fd, out->data + out->len, MOST_OUTPUT + 1 - out->len);
  if (got < 0 && errno == EINTR)
    return 1;
  if (got < 0)
    *why = "could not be read";
  if (got > 0 && (out->len += (size_t)got) > MOST_OUTPUT)
    *why = "printed more than 64 KiB";
  return *why ? -1 : got > 0;
}

/* Until it has ended, which closing its output is not; nor need the output be closed then, since a child of its own may
 * hold it. Why it was not waited for, or NULL. */
static const char *
collect(const ek_ask *a, int fd, helper *h, ek_text *out, char *late, size_t size)
{
  int64_t most = a->process_ns > 0 ? a->process_ns : MOST_NS, until = ek_monotonic_ns() + most;
  const char *why = NULL;
  for (int open = 1;;) {
    int ended = has_ended(h);
    struct pollfd p = { open ? fd : -1, POLLIN, 0 };
    int ready = poll(&p, 1, ended ? 0 : open ? 50 : 5) > 0;
    if (a->cancelled && a->cancelled(a->arg))
      return "was given up";
    if (ready && (open = take(fd, out, &why)) < 0)
      return why;
    if (ended && (!open || !ready))
      return NULL;
    if (ek_monotonic_ns() > until) {
      snprintf(late, size, "did not end within %g seconds", (double)most / 1e9);
      return late;
    }
  }
}

/* Its status, when it is nobody's child any more. */
static int
finish(const helper *h, int kill_it)
{
  int status = 0;
  if (kill_it && !h->lost)
    kill(h->group ? -h->pid : h->pid, SIGKILL);
  while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

static int
version_is_one(const ek_text *t, ek_error *e)
{
  json_t *j = json_loadb(t->len ? t->data : "", t->len, 0, NULL);
  json_t *v = json_object_get(j, "Version"), *secret = json_object_get(j, "SecretAccessKey");
  int ok = json_integer_value(v) == 1, object = json_is_object(j);
  if (json_is_string(secret))
    OPENSSL_cleanse((char *)json_string_value(secret), json_string_length(secret));
  json_decref(j);
  if (!object)
    return ek_step_fail(e, "the answer of credential_process is no JSON object");
  return ok ? EK_STEP_FOUND : ek_step_fail(e, "the answer of credential_process has no \"Version\": 1");
}

static int
run(const ek_ask *a, char **words, ek_text *out, ek_error *e)
{
  int pipe_ends[2];
  helper h = { 0 };
  char shown[160], late[60];
  ek_show(ek_aws_str(words[0]), shown, sizeof shown);      /* its arguments may hold a password */
  if (pipe2(pipe_ends, O_CLOEXEC) < 0)
    return ek_step_fail(e, "credential_process '%s': no pipe", shown);
  int err = start(words, pipe_ends[1], &h);
  close(pipe_ends[1]);
  const char *why = err ? NULL : collect(a, pipe_ends[0], &h, out, late, sizeof late);
  close(pipe_ends[0]);
  if (err) {
    const char *text = strerrordesc_np(err);
    return ek_step_fail(e, "cannot start credential_process '%s': %s", shown, text ? text : "unknown error");
  }
  int status = finish(&h, why != NULL);
  if (why)
    return ek_step_fail(e, "credential_process '%s' %s", shown, why);
  if (!WIFEXITED(status) || WEXITSTATUS(status))
    return ek_step_fail(e, "credential_process '%s' ended with %s %d", shown, WIFEXITED(status) ? "status" : "signal",
                        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
  return EK_STEP_FOUND;
}

int
ek_provide_process(const ek_ask *a, ek_found *out, ek_text *tried, ek_error *e)
{
  (void)tried;
  const char *line = ek_aws_profile_get(a->profiles, a->profile, "credential_process");
  char shown[160];
  if (!line)
    return EK_STEP_NOTHING;
  ek_show(ek_aws_str(a->profile), shown, sizeof shown);
  EK_FREE char **words = ek_shell_split(line);
  if (!words || !words[0])
    return ek_step_fail(e, "credential_process of profile '%s' %s", shown, words ? "is empty" : "has an open quote");
  EK_AUTO(ek_secret_text_free) ek_text text = { 0 };
  ek_text_reserve(&text, MOST_OUTPUT + 2);
  if (run(a, words, &text, e) != EK_STEP_FOUND || version_is_one(&text, e) != EK_STEP_FOUND)
    return EK_STEP_ERROR;
  snprintf(out->source, sizeof out->source, "credential_process of profile '%.100s'", shown);
  return ek_found_json((ek_str){ text.data, text.len }, "credential_process", out, e);
}
