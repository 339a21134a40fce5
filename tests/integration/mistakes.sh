#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What people write wrongly about pictures, money and accounts, and what they are told: what, where, and what to do.
# Nobody is asked for anything, so neither the fake services nor a network are needed.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p'); do unset "$name"; done
HOME=$work/home ENRICHKIT_CACHE=$work/cache.db AWS_EC2_METADATA_DISABLED=true
export HOME ENRICHKIT_CACHE AWS_EC2_METADATA_DISABLED
mkdir "$HOME"

cat >pictures.yaml <<'YAML'
catalog: {items: items.jsonl}
aws: {region: us-east-1}
chain:
  - plugin: rekognition
    budget: 20 USD
YAML
echo '{"asin": "A1", "image": "https://images.example.com/a.jpg"}' >items.jsonl
cat >cloud.yaml <<'YAML'
name: shop
aws: {region: us-east-1}
catalog: {items: items.jsonl, interactions: events.jsonl}
import: {engine: personalize, data_location: "s3://stage/shop/", role_arn: "arn:aws:iam::111122223333:role/PersonalizeS3"}
train: {recipe: user-personalization-v2}
YAML
echo '{"user_id": "U1", "asin": "A1", "timestamp": 1500000000}' >events.jsonl

# check FILE SED-SCRIPT: c.yaml is that file with one mistake; nobody is asked.
check()
{
  sed -e "$2" "$1.yaml" >c.yaml
  ek check --no-network -c c.yaml
}
# refused WHAT TEXT...: at work on nothing, with one message that says this.
refused()
{
  refused_what=$1
  shift
  ended "$refused_what" 2
  one_message "$refused_what: one message"
  says "$refused_what: what is said" "$@"
}
warned()
{
  warned_what=$1
  shift
  ended "$warned_what" 0
  says "$warned_what: what is said" "$@"
  prints "$warned_what: it counts" "ok, 1 warning"
}

check pictures ''
ended "nothing is wrong with it" 0
is "nothing is said of it" "$(cat "$work/err")" ""
check cloud ''
ended "nor with the other" 0

# ---- pictures ----------------------------------------------------------------------------------------------------------
check pictures 's/items.jsonl}/items.jsonl, fields: {items: {image: picture}}}/'
warned "a field that no record has" "items.jsonl: warning: step 'rekognition' reads the field 'image', which none of the first 1 record has; there is: asin, image" \
  "help: catalog.fields.items"
check pictures 's/us-east-1/us-esat-1/'
warned "a region that is none" "c.yaml:2:15: warning: 'aws.region' is 'us-esat-1'" "did you mean 'us-east-1'?"
check pictures 's/us-east-1/us east/'
refused "a region with a blank" "c.yaml:2:15: error: 'aws.region' is 'us east'; it is a region such as us-east-1"
for region in ap-southeast-9 us-gov-west-1 cn-north-1 local; do
  check pictures "s/us-east-1/$region/"
  [ "$status" = 0 ] && ! [ -s "$work/err" ] && continue
  not_ok "region $region is none of our business" "$(cat "$work/err")"
done
printf 'sku;name\n1;a\n2;b\n' >shop.csv
check pictures 's/items.jsonl/shop.csv, format: jsonl/'
refused "CSV that is said to be JSON lines" "shop.csv:1: error: none of the first 3 records can be read as JSON lines: the record is no object" \
  "help: leave catalog.format out"
check pictures 's/budget/options: {min_confidence: 0.6}\n    budget/'
warned "a share for a percentage" "min_confidence is 0.6 per cent" "for 60 per cent write 60"

# ---- where answers are kept ----------------------------------------------------------------------------------------------
check pictures '$acache: {path: items.jsonl/results.db}'
refused "a cache that cannot be made" "$PWD/items.jsonl/results.db: error: cannot make the cache: Not a directory" "help: name another file"
ENRICHKIT_CACHE=$PWD/items.jsonl/deep/results.db
export ENRICHKIT_CACHE
AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=none ek run -c pictures.yaml --out out
refused "a run whose cache cannot be made" "cannot make the folder of the cache: Not a directory" "help: name another file"
ENRICHKIT_CACHE=$work/cache.db
is "and it has made nothing" "$(ls -d out/items.csv "$work/cache.db" 2>/dev/null)" ""

# ---- an account ----------------------------------------------------------------------------------------------------------
role="c.yaml:4:76: error: 'import.role_arn' is "
check cloud 's,role/PersonalizeS3,user/joe,'
refused "the ARN of a user" "$role'arn:aws:iam::111122223333:user/joe'; it is the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME" "help: this is a user's"
for wrong in 'arn:aws:iam::11112222333:role/R' 'arn:aws:iam::111122223333:role/' 'arn:aws:s3:::stage' PersonalizeS3; do
  check cloud "s,arn:aws:iam::111122223333:role/PersonalizeS3,$wrong,"
  refused "role $wrong" "$role'$wrong'"
done
for right in arn:aws-cn:iam::111122223333:role/R arn:aws:iam::111122223333:role/deep/R; do
  check cloud "s,arn:aws:iam::111122223333:role/PersonalizeS3,$right,"
  ended "role $right" 0
done
for wrong in stage/shop/ s3:///shop/ s3://Stage_X/shop/ s3://st/shop/ https://stage.s3.amazonaws.com/shop/; do
  check cloud "s,s3://stage/shop/,$wrong,"
  refused "place $wrong" "c.yaml:4:46: error: 'import.data_location' is '$wrong'; it is a bucket and a prefix: s3://BUCKET/PREFIX/"
done
for right in s3://stage s3://stage/ s3://a.b-c.9/x; do
  check cloud "s,s3://stage/shop/,$right,"
  ended "place $right" 0
done

# ---- what is to be allowed, and which recipes there are ------------------------------------------------------------------
ek policy --caller -c pictures.yaml
ended "policy of a chain that asks Rekognition" 0
is "and of nothing else" "$("$jsonget" "$work/out" 'Statement[].Action[]' 'Statement[].Resource[]' | tr '\n' ' ')" "rekognition:DetectLabels * "
model=arn:aws:rekognition:us-east-1:111122223333:project/p/version/v/1
ek policy --caller -c pictures.yaml --set "chain[rekognition].options.project_version_arn=$model"
is "policy for a model of one's own" "$("$jsonget" "$work/out" 'Statement[].Action[]' 'Statement[].Resource[]' | tr '\n' ' ')" \
  "rekognition:DetectCustomLabels $model "
ek policy --role -c pictures.yaml
refused "a role, where none is taken" "no service takes a role for it"
printf 'catalog: {items: items.jsonl}\nchain: [{plugin: category}]\n' >plain.yaml
ek policy --caller -c plain.yaml
refused "a policy for nothing" "it needs nobody's permission"
ek describe recipe
ended "describe recipe" 0
prints "describe recipe: of both engines" "metadata - base, and" "Of Amazon Personalize" "user-personalization-v2 "
done_testing
