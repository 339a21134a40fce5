/* SPDX-License-Identifier: BSD-3-Clause */
/* The side of the threads that ask: hand over, wait, give up. */
#include "http/http.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "http/internal.h"

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_rc;

static void
init_curl(void)
{
  curl_rc = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- new and free ------------------------------------------------------------ */

static void
copy_options(ek_http_client *c, const ek_http_options *o)
{
  c->options = *o;
  c->options.ca_bundle = o->ca_bundle ? ek_mem_strdup(o->ca_bundle) : NULL;
  c->options.proxy = o->proxy ? ek_mem_strdup(o->proxy) : NULL;
  c->options.record = o->record ? ek_mem_strdup(o->record) : NULL;
  c->options.replay = o->replay ? ek_mem_strdup(o->replay) : NULL;
  c->options.user_agent = ek_mem_strdup(o->user_agent ? o->user_agent : "enrichkit");
}

static void
free_options(ek_http_options *o)
{
  free((char *)o->ca_bundle);
  free((char *)o->proxy);
  free((char *)o->record);
  free((char *)o->replay);
  free((char *)o->user_agent);
}

static int
open_tapes(ek_http_client *c, ek_error *e)
{
  const ek_http_options *o = &c->options;
  if (o->record && o->replay)
    return ek_fail(e, EK_EXIT_REFUSED, "bad_tape", "network.record and network.replay exclude each other");
  if (o->replay && !(c->replay = ek_tape_open(o->replay, 0, e)))
    return -1;
  if (o->record && !(c->record = ek_tape_open(o->record, 1, e)))
    return -1;
  return 0;
}

/* Told now and not by every request. */
static int
check_bundle(const char *path, ek_error *e)
{
  EK_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0)
    return ek_fail_errno(e, EK_EXIT_REFUSED, "bad_ca_bundle", path,
                         "read the trusted certificates of network.ca_bundle (or AWS_CA_BUNDLE)");
  X509_STORE *store = S_ISREG(st.st_mode) ? X509_STORE_new() : NULL;
  int good = store && X509_STORE_load_locations(store, path, NULL);
  X509_STORE_free(store);
  ERR_clear_error();
  if (good)
    return 0;
  ek_fail(e, EK_EXIT_REFUSED, "bad_ca_bundle",
          "network.ca_bundle (or AWS_CA_BUNDLE) is to name a file of certificates in PEM: there is none in this one");
  return ek_at(e, path, 0, 0);
}

static int
start_thread(ek_http_client *c, ek_error *e)
{
  pthread_once(&curl_once, init_curl);
  if (curl_rc != CURLE_OK)
    return ek_fail(e, EK_EXIT_FAILED, "no_network", "cannot prepare for the network: %s", curl_easy_strerror(curl_rc));
  if ((c->options.ca_bundle && check_bundle(c->options.ca_bundle, e) < 0) || ek_http_loop_open(c, e) < 0)
    return -1;
  c->thread = ek_pool_start(1, ek_http_loop_run, c, e);
  return c->thread ? 0 : -1;
}

ek_http_client *
ek_http_new(const ek_http_options *o, ek_error *e)
{
  ek_http_client *c = ek_mem_zero(1, sizeof *c);
  c->epoll = c->wake = -1;
  c->queue_end = &c->queue;
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->empty, NULL);
  copy_options(c, o);
  /* An answer from a tape needs no network, so there is none. */
  if (open_tapes(c, e) < 0 || (!c->replay && start_thread(c, e) < 0)) {
    ek_http_free(c);
    return NULL;
  }
  return c;
}

void
ek_http_free(ek_http_client *c)
{
  if (!c)
    return;
  pthread_mutex_lock(&c->lock);
  c->stop = 1;
  if (c->thread)
    ek_http_loop_wake(c);
  while (c->inside)
    pthread_cond_wait(&c->empty, &c->lock);
  pthread_mutex_unlock(&c->lock);
  if (c->thread)
    ek_pool_join(c->thread);
  ek_http_loop_close(c);
  ek_tape_close(c->record);
  ek_tape_close(c->replay);
  free_options(&c->options);
  pthread_mutex_destroy(&c->lock);
  pthread_cond_destroy(&c->empty);
  free(c);
}

/* --- perform ------------------------------------------------------------------ */

/* Whoever is in perform, be it at a tape, keeps the client: freeing it waits. 0: it is being freed. */
static int
come_in(ek_http_client *c)
{
  pthread_mutex_lock(&c->lock);
  int open = !c->stop;
  c->inside += open ? 1 : 0;
  pthread_mutex_unlock(&c->lock);
  return open;
}

