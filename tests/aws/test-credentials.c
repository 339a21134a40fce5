/* SPDX-License-Identifier: BSD-3-Clause */
/* The credential chain: who goes first, what each step asks, what is said when there is nothing,
 * refreshes by an injected clock, and many threads. */
#include "server.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "aws/credentials.h"
#include "aws/provider.h"
#include "base/number.h"

static client c;
static server s;
static _Atomic int64_t now_value = 1795510800;            /* 2026-11-24T09:00:00Z */

static int64_t
injected(void)
{
  return atomic_load(&now_value);
}

/* How the server behaves. */
static struct {
  int v2, container_code, metadata_code, sts_code, expires_in;
  const char *sts_body;
  _Atomic int generation;
} play;

static void
credentials_json(ek_text *out, const char *who)
{
  char expires[32], body[400];
  int n = atomic_fetch_add(&play.generation, 1) + 1;
  ek_number_utc(injected() + play.expires_in, expires);
  snprintf(body, sizeof body,
    "{\"Code\":\"Success\",\"AccessKeyId\":\"%s%d\",\"SecretAccessKey\":\"secret%d\","
    "\"Token\":\"token%d\",\"Expiration\":\"%s\"}",
           who, n, n, n, expires);
  reply(out, 200, "", body);
}

static void
sts(const received *r, ek_text *out)
{
  char body[800], expires[32];
  ek_number_utc(injected() + play.expires_in, expires);
  if (play.sts_code != 200) {
    reply(out, play.sts_code, "", play.sts_body);
    return;
  }
  snprintf(body, sizeof body, "<R><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s&amp;s</SecretAccessKey>"
           "<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></R>",
           strstr(r->body, "WebIdentity") ? "WEB" : "ROLE", expires);
  reply(out, 200, "", body);
}

static void
metadata(const received *r, ek_text *out)
{
  char token[64];
  int put = !strcmp(r->method, "PUT");
  if (put && play.v2 == 200)
    reply(out, 200, "", "SESSION\n");
  else if (put)
    reply(out, play.v2, "", "");
  else if (strcmp(header_of(r, "x-aws-ec2-metadata-token", token, sizeof token), play.v2 == 200 ? "SESSION" : ""))
    reply(out, 401, "", "");
  else if (play.metadata_code != 200)
    reply(out, play.metadata_code, "", "");
  else if (strstr(r->target, "placement/region"))
    reply(out, 200, "", "eu-north-1\n");
  else if (!strcmp(strrchr(r->target, '/'), "/"))
    reply(out, 200, "", "my-role\n");
  else if (!strcmp(strrchr(r->target, '/'), "/my-role"))
    credentials_json(out, "IMDS");
  else
    reply(out, 404, "", "");
}

static void
answer(server *me, const received *r, ek_text *out)
{
  (void)me;
  if (!strncmp(r->target, "/latest/", 8))
    metadata(r, out);
  else if (!strncmp(r->target, "/container", 10) && play.container_code == 200)
    credentials_json(out, "CONT");
  else if (!strncmp(r->target, "/container", 10))
    reply(out, play.container_code, "", "no");
  else
    sts(r, out);
}

static void
setup(void)
{
  play.v2 = 200, play.container_code = 200, play.metadata_code = 200, play.sts_code = 200, play.expires_in = 3600;
  atomic_store(&play.generation, 0);
  client_start(&c);
  server_start(&s, answer, NULL);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  mkdir(".aws", 0700);
  unlink(".aws/config");           /* of the test before: they are processes of their own, in one folder */
  unlink(".aws/credentials");
}

static void
teardown(void)
{
  client_stop(&c);
  server_stop(&s);
}

static void
variable(const char *name, const char *format, const char *value)
{
  char text[400];
  snprintf(text, sizeof text, format, value);
  setenv(name, text, 1);
}

typedef struct chain { ek_aws_profiles *p; ek_credentials *c; ek_aws_grant g; ek_error e; } chain;

static chain
open_chain(const char *profile)
{
  chain k = { 0 };
  k.p = ek_aws_profiles_load(&k.e);
  ck_assert_msg(k.p != NULL, "%s: %s", k.e.file, k.e.message);
  ek_credentials_options o = { .http = c.http, .profiles = k.p, .profile = profile, .region = "eu-west-1",
    .endpoint_url = s.url, .now = injected };
  k.c = ek_credentials_new(&o);
  return k;
}

static int
get(chain *k, int force)
{
  return ek_credentials_get(k->c, force, NULL, NULL, &k->g, &k->e);
}

