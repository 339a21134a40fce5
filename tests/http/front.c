/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/front.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"

struct front {
  pid_t pid;                         /* 0: gone                                    */
  unsigned port;
  char log[128];
};

static char folder[64], ca_file[96], other_file[96];

const char *
front_program(void)
{
  static const char *const places[] = { "/usr/sbin/nghttpx", "/usr/bin/nghttpx", "/usr/local/bin/nghttpx" };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (access(places[i], X_OK) == 0)
      return places[i];
  return NULL;
}

/* --- certificates ---------------------------------------------------------------- */

typedef struct identity { EVP_PKEY *key; X509 *certificate; } identity;

static void
check(int ok, const char *what)
{
  if (!ok) {
    fprintf(stderr, "front: %s\n", what);
    abort();
  }
}

static void
extend(X509 *x, int what, const char *value)
{
  X509V3_CTX c;
  X509V3_set_ctx_nodb(&c);
  X509V3_set_ctx(&c, x, x, NULL, NULL, 0);
  X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, what, value);
  check(e && X509_add_ext(x, e, -1), "an extension of a certificate");
  X509_EXTENSION_free(e);
}

/* Good from and until so many days from now. issuer NULL: signed by itself. */
static identity
make(const char *name, int is_ca, const identity *issuer, long from, long until)
{
  static long serial = 1000;
  identity id = { EVP_EC_gen("P-256"), X509_new() };
  check(id.key && id.certificate, "a key");
  X509_NAME *subject = X509_get_subject_name(id.certificate);
  X509_set_version(id.certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(id.certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(id.certificate), from * 86400);
  X509_gmtime_adj(X509_getm_notAfter(id.certificate), until * 86400);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(id.certificate, issuer ? X509_get_subject_name(issuer->certificate) : subject);
  X509_set_pubkey(id.certificate, id.key);
  if (is_ca)
    extend(id.certificate, NID_basic_constraints, "critical,CA:TRUE");
  else
    extend(id.certificate, NID_subject_alt_name, "DNS:loop.test,DNS:closed.test,IP:127.0.0.1");
  check(X509_sign(id.certificate, issuer ? issuer->key : id.key, EVP_sha256()) > 0, "a signature");
  return id;
}

static void
write_pem(const char *path, X509 *certificate, EVP_PKEY *key)
{
  FILE *f = fopen(path, "w");
  check(f && (!certificate || PEM_write_X509(f, certificate)) &&
          (!key || PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL)) && fclose(f) == 0, path);
}

static void
write_server(const char *name, const identity *issuer, long from, long until)
{
  char path[160];
  identity id = make("loop.test", 0, issuer, from, until);
  snprintf(path, sizeof path, "%s/%s.crt", folder, name);
  write_pem(path, id.certificate, NULL);
  snprintf(path, sizeof path, "%s/%s.key", folder, name);
  write_pem(path, NULL, id.key);
  EVP_PKEY_free(id.key);
  X509_free(id.certificate);
}

static const char *const names[] = { [FRONT_GOOD] = "good", [FRONT_EXPIRED] = "expired", [FRONT_NOT_YET] = "not-yet",
                                     [FRONT_SELF_SIGNED] = "self-signed" };

void
front_prepare(void)
{
  snprintf(folder, sizeof folder, "/tmp/ek-front.XXXXXX");
  check(mkdtemp(folder) != NULL, "a folder");
  identity ca = make("enrichkit test CA", 1, NULL, -100, 100), other = make("another CA", 1, NULL, -100, 100);
  snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
  snprintf(other_file, sizeof other_file, "%s/other.pem", folder);
  write_pem(ca_file, ca.certificate, NULL);
  write_pem(other_file, other.certificate, NULL);
  write_server(names[FRONT_GOOD], &ca, -10, 10);
  write_server(names[FRONT_EXPIRED], &ca, -20, -10);
  write_server(names[FRONT_NOT_YET], &ca, 10, 20);
  write_server(names[FRONT_SELF_SIGNED], NULL, -10, 10);
  EVP_PKEY_free(ca.key);
  X509_free(ca.certificate);
  EVP_PKEY_free(other.key);
  X509_free(other.certificate);
}

void
front_clear(void)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  check(system(command) == 0, command);
}

const char *
front_ca(void)
{
  return ca_file;
}

const char *
front_other_ca(void)
{
  return other_file;
}

/* --- the program ------------------------------------------------------------------- */

enum { ARGUMENTS = 16 };

