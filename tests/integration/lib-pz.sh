# SPDX-License-Identifier: BSD-3-Clause
# For tests of the engine personalize; sourced after lib-net.sh.
account=111122223333
arn=arn:aws:personalize:us-east-1:$account
whole="Campaign=1 Dataset=2 DatasetGroup=1 DatasetImportJob=2 Object=2 Schema=2 Solution=1 SolutionVersion=1"
changing='^(Create|Update|Delete|Put|PUT|POST|DELETE)'

pz() { fake_python "$top_srcdir/tests/integration/pz.py" "$@"; }
things() { pz things "$fake_url"; }
ops() { pz ops "$fake_log" "$@"; }
changes() { ops "$changing"; }

# ask OPERATION MEMBER...: of the bodies of such requests, one line each.
ask()
{
  ask_operation=$1
  shift
  pz asks "$fake_log" "$ask_operation" | pz member "$@"
}

# pz_data: items.jsonl, events.jsonl (1,100 of 50 users), users.jsonl: little, and enough for the service.
pz_data()
{
  awk 'BEGIN { for (i = 0; i < 40; i++) printf "{\"asin\": \"P%d\", \"category\": [\"Kind %d\", \"Deep %d\"], \"price\": %d.5, \"created_at\": %d}\n",
    i, i % 5, i % 3, i, 1600000000 + i }' >items.jsonl
  awk 'BEGIN { for (i = 0; i < 1100; i++) printf "{\"user_id\": \"U%d\", \"asin\": \"P%d\", \"timestamp\": %d, \"rating\": %d, \"event_type\": \"%s\", \"device\": \"d%d\"}\n",
    i % 50, i * 7 % 40, 1500000000 + i * 60, i % 5 + 1, i % 3 ? "view" : "buy", i % 2 }' >events.jsonl
  awk 'BEGIN { for (i = 0; i < 50; i++) printf "{\"user_id\": \"U%d\", \"age_group\": \"%d0s\"}\n", i, i % 6 + 2 }' >users.jsonl
}

# pz_config [YAML]: c.yaml; a whole way to a campaign, but for the sections `catalog`, `train`, `deploy` that the text may give anew.
pz_config()
{
  cat >c.yaml <<YAML
name: shop
aws: {endpoint_url: "$fake_url"}
network: {allow: ["127.0.0.1:$fake_port"]}
chain: [{plugin: category}]
import: {engine: personalize, data_location: "s3://stage/shop/", role_arn: "arn:aws:iam::$account:role/PersonalizeS3"}
YAML
  printf '%s\n' "${1:-}" >>c.yaml
  case ${1:-} in *catalog:*) ;; *) echo 'catalog: {items: items.jsonl, interactions: events.jsonl}' >>c.yaml ;; esac
  case ${1:-} in *train:*) ;; *) echo 'train: {recipe: user-personalization-v2}' >>c.yaml ;; esac
  case ${1:-} in *deploy:*) ;; *) echo 'deploy: {}' >>c.yaml ;; esac
}

# uploaded WHAT FILE KEY: the object is the file, byte by byte.
uploaded()
{
  pz get "$fake_url" "/_object/stage/$3" >"$work/object" 2>/dev/null
  same "$1" "$work/object" "$2"
}

# pz_report OUT: what does not change from run to run.
pz_report()
{
  "$jsonget" "$1/report.json" records import train.arms | sed 's/"peak_rss.*//'
}