static void
close_chain(chain *k)
{
  ek_aws_grant_clear(&k->g);
  ek_credentials_free(k->c);
  ek_aws_profiles_free(k->p);
}

/* "id from source", or "message / help"; no secret may be in it. */
static const char *
look_up(const char *profile)
{
  static char out[2200];
  chain k = open_chain(profile);
  if (get(&k, 0))
    snprintf(out, sizeof out, "%s%s%s", k.e.message, k.e.help[0] ? " / " : "", k.e.help);
  else
    snprintf(out, sizeof out, "%s from %s", k.g.keys.id, k.g.source);
  close_chain(&k);
  ck_assert_ptr_null(strstr(out, "S3cr3t"));
  return out;
}

START_TEST(nothing_anywhere)
{
  unsetenv("AWS_EC2_METADATA_DISABLED");
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
  write_whole(".aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=S3cr3t\n[admin]\n");
  setenv("AWS_PROFILE", "shop", 1);
  /* message 14 of the configuration, to the letter */
  ck_assert_str_eq(look_up(NULL),
    "no AWS credentials: tried AWS_ACCESS_KEY_ID (not set), ~/.aws/credentials (no profile 'shop'), "
    "container and instance metadata (no answer) / aws configure --profile shop, or set aws.profile to one of: "
      "default, admin");
  setenv("AWS_PROFILE", "admin", 1);
  setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
  ck_assert_str_eq(look_up(NULL),
    "no AWS credentials: tried AWS_ACCESS_KEY_ID (not set), ~/.aws/credentials (no aws_access_key_id in profile "
      "'admin'), "
    "container and instance metadata (AWS_EC2_METADATA_DISABLED is set)"
    " / aws configure --profile admin, or set aws.profile (profiles there are: default, admin)");
  unlink(".aws/credentials");
  unsetenv("AWS_PROFILE");
  ck_assert_str_eq(look_up(NULL),
    "no AWS credentials: tried AWS_ACCESS_KEY_ID (not set), ~/.aws/credentials (not there), "
    "container and instance metadata (AWS_EC2_METADATA_DISABLED is set) / aws configure --profile default");
}
END_TEST

#define ROLE "arn:aws:iam::111122223333:role/r"

/* All sources at once; then the first of them goes away, and the next is found. */
START_TEST(precedence)
{
#define BASE "[base]\naws_access_key_id=BASE\naws_secret_access_key=S3cr3t\n"
  static const char shared[] = "[default]\naws_access_key_id=SHARED\naws_secret_access_key=S3cr3t\n" BASE;
  static const char base[] = BASE;
  setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "S3cr3t", 1);
  setenv("AWS_SESSION_TOKEN", "T", 1);
  write_whole(".aws/credentials", shared);
  write_whole(".aws/config",
    "[default]\nrole_arn = " ROLE "\nsource_profile = base\nexternal_id = x/y z\nduration_seconds = "
    "900\nrole_session_name = me\n");
  write_whole("token", "WEBTOKEN\n");
  setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token", 1);
  setenv("AWS_ROLE_ARN", ROLE, 1);
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  unsetenv("AWS_EC2_METADATA_DISABLED");
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.url, 1);
  ck_assert_str_eq(look_up(NULL), "ENV from environment");
  unsetenv("AWS_ACCESS_KEY_ID");
  ck_assert_str_eq(look_up(NULL), "ROLE from role " ROLE " of profile 'default'");
  char text[600];
  ck_assert_str_eq(s.last.body,
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"
                   "&RoleSessionName=me&DurationSeconds=900&ExternalId=x%2Fy%20z");
  ck_assert_ptr_nonnull(strstr(header_of(&s.last, "Authorization", text, sizeof text),
    "Credential=BASE/20261124/eu-west-1/sts/aws4_request"));

  /* a profile with a token file is no role of step 2 */
  write_whole(".aws/config", "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=S3cr3t\ncredential_process = "
              "sh -c 'echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"PROC\\\","
              "\\\"SecretAccessKey\\\":\\\"S3cr3t\\\"}\"'\n");
  ck_assert_str_eq(look_up(NULL), "WEB from web identity as " ROLE);
  ck_assert_ptr_nonnull(strstr(s.last.body, "Action=AssumeRoleWithWebIdentity"));
  ck_assert_ptr_nonnull(strstr(s.last.body, "&RoleSessionName=enrichkit-1795510800"));
  ck_assert_ptr_nonnull(strstr(s.last.body, "&WebIdentityToken=WEBTOKEN"));
  ck_assert_str_eq(header_of(&s.last, "Authorization", text, sizeof text), "");
  unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
  ck_assert_str_eq(look_up(NULL), "SHARED from profile 'default'");
  write_whole(".aws/credentials", base);
  ck_assert_str_eq(look_up(NULL), "PROC from credential_process of profile 'default'");
  write_whole(".aws/config", "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=S3cr3t\n");
  ck_assert_str_eq(look_up(NULL), "CONFIG from profile 'default'");
  write_whole(".aws/config", "");
  ck_assert_str_eq(look_up(NULL), "CONT1 from container");
  unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  ck_assert_str_eq(look_up(NULL), "IMDS2 from instance metadata");
}
END_TEST

