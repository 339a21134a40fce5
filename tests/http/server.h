/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/http/server.h - a small HTTP server with bad manners, on 127.0.0.1.
 *
 * One thread a connection. What it answers is in the path: see server.c.    */
#ifndef EK_TESTS_HTTP_SERVER_H
#define EK_TESTS_HTTP_SERVER_H
#include <stddef.h>
#include "http/http.h"

typedef struct server server;

server *server_start(void);
void server_stop(server *);
unsigned server_port(const server *);
unsigned server_connections(server *);       /* accepted so far                     */
unsigned server_requests(server *);          /* heads read so far                   */
/* The last request, head and body as they came. Good until the next call.   */
const char *server_last(server *);
/* "http://127.0.0.1:PORT" and path, in one of a few static buffers.         */
const char *server_url(const server *, const char *path);

#endif
