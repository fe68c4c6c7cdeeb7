#!/bin/sh
# Builds the image where no Docker is. buildah reads deploy/Dockerfile; a Debian made by debootstrap stands in for the base, because no
# registry of images is asked. As root:
#     apt-get install --no-install-recommends buildah debootstrap podman runc catatonit
#     deploy/build-without-docker.sh [FOLDER]        FOLDER (default build/image) takes 2 GB
# apt and pip are used as this machine has them set up. Then: .venv/bin/python deploy/run_without_docker.py
set -eu
cd "$(dirname "$0")/.."
place=$(realpath -m "${1:-build/image}")
stand_in=localhost/khabar-base:stand-in
export BUILDAH_ISOLATION=chroot

say() { printf 'build: %s\n' "$*" >&2; }
for tool in buildah debootstrap; do
    command -v "$tool" >/dev/null || { say "$tool is not here: apt-get install --no-install-recommends buildah debootstrap podman runc catatonit"; exit 3; }
done
[ "$(id -u)" = 0 ] || { say "debootstrap needs root"; exit 3; }
mkdir -p "$place"
buildah() { command buildah --root "$place/storage" --runroot "$place/run" "$@"; }

if ! buildah inspect --type image $stand_in >/dev/null 2>&1; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
    say "making a Debian 13 with Python 3.13 (about a minute)"
    rm -rf "$place/base"
    debootstrap --variant=minbase --include=ca-certificates,python-is-python3,python3,python3-pip trixie "$place/base" "$mirror" \
        >"$place/debootstrap.log" 2>&1 || { say "debootstrap failed: $place/debootstrap.log says why"; exit 3; }
    rm -rf "$place"/base/var/cache/apt/archives/*.deb "$place"/base/var/lib/apt/lists/*
    container=$(buildah from scratch)
    buildah copy -q "$container" "$place/base" / >/dev/null
    buildah commit -q --rm "$container" $stand_in >/dev/null
    rm -rf "$place/base"
fi

# What pip needs to reach its index from inside: this machine's own files, read-only, and in no layer
set --
for path in /etc/pip.conf /etc/ssl/certs; do
    [ ! -e $path ] || set -- "$@" --volume "$path:$path:ro"
done
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' shared/version.py)
say "building khabar:$version"
buildah bud --pull-never --quiet --build-arg BASE=$stand_in "$@" --tag "khabar:$version" --file deploy/Dockerfile . >/dev/null
mounted=$(buildah from --pull-never "localhost/khabar:$version")
root=$(buildah mount "$mounted")
say "packages $(du -sm "$root/opt/packages" | cut -f1) MB ($(find "$root/opt/packages" -name '*.dist-info' -maxdepth 1 | wc -l) of them)," \
    "Khabar $(du -sm "$root/opt/khabar" | cut -f1) MB, all of it $(du -sm "$root" | cut -f1) MB"
buildah rm "$mounted" >/dev/null
