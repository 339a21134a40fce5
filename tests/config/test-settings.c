/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key: its default, a good value, a bad one and what is said about it. */
#include <math.h>
#include "config-test.h"
#include "config/keys.h"

/* ---- one by one ------------------------------------------------------------------------ */

/* set: the key as --set writes it. printed: where --print shows it (key/0/key).
 * def: NULL where --print leaves it out. expected: of the bad value.          */
#define EXPLORE "deploy.campaign_config.item_exploration_config."
static const struct { const char *row, *set, *printed, *def, *good, *bad, *expected; } keys[] = {
  { "version", "version", "version", "1", "1", "2", "the file has version 2, and this enrichkit knows version 1" },
  { "name", "name", "name", "chain", "shop-1", "a b", "'name' is 'a b'; a name is made of letters, digits, - and _, at most 40 of them" },
  { "catalog.items", "catalog.items", "catalog/items", NULL, "/a", "{path: a}", "'catalog.items' is a map; it is a path or a list of paths" },
  { "catalog.interactions", "catalog.interactions", "catalog/interactions", NULL, "/a", "\"\"",
    "'catalog.interactions' is ''; it is a path, or \"-\" for standard input" },
  { "catalog.users", "catalog.users", "catalog/users", NULL, "/a", "[[a]]", "'catalog.users[0]' is a list; it takes a single value" },
  { "catalog.format", "catalog.format", "catalog/format", "auto", "loose", "xml", "'catalog.format' is 'xml'; it is one of auto, jsonl, json, loose, csv" },
  { "catalog.delimiter", "catalog.delimiter", "catalog/delimiter", "auto", ";", "a",
    "'catalog.delimiter' is 'a'; it is auto, or the one character between the fields of a CSV" },
  { "catalog.pick", "catalog.pick", "catalog/pick", "non_empty", "present", "first", "'catalog.pick' is 'first'; it is one of non_empty, present" },
  { "catalog.time_unit", "catalog.time_unit", "catalog/time_unit", "auto", "ms", "us", "'catalog.time_unit' is 'us'; it is one of auto, s, ms" },
  { "catalog.duplicates", "catalog.duplicates", "catalog/duplicates", "first", "refuse", "drop",
    "'catalog.duplicates' is 'drop'; it is one of first, last, all, refuse" },
  { "catalog.fields.items.id", "catalog.fields.items.id[0]", "catalog/fields/items/id/0", "ITEM_ID", "sku", "[a]",
    "'catalog.fields.items.id[0]' is a list; it takes a single value" },
  { "catalog.fields.items.title", "catalog.fields.items.title[2]", "catalog/fields/items/title/2", "name", "x", "\"\"",
    "'catalog.fields.items.title[2]' is ''; it is a path into the record, such as a.b or images[].large, or \"=text\"" },
  { "catalog.fields.items.category", "catalog.fields.items.category[4]", "catalog/fields/items/category/4", "GENRES", "x", "{}",
    "'catalog.fields.items.category[4]' is a map; it takes a single value" },
  { "catalog.fields.items.image", "catalog.fields.items.image[8]", "catalog/fields/items/image/8", "IMGURL", "x", "{}",
    "'catalog.fields.items.image[8]' is a map; it takes a single value" },
  { "catalog.fields.items.description", "catalog.fields.items.description[1]", "catalog/fields/items/description/1", "DESCRIPTION", "x", "{}",
    "'catalog.fields.items.description[1]' is a map; it takes a single value" },
  { "catalog.fields.items.brand", "catalog.fields.items.brand[2]", "catalog/fields/items/brand/2", "vendor", "x", "{}",
    "'catalog.fields.items.brand[2]' is a map; it takes a single value" },
  { "catalog.fields.items.price", "catalog.fields.items.price[1]", "catalog/fields/items/price/1", "PRICE", "x", "{}",
    "'catalog.fields.items.price[1]' is a map; it takes a single value" },
  { "catalog.fields.items.created", "catalog.fields.items.created[1]", "catalog/fields/items/created/1", "created_at", "x", "{}",
    "'catalog.fields.items.created[1]' is a map; it takes a single value" },
  { "catalog.fields.items.*", "catalog.fields.items.material", "catalog/fields/items/material/0", NULL, "details.Material", "{a: b}",
    "'catalog.fields.items.material' is a map; it is a path or a list of paths" },
  { "catalog.fields.interactions.user", "catalog.fields.interactions.user[3]", "catalog/fields/interactions/user/3", "reviewerId", "x", "{}",
    "'catalog.fields.interactions.user[3]' is a map; it takes a single value" },
  { "catalog.fields.interactions.item", "catalog.fields.interactions.item[4]", "catalog/fields/interactions/item/4", "ASIN", "x", "{}",
    "'catalog.fields.interactions.item[4]' is a map; it takes a single value" },
  { "catalog.fields.interactions.time", "catalog.fields.interactions.time[2]", "catalog/fields/interactions/time/2", "timestamp", "x", "{}",
    "'catalog.fields.interactions.time[2]' is a map; it takes a single value" },
  { "catalog.fields.interactions.event_type", "catalog.fields.interactions.event_type[2]", "catalog/fields/interactions/event_type/2",
    "=interaction", "=purchase", "{}", "'catalog.fields.interactions.event_type[2]' is a map; it takes a single value" },
  { "catalog.fields.interactions.event_value", "catalog.fields.interactions.event_value[3]", "catalog/fields/interactions/event_value/3",
    "score", "x", "{}", "'catalog.fields.interactions.event_value[3]' is a map; it takes a single value" },
  { "catalog.fields.interactions.*", "catalog.fields.interactions.device", "catalog/fields/interactions/device/0", NULL, "x", "[]",
    "'catalog.fields.interactions.device' is a list; it needs at least one path" },
  { "catalog.fields.users.id", "catalog.fields.users.id[3]", "catalog/fields/users/id/3", "ID", "x", "{}",
    "'catalog.fields.users.id[3]' is a map; it takes a single value" },
  { "catalog.fields.users.*", "catalog.fields.users.age_group", "catalog/fields/users/age_group/0", NULL, "x", "{}",
    "'catalog.fields.users.age_group' is a map; it needs at least one path" },
#define COLUMN(kind) \
  { "catalog.columns." kind "[].name", "catalog.columns." kind "[0].name", "catalog/columns/" kind "/0/name", "A", "PRICE", "[]", \
    "'catalog.columns." kind "[0].name' is a list; it takes a single value" }, \
  { "catalog.columns." kind "[].field", "catalog.columns." kind "[0].field", "catalog/columns/" kind "/0/field", "a", "details.x", "\"\"", \
    "'catalog.columns." kind "[0].field' is ''; it cannot be empty" }, \
  { "catalog.columns." kind "[].type", "catalog.columns." kind "[0].type", "catalog/columns/" kind "/0/type", "string", "timestamp", "text", \
    "'catalog.columns." kind "[0].type' is 'text'; it is one of string, int, long, float, double, boolean, timestamp" }, \
  { "catalog.columns." kind "[].nullable", "catalog.columns." kind "[0].nullable", "catalog/columns/" kind "/0/nullable", "true", "false", "no", \
    "'catalog.columns." kind "[0].nullable' is 'no'; it is true or false" }, \
  { "catalog.columns." kind "[].categorical", "catalog.columns." kind "[0].categorical", "catalog/columns/" kind "/0/categorical", "false", "true", "yes", \
    "'catalog.columns." kind "[0].categorical' is 'yes'; it is true or false" }
  COLUMN("items"), COLUMN("interactions"), COLUMN("users"),
  { "catalog.columns.items[].textual", "catalog.columns.items[0].textual", "catalog/columns/items/0/textual", "false", "true", "1",
    "'catalog.columns.items[0].textual' is 1; it is true or false" },
  { "catalog.columns.interactions[].textual", "catalog.columns.interactions[0].textual", "catalog/columns/interactions/0/textual", "false", "false", "true",
    "column 'A': only columns of items can be textual" },
  { "catalog.columns.users[].textual", "catalog.columns.users[0].textual", "catalog/columns/users/0/textual", "false", "false", "true",
    "column 'A': only columns of items can be textual" },
  { "chain[].plugin", "chain[0].plugin", "chain/0/plugin", "category", "shop/keywords", "a b",
    "'a b' is no plugin's id: letters, digits, - and _, at most 40" },
  { "chain[].name", "chain[0].name", "chain/0/name", "category", "source", "a.b",
    "'chain[category].name' is 'a.b'; a name is made of letters, digits, - and _, at most 40 of them" },
  { "chain[].when", "chain[0].when", "chain/0/when", "always", "labels < 2", "never",
    "'chain[category].when' is 'never'; it is always, no_labels or labels < N, with N from 2 on" },
  { "chain[].options", "chain[0].options", "chain/0/options/a", NULL, "{a: 1}", "[a]",
    "'chain[category].options' is a list; it is a map of the plugin's options" },
  { "chain[].floor", "chain[0].floor", "chain/0/floor", "0.0", "0.25", "1.01", "'chain[category].floor' is 1.01; it goes from 0 to 1" },
  { "chain[].on_error", "chain[0].on_error", "chain/0/on_error", "reject", "continue", "ignore",
    "'chain[category].on_error' is 'ignore'; it is one of reject, continue, stop" },
  { "chain[].batch", "chain[0].batch", "chain/0/batch", "0", "64", "-1", "'chain[category].batch' is -1; it goes from 0 to 1000000" },
  { "chain[].timeout", "chain[0].timeout", "chain/0/timeout", "30s", "90s", "30",
    "'chain[category].timeout' is 30; it is a time such as 250ms, 30s, 5m, 2h or 7d" },
  { "chain[].retry.attempts", "chain[0].retry.attempts", "chain/0/retry/attempts", "6", "1", "0",
    "'chain[category].retry.attempts' is 0; it goes from 1 to 100" },
  { "chain[].retry.first_delay", "chain[0].retry.first_delay", "chain/0/retry/first_delay", "200ms", "1s", "21s",
    "'chain[category].retry': first_delay is longer than max_delay" },
  { "chain[].retry.max_delay", "chain[0].retry.max_delay", "chain/0/retry/max_delay", "20s", "2m", "2d",
    "'chain[category].retry.max_delay' is '2d'; it goes from 0ms to 1d" },
  { "chain[].retry.max_share", "chain[0].retry.max_share", "chain/0/retry/max_share", "20%", "7.5%", "0.2",
    "'chain[category].retry.max_share' is 0.2; it is a share, from 0% to 100%" },
  { "clean", "clean", "clean/tags", "true", "{tags: true}", "all", "'clean' is 'all'; it is a map of cleaning steps, or none" },
#define CLEAN(step) { "clean." step, "clean." step, "clean/" step, "true", "false", "none", "'clean." step "' is 'none'; it is true or false" }
  CLEAN("control"), CLEAN("entities"), CLEAN("tags"), CLEAN("whitespace"), CLEAN("sentences"), CLEAN("neighbours"), CLEAN("case_duplicates"),
  { "clean.bar", "clean.bar", "clean/bar", "split", "replace", "none", "'clean.bar' is 'none'; it is one of split, replace, drop, keep" },
  { "clean.aliases", "clean.aliases", "clean/aliases/Tea", NULL, "{Tea: Teas}", "[Tea]",
    "'clean.aliases' is a list; it is a map of value: value, or the path of a file" },
  { "clean.stop", "clean.stop", "clean/stop/0", NULL, "[Other]", "{a: b}",
    "'clean.stop' is a map; it is a list of values, or the path of a file" },
  { "clean.max_length", "clean.max_length", "clean/max_length", "100", "0", "1e2",
    "'clean.max_length' is 1e2; it is a whole number, written in digits" },
  { "merge.strategy", "merge.strategy", "merge/strategy", "union", "vote", "all", "'merge.strategy' is 'all'; it is one of union, first, vote, confidence" },
  { "merge.votes", "merge.votes", "merge/votes", "2", "3", "0", "'merge.votes' is 0; it goes from 1 to 64" },
  { "merge.parents", "merge.parents", "merge/parents", "none", "append", "all", "'merge.parents' is 'all'; it is one of none, append, only" },
  { "merge.max_labels", "merge.max_labels", "merge/max_labels", "3", "0", "1_000", "'merge.max_labels' is '1_000'; it is a whole number, written in digits" },
  { "merge.max_chars", "merge.max_chars", "merge/max_chars", "1000", "0", "99999999999", "'merge.max_chars' is 99999999999; it goes from 0 to 1000000000" },
  { "output.dir", "output.dir", "output/dir", "HERE/enrichkit-out", "/a/out", "\"-\"",
    "'output.dir' is '-'; standard input can be read for catalog.items, interactions or users only" },
  { "output.label_column", "output.label_column", "output/label_column", "CATEGORY", "GENRES", "\"\"", "'output.label_column' is ''; it cannot be empty" },
  { "output.csv", "output.csv", "output/csv", "personalize", "rfc4180", "excel", "'output.csv' is 'excel'; it is one of personalize, rfc4180" },
  { "output.quote", "output.quote", "output/quote", "minimal", "all", "none", "'output.quote' is 'none'; it is one of minimal, all" },
  { "output.gzip", "output.gzip", "output/gzip", "false", "false", "on", "'output.gzip' is 'on'; it is true or false" },
  { "output.no_labels", "output.no_labels", "output/no_labels", "empty", "required", "null_", "'output.no_labels' is 'null_'; it is one of empty, drop, required" },
  { "output.labels", "output.labels", "output/labels", "false", "true", "TRUE", "'output.labels' is 'TRUE'; it is true or false" },
  { "run.threads", "run.threads", "run/threads", "PROCESSORS", "3", "1025", "'run.threads' is 1025; it goes from 1 to 1024" },
  { "run.max_rejects", "run.max_rejects", "run/max_rejects", "50%", "12", "0.5", "'run.max_rejects' is 0.5; it is a share such as 50%, or a number of records" },
  { "import.engine", "import.engine", "import/engine", "local", "local", "cloud",
    "'import.engine' is 'cloud'; it is one of local, personalize" },
  { "import.dataset_group", "import.dataset_group", "import/dataset_group", "chain", "shop", "a b",
    "'import.dataset_group' is 'a b'; it is a name of letters, digits, - and _, at most 40 of them, or an ARN" },
  { "import.store", "import.store", "import/store", "HERE/enrichkit-out/store", "/a/s", "\"\"",
    "'import.store' is ''; it is a path" },
  { "import.import_mode", "import.import_mode", "import/import_mode", "FULL", "INCREMENTAL", "PART",
    "'import.import_mode' is 'PART'; it is one of FULL, INCREMENTAL" },
  { "import.min_interactions", "import.min_interactions", "import/min_interactions", "1000", "1", "0",
    "'import.min_interactions' is 0; it goes from 1 to 4000000000" },
  { "import.on_schema_change", "import.on_schema_change", "import/on_schema_change", "update", "stop", "ask",
    "'import.on_schema_change' is 'ask'; it is one of update, recreate, stop" },
  { "train.engine", "train.engine", "train/engine", "local", "local", "cloud",
    "'train.engine' is 'cloud'; it is one of local, personalize" },
  { "train.recipe", "train.recipe", "train/recipe", "metadata", "base", "metdata",
    "there is no recipe 'metdata'; it is one of base, metadata, coldstart, popularity" },
  { "train.solution", "train.solution", "train/solution", "chain-metadata", "shop-1", "a.b",
    "'train.solution' is 'a.b'; it is a name of letters, digits, - and _, at most 40 of them, or an ARN" },
  /* true as the frame has it */
  { "train.perform_hpo", "train.perform_hpo", "train/perform_hpo", "true", "true", "yes",
    "'train.perform_hpo' is 'yes'; it is true or false" },
  { "train.training_mode", "train.training_mode", "train/training_mode", "FULL", "FULL", "UPDATE",
    "'train.training_mode' is UPDATE: the local engine always trains anew" },
  { "train.event_type", "train.event_type", "train/event_type", NULL, "purchase", "\"\"",
    "'train.event_type' is ''; it cannot be empty" },
  { "train.evaluation.folds", "train.evaluation.folds", "train/evaluation/folds", "10", "1", "11",
    "'train.evaluation.folds' is 11; it goes from 1 to 10" },
  { "train.evaluation.fold", "train.evaluation", "train/evaluation/fold", NULL, "{folds: 1, fold: 3}", "{fold: 10}",
    "'train.evaluation.fold' is 10; it goes from 0 to 9" },
  { "train.evaluation.exclude_seen", "train.evaluation.exclude_seen", "train/evaluation/exclude_seen", "auto", "false", "no",
    "'train.evaluation.exclude_seen' is 'no'; it is one of auto, true, false" },
  { "train.solution_config.event_value_threshold", "train.solution_config.event_value_threshold", "train/solution_config/event_value_threshold", NULL, "3.5", "high",
    "'train.solution_config.event_value_threshold' is 'high'; it is a number" },
  { "train.solution_config.algorithm_hyper_parameters.pair_decay", "train.solution_config.algorithm_hyper_parameters.pair_decay", "train/solution_config/algorithm_hyper_parameters/pair_decay", "5.0", "2.5", "0",
    "'train.solution_config.algorithm_hyper_parameters.pair_decay' is 0; it goes from 0.01 to 1000000000" },
  { "train.solution_config.algorithm_hyper_parameters.back", "train.solution_config.algorithm_hyper_parameters.back", "train/solution_config/algorithm_hyper_parameters/back", "0.1", "0.3", "1.5",
    "'train.solution_config.algorithm_hyper_parameters.back' is 1.5; it goes from 0 to 1" },
  { "train.solution_config.algorithm_hyper_parameters.nfrom", "train.solution_config.algorithm_hyper_parameters.nfrom", "train/solution_config/algorithm_hyper_parameters/nfrom", "0.4", "0.7", "-1",
    "'train.solution_config.algorithm_hyper_parameters.nfrom' is -1; it goes from 0 to 2" },
  { "train.solution_config.algorithm_hyper_parameters.nto", "train.solution_config.algorithm_hyper_parameters.nto", "train/solution_config/algorithm_hyper_parameters/nto", "0.0", "0.1", "2.5",
    "'train.solution_config.algorithm_hyper_parameters.nto' is 2.5; it goes from 0 to 2" },
  { "train.solution_config.algorithm_hyper_parameters.hist_decay", "train.solution_config.algorithm_hyper_parameters.hist_decay", "train/solution_config/algorithm_hyper_parameters/hist_decay", "1.5", "3.0", "0",
    "'train.solution_config.algorithm_hyper_parameters.hist_decay' is 0; it goes from 0.01 to 1000000000" },
  { "train.solution_config.algorithm_hyper_parameters.content", "train.solution_config.algorithm_hyper_parameters.content", "train/solution_config/algorithm_hyper_parameters/content", "0.4", "0.0", "-0.1",
    "'train.solution_config.algorithm_hyper_parameters.content' is -0.1; it goes from 0 to 100" },
  { "train.solution_config.algorithm_hyper_parameters.pop_exp", "train.solution_config.algorithm_hyper_parameters.pop_exp", "train/solution_config/algorithm_hyper_parameters/pop_exp", "0.0", "0.05", "3",
    "'train.solution_config.algorithm_hyper_parameters.pop_exp' is 3; it goes from 0 to 2" },
  { "train.solution_config.algorithm_hyper_parameters.boost", "train.solution_config.algorithm_hyper_parameters.boost", "train/solution_config/algorithm_hyper_parameters/boost", "0.0", "1.0", "-1",
    "'train.solution_config.algorithm_hyper_parameters.boost' is -1; it goes from 0 to 100" },
  { "train.solution_config.algorithm_hyper_parameters.window", "train.solution_config.algorithm_hyper_parameters.window", "train/solution_config/algorithm_hyper_parameters/window", "20", "7", "0",
    "'train.solution_config.algorithm_hyper_parameters.window' is 0; it goes from 1 to 1000" },
  { "train.solution_config.algorithm_hyper_parameters.topk", "train.solution_config.algorithm_hyper_parameters.topk", "train/solution_config/algorithm_hyper_parameters/topk", "0", "50", "100001",
    "'train.solution_config.algorithm_hyper_parameters.topk' is 100001; it goes from 0 to 100000" },
  { "train.solution_config.algorithm_hyper_parameters.max_cats", "train.solution_config.algorithm_hyper_parameters.max_cats", "train/solution_config/algorithm_hyper_parameters/max_cats", "3", "5", "0",
    "'train.solution_config.algorithm_hyper_parameters.max_cats' is 0; it goes from 1 to 1000" },
  { "train.solution_config.algorithm_hyper_parameters.bptt", "train.solution_config.algorithm_hyper_parameters.bptt", "train/solution_config/algorithm_hyper_parameters/window", "20", "7", "0",
    "'train.solution_config.algorithm_hyper_parameters.bptt' is 0; it goes from 1 to 1000" },
  { "train.solution_config.algorithm_hyper_parameters.hidden_dimension", "train.solution_config.algorithm_hyper_parameters.hidden_dimension", "train/solution_config/algorithm_hyper_parameters/topk", "0", "64", "-1",
    "'train.solution_config.algorithm_hyper_parameters.hidden_dimension' is -1; it goes from 0 to 100000" },
  { "train.solution_config.algorithm_hyper_parameters.recency_mask", "train.solution_config.algorithm_hyper_parameters.recency_mask", "train/solution_config/algorithm_hyper_parameters/hist_decay", "1.5", "false", "no",
    "'train.solution_config.algorithm_hyper_parameters.recency_mask' is 'no'; it is true or false" },
  { "train.solution_config.feature_transformation_parameters.cold_start_max_duration", "train.solution_config.feature_transformation_parameters.cold_start_max_duration", "train/solution_config/feature_transformation_parameters/cold_start_max_duration", "5.0", "7.5", "-1",
    "'train.solution_config.feature_transformation_parameters.cold_start_max_duration' is -1; it goes from 0 to 1000000" },
  { "train.solution_config.feature_transformation_parameters.cold_start_max_interactions", "train.solution_config.feature_transformation_parameters.cold_start_max_interactions", "train/solution_config/feature_transformation_parameters/cold_start_max_interactions", "15", "3", "1.5",
    "'train.solution_config.feature_transformation_parameters.cold_start_max_interactions' is 1.5; it is a whole number, written in digits" },
  { "train.solution_config.feature_transformation_parameters.cold_start_relative_from", "train.solution_config.feature_transformation_parameters.cold_start_relative_from", "train/solution_config/feature_transformation_parameters/cold_start_relative_from", "latestItem", "currentTime", "now",
    "'train.solution_config.feature_transformation_parameters.cold_start_relative_from' is 'now'; it is one of currentTime, latestItem" },
  { "train.solution_config.feature_transformation_parameters.min_user_history_length_percentile", "train.solution_config.feature_transformation_parameters.min_user_history_length_percentile", "train/solution_config/feature_transformation_parameters/min_user_history_length_percentile", "0.0", "0.05", "5",
    "'train.solution_config.feature_transformation_parameters.min_user_history_length_percentile' is 5; it goes from 0 to 1" },
  { "train.solution_config.feature_transformation_parameters.max_user_history_length_percentile", "train.solution_config.feature_transformation_parameters.max_user_history_length_percentile", "train/solution_config/feature_transformation_parameters/max_user_history_length_percentile", "1.0", "0.99", "99",
    "'train.solution_config.feature_transformation_parameters.max_user_history_length_percentile' is 99; it goes from 0 to 1" },
  { "train.solution_config.hpo_config.hpo_objective.metric_name", "train.solution_config.hpo_config.hpo_objective.metric_name", "train/solution_config/hpo_config/hpo_objective/metric_name", "normalized_discounted_cumulative_gain", "precision_at_5", "recall",
    "'train.solution_config.hpo_config.hpo_objective.metric_name' is 'recall'; it is one of normalized_discounted_cumulative_gain, normalized_discounted_cumulative_gain_at_5, normalized_discounted_cumulative_gain_at_10, normalized_discounted_cumulative_gain_at_25, precision_at_5, precision_at_10, precision_at_25, mean_reciprocal_rank_at_25" },
  { "train.solution_config.hpo_config.hpo_resource_config.max_number_of_training_jobs", "train.solution_config.hpo_config.hpo_resource_config.max_number_of_training_jobs", "train/solution_config/hpo_config/hpo_resource_config/max_number_of_training_jobs", "40", "8", "41",
    "'train.solution_config.hpo_config.hpo_resource_config.max_number_of_training_jobs' is 41; it goes from 1 to 40" },
  { "train.solution_config.hpo_config.hpo_resource_config.max_parallel_training_jobs", "train.solution_config.hpo_config.hpo_resource_config.max_parallel_training_jobs", "train/solution_config/hpo_config/hpo_resource_config/max_parallel_training_jobs", "1", "4", "11",
    "'train.solution_config.hpo_config.hpo_resource_config.max_parallel_training_jobs' is 11; it goes from 1 to 10" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[].name", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[0].name", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/integer/0/name", "bptt", "window", "content",
    "'content' is a number: its range stands under 'continuous'" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[].min_value", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[0].min_value", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/integer/0/min_value", "2", "1", "33",
    "the range of 'bptt': min_value is greater than max_value" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[].max_value", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[0].max_value", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/integer/0/max_value", "32", "64", "1.5",
    "'train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[0].max_value' is 1.5; it is a whole number, written in digits" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[].name", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[0].name", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/continuous/0/name", "content", "nto", "window",
    "'window' is a whole number: its range stands under 'integer'" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[].min_value", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[0].min_value", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/continuous/0/min_value", "0.0", "0.25", "0.6",
    "the range of 'content': min_value is greater than max_value" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[].max_value", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[0].max_value", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/continuous/0/max_value", "0.5", "1.0", "x",
    "'train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.continuous[0].max_value' is 'x'; it is a number" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.categorical[].name", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.categorical[0].name", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/categorical/0/name", "recency_mask", "recency_mask", "colour",
    "there is no hyperparameter 'colour'" },
  { "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.categorical[].values", "train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.categorical[0].values", "train/solution_config/hpo_config/algorithm_hyper_parameter_ranges/categorical/0/values/0", "true", "[false]", "[]",
    "'train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.categorical[0].values' is a list; it needs at least one value" },
  { "train.solution_config.events_config[].event_type", "train.solution_config.events_config[0].event_type", "train/solution_config/events_config/0/event_type", "purchase", "click", "\"\"",
    "'train.solution_config.events_config[0].event_type' is ''; it cannot be empty" },
  { "train.solution_config.events_config[].event_value_threshold", "train.solution_config.events_config[0].event_value_threshold", "train/solution_config/events_config/0/event_value_threshold", NULL, "2.5", "x",
    "'train.solution_config.events_config[0].event_value_threshold' is 'x'; it is a number" },
  { "train.solution_config.events_config[].weight", "train.solution_config.events_config[0].weight", "train/solution_config/events_config/0/weight", "1.0", "1.0", "0.5",
    "'train.solution_config.events_config[0].weight' is 0.5; for the local engine every event weighs 1.0" },
  { "train.solution_config.training_data_config.excluded_dataset_columns", "train.solution_config.training_data_config.excluded_dataset_columns", "train/solution_config/training_data_config/excluded_dataset_columns/Users/0", NULL, "{Users: [AGE]}", "{Items: [CATEGORY]}",
    "'train.solution_config.training_data_config.excluded_dataset_columns' leaves out CATEGORY, which is all that the local engine reads of Items" },
  { "train.solution_config.training_data_config.included_dataset_columns", "train.solution_config.training_data_config.included_dataset_columns", "train/solution_config/training_data_config/included_dataset_columns/Users/0", NULL, "{Users: [AGE]}", "{Items: [PRICE]}",
    "'train.solution_config.training_data_config.included_dataset_columns' leaves out CATEGORY, which is all that the local engine reads of Items" },
  { "arms.*.steps", "arms.one.steps", "arms/one/steps/0", "keep", "[keep]", "[categry]",
    "arm 'one' names step 'categry', which the chain lacks" },
  { "arms.*.merge.strategy", "arms.one.merge.strategy", "arms/one/merge/strategy", "union", "first", "all",
    "'arms.one.merge.strategy' is 'all'; it is one of union, first, vote, confidence" },
  { "arms.*.merge.votes", "arms.one.merge.votes", "arms/one/merge/votes", "2", "3", "0",
    "'arms.one.merge.votes' is 0; it goes from 1 to 64" },
  { "arms.*.merge.parents", "arms.one.merge.parents", "arms/one/merge/parents", "none", "only", "all",
    "'arms.one.merge.parents' is 'all'; it is one of none, append, only" },
  { "arms.*.merge.max_labels", "arms.one.merge.max_labels", "arms/one/merge/max_labels", "3", "5", "x",
    "'arms.one.merge.max_labels' is 'x'; it is a whole number, written in digits" },
  { "arms.*.merge.max_chars", "arms.one.merge.max_chars", "arms/one/merge/max_chars", "1000", "0", "-1",
    "'arms.one.merge.max_chars' is -1; it goes from 0 to 1000000000" },
  { "arms.*.recipe", "arms.one.recipe", "arms/one/recipe", "coldstart", "popularity", "aws-hrnn",
    "recipe 'aws-hrnn' no longer exists at Amazon Personalize" },
  { "report.html", "report.html", "report/html", "true", "false", "on",
    "'report.html' is 'on'; it is true or false" },
  { "report.top_labels", "report.top_labels", "report/top_labels", "50", "0", "100001",
    "'report.top_labels' is 100001; it goes from 0 to 100000" },
  { "report.dial", "report.dial", "report/dial/1", "0.05", "[0, 0.3]", "[0, 3]",
    "'report.dial[1]' is 3; it goes from 0 to 2" },
  { "chain[].rate", "chain[0].rate", "chain/0/rate", NULL, "100/m", "5 a second",
    "'chain[category].rate' is '5 a second'; it is a rate such as 50/s or 100/m, or a name in 'rates'" },
  { "chain[].prices.*", "chain[0].prices.image", "chain/0/prices/image", NULL, "0.00075 USD", "0.00075",
    "'chain[category].prices.image' is 0.00075; it is money such as 0.001 USD" },
  { "chain[].budget", "chain[0].budget", "chain/0/budget", NULL, "20 USD", "20",
    "'chain[category].budget' is 20; it is money such as 20 USD, or none" },
  { "chain[].workers", "chain[0].workers", "chain/0/workers", NULL, "50", "1025", "'chain[category].workers' is 1025; it goes from 1 to 1024" },
  { "chain[].cache", "chain[0].cache", "chain/0/cache", NULL, "false", "no", "'chain[category].cache' is 'no'; it is true or false" },
  { "rates.*.limit", "rates.vision.limit", "rates/vision/limit", "50/s", "100/m", "50", "'rates.vision.limit' is 50; it is a rate such as 50/s or 100/m" },
  { "rates.*.burst", "rates.vision.burst", "rates/vision/burst", NULL, "7", "0", "'rates.vision.burst' is 0; it goes from 1 to 1000000" },
  { "rates.*.adapt", "rates.vision.adapt", "rates/vision/adapt", "true", "false", "1", "'rates.vision.adapt' is 1; it is true or false" },
  { "run.window", "run.window", "run/window", "1000", "50", "0", "'run.window' is 0; it goes from 1 to 1000000" },
  { "run.budget", "run.budget", "run/budget", "none", "12.5 USD", "12,5 USD", "'run.budget' is '12,5 USD'; it is money such as 20 USD, or none" },
  { "images.workers", "images.workers", "images/workers", "32", "1", "0", "'images.workers' is 0; it goes from 1 to 1024" },
  { "images.rate", "images.rate", "images/rate", NULL, "0.5/s", "vision", "'images.rate' is 'vision'; it is a rate such as 50/s or 100/m" },
  { "images.timeout", "images.timeout", "images/timeout", "20s", "5m", "0s", "'images.timeout' is '0s'; it goes from 1ms to 1d" },
  { "images.max_bytes", "images.max_bytes", "images/max_bytes", "15M", "64K", "15MB",
    "'images.max_bytes' is '15MB'; it is a size such as 512, 64K, 15M or 10G" },
  { "images.max_side", "images.max_side", "images/max_side", "10000", "4096", "0", "'images.max_side' is 0; it goes from 1 to 1000000" },
  { "images.upgrade_https", "images.upgrade_https", "images/upgrade_https", "true", "false", "off", "'images.upgrade_https' is 'off'; it is true or false" },
  { "images.full_size", "images.full_size", "images/full_size", "true", "false", "off", "'images.full_size' is 'off'; it is true or false" },
  { "network.allow", "network.allow", "network/allow/0", NULL, "[10.1.0.0/16]", "10.1.0.0/16",
    "'network.allow' is '10.1.0.0/16'; it is a list of hosts, addresses and networks: [127.0.0.1, 10.1.0.0/16]" },
  { "network.proxy", "network.proxy", "network/proxy", NULL, "none", "proxy.example",
    "'network.proxy' is 'proxy.example'; it is an address such as http://proxy.example:3128, or none" },
  { "network.ca_bundle", "network.ca_bundle", "network/ca_bundle", NULL, "/a/ca.pem", "\"\"", "'network.ca_bundle' is ''; it is a path" },
  { "network.connect_timeout", "network.connect_timeout", "network/connect_timeout", "10s", "500ms", "10",
    "'network.connect_timeout' is 10; it is a time such as 250ms, 30s, 5m, 2h or 7d" },
  { "network.max_redirects", "network.max_redirects", "network/max_redirects", "5", "0", "51", "'network.max_redirects' is 51; it goes from 0 to 50" },
  { "network.record", "network.record", "network/record", NULL, "/a/tapes", "\"\"", "'network.record' is ''; it is a path" },
  { "network.replay", "network.replay", "network/replay", NULL, "/a/tapes", "\"-\"",
    "'network.replay' is '-'; standard input can be read for catalog.items, interactions or users only" },
  { "cache.path", "cache.path", "cache/path", "/c/results.db", "/a/b.db", "\"\"", "'cache.path' is ''; it is a path" },
  { "cache.max_size", "cache.max_size", "cache/max_size", "10G", "512M", "big", "'cache.max_size' is 'big'; it is a size such as 512, 64K, 15M or 10G" },
  { "cache.max_age", "cache.max_age", "cache/max_age", NULL, "365d", "500ms", "'cache.max_age' is '500ms'; it goes from 1000ms to 36500d" },
  { "cache.mode", "cache.mode", "cache/mode", "read_write", "none", "write", "'cache.mode' is 'write'; it is one of read_write, read, none" },
  { "aws.region", "aws.region", "aws/region", NULL, "us-east-1", "\"\"", "'aws.region' is ''; it cannot be empty" },
  { "aws.profile", "aws.profile", "aws/profile", NULL, "shop", "[a]", "'aws.profile' is a list; it takes a single value" },
  { "aws.endpoint_url", "aws.endpoint_url", "aws/endpoint_url", NULL, "http://127.0.0.1:4566", "127.0.0.1:4566",
    "'aws.endpoint_url' is '127.0.0.1:4566'; it is an address such as http://127.0.0.1:4566" },
  /* of the engine personalize */
  { "import.data_location", "import.data_location", "import/data_location", "s3://bucket/p/", "s3://other/", "bucket/p/",
    "'import.data_location' is 'bucket/p/'; it is a bucket and a prefix: s3://BUCKET/PREFIX/" },
  { "import.role_arn", "import.role_arn", "import/role_arn", "arn:aws:iam::111122223333:role/R", "arn:aws:iam::111122223333:role/x/R", "R",
    "'import.role_arn' is 'R'; it is the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME" },
  { "import.kms_key_arn", "import.kms_key_arn", "import/kms_key_arn", NULL, "arn:aws:kms:us-east-1:111122223333:key/abcd", "[]",
    "'import.kms_key_arn' is a list; it takes a single value" },
  { "import.tags.*", "import.tags", "import/tags/team", NULL, "{team: search}", "[team]",
    "'import.tags' is a list; it is a map of texts: {team: search}" },
  { "import.timeout", "import.timeout", "import/timeout", "6h", "90m", "6", "'import.timeout' is 6; it is a time such as 250ms, 30s, 5m, 2h or 7d" },
  { "train.perform_auto_training", "train.perform_auto_training", "train/perform_auto_training", "false", "true", "on",
    "'train.perform_auto_training' is 'on'; it is true or false" },
  { "train.timeout", "train.timeout", "train/timeout", "1d", "2d", "31d", "'train.timeout' is '31d'; it goes from 1ms to 30d" },
  { "deploy.campaign", "deploy.campaign", "deploy/campaign", "chain", "arn:aws:personalize:us-east-1:111122223333:campaign/c", "a b",
    "'deploy.campaign' is 'a b'; it is a name of letters, digits, - and _, at most 40 of them, or an ARN" },
  { "deploy.min_provisioned_tps", "deploy.min_provisioned_tps", "deploy/min_provisioned_tps", "1", "3", "0",
    "'deploy.min_provisioned_tps' is 0; it goes from 1 to 1000000" },
  { "deploy.canary", "deploy.canary", "deploy/canary", "false", "true", "yes", "'deploy.canary' is 'yes'; it is true or false" },
  { "deploy.timeout", "deploy.timeout", "deploy/timeout", "1h", "30m", "0s", "'deploy.timeout' is '0s'; it goes from 1ms to 30d" },
  { EXPLORE "exploration_weight", EXPLORE "exploration_weight", "deploy/campaign_config/item_exploration_config/exploration_weight", NULL, "0.3", "1.5",
    "'" EXPLORE "exploration_weight' is 1.5; it goes from 0 to 1" },
  { EXPLORE "exploration_item_age_cut_off", EXPLORE "exploration_item_age_cut_off",
    "deploy/campaign_config/item_exploration_config/exploration_item_age_cut_off", NULL, "30.0", "-1",
    "'" EXPLORE "exploration_item_age_cut_off' is -1; it goes from 0 to 1000000" },
  { "deploy.campaign_config.enable_metadata_with_recommendations", "deploy.campaign_config.enable_metadata_with_recommendations",
    "deploy/campaign_config/enable_metadata_with_recommendations", "false", "true", "1",
    "'deploy.campaign_config.enable_metadata_with_recommendations' is 1; it is true or false" },
  { "live.max_batch", "live.max_batch", "live/max_batch", "10", "1", "11", "'live.max_batch' is 11; it goes from 1 to 10" },
  { "live.max_wait", "live.max_wait", "live/max_wait", "1s", "250ms", "1", "'live.max_wait' is 1; it is a time such as 250ms, 30s, 5m, 2h or 7d" },
  { "live.rate", "live.rate", "live/rate", "10/s", "100/m", "10", "'live.rate' is 10; it is a rate such as 50/s or 100/m" },
  { "plugin_path", "plugin_path", "plugin_path/0", NULL, "[/a]", "/a", "'plugin_path' is '/a'; it is a list of folders" },
};
#define N_KEYS (sizeof keys / sizeof *keys)

