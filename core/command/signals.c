/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <string.h>
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

int
ek_stdout_failed(int status)
{
  if (errno == EPIPE)
    return status;
  ek_error e;
  ek_fail_errno(&e, EK_EXIT_FAILED, "stdout", "standard output", "write");
  ek_log_error(&e);
  return status ? status : EK_EXIT_FAILED;
}
