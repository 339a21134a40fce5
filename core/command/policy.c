/* SPDX-License-Identifier: BSD-3-Clause */
/* enrichkit policy: the least that an account must allow for this configuration. Asks nobody. */
#include "base/log.h"
#include "command/internal.h"
#include "stage/personalize/account.h"

static int
read_args(const ek_command *cmd, int argc, char **argv, enum ek_policy *which)
{
  int caller = 0, role = 0;
  const ek_arg rows[] = {
    EK_ARG_SWITCH("--caller", &caller), EK_ARG_SWITCH("--role", &role), EK_ARG_NONE(NULL), EK_ARGS_END
  };
  if (ek_args_read(cmd, argc, argv, rows) < 0)
    return -1;
  if (caller && role)
    return ek_usage(cmd, "ask twice", "--caller and --role are two policies"), -1;
  if (!caller && !role)
    return ek_usage(cmd, "--caller: who runs enrichkit; --role: what Amazon Personalize takes to read the bucket",
                    "whose policy?"), -1;
  *which = role ? EK_POLICY_ROLE : EK_POLICY_CALLER;
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
  if (!ek_in_cloud(l.settings) && which == EK_POLICY_ROLE)
    status = ek_usage(cmd, "write   import: {engine: personalize, ...}; --caller is what the chain needs",
                      "the engine of this configuration is local: no service takes a role for it");
  else if (!ek_in_cloud(l.settings)) {
    if (ek_pz_policy_chain(l.settings, &out))
      ek_print(&out);
    else
      status = ek_usage(cmd, "write   import: {engine: personalize, ...}",
                        "the engine of this configuration is local, and no step asks AWS: it needs nobody's permission");
  } else if (ek_pz_policy(l.settings, which, &out, &e) < 0) {
    ek_log_error(&e);
    status = e.status;
  } else
    ek_print(&out);
  ek_text_free(&out);
  ek_loaded_free(&l);
  return status;
}
