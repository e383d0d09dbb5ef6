"""totals.py RUN PEOPLE FOLDER: whether what the Locust master counted is what its workers did, request by request."""

import json
import pathlib
import sys


def main(run, people, folder):
    counted = {}
    times = {}
    for entry in json.loads(pathlib.Path(folder, "total.json").read_text()):
        label, route = entry["name"].split(" ")
        counted[f"{label} {entry['method']} {route}"] = entry["num_requests"]
        times |= entry["response_times"]
        assert sum(entry["response_times"].values()) == entry["num_requests"], entry
        assert entry["num_failures"] == 0, entry
    # Python workers send whole milliseconds; ours do not.
    assert any(float(time) % 1 for time in times), times

    found = pathlib.Path(folder, "found")
    reports = sorted(found.glob("*-of-2.json"))
    assert len(reports) == {"whole": 2, "killed": 1}[run], reports
    done = {}
    for share in ("0-of-2", "1-of-2"):
        report = found / f"{share}.json"
        exact = json.loads((found / f"times-{share}.hdr").read_text())
        if report in reports:
            steps = json.loads(report.read_text())["steps"]
            requests = {name: sum(step["statuses"].values()) + step["unanswered"] for name, step in steps.items()}
            assert requests == {name: step["requests"] for name, step in exact.items()}, (requests, exact)
            # The last blob of a worker is what its report has: nothing is lost on the way.
            assert all(steps[name]["corrected"] == step["corrected"] for name, step in exact.items()), share
        else:
            # It was killed: what it had told counts.
            requests = {name: step["requests"] for name, step in exact.items()}
            assert requests, exact
        for name, count in requests.items():
            done[name] = done.get(name, 0) + count
    assert counted == done, (counted, done)

    created = done["create POST /Users"]
    assert (created == people) == (run == "whole") and created <= people, created
    print(f"{run}: {sum(done.values())} requests, {created} of {people} people created, all counted by the master")


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
