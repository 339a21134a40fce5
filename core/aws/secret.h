/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/secret.h - memory that held a secret is wiped before it is given back.  */
#ifndef EK_AWS_SECRET_H
#define EK_AWS_SECRET_H
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include "base/text.h"
#include "http/http.h"

/* A text that grows leaves copies behind: reserve what a secret needs first. */
static inline void ek_secret_text_free(ek_text *t)
{ if (t->data) OPENSSL_cleanse(t->data, t->cap); ek_text_free(t); }
static inline void ek_secret_free(char *s)
{ if (s) OPENSSL_cleanse(s, strlen(s)); free(s); }
static inline void ek_secret_answer_free(ek_http_answer *a)
{ if (a->body.data) OPENSSL_cleanse(a->body.data, a->body.cap); ek_http_answer_free(a); }

#endif
