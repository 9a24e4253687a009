#!/bin/bash
# Measures a published crid against Debian's containerd on this machine, both with the same OCI runtime and CNI plugins, in a network
# namespace of their own, and takes everything down again.
#   run.sh [--publish DIRECTORY] [--only crid|containerd] [--config FILE] [--pull-images] [--memory-images] [-- OPTIONS OF cri-bench]
# --config adds the tables of a file to crid's configuration.
# --pull-images makes the images of the pull benchmark for as many rounds as there are iterations, five at most, and measures them:
# run.sh --pull-images -- --scenario pull --iterations 3
# --memory-images makes two that ask for memory: run.sh --only crid --memory-images -- --scenario pull --iterations 1
# DIRECTORY holds the programs crid and crid-keeper (default: artifacts/bin of the repository). RUNTIME=runc|crun. Needs root.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=bench/lab.sh
. "$HERE/lab.sh"
# shellcheck source=bench/pull-images.sh
. "$HERE/pull-images.sh"
PUBLISH=$HERE/../artifacts/bin
ONLY=
MORE=
PULLS=()
MEMORY=()
while [ $# -gt 0 ]; do
  case $1 in
    --publish) PUBLISH=$2; shift 2 ;;
    --only) ONLY=$2; shift 2 ;;
    --config) MORE=$2; shift 2 ;;
    --pull-images) PULLS=(--pull-image "$LAB_REGISTRY/bulk:{round}" --pull-image "$LAB_REGISTRY/files:{round}"); shift ;;
    --memory-images) MEMORY=(--pull-image "$LAB_REGISTRY/window:1" --pull-image "$LAB_REGISTRY/layers:1"); shift ;;
    --) shift; break ;;
    *) sed -n 2,10p "$0"; exit 2 ;;
  esac
done
export RUNTIME=${RUNTIME:-runc} LAB LAB_NETNS
C=$LAB/crid

crid_up() {
  [ -x "$PUBLISH/crid" ] && [ -x "$PUBLISH/crid-keeper" ] || { echo "no crid and crid-keeper in $PUBLISH (install.sh or dotnet publish makes them)" >&2; return 1; }
  mkdir -p "$C"
  write_cni "$C/cni" cridbench0 10.99.0.0/16
  cat > "$C/config.toml" <<T
[directories]
root = "$C/lib"
run = "$C/run"

[cni]
configuration_directory = "$C/cni"
plugin_directories = ["/usr/lib/cni"]
results_directory = "$C/cni-results"

[runtimes]
default = "$RUNTIME"
T
  [ -z "$MORE" ] || cat "$MORE" >> "$C/config.toml" || return 1
  start_accounted crid "$C/pid" "$C/log" "$PUBLISH/crid" serve --config "$C/config.toml"
  wait_for 20 "$PUBLISH/crid" version --address "$C/run/crid.sock" || { tail -5 "$C/log" >&2; return 1; }
}

keepers() { # ids of the keepers that run from this publish with this run directory
  local p
  for p in /proc/[0-9]*; do
    { tr '\0' ' ' < "$p/cmdline"; } 2>/dev/null | grep -q "^[^ ]*crid-keeper .*$C/run" && echo "${p#/proc/}"
  done
  return 0
}

crid_down() {
  local pid m
  # The restart scenario has put another process in the place of the one that was started here.
  if [ -f "$C/run/crid.pid" ]; then cp "$C/run/crid.pid" "$C/pid"; fi
  stop_pid "$C/pid"
  for pid in $(keepers); do kill "$pid"; done
  awk -v d="$C/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r m; do umount -l "$m"; done
}

pull_rounds() { # pull_rounds OPTIONS OF cri-bench: how many images of each kind are pulled
  local rounds=5
  while [ $# -gt 1 ]; do case $1 in --iterations|-n) rounds=$2 ;; esac; shift; done
  echo $((rounds < 5 ? rounds : 5))
}

down() {
  trap '' INT TERM
  crid_down
  "$HERE/peer-containerd.sh" stop
  lab_down
}
trap down EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] || { echo "run.sh needs root" >&2; exit 1; }
dotnet build "$HERE/cri-bench" -c Release -v q -o "$HERE/../artifacts/cri-bench" > /dev/null || exit 1
lab_up || exit 1
[ ${#PULLS[@]} = 0 ] || push_pull_images "$(pull_rounds "$@")" || exit 1
[ ${#MEMORY[@]} = 0 ] || push_memory_images || exit 1
targets=()
if [ "$ONLY" != containerd ]; then
  crid_up || exit 1
  targets+=(--target "crid=unix://$C/run/crid.sock,cgroup=$LAB_CGROUP/crid")
fi
if [ "$ONLY" != crid ]; then
  socket=$("$HERE/peer-containerd.sh" start) || exit 1
  targets+=(--target "containerd=unix://$socket,cgroup=$LAB_CGROUP/containerd")
fi
"$HERE/../artifacts/cri-bench/cri-bench" "${targets[@]}" --image "$LAB_REGISTRY/busybox:latest" "${PULLS[@]}" "${MEMORY[@]}" "$@"
