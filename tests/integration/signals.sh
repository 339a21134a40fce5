#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Signals, pipes that trickle, readers that go away, and two runs on one folder.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"

gzip -dc "$sample/items.jsonl.gz" >items.jsonl
printf 'catalog: {items: in.fifo}\nchain: [{plugin: category}]\n' >c.yaml
mkfifo in.fifo out.fifo

# within SECONDS COMMAND...: waits until it succeeds.
within()
{
  within_left=$(($1 * 20))
  shift
  until "$@" 2>/dev/null; do
    within_left=$((within_left - 1))
    [ $within_left -gt 0 ] || return 1
    sleep 0.05
  done
}

gone()
{
  ! kill -0 "$1"
}

# lines FILE N: it has that many.
lines()
{
  [ "$(wc -l <"$1")" -ge "$2" ]
}

# begin ARGUMENT...: a run on a pipe that holds 121 records and stays open; $run is its process.
begin()
{
  rm -rf out written
  (
    exec 3>in.fifo
    head -n 120 items.jsonl >&3
    echo '{"asin":null}' >&3
    : >written
    sleep 30
  ) &
  writer=$!
  # Whoever runs the tests may ignore SIGHUP (nohup), which the program respects.
  env --default-signal=HUP "$EK_BIN" "$@" >"$work/out" 2>"$work/err" </dev/null &
  run=$!
}

end()
{
  wait $run
  status=$?
  kill $writer 2>/dev/null
  wait $writer 2>/dev/null
}

for signal in INT:130 TERM:143 HUP:129; do
  begin run -c c.yaml --out out
  name=SIG${signal%:*}
  within 5 test -s out/.lock || not_ok "$name: the run begins"
  within 5 test -e written || not_ok "$name: the run reads"
  sleep 0.5
  kill -s "${signal%:*}" $run
  if within 5 gone $run; then ok "$name ends a run that waits for its input"; else not_ok "$name ends a run that waits for its input"; fi
  end
  ended "$name: as the shell sees it" "${signal#*:}"
  says "$name: what is left is said" "interrupted: nothing was published but out/rejects.jsonl"
  is "$name: what is in the folder, and no lock" "$(ls -A out | tr '\n' ' ')" "rejects.jsonl report.json "
  is "$name: rejects are kept" "$("$jsonget" --lines out/rejects.jsonl line reason)" "121${TAB}no_id"
  is "$name: the report says so" "$("$jsonget" out/report.json status exit records.items.in records.items.not_done | tr '\n' ' ')" \
    "interrupted ${signal#*:} 121 0 "
  "$verify" out 2>"$work/verify"
  is "$name: no later stage takes the folder" "$?" 1
done

# Over an earlier run: its CSVs stay as they are.
ek run -c c.yaml --out earlier --set catalog.items=items.jsonl
cp earlier/items.csv good.csv
begin run -c c.yaml --out earlier
within 5 test -s earlier/.lock
within 5 test -e written
sleep 0.3
kill -s TERM $run
end
same "interrupted over an earlier run: its CSV stays" earlier/items.csv good.csv
is "interrupted over an earlier run: no leftovers" "$(find earlier -name '.*' -type f)" ""

# A pipe that nobody opens for writing.
"$EK_BIN" run -c c.yaml --out out >"$work/out" 2>"$work/err" </dev/null &
run=$!
sleep 0.4
kill -s INT $run
if within 5 gone $run; then ok "SIGINT ends a run whose pipe has no writer"; else not_ok "SIGINT ends a run whose pipe has no writer"; kill -9 $run; fi
wait $run
is "SIGINT, a pipe without a writer: status" "$?" 130