START_TEST(a_chosen_profile_goes_before_the_environment)
{
  setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "S3cr3t", 1);
  write_whole(".aws/credentials", "[shop]\naws_access_key_id=SHOP\naws_secret_access_key=S3cr3t\n[empty]\n");
  ck_assert_str_eq(look_up("shop"), "SHOP from profile 'shop'");
  setenv("AWS_PROFILE", "shop", 1);
  ck_assert_str_eq(look_up(NULL), "ENV from environment");
  ck_assert_ptr_nonnull(strstr(look_up("empty"),
    "tried AWS_ACCESS_KEY_ID (not looked at, because aws.profile is set), "));
}
END_TEST

static const struct { const char *config, *credentials, *profile, *says; } files[] = {
  { "", "[default]\naws_access_key_id = A\n", NULL,
    "profile 'default' of ~/.aws/credentials has aws_access_key_id, but no aws_secret_access_key" },
  { "[profile x]\nsso_account_id = 1\nsso_role_name = r\n", "", "x",
    "profile 'x' signs in through SSO (IAM Identity Center), which is not supported here"
    " / sign in with the AWS command line, then: eval \"$(aws configure export-credentials --profile x --format "
      "env)\", and leave aws.profile out" },
  { "[profile x]\nlogin_session = a\n", "", "x",
    "profile 'x' signs in through 'aws login', which is not supported here" },
  { "[profile x]\nrole_arn = " ROLE "\n", "", "x",
    "profile 'x' has role_arn and neither source_profile nor credential_source" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\ncredential_source = Environment\n", "", "x",
    "profile 'x' has role_arn and both" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n", "[z]\n", "x",
    "profile 'x' has source_profile 'y', and there is no such profile / profiles there are: x, z" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n[profile y]\nregion = r\n", "", "x",
    "profile 'x' has source_profile 'y', which has no credentials" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n[profile y]\nrole_arn = " ROLE "\nsource_profile = x\n",
    "", "x", "source_profile of 'y' leads in a circle back to 'x'" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = x\n", "", "x",
    "source_profile of 'x' leads in a circle back to 'x'" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = x\n",
    "[x]\naws_access_key_id=A\naws_secret_access_key=S3cr3t\n", "x", "ROLE from role " ROLE " of profile 'x'" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n[profile y]\nrole_arn = " ROLE "2\nsource_profile = z\n",
    "[z]\naws_access_key_id=A\naws_secret_access_key=S3cr3t\n",
    "x", "ROLE from role " ROLE " of profile 'x'" },
  { "[profile x]\nrole_arn = " ROLE "\ncredential_source = Nowhere\n", "", "x",
    "profile 'x' has credential_source 'Nowhere', which is none" },
  { "[profile x]\nrole_arn = " ROLE "\ncredential_source = Environment\n", "", "x",
    "profile 'x' has credential_source Environment, which has no credentials" },
  { "[profile x]\nrole_arn = " ROLE "\nsource_profile = x\nmfa_serial = m\n", "", "x",
    "profile 'x' wants a code of a device (mfa_serial)" },
  { "[profile x]\nweb_identity_token_file = nowhere\nrole_arn = " ROLE "\n", "", "x",
    "cannot read nowhere: No such file or directory" },
  { "[profile x]\nweb_identity_token_file = nowhere\n", "", "x", "there is a web identity token file, but no role" },
  { "[profile x]\ncredential_process = /nonexistent/program --password S3cr3t\n", "", "x",
    "cannot start credential_process '/nonexistent/program': No such file or directory" },
  { "[profile x]\ncredential_process = sh -c 'exit 7'\n", "", "x", "credential_process 'sh' ended with status 7" },
  { "[profile x]\ncredential_process = sh -c 'kill -9 $$'\n", "", "x", "credential_process 'sh' ended with signal 9" },
  { "[profile x]\ncredential_process = 'open\n", "", "x", "credential_process of profile 'x' has an open quote" },
  { "[profile x]\ncredential_process = \n", "", "x", "credential_process of profile 'x' is empty" },
  { "[profile x]\ncredential_process = echo S3cr3t\n", "", "x", "the answer of credential_process is no JSON object" },
  { "[profile x]\ncredential_process = echo '{\"Version\":2}'\n", "", "x",
    "the answer of credential_process has no \"Version\": 1" },
  { "[profile x]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'\n", "", "x",
    "the answer of credential_process has no SecretAccessKey" },
  { "[profile x]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"A\","
    "\"SecretAccessKey\":\"S3cr3t\",\"Expiration\":\"soon\"}'\n", "", "x",
    "the answer of credential_process expires at 'soon', which is no time" },
  { "[profile x]\ncredential_process = sh -c 'head -c 70000 /dev/zero'\n", "", "x",
    "credential_process 'sh' printed more than 64 KiB" },
};

