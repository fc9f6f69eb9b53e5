# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the job scripts of this folder: everything that a site or a user may want to change.
# A value set before sbatch wins (sbatch hands the environment on).

# What the site needs before the program starts, for example:
#   module load gcc openmpi hdf5 fftw

# The clone, with build/release/shearwater in it. Slurm runs a copy of the script from a spool folder,
# so the clone is the folder that sbatch was called in unless stated.
export SHEARWATER_ROOT=${SHEARWATER_ROOT:-$SLURM_SUBMIT_DIR}
export SHEARWATER_PROGRAM=${SHEARWATER_PROGRAM:-$SHEARWATER_ROOT/build/release/shearwater}

# SHEARWATER_INPUT and SHEARWATER_OUT, the input and the folder of the results, have defaults in each
# script. The folder must not depend on the job's number, or a requeued job would not find its checkpoint.

# One thread for each core that Slurm gave the rank; binding is Slurm's.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-1}}
export OMP_PROC_BIND=${OMP_PROC_BIND:-false}
