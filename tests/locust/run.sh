#!/bin/sh
# Lets a real Locust master lead two workers of proofload against one bridge, without a web page: once to the end, and once with
# a worker that is killed on the way. What the master counted must be what the workers did. See README.md in this folder.
#
#   run.sh [--only RUN] [PROOFLOAD]
#
#   --only RUN    one run alone: whole or killed
#   PROOFLOAD     the program, built with `--features locust`; else $PROOFLOAD, else target/debug/proofload
#
# Packages are installed once, in exact versions, below $LOCUST_DIR (default: target/locust).
# Exit codes: 0 all is as expected; 1 something differs; 2 wrong use, or something is missing here; 4 a run failed.

set -eu

TOKEN=locust-token
KEY=sk-admin-locust
PEOPLE=600

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
# shellcheck source=tests/packages.sh
. "$root/tests/packages.sh"
choices="whole killed"
proofload=${PROOFLOAD:-$root/target/debug/proofload}
pids=''
# A proxy would not find the bridge.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
export PYTHONDONTWRITEBYTECODE=1

main() {
    read_arguments "$@"
    need_python
    "$proofload" load --print-locustfile >/dev/null || fail 2 "$proofload was built without Locust"
    use_cache "${LOCUST_DIR:-$root/target/locust}"
    install_once "$cache/python" "$(cat "$here/requirements.txt")" install_python
    trap stop EXIT
    start_bridge
    for run in $only; do
        began=$(date +%s)
        lead "$run"
        echo "$run: $(($(date +%s) - began)) s"
    done
}

python() {
    python_of "$cache/python" "$@"
}

# A master and two workers; what they leave lies in $cache/$1.
lead() {
    out=$cache/$1
    # The master misses a dead worker after five seconds at most, and must have the time to.
    case $1 in whole) think=0.05 ;; killed) think=0.25 ;; esac
    rm -rf "$out"
    mkdir -p "$out"
    "$proofload" load --print-locustfile > "$out/locustfile.py"
    port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    python -m locust -f "$out/locustfile.py" --master --master-bind-host 127.0.0.1 --master-bind-port "$port" --headless \
        -u 16 -r 16 -t 60s --expect-workers 2 --proofload-results "$out/found" --json-file "$out/total" \
        > "$out/master.log" 2>&1 &
    master=$!
    pids="$pids $master"
    worker "$port" "$out/a.log"
    survivor=$worker
    worker "$port" "$out/b.log"
    other=$worker
    case $1 in
        whole) ended "$other" 0 "$out/b.log" ;;
        killed)
            has_figures "$out/found/times-0-of-2.hdr"
            has_figures "$out/found/times-1-of-2.hdr"
            kill -9 "$other"
            ended "$other" 137 "$out/b.log" ;;
    esac
    ended "$survivor" 0 "$out/a.log"
    [ "$1" = whole ] || grep -q 'setting state to missing' "$out/master.log" || fail 1 "nobody was missed; see $out"
    ended "$master" 0 "$out/master.log"
    python "$here/totals.py" "$1" $PEOPLE "$out" || fail 1 "what the master counted is not what was done; see $out"
    [ "$1" = killed ] || "$proofload" merge "$out"/found/*.json > "$out/merged.txt" || fail 1 "see $out/merged.txt"
}

# One of the two; $worker is its process.
worker() {
    "$proofload" load okta-assign --people $PEOPLE --think "$think" --bridge-url "$url" --scim-token $TOKEN --scim-only \
        --locust-master "127.0.0.1:$1" > "$2" 2>&1 &
    worker=$!
    pids="$pids $worker"
}

# ended PID CODE LOG: waits for it.
ended() {
    code=0
    wait "$1" || code=$?
    [ "$code" = "$2" ] || { cat "$3"; fail 1 "exit $code instead of $2; see $3"; }
}

# Waits until the first figures of a worker have arrived.
has_figures() {
    tries=0
    until grep -q requests "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -le 150 ] || fail 4 "no figures came in $1"
        sleep 0.1
    done
}

main "$@"
