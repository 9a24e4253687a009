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
# shellcheck source=bench/crid.sh
. "$HERE/crid.sh"
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