# Blocked where it cannot end: nobody reads the rows. The second signal ends it at once.
cat items.jsonl items.jsonl items.jsonl items.jsonl >many.jsonl
sleep 30 <out.fifo &
reader=$!
"$EK_BIN" enrich -c c.yaml --set catalog.duplicates=all many.jsonl >out.fifo 2>"$work/err" </dev/null &
run=$!
sleep 0.5
kill -s INT $run
sleep 0.2
kill -s INT $run 2>/dev/null
if within 3 gone $run; then ok "a second signal ends it at once"; else not_ok "a second signal ends it at once"; kill -9 $run; fi
wait $run
is "a second signal: status" "$?" 130
kill $reader
wait $reader 2>/dev/null

# ---- two runs on one folder ------------------------------------------------------------------------------------------
begin run -c c.yaml --out out
within 5 test -s out/.lock
lock=$run
ek run -c c.yaml --out out --set catalog.items=items.jsonl
ended "a second run on the folder: status" 2
one_message "a second run on the folder: one message"
says "a second run on the folder: whose it is" "another run is writing into this folder: process $lock on " "help: "
ek run -c c.yaml --out elsewhere --set catalog.items=items.jsonl
ended "a run beside it, into another folder" 0
kill -s KILL $run
end
is "killed: the lock stays behind" "$(ls -A out | grep -c '^\.lock$')" 1
ek run -c c.yaml --out out --set catalog.items=items.jsonl
ended "and does not hold up the next run" 0
is "which removes it and what else was left" "$(find out -name '.*' -type f)" ""

# ---- pipes -----------------------------------------------------------------------------------------------------------
# Rows come out while the input is still open, two records and one more: within a second, and one more where the
# machine is busy.
(
  exec 3>in.fifo
  head -n 2 items.jsonl >&3
  within 10 test -e go
  tail -n +3 items.jsonl | head -n 1 >&3
  within 10 test -e stop
) &
writer=$!
"$EK_BIN" enrich -c c.yaml - <in.fifo >rows.csv 2>"$work/err" &
run=$!
within 5 lines rows.csv 1
if within 2 lines rows.csv 3; then ok "a trickling pipe: rows come"; else not_ok "a trickling pipe: rows come" "$(cat rows.csv)"; fi
: >go
if within 2 lines rows.csv 4; then ok "and so does the next"; else not_ok "and so does the next" "$(cat rows.csv)"; fi
if gone $run; then not_ok "the input is still open"; else ok "the input is still open"; fi
: >stop
wait $run
is "a trickling pipe: the end" "$?" 0
wait $writer

# A run from a pipe, and from standard input.
ek run -c c.yaml --out expected --set catalog.items=items.jsonl
cat items.jsonl >in.fifo &
ek run -c c.yaml --out out
ended "a run from a pipe" 0
same "a run from a pipe: the same rows" out/items.csv expected/items.csv
wait
rm -rf out
filter items.jsonl run -c c.yaml --out out --set catalog.items=-
ended "a run from standard input" 0
same "a run from standard input: the same rows" out/items.csv expected/items.csv
gzip -c items.jsonl >items.gz
rm -rf out
filter items.gz run -c c.yaml --out out --set catalog.items=-
same "standard input may be gzip" out/items.csv expected/items.csv

# A reader that goes away ends the program quietly.
{
  "$EK_BIN" enrich -c c.yaml --set catalog.duplicates=all many.jsonl many.jsonl --rejects rejects 2>"$work/err" </dev/null
  echo $? >status
} | head -n 1 >first
is "enrich | head -n 1: status 0" "$(cat status)" 0
is "enrich | head -n 1: quiet" "$(cat "$work/err")" ""
is "enrich | head -n 1: the header" "$(cat first)" ITEM_ID,CATEGORY
for words in "check -c c.yaml --schema" "plugins show keywords" "--help"; do
  # shellcheck disable=SC2086
  {
    "$EK_BIN" $words 2>"$work/err" </dev/null
    echo $? >status
  } | true
  is "$words with a closed reader: quiet, status 0" "$(cat status) $(cat "$work/err")" "0 "
done
done_testing
