#!/usr/bin/env bash
# Builds and installs crid from this directory. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'HELP'
usage: sudo ./install.sh [--demo] [--prefix DIR] [--no-start] [--uninstall]

Builds crid and crid-keeper, installs them with what they need from the distribution, and starts them: as systemd services
where systemd runs, in the background otherwise. Running it again upgrades; pods go on running.

  --demo         then make an image from busybox on this machine, run a pod from it and show its log, address and use of resources
  --prefix DIR   install below DIR; default /usr/local
  --no-start     only install
  --uninstall    remove all pods, stop crid, and delete everything that was installed or created
  --help         this text

Installed are PREFIX/libexec/crid/, the link PREFIX/bin/crid, /etc/crid/config.toml, systemd units, and, where /etc/cni/net.d has
no network, one that gives pods addresses of 10.86.0.0/16. State is in /var/lib/crid and /run/crid.
HELP
}

say() { printf '== %s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }
die() { warn "$*"; exit 1; }

demo=no start=yes action=install prefix=/usr/local
while [ $# -gt 0 ]; do
  case $1 in
    --demo) demo=yes ;;
    --prefix) prefix=${2:?--prefix takes a directory}; shift ;;
    --no-start) start=no ;;
    --uninstall) action=uninstall ;;
    --help|-h) usage; exit 0 ;;
    *) warn "unknown option '$1'"; usage >&2; exit 2 ;;
  esac
  shift
