#!/bin/bash
# Measures the streams of a published crid in a place of its own (network, mount and PID namespaces of tests/host-lab.sh).
#   bench/streaming.sh [--megabytes N] [--publish DIRECTORY]
# Prints: exec up and down, port-forward down (MB/s and seconds of processor time of crid), and 1,000 short forwarded connections.
# Needs root, crictl, runc, busybox and python3.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
[ "${CRID_LAB:-}" = inside ] || exec "$HERE/../tests/host-lab.sh" "$0" "$@"
MB=1024 BIN=$HERE/../artifacts/bin
while [ $# -gt 0 ]; do
  case $1 in
    --megabytes) MB=$2; shift 2 ;;
    --publish) BIN=$2; shift 2 ;;
    *) sed -n 2,5p "$0"; exit 2 ;;
  esac
done

D=$(mktemp -d /tmp/cs-XXXXXX)
mkdir -p "$D/cni" "$D/root/bin" "$D/root/etc" "$D/root/srv" "$D/blobs"
cp "$(command -v busybox)" "$D/root/bin/busybox"
for applet in sh cat sleep true httpd dd; do ln -s busybox "$D/root/bin/$applet"; done
echo 'root:x:0:0:root:/:/bin/sh' > "$D/root/etc/passwd"
head -c $((256 << 20)) /dev/zero > "$D/big"
cat > "$D/cni/10-bench.conflist" <<C
{"cniVersion": "1.0.0", "name": "bench", "plugins": [
  {"type": "bridge", "bridge": "cridstream0", "isGateway": true, "ipam": {"type": "host-local", "dataDir": "$D/ipam", "ranges": [[{"subnet": "10.98.0.0/16"}]]}}]}
C
cat > "$D/config.toml" <<C
[directories]
root = "$D/lib"
run = "$D/run"
[cni]
configuration_directory = "$D/cni"
plugin_directories = ["/usr/lib/cni"]
results_directory = "$D/cni-results"
C
SOCKET=unix://$D/run/crid.sock
ct() { crictl --runtime-endpoint "$SOCKET" --image-endpoint "$SOCKET" --timeout 60s "$@" 2>/dev/null; }
"$BIN/crid" serve --config "$D/config.toml" > "$D/log" 2>&1 &
CRID=$!
finish() { # everything of this run names its directory
  local p
  kill "$CRID" 2>/dev/null || true; wait "$CRID" 2>/dev/null || true
  for p in /proc/[0-9]*; do if tr '\0' ' ' < "$p/cmdline" 2>/dev/null | grep -q "$D"; then kill -9 "${p#/proc/}" 2>/dev/null || true; fi; done
  awk -v d="$D/" 'index($5, d) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r m; do umount -l "$m"; done
  rm -rf "$D"
}
trap finish EXIT
for _ in $(seq 100); do "$BIN/crid" version --address "$SOCKET" >/dev/null 2>&1 && break; sleep 0.2; done

make_image() { # an OCI layout of one layer, in an archive
  local layer config manifest b=$D/layout/blobs/sha256
  mkdir -p "$b"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$D/root" -cf "$D/layer" .
  layer=$(sha256sum "$D/layer" | cut -d' ' -f1); cp "$D/layer" "$b/$layer"
  printf '{"architecture":"%s","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')" "$layer" > "$D/c"
  config=$(sha256sum "$D/c" | cut -d' ' -f1); cp "$D/c" "$b/$config"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
    "$config" "$(stat -c %s "$D/c")" "$layer" "$(stat -c %s "$D/layer")" > "$D/m"
  manifest=$(sha256sum "$D/m" | cut -d' ' -f1); cp "$D/m" "$b/$manifest"
  echo '{"imageLayoutVersion":"1.0.0"}' > "$D/layout/oci-layout"
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"bench/streaming:1"}}]}' \
    "$manifest" "$(stat -c %s "$D/m")" > "$D/layout/index.json"
  tar -C "$D/layout" -cf "$D/image.tar" .
  "$BIN/crid" import --address "$SOCKET" "$D/image.tar" >/dev/null
}

run_pod() { # run_pod NAME HANDLER: prints sandbox and container id
  local sandbox container
  printf '{"metadata":{"name":"%s","namespace":"bench","uid":"%s","attempt":0},"log_directory":"%s","linux":{"cgroup_parent":"/crid-test-stream"}}' "$1" "$1" "$D/logs" > "$D/$1.json"
  printf '{"metadata":{"name":"main"},"image":{"image":"docker.io/bench/streaming:1"},"command":["sh","-c","httpd -f -p 80 -h /srv & sleep 100000"],"log_path":"%s.log","linux":{},"mounts":[{"container_path":"/srv/big","host_path":"%s","readonly":true}]}' "$1" "$D/big" > "$D/$1-c.json"
  sandbox=$(ct runp --runtime "$2" "$D/$1.json")
  container=$(ct create "$sandbox" "$D/$1-c.json" "$D/$1.json")
  ct start "$container" >/dev/null
  echo "$sandbox $container"
}

cpu() { awk '{print ($14 + $15) / 100}' "/proc/$1/stat"; }
state() { # what must not grow
  echo "crid: $(awk '/^VmRSS/ {printf "%.1f MB RSS", $2 / 1024}' "/proc/$CRID/status"), $(find "/proc/$CRID/fd" -mindepth 1 | wc -l) descriptors, $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l) processes"
}
measure() { # measure NAME MEGABYTES COMMAND
  local before after start end
  before=$(cpu "$CRID"); start=$(date +%s.%N)
  bash -c "$3"
  end=$(date +%s.%N); after=$(cpu "$CRID")
  python3 -c "w = $end - $start; print(f'$1: {$2 * 1.048576 / w:.0f} MB/s, {w:.1f} s, crid {$after - $before:.2f} s of processor time')"
}

make_image
read -r POD CONTAINER < <(run_pod a runc)
CRICTL="crictl --runtime-endpoint $SOCKET"
export CRICTL CONTAINER
ct exec "$CONTAINER" true; state
for transport in spdy websocket; do
  measure "exec stdin, $transport" "$MB" "head -c $((MB << 20)) /dev/zero | $CRICTL exec -r $transport -i $CONTAINER sh -c 'cat > /dev/null' 2>/dev/null"
  measure "exec stdout, $transport" "$MB" "$CRICTL exec -r $transport $CONTAINER sh -c 'dd if=/dev/zero bs=65536 count=$((MB * 16)) 2>/dev/null' 2>/dev/null > /dev/null"
done
$CRICTL port-forward "$POD" 18080:80 >/dev/null 2>&1 & FORWARD=$!
for _ in $(seq 50); do curl -sf http://127.0.0.1:18080/ -o /dev/null --max-time 1; [ $? != 7 ] && break; sleep 0.1; done || true
measure "port-forward, spdy" 256 "curl -s http://127.0.0.1:18080/big -o /dev/null"
state
measure "1,000 short connections" 0 "for i in \$(seq 1000); do curl -s http://127.0.0.1:18080/none -o /dev/null; done"
kill $FORWARD; wait $FORWARD 2>/dev/null || true
sleep 6; state
