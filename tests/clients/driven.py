"""Says how often each client had each operation carried out; fails if one client left one out.

    driven.py MANAGE_URL AGENT [AGENT ...]

AGENT is what the client calls itself (header User-Agent), version included. An answer of 400 or more does not count.
"""

import sys
from collections import Counter

from journal import entries, operations


def main(manage_url, *agents):
    driven = Counter(
        (entry["operation"], user_agent(entry))
        for entry in entries(manage_url)
        if entry["answer"] and entry["answer"]["status"] < 400
    )
    known = operations(manage_url)
    width = max(map(len, known))
    print(" " * width, *agents, sep="  ")
    for operation in known:
        counts = (str(driven[operation, agent]).rjust(len(agent)) for agent in agents)
        print(operation.ljust(width), *counts, sep="  ")
    for agent in agents:
        if missing := [operation for operation in known if not driven[operation, agent]]:
            sys.exit(f"{agent} never had these carried out: {', '.join(missing)}")
    print(f"{len(known)} operations, {driven.total()} carried out")


def user_agent(entry):
    return dict(entry["request"]["headers"]).get("user-agent")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
