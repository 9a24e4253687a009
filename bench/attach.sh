#!/bin/bash
# Measures attaching to a container of a published crid and of Debian's containerd, on this machine with the same OCI runtime and client.
#   attach.sh [--megabytes N] [--publish DIRECTORY] [--only crid|containerd] [--transport spdy|websocket]
# The container writes a file of 100-byte lines as fast as it is read from, while nobody, one client, ten clients and a client that reads
# nothing are attached; another one reads its standard input. For each: how fast the container got on by its own clock, how much of its
# output the log and the clients have, and the processor time of the daemon with its shims or its keeper. Needs root and crictl.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=bench/lab.sh
. "$HERE/lab.sh"
# shellcheck source=bench/crid.sh
. "$HERE/crid.sh"
PUBLISH=$HERE/../artifacts/bin MORE='' ONLY='' MB=300 TRANSPORT=spdy
while [ $# -gt 0 ]; do
  case $1 in
    --megabytes) MB=$2; shift 2 ;;
    --publish) PUBLISH=$2; shift 2 ;;
    --only) ONLY=$2; shift 2 ;;
    --transport) TRANSPORT=$2; shift 2 ;;
    *) sed -n 2,7p "$0"; exit 2 ;;
  esac
done
export RUNTIME=${RUNTIME:-runc} LAB LAB_NETNS
IMAGE=$LAB_REGISTRY/busybox:latest
PATIENCE=60 # seconds for what a client that reads nothing may hold up for ever

down() {
  trap '' INT TERM
  crid_down
  "$HERE/peer-containerd.sh" stop
  lab_down
}
trap down EXIT
trap 'exit 130' INT TERM

ct() { in_lab crictl --runtime-endpoint "$SOCKET" --image-endpoint "$SOCKET" --timeout 60s "$@" 2>> "$LAB/crictl.log"; }

run_container() { # run_container NAME SCRIPT STDIN_ONCE: sets POD and CONTAINER; what it has to say to the outside lies in $LAB/NAME
  SHARE=$LAB/$1
  mkdir -p "$SHARE"
  jq -nc --arg n "$1" --arg l "$LAB/logs/$1" --arg c "$LAB_CGROUP/$TARGET/pods" \
    '{metadata: {name: $n, namespace: "bench", uid: $n, attempt: 0}, log_directory: $l, linux: {cgroup_parent: $c, security_context: {namespace_options: {network: 2}}}}' > "$LAB/$1-pod.json"
  jq -nc --arg i "$IMAGE" --arg s "$2" --argjson o "$3" --arg d "$SHARE" --arg lines "$LAB/lines" \
    '{metadata: {name: "main"}, image: {image: $i}, command: ["/bin/sh", "-c", $s], log_path: "main.log", stdin: $o, stdin_once: $o, linux: {},
      mounts: [{host_path: $d, container_path: "/share"}, {host_path: $lines, container_path: "/lines", readonly: true}]}' > "$LAB/$1.json"
  POD=$(ct runp "$LAB/$1-pod.json") && CONTAINER=$(ct create "$POD" "$LAB/$1.json" "$LAB/$1-pod.json") && ct start "$CONTAINER" > /dev/null \
    || { tail -3 "$LAB/crictl.log" >&2; exit 1; }
}

cpu() { cat "$(cgroup_directories "$LAB_CGROUP/$TARGET/daemon")/cpuacct.usage" 2>/dev/null || awk '/^usage_usec/ {print $2 * 1000}' "/sys/fs/cgroup$LAB_CGROUP/$TARGET/daemon/cpu.stat"; }

seconds_between() { awk -v a="$(cat "$1")" -v b="$(cat "$2")" 'BEGIN {printf "%.2f", b - a}'; }

report() { # report NAME SECONDS CPU_NANOSECONDS REST
  awk -v t="$TARGET" -v n="$1" -v s="$2" -v c="$3" -v mb="$MB" -v r="$4" \
    'BEGIN {printf "%-11s %-26s %6.0f MB/s  %5.2f CPU s per GB  %s\n", t, n, (s > 0 ? mb / s : 0), c / 1e9 / (mb / 1000), r}'
}

