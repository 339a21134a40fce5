/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/hash.h - HMAC and the percent-encoding of AWS. Any thread.     */
#ifndef EK_AWS_HASH_H
#define EK_AWS_HASH_H
#include <stddef.h>
#include "base/sha256.h"
#include "base/text.h"

/* key and out may be the same memory.                                       */
void ek_hmac_sha256(const unsigned char *key, size_t key_len, ek_str s, unsigned char out[EK_SHA256_SIZE]);
void ek_aws_encode_byte(ek_text *out, unsigned char c);

static inline ek_str ek_aws_str(const char *s)       /* NULL: empty            */
{ ek_str r = { s ? s : "", s ? strlen(s) : 0 }; return r; }

#endif
