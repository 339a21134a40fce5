/* SPDX-License-Identifier: BSD-3-Clause */
/* http/tape.h - exchanges kept in a folder, and answers from it.
 *
 * One file an exchange, named by the digest of what was asked: method, URL without
 * the host of a TRUSTED request (a tape made against one endpoint answers for
 * another), x-amz-target, content-type, body. Not headers, dates, credentials. What is kept of
 * the request is its method and path; of the answer code, content-type, the retry
 * headers and the body; an error that quotes the request's token is not kept: no secret
 * reaches the tape. A 2xx is never replaced by anything else. Written whole or not at
 * all. Any thread.                                                          */
#ifndef EK_HTTP_TAPE_H
#define EK_HTTP_TAPE_H
#include "http/http.h"

typedef struct ek_tape ek_tape;
/* write: made if it is not there.                                           */
ek_tape *ek_tape_open(const char *folder, int write, ek_error *e);
void ek_tape_close(ek_tape *);
int ek_tape_put(ek_tape *, const ek_http_request_spec *, const ek_http_answer *, ek_error *e);
/* 1 found, 0 not on the tape, -1 e.                                         */
int ek_tape_get(ek_tape *, const ek_http_request_spec *, ek_http_answer *out, ek_error *e);

#endif
