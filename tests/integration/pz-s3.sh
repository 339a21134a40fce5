#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Uploads to an S3 server that nobody here wrote and that refuses a wrong signature: npm's @20minutes/s3rver, in the folder
# EK_S3RVER (the step `s3` of .ci/run installs it there). Not one of "make check", which needs no Node.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
[ -n "${EK_S3RVER:-}" ] || skip_all "EK_S3RVER names no folder with @20minutes/s3rver (.ci/run s3)"
needs_fake
AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
node "$top_srcdir/tests/integration/pz-s3.mjs" "$EK_S3RVER" "$work/store" >"$work/port" 2>"$work/said" </dev/null & server=$!
fake_pids=$server
i=0
until [ -s "$work/port" ] || ! kill -0 $server 2>/dev/null || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.1; done
[ -s "$work/port" ] || { not_ok "the server starts" "$(cat "$work/said")"; done_testing; }
AWS_ENDPOINT_URL=http://127.0.0.1:$(cat "$work/port")
export AWS_ENDPOINT_URL
tool=${top_builddir:?}/tests/aws/s3-tool

# object KEY: its bytes' SHA-256 and when it was written, by boto3.
object()
{
  fake_python - "$AWS_ENDPOINT_URL" "$1" <<'PYTHON'
import hashlib, sys, boto3, botocore.config
store = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", config=botocore.config.Config(s3={"addressing_style": "path"}))
answer, digest = store.get_object(Bucket="stage", Key=sys.argv[2]), hashlib.sha256()
for part in answer["Body"].iter_chunks(1 << 20):
    digest.update(part)
print(digest.hexdigest(), answer["LastModified"].timestamp())
PYTHON
}

for size in 0 5242880 5242881 104857600; do
  head -c $size /dev/urandom >"$work/f$size"
  key="a/f $size+ü.csv"
  is "$size bytes are sent" "$("$tool" put "$work/f$size" stage "$key")" sent
  object "$key" >"$work/first"
  is "$size bytes arrive as they were" "$(cut -d' ' -f1 "$work/first")" "$(sha256sum "$work/f$size" | cut -d' ' -f1)"
  [ $size != 5242881 ] || sleep 1.1                        # so that a second upload would show
  is "$size bytes again: nothing is sent" "$("$tool" put "$work/f$size" stage "$key")" unchanged
  is "$size bytes again: the object is that of before" "$(object "$key")" "$(cat "$work/first")"
done
cp "$work/f5242880" "$work/g" && head -c 32 /dev/zero | dd of="$work/g" bs=1 seek=77 conv=notrunc 2>/dev/null   # one random byte may be it already
is "a changed file of that size is sent" "$("$tool" put "$work/g" stage "a/f 5242880+ü.csv")" sent
is "a changed file arrives" "$(object "a/f 5242880+ü.csv" | cut -d' ' -f1)" "$(sha256sum "$work/g" | cut -d' ' -f1)"

# The server does look at signatures, of both kinds of upload.
for file in f5242881 f104857600; do
  AWS_SECRET_ACCESS_KEY=wrong "$tool" put "$work/$file" stage wrong.csv >"$work/wrong" && said=taken || said=refused
  is "a wrong signature ($file)" "$said $(grep -o SignatureDoesNotMatch "$work/wrong" | head -n 1)" "refused SignatureDoesNotMatch"
done
is "deleted" "$("$tool" delete stage "a/f 0+ü.csv" >"$work/deleted" 2>&1; "$tool" head stage "a/f 0+ü.csv" | cut -c1-9)" "not there"
done_testing
