#!/usr/bin/env bash
# make-image.sh NAME ARCHIVE: writes an OCI archive with a static busybox as its only content; needs no network.
set -euo pipefail
[ $# = 2 ] || { echo "usage: make-image.sh NAME ARCHIVE" >&2; exit 2; }
name=$1 archive=$2

busybox=
for candidate in /bin/busybox /usr/bin/busybox; do
  if [ -x "$candidate" ]; then busybox=$candidate; break; fi
done
[ -n "$busybox" ] || { echo "make-image.sh: busybox is not installed (package busybox-static)" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root layout=$work/layout
mkdir -p "$root"/{bin,etc,proc,sys,dev,root} "$layout/blobs/sha256"
install -d -m 1777 "$root/tmp"
install -m 755 "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r applet; do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$root/etc/passwd"
printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"

digest_of() { sha256sum "$1" | cut -d' ' -f1; }
add_blob() { # add_blob FILE: moves the file to its place in the layout and prints its digest
  local digest
  digest=$(digest_of "$1")
  mv "$1" "$layout/blobs/sha256/$digest"
  printf 'sha256:%s' "$digest"
}
size_of() { stat -c %s "$layout/blobs/sha256/${1#sha256:}"; }

case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) architecture=$(uname -m) ;;
esac

tar --directory "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/layer.tar" .
diff_id=sha256:$(digest_of "$work/layer.tar")
gzip -n "$work/layer.tar"
layer=$(add_blob "$work/layer.tar.gz")

printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
  "$architecture" "$diff_id" > "$work/config.json"
config=$(add_blob "$work/config.json")

printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%s}]}' \
  "$config" "$(size_of "$config")" "$layer" "$(size_of "$layer")" > "$work/manifest.json"
manifest=$(add_blob "$work/manifest.json")

printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
  "$manifest" "$(size_of "$manifest")" "$name" > "$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' > "$layout/oci-layout"
tar --directory "$layout" -cf "$archive" oci-layout index.json blobs
