/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/money.h - budgets: reserved before, charged after, never passed.
 *
 * Reservations in flight count, so a budget cannot be overrun by calls that are under
 * way; when one does not fit, the caller waits until those under way have settled, and
 * only then is the budget reached. Amounts are 1e-9 of the currency. Any thread. */
#ifndef EK_CHAIN_MONEY_H
#define EK_CHAIN_MONEY_H
#include <stdint.h>
#include "chain/engine.h"

typedef struct ek_purse ek_purse;              /* of one run: a budget a step and run.budget */
/* Reads what earlier runs into the folder spent (ek_exchange_spent). NULL and e.   */
ek_purse *ek_purse_new(const ek_chain *, const ek_budget *run_budget, const ek_services *, ek_error *e);
void ek_purse_free(ek_purse *);
enum ek_reserved { EK_RESERVED, EK_RESERVE_WAIT, EK_RESERVE_SPENT };
/* held: what the caller itself has reserved before; nobody waits for that. WAIT: not now, others may give back.
 * SPENT: reached. Both fill end.                                            */
enum ek_reserved ek_purse_reserve(ek_purse *, unsigned step, int64_t nano, int64_t held, ek_budget_end *end);
/* The call is over: gives its reservation back and books what it used.       */
void ek_purse_settle(ek_purse *, unsigned step, int64_t reserved_nano, int64_t charged_nano);
int64_t ek_purse_spent(const ek_purse *, unsigned step, int64_t *before);

#endif
