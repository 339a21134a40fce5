/* SPDX-License-Identifier: BSD-3-Clause */
/* The plugin, the extensions and the rooms behind them, all genuine, against a server on 127.0.0.1 that has one
 * picture and one answer. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include "base/pool.h"
#include "plugin/rig.h"

/* ---- the server ------------------------------------------------------------------------- */

static struct {
  int listener, stop, port, gets, posts;
  const char *status, *body;             /* of a POST                            */
  char last[4096];                       /* head of the last POST                */
  ek_pool *pool;
} server;

static unsigned char picture[] = {
  0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 100, 0, 0, 0, 120, 8, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
  'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82,
};

static void
put32(unsigned char *at, unsigned long v)
{
  for (int i = 0; i < 4; i++)
    at[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void
serve(int fd)
{
  char in[20000], head[300];
  size_t n = 0, want = 0;
  for (;;) {
    ssize_t got = recv(fd, in + n, sizeof in - 1 - n, 0);
    if (got <= 0)
      return;
    n += (size_t)got;
    in[n] = 0;
    char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "\r\ncontent-length:");
    if (end && !want)
      want = (size_t)(end - in) + 4 + (length && length < end ? (size_t)atol(length + 17) : 0);
    if (want && n >= want)
      break;
  }
  int post = strncmp(in, "POST ", 5) == 0;
  const char *body = post ? server.body : (const char *)picture;
  size_t size = post ? strlen(body) : sizeof picture;
  if (post)
    snprintf(server.last, sizeof server.last, "%.*s", (int)(strstr(in, "\r\n\r\n") - in), in);
  __atomic_add_fetch(post ? &server.posts : &server.gets, 1, __ATOMIC_RELAXED);
  snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
           post ? server.status : "200 OK", size);
  send(fd, head, strlen(head), MSG_NOSIGNAL);
  send(fd, body, size, MSG_NOSIGNAL);
}

static void
accept_all(void *arg, unsigned index)
{
  (void)arg;
  (void)index;
  while (!__atomic_load_n(&server.stop, __ATOMIC_ACQUIRE)) {
    struct pollfd p = { server.listener, POLLIN, 0 };
    if (poll(&p, 1, 50) <= 0)
      continue;
    int fd = accept(server.listener, NULL, NULL);
    if (fd < 0)
      continue;
    serve(fd);
    close(fd);
  }
}

static void
start_server(void)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  ek_error e = { 0 };
  server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&at, sizeof at), 0);
  ck_assert_int_eq(listen(server.listener, 20), 0);
  getsockname(server.listener, (struct sockaddr *)&at, &size);
  server.port = ntohs(at.sin_port);
  put32(picture + 29, crc32(0, picture + 12, 17));
  put32(picture + 51, crc32(0, picture + 37, 14));
  server.pool = ek_pool_start(1, accept_all, NULL, &e);
  ck_assert_msg(server.pool != NULL, "%s", e.message);
}

/* ---- the services ------------------------------------------------------------------------- */

static char folder[64];
static ek_services services;
static ek_exchange *exchange;
static ek_registry *registry;
static ek_step_settings settings;
static rig r;
static char address[100];
static ek_str image;

static void
open_services(int allow)
{
  static const char *const allowed[] = { "127.0.0.1" };
  char path[100], endpoint[100];
  ek_error e = { 0 };
  snprintf(path, sizeof path, "%s/cache.db", folder);
  snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", server.port);
  services = (ek_services){ .guard = ek_guard_new(allowed, allow ? 1 : 0, &e), .folder = "/out" };
  services.http = ek_http_new(&(ek_http_options){ .guard = services.guard, .connect_timeout_ns = 5000000000,
                                                  .proxy = "none", .user_agent = "test" }, &e);
  ck_assert_msg(services.http != NULL, "%s", e.message);
  services.aws = ek_aws_new(&(ek_aws_options){ .http = services.http, .region = "eu-west-1", 
                                             .endpoint_url = endpoint }, &e);
  ck_assert_msg(services.aws != NULL, "%s", e.message);
  services.assets = ek_assets_new(&(ek_asset_options){ .http = services.http, .aws = services.aws,
                                                       .timeout_ns = 5000000000, .max_bytes = 1 << 20,
                                                       .max_side = 10000 });
  exchange = services.exchange = ek_exchange_open(&(ek_exchange_options){ .path = path }, &e);
  ck_assert_msg(exchange != NULL, "%s", e.message);
}

static void
close_services(void)
{
  ek_error e = { 0 };
  ck_assert_msg(ek_exchange_close(services.exchange, &e) == 0, "%s", e.message);
  ek_assets_free(services.assets);
  ek_aws_free(services.aws);
  ek_http_free(services.http);
  ek_guard_free(services.guard);
}

static void
set_up(void)
{
  static char path[4096];
  const char *top = getenv("top_builddir");
  char *plugins = path;
  snprintf(path, sizeof path, "%s/plugins/rekognition/.libs", top ? top : ".");
  strcpy(folder, "/tmp/ek-rekognition-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  setenv("HOME", folder, 1);
  setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "hush", 1);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  unsetenv("AWS_PROFILE");
  unsetenv("AWS_SESSION_TOKEN");
  registry = ek_registry_scan(&plugins, 1, NULL, 0, NULL);
  settings = (ek_step_settings){ .cache = -1, .budget = { .kind = EK_BUDGET_MONEY, .money = { 20000000000, "USD" } } };
  start_server();
  server.status = "200 OK";
  server.body =
    "{\"Labels\":[{\"Name\":\"Drinks\",\"Confidence\":99,\"Parents\":[]},{\"Name\":\"Tea\",\"Confidence\":98,"
                "\"Parents\":[{\"Name\":\"Drinks\"}]}]}";
  snprintf(address, sizeof address, "http://127.0.0.1:%d/a.png", server.port);
  image = ek_cstr(address);
}

static void
tear_down(void)
{
  char path[100];
  __atomic_store_n(&server.stop, 1, __ATOMIC_RELEASE);
  ek_pool_join(server.pool);
  close(server.listener);
  ek_registry_free(registry);
  for (int i = 0; i < 3; i++) {
    static const char *const names[] = { "cache.db", "cache.db-wal", "cache.db-shm" };
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    unlink(path);
  }
  rmdir(folder);
}

static ek_status
enrich(const char *options)
{
  ek_error e = { 0 };
  const ek_plugin *p = ek_registry_find(registry, "rekognition", &e);
  ck_assert_msg(p != NULL, "%s; %s", e.message, e.help);
  rig_start_step(&r, p, options, &services, &settings);
  ck_assert_msg(r.instance != NULL, "%s", r.findings.n ? r.findings.list[0].message : "no finding");
  ck_assert_msg(rig_bind(&r, NULL, &e) == 0, "%s", e.message);
  rig_field(&r, "image", &image, 1);
  r.call.deadline_ns = ek_monotonic_ns() + 10000000000;
  ek_status s = rig_enrich(&r);
  ek_call_end(&r.call);
  return s;
}

static int64_t
spent(void)
{
  int64_t nano = -1;
  ek_error e = { 0 };
  ck_assert_int_eq(ek_exchange_flush(exchange, &e), 0);
  ck_assert_msg(ek_exchange_spent(exchange, "/out", "third", "USD", &nano, &e) == 0, "%s", e.message);
  return nano;
}

START_TEST(asked_once_for_all_runs)
{
  open_services(1);
  ck_assert_msg(enrich(NULL) == EK_OK, "%s", r.call.error);
  ck_assert_str_eq(rig_labels(&r), "Tea");
  rig_stop(&r);
  ck_assert_ptr_nonnull(strstr(server.last, "POST / HTTP/1.1\r\n"));
  ck_assert_ptr_nonnull(strcasestr(server.last, "\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  ck_assert_ptr_nonnull(strstr(server.last, "/eu-west-1/rekognition/aws4_request"));
  ck_assert_ptr_nonnull(strcasestr(server.last, "\r\nx-amz-target: RekognitionService.DetectLabels"));
  ck_assert_int_eq(spent(), 1000000);
  ck_assert_int_eq(enrich("{emit: both}"), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Drinks|Tea");
  rig_stop(&r);
  close_services();
  open_services(1);                                  /* another run                  */
  ck_assert_int_eq(enrich("{max_labels: 1, min_confidence: 90}"), EK_OK);
  ck_assert_str_eq(rig_labels(&r), "Drinks");
  rig_stop(&r);
  ck_assert_int_eq(server.gets, 1);
  ck_assert_int_eq(server.posts, 1);
  ck_assert_int_eq(spent(), 1000000);
  ck_assert_int_eq(enrich("{request: exact}"), EK_OK);
  rig_stop(&r);
  ck_assert_int_eq(server.posts, 2);
  ck_assert_int_eq(spent(), 2000000);
  close_services();
}
END_TEST

static const struct { const char *status, *body; ek_status result; const char *reason, *code, *why; } errors[] = {
  { "400 Bad Request", "{\"__type\":\"com.amazonaws.rekognition#ThrottlingException\",\"message\":\"Slow down\"}",
    EK_RETRY,
    "throttled", "ThrottlingException", "ThrottlingException: Slow down" },
  { "500 Internal Server Error", "{\"__type\":\"InternalServerError\"}", EK_RETRY, "service_error",
    "InternalServerError",
    "InternalServerError" },
  { "400 Bad Request", "{\"__type\":\"AccessDeniedException\",\"Message\":\"User x is not authorized\"}", EK_FATAL,
    "service_error", "AccessDeniedException", "access denied: the caller may not rekognition:DetectLabels (Acc" },
  { "400 Bad Request", "{\"__type\":\"UnrecognizedClientException\",\"message\":\"invalid token\"}", EK_FATAL,
    "service_error", "UnrecognizedClientException", "AWS refuses the credentials for rekognition:DetectLabels (Unr" },
  { "400 Bad Request", "{\"__type\":\"InvalidImageFormatException\",\"Message\":\"bad\"}", EK_ITEM_ERROR,
    "service_error",
    "InvalidImageFormatException", "InvalidImageFormatException: bad" },
  { "502 Bad Gateway", "<html>", EK_RETRY, "service_error", "", "HTTP 502 from rekognition:DetectLabels" },
  { "200 OK", "<html>", EK_RETRY, "service_error", "", "the answer of Rekognition cannot be used: it is no JSON" },
};

START_TEST(refusals_of_the_service)
{
  server.status = errors[_i].status;
  server.body = errors[_i].body;
  open_services(1);
  ck_assert_int_eq(enrich(NULL), errors[_i].result);
  ck_assert_msg(strstr(r.call.error, errors[_i].why) != NULL, "%s", r.call.error);
  ck_assert_ptr_null(strstr(r.call.error, "hush"));
  ck_assert_str_eq(r.call.reason, errors[_i].reason);
  ck_assert_str_eq(r.call.code, errors[_i].code);
  rig_stop(&r);
  ck_assert_int_eq(spent(), strcmp(errors[_i].status, "200 OK") == 0 ? 1000000 : 0);
  server.status = "200 OK";
  server.body = "{\"Labels\":[]}";
  ck_assert_int_eq(enrich(NULL), EK_NO_LABELS);      /* nothing was kept, and no claim either */
  rig_stop(&r);
  ck_assert_int_eq(server.posts, 2);
  close_services();
}
END_TEST

START_TEST(guarded_pictures_cost_nothing)
{
  open_services(0);
  ck_assert_int_eq(enrich(NULL), EK_ITEM_ERROR);
  ck_assert_str_eq(r.call.reason, "asset_refused");
  ck_assert_msg(strstr(r.call.error, "loopback") != NULL, "%s", r.call.error);
  rig_stop(&r);
  image = ek_cstr("");
  ck_assert_int_eq(enrich(NULL), EK_SKIPPED);
  rig_stop(&r);
  ck_assert_int_eq(server.gets + server.posts, 0);
  ck_assert_int_eq(spent(), 0);
  close_services();
}
END_TEST

START_TEST(a_service_that_is_not_there)
{
  open_services(1);
  ck_assert_int_eq(enrich(NULL), EK_OK);
  rig_stop(&r);
  __atomic_store_n(&server.stop, 1, __ATOMIC_RELEASE);
  ek_pool_join(server.pool);
  close(server.listener);
  ck_assert_int_eq(enrich(NULL), EK_OK);             /* what is kept needs nobody    */
  rig_stop(&r);
  ck_assert_int_eq(enrich("{request: exact}"), EK_RETRY);
  ck_assert_str_eq(r.call.reason, "asset_failed");   /* the picture is on the same server */
  rig_stop(&r);
  server.listener = -1;
  server.pool = NULL;
  close_services();
}
END_TEST

static void
tear_down_alone(void)
{
  if (server.pool)
    tear_down();
  else
    ek_registry_free(registry);
}

int
main(void)
{
  Suite *s = suite_create("services");
  TCase *t = tcase_create("services");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, set_up, tear_down_alone);
  tcase_add_test(t, asked_once_for_all_runs);
  tcase_add_loop_test(t, refusals_of_the_service, 0, (int)(sizeof errors / sizeof *errors));
  tcase_add_test(t, guarded_pictures_cost_nothing);
  tcase_add_test(t, a_service_that_is_not_there);
  suite_add_tcase(s, t);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? 1 : 0;
}