static const char frame[] = "chain: [{plugin: category}, {plugin: keep}]\n"
                            "catalog: {columns: {items: [{name: A, field: a}], interactions: [{name: A, field: a}], users: [{name: A, field: a}]}}\n"
                            "import: {engine: local}\n"
                            "train: {perform_hpo: true, solution_config: {events_config: [{event_type: purchase}], hpo_config: {algorithm_hyper_parameter_ranges: "
                            "{integer: [{name: bptt, min_value: 2, max_value: 32}], continuous: [{name: content, min_value: 0, max_value: 0.5}], "
                            "categorical: [{name: recency_mask, values: ['true', 'false']}]}}}}\n"
                            "rates: {vision: {limit: 50/s}}\n"
                            "arms: {one: {steps: [keep], recipe: coldstart}}\n";
static const char cloud_frame[] = "import: {engine: personalize, data_location: 's3://bucket/p/', role_arn: 'arn:aws:iam::111122223333:role/R'}\n"
                                  "train: {recipe: user-personalization}\n"
                                  "deploy: {}\n";

/* Keys of that part stand in a file of that engine. */
static int
is_cloud(const char *row)
{
  for (size_t i = 0; i < ek_keys_n; i++)
    if (strcmp(ek_keys[i].path, row) == 0)
      return ek_keys[i].part == EK_PART_PERSONALIZE;
  return 0;
}

