#!/bin/sh
# Tests SCIM servers that others wrote, and compares what proofload says of them with what was judged by hand.
# See README.md in this folder.
#
#   run.sh [--accept] [--only SERVER] [PROOFLOAD]
#
#   --accept       write the verdicts of this run to expected/ instead of comparing with it
#   --only SERVER  one server alone: scim2-server, scimmy-express4 or scimmy-express5
#   PROOFLOAD      the program to test with; else $PROOFLOAD, else target/release/proofload
#
# Packages are installed once, in exact versions, below $THIRD_PARTIES_DIR (default: the user's cache folder).
# Exit codes: 0 the verdicts are as expected; 1 some differ; 2 wrong use, or something is missing here; 4 a run failed.

set -eu

SCIM2_SERVER=0.8.3
SCIMMY=1.3.5
SCIMMY_ROUTERS=1.3.2
EXPRESS4=4.22.3
EXPRESS5=5.3.0
SERVERS="scim2-server scimmy-express4 scimmy-express5"
SEED=7

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
cache=${THIRD_PARTIES_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/proofload-third-parties}
proofload=${PROOFLOAD:-$root/target/release/proofload}
accept=no

main() {
    read_arguments "$@"
    proofload=$(find_proofload)
    mkdir -p "$cache"
    cache=$(CDPATH='' cd -- "$cache" && pwd)
    differing=''
    for server in $SERVERS; do
        install "$server"
        compare "$server" || differing="$differing $server"
    done
    [ -z "$differing" ] || fail 1 "other verdicts than expected on:$differing
If the new ones are right, judge each by the RFC (README.md) and run this again with --accept."
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --accept) accept=yes ;;
            --only) [ $# -ge 2 ] || fail 2 '--only needs the name of a server'; SERVERS=$2; shift ;;
            -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$here/run.sh"; exit 0 ;;
            -*) fail 2 "unknown option $1; see run.sh --help" ;;
            *) proofload=$1 ;;
        esac
        shift
    done
}

find_proofload() {
    # An absolute path, since each server is started from elsewhere; a bare name is looked up in PATH.
    path=$(command -v "$proofload") || fail 2 "there is no program $proofload; build it with: cargo build --release"
    case $path in /*) echo "$path" ;; *) echo "$(pwd)/$path" ;; esac
}

# Installs the server's packages, unless the folder says that exactly these are there.
install() {
    case $1 in
        scim2-server) pins=$(cat "$here/requirements.txt") ;;
        scimmy-express4) pins="scimmy@$SCIMMY scimmy-routers@$SCIMMY_ROUTERS express@$EXPRESS4" ;;
        scimmy-express5) pins="scimmy@$SCIMMY scimmy-routers@$SCIMMY_ROUTERS express@$EXPRESS5" ;;
        *) fail 2 "unknown server $1; known: scim2-server, scimmy-express4, scimmy-express5" ;;
    esac
    folder=$cache/$1
    need_python
    case $1 in scimmy-*) need_node ;; esac
    if [ "$(cat "$folder/installed" 2>/dev/null)" != "$pins" ]; then
        echo "installing $1 in $folder"
        rm -rf "$folder"
        mkdir -p "$folder"
        case $1 in
            scim2-server) install_python "$folder" ;;
            scimmy-*) install_node "$folder" ;;
        esac || fail 2 "$1 could not be installed; see above"
        printf '%s\n' "$pins" > "$folder/installed"
    fi
    case $1 in scimmy-*) cp "$here/scimmy-server.mjs" "$folder/" ;; esac
}

install_node() {
    # shellcheck disable=SC2086 # one word for each package
    npm install --silent --no-audit --no-fund --no-package-lock --save-exact --prefix "$1" $pins
}

# The command that starts a server; proofload puts the port and the token in, and ends it.
command_of() {
    case $1 in
        scim2-server)
            if [ -d "$cache/$1/venv" ]; then
                echo "'$cache/$1/venv/bin/scim2-server' --port {port} --bearer-token {scim_token}"
            else
                echo "env 'PYTHONPATH=$cache/$1/packages' python3 '$cache/$1/packages/bin/scim2-server'" \
                    '--port {port} --bearer-token {scim_token}'
            fi ;;
        *) echo "node '$cache/$1/scimmy-server.mjs' {port} {scim_token}" ;;
    esac
}

base_path_of() {
    case $1 in scim2-server) echo /v2 ;; *) echo /scim/v2 ;; esac
}

# Whether the verdicts on a server are the expected ones. A finding is no trouble here, it is what is compared.
compare() {
    expected=$here/expected/$1.txt
    report=$cache/$1.json
    got=$cache/$1.txt
    echo "testing $1"
    rm -f "$report"
    code=0
    # From the cache folder, so that no proofload.toml of the caller has a say.
    (cd "$cache" && "$proofload" check --scim-only --bridge-cmd "$(command_of "$1")" \
        --base-path "$(base_path_of "$1")" --seed $SEED --jobs 1 --report "json=$report") > "$cache/$1.log" 2>&1 || code=$?
    case $code in
        0 | 1) ;;
        *) cat "$cache/$1.log"; fail 4 "proofload ended with exit code $code on $1" ;;
    esac
    python3 "$here/matrix.py" "$report" > "$got"
    if [ $accept = yes ]; then
        mkdir -p "$here/expected"
        cp "$got" "$expected"
        echo "wrote $expected"
    elif ! diff -u "$expected" "$got"; then
        echo "the findings in full: $cache/$1.log"
        return 1
    fi
}

main "$@"
