# Runs the stages of scripts/test one after another and adds up what they counted; sourced after common.sh.
# A stage is a function stage_NAME; its output goes to a log, shown when it fails.
# shellcheck shell=bash

readonly kShownLines=60
readonly kTraceLines=20  # before the name of an integration case, after that of a unit test

stages_begin() { # DIR
  vlr_stage_dir="$1"
  mkdir -p "$vlr_stage_dir"
  vlr_passed=0 vlr_failed=0 vlr_skipped=0
}

# For use inside a stage:
#   count PASSED FAILED SKIPPED          adds to the stage's counts
#   count_from KIND FILE…                the same, read by counts.py
#   counted_run COMMAND…                 an integration runner with its closing line
count() { echo "$*" >>"$vlr_counts"; }
count_from() {
  local counts
  counts="$(python3 -B "$VLR_ROOT/scripts/lib/counts.py" "$@")" || return
  count "$counts"
}
counted_run() {
  local output status=0
  output="$(mktemp "$vlr_stage_dir/run.XXXXXX")"
  "$@" 2>&1 | tee "$output" || status=$?
  count_from closing "$output" || status=1
  rm -f "$output"
  return "$status"
}

# Cases that failed, wherever they stand; else how it ended. "FAILED " is an integration runner's word (ninja's is
# "FAILED:"), "***" ctest's.
show_failure() { # LOG
  {
    grep -B "$kTraceLines" '^FAILED ' "$1" || grep -A "$kTraceLines" ' Test .*\*\*\*' "$1" || cat "$1"
  } | tail -n "$kShownLines" | sed 's/^/  | /'
}

run_stage() { # NAME
  local name="$1" log_file="$vlr_stage_dir/$1.log" start=$SECONDS status passed failed skipped word=ok
  vlr_counts="$vlr_stage_dir/$1.counts"
  : >"$vlr_counts"
  # errexit does not reach into a function that is part of a condition.
  set +e
  (
    set -e
    "stage_$name"
  ) >"$log_file" 2>&1 </dev/null
  status=$?
  set -e
  read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$vlr_counts")
  if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  if [ "$failed" != 0 ]; then word=FAILED; fi
  printf '%-9s %-7s %5d passed %3d failed %3d skipped %6d s\n' "$name" "$word" "$passed" "$failed" "$skipped" $((SECONDS - start))
  sed -n 's/^\(skipped: .*\)/          \1/p' "$log_file"
  if [ "$failed" != 0 ]; then
    show_failure "$log_file"
    echo "  whole log: $log_file"
  fi
  vlr_passed=$((vlr_passed + passed)) vlr_failed=$((vlr_failed + failed)) vlr_skipped=$((vlr_skipped + skipped))
}

stages_end() {
  echo "$vlr_passed passed, $vlr_failed failed, $vlr_skipped skipped"
  [ "$vlr_failed" = 0 ]
}