static loaded
load_frame(int cloud, const char *const *sets)
{
  return cloud ? load_named("/x/chain.yaml", cloud_frame, sizeof cloud_frame - 1, sets) :
                 load_named("/x/chain.yaml", frame, sizeof frame - 1, sets);
}

/* The settings with one --set more, printed and read again as a plain tree. */
static ek_conf_tree *
printed_with(int cloud, const char *set, size_t *errors)
{
  const char *const sets[] = { set, NULL };
  loaded l = load_frame(cloud, set ? sets : NULL);
  ek_text t = { 0 };
  ek_findings f = { 0 };
  ek_conf_tree *tree = NULL;
  *errors = l.f.errors;
  if (l.s) {
    ek_settings_print(l.s, NULL, NULL, &t);
    tree = ek_conf_parse("printed", ek_text_c(&t), t.len, &f);
    ck_assert_uint_eq(f.n, 0);
  } else
    dump(&l);
  ek_text_free(&t);
  unload(&l);
  return tree;
}

START_TEST(default_of_key)
{
  size_t errors;
  char expected[4200], cwd[4096], processors[16];
  ek_conf_tree *t = printed_with(is_cloud(keys[_i].row), NULL, &errors);
  ck_assert_ptr_nonnull(t);
  const char *def = keys[_i].def ? keys[_i].def : "(none)";
  if (strncmp(def, "HERE/", 5) == 0) {
    snprintf(expected, sizeof expected, "%s%s", getcwd(cwd, sizeof cwd), def + 4);
    def = expected;
  } else if (strcmp(def, "PROCESSORS") == 0) {
    /* As nproc counts, within what run.threads may be. */
    FILE *p = popen("nproc", "r");
    ck_assert_ptr_nonnull(fgets(processors, sizeof processors, p));
    pclose(p);
    ck_assert_int_ge(atoi(processors), atoi(text_at(t, keys[_i].printed)));
    ck_assert_int_ge(atoi(text_at(t, keys[_i].printed)), 1);
    def = text_at(t, keys[_i].printed);
  }
  ck_assert_str_eq(text_at(t, keys[_i].printed), def);
  ek_conf_free(t);
}
END_TEST

