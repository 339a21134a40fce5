/* SPDX-License-Identifier: BSD-3-Clause */
#include "config/keys.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "config/settings.h"

const char *const ek_part_names[EK_PARTS] = { "first", "local", "network", "personalize", "classifiers", "authors" };
const uint8_t ek_part_built[EK_PARTS] = { [EK_PART_FIRST] = 1, [EK_PART_LOCAL] = 1, [EK_PART_NETWORK] = 1,
                                          [EK_PART_PERSONALIZE] = 1 };

#define S(member) .at = offsetof(ek_settings, member) + 1
#define T(member) .at = offsetof(ek_step_settings, member) + 1
#define C(member) .at = offsetof(ek_column, member) + 1
#define A(member) .at = offsetof(ek_arm_settings, member) + 1
#define R(member) .at = offsetof(ek_range_settings, member) + 1
#define V(member) .at = offsetof(ek_event_settings, member) + 1
#define Q(member) .at = offsetof(ek_rate, member) + 1
#define LOCAL .part = EK_PART_LOCAL
#define NETWORK .part = EK_PART_NETWORK
#define PERSONALIZE .part = EK_PART_PERSONALIZE
#define CLASSIFIERS .part = EK_PART_CLASSIFIERS
#define AUTHORS .part = EK_PART_AUTHORS
#define MS 1e6
#define SEC 1e9
#define DAY (86400 * SEC)
#define GIB 1073741824.0

