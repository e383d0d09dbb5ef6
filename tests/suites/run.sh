#!/bin/sh
# Runs SCIM suites that others wrote against the reference bridge, with the mock behind it, and compares what they say with
# what was judged by hand. See README.md in this folder.
#
#   run.sh [--accept] [--only SUITE] [PROOFLOAD]
#
#   --accept      write what the suites say now to expected/ instead of comparing with it
#   --only SUITE  one suite alone: scim2-tester or scim-sanity
#   PROOFLOAD     the program that is both bridge and mock; else $PROOFLOAD, else target/release/proofload
#
# Packages are installed once, in exact versions, below $SUITES_DIR (default: target/suites).
# Exit codes: 0 all is as expected; 1 something differs; 2 wrong use, or something is missing here; 4 a run failed.

set -eu

TOKEN=suites-token
KEY=sk-admin-suites

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
choices="scim2-tester scim-sanity"
proofload=${PROOFLOAD:-$root/target/release/proofload}
pids=''
# A proxy would not find the bridge.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
export PYTHONDONTWRITEBYTECODE=1

main() {
    read_arguments "$@"
    need_python
    use_cache "${SUITES_DIR:-$root/target/suites}"
    install_once "$cache/python" "$(cat "$here/requirements.txt")" install_python
    trap stop EXIT
    differing=''
    for suite in $only; do
        compare "$suite" || differing="$differing $suite"
    done
    [ -z "$differing" ] || fail 1 "other results than expected of:$differing
If the new ones are right, judge each by the RFC (README.md) and run this again with --accept."
}

# python ARGUMENTS…, with the suites.
python() {
    python_of "$cache/python" "$@"
}

# Whether a suite says of the bridge what is expected.
compare() {
    got=$cache/$1.txt
    start_bridge
    began=$(date +%s)
    case $1 in
        scim2-tester) python "$here/scim2.py" "$url" $TOKEN ;;
        # It ends with 1 when something fails, which is for the comparison to judge.
        scim-sanity)
            python -m scim_sanity.cli probe "$url" --token $TOKEN --i-accept-side-effects --strict --json-output \
                > "$cache/sanity.json" || true
            python "$here/sanity.py" "$cache/sanity.json" ;;
    esac > "$got" || { cat "$got"; fail 4 "$1 did not run to its end"; }
    stop
    echo "$1: $(head -n 1 "$got") ($(($(date +%s) - began)) s)"
    agrees "$here/expected/$1.txt" "$got"
}

main "$@"
