#!/usr/bin/env bash
# The README's "From nothing to a failing CI job", word for word: its commands are taken from there and run in an empty
# folder beside the poor bridge. Only `cargo install` is spared, because the program is given.
# Usage: tests/bridges/newcomer.sh [PROOFLOAD]    (default target/release/proofload)
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
proofload=$(realpath "${1:-${PROOFLOAD:-target/release/proofload}}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { printf 'WRONG %s\n' "$*" >&2; exit 1; }

mapfile -t commands < <(sed -n '/^## From nothing/,/^## /p' README.md | sed -n '/^```sh/,/^```/p' | grep -v '^```')
[ "${#commands[@]}" = 3 ] || fail "the README has ${#commands[@]} commands, not 3"
case ${commands[0]} in "cargo install "*) ;; *) fail "the first is not cargo install: ${commands[0]}" ;; esac

mkdir -p "$folder/bin" "$folder/repository/tests"
ln -s "$proofload" "$folder/bin/proofload"
ln -s "$root/tests/bridges" "$folder/repository/tests/bridges"
cd "$folder/repository"
export PATH="$folder/bin:$PATH"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

bash -c "${commands[1]}" | tee "$folder/init"
grep -q "SCIM answers at /scim;" "$folder/init" || fail "the base path was not found"
[ -s .github/workflows/proofload.yml ] || fail "there is no workflow"

# As the job runs it. What is not there after two seconds will not come: nothing here works in the background.
code=0
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$folder/summary.md" PROOFLOAD_SETTLE=2 \
    bash -c "${commands[2]}" >"$folder/check" 2>"$folder/progress" || code=$?
[ "$code" = 1 ] || { cat "$folder/check" "$folder/progress"; fail "exit $code, not 1"; }

# What a person would want to be told about this bridge.
for told in "fails most often: " "no-secrets" "is still a member" "was answered 2"; do
    grep -q -- "$told" "$folder/check" || fail "nothing is said of: $told"
done
grep -q "^::error title=" "$folder/check" || fail "there are no annotations"
grep -q "^### ❌ proofload: " "$folder/summary.md" || fail "the job has no summary"
for page in index.html junit.xml summary.md; do
    [ -s "proofload-report/$page" ] || fail "there is no proofload-report/$page"
done
grep -q 'class="picture"' proofload-report/index.html || fail "the page has no picture"
python3 -c 'import sys, xml.dom.minidom as d; d.parse("proofload-report/junit.xml")' || fail "the JUnit report is no XML"
printf 'ok    %s (%s)\n' "from nothing to a failing CI job" "$(tail -n 1 <(grep "cases found" "$folder/check"))"