done
[[ $prefix = /* ]] || die "--prefix takes an absolute path"
[ "$demo" = no ] || [ "$start" = yes ] || die "--demo needs a running crid: leave --no-start out"

libexec=$prefix/libexec/crid
man=$prefix/share/man
crid=$prefix/bin/crid
units=/etc/systemd/system
network=/etc/cni/net.d/10-crid.conflist
log=/var/log/crid.log
socket=/run/crid/crid.sock
demo_image=localhost/crid-demo:latest

has_systemd() { [ -d /run/systemd/system ]; }
answers() { "$crid" version --timeout 5s >/dev/null 2>&1; }

pids_of() { # pids_of PROGRAM: the processes that run exactly this file, or the one that was there before an upgrade
  local process target
  for process in /proc/[0-9]*; do
    target=$(readlink "$process/exe" 2>/dev/null) || continue
    if [ "${target% (deleted)}" = "$1" ]; then echo "${process#/proc/}"; fi
  done
}

end_processes() { # end_processes PROGRAM: SIGTERM, then after 15 s SIGKILL
  local pid tries
  for pid in $(pids_of "$1"); do
    kill -TERM "$pid" 2>/dev/null || continue
    for ((tries = 0; tries < 150; tries++)); do
      [ -d "/proc/$pid" ] && [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ] || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# ---------------------------------------------------------------- install

find_dotnet() {
  local home candidate
  home=$(getent passwd "${SUDO_USER:-root}" | cut -d: -f6)
  for candidate in "$(command -v dotnet || true)" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet "$home/.dotnet/dotnet"; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then dotnet=$candidate; break; fi
  done
  [ -n "${dotnet:-}" ] || die "the .NET SDK is missing: install the SDK of .NET 10 so that 'dotnet' is on root's PATH"
  "$dotnet" --list-sdks | grep -q '^1[0-9]\.' || die "'$dotnet' has no SDK of .NET 10 or later"
}

install_packages() { # each with a file that shows it, below any of the usual directories
  local wanted=() need package file found directory
  for need in gcc:bin/gcc zlib1g-dev:include/zlib.h runc:bin/runc iptables:bin/iptables iproute2:bin/ip \
    containernetworking-plugins:lib/cni/bridge crun:bin/crun busybox-static:bin/busybox; do
    package=${need%%:*} file=${need#*:} found=no
    for directory in /usr / /usr/local/; do
      if [ -e "$directory/$file" ] || [ -e "$directory/s$file" ]; then found=yes; fi
    done
    if [ "$package" = containernetworking-plugins ] && [ -e /opt/cni/bin/bridge ]; then found=yes; fi
    if [ "$package" = busybox-static ] && [ "$demo" = no ]; then found=yes; fi
    [ $found = yes ] || wanted+=("$package")
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null \
    || die "this is not a Debian-like system: install what your distribution calls ${wanted[*]}, then run this again"
  say "installing from the distribution: ${wanted[*]}"
  apt-get update -qq || warn "the package lists could not be refreshed; trying with those that are here"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null \
    || die "the packages could not be installed: ${wanted[*]}"
  mkdir -p "$libexec"
  printf '%s\n' "${wanted[@]}" >> "$libexec/packages"
}

build() {
  local program output=artifacts/install
  rm -rf $output
  for program in Crid.Daemon Crid.Keeper; do
    say "building $program"
    "$dotnet" publish "src/$program" -c Release -o $output --nologo -v quiet
  done
}

install_files() {
  local file
  say "installing into $libexec"
  install -d -m 755 "$libexec" "$prefix/bin"
  for file in crid crid-keeper crid-pause; do
    install -m 755 "artifacts/install/$file" "$libexec/$file"
  done
  install -m 644 artifacts/install/*.so "$libexec/"
  ln -sfn "$libexec/crid" "$crid"
  install -d -m 755 "$man/man5" "$man/man8"
  install -m 644 packaging/man/*.5 "$man/man5/"
  install -m 644 packaging/man/*.8 "$man/man8/"

  install -d -m 755 /etc/crid /etc/crid/config.toml.d
  if [ ! -e /etc/crid/config.toml ]; then
    "$crid" config default > /etc/crid/config.toml
    chmod 644 /etc/crid/config.toml
  fi
  "$crid" config check >/dev/null || die "the configuration in /etc/crid has errors; correct them and run this again"

  if [ -z "$(find /etc/cni/net.d -maxdepth 1 \( -name '*.conf' -o -name '*.conflist' -o -name '*.json' \) 2>/dev/null)" ]; then
    say "adding the pod network $network"
    install -D -m 644 packaging/cni/10-crid.conflist "$network"
  fi

  if has_systemd; then
    printf '# The keeper is a service of its own.\n[keeper]\nstart = "never"\n' > /etc/crid/config.toml.d/10-systemd.toml
    for file in crid.service crid-keeper.service; do
      sed "s|@LIBEXEC@|$libexec|g" "packaging/systemd/$file" > "$units/$file"
      chmod 644 "$units/$file"
    done
    systemctl daemon-reload
  fi
}

start_crid() {
  if has_systemd; then
    say "starting the services crid-keeper and crid"
    systemctl enable --quiet crid-keeper.service crid.service
    systemctl start crid-keeper.service
    systemctl restart crid.service || { journalctl -u crid -n 20 --no-pager >&2; die "crid does not start; see above"; }
  else
    end_processes "$libexec/crid"
    say "starting crid in the background; its log is $log"
    setsid "$libexec/crid" serve </dev/null >>"$log" 2>&1 &
  fi

  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if answers; then return 0; fi
    sleep 0.1
  done
  has_systemd && journalctl -u crid -n 20 --no-pager >&2 || tail -n 20 "$log" >&2
  die "crid does not answer on $socket; its last messages are above"
}

run_demo() {
  local archive pod=crid-demo address
  archive=$(mktemp --suffix=.tar)
  trap 'rm -f "$archive"' RETURN
  say "making the image $demo_image from this machine's busybox"
  packaging/demo/make-image.sh "$demo_image" "$archive"
  "$crid" import "$archive"

  if "$crid" inspect --type pod $pod >/dev/null 2>&1; then "$crid" rm -f $pod >/dev/null; fi
  say "crid run -d --name $pod $demo_image ..."
  "$crid" run -d --name $pod "$demo_image" sh -c '
    echo "hello from a pod: $(hostname), $(ip -4 -o addr show eth0 | awk "{print \$4}")"
    mkdir -p /www && echo "this page is served by the pod $(hostname)" > /www/index.html
    exec httpd -f -p 8080 -h /www'
  for _ in {1..50}; do
    if [ -n "$("$crid" logs $pod 2>/dev/null)" ]; then break; fi
    sleep 0.1
  done

  printf '\n'; say "crid pods"; "$crid" pods
  printf '\n'; say "crid ps"; "$crid" ps
  printf '\n'; say "crid logs $pod"; "$crid" logs $pod
  address=$("$crid" inspect --type pod $pod | sed -nE 's/^ *"ip": "([0-9a-f.:]+)".*/\1/p' | head -n 1)
  printf '\n'; say "its address is $address; GET http://$address:8080/ says"
  get "$address" 8080
  printf '\n'; say "what it uses"
  show_usage "$("$crid" inspect --type container $pod/main | sed -nE 's/^ *"pid": ([0-9]+).*/\1/p' | head -n 1)"
  printf '\n'
  say "the pod goes on: 'crid exec $pod ps', 'crid stop $pod', 'crid rm -f $pod'"
}

get() { # get ADDRESS PORT: the body of the page /
  exec 3<>"/dev/tcp/$1/$2"
  printf 'GET / HTTP/1.0\r\n\r\n' >&3
  sed '1,/^\r*$/d' <&3
  exec 3>&-
}

show_usage() { # show_usage PID: the memory of crid's processes, and memory and CPU time of the cgroup of a container's process
  local program pid memory cpu
  for program in crid crid-keeper; do
    for pid in $(pids_of "$libexec/$program"); do
      awk -v name="$program" '/^VmRSS/ { printf "  %-14s %6.1f MiB\n", name, $2 / 1024 }' "/proc/$pid/status"
    done
  done
  memory=$(cgroup_file "$1" memory memory.current memory.usage_in_bytes)
  cpu=$(cgroup_file "$1" cpuacct cpu.stat cpuacct.usage)
  [ -z "$memory" ] || awk '{ printf "  %-14s %6.1f MiB\n", "the container", $1 / 1048576 }' "$memory"
  [ -z "$cpu" ] || awk '/^usage_usec/ { us = $2 } NF == 1 { us = $1 / 1000 } END { printf "  %-14s %6.1f ms of CPU time\n", "", us / 1000 }' "$cpu"
}

cgroup_file() { # cgroup_file PID CONTROLLER V2-FILE V1-FILE: where the kernel accounts for a process
  local path
  path=$(sed -nE "s/^[0-9]+:([^:]*,)?$2(,[^:]*)?:(.*)/\\3/p" "/proc/$1/cgroup" 2>/dev/null | head -n 1)
  if [ -n "$path" ] && [ -e "/sys/fs/cgroup/$2$path/$4" ]; then echo "/sys/fs/cgroup/$2$path/$4"; return; fi
  path=$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null)
  if [ -n "$path" ] && [ -e "/sys/fs/cgroup$path/$3" ]; then echo "/sys/fs/cgroup$path/$3"; fi
}