START_TEST(good_value_of_key)
{
  char set[300];
  size_t errors;
  const char *good = keys[_i].good;
  snprintf(set, sizeof set, "%s=%s", keys[_i].set, good);
  ek_conf_tree *t = printed_with(is_cloud(keys[_i].row), set, &errors);
  ck_assert_ptr_nonnull(t);
  if (strstr(keys[_i].row, "recency_mask"))
    ck_assert_str_eq(text_at(t, keys[_i].printed), "1000000000.0");
  else if (strchr("[{", *good))
    ck_assert_ptr_nonnull(at(t, keys[_i].printed));
  else
    ck_assert_str_eq(text_at(t, keys[_i].printed), good);
  ek_conf_free(t);
}
END_TEST

START_TEST(bad_value_of_key)
{
  char set[300], place[320];
  const char *const sets[] = { set, NULL };
  snprintf(set, sizeof set, "%s=%s", keys[_i].set, keys[_i].bad);
  snprintf(place, sizeof place, "--set %s", set);
  loaded l = load_frame(is_cloud(keys[_i].row), sets);
  if (l.f.n != 1)
    dump(&l);
  ck_assert_uint_eq(l.f.n, 1);
  ck_assert_str_eq(l.f.list[0].message, keys[_i].expected);
  ck_assert_ptr_null(l.s);
  unload(&l);
}
END_TEST

/* A key that is added to the table comes with a line here. */
START_TEST(no_key_is_forgotten)
{
  for (size_t i = 0; i < ek_keys_n; i++) {
    size_t found = 0;
    for (size_t k = 0; k < N_KEYS; k++)
      found += strcmp(keys[k].row, ek_keys[i].path) == 0;
    ck_assert_msg(found == ek_part_built[ek_keys[i].part], "%s", ek_keys[i].path);
    for (size_t k = 0; k < i; k++)
      ck_assert_str_ne(ek_keys[k].path, ek_keys[i].path);
  }
}
END_TEST

/* The reference of the manual names these; so must the table. */
START_TEST(later_parts)
{
  static const struct { const char *key, *value, *top, *part; } later[] = {
    { "chain[0].isolation", "none", "chain[category].isolation", "authors" }, { "chain[0].limits.memory", "512M", "chain[category].limits", "authors" },
    { "chain[0].limits.open_files", "64", "chain[category].limits", "authors" }, { "chain[0].limits.confine", "true", "chain[category].limits", "authors" },
    { "merge.unmapped", "keep", "merge.unmapped", "classifiers" }, { "output.review_below", "0", "output.review_below", "classifiers" },
    { "arms.one.merge.unmapped", "keep", "arms.one.merge.unmapped", "classifiers" },
    { "tests", "[{name: one}]", "tests", "authors" },
  };
  for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
    char set[200], expected[300];
    const char *const sets[] = { set, NULL };
    snprintf(set, sizeof set, "%s=%s", later[i].key, later[i].value);
    snprintf(expected, sizeof expected, "--set %s: '%s' comes with the %s stage, which this build lacks", set, later[i].top, later[i].part);
    loaded l = load_named("/x/chain.yaml", frame, sizeof frame - 1, sets);
    ck_one(&l, expected);
    ck_assert_str_eq(l.f.list[0].code, "not_in_this_build");
    unload(&l);
    /* Said and taken back is not said. */
    char *equals = strchr(set, '=');
    equals[1] = 0;
    l = load_named("/x/chain.yaml", frame, sizeof frame - 1, sets);
    ck_no_errors(&l);
    unload(&l);
  }
}
END_TEST

/* ---- what several keys say together ------------------------------------------------------- */