#define CONFIG "train.solution_config."
#define PARAMETERS CONFIG "algorithm_hyper_parameters."
#define FEATURES CONFIG "feature_transformation_parameters."
#define CAMPAIGN "deploy.campaign_config."
#define HPO CONFIG "hpo_config."
#define RANGES HPO "algorithm_hyper_parameter_ranges."
#define HYPER(type_, name_, def_, min_, max_, help_) \
  { PARAMETERS #name_, EK_KEY_##type_, LOCAL, S(train.hyper.name_), .def = def_, .min = min_, .max = max_, .help = help_ }
#define RANGE(kind_, type_, min_, max_) \
  { RANGES kind_ "[].name", EK_KEY_TEXT, LOCAL, R(name), .required = 1, .help = "is the parameter" }, \
  { RANGES kind_ "[].min_value", EK_KEY_##type_, LOCAL, R(min_), .required = 1, .help = "is its least value" }, \
  { RANGES kind_ "[].max_value", EK_KEY_##type_, LOCAL, R(max_), .required = 1, .help = "is its greatest value" }

#define RULE(name_, def_, help_) { "catalog.fields." name_, EK_KEY_RULE, .def = def_, .help = help_ }
#define COLUMNS(kind) \
  { "catalog.columns." kind "[].name", EK_KEY_TEXT, C(name), .required = 1, .help = "is the column in CSV and schema" }, \
  { "catalog.columns." kind "[].field", EK_KEY_FIELD, C(field), .required = 1, .help = "is where the column comes from" }, \
  { "catalog.columns." kind "[].type", EK_KEY_ENUM, C(type), .def = "string", \
    .choices = "string|int|long|float|double|boolean|timestamp", .help = "is the column's type" }, \
  { "catalog.columns." kind "[].nullable", EK_KEY_BOOL, C(nullable), .def = "true", \
    .help = "false: a record without a readable value is rejected" }, \
  { "catalog.columns." kind "[].categorical", EK_KEY_BOOL, C(categorical), .def = "false", \
    .help = "marks a string as one of a set of values" }, \
  { "catalog.columns." kind "[].textual", EK_KEY_BOOL, C(textual), .def = "false", \
    .help = "marks a string of items as free text" }

const ek_key ek_keys[] = {
  { "version", EK_KEY_VERSION, S(version), .def = "1", .min = 1, .max = 1, .help = "is the format of the file" },
  { "name", EK_KEY_NAME, S(name), .help = "begins the names of what is created in a store or an account" },

  { "catalog.items", EK_KEY_INPUTS, .help = "names the files or folders of items, or \"-\"" },
  { "catalog.interactions", EK_KEY_INPUTS, .help = "names the files or folders of interactions, or \"-\"" },
  { "catalog.users", EK_KEY_INPUTS, .help = "names the files or folders of users, or \"-\"" },
  { "catalog.format", EK_KEY_ENUM, S(catalog.format), .def = "auto", .choices = "auto|jsonl|json|loose|csv",
    .help = "is the form of the records" },
  { "catalog.delimiter", EK_KEY_DELIMITER, S(catalog.delimiter), .def = "auto", .help = "parts the fields of a CSV" },
  { "catalog.pick", EK_KEY_ENUM, S(catalog.pick), .def = "non_empty", .choices = "non_empty|present",
    .help = "picks among several paths of a field" },
  { "catalog.time_unit", EK_KEY_ENUM, S(catalog.time_unit), .def = "auto", .choices = "auto|s|ms",
    .help = "is the unit of times that are numbers" },
  { "catalog.duplicates", EK_KEY_ENUM, S(catalog.duplicates), .def = "first", .choices = "first|last|all|refuse",
    .help = "tells which of several records with one id counts" },
  RULE("items.id", "ITEM_ID|item_id|parent_asin|asin|ASIN|id|ID", "finds the item's id"),
  RULE("items.title", "title|TITLE|name", "finds the title"),
  RULE("items.category", "category|categories|CATEGORY|genres|GENRES", "finds the source's own categories"),
  RULE("items.image", "imageURLHighRes|imageURL|images[].hi_res|images[].large|image|imUrl|image_url|img_url|IMGURL",
       "finds the address of the picture"),
  RULE("items.description", "description|DESCRIPTION", "finds the description"),
  RULE("items.brand", "brand|store|vendor", "finds the brand"),
  RULE("items.price", "price|PRICE", "finds the price"),
  RULE("items.created", "CREATION_TIMESTAMP|created_at", "finds when the item appeared"),
  RULE("items.*", NULL, "finds a field of that name"),
  RULE("interactions.user", "USER_ID|user_id|reviewerID|reviewerId", "finds the user's id"),
  RULE("interactions.item", "ITEM_ID|item_id|parent_asin|asin|ASIN", "finds the item's id"),
  RULE("interactions.time", "TIMESTAMP|unixReviewTime|timestamp", "finds the time"),
  RULE("interactions.event_type", "EVENT_TYPE|event_type|=interaction", "finds the kind of event"),
  RULE("interactions.event_value", "EVENT_VALUE|overall|rating|score", "finds the event's value"),
  RULE("interactions.*", NULL, "finds a field of that name"),
  RULE("users.id", "USER_ID|user_id|id|ID", "finds the user's id"),
  RULE("users.*", NULL, "finds a field of that name"),
  COLUMNS("items"),
  COLUMNS("interactions"),
  COLUMNS("users"),

  { "chain[].plugin", EK_KEY_TEXT, T(plugin), .required = 1, .help = "is the plugin's id, or module/id" },
  { "chain[].name", EK_KEY_NAME, T(name), .help = "names the step; by default as the plugin" },
  { "chain[].when", EK_KEY_WHEN, .def = "always", .help = "tells which items the step is asked about" },
  { "chain[].options", EK_KEY_OPTIONS, .help = "holds the plugin's own options" },
  { "chain[].rate", EK_KEY_RATE_OR_NAME, NETWORK, T(rate), .help = "limits calls a second: a rate, or a name in rates" },
  { "chain[].prices.*", EK_KEY_MONEY, NETWORK, .help = "is the price of one of the plugin's units" },
  { "chain[].budget", EK_KEY_MONEY_OR_NONE, NETWORK, T(budget), .help = "stops the run before it is passed" },
  { "chain[].floor", EK_KEY_FLOAT, T(floor), .def = "0", .min = 0, .max = 1, .help = "is the least confidence of a label" },
  { "chain[].on_error", EK_KEY_ENUM, T(on_error), .def = "reject", .choices = "reject|continue|stop",
    .help = "tells what becomes of an item that the step fails on" },
  { "chain[].workers", EK_KEY_INT, NETWORK, T(workers), .def = "16", .min = 1, .max = 1024, .help = "is how many calls are in flight" },
  { "chain[].batch", EK_KEY_INT, T(batch), .def = "0", .min = 0, .max = 1000000,
    .help = "is how many items go into a call; 0: what the plugin offers" },
  { "chain[].timeout", EK_KEY_DURATION, T(timeout_ns), .def = "30s", .min = MS, .max = DAY, .help = "is the time for one call" },
  { "chain[].retry.attempts", EK_KEY_INT, T(retry.attempts), .def = "6", .min = 1, .max = 100,
    .help = "is how often an item is tried, the first time included" },
  { "chain[].retry.first_delay", EK_KEY_DURATION, T(retry.first_delay_ns), .def = "200ms", .min = 0, .max = DAY,
    .help = "is the wait before the second try" },
  { "chain[].retry.max_delay", EK_KEY_DURATION, T(retry.max_delay_ns), .def = "20s", .min = 0, .max = DAY,
    .help = "is the longest wait between tries" },
  { "chain[].retry.max_share", EK_KEY_SHARE, T(retry.max_share), .def = "20%",
    .help = "is the share of retries in a minute above which the step slows down" },
  { "chain[].cache", EK_KEY_BOOL, NETWORK, T(cache), .help = "keeps results and finds them again; by default where the step leaves the machine" },
  { "chain[].isolation", EK_KEY_ENUM, AUTHORS, .def = "none", .choices = "none|process", .help = "runs the step in a process of its own" },
  { "chain[].limits.memory", EK_KEY_SIZE, AUTHORS, .def = "512M", .help = "bounds the step's process" },
  { "chain[].limits.open_files", EK_KEY_INT, AUTHORS, .def = "64", .min = 8, .max = 65536, .help = "bounds the step's process" },
  { "chain[].limits.confine", EK_KEY_BOOL, AUTHORS, .def = "true", .help = "confines the step's process" },

  { "rates.*.limit", EK_KEY_RATE, NETWORK, Q(per_second), .required = 1, .help = "is the rate that several steps share" },
  { "rates.*.burst", EK_KEY_INT, NETWORK, Q(burst), .min = 1, .max = 1000000,
    .help = "is how many calls may go at once; by default one second's worth" },
  { "rates.*.adapt", EK_KEY_BOOL, NETWORK, Q(adapt), .def = "true", .help = "lowers the rate when throttled, and lets it recover" },

  { "clean", EK_KEY_CLEAN, .help = "is what is done to labels; none: nothing" },
  { "clean.control", EK_KEY_BOOL, S(clean.control), .def = "true", .help = "drops control characters" },
  { "clean.entities", EK_KEY_BOOL, S(clean.entities), .def = "true", .help = "turns &amp; into &, and its like" },
  { "clean.tags", EK_KEY_BOOL, S(clean.tags), .def = "true", .help = "drops markup" },
  { "clean.whitespace", EK_KEY_BOOL, S(clean.whitespace), .def = "true", .help = "trims and collapses blanks" },
  { "clean.bar", EK_KEY_ENUM, S(clean.bar), .def = "split", .choices = "split|replace|drop|keep",
    .help = "tells what becomes of a value with a bar in it" },
  { "clean.aliases", EK_KEY_ALIASES, .help = "replaces values: a map, or a file of value TAB value" },
  { "clean.stop", EK_KEY_STOP, .help = "drops values: a list, or a file with one a line" },
  { "clean.max_length", EK_KEY_INT, S(clean.max_length), .def = "100", .min = 0, .max = 1000000,
    .help = "drops values of more characters; 0: no limit" },
  { "clean.sentences", EK_KEY_BOOL, S(clean.sentences), .def = "true", .help = "drops values that read like sentences" },
  { "clean.neighbours", EK_KEY_BOOL, S(clean.neighbours), .def = "true", .help = "drops equal values side by side" },
  { "clean.case_duplicates", EK_KEY_BOOL, S(clean.case_duplicates), .def = "true",
    .help = "drops values that differ from an earlier one in case only" },

  { "merge.strategy", EK_KEY_ENUM, S(merge.strategy), .def = "union", .choices = "union|first|vote|confidence",
    .help = "tells how the labels of several steps become one list" },
  { "merge.votes", EK_KEY_INT, S(merge.votes), .def = "2", .min = 1, .max = 64,
    .help = "is how many steps must agree under strategy vote" },
  { "merge.parents", EK_KEY_ENUM, S(merge.parents), .def = "none", .choices = "none|append|only",
    .help = "tells what becomes of a label's parents" },
  { "merge.max_labels", EK_KEY_INT, S(merge.max_labels), .def = "3", .min = 0, .max = 1000000, .help = "limits the final list" },
  { "merge.max_chars", EK_KEY_INT, S(merge.max_chars), .def = "1000", .min = 0, .max = 1000000000,
    .help = "limits the characters of the cell" },
  { "merge.unmapped", EK_KEY_ENUM, CLASSIFIERS, .def = "keep", .choices = "keep|drop",
    .help = "tells what becomes of values that the aliases do not name" },

  { "output.dir", EK_KEY_PATH, S(output.dir), .def = "enrichkit-out", .help = "is the folder of the results" },
  { "output.label_column", EK_KEY_TEXT, S(output.label_column), .def = "CATEGORY", .help = "is the column of the labels" },
  { "output.csv", EK_KEY_ENUM, S(output.csv), .def = "personalize", .choices = "personalize|rfc4180",
    .help = "tells how a quote inside a value is written" },
  { "output.quote", EK_KEY_ENUM, S(output.quote), .def = "minimal", .choices = "minimal|all", .help = "tells which values are quoted" },
  { "output.gzip", EK_KEY_BOOL, S(output.gzip), .def = "false", .help = "compresses the CSV files" },
  { "output.no_labels", EK_KEY_ENUM, S(output.no_labels), .def = "empty", .choices = "empty|drop|required",
    .help = "tells what becomes of items without labels" },
  { "output.labels", EK_KEY_BOOL, S(output.labels), .def = "false", .help = "writes labels.jsonl" },
  { "output.review_below", EK_KEY_FLOAT, CLASSIFIERS, .def = "0", .min = 0, .max = 1, .help = "writes review.jsonl" },

  { "run.threads", EK_KEY_INT, S(run.threads), .min = 1, .max = 1024, .help = "is how many threads compute" },
  { "run.window", EK_KEY_INT, NETWORK, S(run.window), .def = "1000", .min = 1, .max = 1000000, .help = "is how many items are in flight" },
  { "run.budget", EK_KEY_MONEY_OR_NONE, NETWORK, S(run.budget), .def = "none", .help = "is the most that all steps may cost" },
  { "run.max_rejects", EK_KEY_REJECTS, .def = "50%", .help = "is the share or the number of rejects that stops the run" },

  { "images.workers", EK_KEY_INT, NETWORK, S(images.workers), .def = "32", .min = 1, .max = 1024,
    .help = "is how many pictures are fetched at once" },
  { "images.rate", EK_KEY_RATE, NETWORK, S(images.rate.per_second), .help = "limits fetches a second" },
  { "images.timeout", EK_KEY_DURATION, NETWORK, S(images.timeout_ns), .def = "20s", .min = MS, .max = DAY,
    .help = "is the time for one picture" },
  { "images.max_bytes", EK_KEY_SIZE, NETWORK, S(images.max_bytes), .def = "15M", .min = 1, .max = GIB, .help = "bounds a picture" },
  { "images.max_side", EK_KEY_INT, NETWORK, S(images.max_side), .def = "10000", .min = 1, .max = 1000000,
    .help = "bounds a picture's width and height" },
  { "images.upgrade_https", EK_KEY_BOOL, NETWORK, S(images.upgrade_https), .def = "true",
    .help = "asks by https where the host is known to serve it" },
  { "images.full_size", EK_KEY_BOOL, NETWORK, S(images.full_size), .def = "true", .help = "strips the size token of thumbnails" },

  { "network.allow", EK_KEY_ALLOW, NETWORK, .help = "exempts hosts, addresses and networks from the guard" },
  { "network.proxy", EK_KEY_PROXY, NETWORK, S(network.proxy), .help = "is the proxy; none: not even the environment's" },
  { "network.ca_bundle", EK_KEY_PATH, NETWORK, S(network.ca_bundle), .help = "is the file of trusted certificates" },
  { "network.connect_timeout", EK_KEY_DURATION, NETWORK, S(network.connect_timeout_ns), .def = "10s", .min = MS, .max = DAY,
    .help = "is the time to connect" },
  { "network.max_redirects", EK_KEY_INT, NETWORK, S(network.max_redirects), .def = "5", .min = 0, .max = 50, .help = "bounds redirects" },
  { "network.record", EK_KEY_PATH, NETWORK, S(network.record), .help = "keeps exchanges in a folder" },
  { "network.replay", EK_KEY_PATH, NETWORK, S(network.replay), .help = "answers from a folder and connects nowhere" },

  { "cache.path", EK_KEY_PATH, NETWORK, S(cache.path), .help = "is the file of kept results; by default in the user's cache folder" },
  { "cache.max_size", EK_KEY_SIZE, NETWORK, S(cache.max_size), .def = "10G", .min = 0, .max = 1e18, .help = "bounds the cache; 0: no limit" },
  { "cache.max_age", EK_KEY_DURATION, NETWORK, S(cache.max_age_ns), .min = SEC, .max = 36500 * DAY, .help = "bounds the age of results" },
  { "cache.mode", EK_KEY_ENUM, NETWORK, S(cache.mode), .def = "read_write", .choices = "read_write|read|none", .help = "tells how the cache is used" },

  { "aws.region", EK_KEY_TEXT, NETWORK, S(aws.region), .help = "is the region of every call; by default as AWS's own tools find it" },
  { "aws.profile", EK_KEY_TEXT, NETWORK, S(aws.profile), .help = "picks credentials; by default as AWS's own tools do" },
  { "aws.endpoint_url", EK_KEY_URL, NETWORK, S(aws.endpoint_url), .help = "asks another server" },

  { "import.engine", EK_KEY_ENUM, LOCAL, S(import.engine), .def = "local", .choices = "local|personalize",
    .help = "is where data are imported" },
  { "import.dataset_group", EK_KEY_NAME_OR_ARN, LOCAL, S(import.dataset_group), .help = "is the data set group; by default 'name'" },
  { "import.store", EK_KEY_PATH, LOCAL, S(import.store), .help = "is the local engine's folder; by default 'store' in output.dir" },
  { "import.import_mode", EK_KEY_ENUM, LOCAL, S(import.import_mode), .def = "FULL", .choices = "FULL|INCREMENTAL",
    .help = "replaces, or adds by id" },
  { "import.min_interactions", EK_KEY_INT, LOCAL, S(import.min_interactions), .def = "1000", .min = 1, .max = 4000000000.0,
    .help = "refuses fewer interactions" },
  { "import.data_location", EK_KEY_TEXT, PERSONALIZE, S(import.data_location), .help = "is the bucket and prefix that the service reads: s3://BUCKET/PREFIX/" },
  { "import.role_arn", EK_KEY_TEXT, PERSONALIZE, S(import.role_arn), .help = "is the role that the service takes to read the bucket" },
  { "import.kms_key_arn", EK_KEY_TEXT, PERSONALIZE, S(import.kms_key_arn), .help = "is the key that objects and data set group are encrypted with" },
  { "import.tags.*", EK_KEY_PAIRS, PERSONALIZE, .help = "tags what is created" },
  { "import.on_schema_change", EK_KEY_ENUM, LOCAL, S(import.on_schema_change), .def = "update",
    .choices = "update|recreate|stop", .help = "tells what becomes of a data set with another schema" },
  { "import.timeout", EK_KEY_DURATION, PERSONALIZE, S(import.timeout_ns), .def = "6h", .min = MS, .max = 30 * DAY,
    .help = "is the time to wait for the service" },

  { "train.engine", EK_KEY_ENUM, LOCAL, S(train.engine), .choices = "local|personalize",
    .help = "is where training happens; by default as import.engine" },
  { "train.recipe", EK_KEY_TEXT, LOCAL, S(train.recipe), .help = "is the recipe: base, metadata (the default), coldstart or popularity; of the service a short name or an ARN, by default user-personalization-v2" },
  { "train.solution", EK_KEY_NAME_OR_ARN, LOCAL, S(train.solution), .help = "is the solution's name; by default 'name'-recipe" },
  { "train.perform_hpo", EK_KEY_BOOL, LOCAL, S(train.perform_hpo), .def = "false", .help = "searches hyperparameters" },
  { "train.perform_auto_training", EK_KEY_BOOL, PERSONALIZE, S(train.perform_auto_training), .def = "false",
    .help = "trains every week, and costs every week" },
  { "train.training_mode", EK_KEY_ENUM, LOCAL, S(train.training_mode), .def = "FULL", .choices = "FULL|UPDATE",
    .help = "trains anew, or goes on" },
  { "train.event_type", EK_KEY_TEXT, LOCAL, S(train.event_type), .help = "picks the events to train on; by default all" },
  { "train.timeout", EK_KEY_DURATION, PERSONALIZE, S(train.timeout_ns), .def = "24h", .min = MS, .max = 30 * DAY,
    .help = "is the time to wait for the service" },
  { "train.evaluation.folds", EK_KEY_INT, LOCAL, S(train.evaluation.folds), .min = 1, .max = 10,
    .help = "is how many folds are tested, 10 for every user; by default 1, and 10 with arms" },
  { "train.evaluation.fold", EK_KEY_INT, LOCAL, S(train.evaluation.fold), .def = "0", .min = 0, .max = 9,
    .help = "is the one fold that is tested" },
  { "train.evaluation.exclude_seen", EK_KEY_ENUM, LOCAL, S(train.evaluation.exclude_seen), .def = "auto",
    .choices = "auto|true|false", .help = "leaves out what a user has seen" },
  { CONFIG "event_value_threshold", EK_KEY_FLOAT, LOCAL, S(train.event_value_threshold), .min = -1e300, .max = 1e300,
    .help = "is the least value of an event that counts; by default all count" },
  HYPER(FLOAT, pair_decay, "5", 0.01, 1e9, "is how many events apart a pair still counts"),
  HYPER(FLOAT, back, "0.1", 0, 1, "is the weight of pairs in reversed order"),
  HYPER(FLOAT, nfrom, "0.4", 0, 2, "damps popular items as sources"),
  HYPER(FLOAT, nto, "0", 0, 2, "damps popular items as targets: the dial between accuracy and coverage"),
  HYPER(FLOAT, hist_decay, "1.5", 0.01, 1e9, "is how many events back a user's history still counts"),
  HYPER(FLOAT, content, "0.4", 0, 100, "is the weight of categories"),
  HYPER(FLOAT, pop_exp, "0", 0, 2, "is the power of popularity in the weight of categories"),
  HYPER(FLOAT, boost, "0", 0, 100, "strengthens pairs of items with like categories"),
  HYPER(INT, window, "20", 1, 1000, "is how many events apart a pair may be"),
  HYPER(INT, topk, "0", 0, 100000, "is how many neighbours an item keeps; 0: 200, or 50 above 100,000 items"),
  HYPER(INT, max_cats, "3", 1, 1000, "is how many categories of an item count"),
  { PARAMETERS "bptt", EK_KEY_SAME, LOCAL, .choices = "window", .help = "is the service's name for 'window'" },
  { PARAMETERS "hidden_dimension", EK_KEY_SAME, LOCAL, .choices = "topk", .help = "is the service's name for 'topk'" },
  { PARAMETERS "recency_mask", EK_KEY_RECENCY, LOCAL, .help = "false: all of a history counts alike (hist_decay 1e9)" },
  { FEATURES "cold_start_max_duration", EK_KEY_FLOAT, LOCAL, S(train.coldstart.max_duration), .def = "5", .min = 0, .max = 1e6,
    .help = "is how many days an item is cold" },
  { FEATURES "cold_start_max_interactions", EK_KEY_INT, LOCAL, S(train.coldstart.max_interactions), .def = "15", .min = 0,
    .max = 1000000000, .help = "is how many events a cold item has at most" },
  { FEATURES "cold_start_relative_from", EK_KEY_ENUM, LOCAL, S(train.coldstart.relative_from), .def = "latestItem",
    .choices = "currentTime|latestItem", .help = "is the time that days are counted from" },
  { FEATURES "min_user_history_length_percentile", EK_KEY_FLOAT, LOCAL, S(train.min_history), .def = "0", .min = 0, .max = 1,
    .help = "leaves users with shorter histories out of training" },
  { FEATURES "max_user_history_length_percentile", EK_KEY_FLOAT, LOCAL, S(train.max_history), .def = "1", .min = 0, .max = 1,
    .help = "leaves users with longer histories out of training" },
  { HPO "hpo_objective.metric_name", EK_KEY_ENUM, LOCAL, S(train.hpo.objective), .def = "normalized_discounted_cumulative_gain",
    .choices = "normalized_discounted_cumulative_gain|normalized_discounted_cumulative_gain_at_5|"
               "normalized_discounted_cumulative_gain_at_10|normalized_discounted_cumulative_gain_at_25|precision_at_5|"
               "precision_at_10|precision_at_25|mean_reciprocal_rank_at_25",
    .help = "is what the search raises; without _at_K: the mean of the three" },
  { HPO "hpo_resource_config.max_number_of_training_jobs", EK_KEY_INT, LOCAL, S(train.hpo.max_jobs), .def = "40", .min = 1,
    .max = 40, .help = "is how many trials the search makes" },
  { HPO "hpo_resource_config.max_parallel_training_jobs", EK_KEY_INT, LOCAL, S(train.hpo.max_parallel), .def = "1", .min = 1,
    .max = 10, .help = "is the service's; here one trial uses all of run.threads" },
  RANGE("integer", INT, int_min, int_max),
  RANGE("continuous", FLOAT, min, max),
  { RANGES "categorical[].name", EK_KEY_TEXT, LOCAL, R(name), .required = 1, .help = "is the parameter" },
  { RANGES "categorical[].values", EK_KEY_TEXTS, LOCAL, R(values), .required = 1, .help = "are its values" },
  { CONFIG "events_config[].event_type", EK_KEY_TEXT, LOCAL, V(event_type), .required = 1, .help = "picks events" },
  { CONFIG "events_config[].event_value_threshold", EK_KEY_FLOAT, LOCAL, V(threshold), .min = -1e300, .max = 1e300,
    .help = "is the least value of such an event" },
  { CONFIG "events_config[].weight", EK_KEY_FLOAT, LOCAL, V(weight), .def = "1", .min = 0, .max = 1, .help = "is the weight of such an event" },
  { CONFIG "training_data_config.excluded_dataset_columns", EK_KEY_DATASET_COLUMNS, LOCAL,
    .help = "leaves columns out, by data set" },
  { CONFIG "training_data_config.included_dataset_columns", EK_KEY_DATASET_COLUMNS, LOCAL,
    .help = "trains on these columns alone, by data set" },

  { "arms.*.steps", EK_KEY_STEPS, LOCAL, A(steps), .required = 1, .help = "are the arm's steps" },
  { "arms.*.merge.strategy", EK_KEY_ENUM, LOCAL, A(merge.strategy), .choices = "union|first|vote|confidence",
    .help = "tells how the labels of several steps become one list, in this arm" },
  { "arms.*.merge.votes", EK_KEY_INT, LOCAL, A(merge.votes), .min = 1, .max = 64,
    .help = "is how many steps must agree under strategy vote, in this arm" },
  { "arms.*.merge.parents", EK_KEY_ENUM, LOCAL, A(merge.parents), .choices = "none|append|only",
    .help = "tells what becomes of a label's parents, in this arm" },
  { "arms.*.merge.max_labels", EK_KEY_INT, LOCAL, A(merge.max_labels), .min = 0, .max = 1000000,
    .help = "limits the final list, in this arm" },
  { "arms.*.merge.max_chars", EK_KEY_INT, LOCAL, A(merge.max_chars), .min = 0, .max = 1000000000,
    .help = "limits the characters of the cell, in this arm" },
  { "arms.*.merge.unmapped", EK_KEY_ENUM, CLASSIFIERS, .choices = "keep|drop",
    .help = "tells what becomes of values that the aliases do not name, in this arm" },
  { "arms.*.recipe", EK_KEY_TEXT, LOCAL, A(recipe), .help = "is the arm's recipe; by default train.recipe" },

  { "deploy.campaign", EK_KEY_NAME_OR_ARN, PERSONALIZE, S(deploy.campaign), .help = "is the campaign; by default 'name'" },
  { "deploy.min_provisioned_tps", EK_KEY_INT, PERSONALIZE, S(deploy.min_provisioned_tps), .def = "1", .min = 1, .max = 1000000,
    .help = "is the least throughput, which is paid for" },
  { "deploy.canary", EK_KEY_BOOL, PERSONALIZE, S(deploy.canary), .def = "false",
    .help = "makes a second campaign, NAME-canary, and leaves the first alone" },
  { "deploy.timeout", EK_KEY_DURATION, PERSONALIZE, S(deploy.timeout_ns), .def = "1h", .min = MS, .max = 30 * DAY,
    .help = "is the time to wait for the service" },
  { CAMPAIGN "item_exploration_config.exploration_weight", EK_KEY_FLOAT, PERSONALIZE, S(deploy.exploration_weight), .min = 0, .max = 1,
    .help = "is how much room new items get" },
  { CAMPAIGN "item_exploration_config.exploration_item_age_cut_off", EK_KEY_FLOAT, PERSONALIZE,
    S(deploy.exploration_item_age_cut_off), .min = 0, .max = 1e6, .help = "is how many days an item is new" },
  { CAMPAIGN "enable_metadata_with_recommendations", EK_KEY_BOOL, PERSONALIZE, S(deploy.enable_metadata), .def = "false",
    .help = "answers with columns of the items too" },

  { "live.max_batch", EK_KEY_INT, PERSONALIZE, S(live.max_batch), .def = "10", .min = 1, .max = 10, .help = "is how many go into a call" },
  { "live.max_wait", EK_KEY_DURATION, PERSONALIZE, S(live.max_wait_ns), .def = "1s", .min = MS, .max = DAY, .help = "is how long a batch may wait" },
  { "live.rate", EK_KEY_RATE, PERSONALIZE, S(live.rate), .def = "10/s", .help = "limits calls" },

  { "report.html", EK_KEY_BOOL, LOCAL, S(report.html), .def = "true", .help = "writes report.html" },
  { "report.top_labels", EK_KEY_INT, LOCAL, S(report.top_labels), .def = "50", .max = 100000, .help = "is how many labels the report lists" },
  { "report.dial", EK_KEY_DIAL, LOCAL, .min = 0, .max = 2, .def = "0|0.05|0.1|0.2", .help = "are values of nto at which coverage is shown" },

  { "plugin_path", EK_KEY_PATHS, .help = "lists folders of plugins" },

  { "tests[].name", EK_KEY_TEXT, AUTHORS, .help = "names the case" },
  { "tests[].items[].*", EK_KEY_MAP, AUTHORS, .help = "are records" },
  { "tests[].replay", EK_KEY_PATH, AUTHORS, .help = "is a folder of exchanges" },
  { "tests[].expect.*", EK_KEY_TEXT, AUTHORS, .help = "is the expected cell" },
  { "tests[].expect_rejects.*", EK_KEY_TEXT, AUTHORS, .help = "is the expected reason" },
};
const size_t ek_keys_n = sizeof ek_keys / sizeof *ek_keys;

/* ---- looking things up ------------------------------------------------------------- */

const ek_key *
ek_keys_find(const char *pattern)
{
  for (size_t i = 0; i < ek_keys_n; i++)
    if (strcmp(ek_keys[i].path, pattern) == 0)
      return &ek_keys[i];
  return NULL;
}

/* Is path at or below the pattern of length n? */
static int
covers(const char *pattern, size_t n, const char *path)
{
  return strncmp(path, pattern, n) == 0 && (!path[n] || path[n] == '.' || path[n] == '[');
}

int
ek_keys_known(const char *pattern)
{
  size_t n = strlen(pattern);
  for (size_t i = 0; i < ek_keys_n; i++)
    if (covers(pattern, n, ek_keys[i].path))
      return 1;
  return 0;
}

enum ek_part
ek_keys_part(const char *pattern)
{
  size_t n = strlen(pattern);
  int part = -1;
  for (size_t i = 0; i < ek_keys_n; i++) {
    if (!covers(pattern, n, ek_keys[i].path))
      continue;
    if (part >= 0 && part != ek_keys[i].part)
      return EK_PART_FIRST;
    part = ek_keys[i].part;
  }
  return part < 0 || ek_part_built[part] ? EK_PART_FIRST : (enum ek_part)part;
}

char **
ek_keys_below(const char *pattern)
{
  size_t n = strlen(pattern), count = 0, cap = 0;
  char **names = ek_mem_grow(NULL, &cap, 8, sizeof *names);
  for (size_t i = 0; i < ek_keys_n; i++) {
    const char *rest = ek_keys[i].path;
    if (n) {
      if (strncmp(rest, pattern, n) != 0 || rest[n] != '.')
        continue;
      rest += n + 1;
    }
    size_t len = strcspn(rest, ".[");
    if (*rest == '*' || (count && strlen(names[count - 1]) == len && strncmp(names[count - 1], rest, len) == 0))
      continue;
    names = ek_mem_grow(names, &cap, count + 2, sizeof *names);
    names[count++] = ek_mem_strndup(rest, len);
  }
  names[count] = NULL;
  return names;
}

void
ek_keys_names_free(char **names)
{
  for (char **n = names; *n; n++)
    free(*n);
  free(names);
}

ek_str
ek_keys_choice(const char *choices, unsigned i)
{
  const char *p = choices;
  while (i--) {
    p = strchr(p, '|');
    if (!p)
      return (ek_str){ "", 0 };
    p++;
  }
  return (ek_str){ p, strcspn(p, "|") };
}

int
ek_keys_default_list(const char *key, ek_text *yaml)
{
  const ek_key *row = ek_keys_find(key);
  if (strcmp(key, "chain") == 0) {
    ek_text_cstr(yaml, "[{plugin: category}]");
    return 1;
  }
  if (!row || row->type != EK_KEY_RULE || !row->def)
    return 0;
  for (unsigned i = 0;; i++) {
    ek_str c = ek_keys_choice(row->def, i);
    if (!c.len)
      break;
    ek_text_cstr(yaml, i ? ", " : "[");
    ek_text_json(yaml, c);
  }
  ek_text_char(yaml, ']');
  return 1;
}
