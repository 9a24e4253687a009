# shellcheck shell=bash
# Sourced. A place of its own for measurements: a network namespace, a registry in it, CNI configurations and a small image.
# LAB: directory for everything; LAB_NETNS: name of the network namespace.
LAB=${LAB:-/tmp/cri-lab} # short: the sockets of terminals lie below it
LAB_NETNS=${LAB_NETNS:-cribench}
LAB_REGISTRY=127.0.0.1:5000

in_lab() { nsenter --net=/run/netns/"$LAB_NETNS" -- "$@"; }

start_in_lab() { # start_in_lab PIDFILE LOG COMMAND...: in the background; nsenter becomes the command, so the id is the command's own
  local pidfile=$1 log=$2; shift 2
  nsenter --net=/run/netns/"$LAB_NETNS" -- "$@" > "$log" 2>&1 < /dev/null &
  echo $! > "$pidfile"
}

LAB_CGROUP=/cri-bench
cgroup_directories() { # where the account of processor time of a cgroup is: every tree of v1 that has one, or the tree of v2
  local d
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo "/sys/fs/cgroup$1"; return; fi
  for d in /sys/fs/cgroup/cpuacct /sys/fs/cgroup/cpu,cpuacct; do [ ! -d "$d" ] || { echo "$d$1"; return; }; done
}

start_accounted() { # start_accounted NAME PIDFILE LOG COMMAND...: start_in_lab, in a cgroup of its own below $LAB_CGROUP/NAME
  local directory; directory=$(cgroup_directories "$LAB_CGROUP/$1/daemon"); shift
  mkdir -p "$directory"
  # shellcheck disable=SC2016 # The inner shell expands these.
  start_in_lab "$1" "$2" bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$directory" "${@:3}"
}

need() { # need COMMAND...: end with a message that names every one that is missing
  local c missing=
  for c; do command -v "$c" >/dev/null || missing="$missing $c"; done
  [ -z "$missing" ] || { echo "missing:$missing (Debian: apt install containerd runc docker-registry skopeo busybox-static jq iproute2 iptables containernetworking-plugins gcc)" >&2; return 1; }
}

lab_up() {
  need ip nsenter docker-registry skopeo busybox jq curl tar sha256sum gcc iptables || return 1
  mkdir -p "$LAB"
  [ -e /run/netns/"$LAB_NETNS" ] || ip netns add "$LAB_NETNS"
  in_lab ip link set lo up
  in_lab sysctl -qw net.ipv4.ip_forward=1
  registry_up && push_images
}

lab_down() {
  stop_pid "$LAB/registry.pid"
  [ ! -e /run/netns/"$LAB_NETNS" ] || ip netns del "$LAB_NETNS"
  find /sys/fs/cgroup -depth -type d -path "*$LAB_CGROUP*" -exec rmdir {} + 2>/dev/null
  rm -rf "${LAB:?}"
}

stop_pid() { # stop_pid FILE: ends the process whose id is in FILE, and waits for that
  local pid i
  [ -f "$1" ] || return 0
  pid=$(cat "$1")
  kill "$pid" 2>/dev/null
  for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null
  rm -f "$1"
}

wait_for() { # wait_for SECONDS COMMAND...
  local n=$(($1 * 10)); shift
  for _ in $(seq "$n"); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "did not succeed in time: $*" >&2
  return 1
}

registry_up() {
  cat > "$LAB/registry.yml" <<C
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $LAB/registry}, delete: {enabled: true}}
http: {addr: $LAB_REGISTRY, secret: bench}
C
  start_in_lab "$LAB/registry.pid" "$LAB/registry.log" docker-registry serve "$LAB/registry.yml"
  wait_for 10 in_lab curl -sf "http://$LAB_REGISTRY/v2/"
}

push_images() {
  local b=$LAB/busybox p=$LAB/pause a
  mkdir -p "$b/bin" "$b/etc" "$b/tmp" "$p"
  cp "$(command -v busybox)" "$b/bin/busybox"
  for a in sh sleep true cat echo ls env; do ln -sf busybox "$b/bin/$a"; done
  echo 'root:x:0:0:root:/:/bin/sh' > "$b/etc/passwd"
  push_image busybox "$b" '["/bin/sh"]'
  # Only containerd needs this one: crid has no pause image.
  printf '#include <signal.h>\n#include <unistd.h>\nstatic void end(int s) { _exit(s == SIGTERM || s == SIGINT ? 0 : 1); }\nint main(void) { signal(SIGTERM, end); signal(SIGINT, end); for (;;) pause(); }\n' \
    | gcc -Os -static -s -x c -o "$p/pause" -
  push_image pause "$p" '["/pause"]'
}

push_image() { # push_image NAME DIRECTORY COMMAND: one layer, as an OCI layout that skopeo sends to the registry
  local o=$LAB/oci-$1 blobs diff layer size config manifest
  blobs=$o/blobs/sha256; rm -rf "$o"; mkdir -p "$blobs"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$2" -cf "$o/layer.tar" .
  diff=$(digest "$o/layer.tar"); gzip -n "$o/layer.tar"; layer=$(digest "$o/layer.tar.gz"); size=$(stat -c %s "$o/layer.tar.gz")
  mv "$o/layer.tar.gz" "$blobs/$layer"
  jq -nc --arg d "sha256:$diff" --argjson c "$3" \
    '{architecture: "amd64", os: "linux", config: {Cmd: $c, Env: ["PATH=/bin"]}, rootfs: {type: "layers", diff_ids: [$d]}}' > "$o/config"
  config=$(digest "$o/config"); local config_size; config_size=$(stat -c %s "$o/config"); mv "$o/config" "$blobs/$config"
  jq -nc --arg c "sha256:$config" --argjson cs "$config_size" --arg l "sha256:$layer" --argjson ls "$size" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $c, size: $cs},
      layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $l, size: $ls}]}' > "$o/manifest"
  manifest=$(digest "$o/manifest"); local manifest_size; manifest_size=$(stat -c %s "$o/manifest"); mv "$o/manifest" "$blobs/$manifest"
  echo '{"imageLayoutVersion":"1.0.0"}' > "$o/oci-layout"
  jq -nc --arg d "sha256:$manifest" --argjson s "$manifest_size" \
    '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s}]}' > "$o/index.json"
  in_lab skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$o" "docker://$LAB_REGISTRY/$1:latest"
}

digest() { sha256sum "$1" | cut -d' ' -f1; }

write_cni() { # write_cni DIRECTORY BRIDGE SUBNET: bridge, host-local and portmap, as most small clusters have it
  mkdir -p "$1"
  cat > "$1/10-$2.conflist" <<C
{"cniVersion": "1.0.0", "name": "$2", "plugins": [
  {"type": "bridge", "bridge": "$2", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$1/ipam", "ranges": [[{"subnet": "$3"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
C
}