#define CLOUD "import: {engine: personalize, data_location: 's3://bucket/p/', role_arn: 'arn:aws:iam::111122223333:role/R'}\n"
static const struct { const char *yaml, *expected; } wrong[] = {
  /* unknown keys */
  { "nmae: x\n", "chain.yaml:1:1: unknown key 'nmae' / did you mean 'name'?" },
  { "xyzzy: x\n", "chain.yaml:1:1: unknown key 'xyzzy'" },
  { "workers: 5\n", "chain.yaml:1:1: unknown key 'workers' / 'workers' belongs to a step" },
  { "run: {workers: 5}\n", "chain.yaml:1:7: unknown key 'workers' in 'run' / 'workers' belongs to a step" },
  { "run: {max_labels: 5}\n", "chain.yaml:1:7: unknown key 'max_labels' in 'run' / "
                              "'max_labels' belongs under 'merge' (merge.max_labels limits the final list)" },
  { "run: {merge: {}}\n", "chain.yaml:1:7: unknown key 'merge' in 'run' / 'merge' belongs to the top of the file, without indentation" },
  { "merge: {maxLabels: 5}\n", "chain.yaml:1:9: unknown key 'maxLabels' in 'merge' / did you mean 'max_labels'?" },
  { "catalog: {field: {}}\n", "chain.yaml:1:11: unknown key 'field' in 'catalog' / did you mean 'fields'? "
                              "'field' belongs under 'catalog.columns.items[]' (catalog.columns.items[].field is where the column comes from)" },
  { "catalog: {fields: {item: {id: x}}}\n", "chain.yaml:1:20: unknown key 'item' in 'catalog.fields' / did you mean 'items'? "
                                            "'item' belongs under 'catalog.fields.interactions' (catalog.fields.interactions.item finds the item's id)" },
  { "catalog: {columns: {items: [{nam: X, field: x}]}}\n", "chain.yaml:1:30: unknown key 'nam' in 'catalog.columns.items[0]' / did you mean 'name'?" },
  { "chain: [{plugin: brands, colour: x}]\n", "chain.yaml:1:26: unknown key 'colour' in step 'brands' / "
                                              "if 'colour' is an option of the plugin, put it under 'options:'." },
  { "chain: [{plugin: a/category, name: src, levels: 2}]\n", "chain.yaml:1:41: unknown key 'levels' in step 'src' / "
                                                             "'levels' is an option of the plugin: put it under 'options:'." },
  { "chain: [{plugin: rekognition, max_labels: 5}]\n", "chain.yaml:1:31: unknown key 'max_labels' in step 'rekognition' / "
    "'max_labels' is an option of the plugin: put it under 'options:'. (merge.max_labels limits the final list.)" },
  { "chain: [{levels: 2, plugin: category}]\n", "chain.yaml:1:10: unknown key 'levels' in step 'category' / "
                                                "'levels' is an option of the plugin: put it under 'options:'." },
  { "chain: [{plugin: category, onError: stop}]\n", "chain.yaml:1:28: unknown key 'onError' in a step / did you mean 'on_error'?" },
  { "chain: [{plugin: category, retry.attempts: 1}]\n", "chain.yaml:1:28: unknown key 'retry.attempts' in step 'category' / "
                                                        "if 'retry.attempts' is an option of the plugin, put it under 'options:'." },
  { "chain[]: x\n", "chain.yaml:1:1: unknown key 'chain[]' / did you mean 'chain'?" },
  { "'*': x\n", "chain.yaml:1:1: unknown key '*'" },
  /* kinds */
  { "run: 5\n", "chain.yaml:1:6: 'run' is 5; it is a map of keys" },
  { "merge: [a]\n", "chain.yaml:1:8: 'merge' is a list; it is a map of keys" },
  { "merge: {votes: [3]}\n", "chain.yaml:1:16: 'merge.votes' is a list; it takes a single value" },
  { "name: {a: b}\n", "chain.yaml:1:7: 'name' is a map; it takes a single value" },
  { "chain: category\n", "chain.yaml:1:8: 'chain' is 'category'; it is a list of steps: [{plugin: category}]" },
  { "chain: [category]\n", "chain.yaml:1:9: 'chain[0]' is 'category'; a step is a map: {plugin: category}" },
  { "chain: []\n", "chain.yaml:1:8: the chain has no steps / leave 'chain' out for one step, category" },
  { "catalog: {fields: {items: [a]}}\n", "chain.yaml:1:27: 'catalog.fields.items' is a list; it is a map of field: path" },
  { "catalog: {columns: {items: {name: A}}}\n", "chain.yaml:1:28: 'catalog.columns.items' is a map; it is a list of columns" },
  { "catalog: {columns: {items: [A]}}\n", "chain.yaml:1:29: 'catalog.columns.items[0]' is 'A'; a column is a map: {name: PRICE, field: price, type: float}" },
  { "plugin_path: ['']\n", "chain.yaml:1:15: 'plugin_path[0]' is ''; it is a path" },
  { "clean: {stop: ['']}\n", "chain.yaml:1:16: 'clean.stop[0]' is ''; it is a value to drop" },
  { "clean: {aliases: {a: [b]}}\n", "chain.yaml:1:22: 'clean.aliases.a' is a list; it takes a single value" },
  /* helps */
  { "output: {gzip: yes}\n", "chain.yaml:1:16: 'output.gzip' is 'yes'; it is true or false / write true" },
  { "output: {gzip: off}\n", "chain.yaml:1:16: 'output.gzip' is 'off'; it is true or false / write false" },
  { "merge: {strategy: unoin}\n", "chain.yaml:1:19: 'merge.strategy' is 'unoin'; it is one of union, first, vote, confidence / did you mean 'union'?" },
  { "run: {max_rejects: 0.25}\n", "chain.yaml:1:20: 'run.max_rejects' is 0.25; it is a share such as 50%, or a number of records / write 25%" },
  { "chain: [{plugin: a, timeout: 30}]\n", "chain.yaml:1:30: 'chain[a].timeout' is 30; it is a time such as 250ms, 30s, 5m, 2h or 7d / for seconds write 30s" },
  { "chain: [{plugin: a, retry: {max_share: 0.1}}]\n", "chain.yaml:1:40: 'chain[a].retry.max_share' is 0.1; it is a share, from 0% to 100% / write 10%" },
  { "chain: [{plugin: a, when: labels < 1}]\n", "chain.yaml:1:27: 'chain[a].when' is 'labels < 1'; fewer than one label is no labels / write no_labels" },
  { "chain: [{plugin: a, when: labels < 0}]\n", "chain.yaml:1:27: 'chain[a].when' is 'labels < 0'; it is always, no_labels or labels < N, with N from 2 on" },
  { "chain: [{plugin: a, when: labels > 2}]\n", "chain.yaml:1:27: 'chain[a].when' is 'labels > 2'; it is always, no_labels or labels < N, with N from 2 on" },
  { "version: 3\n", "chain.yaml:1:10: the file has version 3, and this enrichkit knows version 1"
                    " / use a newer enrichkit, or rewrite the file for version 1" },
  { "version: 0\n", "chain.yaml:1:10: 'version' is 0; it is the whole number 1" },
  { "version: '1.0'\n", "chain.yaml:1:10: 'version' is 1.0; it is the whole number 1" },
  /* steps */
  { "chain: [{name: a}]\n", "chain.yaml:1:9: a step has no 'plugin' / write  - plugin: category" },
  { "chain: [{plugin: }]\n", "chain.yaml:1:9: a step has no 'plugin' / write  - plugin: category" },
  { "chain:\n  - plugin: a\n  - plugin: a\n", "chain.yaml:3:13: two steps are named 'a'; the first is in line 2 / name one of them: {plugin: a, name: a-2}" },
  { "chain:\n  - plugin: a\n  - {plugin: b, name: a}\n", "chain.yaml:3:14: two steps are named 'a'; the first is in line 2"
                                                         " / name one of them: {plugin: b, name: a-2}" },
  { "chain:\n  - plugin: x/a\n  - plugin: y/a\n", "chain.yaml:3:13: two steps are named 'a'; the first is in line 2"
                                                  " / name one of them: {plugin: y/a, name: a-2}" },
  { "chain: [{plugin: x/}]\n", "chain.yaml:1:18: 'x/' is no plugin's id: letters, digits, - and _, at most 40" },
  { "chain: [{plugin: a, options: [b]}]\n", "chain.yaml:1:30: 'chain[a].options' is a list; it is a map of the plugin's options" },
  { "chain: [{plugin: a, options: {b: {c: \"${NONE_SUCH}\"}}}]\n",
    "chain.yaml:1:38: environment variable NONE_SUCH is not set / export NONE_SUCH=..., or give a default: ${NONE_SUCH:-name}" },
  /* columns */
  { "catalog: {columns: {items: [{field: a}]}}\n", "chain.yaml:1:29: a column of catalog.columns.items has no 'name'"
                                                   " / write {name: PRICE, field: price, type: float}" },
  { "catalog: {columns: {users: [{name: A}]}}\n", "chain.yaml:1:29: a column of catalog.columns.users has no 'field'"
                                                  " / write {name: PRICE, field: price, type: float}" },
  { "catalog: {columns: {items: [{name: A, field: a, type: int, categorical: true}]}}\n",
    "chain.yaml:1:29: column 'A': only strings can be categorical / leave it out, or make the column a string" },
  { "catalog: {columns: {items: [{name: A, field: a, type: int, textual: true}]}}\n",
    "chain.yaml:1:29: column 'A': only strings can be textual / leave it out, or make the column a string" },
  /* the stages */
  { "import: {engine: personalize, role_arn: 'arn:aws:iam::111122223333:role/R'}\n",
    "chain.yaml:1:1: engine personalize needs 'import.data_location' / a bucket that the service may read: data_location: \"s3://BUCKET/PREFIX/\"" },
  { "import: {engine: personalize, data_location: 's3://bucket/'}\n",
    "chain.yaml:1:1: engine personalize needs 'import.role_arn' / the role that the service takes to read it: role_arn: "
    "\"arn:aws:iam::ACCOUNT:role/NAME\"; 'enrichkit policy --role' prints what it must be allowed" },
  { CLOUD "train: {engine: local, recipe: base}\n",
    "chain.yaml:2:17: 'import.engine' is personalize and 'train.engine' is local: what one imports the other cannot train on"
    " / write the same in both; train.engine may be left out" },
  { CLOUD "train: {recipe: aws-hrnn-metadata}\n", "chain.yaml:2:17: recipe 'aws-hrnn-metadata' no longer exists at Amazon Personalize"
    " / its successor is 'user-personalization-v2' (uses item metadata), or 'user-personalization' if you need perform_hpo" },
  { CLOUD "train: {recipe: metadata}\n", "chain.yaml:2:17: recipe 'metadata' is the local engine's, and the engine is personalize"
    " / the nearest of the service is 'user-personalization-v2'; 'enrichkit describe recipe' tells what there is" },
  { CLOUD "train: {recipe: user-personalisation}\n",
    "chain.yaml:2:17: Amazon Personalize has no recipe 'user-personalisation' that this enrichkit knows / did you mean 'user-personalization'?" },
  { CLOUD "train: {recipe: user-personalization-v2, perform_hpo: true}\n",
    "chain.yaml:2:55: recipe 'user-personalization-v2' tunes itself: it takes no perform_hpo / leave it out, or use   recipe: user-personalization" },
  { CLOUD "train: {solution_config: {feature_transformation_parameters: {cold_start_max_duration: 5}}}\n",
    "chain.yaml:2:63: recipe 'user-personalization-v2' has no 'cold_start_max_duration'"
    " / new items are a matter of deploy.campaign_config.item_exploration_config now" },
  { CLOUD "arms: {a: {steps: [category]}}\n", "chain.yaml:2:1: arms are the local engine's: each would need a data set group of its own"
    " / compare arms with engine local, or make two runs and 'enrichkit compare' them" },
  { "import: {engine: local}\ntrain: {engine: personalize}\n",
    "chain.yaml:2:17: 'import.engine' is local and 'train.engine' is personalize: what one imports the other cannot train on"
    " / write the same in both; train.engine may be left out" },
  { "train:\n  recipe: aws-hrnn-metadata\n", "chain.yaml:2:11: recipe 'aws-hrnn-metadata' no longer exists at Amazon Personalize"
    " / its successor is 'user-personalization-v2' (uses item metadata), or 'user-personalization' if you need perform_hpo; engine local has 'metadata'" },
  { "train: {recipe: 'arn:aws:personalize:::recipe/aws-hrnn-coldstart'}\n",
    "chain.yaml:1:17: recipe 'arn:aws:personalize:::recipe/aws-hrnn-coldstart' no longer exists at Amazon Personalize"
    " / its successor is 'user-personalization-v2' (uses item metadata), or 'user-personalization' if you need perform_hpo; engine local has 'coldstart'" },
  { "train: {recipe: user-personalization-v2}\n", "chain.yaml:1:17: recipe 'user-personalization-v2' is Amazon Personalize's, and the engine is local"
    " / here the nearest is 'metadata'; 'enrichkit describe recipe' tells what there is" },
  { "train: {recipe: metdata}\n", "chain.yaml:1:17: there is no recipe 'metdata'; it is one of base, metadata, coldstart, popularity / did you mean 'metadata'?" },
  { "train: {recipe: base, solution_config: {algorithm_hyper_parameters: {content: 0.1}}}\n",
    "chain.yaml:1:70: recipe 'base' has no 'content' / 'enrichkit describe recipe' tells what each recipe has" },
  { "train: {recipe: popularity, solution_config: {algorithm_hyper_parameters: {bptt: 3}}}\n",
    "chain.yaml:1:76: recipe 'popularity' has no 'bptt' / 'enrichkit describe recipe' tells what each recipe has" },
  { "train: {solution_config: {algorithm_hyper_parameters: {content: 0.1, contnt: 1}}}\n",
    "chain.yaml:1:70: unknown key 'contnt' in 'train.solution_config.algorithm_hyper_parameters' / did you mean 'content'?" },
  { "train: {solution_config: {algorithm_hyper_parameters: {bptt: 3, window: 4}}}\n",
    "chain.yaml:1:56: 'bptt' and 'window' are the same parameter / keep one of them" },
  { "train: {solution_config: {algorithm_hyper_parameters: {recency_mask: true, hist_decay: 4}}}\n",
    "chain.yaml:1:56: 'recency_mask' and 'hist_decay' are the same parameter / keep one of them" },
  { "train: {solution_config: {feature_transformation_parameters: {cold_start_max_interactions: 3}}}\n",
    "chain.yaml:1:63: recipe 'metadata' has no 'cold_start_max_interactions' / use   recipe: coldstart; with a recipe of the service new items"
    " are a matter of deploy.campaign_config.item_exploration_config" },
  { "train: {solution_config: {feature_transformation_parameters: {min_user_history_length_percentile: 0.5, max_user_history_length_percentile: 0.4}}}\n",
    "chain.yaml:1:99: min_user_history_length_percentile is greater than max_user_history_length_percentile / swap them" },
  { "train: {solution_config: {events_config: [{event_type: a}, {event_type: b}]}}\n",
    "chain.yaml:1:42: 'train.solution_config.events_config' has 2 events; the local engine takes one / keep one of them, or leave it out: then all events count" },
  { "train: {event_type: a, solution_config: {events_config: [{event_type: b}]}}\n",
    "chain.yaml:1:42: events_config and train.event_type name different events / keep one of them" },
  { "train: {perform_hpo: true, solution_config: {hpo_config: {algorithm_hyper_parameter_ranges: {integer: [{name: bptt, min_value: 0, max_value: 5}]}}}}\n",
    "chain.yaml:1:104: 'train.solution_config.hpo_config.algorithm_hyper_parameter_ranges.integer[0]' of 'bptt' is 0; 'bptt' goes from 1 to 1000" },
  { "train: {perform_hpo: true, solution_config: {hpo_config: {algorithm_hyper_parameter_ranges: {integer: [{name: bptt, min_value: 0}]}}}}\n",
    "chain.yaml:1:104: a range of 'integer' has no 'max_value'" },
  { "import: {}\noutput: {gzip: true}\n", "chain.yaml:2:16: 'output.gzip' is true, and import reads plain CSV files alone"
                                          " / leave output.gzip out, or leave import and train out" },
  { "arms: {base: {steps: [category]}}\n", "chain.yaml:1:8: the name 'base' is reserved for the arm without labels"
                                            " / give the arm another name; 'base', without labels, is always there" },
  { "arms: {a: {}}\n", "chain.yaml:1:8: arm 'a' has no 'steps' / write   steps: [category]" },
  { "arms: {a: {steps: []}}\n", "chain.yaml:1:19: 'arms.a.steps' is a list; it needs at least one step / the arm without labels, 'base', is always there" },
  { "arms: {a.b: {steps: [category]}}\n", "chain.yaml:1:8: 'a.b' is no name for an arm: letters, digits, - and _, at most 40" },
  { "arms: {a: [category]}\n", "chain.yaml:1:11: 'arms.a' is a list; an arm is a map: {steps: [category]}" },
  { "arms: [a]\n", "chain.yaml:1:7: 'arms' is a list; it is a map of arms: {source: {steps: [category]}}" },
  { "arms: {a: {steps: [category, category]}}\n", "chain.yaml:1:30: arm 'a' names step 'category' twice / write it once; the order is the chain's" },
  { "arms: {a: {steps: [categry]}}\n", "chain.yaml:1:20: arm 'a' names step 'categry', which the chain lacks / did you mean 'category'? The steps are: category" },
  { "arms: {a: {stps: [category], steps: [category]}}\n", "chain.yaml:1:12: unknown key 'stps' in 'arms.a' / did you mean 'steps'?" },
  { "arms: {a: {steps: [category], merge: {votes: 0}}}\n", "chain.yaml:1:46: 'arms.a.merge.votes' is 0; it goes from 1 to 64" },
  /* the network */
  { "chain: [{plugin: a, rate: visoin}]\nrates: {vision: {limit: 50/s}}\n",
    "chain.yaml:1:27: step 'a': there is no rate 'visoin' in 'rates' / did you mean 'vision'?" },
  { "chain: [{plugin: a, rate: x}]\nrates: {vision: {limit: 50/s}, slow: {limit: 1/m}}\n",
    "chain.yaml:1:27: step 'a': there is no rate 'x' in 'rates' / The rates are: vision, slow" },
  { "chain: [{plugin: a, rate: vision}]\n", "chain.yaml:1:27: step 'a': there is no rate 'vision' in 'rates'"
                                            " / write   rates: {vision: {limit: 50/s}}      or a rate such as 50/s" },
  { "rates: {vision: {burst: 5}}\n", "chain.yaml:1:9: rate 'vision' has no 'limit' / write   limit: 50/s" },
  { "rates: {vision: 50/s}\n", "chain.yaml:1:17: 'rates.vision' is '50/s'; a rate is a map: {limit: 50/s}" },
  { "rates: {a b: {limit: 50/s}}\n", "chain.yaml:1:9: 'a b' is no name for a rate: letters, digits, - and _, at most 40" },
  { "rates: {v: {limit: 50/s, bursts: 5}}\n", "chain.yaml:1:26: unknown key 'bursts' in 'rates.v' / did you mean 'burst'?" },
  { "chain: [{plugin: a, rate: 0/s}]\n",
    "chain.yaml:1:27: 'chain[a].rate' is '0/s'; it is a rate such as 50/s or 100/m, or a name in 'rates'" },
  { "chain: [{plugin: a, budget: 20}]\n", "chain.yaml:1:29: 'chain[a].budget' is 20; it is money such as 20 USD, or none / write 20 USD" },
  { "chain: [{plugin: a, budget: 20 usd}]\n", "chain.yaml:1:29: 'chain[a].budget' is '20 usd'; it is money such as 20 USD, or none" },
  { "chain: [{plugin: a, budget: 0.0000000001 USD}]\n",
    "chain.yaml:1:29: 'chain[a].budget' is '0.0000000001 USD'; it is money such as 20 USD, or none" },
  { "chain: [{plugin: a, prices: 5 USD}]\n",
    "chain.yaml:1:29: 'chain[a].prices' is '5 USD'; it is a map of the plugin's units: {image: 0.001 USD}" },
  { "chain: [{plugin: a, budget: 20 USD, prices: {image: 0.001 EUR}}]\n",
    "chain.yaml:1:53: 'chain[a].prices' is in EUR, and 'chain[a].budget' in USD / write all amounts of a file in one currency" },
  { "chain: [{plugin: a, budget: 20 USD}]\nrun: {budget: 30 EUR}\n",
    "chain.yaml:1:29: 'chain[a].budget' is in USD, and 'run.budget' in EUR / write all amounts of a file in one currency" },
  { "chain: [{plugin: a, budget: 20 USD}, {plugin: b, budget: 20 CHF}]\n",
    "chain.yaml:1:58: 'chain[b].budget' is in CHF, and 'chain[a].budget' in USD / write all amounts of a file in one currency" },
  { "network: {record: a, replay: b}\n", "chain.yaml:1:22: 'network.replay' stands beside 'network.record': exchanges are kept, or answered"
                                         " from what was kept / keep one of them" },
  { "network: {allow: [a, '']}\n", "chain.yaml:1:22: 'network.allow[1]' is ''; it is a host, an address, a network or host:port" },
  { "network: {proxy: 'http://me:hunter2@proxy:3128'}\n", "chain.yaml:1:18: 'network.proxy' holds a password in clear text"
                                                          " / write ${PROXY_URL} or http://user:${PROXY_PASSWORD}@host:3128" },
  { "network: {proxy: 'http://me:x${WRONG}@proxy:3128'}\n", "chain.yaml:1:18: 'network.proxy' holds a password in clear text"
                                                            " / write ${PROXY_URL} or http://user:${PROXY_PASSWORD}@host:3128" },
  { "network: {proxy: 'http://me:${NONE_SUCH:-hunter2}@proxy:3128'}\n", "chain.yaml:1:18: 'network.proxy' holds a password in clear text"
                                                            " / write ${PROXY_URL} or http://user:${PROXY_PASSWORD}@host:3128" },
  { "network: {proxy: '${WRONG}'}\n", "chain.yaml:1:18: 'network.proxy' is not an address such as http://proxy.example:3128, nor none" },
  { "network: {proxy: 'ftp://me:S3cr3t@x'}\n", "chain.yaml:1:18: 'network.proxy' is not an address such as http://proxy.example:3128, nor none" },
  { "aws: {endpoint_url: 'https://me@x'}\n", "chain.yaml:1:21: 'aws.endpoint_url' is 'https://me@x'; it is an address such as http://127.0.0.1:4566" },
  { "aws: {endpoint_url: 'https://me:S3cr3t@x'}\n", "chain.yaml:1:21: 'aws.endpoint_url' holds a password, which nobody there asks for"
    " / write scheme, host and port: http://127.0.0.1:4566" },
  { "aws: {endpoint_url: 'me:S3cr3t@x'}\n", "chain.yaml:1:21: 'aws.endpoint_url' holds a password, which nobody there asks for"
    " / write scheme, host and port: http://127.0.0.1:4566" },
  { "aws: {endpoint_url: 'https://:80'}\n", "chain.yaml:1:21: 'aws.endpoint_url' is 'https://:80'; it is an address such as http://127.0.0.1:4566" },
  /* standard input */
  { "catalog: {items: '-', interactions: '-'}\n", "chain.yaml:1:37: catalog.interactions: standard input is taken already, by another input"
                                                  " / put one of them in a file" },
  { "catalog: {items: ['-', a, '-']}\n", "chain.yaml:1:18: catalog.items: standard input is taken already, by another input"
                                         " / put one of them in a file" },
  { "catalog: {items: '-', duplicates: last}\n", "chain.yaml:1:18: catalog.items: standard input cannot be read twice, as 'duplicates: last' needs"
                                                 " / write the records to a file, or use duplicates: first" },
  /* the environment */
  { "merge: {votes: \"${WRONG}\"}\n", "chain.yaml:1:16: 'merge.votes' is 'wrong' (written ${WRONG}); it is a whole number, written in digits" },
  { "merge: {votes: \"${NONE_SUCH}\"}\n", "chain.yaml:1:16: environment variable NONE_SUCH is not set"
                                          " / export NONE_SUCH=..., or give a default: ${NONE_SUCH:-name}" },
  { "clean: \"${NONE_SUCH}\"\n", "chain.yaml:1:8: environment variable NONE_SUCH is not set"
                                 " / export NONE_SUCH=..., or give a default: ${NONE_SUCH:-name}" },
  { "chain: \"${NONE_SUCH}\"\n", "chain.yaml:1:8: environment variable NONE_SUCH is not set"
                                 " / export NONE_SUCH=..., or give a default: ${NONE_SUCH:-name}" },
};