/* Made before the child is, which shares nothing with our threads then but what it may call. */
typedef struct command { char text[ARGUMENTS][192]; char *argv[ARGUMENTS + 1]; size_t n; } command;

static void __attribute__((format(printf, 2, 3)))
add(command *c, const char *fmt, ...)
{
  va_list ap;
  va_start(ap, fmt);
  check(c->n < ARGUMENTS, "an argument");
  vsnprintf(c->text[c->n], sizeof c->text[0], fmt, ap);
  va_end(ap);
  c->argv[c->n] = c->text[c->n];
  c->n++;
}

static void
make_command(command *c, const front_options *o, const front *f)
{
  const char *name = names[o->certificate];
  add(c, "nghttpx");
  add(c, "--conf=/dev/null");
  add(c, "--single-process");
  add(c, "--single-thread");
  add(c, "--no-ocsp");
  add(c, "--no-location-rewrite");
  add(c, "--errorlog-file=/dev/null");
  add(c, "--accesslog-file=%s", f->log);
  add(c, "--accesslog-format=$alpn $remote_port .");
  add(c, "--frontend=127.0.0.1,%u", f->port);
  add(c, "--backend=127.0.0.1,%u", o->backend);
  add(c, "--npn-list=%s", o->alpn ? o->alpn : "h2,http/1.1");
  add(c, "--frontend-http2-max-concurrent-streams=%u", o->max_streams ? o->max_streams : 100);
  if (o->max_requests)
    add(c, "--frontend-max-requests=%u", o->max_requests);
  add(c, "%s/%s.key", folder, name);
  add(c, "%s/%s.crt", folder, name);
}

static void
become(command *c, int listener)
{
  int null = open("/dev/null", O_WRONLY);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(null, 1);
  dup2(null, 2);
  fcntl(listener, F_SETFD, 0);
  execv(front_program(), c->argv);
  _exit(127);
}

front *
front_start(const front_options *o)
{
  static unsigned number;
  front *f = ek_mem_zero(1, sizeof *f);
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t len = sizeof a;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(listener >= 0 && bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 1024) == 0 &&
          getsockname(listener, (struct sockaddr *)&a, &len) == 0, "a port");
  f->port = ntohs(a.sin_port);
  snprintf(f->log, sizeof f->log, "%s/log-%ld-%u", folder, (long)getpid(), number++);
  command c = { 0 };
  char inherit[32];
  make_command(&c, o, f);
  /* The socket that listens is handed down: no port that is free at one moment and taken at the next. */
  snprintf(inherit, sizeof inherit, "tcp,%d", listener);
  setenv("NGHTTPX_ACCEPT_1", inherit, 1);
  f->pid = fork();
  check(f->pid >= 0, "a process");
  if (f->pid == 0)
    become(&c, listener);
  unsetenv("NGHTTPX_ACCEPT_1");
  close(listener);
  return f;
}

void
front_kill(front *f)
{
  int status;
  if (!f->pid)
    return;
  kill(f->pid, SIGKILL);
  while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR)
    continue;
  f->pid = 0;
}

void
front_stop(front *f)
{
  if (!f)
    return;
  front_kill(f);
  free(f);
}

unsigned
front_port(const front *f)
{
  return f->port;
}

const char *
front_log(const front *f)
{
  return f->log;
}

const char *
front_url(const front *f, const char *host, const char *path)
{
  static __thread char buf[8][512];
  static __thread unsigned at;
  char *out = buf[at++ % 8];
  snprintf(out, sizeof buf[0], "https://%s:%u%s", host, f->port, path);
  return out;
}

/* --- its log ----------------------------------------------------------------------- */

static unsigned
read_log(const front *f, const char *alpn, unsigned *connections)
{
  static unsigned char seen[65536];
  unsigned n = 0, port;
  char protocol[32];
  FILE *in = fopen(f->log, "r");
  memset(seen, 0, sizeof seen);
  *connections = 0;
  while (in && fscanf(in, "%31s %u .", protocol, &port) == 2) {
    if (alpn && strcmp(alpn, protocol) != 0)
      continue;
    n++;
    *connections += !seen[port & 0xffff];
    seen[port & 0xffff] = 1;
  }
  if (in)
    fclose(in);
  return n;
}

unsigned
front_served(const front *f, const char *alpn, unsigned wanted, unsigned *connections)
{
  unsigned n = read_log(f, alpn, connections);
  for (int i = 0; i < 1000 && n < wanted; i++) {
    usleep(10000);
    n = read_log(f, alpn, connections);
  }
  return n;
}
