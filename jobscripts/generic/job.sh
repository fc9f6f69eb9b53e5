# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the job scripts of this folder, after environment.sh: one command as a job that goes on where it stopped.

# run_job COMMAND INPUT OUT: exits with the program's code; a run that stopped with a checkpoint is requeued.
run_job() {
  local command=$1 input=$2 out=$3 resume=() status stop
  # Slurm counts the starts of a job: from the second on, the run goes on where it stopped.
  [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] && resume=(--resume)
  echo "job $SLURM_JOB_ID, restart ${SLURM_RESTART_COUNT:-0}, $SLURM_NTASKS ranks on $SLURM_JOB_NODELIST: $input"

  # USR1 comes 120 s before the time limit straight to the ranks, which write a checkpoint and exit 75;
  # --time-limit auto does the same where a site swallows the signal.
  # srun since 22.05 does not take the cores per task from the job by itself. A rank that ends with 75
  # a moment before the others must not get them killed; one that died alone ends the rest after 60 s.
  srun --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" --kill-on-bad-exit=0 --wait=60 \
    "$SHEARWATER_PROGRAM" "$command" "$input" --out "$out" --time-limit auto "${resume[@]}"
  status=$?
  echo "job $SLURM_JOB_ID, restart ${SLURM_RESTART_COUNT:-0}: exit code $status"
  [ $status = 75 ] || exit $status

  # Slurm requeues by itself after a node failure only; a run that stopped with a checkpoint asks for it.
  # One that a file `stop` ended would end again at once, and for ever.
  stop=$(find "$out" -maxdepth 2 -name stop -print -quit)
  if [ -n "$stop" ]; then
    echo "not requeued: $stop asks to stop; remove it and submit again with SLURM_RESTART_COUNT=1 in the environment"
  else
    scontrol requeue "$SLURM_JOB_ID" ||
      echo "requeue failed; submit again with SLURM_RESTART_COUNT=1 in the environment"
  fi
  exit $status
}
