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

SCIMMY=1.3.5
SCIMMY_ROUTERS=1.3.2
EXPRESS4=4.22.3
EXPRESS5=5.3.0
SEED=7

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
choices="scim2-server scimmy-express4 scimmy-express5"
proofload=${PROOFLOAD:-$root/target/release/proofload}

main() {
    read_arguments "$@"
    need_python
    use_cache "${THIRD_PARTIES_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/proofload-third-parties}"
    for server in $only; do
        install "$server"
    done
    # Side by side: a single server keeps no machine busy.
    for server in $only; do
        {
            code=0
            (compare "$server") > "$cache/$server.out" 2>&1 || code=$?
            echo $code > "$cache/$server.code"
        } &
    done
    wait
    differing=''
    trouble=''
    for server in $only; do
        cat "$cache/$server.out"
        case $(cat "$cache/$server.code") in
            0) ;;
            1) differing="$differing $server" ;;
            *) trouble="$trouble $server" ;;
        esac
    done
    [ -z "$trouble" ] || fail 4 "no verdict on:$trouble"
    [ -z "$differing" ] || fail 1 "other verdicts than expected on:$differing
If the new ones are right, judge each by the RFC (README.md) and run this again with --accept."
}

# Installs the server's packages.
install() {
    case $1 in
        scim2-server) install_once "$cache/$1" "$(cat "$here/requirements.txt")" install_python ;;
        scimmy-express4) install_scimmy "$1" "express@$EXPRESS4" ;;
        scimmy-express5) install_scimmy "$1" "express@$EXPRESS5" ;;
    esac
}

install_scimmy() {
    need_node
    install_once "$cache/$1" "scimmy@$SCIMMY scimmy-routers@$SCIMMY_ROUTERS $2" install_node
    cp "$here/scimmy-server.mjs" "$cache/$1/"
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
    report=$cache/$1.json
    began=$(date +%s)
    rm -f "$report"
    code=0
    # From the cache folder, so that no proofload.toml of the caller has a say.
    (cd "$cache" && "$proofload" check --scim-only --bridge-cmd "$(command_of "$1")" \
        --base-path "$(base_path_of "$1")" --seed $SEED --jobs 1 --report "json=$report") > "$cache/$1.log" 2>&1 || code=$?
    case $code in
        0 | 1) ;;
        *) cat "$cache/$1.log"; fail 4 "proofload ended with exit code $code on $1" ;;
    esac
    python3 "$here/matrix.py" "$report" > "$cache/$1.txt"
    echo "$1: $(wc -l < "$cache/$1.txt") verdicts in $(($(date +%s) - began)) s; the findings in full: $cache/$1.log"
    agrees "$here/expected/$1.txt" "$cache/$1.txt"
}

main "$@"
