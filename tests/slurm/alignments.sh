#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Inside cluster.sh: submits jobscripts/generic/alignments.sbatch on two nodes, once left alone and once stopped by SIGTERM
# between the steps of its box and, after its requeue, by SIGUSR1 in the training. Both must leave the same galaxies,
# weights and correlations.
#   alignments.sh SOURCE PROGRAM CHAIN
set -euo pipefail
source_root=$1 program=$2 chain=$3
script=$source_root/jobscripts/generic/alignments.sbatch
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
stepping() { [ "$(grep -c '^step [0-9]*/' run.log)" -gt 5 ]; }
training() { [ "$(cat run/model/training.csv 2>/dev/null | wc -l)" -gt 2 ]; }
results=(galaxies.hdf5 populated.hdf5 correlations.hdf5)
# Stored inputs hold the output folder's name, so that both runs have the same one in turn.
keep() {
  for file in "${results[@]}"; do "$program" inspect "run/$file" --digest; done >"$1.digests"
  sha256sum <run/model/model.safetensors >>"$1.digests"
  [ -s run/report.html ] || die "$1: no report"
  mv run "$1"
  mv run.log "$1.log"
}

submit run "$chain"
wait_for "the end" 900 ended
expect_code 0
keep alone

submit run "$chain"
for part in "TERM stepping" "USR1 training"; do
  read -r signal under_way <<<"$part"
  wait_for "$under_way" 300 "$under_way"
  restarts=$(field Restarts)
  echo "$(now) job $job: SIG$signal while $under_way"
  scancel --signal="$signal" "$job"
  wait_for "the requeue after SIG$signal" 60 restarted $((restarts + 1))
  grep -q "restart $restarts: exit code 75" run.log || die "SIG$signal did not end the run with exit code 75"
done
wait_for "the end" 900 ended
expect_code 0
[ "$(grep -c 'resuming from' run.log)" = 2 ] || die "the box and the training were not both taken up again"
keep stopped
cmp alone.digests stopped.digests || die "the results differ: $(cat alone.digests stopped.digests)"
echo "$(now) the same galaxies, weights and correlations with and without two stops"
