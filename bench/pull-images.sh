# shellcheck shell=bash
# Sourced after lab.sh. The images of the pull benchmark, one of each for every round, which share nothing: bulk:N, 300 MB in six layers, and
# files:N, 20,000 small files in one layer. What they are made of goes with the lab: removing it now would slow down the first pull.
push_pull_images() { # push_pull_images ROUNDS
  local layer file round d=$LAB/bulk
  for layer in 1 2 3 4 5 6; do
    mkdir -p "$d$layer/data$layer"
    for file in $(seq 10); do
      # A third of each file does not compress, as in programs and libraries.
      { head -c 1700000 /dev/urandom; yes "line of layer $layer, file $file, as text has them" | head -c 3500000; } > "$d$layer/data$layer/file$file"
    done
  done
  for layer in $(seq 50); do
    mkdir -p "$LAB/files/d$layer"
    for file in $(seq 160); do
      printf '%s\n' "file $file of $layer $RANDOM$RANDOM$RANDOM" > "$LAB/files/d$layer/f$file"
    done
    # 240 more, of 2,500 bytes.
    head -c 444000 /dev/urandom | base64 | head -c 600000 | split -a 3 -d -b 2500 - "$LAB/files/d$layer/s"
  done
  for round in $(seq "$1"); do
    for layer in "$d"[1-6] "$LAB/files"; do echo "$round" > "$layer/round"; done
    push_layers bulk "$round" "$d"1 "$d"2 "$d"3 "$d"4 "$d"5 "$d"6
    push_layers files "$round" "$LAB/files"
  done
}

# Images that ask for memory: window:1, a layer of 1 GB in a zstd frame with a window of 32 MiB, and layers:1, 100 layers that all come at once.
push_memory_images() {
  local layer window=$LAB/window layers=()
  mkdir -p "$window/data"
  for layer in $(seq 10); do
    { head -c 30000000 /dev/urandom; yes "line $layer of much text" | head -c 70000000; } > "$window/data/file$layer"
  done
  COMPRESS="zstd -q -1 --long=25" push_layers window 1 "$window"
  for layer in $(seq 100); do
    layers+=("$LAB/layers/$layer")
    mkdir -p "$LAB/layers/$layer/data$layer"
    head -c 2000000 /dev/urandom > "$LAB/layers/$layer/data$layer/file"
  done
  push_layers layers 1 "${layers[@]}"
}

push_layers() { # push_layers NAME TAG DIRECTORY...: a layer for each directory; COMPRESS is a filter of gzip or zstd
  local compress=${COMPRESS:-gzip -n -6} kind=gzip
  case $compress in zstd*) kind=zstd ;; esac
  local name=$1 tag=$2 o=$LAB/oci-$1-$2 directory tarball diffs=() layers=(); shift 2
  local blobs=$o/blobs/sha256; mkdir -p "$blobs"
  for directory; do
    tarball=$o/layer.tar
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$directory" -cf "$tarball" .
    diffs+=("$(digest "$tarball")")
    $compress < "$tarball" > "$tarball.z"
    layers+=("$(digest "$tarball.z") $(stat -c %s "$tarball.z")")
    mv "$tarball.z" "$blobs/$(digest "$tarball.z")"
  done
  printf '%s\n' "${diffs[@]}" | jq -Rnc '{architecture: "amd64", os: "linux", config: {Cmd: ["/bin/true"]}, rootfs: {type: "layers", diff_ids: [inputs | "sha256:" + .]}}' > "$o/config"
  local config config_size; config=$(digest "$o/config"); config_size=$(stat -c %s "$o/config"); mv "$o/config" "$blobs/$config"
  printf '%s\n' "${layers[@]}" | jq -Rnc --arg k "$kind" --arg c "sha256:$config" --argjson cs "$config_size" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $c, size: $cs},
      layers: [inputs | split(" ") | {mediaType: ("application/vnd.oci.image.layer.v1.tar+" + $k), digest: ("sha256:" + .[0]), size: (.[1] | tonumber)}]}' > "$o/manifest"
  local manifest size; manifest=$(digest "$o/manifest"); size=$(stat -c %s "$o/manifest"); mv "$o/manifest" "$blobs/$manifest"
  echo '{"imageLayoutVersion":"1.0.0"}' > "$o/oci-layout"
  jq -nc --arg d "sha256:$manifest" --argjson s "$size" \
    '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s}]}' > "$o/index.json"
  in_lab skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$o" "docker://$LAB_REGISTRY/$name:$tag"
}
