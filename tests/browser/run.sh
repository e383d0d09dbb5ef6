#!/bin/sh
# Opens the pages that proofload writes in a headless Chromium, from a disk, and uses them as people do: the report of a run
# that conforms, of one that does not, and of a load run. A page that asks for anything but itself fails. See README.md.
#
#   run.sh [PROOFLOAD]
#
#   PROOFLOAD     the program that writes the pages; else $PROOFLOAD, else target/release/proofload
#
# Environment: CHROMIUM, the browser; else chromium, chromium-browser or google-chrome of this machine, else one from npm
# (x86-64 Linux only). BROWSER_DIR, where packages are installed, once and in exact versions (default: target/browser).
# SCREENSHOTS, the folder for screenshots (default: target/ci).
# Exit codes: 0 all is well; 1 something is not; 2 wrong use, or something is missing here; 4 a page was not written.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
choices=''
proofload=${PROOFLOAD:-$root/target/release/proofload}

main() {
    read_arguments "$@"
    need_node
    use_cache "${BROWSER_DIR:-$root/target/browser}"
    find_browser
    install_once "$cache/node" "$omit $(cat "$here/package-lock.json")" install_node
    [ -n "$browser" ] || unpack_browser
    mkdir -p "${SCREENSHOTS:=$root/target/ci}"
    write_pages
    cp "$here"/*.mjs "$cache/node/"
    PAGES=$cache BROWSER=$browser SCREENSHOTS=$(CDPATH='' cd -- "$SCREENSHOTS" && pwd)
    export PAGES BROWSER SCREENSHOTS
    (cd "$cache/node" && exec node --test --test-concurrency=1 --test-reporter=spec pages.test.mjs) || fail 1 'a page is not right; see above'
}

# The browser of this machine in $browser, and in $omit what need not be installed then.
find_browser() {
    browser=''
    omit=--omit=optional
    if [ -n "${CHROMIUM:-}" ]; then
        browser=$(command -v "$CHROMIUM") || fail 2 "there is no browser $CHROMIUM, which CHROMIUM names"
        return
    fi
    for name in chromium chromium-browser google-chrome; do
        browser=$(command -v $name) && return
    done
    [ "$(uname -sm)" = 'Linux x86_64' ] ||
        fail 2 'there is no Chromium here, and none on npm for this kind of machine; install one, or say CHROMIUM=/path/to/it'
    omit=--include=optional
}

install_node() {
    cp "$here/package.json" "$here/package-lock.json" "$1/"
    npm ci --silent --no-audit --no-fund "$omit" --prefix "$1"
}

# The browser from npm brings its libraries and fonts along, for machines that have none.
unpack_browser() {
    packed=$cache/node/node_modules/@sparticuz/chromium/bin
    into=$cache/node/browser
    browser=$into/chromium
    if [ ! -x "$browser" ]; then
        mkdir -p "$into"
        for part in al2023.tar fonts.tar chromium; do
            node -e '
                const { createReadStream, createWriteStream } = require("node:fs");
                const { createBrotliDecompress } = require("node:zlib");
                const { pipeline } = require("node:stream");
                pipeline(createReadStream(process.argv[1]), createBrotliDecompress(), createWriteStream(process.argv[2]),
                    (error) => { if (error) throw error; });
            ' "$packed/$part.br" "$into/$part.part" || fail 2 "$packed/$part.br cannot be unpacked"
        done
        tar -xf "$into/al2023.tar.part" -C "$into"
        tar -xf "$into/fonts.tar.part" -C "$into"
        chmod +x "$into/chromium.part"
        mv "$into/chromium.part" "$browser"
        rm "$into"/*.part
    fi
    export LD_LIBRARY_PATH="$into/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$into/fonts"
}

write_pages() {
    page conforms 0 check connection/ users/
    page fails 1 check activation/deactivate-member activation/twice connection/ \
        --bridge-cmd "'$proofload' bridge --fault deactivate-keeps-member"
    page load 0 load --people 30
}

# page NAME EXIT-CODE ARGUMENTS…
page() {
    name=$1
    wanted=$2
    shift 2
    got=0
    "$proofload" "$@" --seed 7 --report "html=$cache/$name.html" > "$cache/$name.log" 2>&1 || got=$?
    [ "$got" = "$wanted" ] || { cat "$cache/$name.log"; fail 4 "proofload $1 ended with $got and not with $wanted"; }
}

main "$@"
