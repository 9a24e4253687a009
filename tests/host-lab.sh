#!/usr/bin/env bash
# host-lab.sh COMMAND...: runs a command as root in mount, network and PID namespaces of its own. When it ends, every process, mount and
# network device that it made is gone with the namespaces; its cgroups (all below crid-test) are removed.
# CRID_LAB_CGROUP_DRIVER=systemd has the tests use systemd's driver. systemd must know the processes by the pids that it sees, so there is no
# PID namespace then: all of them are in crid-test.slice, which is killed at the end.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "host-lab.sh: must be root" >&2; exit 1; }
[ $# -gt 0 ] || { echo "usage: host-lab.sh COMMAND..." >&2; exit 2; }

if [ "${CRID_LAB:-}" != inside ] && [ "${CRID_LAB_CGROUP_DRIVER:-}" = systemd ]; then
  if [ ! -d /run/systemd/system ] || [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo "host-lab.sh: systemd's driver needs systemd and cgroup v2" >&2
    exit 1
  fi
  status=0
  CRID_LAB=inside systemd-run --quiet --scope --slice=crid-test.slice -- unshare --mount --net --propagation private -- "$0" "$@" || status=$?
  systemctl kill --signal=KILL crid-test.slice 2>/dev/null || true
  systemctl stop crid-test.slice
  exit $status
fi
if [ "${CRID_LAB:-}" != inside ]; then
  status=0
  CRID_LAB=inside unshare --mount --net --pid --fork --mount-proc --propagation private -- "$0" "$@" || status=$?
  find /sys/fs/cgroup -depth -type d -path '*/crid-test*' -exec rmdir {} + 2>/dev/null || true
  exit $status
fi

ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
# CNI state and pod logs of the tests stay out of the machine's own directories.
mkdir -p /var/lib/cni /var/log/pods /etc/cni/net.d
mount -t tmpfs -o mode=0755 tmpfs /var/lib/cni
mount -t tmpfs -o mode=0755 tmpfs /var/log/pods
mount -t tmpfs -o mode=0755 tmpfs /etc/cni/net.d
mount -t tmpfs -o mode=0755 tmpfs /run/netns 2>/dev/null || { mkdir -p /run/netns; mount -t tmpfs -o mode=0755 tmpfs /run/netns; }
# crun refuses a v1 machine that has an empty v2 hierarchy beside it, so the tests see the v1 controllers only, in a directory of their own.
if [ -d /sys/fs/cgroup/unified ]; then
  cgroups=$(mktemp -d)
  mount -t tmpfs -o mode=0755 tmpfs "$cgroups"
  for controller in /sys/fs/cgroup/*/; do
    name=$(basename "$controller")
    [ "$name" != unified ] || continue
    mkdir "$cgroups/$name"
    mount --bind "/sys/fs/cgroup/$name" "$cgroups/$name"
  done
  umount --recursive --lazy /sys/fs/cgroup
  mount --move "$cgroups" /sys/fs/cgroup
  rmdir "$cgroups"
fi
"$@" # not exec: this shell may be PID 1 here, which reaps what is reparented to it
