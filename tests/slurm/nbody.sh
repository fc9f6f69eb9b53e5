#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Inside cluster.sh: submits jobscripts/generic/nbody.sbatch on two nodes, once left alone and once stopped
# between steps by SIGTERM and, after its requeue, by SIGUSR1. Both must leave the same snapshot.
#   nbody.sh SOURCE PROGRAM INPUT
set -euo pipefail
source_root=$1 program=$2 input=$3
script=$source_root/jobscripts/generic/nbody.sbatch
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
steps() { grep -c "^step " "$work/$1.log"; }
stepping() { [ "$(steps "$1")" -gt "$2" ]; }

submit alone "$input"
wait_for "the end" 600 ended
expect_code 0

submit stopped "$input"
done_steps=5
for signal in TERM USR1; do
  wait_for "a step" 120 stepping stopped $done_steps
  restarts=$(field Restarts)
  echo "$(now) job $job: SIG$signal after $(steps stopped) steps in all"
  scancel --signal=$signal "$job"
  wait_for "the requeue after SIG$signal" 60 restarted $((restarts + 1))
  grep -q "restart $restarts: exit code 75" stopped.log || die "SIG$signal did not end the run with exit code 75"
  done_steps=$(steps stopped)
done
wait_for "the end" 600 ended
expect_code 0
[ "$(grep -c 'resuming from' stopped.log)" = 2 ] || die "the run was not taken up again twice"
[ "$(steps stopped)" = "$(steps alone)" ] || die "a step was done twice, or not"
for run in alone stopped; do "$program" inspect "$work/$run/snapshot_000.hdf5" --digest >"$work/$run.digest"; done
cmp alone.digest stopped.digest || die "the snapshots differ: $(cat alone.digest stopped.digest)"
echo "$(now) the same snapshot with and without two stops: $(cat alone.digest)"

submit halted "$input"
wait_for "a step" 120 stepping halted 5
touch "$work/halted/stop"
wait_for "the end" 120 ended
expect_code 75
grep -q "not requeued: $work/halted/stop" halted.log || die "a stop file did not keep the job from the queue"
echo "$(now) a stop file ended the job for good"
