/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit policy: the least that an account must allow for this configuration. Asks nobody. */
#include "base/log.h"
#include "command/internal.h"
#include "stage/personalize/account.h"

enum { POLICY_CALLER, POLICY_ROLE };

static int
read_args(const ek_command *cmd, int argc, char **argv, enum ek_policy *which)
{
  ek_args args = { .argc = argc, .argv = argv };
  const char *value;
  char shown[128];
  int flag, given = -1;
  while ((flag = ek_args_next(&args, cmd, &value)) != -2) {
    if (flag == -3)
      return -1;
    if (flag == -1)
      return ek_usage(cmd, NULL, "policy takes no argument '%s'", ek_show(ek_cstr(value), shown, sizeof shown)), -1;
    if (given >= 0 && given != flag)
      return ek_usage(cmd, "ask twice", "--caller and --role are two policies"), -1;
    given = flag;
  }
  if (given < 0)
    return ek_usage(cmd, "--caller: who runs enrichkit; --role: what Amazon Personalize takes to read the bucket",
                    "whose policy?"), -1;
  *which = given == POLICY_ROLE ? EK_POLICY_ROLE : EK_POLICY_CALLER;
  return 0;
}

int
ek_cmd_policy(const ek_cli *cli, const ek_command *cmd, int argc, char **argv)
{
  enum ek_policy which;
  ek_loaded l;
  ek_text out = { 0 };
  ek_error e = { 0 };
  if (read_args(cmd, argc, argv, &which) < 0)
    return EK_EXIT_REFUSED;
  int status = ek_cli_load(cli, &l);
  if (status)
    return status;
  ek_findings_show(&l.findings);
  if (!ek_in_cloud(l.settings))
    status = ek_usage(cmd, "write   import: {engine: personalize, ...}",
                      "the engine of this configuration is local: it needs nobody's permission");
  else if (ek_pz_policy(l.settings, which, &out, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  } else
    ek_print(&out);
  ek_text_free(&out);
  ek_loaded_free(&l);
  return status;
}
