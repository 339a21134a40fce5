#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What can go wrong between us and the account, each with its own clear outcome: waits that are too long, keys that are
# refused or expire, clocks, regions, buckets, permissions, quotas. What can be gone on with ends with status 4, and is.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
pz_data

# ---- a wait that takes too long ------------------------------------------------------------------------------------------
fake_start --personalize-ms 600
pz_config 'train: {recipe: user-personalization-v2, timeout: 250ms}
deploy: {timeout: 250ms}'
n=0
while
  ek run -c c.yaml --out slow --set import.timeout=250ms
  [ "$status" = 4 ] && [ $n -lt 20 ]
do
  n=$((n + 1))
  [ $n != 1 ] || says "a wait that is over: what, how long, what to do" "data set group" "the time to wait" "run the same command again" "import.timeout"
done
ended "waits that are over: run again, each goes on where it was" 0
is "waits that are over: there were some ($n)" "$([ $n -ge 4 ] && echo some)" some
is "waits that are over: one of everything" "$(things)" "$whole"

# ---- a state that cannot be written ----------------------------------------------------------------------------------------
# A folder in its place is a disk that is full to state.json alone.
fake_start
pz_config
mkdir -p full/.state.json.new
ek run -c c.yaml --out full
ended "the state cannot be written: failed" 1
says "the state cannot be written: which, and what it means" "full/state.json" "nothing more is created in the account until this file can be written"
is "the state cannot be written: nothing is created" "$(things)" ""
rmdir full/.state.json.new
fake_set '{"rules": [{"on": "personalize", "path": "^CreateSolutionVersion$", "do": "delay:2500"}]}'
"$EK_BIN" run -c c.yaml --out full >"$work/out" 2>"$work/err" </dev/null & pid=$!
i=0
until things | grep -q SolutionVersion=1 || [ $i -ge 400 ]; do i=$((i + 1)); sleep 0.05; done
mkdir full/.state.json.new
wait $pid
status=$?
ended "the ARN of a version cannot be written: failed" 1
rmdir full/.state.json.new
fake_set '{"rules": []}'
ek run -c c.yaml --out full
ended "the state can be written again: gone on with" 0
is "the state can be written again: one of everything" "$(things)" "$whole"

# ---- interrupted in a wait --------------------------------------------------------------------------------------------------
fake_start --personalize-ms 3000
pz_config
"$EK_BIN" run -c c.yaml --out int >"$work/out" 2>"$work/err" </dev/null & pid=$!
i=0
until things | grep -q DatasetGroup || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
kill -INT $pid
began=$(date +%s)
wait $pid
status=$?
ended "interrupted in a wait: 130" 130
is "interrupted in a wait: soon" "$([ $(($(date +%s) - began)) -le 2 ] && echo soon)" soon

# ---- keys that expire in a wait ----------------------------------------------------------------------------------------------
mkdir -p "$HOME/.aws"
cat >keys.sh <<SH
#!/bin/sh
echo asked >>"$PWD/keys.asked"
n=\$(wc -l <"$PWD/keys.asked")
[ \$n = 1 ] || n=2
printf '{"Version": 1, "AccessKeyId": "AKIDKEY%d", "SecretAccessKey": "secret%d", "SessionToken": "token%d", "Expiration": "2099-01-01T00:00:00Z"}\n' \$n \$n \$n
SH
chmod 700 keys.sh
printf '[profile shop]\nregion = us-east-1\ncredential_process = %s/keys.sh\n' "$PWD" >"$HOME/.aws/config"
fake_start --personalize-ms 400 --key AKIDKEY1:secret1:token1 --key AKIDKEY2:secret2:token2
pz_config
env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$EK_BIN" run -c c.yaml --out keys --set aws.profile=shop >"$work/out" 2>"$work/err" </dev/null & pid=$!
i=0
until things | grep -q 'Solution=1' || [ $i -ge 1200 ]; do i=$((i + 1)); sleep 0.05; done
fake_set '{"expired": ["AKIDKEY1"]}'
wait $pid
status=$?
ended "keys that expire in a wait are fetched anew" 0
is "new keys: one of everything" "$(things)" "$whole"
is "new keys: asked for once" "$(wc -l <keys.asked)" 2
is "new keys: one call was refused for it" "$(asked ExpiredToken)" 1

fake_start
pz_config
fake_set '{"rules": [{"on": "personalize", "path": "^DescribeSolutionVersion", "do": "fail:ExpiredTokenException", "times": 5}]}'
ek run -c c.yaml --out expired
ended "keys that expire and are all there is: stopped, to be gone on with" 4
says "keys that expire: what to do" "stopped: the AWS credentials" "expired" "run again: what is done is kept"
fake_set '{"rules": []}'
ek run -c c.yaml --out expired
ended "keys that expired: gone on with" 0
is "keys that expired: one of everything" "$(things)" "$whole"

# ---- a clock that is wrong --------------------------------------------------------------------------------------------------
fake_start
pz_config
fake_set '{"clock_offset": 4000}'
ek run -c c.yaml --out clock
ended "a clock that is an hour behind" 0
is "a clock: one of everything" "$(things)" "$whole"
is "a clock: one call was refused for it, and all others were right" "$(asked RequestTimeTooSkewed) $(grep -c '"status": 403' "$fake_log")" "1 1"
fake_forget
fake_set '{"clock_offset": -4000}'
ek run -c c.yaml --out clock
ended "a clock that is an hour ahead" 0
is "a clock: nothing is uploaded again for it" "$(changes)" ""

