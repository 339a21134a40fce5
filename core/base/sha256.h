/* SPDX-License-Identifier: BSD-3-Clause */
/* base/sha256.h - SHA-256 of what is at hand, and bytes as hex. Any thread.
 *
 * A libcrypto without SHA-256 ends the program: nothing could be verified, signed or found again. */
#ifndef EK_BASE_SHA256_H
#define EK_BASE_SHA256_H
#include <stddef.h>
#include "base/text.h"

#define EK_SHA256_SIZE 32

void ek_sha256(ek_str s, unsigned char out[EK_SHA256_SIZE]);
void ek_sha256_hex(ek_str s, char out[65]);
/* Of an open file from its beginning, wherever it is read from: 0, or -1 with errno. */
int ek_sha256_file(int fd, char out[65]);
/* 2 * n digits, lower case, and NUL.                                         */
void ek_hex(const void *bytes, size_t n, char *out);

#endif
