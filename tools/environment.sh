# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the scripts beside it: where the cache is, which versions it holds, how a message looks.

say() { printf '[shearwater] %s\n' "$*"; }
fail() { printf '[shearwater] error: %s\n' "$1" >&2; exit "${2:-1}"; }

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${SHEARWATER_CACHE_DIR:-}" ]; then
  cache=$SHEARWATER_CACHE_DIR
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
  cache=$XDG_CACHE_HOME/shearwater
elif [ -n "${HOME:-}" ]; then
  cache=$HOME/.cache/shearwater
else
  fail "none of SHEARWATER_CACHE_DIR, XDG_CACHE_HOME and HOME is set: set SHEARWATER_CACHE_DIR to a folder for 2 GB of libraries"
fi
mkdir -p "$cache/logs" 2>/dev/null ||
  fail "cannot write to $cache: set SHEARWATER_CACHE_DIR to a folder for 2 GB of libraries"
cache=$(cd "$cache" && pwd)
case $cache/ in "$project"/*) fail "the cache folder $cache lies inside the clone: set SHEARWATER_CACHE_DIR to a folder outside it" ;; esac
logs=$cache/logs

kokkos_version=4.7.00
kokkos_carrier=pygenten==0.1.5   # the source distribution that carries Kokkos whole under tpls/
kokkos_sha256=e620f05c742905e2db705d875f1cac92ef0ed453f9e6734e9beda26cc0f9cce7
torch_version=2.11.0
torch_packages=(torch==$torch_version nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
cuda_architecture=${SHEARWATER_CUDA_ARCH:-HOPPER90}   # Kokkos's name of the GPU

# A library built for one CPU stops the program on another, and one compiler's is not the other's.
cpu_key() {
  { g++ -dumpfullversion; g++ -march=native -Q --help=target 2>/dev/null | grep -E 'march=|mtune=|enabled'; } |
    sha256sum | cut -c1-12
}
nvcc_path() { command -v "${CUDACXX:-nvcc}" || { [ -x /usr/local/cuda/bin/nvcc ] && echo /usr/local/cuda/bin/nvcc; }; }
nvcc_version() { "$(nvcc_path)" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p'; }
# kokkos_dir [cuda]
kokkos_dir() {
  local kind=""
  [ "${1:-}" = cuda ] && kind=cuda$(nvcc_version)-$cuda_architecture-
  echo "$cache/kokkos-$kokkos_version-$kind$(cpu_key)"
}
torch_venv=$cache/torch-$torch_version
torch_cuda_venv=$torch_venv-cuda   # with all that libtorch_cuda needs
readers_venv=$cache/readers-1
readers_packages=(yt==4.4.3 pynbody==2.8.0 illustris_python==1.1.1 h5py==3.16.0)
# torch_dir [cuda]
torch_dir() { echo "$torch_venv${1:+-$1}"/lib/python3*/site-packages/torch; }

# Cores of this machine; nproc alone would answer OMP_NUM_THREADS.
core_count() { env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc; }

# Compilations at a time: one per core, but 1.5 GB of memory for each (a file with torch takes that).
job_count() {
  local cores memory
  cores=$(core_count)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || echo "$cores")
  [ "${memory:-1}" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# require_space FOLDER MEGABYTES WHAT: stops before the disk is full rather than when it is.
require_space() {
  local free; free=$(df -Pk "$1" | awk 'NR == 2 {print int($4 / 1024)}')
  [ "$free" -ge "$2" ] ||
    fail "$3 needs $2 MB under $1, which has $free MB left: free some space${4:+, or $4}" 74
}

# run_logged LOG COMMAND...: output into the log; on failure its last lines on the screen.
run_logged() {
  local log=$logs/$1; shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "'$*' failed; the whole log is $log"
  fi
}
