#!/usr/bin/env bash
# Bridges of other authors, in another language: every correct design must pass, every bug must be found.
# Usage: tests/bridges/run.sh [PROOFLOAD]    (default target/release/proofload)
set -uo pipefail
cd "$(dirname "$0")/../.."
proofload=${1:-${PROOFLOAD:-target/release/proofload}}
zoo="python3 tests/bridges/zoo.py"
# So many bridges at a time; most of the time they wait.
at_once=3
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# expect EXIT-CODE WHAT COMMAND FLAGS…, beside the others
expect() {
    while [ "$(jobs -rp | wc -l)" -ge $at_once ]; do wait -n; done
    told=$((${told:-0} + 1))
    judge "$results/$told" "$@" &
}

# judge FILE EXIT-CODE WHAT COMMAND FLAGS…
judge() {
    local file=$1 wanted=$2 what=$3 out code begun=$SECONDS
    shift 3
    out=$("$proofload" "$1" --seed 7 --quiet "${@:2}" 2>&1 </dev/null)
    code=$?
    if [ "$code" = "$wanted" ]; then
        printf 'ok    %-42s exit %s in %s s\n' "$what" "$code" $((SECONDS - begun))
    else
        printf 'WRONG %-42s exit %s, not %s\n%s\n' "$what" "$code" "$wanted" "$out" | tee "$file"
    fi
}

command -v python3 >/dev/null || { echo "python3 is needed for tests/bridges" >&2; exit 1; }

# The crowd of import/ takes a Python bridge a minute; one design shows it.
expect 0 lazy check --bridge-cmd "$zoo --design lazy"
for design in refuser address-id soft; do
    expect 0 "$design" check --bridge-cmd "$zoo --design $design" \
        activation/ connection/ errors/ groups/ invariants/ load/ membership/ protocol/ rename/ roles/ stories/ suites/ \
        trouble/ updates/ users/
done
expect 0 late check --bridge-cmd "$zoo --design late" rename/ suites/

# A company whose people accept after their groups were pushed, when nobody tells the bridge any more.
company="load okta-push-oin --people 30 --groups 6 --think 0 --accept 4 --settle-within 10"
for design in lazy refuser address-id soft; do
    # shellcheck disable=SC2086
    expect 0 "$design, a company" $company --bridge-cmd "$zoo --design $design"
done
# shellcheck disable=SC2086
expect 1 "lazy with forgets-invitees, a company" $company --bridge-cmd "$zoo --design lazy --bug forgets-invitees"

# The real kill -9, of a bridge that keeps its state.
expect 0 "killed and started again" check --bridge-cmd "$proofload bridge" --durable trouble/

# A bug, the design it is put into, and where it must show.
while read -r bug design filters; do
    # shellcheck disable=SC2086
    expect 1 "$design with $bug" check --settle 3 --bridge-cmd "$zoo --design $design --bug $bug" $filters
done <<'BUGS'
resend-after-lost-answer lazy errors/upstream-5xx-on-create
blind-create lazy errors/upstream-5xx-on-create
invite-survives lazy activation/deactivate-pending
seat-survives lazy activation/deactivate-member
false-is-true lazy activation/entra-string-false
first-fifty lazy membership/okta-256-in-one-patch
forgets-invitees lazy membership/pending-invitees
throttle-is-fine lazy errors/throttled-integer
hammer lazy errors/throttled-integer
moving-id lazy users/acceptance-keeps-id
role-blind lazy roles/nested-urn
owner-by-default lazy users/assign-okta-minimal
spring-cleaning lazy connection/entra-probe-other-attributes
group-takes-people lazy groups/delete
remove-means-all lazy membership/entra-remove-value-array
plain-errors lazy connection/wrong-token
echo-invites lazy users/echo-put
chatty-error lazy errors/ connection/upstream-key-revoked
case-matters lazy users/match-ignores-case
no-match-404 lazy connection/entra-guid-probe
no-match-404 lazy connection/entra-group-probe
forgets-groups lazy activation/entra-returns-to-groups
seat-survives lazy activation/entra-delete-member
blind-create lazy users/invited-by-hand
role-blind lazy roles/put-without-role
BUGS

wait
# Whoever was wrong left a file.
[ -z "$(ls "$results")" ]
