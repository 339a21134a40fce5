/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the plugin share: the options of a step, its request, its answer. */
#ifndef REKOGNITION_H
#define REKOGNITION_H
#include <enrichkit/plugin.h>

#define RK_MOST_BYTES 5242880u           /* of a picture that is sent along      */
#define RK_MOST_BYTES_CUSTOM 4194304u
#define RK_LEAST_SIDE 80u
#define RK_LEAST_SIDE_CUSTOM 64u
#define RK_MOST_SIDE 10000u
#define RK_MOST_SIDE_CUSTOM 4096u

enum rk_emit { RK_LEAVES, RK_PARENTS, RK_BOTH };
typedef struct rk_names { const ek_str *list; size_t n; } rk_names;

typedef struct rk_options {
  ek_str field, region;
  ek_str arn;                            /* of the user's own model; empty: the service's labels */
  int64_t max_labels;
  double min_confidence;                 /* per cent                             */
  enum rk_emit emit;
  rk_names include, exclude, include_categories, exclude_categories;
  int properties, by_reference, exact;
} rk_options;

/* ---- request.c ------------------------------------------------------------ */
typedef struct rk_text { char *at; size_t len, cap; int no_memory; } rk_text;   /* free(at) */
void rk_add(rk_text *, const char *bytes, size_t n);
void rk_adds(rk_text *, const char *text);

/* Members of the request beside Image, so that two steps that ask the same have the same
 * text: `"MaxLabels":1000,"MinConfidence":0`. properties: also ask for them. */
void rk_parameters(const rk_options *, int properties, rk_text *out);
/* Bucket and key of "s3://bucket/key"; NULL, or what is wrong with it.        */
const char *rk_reference(ek_str url, ek_str *bucket, ek_str *key);
void rk_body_bytes(rk_text *, ek_str picture, const char *parameters);
void rk_body_reference(rk_text *, ek_str bucket, ek_str key, const char *parameters);

/* ---- answer.c -------------------------------------------------------------- */
typedef struct rk_label {
  ek_str name;
  double confidence;                     /* 0..1                                 */
  ek_str *parents; size_t n_parents;     /* nearest first                        */
  int is_parent;                         /* of another that was kept             */
  size_t depth;                          /* its own parents, for ordering        */
  int is_color;
} rk_label;

typedef struct rk_answer { struct json_t *json; rk_label *labels; size_t n; } rk_answer;

/* Reads an answer and chooses from it as the options say, in the order in which it is to
 * be emitted. 0; or *why (static) and -1: it is none, another try may bring one; -2: it is whole,
 * and not as it should be, which another try would not change. rk_answer_clear in any case. */
int rk_answer_read(ek_str body, const rk_options *, rk_answer *out, const char **why);
void rk_answer_clear(rk_answer *);

#endif
