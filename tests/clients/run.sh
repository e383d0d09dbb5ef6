#!/bin/sh
# Drives mock-openai with OpenAI's own Python and Node clients, unmodified, over every operation it has, and validates
# every answer against OpenAI's schema if that is here. See README.md in this folder.
#
#   run.sh MOCK
#
#   MOCK  the command that starts the mock, such as target/release/mock-openai or 'target/release/proofload mock'
#
# Environment: OPENAI_ADMIN_OPENAPI, the file with OpenAI's specification in JSON; CLIENTS_DIR, where packages are
# installed, once and in exact versions (default: target/clients).
# Exit codes: 0 all is well; 1 something is not; 2 wrong use, or something is missing here.

set -eu

PYTHON_AGENT="OpenAI/Python 3.54.0"
NODE_AGENT="OpenAI/JS 6.49.0"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
mock_pid=''
# A proxy would not find the mock.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
export PYTHONDONTWRITEBYTECODE=1

main() {
    case ${1:-} in
        -h | --help) usage ;;
        '' | -*) fail 2 'which mock? see run.sh --help' ;;
    esac
    [ $# -eq 1 ] || fail 2 'one command, in quotes if it has spaces; see run.sh --help'
    need_python
    need_node
    use_cache "${CLIENTS_DIR:-$root/target/clients}"
    install_once "$cache/python" "$(cat "$here/requirements.txt")" install_python
    install_once "$cache/node" "$(cat "$here/node/package-lock.json")" install_node
    start_mock "$1"
    step python "the Python client" test_python
    step node "the Node client" test_node
    step driven "every operation, by both" python "$here/driven.py" "$MOCK_MANAGE_URL" "$PYTHON_AGENT" "$NODE_AGENT"
    validate
}

# Runs a step; its output is only shown if it fails, and is kept.
step() {
    log=$cache/$1.log
    title=$2
    shift 2
    began=$(date +%s)
    if ! "$@" > "$log" 2>&1; then
        cat "$log"
        fail 1 "$title: failed, see above"
    fi
    echo "$title: $(tail -n 1 "$log") ($(($(date +%s) - began)) s)"
}

# `set -e` does not hold inside a step, hence `&&`.
test_python() (
    cd "$here/python" && python -m pytest -q -p no:cacheprovider --color=no
)

# From the cache, where the packages are.
test_node() (
    rm -f "$cache"/node/*.mjs &&
        cp "$here"/node/*.mjs "$cache/node/" &&
        cd "$cache/node" &&
        node --test --test-concurrency=1 --test-reporter=spec . &&
        echo "$(ls -- *.test.mjs | wc -l) files passed"
)

validate() {
    if [ -z "${OPENAI_ADMIN_OPENAPI:-}" ]; then
        echo "OpenAI's schema: skipped, OPENAI_ADMIN_OPENAPI names no file"
    elif [ ! -r "$OPENAI_ADMIN_OPENAPI" ]; then
        echo "OpenAI's schema: skipped, $OPENAI_ADMIN_OPENAPI cannot be read"
    else
        step schema "OpenAI's schema" python "$here/validate.py" "$OPENAI_ADMIN_OPENAPI" "$MOCK_MANAGE_URL"
        step profiles "the other profiles" python "$here/profiles.py" "$OPENAI_ADMIN_OPENAPI" "$MOCK_MANAGE_URL"
    fi
}

# Starts the mock on free ports, and ends it whatever happens. Its first line says where it is.
start_mock() {
    rm -f "$cache/mock.out"
    trap stop_mock EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # shellcheck disable=SC2086 # the command may have arguments
    $1 --listen 127.0.0.1:0 --manage 127.0.0.1:0 --journal-bodies 1048576 > "$cache/mock.out" 2> "$cache/mock.err" &
    mock_pid=$!
    waited=0
    until [ -s "$cache/mock.out" ]; do
        kill -0 "$mock_pid" 2>/dev/null || { cat "$cache/mock.err" >&2; fail 2 "the mock does not start: $1"; }
        [ $waited -lt 100 ] || fail 2 "the mock does not say where it is: $1"
        waited=$((waited + 1))
        sleep 0.1
    done
    OPENAI_BASE_URL=$(announced openai_base_url)
    OPENAI_ADMIN_KEY=$(announced admin_key)
    MOCK_MANAGE_URL=$(announced manage_url)
    export OPENAI_BASE_URL OPENAI_ADMIN_KEY MOCK_MANAGE_URL
    unset OPENAI_API_KEY OPENAI_ORG_ID OPENAI_PROJECT_ID
}

announced() {
    python -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1" < "$cache/mock.out"
}

stop_mock() {
    [ -n "$mock_pid" ] || return 0
    kill "$mock_pid" 2>/dev/null || true
    wait "$mock_pid" 2>/dev/null || true
    mock_pid=''
}

install_node() {
    cp "$here/node/package.json" "$here/node/package-lock.json" "$1/"
    npm ci --silent --no-audit --no-fund --prefix "$1"
}

python() {
    python_of "$cache/python" "$@"
}

main "$@"