# ---- refused ------------------------------------------------------------------------------------------------------------------
# refused WHAT STATUS TEXT... : from nothing, with the variables and options in $with; nothing is created.
refused()
{
  refused_what=$1 refused_status=$2
  shift 2
  rm -rf refused
  # shellcheck disable=SC2086
  env $with_env "$EK_BIN" run -c c.yaml --out refused $with >"$work/out" 2>"$work/err" </dev/null
  status=$?
  ended "$refused_what" "$refused_status"
  says "$refused_what: said" "$@"
  is "$refused_what: one message" "$(grep -cE '(error|stopped): ' "$work/err")" 1
}
with='' with_env=''
fake_start
pz_config
with_env=AWS_SECRET_ACCESS_KEY=wrong refused "a wrong key" 1 SignatureDoesNotMatch
with_env=AWS_ACCESS_KEY_ID=AKIDNOBODY refused "an unknown key" 1 InvalidAccessKeyId
with='--set import.data_location=s3://other-eu-west-1-x/shop/' refused "a bucket in another region" 2 \
  "bucket 'other-eu-west-1-x' is in eu-west-1, Personalize is asked in us-east-1" "set aws.region: eu-west-1, or use a bucket in us-east-1"
with='--set import.data_location=s3://no-bucket/shop/' refused "no such bucket" 2 "there is no bucket 'no-bucket'"
with='--set import.data_location=s3://denied-bucket/shop/' refused "a bucket that may not be entered" 1 denied-bucket s3:
is "nothing was created by any of these" "$(things)" ""
env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$EK_BIN" run -c c.yaml --out nokeys >"$work/out" 2>"$work/err" </dev/null
status=$?
ended "no keys at all: before any work" 2
says "no keys at all: message 14" "no AWS credentials: tried AWS_ACCESS_KEY_ID (not set)"
is "no keys at all: nothing was made" "$(ls nokeys/items.csv 2>/dev/null)" ""

# denied OPERATION RESOURCE: message 15.
denied()
{
  fake_set "{\"rules\": [{\"on\": \"personalize\", \"path\": \"^$1\$\", \"do\": \"fail:AccessDeniedException\"}]}"
  refused "denied: $1" 1 "access denied: the caller may not personalize:$1 on $2" "enrichkit policy --caller"
}
denied ListDatasetGroups '*'
denied CreateSchema schema/shop-schema-interactions
denied CreateDatasetImportJob dataset/shop/INTERACTIONS
denied CreateSolutionVersion solution/shop-user-personalization-v2
denied CreateCampaign campaign/shop
fake_set '{"rules": []}'

# The service's own quota: five groups.
fake_start
pz_config
fake_python - "$fake_url" <<'PYTHON'
import boto3, sys
service = boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1])
for i in range(5):
    service.create_dataset_group(name="other-%d" % i)
PYTHON
refused "a quota" 4 quota "DatasetGroup" "More than 5" "Service Quotas"
is "a quota: asked once" "$(asked '"op": "CreateDatasetGroup"' LimitExceeded)" 1
fake_python - "$fake_url" "$arn" <<'PYTHON'
import boto3, sys
boto3.client("personalize", region_name="us-east-1", endpoint_url=sys.argv[1]).delete_dataset_group(datasetGroupArn=sys.argv[2] + ":dataset-group/other-0")
PYTHON
ek run -c c.yaml --out refused
ended "a quota with room again: gone on with" 0

# ---- a region that has no such service --------------------------------------------------------------------------------------------
# In a network of its own nobody can be asked; S3 is there, Personalize is not.
if unshare -rn true 2>/dev/null; then
  cat >nowhere.sh <<'SH'
for file in /sys/class/net/lo/flags; do [ -r "$file" ] || exit 77; done
/usr/bin/python3 - <<'PYTHON' || exit 77
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name = struct.pack("16sh", b"lo", 0x49)            # IFF_UP | IFF_LOOPBACK | IFF_RUNNING
fcntl.ioctl(s, 0x8914, name)
PYTHON
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$top_srcdir/tests/fake/fakeaws.py" --region me-nowhere-9 >port & fake=$!
until [ -s port ]; do sleep 0.05; done
sed "/^aws:/d; s|^network:.*|network: {allow: [127.0.0.1]}|" c.yaml >nowhere.yaml
AWS_ENDPOINT_URL_S3=http://127.0.0.1:$(cat port) AWS_REGION=me-nowhere-9 "$EK_BIN" run -c nowhere.yaml --out nowhere >"$1/out" 2>"$1/err" </dev/null
status=$?
kill $fake
exit $status
SH
  export top_srcdir EK_BIN
  timeout 100 unshare -rn sh nowhere.sh "$work"
  status=$?
  if [ $status = 77 ]; then skip "a region without the service" "no loopback device in a network of our own"
  else
    ended "a region without the service: stopped" 4
    says "a region without the service: the host is named" "the name of personalize.me-nowhere-9.amazonaws.com:443 is not known" "is there Amazon Personalize in region me-nowhere-9?"
  fi
else
  skip "a region without the service" "no network namespace of our own"
fi
done_testing
