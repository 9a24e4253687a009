#!/usr/bin/env bash
# Runs the host tests on another kind of machine than this one, such as a virtual one with cgroup v2 and systemd. See --help.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

usage() {
  cat <<'HELP'
usage: sudo CRID_VM=COMMAND tests/vm.sh [--drivers LIST] [--runtimes LIST] [TEST OPTION...]

Runs the host tests in a machine that COMMAND makes, once for each cgroup driver and OCI runtime. COMMAND is called with a shell command
that it has to run there as root, and '--share DIR' for each directory of this machine that must be there too, at the same path; it ends with
that command's exit status. The machine needs what the tests need: runc, crun, CNI plugins, busybox and iptables; tests that want strace, python3,
skopeo, node or promtool are skipped without. Programs of this machine that are missing there are copied when that is possible.

  --drivers LIST   cgroup drivers, by default 'cgroupfs systemd'
  --runtimes LIST  OCI runtimes, by default 'runc crun'
  TEST OPTION      passed to the test program, for example -class '*PodLife*'

Build before: 'make build publish'.
HELP
}

drivers='cgroupfs systemd' runtimes='runc crun'
while [ $# -gt 0 ]; do
  case $1 in
    --drivers) drivers=${2:?--drivers takes a list}; shift 2 ;;
    --runtimes) runtimes=${2:?--runtimes takes a list}; shift 2 ;;
    --help|-h) usage; exit 0 ;;
    *) break ;;
  esac
done
[ -n "${CRID_VM:-}" ] || { echo "tests/vm.sh: CRID_VM names no command that runs a command in another machine; see --help" >&2; exit 2; }

tests=$PWD/tests/Crid.HostTests/bin/Release/net10.0/Crid.HostTests
bin=${CRID_BIN:-$PWD/artifacts/bin}
other_runtimes=${CRID_TEST_RUNTIMES:-/opt/runtimes} # newer ones than the distribution's, which some tests use where they are there
for program in "$tests" "$bin/crid" "$bin/crid-keeper"; do
  [ -x "$program" ] || { echo "tests/vm.sh: $program is missing: run 'make build publish'" >&2; exit 1; }
done
dotnet=$(dotnet --list-runtimes | sed -n 's|^Microsoft.NETCore.App 10.* \[\(.*\)/shared/.*|\1|p' | tail -1)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
for program in /usr/bin/docker-registry /usr/bin/umoci /usr/local/bin/crictl; do
  [ ! -x "$program" ] || cp "$program" "$stage/"
done

cat > "$stage/run" <<GUEST
export DOTNET_ROOT='$dotnet' CRID_BIN='$bin' CRID_TEST_RUNTIMES='$other_runtimes'
for program in '$stage'/*; do
  name=\$(basename "\$program")
  [ "\$name" = run ] || command -v "\$name" >/dev/null || install -m 0755 "\$program" /usr/bin/
done
mount -o remount,size=90% /run # a test's log is larger than what /run has by default
# The portmap plugin believes in IPv6 NAT where the tables can be listed; those of nftables can be, even where the kernel has no NAT for them.
if ! ip6tables -t nat -N crid-probe 2>/dev/null; then update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >/dev/null 2>&1 || true; fi
ip6tables -t nat -X crid-probe 2>/dev/null || true
status=0
for driver in $drivers; do
  for runtime in $runtimes; do
    echo "== \$(uname -r), \$driver, \$(\$runtime --version | head -1)"
    CRID_LAB_CGROUP_DRIVER=\$driver CRID_LAB_RUNTIME=\$runtime '$PWD/tests/host-lab.sh' '$tests' -noLogo -noColor $([ $# = 0 ] || printf '%q ' "$@") || status=1
  done
done
exit \$status
GUEST
shares=(--share "$PWD" --share "$stage" --share "$dotnet")
[ "${bin#"$PWD"/}" != "$bin" ] || shares+=(--share "$bin")
[ ! -d "$other_runtimes" ] || shares+=(--share "$other_runtimes")
# shellcheck disable=SC2086 # CRID_VM is a command with its options.
$CRID_VM "bash '$stage/run'" "${shares[@]}"
