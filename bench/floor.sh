#!/bin/bash
# What the pieces of a pod cost by hand, with no daemon around them: network namespace, CNI chain (bridge with host-local, portmap),
# overlay mount, OCI runtime create, start, exec, kill and delete, CNI DEL. One at a time; prints medians in milliseconds,
# and for exec the processor time, with all that it starts.
#   floor.sh [runc|crun]      N=20: rounds
set -u
RUNTIME=${1:-runc}
N=${N:-20}
W=$(mktemp -d)
HOST=floorhost$$
CNI=/usr/lib/cni
ID='' MOUNTED='' POD=''

clean() {
  [ -z "$ID" ] || "$RUNTIME" delete -f "$ID" 2>/dev/null
  [ -z "$MOUNTED" ] || umount "$MOUNTED" 2>/dev/null
  [ -z "$POD" ] || ip netns del "$POD" 2>/dev/null
  ip netns del "$HOST" 2>/dev/null
  rm -rf "$W"
}
trap clean EXIT
trap 'exit 130' INT TERM

timed() { # timed NAME COMMAND...: runs the command and notes how long it took
  local name=$1 begin rc; shift
  begin=${EPOCHREALTIME/./}
  "$@"; rc=$?
  echo $((${EPOCHREALTIME/./} - begin)) >> "$W/$name"
  return $rc
}

bridge_config() {
  cat <<C
{"cniVersion": "1.0.0", "name": "floor", "type": "bridge", "bridge": "floor0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
 "ipam": {"type": "host-local", "dataDir": "$W/ipam", "ranges": [[{"subnet": "10.97.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]}}
C
}

portmap_config() { # portmap_config [PREVIOUS RESULT]
  echo "{\"cniVersion\": \"1.0.0\", \"name\": \"floor\", \"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}${1:+, \"prevResult\": $1}}"
}

plugin() { # plugin COMMAND TYPE: the configuration comes on standard input
  CNI_COMMAND=$1 CNI_CONTAINERID=$POD CNI_NETNS=/run/netns/$POD CNI_IFNAME=eth0 CNI_PATH=$CNI nsenter --net=/run/netns/"$HOST" "$CNI/$2"
}

add_network() {
  local result
  result=$(bridge_config | plugin ADD bridge) || { echo "$result" >&2; return 1; }
  portmap_config "$result" | plugin ADD portmap > /dev/null
}

delete_network() {
  portmap_config | plugin DEL portmap
  bridge_config | plugin DEL bridge
}

runtime_create() { "$RUNTIME" create --bundle "$W/bundle" "$ID" < /dev/null > /dev/null 2> "$W/error" || { cat "$W/error" >&2; return 1; }; }

make_bundle() {
  mkdir -p "$W/bundle/rootfs" "$W/upper-$1" "$W/work-$1"
  (cd "$W/bundle" && rm -f config.json && "$RUNTIME" spec && jq --arg n "/run/netns/$POD" \
    '.process.terminal = false | .process.args = ["/bin/sleep", "1000"]
     | .linux.namespaces |= map(if .type == "network" then . + {path: $n} else . end)' config.json > c && mv c config.json)
}

wait_stopped() {
  local i
  for i in $(seq 200); do [ "$("$RUNTIME" state "$ID" | jq -r .status)" = stopped ] && return; sleep 0.01; done
}

ip netns add "$HOST"
nsenter --net=/run/netns/"$HOST" ip link set lo up
mkdir -p "$W/lower/bin"
cp "$(command -v busybox)" "$W/lower/bin/busybox"
for a in sh sleep true; do ln -s busybox "$W/lower/bin/$a"; done

for i in $(seq "$N"); do
  POD=floor$$-$i
  timed netns ip netns add "$POD"
  timed cni-add add_network || exit 1
  make_bundle "$i"
  timed mount mount -t overlay overlay -o "lowerdir=$W/lower,upperdir=$W/upper-$i,workdir=$W/work-$i" "$W/bundle/rootfs" && MOUNTED=$W/bundle/rootfs
  ID=$POD
  timed create runtime_create || exit 1
  timed start "$RUNTIME" start "$ID"
  TIMEFORMAT='%U %S'
  { time timed exec "$RUNTIME" exec "$ID" /bin/true; } 2>> "$W/exec-processor"
  timed kill "$RUNTIME" kill "$ID" KILL
  wait_stopped
  timed delete "$RUNTIME" delete "$ID" && ID=
  timed unmount umount "$MOUNTED" && MOUNTED=
  timed cni-del delete_network
  ip netns del "$POD" && POD=
done

for name in netns cni-add mount create start exec kill delete unmount cni-del; do
  sort -n "$W/$name" | awk -v n="$name" -v r="$RUNTIME" '{ a[NR] = $1 } END { printf "%-5s %-8s %7.1f ms\n", r, n, a[int((NR + 1) / 2)] / 1000 }'
done
awk -v r="$RUNTIME" '{ sum += $1 + $2 } END { printf "%-5s %-8s %7.1f ms of processor time, mean\n", r, "exec", sum / NR * 1000 }' "$W/exec-processor"
