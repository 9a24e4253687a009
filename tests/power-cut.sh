#!/usr/bin/env bash
# Cuts off the power of a machine that pulls, again and again, and looks at what the next start finds. By hand, as root:
#   CRID_VM=/path/to/vm.sh tests/power-cut.sh [ROUNDS]        # 10 rounds unless told otherwise
# CRID_VM is a script that runs a command in a virtual machine whose kernel is killed to cut it off: 'run COMMAND --share DIRECTORY'. CRID_BIN holds the
# published crid and crid-keeper (artifacts/bin). The store is on a disk image of its own: what the machine had not synced to it is lost, as on a real
# one. In each round the store has to verify clean, with an image whole or absent, and pulls go on until the power goes.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
vm=${CRID_VM:?CRID_VM names the script that runs a virtual machine}
bin=$(readlink -f "${CRID_BIN:-$here/../artifacts/bin}")
rounds=${1:-10}
for need in docker-registry skopeo jq mkfs.ext4; do command -v "$need" > /dev/null || { echo "missing: $need" >&2; exit 1; }; done

share=$(mktemp -d /tmp/crid-power-cut-XXXXXX)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  rm -rf "$share"
}
trap finish EXIT

# Two images that share two of their layers, in the storage of a registry that the machine runs itself.
prepare() {
  export LAB=$share/lab LAB_REGISTRY=127.0.0.1:5987
  # shellcheck source=bench/lab.sh
  . "$here/../bench/lab.sh"
  # shellcheck source=bench/pull-images.sh
  . "$here/../bench/pull-images.sh"
  in_lab() { "$@"; }
  LAB=$share/lab LAB_REGISTRY=127.0.0.1:5987
  mkdir -p "$LAB"
  cat > "$share/registry.yml" <<C
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $share/registry}}
http: {addr: $LAB_REGISTRY, secret: lab}
C
  docker-registry serve "$share/registry.yml" > "$share/registry.log" 2>&1 &
  local registry=$! layer file
  pids+=("$registry")
  for layer in 1 2 3 4; do
    mkdir -p "$LAB/$layer/data$layer"
    for file in $(seq 200); do head -c $((RANDOM * 2)) /dev/urandom > "$LAB/$layer/data$layer/file$file"; done
  done
  for file in $(seq 50); do (: < /dev/tcp/127.0.0.1/5987) 2> /dev/null && break; sleep 0.1; done
  push_layers first 1 "$LAB/1" "$LAB/2" "$LAB/3"
  push_layers second 1 "$LAB/1" "$LAB/2" "$LAB/4"
  kill "$registry"
  wait "$registry" || true
  pids=()
  cp "$(command -v docker-registry)" "$share/docker-registry"
  cp "$bin/crid" "$bin/crid-keeper" "$bin/crid-pause" "$share/"
  cp "$bin"/*.so "$share/"
  truncate -s 1G "$share/disk.img"
  mkfs.ext4 -q "$share/disk.img"
  mkdir "$share/results"
}

# What the machine does: it looks at the store, then pulls and removes until it is cut off, or the last time until both images are there.
write_guest() {
  cat > "$share/guest.sh" <<'C'
share=$1 round=$2 last=$3
result() { echo "$2" > "$share/results/$round.$1"; sync "$share/results/$round.$1"; }
mkdir -p /mnt/store
mount -o loop "$share/disk.img" /mnt/store || { result state "mount failed"; exit 1; }
ip link set lo up
"$share/docker-registry" serve "$share/registry.yml" > /tmp/registry.log 2>&1 &
printf '[directories]\nroot = "/mnt/store/lib"\nrun = "/run/crid-test"\n[cni]\nconfiguration_directory = "/tmp/cni"\n' > /tmp/crid.toml
"$share/crid" serve --config /tmp/crid.toml > /tmp/crid.log 2>&1 &
crid() { "$share/crid" "$@" --address unix:///run/crid-test/crid.sock; }
for i in $(seq 300); do crid version > /dev/null 2>&1 && break; sleep 0.1; done
crid images verify > /tmp/verify 2>&1
code=$?
result verify "$(tail -1 /tmp/verify)"
result images "$(crid images -q 2> /dev/null | sort -u | wc -l) images, $(ls /mnt/store/lib/layers 2> /dev/null | wc -l) layers, $(ls /mnt/store/lib/tmp | wc -l) leftovers"
if [ $code = 0 ]; then result state sound; else cat /tmp/verify /tmp/crid.log > "$share/results/$round.log"; result state damaged; fi
if [ "$last" = yes ]; then
  crid pull 127.0.0.1:5987/first:1 && crid pull 127.0.0.1:5987/second:1 && crid images verify | tail -1 > "$share/results/end"
  sync
  exit
fi
while true; do
  crid pull 127.0.0.1:5987/first:1 & crid pull 127.0.0.1:5987/second:1 & wait %3 %4
  crid rmi 127.0.0.1:5987/first:1
  [ $((RANDOM % 2)) = 0 ] || crid rmi 127.0.0.1:5987/second:1
done > /tmp/pulls.log 2>&1
C
}

descendants() { # descendants PID: of all depths, and only those
  local child
  for child in $(cat /proc/"$1"/task/*/children 2> /dev/null); do descendants "$child"; echo "$child"; done
}

cut_off() { # cut_off PID: kills the kernel of the machine that the script PID runs; all else of it goes with that
  local pid
  for pid in $(descendants "$1"); do
    case $(readlink "/proc/$pid/exe") in */linux.uml | */qemu-system-*) kill -9 "$pid" 2> /dev/null || true ;; esac
  done
}

prepare
write_guest
for round in $(seq "$rounds"); do
  "$vm" run "bash $share/guest.sh $share $round no" --share "$share" --timeout 120 > "$share/vm.log" 2>&1 &
  machine=$!
  pids=("$machine")
  for _ in $(seq 900); do [ ! -s "$share/results/$round.state" ] || break; kill -0 "$machine" 2> /dev/null || break; sleep 0.1; done
  [ -s "$share/results/$round.state" ] || { tail -20 "$share/vm.log" >&2; echo "round $round: the machine did not get as far as looking at the store" >&2; exit 1; }
  pause=$((RANDOM % 4000))
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  cut_off "$machine"
  wait "$machine" || true
  echo "round $round: $(cat "$share/results/$round.state"): $(cat "$share/results/$round.verify"); $(cat "$share/results/$round.images"); cut off after $pause ms of pulls"
  [ "$(cat "$share/results/$round.state")" = sound ] || { cat "$share/results/$round.log"; exit 1; }
done
"$vm" run "bash $share/guest.sh $share last yes" --share "$share" --timeout 300 > "$share/vm.log" 2>&1 || true
echo "after $rounds cuts: $(cat "$share/results/last.verify"); both images pulled: $(cat "$share/results/end")"
grep -q ' 0 damaged' "$share/results/end"
