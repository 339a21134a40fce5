#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Files into a fake S3 that checks signatures and digests: whole and in parts, again, broken and gone on with.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
needs_fake
fake_start --limit 120
AWS_ENDPOINT_URL=$fake_url
export AWS_ENDPOINT_URL
tool=${top_builddir:?}/tests/aws/s3-tool

# object BUCKET KEY: its bytes' SHA-256, by the fake.
object()
{
  fake_python - "$fake_url/_object/$1/$2" <<'PYTHON'
import hashlib, sys, urllib.parse, urllib.request
base, _, place = sys.argv[1].partition("/_object/")
url = base + "/_object/" + urllib.parse.quote(place)
print(hashlib.sha256(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20).read()).hexdigest())
PYTHON
}

sum_of()
{
  sha256sum "$1" | cut -d' ' -f1
}

for size in 0 5242880 5242881 104857600; do
  head -c $size /dev/urandom >"$work/f$size"
  is "$size bytes are sent" "$("$tool" put "$work/f$size" data "a/f $size+ü.csv")" sent
  is "$size bytes arrive as they were" "$(object data "a/f $size+ü.csv")" "$(sum_of "$work/f$size")"
  before=$(asked '"to": "s3"' '"op": "P')
  is "$size bytes again: nothing is sent" "$("$tool" put "$work/f$size" data "a/f $size+ü.csv")" unchanged
  is "$size bytes again: no PUT or POST" "$(asked '"to": "s3"' '"op": "P')" "$before"
done
is "no note is left" "$(ls "$work"/.*.upload 2>/dev/null | wc -l)" 0

# Changed bytes of the same size. (Thirty-two: one random byte is what it is to become once in 256 runs.)
change() { head -c 32 /dev/zero | dd of="$1" bs=1 seek=77 conv=notrunc 2>/dev/null; }
cp "$work/f5242880" "$work/g" && change "$work/g"
is "a changed file is sent" "$("$tool" put "$work/g" data 'a/f 5242880+ü.csv')" sent

# A killed upload is gone on with
fake_forget
S3_SLOW=1 "$tool" put "$work/f104857600" data big.csv >/dev/null & pid=$!
i=0
until [ "$(asked '"to": "s3"' 'partNumber' '"status": 200')" -ge 4 ] || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
kill -9 $pid; wait $pid 2>/dev/null
there=$(asked '"to": "s3"' partNumber '"status": 200' '"complete": true')
run "a note tells of the killed upload" test -s "$work/.f104857600.upload"
is "the rest of a killed upload is sent" "$("$tool" put "$work/f104857600" data big.csv)" resumed
is "the parts that were there were not sent again" "$(asked '"to": "s3"' partNumber '"status": 200' '"complete": true' | awk -v t="$there" '{ print ($1 <= 13 + 1) ? "few" : $1 " with " t " before" }')" few
is "the whole of it is as it was" "$(object data big.csv)" "$(sum_of "$work/f104857600")"
# One of other bytes is aborted
i=0
S3_SLOW=1 "$tool" put "$work/f104857600" data big2.csv >/dev/null & pid=$!
until [ -s "$work/.f104857600.upload" ] || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
kill -9 $pid; wait $pid 2>/dev/null
change "$work/f104857600"
is "another file in its place is sent whole" "$("$tool" put "$work/f104857600" data big2.csv)" sent
is "the upload of the old bytes was aborted" "$(asked '"to": "s3"' '"op": "DELETE"' uploadId '"status": 204')" 1
is "and arrived" "$(object data big2.csv)" "$(sum_of "$work/f104857600")"

# Faults
fake_set '{"rules": [{"on": "s3", "do": "status:503", "times": 2}]}'
is "503 twice: tried again" "$("$tool" put "$work/f0" data z.csv)" sent
fake_set '{"rules": [{"on": "s3", "do": "cut_before", "times": 2, "path": "^PUT"}]}'
is "cut twice: tried again" "$("$tool" put "$work/g" data y.csv)" sent
fake_set '{"rules": []}'
is "the bucket's region is followed" "$("$tool" put "$work/g" other-eu-west-1-x y.csv)" sent
is "a bucket's region" "$("$tool" region other-eu-west-1-x)" eu-west-1
is "no bucket" "$("$tool" put "$work/g" no-such y.csv | sed -n 1p | cut -c1-40)" "no_bucket: there is no bucket 'no-such' "
out=$("$tool" put "$work/g" denied-one y.csv)
ok "denied: action and policy" sh -c 'case $1 in "access_denied: access denied: the caller may not s3:"*arn:aws:s3:::denied-one/y.csv*) ;; *) printf "%s\n" "$1"; exit 1;; esac' - "$out"
is "wrong secret" "$(AWS_SECRET_ACCESS_KEY=wrong "$tool" put "$work/g" data q.csv | sed -n 1p | cut -c1-63)" "credentials_refused: S3 refuses the credentials: SignatureDoesN"
is "head" "$("$tool" head data y.csv)" "there 5242880 $(sum_of "$work/g")"
is "head of nothing" "$("$tool" head data nothing)" "not there 0 "
is "delete" "$("$tool" delete data y.csv; "$tool" head data y.csv)" "deleted
not there 0 "
"$tool" put "$work/g" data k.csv aws:kms arn:aws:kms:us-east-1:111122223333:key/abcd >/dev/null
is "encryption is asked for" "$(asked '"to": "s3"' 'k.csv' '"op": "PUT"' '"status": 200')" 1
done_testing
