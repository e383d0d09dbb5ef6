"""Reduces a JSON report of proofload to one line for each finding, and one for each case without any.

    python3 matrix.py REPORT.json > MATRIX.txt

What differs between two runs of the same seed is left out: ids that the server has given, values made for the run,
times. What is left is the verdict, so two reductions of an unchanged server differ only if proofload judges differently.
"""

import json
import re
import sys

RANDOM = [
    # Ids of the server: UUIDs with and without hyphens.
    (re.compile(r"\b[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}\b"), "{id}"),
    # Quoted values in filters, which hold names made from the seed.
    (re.compile(r"%22.*?%22"), "%22…%22"),
    # The one of many who is named: a crowd is created by several jobs at a time, so the order in the server varies.
    (re.compile(r"\bcrowd-\d+"), "crowd-…"),
    # The tags of names outside of filters: alice.x7k2mq@example.com.
    (re.compile(r"\b([A-Za-z]+)[. ][A-Za-z0-9]{6}@"), r"\1@"),
    # Where a parser stumbled over an id that stands in the filter without quotes.
    (re.compile(r"\bcolumn \d+"), "column …"),
    # Times of the server.
    (re.compile(r"\b\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-][0-9:]+)"), "{time}"),
]


def main(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    for line in sorted(line for case in report["scenarios"] for line in lines(case)):
        print(line)


def lines(case):
    findings = case["findings"] or [{"check": "-", "level": "-", "message": case.get("reason", "")}]
    for finding in findings:
        columns = (case["id"], case["persona"], case["outcome"], finding["check"], finding["level"], message(finding))
        yield "{:<38} {:<10} {:<15} {:<40} {:<7} {}".format(*columns).rstrip()


def message(finding):
    text = finding["message"]
    if "got" in finding and len(finding["got"]) <= 40:
        text += "; got " + finding["got"]
    for pattern, replacement in RANDOM:
        text = pattern.sub(replacement, text)
    return text


if __name__ == "__main__":
    main(*sys.argv[1:])