START_TEST(profiles)
{
  write_whole(".aws/config", files[_i].config);
  write_whole(".aws/credentials", files[_i].credentials);
  const char *got = look_up(files[_i].profile);
  ck_assert_msg(strstr(got, files[_i].says) != NULL, "%s\nnot: %s", got, files[_i].says);
}
END_TEST

START_TEST(environment)
{
  setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
  ck_assert_str_eq(look_up(NULL),
    "no AWS credentials: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not / set both, or neither");
  setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
  setenv("AWS_SECURITY_TOKEN", "old", 1);
  chain k = open_chain(NULL);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.token, "old");
  ck_assert_int_eq(k.g.expires, 0);
  /* refused as expired: nothing newer to be had */
  ck_assert_int_eq(get(&k, 1), -1);
  ck_assert_int_eq(k.e.status, EK_EXIT_STOPPED);
  ck_assert_str_eq(k.e.code, "credentials_expired");
  close_chain(&k);
  setenv("AWS_SESSION_TOKEN", "new", 1);
  setenv("AWS_CREDENTIAL_EXPIRATION", "2026-11-24T09:00:01Z", 1);
  k = open_chain(NULL);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.token, "new");
  atomic_fetch_add(&now_value, 1);
  ck_assert_int_eq(get(&k, 0), -1);
  ck_assert_str_eq(k.e.message, "the AWS credentials (environment) have expired: they cannot be refreshed");
  close_chain(&k);
  setenv("AWS_CREDENTIAL_EXPIRATION", "soon", 1);
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "AWS_CREDENTIAL_EXPIRATION is 'soon', which is no time"));
}
END_TEST

START_TEST(sts_refuses)
{
  write_whole(".aws/config",
    "[default]\nrole_arn = " ROLE "\nsource_profile = default\naws_access_key_id=A\naws_secret_access_key=S3cr3t\n");
  play.sts_code = 403;
  play.sts_body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User x is not "
    "authorized</Message></Error></ErrorResponse>";
  ck_assert_str_eq(look_up(NULL),
    "no AWS credentials: STS does not give role " ROLE ": AccessDenied: User x is not authorized (HTTP 403)"
                   " / the role's trust policy must name the caller, who must be allowed sts:AssumeRole");
  ck_assert_int_eq(s.requests, 1);
  play.sts_code = 500, play.sts_body = "";
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "(HTTP 500)"));
  ck_assert_int_eq(s.requests, 4);           /* three tries */
  play.sts_code = 200;
  play.expires_in = 3600;
  chain k = open_chain(NULL);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.secret, "s&s");
  ck_assert_int_eq(k.g.expires, injected() + 3600);
  close_chain(&k);
}
END_TEST

static const struct { const char *uri; int refused; } uris[] = {
  { "https://h/x", 0 }, { "http://127.0.0.1:1/x", 0 }, { "http://127.9.9.9/", 0 }, { "http://localhost:1/", 0 },
    { "http://[::1]:1/", 0 },
  { "http://169.254.170.2/", 0 }, { "http://169.254.170.23/", 0 }, { "http://[fd00:ec2::23]/", 0 },
  { "http://example.com/", 1 }, { "http://169.254.170.3/", 1 }, { "http://10.0.0.1/", 1 },
    { "http://127.0.0.1@evil/", 1 },
  { "http://localhost.evil/", 1 }, { "http://[fd00:ec2::24]/", 1 }, { "ftp://localhost/", 1 }, { "https://", 1 },
    { "localhost", 1 },
  { "http://127.1/", 1 }, { "http://user@localhost/", 1 }, { "http://2130706433/", 1 },
};