START_TEST(wrong_together)
{
  setenv("WRONG", "wrong", 1);
  unsetenv("NONE_SUCH");
  refused(wrong[_i].yaml, wrong[_i].expected);
}
END_TEST

START_TEST(all_at_once)
{
  loaded l = load("nmae: x\nmerge: {votes: x}\nrun: {threads: x}\nchain: [{plugin: a, floor: x}]\noutput: {csv: x, quote: x}\n"
                  "import: {engine: x}\n");
  ck_assert_uint_eq(l.f.errors, 7);
  unload(&l);
}
END_TEST

START_TEST(an_alias_is_one_mistake)
{
  refused("x-s: &s {optons: 2}\nchain: [{plugin: a, <<: *s}, {plugin: b, <<: *s}]\n",
          "chain.yaml:1:10: unknown key 'optons' in a step / did you mean 'options'?");
}
END_TEST

START_TEST(stdin_is_the_configuration)
{
  loaded l = load_named("-", "catalog: {items: '-'}\n", 22, NULL);
  ck_one(&l, "-:1:18: catalog.items: standard input is taken already, by the configuration / put one of them in a file");
  unload(&l);
}
END_TEST

START_TEST(nulls_are_defaults)
{
  loaded l = load("version:\nname: ~\ncatalog: {items: , format: null, fields: {items: {id: , x: null}}, columns: }\nchain:\nclean:\nmerge: null\n"
                  "output: {dir: }\nrun: ~\nimport:\ntrain: {recipe: }\nplugin_path:\ntests:\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.f.n, 0);
  ck_assert_uint_eq(l.s->catalog.fields[EK_ITEMS].n, 8);
  ck_assert_uint_eq(l.s->n_steps, 1);
  ck_assert_int_eq(l.s->sections.train, 0);
  unload(&l);
  l = load("chain: [{plugin: a, name: , when: , options: , floor: null, retry: , budget: , limits: {memory: }}]\n");
  ck_no_errors(&l);
  ck_assert_str_eq(l.s->chain[0].name, "a");
  ck_assert_ptr_null(l.s->chain[0].options);
  unload(&l);
}
END_TEST

START_TEST(no_chain)
{
  loaded l = load("");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->n_steps, 1);
  const ek_step_settings *s = &l.s->chain[0];
  ck_assert_str_eq(s->plugin, "category");
  ck_assert_str_eq(s->name, "category");
  ck_assert_ptr_null(s->options);
  ck_assert_ptr_null(s->node);
  ck_assert_int_eq(s->timeout_ns, 30000000000);
  ck_assert_int_eq(s->retry.max_delay_ns, 20000000000);
  ck_assert(s->retry.max_share == 0.2);
  ck_assert_int_eq(s->cache, -1);
  ck_assert_str_eq(s->place.file, "chain.yaml");
  ck_assert_uint_eq(l.s->report.top_labels, 50);
  ck_assert_int_eq(l.s->report.html, 1);
  unload(&l);
}
END_TEST

