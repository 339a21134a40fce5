/* SPDX-License-Identifier: BSD-3-Clause */
/* config/yaml.h - what the files of the tree share; for config/ alone.      */
#ifndef EK_CONFIG_YAML_H
#define EK_CONFIG_YAML_H
#include "base/arena.h"
#include "base/error.h"
#include "config/tree.h"

#define EK_YAML_BYTES ((size_t)1 << 20)
#define EK_YAML_LEVELS 64u
#define EK_YAML_NODES 10000u
#define EK_EXPANDED_BYTES ((size_t)16 << 20)

struct ek_conf_tree {
  ek_arena arena;                  /* every node and text                       */
  ek_node *root;
  const char *file, *dir;
  char sha256[65];
  size_t nodes;                    /* made so far, --set included               */
  size_t expanded;                 /* bytes that ${} brought in                 */
};

/* One text to be read as YAML. set: of --set, whose place has no line.      */
typedef struct ek_yaml_text { const char *file, *data; size_t len; int set; } ek_yaml_text;

/* One document. NULL and findings where it cannot be read at all; after duplicate
 * keys there are findings and a node. An empty text gives a null scalar.    */
ek_node *ek_yaml_read(ek_conf_tree *, const ek_yaml_text *, ek_findings *f);
/* Expands ${} in all scalars of the node and below; what cannot be expanded
 * becomes the node's problem.                                               */
void ek_yaml_expand(ek_conf_tree *, ek_node *);

ek_node *ek_node_new(ek_conf_tree *, enum ek_node_kind);
void ek_node_append(ek_node *parent, ek_node *child);
char *ek_conf_copy(ek_conf_tree *, const char *s, size_t len);

/* A whole file of at most max bytes, NUL-terminated; "-" is standard input. 0, or
 * -1 and e. *len counts without the NUL. Caller frees.                      */
int ek_file_slurp(const char *path, size_t max, char **data, size_t *len, ek_error *e);
/* An absolute path of text: ~ expanded, else relative to dir. Caller frees. */
char *ek_path_resolve(const char *dir, const char *text);
char *ek_path_cwd(void);

#endif
