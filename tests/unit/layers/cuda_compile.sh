#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Compiles every source that reaches Kokkos by nvcc, warnings shown, all faults in one go. No GPU is
# needed. Exits 77 (skipped) without nvcc.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../../tools/environment.sh"
nvcc_path >/dev/null || { echo "SKIPPED: no nvcc in PATH, CUDACXX or /usr/local/cuda/bin"; exit 77; }
"$project/tools/setup" --no-learn --cuda
"$project/tools/build" cuda-compile help >/dev/null  # configures
"$project/tools/check_layers.py" --kokkos-sources | sed 's/^/by nvcc: /'
cmake --build "$project/build/cuda-compile" -j "$(job_count)" -- -k 0
