#!/usr/bin/env bash
# Puts the release binary for this machine into a folder, after its checksum was compared.
# Usage: install.sh VERSION FOLDER
# PROOFLOAD_RELEASES says where releases are, instead of GitHub: a mirror, or a folder as file://…
set -euo pipefail
version=${1#v} folder=$2
releases=${PROOFLOAD_RELEASES:-https://github.com/proofload/proofload/releases/download}

case "$(uname -s) $(uname -m)" in
"Linux x86_64") machine=x86_64-unknown-linux-musl ;;
"Linux aarch64" | "Linux arm64") machine=aarch64-unknown-linux-musl ;;
*)
    echo "error: there is no release of proofload for $(uname -sm): run on Linux, or install it with cargo" >&2
    exit 2
    ;;
esac

archive=proofload-$machine.tar.gz
mkdir -p "$folder"
cd "$folder"
for file in "$archive" "$archive.sha256"; do
    curl -fsSL --retry 3 -o "$file" "$releases/v$version/$file" || {
        echo "error: cannot fetch $releases/v$version/$file" >&2
        exit 2
    }
done
sha256sum -c --quiet "$archive.sha256" || {
    echo "error: $archive is not what was released: its checksum differs" >&2
    exit 2
}
tar -xzf "$archive"
rm "$archive" "$archive.sha256"
./proofload --version
