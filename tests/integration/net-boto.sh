#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# With the same picture and `request: exact` the program asks exactly what boto3 asks: method, path, query, signed headers
# and their values but for date and token, and a body equal as JSON.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
AWS_SESSION_TOKEN=a/token+that=is/long
export AWS_SESSION_TOKEN
mkdir kept
fake_start --capture kept --key "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY:$AWS_SESSION_TOKEN"

# both WHAT OPTIONS MEMBERS [OPERATION]: the plugin's options, and boto3's arguments beside Image.
both()
{
  rm -f kept/*
  net_chain
  item A /images/a.jpg
  ek run -c c.yaml --out out --set cache.mode=none --set "chain[look].options={request: exact, $2}"
  [ "$status" = 0 ] || { ended "$1" 0; return; }
  fake_python "$top_srcdir/tests/integration/net-boto.py" "$fake_url" kept "${4:-detect_labels}" "$3" >differences 2>&1
  is "$1" "$(cat differences)" "the same"
}
both "the defaults" "max_labels: 5" '{"MaxLabels": 5, "MinConfidence": 60.0}'
both "other numbers" "max_labels: 12, min_confidence: 72.5" '{"MaxLabels": 12, "MinConfidence": 72.5}'
both "filters" "include: [Cat, Dog], exclude: [Text], include_categories: [Animals and Pets], exclude_categories: [Everyday Objects]" \
  '{"MaxLabels": 5, "MinConfidence": 60.0, "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Cat", "Dog"], "LabelExclusionFilters": ["Text"],
    "LabelCategoryInclusionFilters": ["Animals and Pets"], "LabelCategoryExclusionFilters": ["Everyday Objects"]}}}'
both "image properties" "image_properties: true" '{"MaxLabels": 5, "MinConfidence": 60.0, "Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES"]}'
arn=arn:aws:rekognition:us-east-1:111122223333:project/shop/version/one/1700000000000
both "custom labels" "project_version_arn: \"$arn\"" "{\"ProjectVersionArn\": \"$arn\", \"MaxResults\": 5, \"MinConfidence\": 60.0}" detect_custom_labels
is "all of them were believed" "$(paid)" "$(calls)"
done_testing