# ---------------------------------------------------------------- uninstall

remove_pods() {
  [ -S $socket ] || [ -e /var/lib/crid/crid.db ] || return 0
  if ! answers && [ -x "$libexec/crid" ]; then
    setsid "$libexec/crid" serve </dev/null >/dev/null 2>&1 &
    local tries
    for ((tries = 0; tries < 100; tries++)); do
      if answers; then break; fi
      sleep 0.1
    done
  fi
  if ! answers; then warn "crid does not answer: pods that run are killed with its keeper"; return 0; fi
  local pods
  mapfile -t pods < <("$crid" pods -q)
  if [ ${#pods[@]} -gt 0 ]; then
    say "removing ${#pods[@]} pods"
    "$crid" rm -f "${pods[@]}" >/dev/null || warn "not all pods could be removed"
  fi
}

uninstall() {
  remove_pods
  say "stopping crid"
  if has_systemd; then
    systemctl disable --quiet --now crid.service crid-keeper.service 2>/dev/null || true
    rm -f "$units/crid.service" "$units/crid-keeper.service"
    systemctl daemon-reload
  fi
  end_processes "$libexec/crid"
  end_processes "$libexec/crid-keeper"
  end_processes "$libexec/crid-pause"

  say "deleting what was installed and created"
  awk '$5 ~ "^/(run|var/lib)/crid(/|$)" { print $5 }' /proc/self/mountinfo | tac | while read -r mount; do
    umount -l "$mount" || warn "could not unmount $mount"
  done
  local parent
  for parent in /sys/fs/cgroup/crid /sys/fs/cgroup/*/crid; do # what pods without a cgroup parent of their own were below
    [ ! -d "$parent" ] || find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null || warn "could not remove $parent"
  done
  if [ -e "$network" ] && cmp -s packaging/cni/10-crid.conflist "$network"; then
    rm -f "$network"
    rm -rf /var/lib/cni/networks/crid
    ip link delete crid0 2>/dev/null || true
    remove_port_rules
  fi
  if [ -s "$libexec/packages" ]; then
    say "packages that were installed for crid stay; to remove them: apt-get remove $(sort -u "$libexec/packages" | tr '\n' ' ')"
  fi
  rm -rf /run/crid /var/lib/crid /etc/crid /dev/shm/crid-pods "$libexec" "$crid" "$log"
  rm -f "$man"/man5/crid-config.toml.5 "$man"/man8/crid.8 "$man"/man8/crid-keeper.8
  rmdir --ignore-fail-on-non-empty "$man/man5" "$man/man8" "$man" 2>/dev/null || true
  rmdir --ignore-fail-on-non-empty "$prefix/libexec" /etc/cni/net.d /etc/cni /var/lib/cni/networks /var/lib/cni/results /var/lib/cni \
    /var/log/pods 2>/dev/null || true
  say "crid is removed"
}

remove_port_rules() { # the portmap plugin's own chains outlive its rules; they are dropped where no network is left that uses them
  [ -z "$(ls -A /etc/cni/net.d 2>/dev/null)" ] || return 0
  command -v iptables >/dev/null || return 0
  local chain rule rules
  for chain in CNI-HOSTPORT-DNAT CNI-HOSTPORT-MASQ CNI-HOSTPORT-SETMARK; do
    rules=$(iptables -w -t nat -S 2>/dev/null | sed -nE "s/^-A (.* -j $chain( .*)?)$/-D \\1/p")
    while read -r rule; do
      [ -z "$rule" ] || eval "iptables -w -t nat $rule" || true # eval: comments in the rules are quoted
    done <<< "$rules"
    if iptables -w -t nat -F $chain 2>/dev/null; then iptables -w -t nat -X $chain || true; fi
  done
}

[ "$(id -u)" = 0 ] || die "needs root: sudo ./install.sh"
if [ $action = uninstall ]; then
  uninstall
  exit 0
fi

find_dotnet
install_packages
build
install_files
if [ $start = yes ]; then
  start_crid
  "$crid" check || warn "this machine misses something that pods need; see above"
  say "crid serves the CRI on unix://$socket"
fi
[ $demo = no ] || run_demo
