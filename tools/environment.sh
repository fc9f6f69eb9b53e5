# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the scripts beside it: where the cache is, which versions it holds, how a message looks.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SHEARWATER_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/shearwater}
logs=$cache/logs

kokkos_version=4.7.00
kokkos_carrier=pygenten==0.1.5   # the source distribution that carries Kokkos whole under tpls/
kokkos_sha256=e620f05c742905e2db705d875f1cac92ef0ed453f9e6734e9beda26cc0f9cce7
torch_version=2.11.0
torch_packages=(torch==$torch_version nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)

# A library built for one CPU stops the program on another, and one compiler's is not the other's.
cpu_key() {
  { g++ -dumpfullversion; g++ -march=native -Q --help=target 2>/dev/null | grep -E 'march=|mtune=|enabled'; } |
    sha256sum | cut -c1-12
}
kokkos_dir() { echo "$cache/kokkos-$kokkos_version-$(cpu_key)"; }
torch_venv=$cache/torch-$torch_version
torch_dir() { echo "$torch_venv"/lib/python3*/site-packages/torch; }

say() { printf '[shearwater] %s\n' "$*"; }
fail() { printf '[shearwater] error: %s\n' "$*" >&2; exit "${2:-1}"; }

# run_logged LOG COMMAND...: output into the log; on failure its last lines on the screen.
run_logged() {
  local log=$logs/$1; shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "'$*' failed; the whole log is $log"
  fi
}
