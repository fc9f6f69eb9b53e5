#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A real Slurm of two nodes on this machine, for the time of one command:
#   tests/slurm/cluster.sh COMMAND [ARGUMENT...]
# Ends COMMAND after CLUSTER_LIMIT seconds (default 600). COMMAND finds SLURM_CONF and
# SHEARWATER_CLUSTER, a folder that is removed at the end; KEEP_LOGS names a folder for the logs.
# Daemons, keys, sockets, ports and files are this cluster's own, so a Slurm of the site is left
# alone. Exits 77 (skipped) where it cannot be had: not root, or Slurm missing and no apt to install it.
set -euo pipefail
skip() { echo "SKIPPED: $*"; exit 77; }
[ $# -gt 0 ] || { echo "usage: tests/slurm/cluster.sh COMMAND [ARGUMENT...]" >&2; exit 64; }
[ "$(id -u)" = 0 ] || skip "starting Slurm's daemons needs root"

programs=(munged slurmctld slurmd sbatch srun scontrol scancel)
have_programs() { local p; for p in "${programs[@]}"; do command -v "$p" >/dev/null || return 1; done; }
if ! have_programs; then
  command -v apt-get >/dev/null || skip "Slurm is not installed and there is no apt-get"
  echo "installing Slurm and munge from Debian's packages"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    slurmctld slurmd slurm-client munge; } >/tmp/shearwater-slurm-apt.log 2>&1 || true
  have_programs || skip "Slurm could not be installed (log: /tmp/shearwater-slurm-apt.log)"
fi
[ -d /sys/devices/system/cpu ] || skip "slurmd needs /sys mounted"

# Keep the path short: a socket's may have 107 characters.
cluster=$(mktemp -d /tmp/shearwater-slurm.XXXXXX)
chmod 755 "$cluster"
mkdir -p "$cluster"/{state,n1,n2}
host=$(hostname -s)

stop_pid() {  # stop_pid FILE: ends the process named there, and waits until it is gone
  local pid; pid=$(cat "$1" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}
stop_cluster() {
  local status=$?
  trap - EXIT
  if [ -n "${KEEP_LOGS:-}" ]; then cp "$cluster"/*.log "$KEEP_LOGS"/ 2>/dev/null || true; fi
  scancel --full --signal=KILL -u root 2>/dev/null || true
  scancel -u root 2>/dev/null || true
  for _ in $(seq 100); do [ -z "$(squeue -h 2>/dev/null)" ] && break; sleep 0.1; done
  for daemon in slurmd-n1 slurmd-n2 slurmctld munged; do stop_pid "$cluster/$daemon.pid"; done
  rm -rf "$cluster"
  exit "$status"
}
trap stop_cluster EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

free_port() {  # the first port from $1 on that nobody answers
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}
controller_port=$(free_port $((20000 + $$ % 5000 * 4)))
port1=$(free_port $((controller_port + 1)))
port2=$(free_port $((port1 + 1)))

cat >"$cluster/slurm.conf" <<CONF
ClusterName=shearwater
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$cluster/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=pmix
ReturnToService=2
SlurmdTimeout=10
KillWait=5
EnforcePartLimits=ALL
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$cluster/finished.log
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/%n
TmpFS=$cluster/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd-%n.log
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$port1 CPUs=16 RealMemory=64000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$port2 CPUs=16 RealMemory=64000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=02:00:00 State=UP
CONF
printf 'CgroupAutomount=no\n' >"$cluster/cgroup.conf"
export SLURM_CONF=$cluster/slurm.conf SHEARWATER_CLUSTER=$cluster

dd if=/dev/urandom of="$cluster/munge.key" bs=1024 count=1 status=none
chmod 400 "$cluster/munge.key"
munged --force --socket="$cluster/munge.socket" --key-file="$cluster/munge.key" \
  --pid-file="$cluster/munged.pid" --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed" 2>"$cluster/munged.err" ||
  { cat "$cluster/munged.err" >&2; exit 1; }
slurmctld
slurmd -N n1
slurmd -N n2
for _ in $(seq 100); do
  [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break
  sleep 0.1
done
if [ "$(sinfo -h -t idle -o %D)" != 2 ]; then
  tail -n 20 "$cluster"/*.log >&2
  echo "the two nodes did not come up within 10 s; the daemons' last lines stand above" >&2
  exit 1
fi
# Both "nodes" share this machine's memory, which Open MPI's fast path would take for one node's.
export OMPI_MCA_btl=self,tcp
timeout --kill-after=10 "${CLUSTER_LIMIT:-600}" "$@" &
wait $!
