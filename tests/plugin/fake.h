/* SPDX-License-Identifier: BSD-3-Clause */
/* Made-up services behind the extensions: linked into a test in place of core/http, core/aws, core/asset and
 * core/store/exchange. One set, told what to answer, remembering what it was asked.                       */
#ifndef TESTS_PLUGIN_FAKE_H
#define TESTS_PLUGIN_FAKE_H
#include "plugin/internal.h"

typedef struct fake_answer {
  enum ek_http_fault fault;
  int code;
  const char *headers, *body;            /* headers: "name: value\n"             */
  enum ek_aws_class class;
  const char *name, *message;            /* of an AWS error                      */
  int64_t retry_after_ns;                /* -1 when 0: none                      */
} fake_answer;

typedef struct fake_picture {
  const char *address;
  enum ek_asset_state state;
  enum ek_media media;
  uint32_t width, height;
  const char *bytes, *message;
  int http;
} fake_picture;

#define FAKE_MOST 64
typedef struct fake_kept { int used, claimed; ek_key_digest key; char *value; size_t len; } fake_kept;
typedef struct fake_spent { char step[40], meter[40], currency[4], folder[40]; uint64_t qty; int64_t nano;
                             int with_answer; } fake_spent;

typedef struct fake {
  /* To be told. */
  fake_answer answers[8]; int n_answers;         /* in turn; the last one stays    */
  fake_picture pictures[8]; int n_pictures;
  int busy;                                      /* so many looks find somebody else asking */
  int exchange_fails, put_fails;
  const char *credentials_fail;
  /* What was asked. */
  int performed, fetched, looked, released, put_pictures;
  char method[20], url[400], service[40], region[40], headers[1000]; char *body; size_t body_len;
  unsigned flags; int64_t deadline_ns; uint64_t max_response;
  fake_kept kept[FAKE_MOST];
  fake_spent spent[FAKE_MOST]; int n_spent;
  struct { char address[200]; uint8_t sha256[32]; uint64_t size; } known[16]; int n_known;
  /* Of the lane. */
  int admitted, replied; enum ek_reply kind; int64_t replied_retry_ns;
  int planned, planned_known; char planned_address[200];
  ek_status admit_status, reserve_status;
  int64_t admit_moves_ns;
  int reserved; uint64_t reserved_qty[8], charged_qty[8];
  int cancelled;
} fake;

extern fake fake_world;
extern const ek_call_ops fake_ops;
/* Forgets all, and gives the table of services.                              */
ek_services *fake_services(void);
void fake_answer_with(const fake_answer *);
void fake_show(const char *address, enum ek_media, uint32_t width, uint32_t height, const char *bytes);
int fake_kept_count(void);
int fake_claims(void);

#endif
