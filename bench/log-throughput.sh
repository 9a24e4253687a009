#!/usr/bin/env bash
# log-throughput.sh [KEEPER] [MB] [DIRECTORY]: how fast crid-keeper and conmon write one container's output of 100-byte lines into a CRI log, and
# the processor time that they need for it. The "container" is a program that writes 64 KiB at a time, as fast as it is read from. DIRECTORY (default:
# a new one below /tmp) is where the logs go. Needs root, perl, and conmon for the comparison.
set -euo pipefail
KEEPER=${1:-artifacts/bin/crid-keeper} MB=${2:-1000} DIR=${3:-$(mktemp -d)}
export BLOCKS=$((MB * 1000000 / 65500))
export GENERATOR='select(undef, undef, undef, 0.5); my $b = ("x" x 99 . "\n") x 655; syswrite(STDOUT, $b) for 1 .. $ENV{BLOCKS};'

report() { # NAME TICKS SECONDS LOG
  local lines
  # conmon logs what a read leaves unfinished as a partial line; each line has one full one.
  lines=$(grep -c '^[^ ]* stdout F ' "$4")
  [ "$lines" = $((BLOCKS * 655)) ] || { echo "$1: $lines lines are in the log, $((BLOCKS * 655)) were written" >&2; exit 1; }
  perl -e 'my ($n, $t, $s, $b) = @ARGV; printf "%-12s %6.0f MB/s  %5.2f CPU s per GB\n", $n, $b * 65500 / 1e6 / $s, $t / 100 / ($b * 65500 / 1e9)' "$1" "$2" "$3" "$BLOCKS"
  rm -f "$4"
}

keeper() {
  mkdir -p "$DIR/run/io"
  "$KEEPER" --run-directory "$DIR/run" --log-level warning & local pid=$!
  while [ ! -S "$DIR/run/keeper.sock" ]; do sleep 0.05; done
  local result
  # A client of protocol version 1: hello, one Create, and the Exited event.
  result=$(perl -e '
    use Socket; use Time::HiRes "time";
    my ($dir, $pid) = @ARGV;
    sub str { defined $_[0] ? pack("V", length($_[0]) + 1) . $_[0] : pack("V", 0) }
    sub ticks { open my $f, "<", "/proc/$pid/stat"; my @s = split / /, <$f>; $s[13] + $s[14] }
    socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0); connect($s, pack_sockaddr_un("$dir/run/keeper.sock")) or die "connect: $!";
    send($s, pack("CCV", 0, 1, 0) . pack("Vvv", 0x64697263, 1, 1), 0);
    my @command = ("/bin/sh", "-c", "perl -e \"\$GENERATOR\" & echo \$! > $dir/pid");
    send($s, pack("CCV", 0, 10, 1) . str("bench") . pack("V", scalar @command) . join("", map { str($_) } @command)
      . str($dir) . str("$dir/pid") . str("$dir/run/io") . str("$dir/keeper.log") . pack("VC", 16384, 0) . str(undef)
      . pack("CCq<", 0, 0, 600_000_000), 0);
    my ($before, $start, $m);
    while (defined recv($s, $m, 65536, 0) && length $m) {
      my $type = unpack("xC", $m);
      if ($type == 3) { ($before, $start) = (ticks(), time + 0.5) }
      if ($type == 4) { printf "%d %f", ticks() - $before, time - $start; exit }
    }' "$DIR" "$pid")
  kill "$pid"; wait "$pid" || true
  # shellcheck disable=SC2086 # two words
  report crid-keeper $result "$DIR/keeper.log"
}

conmon_() {
  mkdir -p "$DIR/bundle" "$DIR/exits"
  # Stands for an OCI runtime: its create leaves the generator running.
  cat > "$DIR/runtime" <<'R'
#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --pid-file ] && pidfile=$2; shift; done
perl -e "$GENERATOR" & echo $! > "$pidfile"
R
  chmod +x "$DIR/runtime"
  conmon -c bench -u bench -n bench -r "$DIR/runtime" -b "$DIR/bundle" -p "$DIR/bundle/pid" -P "$DIR/conmon.pid" \
    -l "k8s-file:$DIR/conmon.log" --exit-dir "$DIR/exits" --socket-dir-path "$DIR/exits" --no-sync-log > /dev/null 2>&1
  while [ ! -s "$DIR/conmon.pid" ]; do sleep 0.01; done
  local result
  result=$(perl -e '
    use Time::HiRes qw(time sleep);
    my ($pid) = @ARGV; my ($start, $ticks) = (time + 0.5, 0);
    while (open my $f, "<", "/proc/$pid/stat") { my @s = split / /, <$f>; last if $s[2] eq "Z"; $ticks = $s[13] + $s[14]; sleep 0.02 }
    printf "%d %f", $ticks, time - $start' "$(cat "$DIR/conmon.pid")")
  # shellcheck disable=SC2086 # two words
  report conmon $result "$DIR/conmon.log"
}

keeper
if command -v conmon > /dev/null; then conmon_; else echo "conmon is not installed: nothing to compare with" >&2; fi