/* 0: nobody takes it any more. */
static int
hand_over(ek_exchange *x)
{
  ek_http_client *c = x->client;
  pthread_mutex_lock(&c->lock);
  int open = !c->stop;
  if (open) {
    x->next = NULL;
    *c->queue_end = x;
    c->queue_end = &x->next;
    ek_http_loop_wake(c);
  }
  pthread_mutex_unlock(&c->lock);
  return open;
}

static void
go_out(ek_http_client *c)
{
  pthread_mutex_lock(&c->lock);
  if (--c->inside == 0)
    pthread_cond_broadcast(&c->empty);
  pthread_mutex_unlock(&c->lock);
}

static enum ek_http_fault
say_cancelled(ek_exchange *x)
{
  ek_url_free(&x->url);
  return ek_http_say(x->e, EK_HTTP_FAULT_CANCELLED, x->spec->url, "cancelled");
}

static enum ek_http_fault
run(ek_exchange *x)
{
  sem_init(&x->done, 0, 0);
  int open = hand_over(x);
  while (open && sem_wait(&x->done) < 0)   /* a signal's handler ran in this thread */
    ;
  sem_destroy(&x->done);
  return open ? x->fault : say_cancelled(x);
}

static enum ek_http_fault
ask_tape(ek_http_client *c, const ek_http_request_spec *spec, ek_http_answer *out, ek_error *e)
{
  int found;
  uint64_t limit = spec->max_response ? spec->max_response : 16u << 20;
  if (spec->flags & EK_HTTP_NO_TAPE)
    return ek_http_say(e, EK_HTTP_FAULT_TAPE, spec->url,
                       "is not asked while answers come from a tape (network.replay)");
  found = ek_tape_get(c->replay, spec, out, e);
  if (found < 0)
    return EK_HTTP_FAULT_TAPE;
  if (!found) {
    ek_http_say(e, EK_HTTP_FAULT_TAPE, spec->url, "this %s is not on the tape", spec->method);
    ek_help(e, "record it: network.record in place of network.replay, with the same configuration");
    return EK_HTTP_FAULT_TAPE;
  }
  if (out->body.len > limit) {
    out->body.len = (size_t)limit;
    return ek_http_say(e, EK_HTTP_FAULT_TOO_LARGE, spec->url, "the answer is larger than %llu bytes",
                       (unsigned long long)limit);
  }
  return EK_HTTP_FAULT_NONE;
}

/* The answer may have been paid for: it is not lost to a full disk. */
static void
keep(ek_http_client *c, const ek_http_request_spec *spec, const ek_http_answer *out)
{
  ek_error e = { 0 };
  if (!c->record || (spec->flags & EK_HTTP_NO_TAPE) || ek_tape_put(c->record, spec, out, &e) == 0)
    return;
  pthread_mutex_lock(&c->lock);
  int again = c->tape_warned;
  c->tape_warned = 1;
  pthread_mutex_unlock(&c->lock);
  if (!again)
    ek_warn("tape_not_written", "the tape is not complete: %s (%s)", e.message, e.file);
}

enum ek_http_fault
ek_http_perform(ek_http_client *c, const ek_http_request_spec *spec, ek_http_answer *out, ek_error *e)
{
  ek_exchange x = { .client = c, .spec = spec, .out = out, .e = e };
  const char *word = ek_url_parse(spec->url, (spec->flags & EK_HTTP_TRUSTED) != 0, &x.url);
  if (!word)
    word = ek_request_fault(spec);
  if (word) {
    ek_url_free(&x.url);
    return ek_http_say(e, EK_HTTP_FAULT_URL, spec->url, "%s", word);
  }
  if ((spec->cancelled && spec->cancelled(spec->cancelled_arg)) || !come_in(c))
    return say_cancelled(&x);
  enum ek_http_fault fault;
  if (c->replay) {
    ek_url_free(&x.url);
    fault = ask_tape(c, spec, out, e);
  } else {
    fault = run(&x);
    if (fault == EK_HTTP_FAULT_NONE)
      keep(c, spec, out);
  }
  go_out(c);
  return fault;
}

/* --- answers ------------------------------------------------------------------ */

ek_str
ek_http_header(const ek_http_answer *a, const char *name)
{
  size_t n = strlen(name);
  const char *at = a->headers.len ? a->headers.data : "", *end = at + a->headers.len;
  while (at < end) {
    const char *eol = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((eol ? eol : end) - at);
    if (len > n && at[n] == ':' && strncasecmp(at, name, n) == 0) {
      const char *v = at + n + 1, *stop = at + len;
      while (v < stop && (*v == ' ' || *v == '\t'))
        v++;
      while (stop > v && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
      return (ek_str){ v, (size_t)(stop - v) };
    }
    at = eol ? eol + 1 : end;
  }
  return (ek_str){ NULL, 0 };
}

void
ek_http_answer_free(ek_http_answer *a)
{
  ek_text_free(&a->headers);
  ek_text_free(&a->body);
  memset(a, 0, sizeof *a);
}