START_TEST(when)
{
  static const struct { const char *text; enum ek_when when; unsigned n; } good[] = {
    { "always", EK_WHEN_ALWAYS, 0 }, { "no_labels", EK_WHEN_FEWER, 1 }, { "labels < 2", EK_WHEN_FEWER, 2 }, { "labels<3", EK_WHEN_FEWER, 3 },
    { "labels  <  10", EK_WHEN_FEWER, 10 },
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    char yaml[100];
    snprintf(yaml, sizeof yaml, "chain: [{plugin: a, when: %s}]\n", good[i].text);
    loaded l = load(yaml);
    ck_no_errors(&l);
    ck_assert_int_eq(l.s->chain[0].when, good[i].when);
    ck_assert_uint_eq(l.s->chain[0].fewer_than, good[i].n);
    unload(&l);
  }
}
END_TEST

START_TEST(default_names)
{
  static const struct { const char *file, *name; } names[] = {
    { "shop.yaml", "shop" }, { "/a/b.c/shop.yml", "shop" }, { "shop", "shop" }, { "my shop (2).yaml", "my-shop-2" }, { "caf\xc3\xa9.yaml", "caf" },
    { "-", "enrichkit" }, { "\xc3\xa9.yaml", "enrichkit" }, { ".yaml", "yaml" }, { "--x--.yaml", "x" },
    { "0123456789012345678901234567890123456789012345.yaml", "0123456789012345678901234567890123456789" },
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    loaded l = load_named(names[i].file, "", 0, NULL);
    ck_no_errors(&l);
    ck_assert_str_eq(l.s->name, names[i].name);
    unload(&l);
  }
}
END_TEST

START_TEST(delimiters)
{
  static const struct { const char *text; char c; } good[] = {
    { "auto", 0 }, { "','", ',' }, { "';'", ';' }, { "\"\\t\"", '\t' }, { "tab", '\t' }, { "'|'", '|' }, { "^", '^' },
  };
  static const char *const bad[] = { "','", "'\"'", "a", "1", "' '", "';;'", "\"\\n\"", "\xc3\xa4", "''" };
  char yaml[100];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    snprintf(yaml, sizeof yaml, "catalog: {delimiter: %s}\n", good[i].text);
    loaded l = load(yaml);
    ck_no_errors(&l);
    ck_assert_int_eq(l.s->catalog.delimiter, good[i].c);
    unload(&l);
  }
  for (size_t i = 1; i < sizeof bad / sizeof *bad; i++) {
    snprintf(yaml, sizeof yaml, "catalog: {delimiter: %s}\n", bad[i]);
    loaded l = load(yaml);
    ck_assert_uint_eq(l.f.errors, 1);
    unload(&l);
  }
}
END_TEST

START_TEST(max_rejects)
{
  loaded l = load("run: {max_rejects: 12}\n");
  ck_assert(l.s->run.max_reject_share < 0);
  ck_assert_int_eq(l.s->run.max_reject_count, 12);
  unload(&l);
  l = load("run: {max_rejects: 100%}\n");
  ck_assert(l.s->run.max_reject_share == 1.0);
  unload(&l);
}
END_TEST

START_TEST(field_rules)
{
  loaded l = load("catalog:\n  fields:\n    items: {id: sku, categry: c, title: [a, '=b'], colour: [x]}\n");
  ck_assert_uint_eq(l.f.errors, 0);
  ck_assert_uint_eq(l.f.warnings, 1);
  ck_assert_str_eq(finding(&l, 0), "chain.yaml:3:22: 'categry' is a new name for a field / did you mean 'category'?");
  const ek_field_rules *r = &l.s->catalog.fields[EK_ITEMS];
  ck_assert_uint_eq(r->n, 10);
  ck_assert_str_eq(r->list[0].name, "id");
  ck_assert_uint_eq(r->list[0].n_paths, 1);
  ck_assert_str_eq(r->list[0].paths[0], "sku");
  ck_assert_uint_eq(r->list[0].place.line, 3);
  ck_assert_uint_eq(r->list[2].place.line, 0);
  ck_assert_uint_eq(r->list[2].n_paths, 5);
  ck_assert_str_eq(r->list[8].name, "categry");
  ck_assert_str_eq(r->list[9].name, "colour");
  unload(&l);
}
END_TEST

START_TEST(needs_input)
{
  loaded l = load("catalog: {users: u.csv}\n");
  ck_no_errors(&l);
  ck_assert_int_eq(ek_settings_need_input(l.s, &l.f), -1);
  ck_assert_str_eq(finding(&l, 0), "chain.yaml:1:1: the configuration names no records: neither catalog.items nor catalog.interactions"
                                   " / write   catalog: {items: FILE}      or  --set catalog.items=FILE");
  unload(&l);
  l = load("catalog: {interactions: [u.csv]}\n");
  ck_assert_int_eq(ek_settings_need_input(l.s, &l.f), 0);
  unload(&l);
  l = load("catalog: {items: []}\n");
  ck_assert_int_eq(ek_settings_need_input(l.s, &l.f), -1);
  unload(&l);
}
END_TEST

START_TEST(sections)
{
  loaded l = load("import: {engine: local}\ndeploy: {}\n");
  ck_assert_ptr_null(l.s);
  ck_assert_uint_eq(l.f.errors, 1);
  unload(&l);
  l = load("train: {recipe: base}\n");
  ck_no_errors(&l);
  ck_assert_int_eq(l.s->sections.train & l.s->sections.import, 1);
  ck_assert_int_eq(l.s->sections.arms | l.s->sections.deploy, 0);
  unload(&l);
  l = load("name: shop\nimport: {}\n");
  ck_no_errors(&l);
  ck_assert_int_eq(l.s->sections.import, 1);
  ck_assert_int_eq(l.s->sections.train, 0);
  ck_assert_str_eq(l.s->import.dataset_group, "shop");
  unload(&l);
}
END_TEST

