# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the tests inside cluster.sh: submits a job script, and waits for what becomes of the job.
# The test sets `script` and source_root, program before.
work=$SHEARWATER_CLUSTER/jobs
mkdir -p "$work"
cd "$work"
job=""
now() { printf '%(%H:%M:%S)T' -1; }
die() {
  echo "FAILED: $*" >&2
  for log in "$work"/*.log; do echo "--- $log" >&2; tail -n 40 "$log" >&2; done
  exit 1
}

submit() {  # submit NAME INPUT: sets `job`
  job=$(SHEARWATER_ROOT=$source_root SHEARWATER_PROGRAM=$program SHEARWATER_INPUT=$2 SHEARWATER_OUT=$work/$1 \
    OMP_NUM_THREADS=1 sbatch --parsable --output="$work/$1.log" "$script")
  echo "$(now) job $job: $1"
}
field() { scontrol show job -o "$job" | grep -oE "(^| )$1=[^ ]*" | head -n 1 | cut -d= -f2; }
# wait_for WHAT SECONDS COMMAND...: until the command succeeds
wait_for() {
  local what=$1 limit=$((SECONDS + $2)); shift 2
  until "$@" 2>/dev/null; do
    [ "$SECONDS" -lt "$limit" ] || die "job $job: $what did not happen in time; state $(field JobState)"
    sleep 0.1
  done
}
ended() { [[ "$(field JobState)" =~ ^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|OUT_OF_MEMORY)$ ]]; }
restarted() { [ "$(field Restarts)" -ge "$1" ]; }
expect_code() { [ "$(field ExitCode)" = "$1:0" ] || die "job $job ended with $(field ExitCode), not $1:0"; }
