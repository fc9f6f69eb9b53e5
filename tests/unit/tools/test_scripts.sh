#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The scripts' refusals come before any work, with the right exit code and the remedy; the launcher
# passes exit codes, signals and thread counts through.
#   test_scripts.sh SOURCE
set -uo pipefail
tools=$1/tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect CODE TEXT COMMAND...: the command ends with CODE and prints TEXT
expect() {
  local code=$1 text=$2 output status=0; shift 2
  output=$("$@" 2>&1) || status=$?
  if [ $status != "$code" ] || [[ $output != *"$text"* ]]; then
    echo "FAILED: $* ended with $status (wanted $code), and should say '$text':"; echo "$output"
    failures=$((failures + 1))
  fi
}

mkdir "$scratch/full" && touch "$scratch/full/file"
expect 65 "--resume" "$tools/quickstart" --out "$scratch/full"
[ "$(ls "$scratch/full")" = file ] || { echo "FAILED: the refused folder was changed"; failures=$((failures + 1)); }
expect 64 "usage" "$tools/quickstart" --no-such-option
expect 64 "--out needs" "$tools/quickstart" --out
expect 1 "SHEARWATER_DATA" env SHEARWATER_DATA=/no/such/folder "$tools/quickstart" --out "$scratch/new"
expect 1 "SHEARWATER_DATA" env SHEARWATER_DATA=/no/such/folder "$tools/test"
expect 64 "usage" "$tools/setup" --no-such-option
expect 64 "there are: release" "$tools/build" no-such-preset
expect 1 "set SHEARWATER_CACHE_DIR" env -u HOME -u XDG_CACHE_HOME -u SHEARWATER_CACHE_DIR "$tools/setup"
expect 1 "outside" env SHEARWATER_CACHE_DIR="$1/build/cache" "$tools/setup"
rm -rf "$1/build/cache"

expect 64 "usage" "$tools/launch" ls
expect 64 "number of ranks" "$tools/launch" -n two ls
expect 127 "no-such-program was not found" "$tools/launch" -n 2 no-such-program
expect 75 "" "$tools/launch" -n 2 sh -c 'exit 75'
expect 0 "threads 3" env OMP_NUM_THREADS=3 "$tools/launch" -n 1 sh -c 'echo threads $OMP_NUM_THREADS'

# SIGUSR1 to the launcher reaches the ranks, which may take their time and end with 75.
cat >"$scratch/rank.sh" <<'RANK'
trap 'sleep 1; exit 75' USR1
touch "$1.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
for _ in $(seq 300); do sleep 0.1; done
RANK
"$tools/launch" -n 2 bash "$scratch/rank.sh" "$scratch/up" >"$scratch/log" 2>&1 &
launcher=$!
for _ in $(seq 200); do [ -e "$scratch/up.0" ] && [ -e "$scratch/up.1" ] && break; sleep 0.1; done
kill -USR1 $launcher
status=0; wait $launcher || status=$?
[ $status = 75 ] || { echo "FAILED: after SIGUSR1 the launcher ended with $status, not 75"; cat "$scratch/log"; failures=$((failures + 1)); }

[ $failures = 0 ] && echo "all scripts as they should be"
exit $((failures > 0))
