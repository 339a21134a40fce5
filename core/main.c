/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"
#include <stdio.h>
int main(void) { puts("enrichkit " PACKAGE_VERSION); return 0; }
