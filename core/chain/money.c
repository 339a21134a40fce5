/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain/money.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

typedef struct account {
  int limited;
  int64_t budget, before, spent, reserved;      /* before: in earlier runs into the folder */
  char currency[4];
} account;

struct ek_purse {
  pthread_mutex_t lock;
  account run, *steps;
  unsigned n_steps;
};

static int64_t
plus(int64_t a, int64_t b)
{
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void
limit(account *a, const ek_budget *b)
{
  if (!b || b->kind != EK_BUDGET_MONEY)
    return;
  a->limited = 1;
  a->budget = b->money.nano;
  memcpy(a->currency, b->money.currency, sizeof a->currency);
}

/* What a step's money is counted in, when no budget of its own says so: the run's currency, its prices'. */
static void
choose_currency(account *a, const ek_step *s, const account *run)
{
  const char *own = s->instance && s->instance->currency[0] ? s->instance->currency : "USD";
  const char *c = run->limited ? run->currency : own;
  if (!a->limited)
    memcpy(a->currency, c, sizeof a->currency);
}

/* step NULL: of all steps of the folder. */
static int
read_before(account *a, const char *step, const ek_services *services, ek_error *e)
{
  if (!services || !services->exchange || !services->folder)
    return 0;
  return ek_exchange_spent(services->exchange, services->folder, step, a->currency, &a->before, e);
}

static int
open_accounts(ek_purse *p, const ek_chain *chain, const ek_services *services, ek_error *e)
{
  for (unsigned i = 0; i < p->n_steps; i++) {
    const ek_step *s = &chain->steps[i];
    account *a = &p->steps[i];
    limit(a, &s->settings->budget);
    choose_currency(a, s, &p->run);
    if ((a->limited || (s->instance && s->instance->paid)) && read_before(a, s->settings->name, services, e) < 0)
      return -1;
  }
  return p->run.limited ? read_before(&p->run, NULL, services, e) : 0;
}

ek_purse *
ek_purse_new(const ek_chain *chain, const ek_budget *run_budget, const ek_services *services, ek_error *e)
{
  ek_purse *p = ek_mem_zero(1, sizeof *p);
  pthread_mutex_init(&p->lock, NULL);
  p->n_steps = chain->n_steps;
  p->steps = ek_mem_zero(chain->n_steps ? chain->n_steps : 1, sizeof *p->steps);
  limit(&p->run, run_budget);
  if (open_accounts(p, chain, services, e) == 0)
    return p;
  ek_purse_free(p);
  return NULL;
}

void
ek_purse_free(ek_purse *p)
{
  if (!p)
    return;
  pthread_mutex_destroy(&p->lock);
  free(p->steps);
  free(p);
}

static enum ek_reserved
fits(const account *a, int64_t nano, int64_t held)
{
  int64_t used = plus(a->before, a->spent);
  if (!a->limited || plus(plus(used, a->reserved), nano) <= a->budget)
    return EK_RESERVED;
  /* Also when what is spent already forbids it: those under way may be charged, and the
   * message shall name the last figure.                                       */
  return a->reserved > held ? EK_RESERVE_WAIT : EK_RESERVE_SPENT;
}

static void
tell(const account *a, int step, ek_budget_end *end)
{
  if (!end)
    return;
  end->step = step;
  end->spent_nano = plus(a->before, a->spent);
  end->budget_nano = a->budget;
  memcpy(end->currency, a->currency, sizeof end->currency);
}

enum ek_reserved
ek_purse_reserve(ek_purse *p, unsigned step, int64_t nano, int64_t held, ek_budget_end *end)
{
  if (nano <= 0)
    return EK_RESERVED;
  pthread_mutex_lock(&p->lock);
  account *a = &p->steps[step];
  enum ek_reserved own = fits(a, nano, held), all = fits(&p->run, nano, held), result;
  if (own == EK_RESERVED && all == EK_RESERVED) {
    a->reserved = plus(a->reserved, nano);
    p->run.reserved = plus(p->run.reserved, nano);
    result = EK_RESERVED;
  } else if (own == EK_RESERVE_SPENT || all == EK_RESERVE_SPENT) {
    /* One that is reached for good ends it, whatever the other may give back. */
    tell(own == EK_RESERVE_SPENT ? a : &p->run, own == EK_RESERVE_SPENT ? (int)step : -1, end);
    result = EK_RESERVE_SPENT;
  } else {
    tell(own == EK_RESERVE_WAIT ? a : &p->run, own == EK_RESERVE_WAIT ? (int)step : -1, end);
    result = EK_RESERVE_WAIT;
  }
  pthread_mutex_unlock(&p->lock);
  return result;
}

static void
settle(account *a, int64_t reserved, int64_t charged)
{
  a->reserved = a->reserved > reserved ? a->reserved - reserved : 0;
  a->spent = plus(a->spent, charged);
}

void
ek_purse_settle(ek_purse *p, unsigned step, int64_t reserved_nano, int64_t charged_nano)
{
  int64_t reserved = reserved_nano > 0 ? reserved_nano : 0, charged = charged_nano > 0 ? charged_nano : 0;
  pthread_mutex_lock(&p->lock);
  settle(&p->steps[step], reserved, charged);
  settle(&p->run, reserved, charged);
  pthread_mutex_unlock(&p->lock);
}

int64_t
ek_purse_spent(const ek_purse *shared, unsigned step, int64_t *before)
{
  ek_purse *p = (ek_purse *)(uintptr_t)shared;      /* its lock is not part of what const promises */
  pthread_mutex_lock(&p->lock);
  int64_t spent = p->steps[step].spent;
  if (before)
    *before = p->steps[step].before;
  pthread_mutex_unlock(&p->lock);
  return spent;
}
