"""The world around the organization: what happens outside the Admin API, by the mock's management API.

People answer their mail, time passes, networks fail. And the journal, which says what really reached the server.
"""

import json
import urllib.error
import urllib.parse
import urllib.request

# More than any test makes, and the most that one answer of the management API holds.
MAX_ENTRIES = 10_000


class World:
    """The management API of one mock, and where in its journal the current test began."""

    def __init__(self, manage_url):
        self._url = manage_url
        self._defaults = self._call("GET", "/settings")
        self._empty = self._call("GET", "/state")
        self._start = 0

    def begin(self):
        """A test begins."""
        self._start = self._call("GET", "/health")["last_seq"]

    def end(self):
        """All as it was before the first test, but for the journal: others read that when all is done."""
        self._call("PUT", "/faults", {"rules": []})
        self._call("PATCH", "/settings", self._defaults)
        self._call("PUT", "/state", self._empty)

    def settings(self, **changes):
        """Changes these settings of the mock, until the test ends."""
        self._call("PATCH", "/settings", changes)

    def fault(self, operation, action, hits="always", phase="before"):
        """From now on this happens to requests for the operation; takes the place of earlier faults."""
        rule = {"operation": operation, "action": action, "hits": hits, "phase": phase}
        self._call("PUT", "/faults", {"rules": [rule]})

    def hostility(self):
        """From now on all sorts of trouble that a correct client survives."""
        self._call("PUT", "/faults", {"preset": "hostile"})

    def member(self, name, role="reader"):
        """Somebody who is in the organization already; gives the user id."""
        return self._call("POST", "/users", {"email": f"{name}@example.com", "name": name.title(), "role": role})["id"]

    def managed_group(self, name):
        """A group that a directory manages, which no API call can make; gives the group id."""
        return self._call("POST", "/groups", {"name": name, "scim_managed": True})["id"]

    def other_organization(self):
        """Another organization in the same mock; gives its id and a key that opens it."""
        added = self._call("POST", "/organizations", {})
        return added["id"], added["admin_key"]

    def accept(self, invite_id, name):
        """The invited person follows the link in the mail; gives the user id."""
        return self._call("POST", f"/invites/{invite_id}/accept", {"name": name})["id"]

    def expire(self, invite_id):
        """Nobody follows the link, and time is up."""
        self._call("POST", f"/invites/{invite_id}/expire")

    def requests(self, operation=None):
        """What the journal has about the requests of this test, or about those for one operation."""
        page = self._call("GET", f"/journal?after={self._start}&limit={MAX_ENTRIES}")
        entries = [entry for entry in page["entries"] if entry["cause"] == "request"]
        return [entry for entry in entries if operation in (None, entry["operation"])]

    def waits(self, operation):
        """Seconds between one request for the operation and the next."""
        arrivals = [entry["arrived"] / 1000 for entry in self.requests(operation)]
        return [later - earlier for earlier, later in zip(arrivals, arrivals[1:])]

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None


def query(entry):
    """The decoded query of a request in the journal, as pairs in their order."""
    return urllib.parse.parse_qsl(entry["request"]["query"], keep_blank_values=True)


def header(entry, name):
    """A header of a request in the journal; the name in lower case."""
    return dict(entry["request"]["headers"]).get(name)
