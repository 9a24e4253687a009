#!/usr/bin/env bash
# Builds everything, installs what the tests need, and runs them all. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'HELP'
usage: sudo ./test.sh [--unit] [--host] [--filter CLASS]

Runs the unit tests (no root, no network) and the host tests, which run real pods as root: runc, crun, CNI plugins,
docker-registry. Host tests live in network, mount and PID namespaces of their own, so nothing outside them changes.

  --unit          only the unit tests
  --host          only the host tests
  --filter CLASS  only host test classes whose full name matches, for example '*PodLife*'
  --help          this text

What is missing is installed from the distribution when run as root. The last line is 'N passed, N failed'.
HELP
}

unit=yes host=yes filter=
while [ $# -gt 0 ]; do
  case $1 in
    --unit) host=no ;;
    --host) unit=no ;;
    --filter) filter=${2:?--filter takes a class name}; shift ;;
    --help|-h) usage; exit 0 ;;
    *) echo "test.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

say() { printf '\n== %s\n' "$*"; }
die() { echo "test.sh: $*" >&2; exit 1; }

command -v dotnet >/dev/null || die "the .NET SDK is missing: install .NET 10 so that 'dotnet' is on PATH"
logs=artifacts/test-logs
rm -rf "$logs"; mkdir -p "$logs"

install_packages() { # what the host tests and the native link need, by the file that shows it
  local wanted=() need
  for need in gcc:/usr/bin/gcc zlib1g-dev:/usr/include/zlib.h runc:/usr/sbin/runc crun:/usr/bin/crun \
    containernetworking-plugins:/usr/lib/cni/bridge docker-registry:/usr/bin/docker-registry skopeo:/usr/bin/skopeo \
    umoci:/usr/bin/umoci "libisal2:/usr/lib/$(uname -m)-linux-gnu/libisal.so.2" busybox-static:/usr/bin/busybox iptables:/usr/sbin/iptables iproute2:/usr/bin/ip strace:/usr/bin/strace procps:/usr/bin/kill hostname:/usr/bin/hostname jq:/usr/bin/jq npm:/usr/bin/npm bsdutils:/usr/bin/script; do
    [ -e "${need#*:}" ] || [ -e "/bin/$(basename "${need#*:}")" ] || [ -e "/sbin/$(basename "${need#*:}")" ] || wanted+=("${need%%:*}")
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "missing packages: ${wanted[*]}; run as root to have them installed"
  command -v apt-get >/dev/null || die "missing programs of the packages ${wanted[*]}; install them with your distribution's package manager"
  say "installing ${wanted[*]}"
  apt-get update -qq
  # Installing must not start daemons of these packages on this machine.
  local policy=/usr/sbin/policy-rc.d made=no
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' > $policy; chmod 755 $policy; made=yes; fi
  local status=0
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >"$logs/apt.log" 2>&1 || status=$?
  [ $made = no ] || rm -f $policy
  [ $status = 0 ] || { tail -20 "$logs/apt.log" >&2; die "the packages could not be installed"; }
}

install_clients() { # streaming clients of other authors, by the lock file beside their script
  local status=0
  [ -x /usr/bin/npm ] || [ -x /usr/local/bin/npm ] || return 0
  (cd tests/interop && npm ci --no-audit --no-fund) >"$logs/npm.log" 2>&1 || status=$?
  [ $status = 0 ] || { tail -5 "$logs/npm.log" >&2; echo "test.sh: the streaming clients could not be installed; their tests are skipped" >&2; }
}

passed=0 failed=0 skipped=0
total_of() { # total_of LOG FIELD: a number of the runner's summary, 0 without one
  local number; number=$(sed -nE "s/.*[ ,]$2: ([0-9]+).*/\\1/p" "$1" | tail -1); echo "${number:-0}"
}
run_tests() { # run_tests NAME LIMIT COMMAND...: runs a built test project for so long at most, keeps its log, adds its totals
  local name=$1 limit=$2 log=$logs/$1.log status=0 total bad skips; shift 2
  timeout --foreground --kill-after=30s "$limit" "$@" -noLogo -noColor >"$log" 2>&1 || status=$?
  [ $status != 124 ] && [ $status != 137 ] || echo "$name was ended: it should have been done within $limit" | tee -a "$log"
  total=$(total_of "$log" Total); skips=$(total_of "$log" Skipped)
  bad=$(( $(total_of "$log" Failed) + $(total_of "$log" Errors) ))
  if [ $status != 0 ] && [ "$bad" = 0 ]; then bad=1; total=$((total + 1)); fi # it ended without a summary
  passed=$((passed + total - bad - skips)); failed=$((failed + bad)); skipped=$((skipped + skips))
  [ "$bad" = 0 ] && [ "$skips" = 0 ] || grep -vE '^ *(Discover|Start|Finish)' "$log" || true
  printf '%-32s %s\n' "$name" "$(tail -1 "$log" | sed -E 's/^ *[^ ]+ +//')"
}

install_packages
say "building"
dotnet build Cri.sln -c Release --nologo -v quiet

if [ $unit = yes ]; then
  say "unit tests"
  for project in tests/*.Tests/; do
    name=$(basename "$project")
    [ "$name" = Crid.HostTests ] || run_tests "$name" 10m "tests/$name/bin/Release/net10.0/$name"
  done
fi

if [ $host = yes ]; then
  [ "$(id -u)" = 0 ] || die "host tests need root: run 'sudo ./test.sh', or './test.sh --unit'"
  say "publishing crid and crid-keeper"
  for program in Crid.Daemon Crid.Keeper; do
    dotnet publish "src/$program" -c Release -o artifacts/bin --nologo -v quiet
  done
  install_clients
  say "host tests"
  run_tests Crid.HostTests 40m tests/host-lab.sh tests/Crid.HostTests/bin/Release/net10.0/Crid.HostTests ${filter:+-class "$filter"}
fi

echo
[ $skipped = 0 ] || echo "$skipped skipped; the reasons are above"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
