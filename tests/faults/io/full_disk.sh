#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A full disk ends a parallel write with one message and exit code 74, in bounded time, and leaves the
# old file. The scenarios: full before the file is made; full after its space was checked; a call
# that never returns on a full disk; a limit on the size of files, which no check of space can see.
# A rank that comes late to its calls, or a call that returns at the last moment, ends nothing.
#   full_disk.sh SCENARIO PROGRAM
set -u
scenario=$1 program=$2 ranks=2
launch=$SHEARWATER_SOURCE/tools/launch
skip() { echo "SKIPPED: $1"; exit 77; }
fail() { echo "FAILED: $1"; cat "$log"; exit 1; }

case $scenario in file_size_limit | slow_rank | slow_call) small_disk= ;; *) small_disk=yes ;; esac
if [ -n "$small_disk" ] && [ -z "${SHEARWATER_INSIDE:-}" ]; then
  unshare --mount true 2>/dev/null || skip "mounting a small disk needs the right to unshare mounts"
  SHEARWATER_INSIDE=1 exec unshare --mount "$0" "$@"
fi
folder=$(mktemp -d) log=$(mktemp)
trap 'umount "$folder" 2>/dev/null; rm -rf "$folder" "$log"' EXIT
if [ -n "$small_disk" ]; then
  mount -t tmpfs -o size=64m tmpfs "$folder" 2>/dev/null || skip "mounting a tmpfs is not permitted"
fi
[ "$scenario" = slow_rank ] || export SHEARWATER_IO_PATIENCE=3
echo "old content" >"$folder/out.h5"
keep=-1
case $scenario in
  full_before) head -c 62M /dev/zero >"$folder/ballast" ;;
  full_during) keep=0 ;;
  no_progress) keep=-2; touch "$folder/out.h5.tmp" "$folder/out.h5.tmp-1-2.lock" ;;
  file_size_limit) keep=-3 ;;
  slow_rank) keep=-4 ;;
  slow_call) keep=-5 ;;
  *) echo "unknown scenario $scenario"; exit 64 ;;
esac
start=$SECONDS
timeout 60 "$launch" -n "$ranks" "$program" "$folder/out.h5" "$keep" >"$log" 2>&1
status=$?
[ "$status" -ne 124 ] || fail "it hung"
if [ "$keep" -le -4 ]; then
  [ "$status" -eq 0 ] || fail "exit code $status instead of 0"
  # Other lines may be of libraries: hwloc names what a container lacks.
  ! grep -q "shearwater: error" "$log" || fail "there is a message"
  [ "$(head -c 8 "$folder/out.h5" | tail -c 7 | head -c 3)" = HDF ] || fail "the new file is not in place"
  echo "done after $((SECONDS - start)) s"
  exit 0
fi
[ "$status" -eq 74 ] || fail "exit code $status instead of 74"
[ "$(grep -c '^shearwater: error: ' "$log")" -eq 1 ] || fail "there is not exactly one message"
grep -qE 'no space left|MB are free|file write failed|MPI_File_write' "$log" || fail "the message does not say why"
[ "$(cat "$folder/out.h5")" = "old content" ] || fail "the old file was overwritten"
[ -z "$(find "$folder" -name "*.tmp*")" ] || fail "the unfinished file or its lock was left"
echo "ended after $((SECONDS - start)) s: $(grep '^shearwater: error: ' "$log")"
