#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Compiles every source below the networks that reaches Kokkos by nvcc, and shows the faults of all.
# No GPU is needed. Exits 77 (skipped) without nvcc.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../../tools/environment.sh"
nvcc_path >/dev/null || { echo "SKIPPED: no nvcc in PATH, CUDACXX or /usr/local/cuda/bin"; exit 77; }
"$project/tools/setup" --no-learn --cuda
build=$project/build/cuda-compile
"$project/tools/build" cuda-compile help >"$logs/cuda-compile.log" ||  # configures
  { cat "$logs/cuda-compile.log" >&2; exit 1; }
mapfile -t objects < <(ninja -C "$build" -t targets all | sed -n 's/: CUDA_COMPILER.*//p')
[ ${#objects[@]} -gt 0 ] || fail "no source is compiled by nvcc: the list from tools/check_layers.py does not fit"
say "compiling ${#objects[@]} sources with nvcc $(nvcc_version), 20 s each"
ninja -C "$build" -j "$(job_count)" -k 0 "${objects[@]}"
