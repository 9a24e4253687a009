#!/bin/bash
# Debian's containerd as a peer for measurements, beside whatever else runs on this machine: root, state, socket, CNI network and
# registry are its own, in the lab's network namespace.
#   peer-containerd.sh start    # prints the socket
#   peer-containerd.sh stop     # ends it and every shim that it left
# Needs lab_up of lab.sh to have been run (run.sh does). RUNTIME=runc|crun, LAB, LAB_NETNS as in lab.sh.
set -u
# shellcheck source=bench/lab.sh
. "$(dirname "$0")/lab.sh"
D=$LAB/containerd
RUNTIME=${RUNTIME:-runc}

start() {
  need containerd containerd-shim-runc-v2 "$RUNTIME" || exit 1
  mkdir -p "$D/certs.d/$LAB_REGISTRY"
  write_cni "$D/cni" ctrdbench0 10.98.0.0/16
  printf '[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' "$LAB_REGISTRY" > "$D/certs.d/$LAB_REGISTRY/hosts.toml"
  cat > "$D/config.toml" <<C
version = 2
root = "$D/root"
state = "$D/state"
[grpc]
  address = "$D/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$LAB_REGISTRY/pause:latest"
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$D/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "bench"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bench]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.bench.options]
        BinaryName = "$(command -v "$RUNTIME")"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$D/certs.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "$D/opt"
C
  start_accounted containerd "$D/pid" "$D/log" containerd --config "$D/config.toml"
  wait_for 20 ctr --address "$D/containerd.sock" version || { tail -5 "$D/log" >&2; exit 1; }
  echo "$D/containerd.sock"
}

shims() { # ids of the shims of this containerd, known by its socket on their command line
  local p
  for p in /proc/[0-9]*; do
    { tr '\0' ' ' < "$p/cmdline"; } 2>/dev/null | grep -q "^[^ ]*containerd-shim-runc-v2 .*-address $D/containerd.sock" && echo "${p#/proc/}"
  done
  return 0
}

stop() {
  local pid m
  for pid in $(shims); do kill -9 "$pid" 2>/dev/null; done
  stop_pid "$D/pid"
  for pid in $(shims); do kill -9 "$pid" 2>/dev/null; done
  # The innermost mounts come last in the table.
  awk -v d="$D/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r m; do umount -l "$m"; done
  rm -rf "$D"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac
