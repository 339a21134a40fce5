#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The manual's chapter from an empty account to a campaign, each line of it as it stands, against the fake account. What is
# not enrichkit's (aws, jq, a shop's own programs) is played here.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
fake_start
AWS_ENDPOINT_URL=$fake_url
export AWS_ENDPOINT_URL

mkdir "$work/bin" mine mine/data
cat >"$work/bin/enrichkit" <<SH
#!/bin/sh
exec "$EK_BIN" "\$@"
SH
cat >"$work/bin/jq" <<'SH'
#!/bin/sh
exec /usr/bin/python3 -c 'import json, sys
print(json.dumps(json.load(open(sys.argv[2]))[sys.argv[1].lstrip(".")], indent=2))' "$@"
SH
# Knows the calls of the chapter, and takes a policy only if it is one.
cat >"$work/bin/aws" <<'SH'
#!/bin/sh
echo "$@" | tr '\n' ' ' | sed 's/$/\n/' >>"$work/aws.log"
exec /usr/bin/python3 - "$@" <<'PYTHON'
import json, sys
words = sys.argv[1:]
given = dict(zip(words[2::2], words[3::2])) if words[0] != "s3" else {}
if words[:2] not in (["s3", "mb"], ["s3", "rb"], ["iam", "create-role"], ["iam", "put-role-policy"], ["iam", "put-user-policy"], ["s3api", "put-bucket-policy"],
                     ["iam", "delete-role-policy"], ["iam", "delete-role"]):
    sys.exit("aws: %s?" % " ".join(words[:2]))
for name, text in given.items():
    if name in ("--policy", "--policy-document", "--assume-role-policy-document"):
        policy = json.loads(open(text[7:]).read() if text.startswith("file://") else text)
        assert policy["Version"] == "2012-10-17" and all({"Effect", "Action"} <= set(s) for s in policy["Statement"])
        assert len(json.dumps(policy)) < 6144                # of a user's or a role's inline policies
PYTHON
SH
cat >"$work/bin/shop-feed" <<'SH'
#!/bin/sh
printf '{"asin": "NEW1", "category": ["Root", "Tea"]}\n{"asin": "NEW2", "category": ["Root", "Coffee"]}\n'
SH
cat >"$work/bin/clicks" <<'SH'
#!/bin/sh
printf '{"user_id": "U123", "asin": "NEW1", "timestamp": 1700000000, "event_type": "view"}\n'
SH
chmod 755 "$work"/bin/*
PATH=$work/bin:$PATH
export PATH work

# The chapter's lines, a file a block.
sed -n '/^\.SH FROM AN EMPTY ACCOUNT/,/^\.S[HS] Where/p' "$top_srcdir/doc/enrichkit.1" |
  awk -v dir="$work" '/^\.nf/ { n++; on = 1; next } /^\.fi/ { on = 0 } on { gsub(/\\-/, "-"); print >(dir "/block" n) }'
is "the chapter has its blocks" "$(ls "$work"/block* | wc -l)" 9

# The installed configuration, copied as the chapter says, with own files.
cp "$etc/personalize.yaml" mine/personalize.yaml
cp "$sample/items.jsonl.gz" "$sample/interactions.jsonl.gz" mine/data
cd mine || exit 99
sed -i 's|\.\./sample/|data/|' personalize.yaml

# block N WHAT: its lines, one after the other, in this shell; each ends well.
block()
{
  block_n=0
  while IFS= read -r line; do
    block_n=$((block_n + 1))
    eval "$line" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    ended "$2: line $block_n" 0
  done <"$work/block$1"
}
block 1 "a bucket"
block 2 "a role"
block 3 "yourself"
is "nobody of ours was asked so far" "$(wc -l <"$fake_log")" 0
block 4 "check and plan"
prints "plan: what would be made" "makes, or adopts what has the name: group allstore" "Nothing was asked, changed or paid."
is "check and plan change nothing" "$(changes)" ""
block 5 "run"
is "run: one of everything" "$(things)" "$whole"
prints "describe: the campaign" "campaign  allstore" "ACTIVE"
block 6 "ask"
is "ask: ten" "$(grep -c '^allstore-U123-' "$work/out")" 10
fake_forget
block 7 "new products"
is "new products: sent" "$(ops '^Put')" "PutEvents=1 PutItems=1"
fake_forget
ek run -c personalize.yaml
is "a run with the same files: nothing to do" "$status $(changes)" "0 "
ek run -c personalize.yaml --limit 1900
ended "a run with other files" 0
is "a run with other files: imported, trained, updated" "$(ops '^(Create|Update)')" "CreateDatasetImportJob=2 CreateSolutionVersion=1 UpdateCampaign=1"
sed -n 1p "$work/block8" >"$work/block10" && sed -n 2p "$work/block8" >"$work/block11"
before=$(things)
block 10 "destroy, listed"
is "destroy, listed: campaign first, nothing deleted" "$(sed -n 1p "$work/out" | cut -d' ' -f1) $([ "$(things)" = "$before" ] && echo all there)" "campaign all there"
block 11 "destroy"
is "destroy: nothing is left, the bucket is empty" "$(things | tr ' ' '\n' | grep -vE '^(DatasetImportJob|SolutionVersion)=')" ""
block 9 "what was made by hand"
is "the calls of AWS's own program" "$(cut -d' ' -f 1,2 "$work/aws.log" | tr '\n' ',')" \
  "s3 mb,iam create-role,iam put-role-policy,s3api put-bucket-policy,iam put-user-policy,s3 rb,iam delete-role-policy,iam delete-role,"
# What the caller's policy allows is all that this chapter asked.
ek policy -c personalize.yaml --caller
cat "$fake_log" | sed -n 's/.*"op": "\([A-Z][A-Za-z]*\)".*/\1/p' | grep -E '[a-z]' | sort -u >asked
for operation in $(cat asked); do grep -q "personalize:$operation\"" "$work/out" || echo "$operation"; done >missing
is "the caller may do all of this" "$(cat missing)" ""
done_testing
