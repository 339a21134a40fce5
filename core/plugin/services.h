/* SPDX-License-Identifier: BSD-3-Clause */
/* plugin/services.h - what the host's extensions stand on: one set a run, shared by
 * all steps. Made by the command (command/services.c) once the configuration is
 * known; an extension whose service is NULL is not offered.                 */
#ifndef EK_PLUGIN_SERVICES_H
#define EK_PLUGIN_SERVICES_H
#include "asset/asset.h"
#include "aws/aws.h"
#include "http/http.h"
#include "store/exchange.h"

typedef struct ek_services {
  ek_guard *guard;
  ek_http_client *http;              /* NULL: plan and `check --no-network`: nobody is asked */
  ek_aws *aws;
  ek_assets *assets;
  ek_exchange *exchange;
  const char *folder;                /* of the run, resolved: whose ledger       */
  int planning;                      /* nothing is fetched, claimed, asked or written */
} ek_services;

#endif