output() { # output NAME CLIENTS [STOPPED]: the container writes while so many clients are attached
  local name=$1 count=$2 stopped=${3:-} slug=$TARGET-${1// /-} clients=() i before used got=0 logged
  # shellcheck disable=SC2016 # The shell of the container expands these.
  run_container "$slug" 'while [ ! -e /share/go ]; do sleep 0.05; done; read t rest < /proc/uptime; echo $t > /share/begin
    cat /lines; read t rest < /proc/uptime; echo $t > /share/end; sleep 2' false
  for i in $(seq "$count"); do
    # Not by a function: a stop signal has to reach the program itself.
    nsenter --net=/run/netns/"$LAB_NETNS" -- crictl --runtime-endpoint "$SOCKET" attach --transport "$TRANSPORT" "$CONTAINER" \
      2> /dev/null > >(wc -c > "$SHARE/got$i") & clients+=($!)
  done
  sleep 1
  [ -z "$stopped" ] || kill -STOP "${clients[0]}"
  before=$(cpu)
  touch "$SHARE/go"
  if ! wait_for $PATIENCE test -s "$SHARE/end" 2> /dev/null; then
    report "$name" 0 $(($(cpu) - before)) "the container has not got on for $PATIENCE s"
    kill -KILL "${clients[@]}" 2> /dev/null; ct rmp -f "$POD" > /dev/null
    return
  fi
  sleep 3 # the container ends, and the clients with it
  used=$(($(cpu) - before))
  for i in "${clients[@]}"; do kill -CONT "$i"; kill "$i"; done 2> /dev/null
  if [ "$count" != 0 ]; then
    wait "${clients[@]}" 2> /dev/null
    sleep 0.5
  fi
  for i in $(seq "$count"); do got=$((got + $(cat "$SHARE/got$i"))); done
  logged=$(grep -c '^[^ ]* stdout F x' "$LAB/logs/$slug/main.log")
  report "$name" "$(seconds_between "$SHARE/begin" "$SHARE/end")" "$used" \
    "logged $((logged * 100 / (MB * 10000)))%$([ "$count" = 0 ] || echo ", a client has $((got * 100 / (count * MB * 1000000)))%")"
  ct rmp -f "$POD" > /dev/null
}

input() {
  # shellcheck disable=SC2016 # The shell of the container expands these.
  run_container "$TARGET-input" 'head -c 1 > /dev/null; read t rest < /proc/uptime; echo $t > /share/begin; cat > /dev/null
    read t rest < /proc/uptime; echo $t > /share/end' true
  local before; before=$(cpu)
  head -c $((MB * 1000000)) /dev/zero | in_lab crictl --runtime-endpoint "$SOCKET" attach --transport "$TRANSPORT" -i "$CONTAINER" > /dev/null 2>&1
  wait_for $PATIENCE test -s "$SHARE/end" || return
  report "standard input" "$(seconds_between "$SHARE/begin" "$SHARE/end")" $(($(cpu) - before)) ""
  ct rmp -f "$POD" > /dev/null
}

measure() { # measure TARGET SOCKET
  TARGET=$1 SOCKET=unix://$2
  ct pull "$IMAGE" > /dev/null || { tail -3 "$LAB/crictl.log" >&2; return 1; }
  output "no client" 0
  output "one client" 1
  output "ten clients" 10
  output "a client that reads nothing" 1 stopped
  input
}

[ "$(id -u)" = 0 ] || { echo "attach.sh needs root" >&2; exit 1; }
need crictl || exit 1
lab_up || exit 1
yes "$(printf 'x%.0s' $(seq 99))" | head -n $((MB * 10000)) > "$LAB/lines"
if [ "$ONLY" != containerd ]; then
  crid_up || exit 1
  measure crid "$C/run/crid.sock"
fi
if [ "$ONLY" != crid ]; then
  socket=$("$HERE/peer-containerd.sh" start) || exit 1
  measure containerd "$socket"
fi
