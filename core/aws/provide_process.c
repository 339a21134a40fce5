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
#include <time.h>
#include "aws/hash.h"
#include "aws/secret.h"
#include "aws/shell.h"
#include "base/cleanup.h"

extern char **environ;
#define MOST_OUTPUT ((size_t)64 << 10)
#define SECONDS 60                  /* it may ask a person for a code            */

/* stderr stays ours: what the program has to say is for the user, and may be a question. */
static int
start(char **words, int out, pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  sigset_t none, pipe_only;
  sigemptyset(&none);
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawnattr_init(&attr);
  /* Workers run with all signals blocked; a child must not. */
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &pipe_only);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int err = posix_spawnp(pid, words[0], &actions, &attr, words, environ);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&actions);
  return err;
}

/* Why it ended: NULL at the end of the output. */
static const char *
collect(const ek_ask *a, int fd, ek_text *out)
{
  struct timespec from, now;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (;;) {
    struct pollfd p = { fd, POLLIN, 0 };
    int n = poll(&p, 1, 100);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (a->cancelled && a->cancelled(a->arg))
      return "was given up";
    if (now.tv_sec - from.tv_sec > SECONDS)
      return "did not end within 60 seconds";
    if (n <= 0)
      continue;
    ssize_t got = read(fd, out->data + out->len, MOST_OUTPUT + 1 - out->len);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return got == 0 ? NULL : "could not be read";
    out->len += (size_t)got;
    if (out->len > MOST_OUTPUT)
      return "printed more than 64 KiB";
  }
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
  int pipe_ends[2], status = 0;
  pid_t pid;
  char shown[160];
  ek_show(ek_aws_str(words[0]), shown, sizeof shown);      /* its arguments may hold a password */
  if (pipe2(pipe_ends, O_CLOEXEC) < 0)
    return ek_step_fail(e, "credential_process '%s': no pipe", shown);
  int err = start(words, pipe_ends[1], &pid);
  close(pipe_ends[1]);
  const char *why = err ? NULL : collect(a, pipe_ends[0], out);
  close(pipe_ends[0]);
  if (err) {
    const char *text = strerrordesc_np(err);
    return ek_step_fail(e, "cannot start credential_process '%s': %s", shown, text ? text : "unknown error");
  }
  if (why)
    kill(pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
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
