#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Inside cluster.sh: submits jobscripts/generic/first_posterior.sbatch on two nodes, once left alone
# and once stopped in the middle of training by SIGTERM and, after its requeue, by SIGUSR1. Both must
# leave a posterior and the same weights; a broken input must fail with its exit code.
#   first_posterior.sh SOURCE PROGRAM CHAIN
set -euo pipefail
source_root=$1 program=$2 chain=$3
script=$source_root/jobscripts/generic/first_posterior.sbatch
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
# Lines of the training curve say that training is under way in this start of the job.
training() { [ "$(cat "$work/$1"/*/training.csv 2>/dev/null | wc -l)" -gt "$2" ]; }

submit alone "$chain"
wait_for "the end" 600 ended
expect_code 0

submit stopped "$chain"
curve_lines() { cat "$work"/stopped/*/training.csv | wc -l; }
lines=1
for signal in TERM USR1; do
  wait_for "training" 120 training stopped $lines
  restarts=$(field Restarts)
  echo "$(now) job $job: SIG$signal during training, $(curve_lines) lines of its curve written"
  scancel --signal=$signal "$job"
  wait_for "the requeue after SIG$signal" 60 restarted $((restarts + 1))
  grep -q "restart $restarts: exit code 75" stopped.log || die "SIG$signal did not end the run with exit code 75"
  ls stopped/*/checkpoints/* >/dev/null || die "SIG$signal left no checkpoint"
  # Only now, because the stopped start may have written one more after the signal was on its way.
  lines=$(curve_lines)
done
wait_for "the end" 600 ended
expect_code 0
grep -q 'restart 2: exit code 0' stopped.log || die "the second restart did not end the run"

for run in alone stopped; do
  [ -s "$(echo "$work/$run"/posterior.h5)" ] || die "$run: no posterior.h5"
  "$program" inspect "$work/$run/posterior.h5" --digest >"$work/$run.digest"
done
weights=$(sha256sum < "$(echo alone/*/model.safetensors)")
[ "$weights" = "$(sha256sum < "$(echo stopped/*/model.safetensors)")" ] ||
  die "the stopped and resumed run has other weights than the one left alone"
cmp alone.digest stopped.digest || die "the posteriors differ: $(cat alone.digest stopped.digest)"

printf 'unknown_key = 1\n' >broken.toml
submit broken "$work/broken.toml"
wait_for "the end" 60 ended
expect_code 65
echo "$(now) same weights and posterior with and without two stops: ${weights%% *}"
