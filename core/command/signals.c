/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "command/internal.h"

volatile int ek_signal_stop;

static void
on_signal(int number)
{
  if (ek_signal_stop) {                 /* the second one: at once */
    signal(number, SIG_DFL);
    raise(number);
  }
  ek_signal_stop = number;
}

void
ek_signals_setup(void)
{
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = on_signal;
  a.sa_flags = SA_NODEFER;              /* so that the second one reaches its default */
  sigemptyset(&a.sa_mask);
  sigaction(SIGINT, &a, NULL);
  sigaction(SIGTERM, &a, NULL);
  /* A terminal that is closed; but what nohup started goes on. */
  struct sigaction was;
  if (sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &a, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void
ek_signal_raise_again(void)
{
  if (!ek_signal_stop)
    return;
  signal(ek_signal_stop, SIG_DFL);
  raise(ek_signal_stop);
}

void
ek_leave_at_once(const ek_error *e)
{
  ek_log_error(e);
  ek_signal_raise_again();
  _exit(e->status);
}

static int stdout_errno;          /* of the first failure                      */

static void
note_failure(void)
{
  if (!stdout_errno)
    stdout_errno = errno ? errno : EIO;
}

void
ek_print(const ek_text *t)
{
  if (t->len && (fwrite(t->data, 1, t->len, stdout) != t->len || fflush(stdout) != 0))
    note_failure();
}

int
ek_stdout_end(int status)
{
  ek_error e;
  /* A full disk behind stdout is a failure; a reader that went away is not. */
  if (fflush(stdout) != 0 || ferror(stdout))
    note_failure();
  if (!stdout_errno || stdout_errno == EPIPE)
    return status;
  errno = stdout_errno;
  ek_fail_errno(&e, EK_EXIT_FAILED, "stdout", "standard output", "write");
  ek_log_error(&e);
  return status ? status : EK_EXIT_FAILED;
}