/* Only what the URL itself says: names that may be asked are asked of a cancelled client. */
static int
always(void *arg)
{
  (void)arg;
  return 1;
}

START_TEST(container_uri)
{
  setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", uris[_i].uri, 1);
  chain k = open_chain(NULL);
  ek_ask ask = { .http = c.http, .profiles = k.p, .profile = "default", .clock = ek_credentials_clock(k.c),
    .cancelled = always };
  ek_found f = { 0 };
  ck_assert_int_eq(ek_provide_container(&ask, &f, NULL, &k.e), EK_STEP_ERROR);
  ck_assert_msg(!strstr(k.e.message, "must not be asked of") == !uris[_i].refused, "%s: %s", uris[_i].uri, k.e.message);
  ek_found_clear(&f);
  close_chain(&k);
}
END_TEST

START_TEST(container)
{
  char text[100];
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container?x=1", s.url);
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain", 1);
  ck_assert_str_eq(look_up(NULL), "CONT1 from container");
  ck_assert_str_eq(header_of(&s.last, "Authorization", text, sizeof text), "plain");
  ck_assert_str_eq(s.last.target, "/container?x=1");
  write_whole("token", "from file\n");
  setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "token", 1);
  ck_assert_str_eq(look_up(NULL), "CONT2 from container");
  ck_assert_str_eq(header_of(&s.last, "Authorization", text, sizeof text), "from file");
  write_whole("token", "S3cr3t\r\nX-Other: 1\n");
  ck_assert_str_eq(look_up(NULL), "no AWS credentials: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds a line break");
  write_whole("token", "t");
  int before = s.requests;
  play.container_code = 500;
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "/container answers HTTP 500"));
  ck_assert_int_eq(s.requests, before + 3);
  play.container_code = 403;
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "/container answers HTTP 403"));
  ck_assert_int_eq(s.requests, before + 4);
}
END_TEST

/* The agent's own address, whatever the path says; the URL is in the message of a client that asks nobody. */
static const struct { const char *path, *url; } relatives[] = {
  { "/v2/credentials/x", "http://169.254.170.2/v2/credentials/x " }, { "v2/x", "http://169.254.170.2/v2/x " },
  { "@evil.example/x", "http://169.254.170.2/@evil.example/x " }, { ":80@evil.example/", "http://169.254.170.2/:80@" },
};

START_TEST(container_relative_uri)
{
  setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", relatives[_i].path, 1);
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);   /* comes second */
  chain k = open_chain(NULL);
  ek_ask ask = { .http = c.http, .profiles = k.p, .profile = "default", .clock = ek_credentials_clock(k.c),
    .cancelled = always };
  ek_found f = { 0 };
  ck_assert_int_eq(ek_provide_container(&ask, &f, NULL, &k.e), EK_STEP_ERROR);
  ck_assert_msg(strstr(k.e.message, relatives[_i].url) != NULL, "%s", k.e.message);
  ck_assert_int_eq(s.requests, 0);
  ek_found_clear(&f);
  close_chain(&k);
}
END_TEST

/* Each source that a role may name, and by whom the role was signed for. */
START_TEST(credential_sources)
{
  static const struct { const char *source, *signer; } sources[] = {
    { "Environment", "Credential=ENV/" }, { "EcsContainer", "Credential=CONT" },
    { "Ec2InstanceMetadata", "Credential=IMDS" },
  };
  char config[300], text[600];
  setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "S3cr3t", 1);
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  unsetenv("AWS_EC2_METADATA_DISABLED");
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.url, 1);
  for (int i = 0; i < 3; i++) {
    snprintf(config, sizeof config, "[profile x]\nrole_arn = " ROLE "\ncredential_source = %s\n", sources[i].source);
    write_whole(".aws/config", config);
    ck_assert_str_eq(look_up("x"), "ROLE from role " ROLE " of profile 'x'");
    header_of(&s.last, "Authorization", text, sizeof text);
    ck_assert_msg(strstr(text, sources[i].signer) != NULL, "%s", text);
  }
}
END_TEST

