/* SPDX-License-Identifier: BSD-3-Clause */
/* asset/server.h - a web server on 127.0.0.1 that behaves badly, by the path that is asked for. */
#ifndef TEST_ASSET_SERVER_H
#define TEST_ASSET_SERVER_H
#include <stdint.h>

typedef struct server server;
server *server_start(void);
void server_stop(server *);
uint16_t server_port(const server *);
unsigned server_requests(server *);                /* so far                     */
/* The head of the last request, as it came. Valid until the next call.      */
const char *server_last(server *);

#endif
