"""What the mock says about a run: its operations, and its journal. Read by driven.py and validate.py."""

import json
import re
import urllib.error
import urllib.request

# The most that one answer of the management API holds.
PAGE = 10_000


def operations(manage_url):
    """The names of all operations the mock knows. It lists them to whoever names one that there is not."""
    rule = {"rules": [{"operation": "?", "action": "hang"}]}
    request = urllib.request.Request(f"{manage_url}/faults", data=json.dumps(rule).encode(), method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=30):
            raise SystemExit("the mock took `?` for an operation")
    except urllib.error.HTTPError as refusal:
        said = json.load(refusal)["error"]
    unknown, *known = re.findall(r"`([^`]+)`", said)
    if unknown != "?" or len(known) < 17:
        raise SystemExit(f"the mock does not list its operations any more: {said}")
    return known


def entries(manage_url):
    """All requests for an operation that the journal has, oldest first."""
    seq = 0
    while True:
        with urllib.request.urlopen(f"{manage_url}/journal?after={seq}&limit={PAGE}", timeout=60) as answer:
            page = json.load(answer)
        if dropped := page["counts"]["dropped"]:
            raise SystemExit(f"the journal has dropped {dropped} entries; there is no telling what was in them")
        if not page["entries"]:
            return
        yield from (entry for entry in page["entries"] if entry["operation"])
        seq = page["entries"][-1]["seq"]
