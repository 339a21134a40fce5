# SPDX-License-Identifier: BSD-3-Clause
# For tests that talk to the fake services of tests/fake; sourced after lib.sh (and lib-run.sh, where the program runs).
# Nothing of the caller's account may reach them, nor theirs the network.
for net_name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p'); do unset "$net_name"; done
HOME=$work/home AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1
AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY AWS_REGION=us-east-1
ENRICHKIT_CACHE=$work/cache.db
export HOME AWS_EC2_METADATA_DISABLED AWS_MAX_ATTEMPTS AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION ENRICHKIT_CACHE
mkdir -p "$HOME"
fake_pids=
trap 'fake_stop; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT

fake_python()
{
  PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$@"
}

# needs_fake: the test is skipped without Debian's botocore, and fails where nothing may be skipped.
needs_fake()
{
  fake_python -c 'import boto3, botocore' >/dev/null 2>&1 && return
  [ -z "${ENRICHKIT_CI:-}" ] || { not_ok "the fake services" "python3-botocore or python3-boto3 is missing"; done_testing; }
  skip_all "the fake services need /usr/bin/python3 with python3-botocore and python3-boto3"
}

# fake_start OPTION...: $fake_url, $fake_port, $fake_log, $fake_pid. It ends with this test at the latest.
fake_start()
{
  fake_n=$((${fake_n:-0} + 1))
  fake_log=$work/fake$fake_n.log fake_out=$work/fake$fake_n.out
  : >"$fake_log" && : >"$fake_out"
  # Not by fake_python: $fake_pid is to be its own, not that of a shell around it.
  PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$top_srcdir/tests/fake/fakeaws.py" --log "$fake_log" "$@" >"$fake_out" 2>"$work/fake$fake_n.err" </dev/null &
  fake_pid=$!
  fake_pids="$fake_pids $fake_pid"
  fake_wait=0
  until fake_port=$(sed -n 1p "$fake_out") && [ -n "$fake_port" ]; do
    fake_wait=$((fake_wait + 1))
    [ $fake_wait -lt 1200 ] && kill -0 $fake_pid 2>/dev/null || { not_ok "the fake services start" "$(cat "$work/fake$fake_n.err")"; done_testing; }
    sleep 0.05
  done
  fake_url=http://127.0.0.1:$fake_port
}

fake_stop()
{
  for fake_each in $fake_pids; do kill "$fake_each" 2>/dev/null; done
  # shellcheck disable=SC2086
  [ -z "$fake_pids" ] || wait $fake_pids 2>/dev/null
  fake_pids=
}

# fake_set JSON: members of POST /_control (tests/fake/control.py).
fake_set()
{
  fake_python - "$fake_url" "$1" <<'PYTHON' || { not_ok "the fake is told what to do" "$1"; done_testing; }
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1] + "/_control", sys.argv[2].encode(), 10).read()
PYTHON
}

# fake_forget: the log begins anew.
fake_forget()
{
  fake_settle
  : >"$fake_log" && : >"$fake_out"
}

# fake_settle: who has its answer may be faster than the log: it has all that was answered, afterwards.
fake_settle()
{
  rm -f "$fake_log.settled"
  [ -n "${fake_pid:-}" ] && kill -USR1 "$fake_pid" 2>/dev/null || return 0           # it has ended: its log is whole
  settle_wait=0
  until [ -e "$fake_log.settled" ] || [ $settle_wait -ge 500 ] || ! kill -0 "$fake_pid" 2>/dev/null; do
    settle_wait=$((settle_wait + 1))
    sleep 0.02
  done
}

after_run() { [ -z "${fake_log:-}" ] || fake_settle; }

# asked [PATTERN...]: how many requests the log has whose line matches all of them (extended regular expressions).
asked()
{
  fake_settle
  asked_what=$(cat "$fake_log")
  for asked_pattern; do asked_what=$(printf '%s\n' "$asked_what" | grep -E -e "$asked_pattern"); done
  printf '%s' "$asked_what" | grep -c .
}

# calls: requests to Rekognition; pictures: to the host of pictures; paid: answers of Rekognition that cost
# money and were sent completely.
calls() { asked '"to": "rekognition"'; }
pictures() { asked '"to": "images"'; }
paid() { asked '"to": "rekognition"' '"status": 200' '"complete": true'; }

# net_chain [YAML]: c.yaml, a chain of this one step, its other keys and more sections from the text; items.jsonl empty.
net_chain()
{
  cat >c.yaml <<YAML
catalog: {items: items.jsonl}
aws: {endpoint_url: "$fake_url"}
network: {allow: ["127.0.0.1:$fake_port"]}
chain:
  - plugin: rekognition
    name: look
    retry: {attempts: 2, first_delay: 10ms, max_delay: 50ms, max_share: 100%}
    budget: 20 USD
YAML
  [ $# = 0 ] || printf '%s\n' "$1" >>c.yaml
  : >items.jsonl
}

# item ID PATH [CATEGORY]: one more in items.jsonl. A path of the fake's, a whole URL, or "" for no picture.
item()
{
  case $2 in /*) item_at=$fake_url$2 ;; *) item_at=$2 ;; esac
  printf '{"asin": "%s", "image": "%s"%s}\n' "$1" "$item_at" "${3:+, \"category\": [\"$3\"]}" >>items.jsonl
}

# cells OUT: "id=cell id=cell", in order.
cells()
{
  sed -e 1d -e 's/,/=/' "$1/items.csv" | tr '\n' ' ' | sed 's/ $//'
}

# step OUT MEMBER...: of the step `look` in its report.
step()
{
  step_out=$1
  shift
  "$jsonget" "$step_out/report.json" 'steps[]' | grep '"name": *"look"' | "$jsonget" - "$@" | tr '\n' ' ' | sed 's/ $//'
}
