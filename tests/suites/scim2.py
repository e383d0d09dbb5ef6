"""Runs scim2-tester against a SCIM server and prints one line a check that does not succeed, and how many do.

    python3 scim2.py URL TOKEN

The suite makes every userName of random text. A bridge to an organization that people are invited to can do nothing with
somebody who has no address, so here, and only here, the text is an address. All else is the suite as it is published.
"""

import re
import sys
import uuid
from collections import Counter

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server, filling

RANDOM = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|https?://[^\s'\"]+")


def main(url, token):
    published = filling.generate_random_value

    def with_addresses(context, path, **limits):
        value = published(context, path=path, **limits)
        return f"{uuid.uuid4()}@example.com" if value is not None and str(path).endswith("userName") else value

    filling.generate_random_value = with_addresses
    for module in list(sys.modules.values()):
        if getattr(module, "generate_random_value", None) is published:
            module.generate_random_value = with_addresses
    client = SyncSCIMClient(httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30))
    results = check_server(client)
    counts = Counter(result.status.name for result in results)
    lines = Counter(line(result) for result in results if result.status is not Status.SUCCESS)
    print(f"{counts['SUCCESS']} of {len(results)} succeed")
    for text, times in sorted(lines.items()):
        print(f"{text} (x{times})")


def line(result):
    kind = getattr(result, "resource_type", None) or "-"
    reason = " ".join((result.reason or "").split())
    return f"{result.status.name} {kind} {result.title}: {RANDOM.sub('…', reason)[:240]}"


main(*sys.argv[1:])