/* A profile of its own kind as the source of a role: the token file of the one, the process of the other. */
START_TEST(sources_that_are_profiles)
{
  char text[600];
  write_whole("token", "WEBTOKEN\n");
  setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "nowhere", 1);        /* not of this profile       */
  write_whole(".aws/config", "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n"
              "[profile y]\nweb_identity_token_file = token\nrole_arn = " ROLE "2\n");
  ck_assert_str_eq(look_up("x"), "ROLE from role " ROLE " of profile 'x'");
  ck_assert_ptr_nonnull(strstr(header_of(&s.last, "Authorization", text, sizeof text), "Credential=WEB/"));
  ck_assert_int_eq(s.requests, 2);
  write_whole(".aws/config", "[profile x]\nrole_arn = " ROLE "\nsource_profile = y\n"
              "[profile y]\ncredential_process = sh -c 'echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"PROC\\\","
              "\\\"SecretAccessKey\\\":\\\"S3cr3t\\\"}\"'\n");
  ck_assert_str_eq(look_up("x"), "ROLE from role " ROLE " of profile 'x'");
  ck_assert_ptr_nonnull(strstr(header_of(&s.last, "Authorization", text, sizeof text), "Credential=PROC/"));
}
END_TEST

/* The file's token is replaced while we run: each refresh reads it anew. */
START_TEST(web_identity_is_read_anew)
{
  write_whole("token", "FIRST\n");
  write_whole(".aws/config", "[profile x]\nweb_identity_token_file = token\nrole_arn = " ROLE "\n"
              "role_session_name = me\n");
  chain k = open_chain("x");
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_ptr_nonnull(strstr(s.last.body, "&RoleSessionName=me&WebIdentityToken=FIRST"));
  write_whole("token", "SECOND\n");
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 1);
  atomic_fetch_add(&now_value, 3000 + 1);            /* less than ten minutes are left */
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 2);
  ck_assert_ptr_nonnull(strstr(s.last.body, "&WebIdentityToken=SECOND"));
  ck_assert_int_eq(k.g.expires, injected() + 3600);
  close_chain(&k);
}
END_TEST

START_TEST(instance_metadata)
{
  char text[100];
  unsetenv("AWS_EC2_METADATA_DISABLED");
  variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", "%s/", s.url);
  ck_assert_str_eq(look_up(NULL), "IMDS1 from instance metadata");
  ck_assert_int_eq(s.requests, 3);
  ck_assert_str_eq(s.last.target, "/latest/meta-data/iam/security-credentials/my-role");
  ck_assert_str_eq(header_of(&s.last, "x-aws-ec2-metadata-token", text, sizeof text), "SESSION");
  play.v2 = 404;                   /* an old agent: version 1                     */
  ck_assert_str_eq(look_up(NULL), "IMDS2 from instance metadata");
  setenv("AWS_EC2_METADATA_V1_DISABLED", "true", 1);
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "container and instance metadata (no answer)"));
  play.v2 = 200;
  play.metadata_code = 404;
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "container and instance metadata (this machine has no role)"));
  play.metadata_code = 500;
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "container and instance metadata (HTTP 500)"));
  play.v2 = 400;                   /* refused: no fallback                        */
  ck_assert_ptr_nonnull(strstr(look_up(NULL), "container and instance metadata (no answer)"));
}
END_TEST

/* By the clock: advisory at 15 minutes, mandatory at 10, and what happens when nobody answers. */
START_TEST(refreshes)
{
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  chain k = open_chain(NULL);
  int64_t expires = injected() + 3600;
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 1);
  atomic_store(&now_value, expires - 15 * 60 - 1);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 1);
  atomic_store(&now_value, expires - 15 * 60);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.id, "CONT2");
  ck_assert_int_eq(s.requests, 2);

  /* No answer: the old ones are good, and the agent has a minute's rest. */
  expires = injected() + 3600;
  play.container_code = 404;
  atomic_store(&now_value, expires - 14 * 60);
  for (int i = 0; i < 5; i++)
    ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.id, "CONT2");
  ck_assert_int_eq(s.requests, 3);
  atomic_store(&now_value, expires - 9 * 60);      /* mandatory: asked again, still valid */
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 4);
  atomic_store(&now_value, expires);
  ck_assert_int_eq(get(&k, 0), -1);
  ck_assert_int_eq(k.e.status, EK_EXIT_STOPPED);
  ck_assert_str_eq(k.e.code, "credentials_expired");
  char message[300];
  snprintf(message, sizeof message,
    "the AWS credentials (container) have expired: the container's agent at %s/container answers HTTP 404", s.url);
  ck_assert_str_eq(k.e.message, message);

  /* And it comes back. */
  play.container_code = 200;
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_str_eq(k.g.keys.id, "CONT3");
  close_chain(&k);
}
END_TEST

