#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The golden numbers, by etc/compare.yaml as it is installed: two sets, two settings, both arms, fold 0 and ten folds; and
# the same results for 1, 2 and 4 threads.
. "${top_srcdir:?}/tests/integration/lib.sh"
. "$top_srcdir/tests/integration/lib-run.sh"
goldens=$top_builddir/tests/integration/goldens
golden=$EK_SHARED/facts/training-golden.json
[ -r "$golden" ] && [ -r "$EK_SHARED/data/toys/meta.jsonl.gz" ] || skip_all "no golden numbers: EK_SHARED is not there"

# What a run found, without what is the run's own: times, and the sizes and digests of files that have times in them.
results()
{
  "$jsonget" "$1/report.json" train compare
  (cd "$1" && cat arms/*/evaluation.csv arms/source/items.csv | sha256sum)
}

for data in toys grocery; do
  for setting in defaults nto=0.1; do
    nto=${setting#nto=}
    [ "$setting" != defaults ] || nto=0
    for threads in 1 2 4; do
      [ "$setting" = defaults ] || [ $threads = 2 ] || continue
      rm -rf out
      ek run -c "${EK_BIN%/bin/enrichkit}/share/enrichkit/etc/compare.yaml" --out out --threads $threads \
        --set "catalog.items=$EK_SHARED/data/$data/meta.jsonl.gz" --set "catalog.interactions=$EK_SHARED/data/$data/reviews.jsonl.gz" \
        --set "train.solution_config.algorithm_hyper_parameters.nto=$nto"
      ended "$data, $setting, $threads threads: compare.yaml runs unchanged" 0
      n=$("$goldens" out/report.json "$golden" $data "$setting" 2>"$work/wrong") && status=0 || status=$?
      if [ "$status" = 0 ]; then ok "$data, $setting, $threads threads: $n golden figures"; else
        not_ok "$data, $setting, $threads threads: golden figures" "$(cat "$work/wrong")"; fi
      is "$data, $setting, $threads threads: all of them were there" "$n" 42
      if [ $threads = 1 ]; then results out >first; elif [ "$setting" = defaults ]; then
        results out >again
        same "$data: $threads threads, the same results as one" again first
      fi
    done
  done
done

# The comparison can fail: a figure that is off is told.
sed 's/"coverage_at_25": 0\.7/"coverage_at_25": 0.6/' out/report.json >off.json
"$goldens" off.json "$golden" grocery nto=0.1 >/dev/null 2>&1
sed 's/"precision_at_5": 0\.019/"precision_at_5": 0.029/' out/report.json >off.json
if "$goldens" off.json "$golden" grocery nto=0.1 >/dev/null 2>&1; then not_ok "a wrong figure is found"; else ok "a wrong figure is found"; fi
done_testing
