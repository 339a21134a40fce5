/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/canonical.h - the parts of a request in the one form that is signed.     */
#ifndef EK_AWS_CANONICAL_H
#define EK_AWS_CANONICAL_H
#include "aws/sigv4.h"

void ek_canonical_path(const ek_sigv4_request *, ek_text *out);

/* Pairs of a query, encoded.                                                */
typedef struct ek_aws_query_pair { size_t key, value, end; } ek_aws_query_pair;         /* places in pool */
typedef struct ek_aws_query { ek_text pool; ek_aws_query_pair *pairs; size_t n, cap; } ek_aws_query;
void ek_aws_query_read(ek_aws_query *, ek_str query);
void ek_aws_query_add(ek_aws_query *, const char *key, ek_str value);    /* key as is, value encoded */
void ek_aws_query_write(ek_aws_query *, ek_text *out);                   /* sorted by key, then value */
void ek_aws_query_free(ek_aws_query *);

/* Headers, borrowed.                                                        */
typedef struct ek_aws_head { ek_str name, value; size_t order; } ek_aws_head;
typedef struct ek_aws_heads { ek_aws_head *at; size_t n; } ek_aws_heads;
/* "Name: value" lines up to a NULL, those left out that are not signed or are ours to
 * set; room for four more.                                                  */
void ek_aws_heads_read(ek_aws_heads *, const char *const *lines);
void ek_aws_heads_add(ek_aws_heads *, const char *name, const char *value);
void ek_aws_heads_write(ek_aws_heads *, ek_text *lines, ek_text *names); /* "a:1\nb:2\n" and "a;b" */
void ek_aws_heads_free(ek_aws_heads *);

#endif
