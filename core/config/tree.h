/* SPDX-License-Identifier: BSD-3-Clause */
/* config/tree.h - YAML to a tree of texts with their places.
 *
 * Scalars stay text until a table types them (configuration.md 1.5). ${NAME},
 * ${NAME:-default}, ${file:PATH} and $$ are expanded in scalar values after
 * parsing; aliases and << are resolved. Limits: 1 MiB, 64 levels, 10,000 nodes.
 * Read-only once loaded and --set applied; then it may be shared. Top-level keys
 * that begin with x- are gone from the tree. The reader of YAML recurses no
 * deeper than the limit; libyaml sees UTF-8 without NUL only.               */
#ifndef EK_CONFIG_TREE_H
#define EK_CONFIG_TREE_H
#include <stddef.h>
#include "config/findings.h"

enum ek_node_kind { EK_NODE_SCALAR, EK_NODE_MAP, EK_NODE_LIST };

typedef struct ek_node ek_node;
struct ek_node {
  enum ek_node_kind kind;
  ek_place place;                /* of the value                              */
  ek_place key_place;            /* of its key, in a map                      */
  const char *key;               /* in a map, else NULL                       */
  const char *text;              /* scalar: NUL-terminated, may hold anything else */
  int plain;                     /* scalar: unquoted (null, ~ and empty then mean "default") */
  int indirect;                  /* scalar: wholly or partly from ${...}: fit for a secret */
  int from_set;                  /* from --set: relative paths are the current folder's */
  ek_node *first, *next, *last;  /* children; the next sibling; the last child */
  size_t n;                      /* children                                  */
  const char *raw;               /* scalar as written, before ${} expansion: for --print */
  const char *problem, *problem_help;  /* scalar whose ${} could not be expanded (text is ""):
                                  * ek_node_check() says it where the value is used */
};

typedef struct ek_conf_tree ek_conf_tree;

/* path: a file, or "-" for standard input. dir of the file resolves relative
 * paths. NULL and findings when it cannot be read or parsed.                */
ek_conf_tree *ek_conf_load(const char *path, ek_findings *f);
/* The same from memory (tests, fuzzing, the built-in default).              */
ek_conf_tree *ek_conf_parse(const char *name, const char *yaml, size_t len, ek_findings *f);
/* Applies one --set KEY=VALUE; order counts. Elements of `chain` and `tests` go by
 * their name too (a step without one by its plugin). 0, or -1 and findings. */
int ek_conf_set(ek_conf_tree *, const char *assignment, ek_findings *f);
void ek_conf_free(ek_conf_tree *);

const ek_node *ek_conf_root(const ek_conf_tree *);       /* a map, maybe empty        */
const char *ek_conf_file(const ek_conf_tree *);          /* as named by the user      */
const char *ek_conf_dir(const ek_conf_tree *);           /* absolute                  */
const char *ek_conf_sha256(const ek_conf_tree *);        /* hex of the file's bytes   */
/* Child of a map by key, or NULL.                                           */
const ek_node *ek_node_get(const ek_node *map, const char *key);
/* The node at a path of names, "network.proxy": NULL where nothing was written. */
const ek_node *ek_conf_at(const ek_conf_tree *, const char *path);
/* Stands for "the default": an unquoted null, ~ or nothing.                 */
int ek_node_null(const ek_node *);
/* Tells what could not be expanded in the node and below it. 0, or -1 and findings. */
int ek_node_check(const ek_node *, ek_findings *f);
/* Absolute path of a path-typed scalar: ~ expanded, relative to the file's
 * folder (from_set: the current one). "-" stays. Caller frees.              */
char *ek_conf_path(const ek_conf_tree *, const ek_node *scalar);

#endif