START_TEST(stages)
{
  loaded l = load("name: shop\n"
                  "chain: [{plugin: a}, {plugin: b}, {plugin: c}]\n"
                  "arms: {x: {steps: [c, a], merge: {max_labels: 5}}, y: {steps: [b], recipe: popularity}, z: }\n"
                  "merge: {max_labels: 4, strategy: first}\n"
                  "train: {recipe: base, solution_config: {algorithm_hyper_parameters: {nto: 0.1, bptt: 7, recency_mask: false}}}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.f.n, 0);
  const ek_settings *s = l.s;
  ck_assert_uint_eq(s->n_arms, 2);
  ck_assert_str_eq(s->arms[0].name, "x");
  ck_assert_uint_eq(s->arms[0].steps, 5);
  ck_assert_uint_eq(s->arms[0].merge.max_labels, 5);
  ck_assert_int_eq(s->arms[0].merge.strategy, EK_MERGE_FIRST);
  ck_assert_str_eq(s->arms[0].recipe, "base");
  ck_assert_uint_eq(s->arms[1].steps, 2);
  ck_assert_uint_eq(s->arms[1].merge.max_labels, 4);
  ck_assert_str_eq(s->arms[1].recipe, "popularity");
  ck_assert_uint_eq(s->train.evaluation.folds, 10);
  ck_assert_str_eq(s->train.solution, "shop-base");
  ck_assert_int_eq(s->train.solution_given, 0);
  ck_assert_uint_eq(s->train.hyper.window, 7);
  ck_assert(s->train.hyper.nto == 0.1 && s->train.hyper.hist_decay == 1e9 && s->train.hyper.nfrom == 0.4);
  ck_assert(s->train.event_value_threshold == -HUGE_VAL);
  unload(&l);
  l = load("train: {}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->train.evaluation.folds, 1);
  ck_assert_int_eq(l.s->train.perform_hpo, 0);
  ck_assert_uint_eq(l.s->report.n_dial, 4);
  ck_assert(l.s->report.dial[3] == 0.2);
  unload(&l);
}
END_TEST

START_TEST(ranges)
{
  loaded l = load("train: {perform_hpo: true, solution_config: {hpo_config: {algorithm_hyper_parameter_ranges: {\n"
                  "  integer: [{name: bptt, min_value: 2, max_value: 32}, {name: max_cats, min_value: 2, max_value: 4}],\n"
                  "  continuous: [{name: nto, min_value: 0, max_value: 0.2}, {name: content, min_value: 1, max_value: 1}],\n"
                  "  categorical: [{name: recency_mask, values: ['true', 'false']}, {name: topk, values: [50, 200]}]}}}}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.f.n, 0);
  static const struct { const char *hyper; size_t n; double tries[5]; } expected[3][2] = {
    { { "window", 5, { 2, 10, 17, 25, 32 } }, { "max_cats", 3, { 2, 3, 4 } } },
    { { "nto", 5, { 0, 0.05, 0.1, 0.15, 0.2 } }, { "content", 1, { 1 } } },
    { { "hist_decay", 2, { 1.5, 1e9 } }, { "topk", 2, { 50, 200 } } },
  };
  for (int kind = 0; kind < 3; kind++)
    for (size_t i = 0; i < 2; i++) {
      const ek_range_settings *r = &l.s->train.hpo.ranges[kind][i];
      ck_assert_str_eq(r->hyper, expected[kind][i].hyper);
      ck_assert_uint_eq(r->n_tries, expected[kind][i].n);
      for (size_t k = 0; k < r->n_tries; k++)
        ck_assert_double_eq_tol(r->tries[k], expected[kind][i].tries[k], 1e-12);
    }
  unload(&l);
}
END_TEST

START_TEST(another_out)
{
  loaded l = load("train: {}\noutput: {dir: /a}\n");
  ck_no_errors(&l);
  ck_assert_str_eq(l.s->import.store, "/a/store");
  ek_settings_set_out(l.s, "b/");
  ck_assert_str_eq(l.s->output.dir, "b/");
  ck_assert_str_eq(l.s->import.store, "b/store");
  unload(&l);
  l = load("import: {store: /s}\n");
  ek_settings_set_out(l.s, "b");
  ck_assert_str_eq(l.s->import.store, "/s");
  unload(&l);
}
END_TEST

START_TEST(network)
{
  loaded l = load("chain:\n  - {plugin: a, rate: vision, workers: 50, budget: 20 USD, prices: {image: 0.001 USD, page: 0 USD}}\n"
                  "  - {plugin: b, rate: 100/m, budget: none, cache: false}\n  - plugin: c\n"
                  "rates: {vision: {limit: 50/s, burst: 10, adapt: false}, slow: {limit: 1/m}}\n"
                  "run: {budget: 0.000000001 USD}\nimages: {rate: 7/s}\nnetwork: {allow: [127.0.0.1, 'a:80'], max_redirects: 0}\n"
                  "cache: {max_size: 0, mode: none}\n");
  ck_no_errors(&l);
  const ek_step_settings *a = &l.s->chain[0], *b = &l.s->chain[1], *c = &l.s->chain[2];
  ck_assert_str_eq(a->rate.name, "vision");
  ck_assert_int_eq(a->rate_named, 1);
  ck_assert(a->rate.per_second == 50 && a->rate.burst == 10 && a->rate.adapt == 0);
  ck_assert_int_eq(a->workers_given, 1);
  ck_assert_uint_eq(a->workers_place.line, 2);
  ck_assert_int_eq(a->budget.kind, EK_BUDGET_MONEY);
  ck_assert_int_eq(a->budget.money.nano, 20000000000);
  ck_assert_uint_eq(a->n_prices, 2);
  ck_assert_str_eq(a->prices[0].meter, "image");
  ck_assert_int_eq(a->prices[0].money.nano, 1000000);
  ck_assert_ptr_null(b->rate.name);
  ck_assert(b->rate.per_second == 100.0 / 60 && b->rate.burst == 0 && b->rate.adapt == 1 && !b->rate_named);
  ck_assert_int_eq(b->budget.kind, EK_BUDGET_NONE);
  ck_assert_int_eq(b->cache, 0);
  ck_assert(c->rate.per_second == 0 && c->rate.adapt == 1);
  ck_assert_int_eq(c->budget.kind, EK_BUDGET_UNSET);
  ck_assert_int_eq(c->workers_given, 0);
  ck_assert_uint_eq(c->workers, 16);
  ck_assert_int_eq(c->cache, -1);
  ck_assert_int_eq(l.s->run.budget.money.nano, 1);
  ck_assert(l.s->images.rate.per_second == 7 && l.s->images.rate.adapt == 1);
  ck_assert_uint_eq(l.s->network.n_allow, 2);
  ck_assert_int_eq(l.s->cache.max_size, 0);
  ck_assert_int_eq(l.s->cache.max_age_ns, 0);
  ck_assert_int_eq(l.s->cache.mode, EK_USE_CACHE_NONE);
  unload(&l);
  l = load("");
  ck_assert_int_eq(l.s->run.budget.kind, EK_BUDGET_NONE);
  ck_assert_uint_eq(l.s->n_rates, 0);
  unload(&l);
}
END_TEST

/* The variable, then XDG's folder, then the home's; the file before all. */
START_TEST(cache_path)
{
  char here[4096], expected[4200];
  ck_assert_ptr_nonnull(getcwd(here, sizeof here));
  loaded l = load("cache: {path: x.db}\n");
  snprintf(expected, sizeof expected, "%s/x.db", here);
  ck_assert_str_eq(l.s->cache.path, expected);
  unload(&l);
  setenv("ENRICHKIT_CACHE", "y.db", 1);
  setenv("XDG_CACHE_HOME", "/xdg", 1);
  setenv("HOME", "/home/me", 1);
  l = load("");
  snprintf(expected, sizeof expected, "%s/y.db", here);
  ck_assert_str_eq(l.s->cache.path, expected);
  unload(&l);
  setenv("ENRICHKIT_CACHE", "", 1);
  l = load("cache:\n");
  ck_assert_str_eq(l.s->cache.path, "/xdg/enrichkit/results.db");
  unload(&l);
  setenv("XDG_CACHE_HOME", "not/absolute", 1);
  l = load("cache: {path: }\n");
  ck_assert_str_eq(l.s->cache.path, "/home/me/.cache/enrichkit/results.db");
  unload(&l);
}
END_TEST

START_TEST(amounts)
{
  static const struct { int64_t nano; const char *exact, *two; } list[] = {
    { 0, "0 USD", "0.00" }, { 1, "0.000000001 USD", "0.000000001" }, { 61000000, "0.061 USD", "0.061" },
    { 20000000000, "20 USD", "20.00" }, { 15500000000, "15.5 USD", "15.50" }, { INT64_MAX, "9223372036.854775807 USD", "9223372036.854775807" },
    { 750000, "0.00075 USD", "0.00075" },
  };
  char buf[EK_MONEY_MAX];
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    ek_money m = { list[i].nano, "USD" }, back;
    ck_assert_str_eq(ek_money_text(m, buf), list[i].exact);
    ck_assert_int_eq(ek_value_money(buf, &back), 1);
    ck_assert_int_eq(back.nano, m.nano);
    ck_assert_str_eq(ek_money_amount(m.nano, 2, buf), list[i].two);
  }
  ck_assert_str_eq(ek_money_amount(-1500000000, 2, buf), "-1.50");
}
END_TEST

/* ---- word lists ------------------------------------------------------------------------ */

static void
put(const char *name, const char *text)
{
  write_file(name, text, strlen(text));
}

START_TEST(aliases)
{
  put("a.tsv", "\xef\xbb\xbf# words\n\nTea\tTeas\r\nJunk\t\n#1 Best\tBest\n Tea \t x \nTea\tTeas\nlast\tone");
  loaded l = load("clean: {aliases: a.tsv}\n");
  ck_no_errors(&l);
  static const char *const expected[] = { "Tea", "Teas", "Junk", "", "#1 Best", "Best", " Tea ", " x ", "Tea", "Teas", "last", "one" };
  ck_assert_uint_eq(l.s->clean.n_aliases, 6);
  for (size_t i = 0; i < 6; i++) {
    ck_assert_str_eq(l.s->clean.aliases[i].from, expected[2 * i]);
    ck_assert_str_eq(l.s->clean.aliases[i].to, expected[2 * i + 1]);
  }
  unload(&l);
  l = load("clean: {aliases: {Tea: Teas, Junk: '', Trash: , 5: 6, 'null': null}}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->clean.n_aliases, 5);
  ck_assert_str_eq(l.s->clean.aliases[2].to, "");
  ck_assert_str_eq(l.s->clean.aliases[3].from, "5");
  ck_assert_str_eq(l.s->clean.aliases[4].from, "null");
  ck_assert_str_eq(l.s->clean.aliases[4].to, "");
  unload(&l);
}
END_TEST

START_TEST(wrong_aliases)
{
  char here[4096], expected[4200];
  static const char text[] = "a\tb\nno tab\n\tx\na\tb\tc\na\tz\nb\xff\tq\nc\0d\te\n";
  write_file("w.tsv", text, sizeof text - 1);
  loaded l = load("clean: {aliases: w.tsv}\n");
  ck_assert_ptr_nonnull(getcwd(here, sizeof here));
  ck_assert_uint_eq(l.f.errors, 6);
  static const char *const said[] = {
    ":2: this line has no tab / write  value TAB value, or  value TAB  to drop it",
    ":3: this line begins with a tab / write  value TAB value, or  value TAB  to drop it",
    ":4: this line has more than one tab / write  value TAB value, or  value TAB  to drop it",
    ":6: this line is not UTF-8 text / save the file as UTF-8",
    ":7: this line is not UTF-8 text / save the file as UTF-8",
    ":5: 'a' has another target in line 1 / keep one of them",
  };
  for (size_t i = 0; i < 6; i++) {
    snprintf(expected, sizeof expected, "%s/w.tsv%s", here, said[i]);
    ck_assert_str_eq(finding(&l, i), expected);
  }
  unload(&l);
  l = load("clean: {aliases: none.tsv, stop: none.txt}\n");
  ck_assert_uint_eq(l.f.errors, 2);
  snprintf(expected, sizeof expected, "chain.yaml:1:18: 'clean.aliases': %s/none.tsv: cannot open it: No such file or directory", here);
  ck_assert_str_eq(finding(&l, 0), expected);
  unload(&l);
  l = load("clean: {aliases: .}\n");
  ck_assert_uint_eq(l.f.errors, 1);
  unload(&l);
}
END_TEST

START_TEST(mistakes_in_a_word_list_are_bounded)
{
  ek_text t = { 0 };
  for (int i = 0; i < 5000; i++)
    ek_text_printf(&t, "no tab in line %d\n", i);
  put("m.tsv", ek_text_c(&t));
  loaded l = load("clean: {aliases: m.tsv}\n");
  ck_assert_uint_eq(l.f.errors, 20);
  unload(&l);
  ek_text_free(&t);
}
END_TEST

START_TEST(stop)
{
  put("s.txt", "Other\n\n# a comment\nn/a\r\n#1\nlast");
  loaded l = load("clean: {stop: s.txt}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->clean.n_stop, 4);
  ck_assert_str_eq(l.s->clean.stop[1], "n/a");
  ck_assert_str_eq(l.s->clean.stop[2], "#1");
  ck_assert_str_eq(l.s->clean.stop[3], "last");
  unload(&l);
  l = load("clean: {stop: []}\n");
  ck_no_errors(&l);
  ck_assert_uint_eq(l.s->clean.n_stop, 0);
  unload(&l);
}
END_TEST

#define N(a) (int)(sizeof a / sizeof *a)

int
main(void)
{
  setenv("ENRICHKIT_CACHE", "/c/results.db", 1);
  Suite *s = suite_create("config/settings");
  TCase *t = tcase_create("keys");
  tcase_add_loop_test(t, default_of_key, 0, (int)N_KEYS);
  tcase_add_loop_test(t, good_value_of_key, 0, (int)N_KEYS);
  tcase_add_loop_test(t, bad_value_of_key, 0, (int)N_KEYS);
  tcase_add_test(t, no_key_is_forgotten);
  tcase_add_test(t, later_parts);
  suite_add_tcase(s, t);
  t = tcase_create("together");
  tcase_add_loop_test(t, wrong_together, 0, N(wrong));
  tcase_add_test(t, all_at_once);
  tcase_add_test(t, an_alias_is_one_mistake);
  tcase_add_test(t, stdin_is_the_configuration);
  tcase_add_test(t, nulls_are_defaults);
  tcase_add_test(t, no_chain);
  tcase_add_test(t, when);
  tcase_add_test(t, default_names);
  tcase_add_test(t, delimiters);
  tcase_add_test(t, max_rejects);
  tcase_add_test(t, field_rules);
  tcase_add_test(t, needs_input);
  tcase_add_test(t, sections);
  tcase_add_test(t, stages);
  tcase_add_test(t, ranges);
  tcase_add_test(t, another_out);
  tcase_add_test(t, network);
  tcase_add_test(t, cache_path);
  tcase_add_test(t, amounts);
  suite_add_tcase(s, t);
  t = tcase_create("word lists");
  tcase_add_test(t, aliases);
  tcase_add_test(t, wrong_aliases);
  tcase_add_test(t, mistakes_in_a_word_list_are_bounded);
  tcase_add_test(t, stop);
  suite_add_tcase(s, t);
  return run_suite(s);
}
