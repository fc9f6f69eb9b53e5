# SPDX-License-Identifier: BSD-3-Clause
# For test scripts: a folder $work that is removed at the end, `check` and `expect`.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check WHAT CONDITION: the condition holds.
check() { if ! eval "$2"; then echo "FAILED: $1"; exit 1; fi; echo "ok: $1"; }
# expect CODE TEXT COMMAND...: the command exits with CODE and prints TEXT.
expect() {
  local code=$1 text=$2 status=0; shift 2
  "$@" >"$work/log" 2>&1 || status=$?
  [ $status = "$code" ] && grep -qF -- "$text" "$work/log" ||
    { echo "FAILED: '$*' gave $status, wanted $code and '$text':"; cat "$work/log"; exit 1; }
  echo "ok: exit $code, '$text'"
}