/* An agent that hands out what is nearly expired is asked once a minute. */
START_TEST(short_lived)
{
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  play.expires_in = 300;
  chain k = open_chain(NULL);
  for (int i = 0; i < 5; i++)
    ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 1);
  atomic_fetch_add(&now_value, 61);
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(s.requests, 2);
  close_chain(&k);
}
END_TEST

START_TEST(refused_as_expired)
{
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  chain k = open_chain(NULL);
  ek_aws_grant other = { 0 };
  ck_assert_int_eq(get(&k, 0), 0);
  ck_assert_int_eq(ek_credentials_get(k.c, 0, NULL, NULL, &other, &k.e), 0);
  ck_assert_int_eq(get(&k, 1), 0);
  ck_assert_str_eq(k.g.keys.id, "CONT2");
  /* Another thread had the same old ones: it gets what was fetched meanwhile. */
  ck_assert_int_eq(ek_credentials_get(k.c, 1, NULL, NULL, &other, &k.e), 0);
  ck_assert_str_eq(other.keys.id, "CONT2");
  ck_assert_int_eq(s.requests, 2);
  play.container_code = 404;
  ck_assert_int_eq(get(&k, 1), -1);
  ck_assert_str_eq(k.e.code, "credentials_expired");
  ek_aws_grant_clear(&other);
  close_chain(&k);
}
END_TEST

/* Nothing found: workers that come after do not each look again. */
START_TEST(nothing_is_remembered)
{
  unsetenv("AWS_EC2_METADATA_DISABLED");
  setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.url, 1);
  play.metadata_code = 404;
  chain k = open_chain(NULL);
  for (int i = 0; i < 5; i++) {
    ck_assert_int_eq(get(&k, 0), -1);
    ck_assert_str_eq(k.e.code, "no_credentials");
    ck_assert_int_eq(k.e.status, EK_EXIT_REFUSED);
  }
  ck_assert_int_eq(s.requests, 2);
  atomic_fetch_add(&now_value, 61);
  play.metadata_code = 200;
  ck_assert_int_eq(get(&k, 0), 0);
  close_chain(&k);
}
END_TEST

START_TEST(given_up)
{
  write_whole(".aws/config", "[default]\ncredential_process = sleep 30\n");
  chain k = open_chain(NULL);
  ck_assert_int_eq(ek_credentials_get(k.c, 0, always, NULL, &k.g, &k.e), -1);
  ck_assert_str_eq(k.e.code, "cancelled");
  close_chain(&k);
}
END_TEST

/* Helpers that do not end as they should. The shell writes down its own number, and its child's. child 1: that one
 * must be gone as well; 2: it must not. */
#define PIDS "echo $$ > pid; "
#define KEYS "echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"PROC\\\",\\\"SecretAccessKey\\\":\\\"S3cr3t\\\"}\"; "
#define BAD_LINE(what) "[profile x]\ncredential_process = sh -c '" PIDS what "'\n"
static const struct { const char *config, *says; int step, child; double seconds; } helpers[] = {
  { BAD_LINE(KEYS "exec >&-; sleep 1000"), "credential_process 'sh' did not end within 0.5 seconds", -1, 0, 0.5 },
  { BAD_LINE("exec sleep 1000"), "credential_process 'sh' did not end within 0.5 seconds", -1, 0, 0.5 },
  { BAD_LINE("exec cat /dev/zero"), "credential_process 'sh' printed more than 64 KiB", -1, 0, 100 },
  { BAD_LINE("sleep 1000 & echo $! > child; wait"), "credential_process 'sh' did not end within 0.5 seconds", -1, 1,
    0.5 },
  { BAD_LINE("trap \"\" TERM INT HUP; sleep 1000 & echo $! > child; wait"), "did not end within 0.5 seconds", -1, 1,
    0.5 },
  /* It has said what it had to say: what it leaves behind (an agent) is its own affair. */
  { BAD_LINE("sleep 1000 & echo $! > child; " KEYS), "", 1, 2, 100 },
  { BAD_LINE("sleep 1000 & echo $! > child; exit 3"), "credential_process 'sh' ended with status 3", -1, 2, 100 },
};

static pid_t
pid_in(const char *path)
{
  char *text = read_whole(path, NULL);
  pid_t pid = text ? (pid_t)atoi(text) : 0;
  free(text);
  return pid;
}

