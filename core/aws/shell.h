/* SPDX-License-Identifier: BSD-3-Clause */
/* aws/shell.h - words of a line, quoted as for a POSIX shell (Python's shlex.split):
 * of a section's name, of credential_process. Nothing is expanded.          */
#ifndef EK_AWS_SHELL_H
#define EK_AWS_SHELL_H

/* NULL-terminated words in one allocation, to be freed with free(). NULL: a quote
 * or a backslash at the end is open.                                        */
char **ek_shell_split(const char *line);

#endif
