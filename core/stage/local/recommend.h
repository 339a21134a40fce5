/* SPDX-License-Identifier: BSD-3-Clause */
/* stage/local/recommend.h - what a campaign or a solution version recommends.
 *
 * Opened once for many questions; the model stays mapped, and an update of the campaign
 * meanwhile is seen by the next who opens. One thread.                      */
#ifndef EK_STAGE_LOCAL_RECOMMEND_H
#define EK_STAGE_LOCAL_RECOMMEND_H
#include <stdio.h>
#include "stage/local/model.h"
#include "stage/local/store.h"

#define EK_RECOMMEND_MAX 500          /* as GetRecommendations                    */

struct json_t;
typedef struct ek_recommender ek_recommender;
/* What answers: a solution version ("shop-metadata/2", or its newest "shop-metadata"), else a
 * campaign, else (both NULL) the campaign named as the group, or the only one there is. */
ek_recommender *ek_recommender_open(const char *store, const char *group, const char *campaign, const char *solution_version,
                                    ek_error *e);
void ek_recommender_close(ek_recommender *);
const char *ek_recommender_version(const ek_recommender *);    /* "shop-metadata/2" */

/* user, or items (seen just now, oldest first), or both NULL: what anybody might like. */
typedef struct ek_question {
  const char *user;
  const char *const *items; size_t n_items;
  unsigned num;                      /* 1..EK_RECOMMEND_MAX                       */
  int new_only;                      /* --filter new: nothing that the user has seen. Items of the
                                      * question are never in the answer           */
} ek_question;

typedef struct ek_recommendation { char *item; double score; char *categories; } ek_recommendation;   /* "a|b", "" */
typedef struct ek_answer {
  ek_recommendation *list; size_t n;
  size_t known, unknown;             /* items of the history in the model, and not in it */
} ek_answer;

/* A user without history gets what is popular. Items none of which is known are refused:
 * code no_such_item.                                                        */
int ek_recommender_ask(ek_recommender *, const ek_question *, ek_answer *, ek_error *e);
void ek_answer_clear(ek_answer *);

/* Lines in, JSON lines out. A line is a user id, or JSON as Amazon Personalize's batch jobs
 * take it: {"userId": "1"}, {"itemId": "A"}; also {"itemIds": ["A", "B"]}, {"numResults": 5}.
 *   {"input": {"userId": "1"}, "output": {"recommendedItems": ["A"], "scores": [0.5], "categories": ["a|b"]}, "error": null}
 * A line that cannot be answered has its error in it and does not end the batch; *failed
 * counts them. -1 e: reading, writing, or a damaged model.                 */
typedef int (*ek_line_sink)(void *arg, const char *line, size_t len, ek_error *e);    /* with its LF */
int ek_recommender_batch(ek_recommender *, FILE *in, const char *in_name, unsigned num, int new_only, ek_line_sink, void *arg,
                         uint64_t *answered, uint64_t *failed, ek_error *e);
/* The parts of that, for who asks somebody else. A line understood: wrong is NULL, or what is wrong with it; input is it
 * as JSON. To be cleared in any case.                                        */
typedef struct ek_asked {
  ek_question q; const char *wrong; ek_text input;
  struct json_t *json; const char **items;         /* own what q points to         */
} ek_asked;
void ek_asked_read(ek_str line, unsigned num, int new_only, ek_asked *out);
void ek_asked_clear(ek_asked *);
/* 1 a line, without its end; 0 none; -1 e. */
int ek_asked_line(FILE *in, const char *in_name, uint64_t number, ek_text *line, ek_error *e);
void ek_answer_error_json(ek_text *out, ek_str input, const char *message);
/* One answer as a line of that form, input being a JSON object. */
void ek_answer_json(const ek_answer *, ek_str input, ek_text *out);

#endif
