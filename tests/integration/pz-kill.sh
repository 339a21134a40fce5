#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# A run to a campaign that is killed at thirty random moments, whose replies are lost, or that is throttled and refused all
# the time ends with exactly one of everything: what an undisturbed run makes. EK_SEED repeats a sequence of moments.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
. "$top_srcdir/tests/integration/lib-net.sh"
. "$top_srcdir/tests/integration/lib-pz.sh"
needs_fake
seed=${EK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "# EK_SEED=$seed"
pz_data

# round NAME KILLS LONGEST RULES [MORE]: begins one with a fake of its own; several go on side by side.
rounds=
round()
{
  mkdir "$1" && cp items.jsonl events.jsonl "$1" && cd "$1" || exit 99
  fake_start --limit 200
  pz_config
  echo "$fake_url" >url
  ln -s "$fake_log" log
  fake_set "{\"rules\": [$4]${5:-}}"
  fake_python "$top_srcdir/tests/integration/pz-kill.py" "$seed $1" "$2" "$3" \
    env ENRICHKIT_CACHE="$PWD/cache.db" "$EK_BIN" run -q -c c.yaml --out out >end 2>said </dev/null &
  rounds="$rounds $1:$!"
  cd ..
}

# judged: waits for the rounds, and says how they ended.
judged()
{
  for each in $rounds; do
    wait "${each#*:}"
    name=${each%:*}
    fake_url=$(cat "$name/url")
    is "$name: it ends well" "$(cut -d' ' -f1 "$name/end") $(cat "$name/said")" "0 "
    is "$name: one of everything ($(cut -d' ' -f2- "$name/end"))" "$(things)" "$whole"
    same "$name: the bytes of the undisturbed run" "$name/out/items.csv" whole/out/items.csv
    is "$name: nothing is left in the folder" "$(find "$name/out" -name '.*' -type f ! -name .lock)" ""
    killed=$((killed + $(cut -d' ' -f2 "$name/end")))
  done
  fake_stop
  rounds=
}
killed=0

round whole 0 0 ''
judged

# A reply that takes its time gives a kill the chance to come between the deed and its ARN.
slow='{"on": "personalize", "path": "^(Create|Update)", "do": "delay:150"}, {"on": "s3", "path": "^P", "do": "delay:100"}'
for i in 1 2 3 4 5; do round "killed-$i" 3 0.9 ''; done
judged
for i in 1 2 3 4 5; do round "killed-slow-$i" 3 1.8 "$slow"; done
judged
is "runs were killed" "$killed" 30

# Lost replies: what was asked for was done, or not.
lost=
for kind in Schema DatasetGroup Dataset DatasetImportJob Solution SolutionVersion Campaign; do
  lost="$lost{\"on\": \"personalize\", \"path\": \"^Create$kind\$\", \"do\": \"WHAT\", \"times\": 1},"
done
lost=${lost%,}
lost_by() { printf '%s' "$lost" | sed "s/WHAT/$1/g"; }
round lost-before 0 0 "$(lost_by cut_before)"
round lost-middle 0 0 "$(lost_by cut_middle)"
round lost-500 0 0 "$(lost_by delay:1+status:500)"
round refused-500 0 0 "$(lost_by status:500)"
round lost-and-killed 3 3 "$(lost_by cut_before)"
# The lists are behind: what was done and not told is not seen there for a while, and is not done again.
round lost-late 0 0 "$(lost_by cut_before)" ', "list_lag": 4'
round killed-late 3 2 "$slow" ', "list_lag": 4'
# Our clock is an hour before the service's: what is new is told by the service's clock alone.
round lost-clock 0 0 "$(lost_by cut_before)" ', "clock_offset": -4000'
round throttled 0 0 '{"on": "personalize", "do": "throttle", "every": 3}, {"on": "s3", "do": "throttle", "every": 3}'
round faulty 0 0 '{"on": "personalize", "path": "^(Describe|List|Get|CreateSchema|CreateDataset$)", "do": "status:500", "every": 4},
  {"on": "personalize", "path": "^Describe", "do": "rst_before", "every": 5}, {"on": "s3", "do": "status:500", "every": 3}'
judged
is "a version whose reply was lost, and that is listed late, is asked for once" "$(grep -c '"op": "CreateSolutionVersion"' lost-late/log)" 1
is "replies were lost" "$(grep '"op": "Create' lost-before/log | grep -c '"complete": false')" 7
done_testing
