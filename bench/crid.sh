# shellcheck shell=bash
# Sourced after lab.sh. A published crid of its own in the lab's network namespace, beside whatever else runs on this machine.
# PUBLISH: directory of its programs; MORE: a file with further tables for its configuration, or nothing; RUNTIME=runc|crun.
C=$LAB/crid

crid_up() {
  [ -x "$PUBLISH/crid" ] && [ -x "$PUBLISH/crid-keeper" ] || { echo "no crid and crid-keeper in $PUBLISH (install.sh or dotnet publish makes them)" >&2; return 1; }
  mkdir -p "$C"
  write_cni "$C/cni" cridbench0 10.99.0.0/16
  cat > "$C/config.toml" <<T
[directories]
root = "$C/lib"
run = "$C/run"

[cni]
configuration_directory = "$C/cni"
plugin_directories = ["/usr/lib/cni"]
results_directory = "$C/cni-results"

[runtimes]
default = "$RUNTIME"
T
  [ -z "$MORE" ] || cat "$MORE" >> "$C/config.toml" || return 1
  start_accounted crid "$C/pid" "$C/log" "$PUBLISH/crid" serve --config "$C/config.toml"
  wait_for 20 "$PUBLISH/crid" version --address "$C/run/crid.sock" || { tail -5 "$C/log" >&2; return 1; }
}

keepers() { # ids of the keepers that run from this publish with this run directory
  local p
  for p in /proc/[0-9]*; do
    { tr '\0' ' ' < "$p/cmdline"; } 2>/dev/null | grep -q "^[^ ]*crid-keeper .*$C/run" && echo "${p#/proc/}"
  done
  return 0
}

crid_down() {
  local pid m
  # The restart scenario has put another process in the place of the one that was started here.
  if [ -f "$C/run/crid.pid" ]; then cp "$C/run/crid.pid" "$C/pid"; fi
  stop_pid "$C/pid"
  for pid in $(keepers); do kill "$pid"; done
  awk -v d="$C/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r m; do umount -l "$m"; done
}
