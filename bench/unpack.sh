#!/usr/bin/env bash
# Unpacks the same archive with crid and with tar behind igzip, pigz and gzip, in turns, each time into a fresh directory. As root:
#   bench/unpack.sh [ROUNDS]        # 5 rounds unless told otherwise
# Prints uncompressed MB/s and seconds of processor time, of every round and their medians. What one has left to be written is written (sync) before the
# other's turn; the time of that is nobody's. crid also verifies both digests of the layer and keeps what is needed to write the archive again.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
rounds=${1:-5}
for need in igzip pigz gzip tar dotnet; do command -v "$need" > /dev/null || { echo "missing: $need" >&2; exit 1; }; done
[ "$(id -u)" = 0 ] || { echo "owners can be set by root alone" >&2; exit 1; }
[ -x "$here/Crid.Benchmarks/bin/Release/net10.0/Crid.Benchmarks" ] || dotnet build -c Release --nologo -v quiet "$here/Crid.Benchmarks"
# Compiled as well as it ever is on the first call, as the published program is.
export DOTNET_TieredCompilation=0 DOTNET_ReadyToRun=0
bench() { "$here/Crid.Benchmarks/bin/Release/net10.0/Crid.Benchmarks" "$@"; }

work=$(mktemp -d "${TMPDIR:-/tmp}/crid-unpack-XXXXXX")
trap 'rm -rf "$work"' EXIT
bytes=$(bench corpus "$work/layer.tar.gz")
echo "$bytes bytes, $(stat -c %s "$work/layer.tar.gz") compressed; $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg)"

# What there is to say about a turn: seconds and seconds of processor time.
turn() {
  local name=$1 directory=$2
  mkdir "$directory"
  case $name in
    crid) bench unpack "$work/layer.tar.gz" "$directory" ;;
    *) (
      TIMEFORMAT='%R %U %S'
      { time tar --numeric-owner -I "$name" -xf "$work/layer.tar.gz" -C "$directory" 2> /dev/null; } 2>&1
    ) | awk '{ printf "%.3f %.3f\n", $1, $2 + $3 }' ;;
  esac
}

names=(crid igzip pigz gzip)
cat "$work/layer.tar.gz" > /dev/null
for round in $(seq "$rounds"); do
  for name in "${names[@]}"; do
    sync
    read -r elapsed processor < <(turn "$name" "$work/$name-$round")
    echo "$name $elapsed $processor" >> "$work/turns"
    awk -v n="$name" -v r="$round" -v e="$elapsed" -v p="$processor" -v b="$bytes" 'BEGIN { printf "round %d  %-6s %6.0f MB/s  %.2f s of processor time\n", r, n, b / e / 1e6, p }'
  done
done
echo "medians:"
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
for name in "${names[@]}"; do
  elapsed=$(awk -v n="$name" '$1 == n { print $2 }' "$work/turns" | median)
  processor=$(awk -v n="$name" '$1 == n { print $3 }' "$work/turns" | median)
  awk -v n="$name" -v e="$elapsed" -v p="$processor" -v b="$bytes" 'BEGIN { printf "%-6s %6.0f MB/s  %.2f s of processor time\n", n, b / e / 1e6, p }'
done
