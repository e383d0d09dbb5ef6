"""Reduces a JSON report of scim-sanity to the number of checks that pass and a line for each that does not.

python3 sanity.py REPORT.json
"""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    results = json.load(file)["results"]
passed = sum(result["status"] == "pass" for result in results)
print(f"{passed} of {len(results)} succeed")
for result in results:
    if result["status"] != "pass":
        print(f"{result['status'].upper()} {result['name']}: {' '.join(result['message'].split())}")