/* A killed child of a child is somebody else's to reap: gone, or dead and not reaped yet. */
static int
lives(pid_t pid)
{
  char path[60], *text, *state;
  snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
  text = read_whole(path, NULL);
  state = text ? strrchr(text, ')') : NULL;
  int yes = state && !strchr("ZX", state[2]);
  free(text);
  return yes;
}

/* As under cron. */
static void
no_terminal(void)
{
  int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return;
  ck_assert_int_eq(ioctl(fd, TIOCNOTTY), 0);
  close(fd);
}

START_TEST(helpers_that_do_not_end)
{
  unlink("pid");
  unlink("child");
  no_terminal();
  write_whole(".aws/config", helpers[_i].config);
  chain k = open_chain("x");
  ek_ask ask = { .http = c.http, .profiles = k.p, .profile = "x", .clock = ek_credentials_clock(k.c),
    .process_ns = (int64_t)(helpers[_i].seconds * 1e9) };
  ek_found f = { 0 };
  ck_assert_int_eq(ek_provide_process(&ask, &f, NULL, &k.e), helpers[_i].step);
  ck_assert_msg(strstr(k.e.message, helpers[_i].says) != NULL, "%s", k.e.message);
  ck_assert_ptr_null(strstr(k.e.message, "S3cr3t"));
  pid_t pid = pid_in("pid"), child = pid_in("child");
  if (pid)                         /* it may not have come so far              */
    ck_assert_int_eq(kill(pid, 0), -1);              /* killed and reaped       */
  ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
  if (helpers[_i].child == 2) {
    ck_assert(child > 0 && lives(child));
    kill(child, SIGKILL);
  }
  for (int tries = 0; child && lives(child); tries++) {
    ck_assert_int_lt(tries, 3000);
    usleep(10000);
  }
  ek_found_clear(&f);
  close_chain(&k);
}
END_TEST

typedef struct hammer { ek_credentials *c; atomic_int bad, stop; } hammer;

static void *
worker(void *arg)
{
  hammer *h = arg;
  ek_aws_grant g = { 0 };
  for (int i = 0; i < 300; i++) {
    ek_error e;
    if (ek_credentials_get(h->c, i % 50 == 49, NULL, NULL, &g, &e) || strncmp(g.keys.id, "CONT", 4)
        || strcmp(g.keys.id + 4, g.keys.secret + 6) || strcmp(g.keys.id + 4, g.keys.token + 5))
      atomic_fetch_add(&h->bad, 1);
    atomic_fetch_add(&now_value, 7);
  }
  ek_aws_grant_clear(&g);
  return NULL;
}

/* Eight threads while the clock runs past several refreshes: whole keys, never a mix. */
START_TEST(many_threads)
{
  pthread_t threads[8];
  variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "%s/container", s.url);
  chain k = open_chain(NULL);
  hammer h = { .c = k.c };
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, worker, &h), 0);
  for (int i = 0; i < 8; i++)
    pthread_join(threads[i], NULL);
  ck_assert_int_eq(h.bad, 0);
  ck_assert_int_gt(s.requests, 5);
  ck_assert_int_lt(s.requests, 200);
  close_chain(&k);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

int
main(void)
{
  Suite *suite = suite_create("credentials");
  TCase *t = tcase_create("chain");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, nothing_anywhere);
  tcase_add_test(t, precedence);
  tcase_add_test(t, a_chosen_profile_goes_before_the_environment);
  tcase_add_loop_test(t, profiles, 0, COUNT(files));
  tcase_add_test(t, environment);
  tcase_add_test(t, sts_refuses);
  tcase_add_loop_test(t, container_uri, 0, COUNT(uris));
  tcase_add_test(t, container);
  tcase_add_loop_test(t, container_relative_uri, 0, COUNT(relatives));
  tcase_add_test(t, credential_sources);
  tcase_add_test(t, sources_that_are_profiles);
  tcase_add_test(t, web_identity_is_read_anew);
  tcase_add_test(t, instance_metadata);
  tcase_add_test(t, refreshes);
  tcase_add_test(t, short_lived);
  tcase_add_test(t, refused_as_expired);
  tcase_add_test(t, nothing_is_remembered);
  tcase_add_test(t, given_up);
  tcase_add_loop_test(t, helpers_that_do_not_end, 0, COUNT(helpers));
  tcase_add_test(t, many_threads);
  suite_add_tcase(suite, t);
  return run_suite(suite);
}
