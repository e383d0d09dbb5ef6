#!/usr/bin/env python3
"""Five SCIM bridges in one program, each correct, each with other legitimate habits.

They keep the referee honest: none of them shares a line, a type or an idea with the reference bridge, so
a finding against one of them is either a defect here or a false accusation there. `--bug` plants one
mistake that real authors make. See README.md beside this file.

    python3 zoo.py --design lazy|refuser|address-id|soft|late [--bug NAME]

Environment: PORT, OPENAI_BASE_URL, OPENAI_ADMIN_KEY, SCIM_TOKEN, STATE_DIR. Base path: /scim/v2.

How it works, for all: a record holds what the identity provider wants (`doc`, `members`), and
`settle` makes the organization agree, always looking before it writes. That one function serves the
bridges that write before they answer and those that write afterwards.
"""

import argparse
import base64
import copy
import email.utils
import hmac
import json
import math
import os
import re
import secrets
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/scim/v2"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OPENAI = "urn:ietf:params:scim:schemas:extension:openai:2.0:User"
API = "urn:ietf:params:scim:api:messages:2.0:"
ROLES = ("reader", "owner")
WORK_BUDGET = 45.0  # seconds for one SCIM request; Okta hangs up after 60
CALL_LIMIT = 10.0  # seconds for one call upstream
BODY_LIMIT = 4 << 20


# ----------------------------------------------------------------------------- designs and bugs


@dataclass(frozen=True)
class Design:
    """Where the bridges differ. Each choice is one that a careful author could make."""

    ids: str = "uuid"  # uuid | base64 | address
    patch_user: int = 204  # status of a PATCH answer
    patch_group: int = 204
    discovery: bool = True
    upstream_truth: bool = False  # lists also show people and groups nobody pushed
    queue: bool = False  # answer first, write afterwards
    rest: float = 0.05  # seconds between two rounds of what is due
    poll: float = 0.0  # seconds between looks for acceptance; 0: only when a request comes in
    refuse_pending: bool = False  # a pending person cannot be put into a group
    refuse_returning: bool = False  # POST for an inactive person is a conflict
    refuse_member_rename: bool = False  # upstream cannot change an address
    refuse_unknown_member: bool = False  # else: ignored
    recreate_group: bool = True  # a group deleted by hand is made again; else 404
    simple_filters: bool = False
    fold_user_name: bool = False
    exact_role: bool = False
    mail_first: bool = False  # invites go to the mail address even if userName is an address
    put_resets: bool = False  # PUT without role or members clears them
    strict: bool = True  # insist on PatchOp and on arrays where arrays belong
    patience: float = 0.0  # seconds to sit out a 429
    tries: int = 1  # attempts when upstream breaks, each after looking
    max_page: int = 1000
    busy: int = 429  # SCIM status when upstream throttles
    broken: int = 503  # … when it breaks
    denied: int = 502  # … when it refuses our key


DESIGNS = {
    "lazy": Design(discovery=False, strict=False, max_page=200),
    "refuser": Design(
        ids="base64", patch_user=200, patch_group=200, refuse_pending=True, refuse_returning=True,
        refuse_member_rename=True, refuse_unknown_member=True, recreate_group=False, simple_filters=True,
        fold_user_name=True, exact_role=True, mail_first=True, put_resets=True, broken=500, denied=500,
    ),
    "address-id": Design(
        ids="address", patch_user=200, upstream_truth=True, poll=0.5, recreate_group=False, strict=False,
        patience=5.0, tries=3, denied=503,
    ),
    "soft": Design(patch_user=200, queue=True, poll=0.25, refuse_unknown_member=True, busy=503),
}
DESIGNS["late"] = replace(DESIGNS["soft"], rest=0.4)

BUGS = {
    "resend-after-lost-answer": "repeats an invite whose answer got lost without looking first",
    "blind-create": "invites without looking whether the person is there already",
    "invite-survives": "a deactivated invitee keeps the invite",
    "seat-survives": "a deactivated member keeps the seat",
    "false-is-true": 'reads the string "False" as true',
    "first-fifty": "takes only the first 50 members of a group PATCH",
    "forgets-invitees": "drops members who have not accepted yet, and says nothing",
    "throttle-is-fine": "answers 201 although upstream throttled the invite, and forgets it",
    "hammer": "repeats a throttled call at once, many times",
    "moving-id": "the SCIM id is the invite's id until acceptance and the user's afterwards",
    "role-blind": "never looks at openai_role",
    "owner-by-default": "invites owners when no role is sent",
    "spring-cleaning": "removes unknown people when the user list is read",
    "group-takes-people": "deleting a group removes its members from the organization",
    "remove-means-all": "PATCH remove with a list of members empties the group",
    "plain-errors": "errors are plain text",
    "echo-invites": "every PUT of an invitee sends the invite anew",
    "chatty-error": "puts the upstream key into an error's detail",
    "reading-invites": "GET of a person without a valid invite sends one",
    "sleepy-groups": "GET /Groups takes 90 seconds",
    "amnesia": "keeps everything in memory",
    "case-matters": "Alice@ and alice@ are two people",
    "forgets-groups": "deactivation takes a person out of the groups for good",
    "no-match-404": "a filter without a match answers 404",
}


class Scim(Exception):
    """An answer that is an error."""

    def __init__(self, status, detail, kind=None, wait=None):
        super().__init__(detail)
        self.status, self.detail, self.kind, self.wait = status, detail, kind, wait


# ----------------------------------------------------------------------------- upstream


class Upstream(Exception):
    """Upstream did not do what was asked."""


class Refused(Upstream):
    """A clear no: nothing happened."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Throttled(Upstream):
    def __init__(self, wait):
        super().__init__("OpenAI is throttling")
        self.wait = wait


class Denied(Upstream):
    """Our key is not good."""


class Broken(Upstream):
    """No usable answer. The request may or may not have had its effect."""


class OpenAI:
    """The Admin API: calls, pages, and the memory of which route is cooling down."""

    def __init__(self, design, bug):
        self.base = os.environ["OPENAI_BASE_URL"].rstrip("/")
        self.key = os.environ["OPENAI_ADMIN_KEY"]
        self.design, self.bug = design, bug
        self.cooling = {}
        self.key_refused = -math.inf  # when it was last refused
        self.turn = threading.local()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def begin(self, budget=WORK_BUDGET, patience=None):
        self.turn.deadline = time.monotonic() + budget
        self.turn.patience = self.design.patience if patience is None else patience

    def get(self, path, query=()):
        for attempt in range(2 + self.design.tries):  # reading again is free of risk
            try:
                return self.call("GET", path, query=query)
            except Broken:
                if attempt == 1 + self.design.tries or self.left() < 5:
                    raise
                time.sleep(0.1 * 2**attempt)
        raise AssertionError

    def post(self, path, body):
        return self.call("POST", path, body)

    def delete(self, path):
        """True if it was there."""
        try:
            self.call("DELETE", path)
            return True
        except Refused as no:
            if no.status == 404:
                return False
            raise

    def pages(self, path, limit, query=()):
        rows, after, seen = [], None, set()
        while True:
            more = [("after", after)] if after else []
            page = self.get(path, [*query, ("limit", limit), *more])
            data = page.get("data") or []
            rows += data
            after = page.get("next") or page.get("last_id") or (data[-1].get("id") if data else None)
            if not page.get("has_more"):
                return rows
            if not data or not after or after in seen:
                raise Broken("a list upstream has no end")
            seen.add(after)

    def people(self, addresses):
        """Members with one of these addresses. A server that ignores the filter does no harm."""
        wanted = sorted({a.lower() for a in addresses})
        found = []
        for start in range(0, len(wanted), 50):
            chunk = wanted[start : start + 50]
            rows = self.pages("/organization/users", 100, [("emails[]", a) for a in chunk])
            found += [u for u in rows if (u.get("email") or "").lower() in chunk]
        return found

    def invites(self):
        return [i for i in self.pages("/organization/invites", 100) if i.get("status") == "pending"]

    def left(self):
        return getattr(self.turn, "deadline", time.monotonic() + WORK_BUDGET) - time.monotonic()

    def wait_for(self, route):
        return max(0.0, self.cooling.get(route, 0.0) - time.monotonic())

    def longest_wait(self):
        now = time.monotonic()
        return max((until - now for until in list(self.cooling.values())), default=0.0)

    def call(self, method, path, body=None, query=()):
        route = method + " " + re.sub(r"(users|invites|groups)/[^/]+", r"\1/{id}", path)
        for _ in range(40):
            wait = self.wait_for(route)
            if wait > 0 and self.bug != "hammer":
                if wait > getattr(self.turn, "patience", 0.0):
                    raise Throttled(wait)
                self.turn.patience -= wait
                time.sleep(wait)
            try:
                return self.once(method, path, body, query)
            except Throttled as busy:
                self.cooling[route] = time.monotonic() + busy.wait
        raise Throttled(1.0)

    def once(self, method, path, body, query):
        url = self.base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if self.left() <= 0:
            raise Broken("out of time")
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=min(CALL_LIMIT, max(1.0, self.left()))) as answer:
                result = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise self.problem(method, path, error) from None
        except (OSError, ValueError, EOFError, urllib.error.URLError) as error:
            raise Broken(f"OpenAI gave no usable answer ({type(error).__name__})") from None
        except Exception as error:  # http.client has its own family of protocol errors
            raise Broken(f"OpenAI broke the connection ({type(error).__name__})") from None
        self.key_refused = -math.inf
        if not isinstance(result, dict):
            raise Broken("OpenAI answered something else than an object")
        return result

    def problem(self, method, path, error):
        try:
            text = error.read(65536).decode("utf-8", "replace")
        except Exception:
            text = ""
        try:
            inner = json.loads(text)["error"]
            message = inner["message"] if isinstance(inner, dict) else str(inner)
        except (ValueError, KeyError, TypeError):
            message = f"status {error.code}"
        message = message.replace(self.key, "(key)")[:300]
        if error.code == 429:
            return Throttled(retry_after(error.headers.get("Retry-After"), message))
        if error.code == 401 or (error.code == 403 and (method == "GET" or "scope" in message)):
            if error.code == 401 or not path.startswith("/organization/groups"):  # else only groups are out of reach
                self.key_refused = time.monotonic()
            return Denied("OpenAI does not accept the bridge's admin key")
        if error.code >= 500 or error.code == 408:
            return Broken(f"OpenAI answered {error.code}")
        return Refused(error.code, message)


def retry_after(header, message):
    """Seconds to wait: the header as a number or a date, else the text, else a guess."""
    if header:
        try:
            return max(0.0, float(header))
        except ValueError:
            pass
        try:
            then = email.utils.parsedate_to_datetime(header)
            return max(1.0, (then - datetime.now(timezone.utc)).total_seconds())
        except (TypeError, ValueError):
            pass
    found = re.search(r"(\d+(?:\.\d+)?)\s*s(?:ec|\b)", message)
    return float(found.group(1)) if found else 2.0


# ----------------------------------------------------------------------------- state


class Store:
    """Records in memory and, one JSON line per change, in a file. A line is written before its answer."""

    def __init__(self, folder, address, fold):
        self.lock = threading.RLock()
        self.user, self.group, self.spent = {}, {}, {}
        self.claims, self.names, self.groups_of = {}, {}, defaultdict(set)
        self.address, self.fold, self.file, self.serial = address, fold, None, 0
        self.changed = threading.Event()
        if folder:
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, "zoo.jsonl")
            if os.path.exists(path):
                with open(path, "rb") as lines:
                    for line in lines:
                        if line.endswith(b"\n"):  # the last one may be torn
                            self.apply(json.loads(line))
                        else:
                            os.truncate(path, os.path.getsize(path) - len(line))
            self.file = open(path, "ab", buffering=0)

    def next(self):
        with self.lock:
            self.serial += 1
            return self.serial

    def save(self, *changes):
        with self.lock:
            if self.file:
                self.file.write(json.dumps(changes).encode() + b"\n")
            self.apply(changes)
        self.changed.set()

    def apply(self, changes):
        for kind, key, record in changes:
            table = getattr(self, kind)
            old = table.get(key)
            if kind == "user":
                for claim in self.claims_of(old):
                    if self.claims.get(claim) == key:
                        del self.claims[claim]
                for claim in self.claims_of(record):
                    self.claims[claim] = key
            if kind == "group":
                if old and self.names.get(old["doc"]["displayName"].lower()) == key:
                    del self.names[old["doc"]["displayName"].lower()]
                for member in (old or {}).get("members", []):
                    self.groups_of[member].discard(key)
                if record and not record.get("gone"):
                    self.names[record["doc"]["displayName"].lower()] = key
                    for member in record["members"]:
                        self.groups_of[member].add(key)
            if record is None:
                table.pop(key, None)
            else:
                table[key] = record
                if isinstance(record, dict):
                    self.serial = max(self.serial, record.get("seq", 0))

    def claims_of(self, record):
        """Every spelling under which this person must not be created a second time."""
        if not record or record.get("gone"):
            return set()
        doc = record["doc"]
        return {self.fold(c) for c in (doc["userName"], self.address(doc), *record["places"])}

    def holder(self, *names):
        with self.lock:
            for name in names:
                if self.fold(name) in self.claims:
                    return self.user[self.claims[self.fold(name)]]
        return None

    def groups_with(self, uid):
        """Not while a group is being saved: its members are taken out and put in again."""
        with self.lock:
            return sorted(self.groups_of[uid])

    def visible(self, kind):
        with self.lock:
            rows = [r for r in getattr(self, kind).values() if not r.get("gone")]
        return sorted(rows, key=lambda r: r["seq"])


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


# ----------------------------------------------------------------------------- documents

KNOWN = {
    k.lower(): k
    for k in (
        "userName externalId displayName nickName profileUrl title userType preferredLanguage locale timezone "
        "active name emails phoneNumbers ims photos addresses entitlements roles x509Certificates openai_role "
        "members"
    ).split()
}
PLURAL = {"emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates"}
READ_ONLY = {"id", "meta", "schemas", "groups", "password"}


def key_of(mapping, name):
    """The key of `mapping` that spells `name` in whatever case, or `name` as it should be spelt."""
    for key in mapping:
        if key.lower() == name.lower():
            return key
    return KNOWN.get(name.lower(), name)


def split_urn(name):
    """('urn', 'attr') of a qualified name; a bare extension has attr ''; an unqualified one has urn ''."""
    if not name.lower().startswith("urn:"):
        return "", name
    if re.search(r":(User|Group)$", name, re.I):
        urn, attr = name, ""
    else:
        urn, _, attr = name.rpartition(":")
    return ("" if urn.lower().startswith(CORE.lower()) and attr else urn), attr


def as_bool(value):
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise Scim(400, "active must be true or false", "invalidValue")


def clean(value):
    """Without nulls, and with real booleans for `primary`."""
    if isinstance(value, dict):
        value = {k: clean(v) for k, v in value.items() if v is not None}
        for key in value:
            if key.lower() == "primary" and isinstance(value[key], str):
                value[key] = value[key].lower() == "true"
        return value
    if isinstance(value, list):
        return [clean(v) for v in value if v is not None]
    return value


def text_of(value, what):
    if not isinstance(value, str) or not value.strip() or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise Scim(400, f"{what} must be a text", "invalidValue")
    return value


def manager(value):
    """Entra sends a list, an object or a bare id; nothing means no manager."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        value = {"value": value}
    if isinstance(value, dict) and value.get("value"):
        return clean({k: v for k, v in value.items() if k != "displayName"})
    return None


class Reader:
    """Turns what identity providers send into documents, and documents into what they expect."""

    def __init__(self, design, bug):
        self.design, self.bug = design, bug

    def truth(self, value):
        if self.bug == "false-is-true" and isinstance(value, str):
            return bool(value)
        return as_bool(value)

    def plural(self, attr, value):
        if value in (None, ""):
            return []
        if isinstance(value, dict) and not self.design.strict:
            value = [value]
        if not isinstance(value, list):
            raise Scim(400, f"{attr} must be an array", "invalidValue")
        value = [{"value": v} if isinstance(v, str) else v for v in value if v is not None]
        if not all(isinstance(v, dict) for v in value):
            raise Scim(400, f"{attr} must hold objects", "invalidValue")
        return [clean(v) for v in value]

    def put(self, doc, attr, value):
        """Sets one top-level attribute; null and "" unassign it."""
        attr = KNOWN.get(attr.lower(), attr)
        if attr == "openai_role":
            set_role(doc, "", self.role(value))
        elif attr == "userName":
            doc[attr] = text_of(value, attr)
        elif attr == "active":
            if value is not None:
                doc[attr] = self.truth(value)
        elif value is None or value == "":
            doc.pop(attr, None)
        elif attr in PLURAL:
            doc[attr] = one_primary(self.plural(attr, value))
        elif attr == "name":
            if not isinstance(value, dict):
                raise Scim(400, "name must be an object", "invalidValue")
            doc[attr] = clean(value)
        elif attr in ("externalId", "displayName"):
            doc[attr] = text_of(value, attr)
        elif attr == "manager":
            self.extend(doc, ENTERPRISE, attr, value)
        else:
            doc[attr] = clean(value)

    def extend(self, doc, urn, attr, value):
        """Sets one attribute of an extension."""
        if attr.lower() == "openai_role":
            return set_role(doc, urn, self.role(value))
        inner = doc.setdefault(key_of(doc, urn), {})
        attr = key_of(inner, attr)
        if attr == "manager":
            value = manager(value)
        if value is None or value == "":
            inner.pop(attr, None)
        else:
            inner[attr] = clean(value)
        if not inner:
            del doc[key_of(doc, urn)]

    def role(self, value):
        if value is None:
            return None
        folded = value.lower() if isinstance(value, str) and not self.design.exact_role else value
        if folded not in ROLES:
            raise Scim(400, f"openai_role must be one of {', '.join(ROLES)}", "invalidValue")
        return folded

    def user(self, body, before=None):
        """The document of a POST or PUT body; `before` is what a PUT replaces."""
        if not isinstance(body, dict):
            raise Scim(400, "a user must be an object", "invalidSyntax")
        doc, roles = {}, []
        flat = []
        for key, value in body.items():
            urn, attr = split_urn(key)
            if key.lower() in READ_ONLY:
                continue
            if urn and not attr:  # a whole extension, or the core schema by its full name
                if value is None:
                    continue
                if not isinstance(value, dict):
                    raise Scim(400, f"{urn} must be an object", "invalidValue")
                flat += [("" if urn.lower() == (CORE + "User").lower() else urn, a, v) for a, v in value.items()]
            else:
                flat.append((urn, attr, value))
        for urn, attr, value in flat:
            if attr.lower() == "openai_role":
                if value is not None:
                    roles.append((urn, self.role(value)))
            elif urn:
                self.extend(doc, urn, attr, value)
            elif attr.lower() not in READ_ONLY:
                self.put(doc, attr, value)
        if "userName" not in doc:
            raise Scim(400, "userName is required", "invalidValue")
        held = find_role(before) if before else (None, None)
        fresh = [r for r in roles if r[1] != held[1]] or roles
        if fresh:
            set_role(doc, *fresh[0])
        elif held[1]:
            set_role(doc, held[0], "reader" if self.design.put_resets else held[1])
        doc.setdefault("active", before["active"] if before else True)
        self.address(doc)
        return doc

    def address(self, doc):
        """Where an invite goes."""
        mails = sorted(
            (m for m in doc.get("emails", []) if "@" in str(m.get("value", ""))),
            key=lambda m: (m.get("primary") is not True, str(m.get("type", "")).lower() != "work"),
        )
        options = [doc["userName"]] if "@" in doc["userName"] else []
        options = [m["value"] for m in mails[:1]] + options if self.design.mail_first else options + [
            m["value"] for m in mails[:1]
        ]
        if not options or not re.fullmatch(r"[^@\s]{1,192}@[^@\s]{1,253}", options[0].strip()):
            raise Scim(400, "a person needs a mail address, as userName or in emails", "invalidValue")
        return options[0].strip()


def one_primary(rows):
    primary = [r for r in rows if r.get("primary") is True]
    for row in primary[:-1]:
        row["primary"] = False
    return rows


def find_role(doc):
    """(urn, role), wherever it was pushed; (None, None) if it never was."""
    if "openai_role" in doc:
        return "", doc["openai_role"]
    for key, value in doc.items():
        if key.lower().startswith("urn:") and isinstance(value, dict) and "openai_role" in value:
            return key, value["openai_role"]
    return None, None


def set_role(doc, urn, role):
    """The role lives in one place only, so that an echo can never contradict itself."""
    held, _ = find_role(doc)
    if held == "":
        del doc["openai_role"]
    elif held:
        del doc[held]["openai_role"]
        if not doc[held]:
            del doc[held]
    if role is None:
        if held is None:
            return
        role = "reader"  # taken away explicitly: back to the least
    if urn:
        doc.setdefault(key_of(doc, urn), {})["openai_role"] = role
    else:
        doc["openai_role"] = role


# ----------------------------------------------------------------------------- filters

TOKEN = re.compile(r'\s*(\(|\)|\[|\]|"(?:[^"\\]|\\.)*"|[^\s()\[\]"]+)')
EXACT = {"id", "externalid", "value", "$ref", "members"}


class Filter:
    """RFC 7644 §3.4.2.2: parsed once, asked per resource."""

    def __init__(self, text):
        self.tokens, at = [], 0
        text = text.strip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise Scim(400, "the filter cannot be read", "invalidFilter")
            self.tokens.append(found.group(1))
            at = found.end()
            if len(self.tokens) > 400:
                raise Scim(400, "the filter is too long", "invalidFilter")
        self.at, self.paths, self.equals, self.depth = 0, [], [], 0
        self.test = self.either()
        if self.at != len(self.tokens):
            raise self.bad()

    def bad(self):
        return Scim(400, "the filter cannot be read", "invalidFilter")

    def peek(self):
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else ""

    def take(self, expected=None):
        if self.at >= len(self.tokens) or (expected and self.peek() != expected):
            raise self.bad()
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self):
        tests = [self.both()]
        while self.peek() == "or":
            self.take()
            tests.append(self.both())
        return lambda r: any(t(r) for t in tests)

    def both(self):
        tests = [self.one()]
        while self.peek() == "and":
            self.take()
            tests.append(self.one())
        return lambda r: all(t(r) for t in tests)

    def one(self):
        self.depth += 1
        if self.depth > 200:
            raise self.bad()
        if self.peek() == "not":
            self.take()
            self.take("(")
            inner = self.either()
            self.take(")")
            return lambda r: not inner(r)
        if self.peek() == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        path = self.take()
        if not re.fullmatch(r"[A-Za-z$][\w$.:-]*", path):
            raise self.bad()
        self.paths.append(path)
        if self.peek() == "[":
            return self.value_path(path)
        return self.compare(path, lambda r, p=path: values(r, p))

    def value_path(self, path):
        self.take("[")
        inner = self.either()
        self.take("]")
        matching = lambda r: [v for v in values(r, path, whole=True) if isinstance(v, dict) and inner(v)]
        if self.peek().startswith("."):
            sub = self.take()[1:]
            return self.compare(sub, lambda r: [x for v in matching(r) for x in values(v, sub)])
        return lambda r: bool(matching(r))

    def compare(self, path, read):
        operator = self.take().lower()
        if operator == "pr":
            return lambda r: any(v not in (None, "", [], {}) for v in read(r))
        if operator not in ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"):
            raise self.bad()
        wanted = literal(self.take())
        if operator in ("gt", "ge", "lt", "le") and (isinstance(wanted, bool) or wanted is None):
            raise Scim(400, f"{operator} cannot order that", "invalidFilter")
        if operator == "eq":
            self.equals.append((path, wanted))
        exact = path.rpartition(":")[2].rpartition(".")[2].lower() in EXACT

        def same(value):
            if isinstance(value, bool) or isinstance(wanted, bool):
                return str(value).lower() == str(wanted).lower()
            if isinstance(value, str) and isinstance(wanted, str):
                return order(*((value, wanted) if exact else (value.lower(), wanted.lower())))
            if isinstance(value, (int, float)) and isinstance(wanted, (int, float)):
                return order(value, wanted)
            return False

        def order(a, b):
            if operator in ("co", "sw", "ew") and not isinstance(a, str):
                return False
            return {
                "eq": lambda: a == b, "co": lambda: b in a, "sw": lambda: a.startswith(b),
                "ew": lambda: a.endswith(b), "gt": lambda: a > b, "ge": lambda: a >= b,
                "lt": lambda: a < b, "le": lambda: a <= b,
            }[operator]()

        if operator == "ne":
            operator = "eq"
            return lambda r: not any(same(v) for v in read(r)) if wanted is not None else bool(read(r))
        if wanted is None:
            return lambda r: operator == "eq" and not read(r)
        return lambda r: any(same(v) for v in read(r))


def literal(token):
    if token.startswith('"'):
        try:
            return json.loads(token, strict=False)
        except ValueError:
            raise Scim(400, "the filter cannot be read", "invalidFilter") from None
    if token in "()[]":
        raise Scim(400, "the filter cannot be read", "invalidFilter")
    lowered = token.lower()
    if lowered in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[lowered]
    try:
        return float(token) if re.fullmatch(r"-?\d+(\.\d+)?", token) and len(token) < 16 else token
    except ValueError:
        return token  # old Entra jobs do not quote ids


def values(resource, path, whole=False):
    """Everything `path` leads to. A bare multi-valued attribute means its `value`."""
    urn, attr = split_urn(path)
    found = [resource]
    for step in ([urn] if urn else []) + [s for s in attr.split(".") if s]:
        found = [v[key_of(v, step)] for v in found if isinstance(v, dict) and key_of(v, step) in v]
        found = [x for v in found for x in (v if isinstance(v, list) else [v])]
    if not whole:
        found = [v.get("value") if isinstance(v, dict) else v for v in found]
    return [v for v in found if v is not None]


# ----------------------------------------------------------------------------- PATCH

PATH = re.compile(r"(?P<name>[A-Za-z$][\w$-]*)(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>[A-Za-z$][\w$-]*))?$", re.S)


def operations(body, strict):
    """[(op, path or None, value, whether there was a value)]"""
    if not isinstance(body, dict):
        raise Scim(400, "a PATCH must be an object", "invalidSyntax")
    schemas = body.get("schemas")
    if strict and (not isinstance(schemas, list) or API + "PatchOp" not in schemas):
        raise Scim(400, "a PATCH needs the PatchOp schema", "invalidSyntax")
    steps = body.get(key_of(body, "Operations"))
    if not isinstance(steps, list) or not steps:
        raise Scim(400, "a PATCH needs Operations", "invalidSyntax")
    result = []
    for step in steps:
        if not isinstance(step, dict):
            raise Scim(400, "an operation must be an object", "invalidSyntax")
        op = step.get(key_of(step, "op"))
        if not isinstance(op, str) or op.lower() not in ("add", "remove", "replace"):
            raise Scim(400, "op must be add, remove or replace", "invalidSyntax")
        path, op = step.get("path"), op.lower()
        if path is not None and not isinstance(path, str):
            raise Scim(400, "path must be a text", "invalidPath")
        if op == "remove" and not path:
            raise Scim(400, "remove needs a path", "noTarget")
        if op != "remove" and "value" not in step:
            raise Scim(400, f"{op} needs a value", "invalidValue")
        result.append((op, path or None, step.get("value"), step.get("value") is not None))
    return result


def flatten(steps):
    """Path-less operations become one operation an attribute; what is read-only in them is skipped."""
    for op, path, value, given in steps:
        if path is not None:
            yield op, path, value, given
            continue
        if not isinstance(value, dict):
            raise Scim(400, f"{op} without a path needs an object", "invalidValue")
        for name, inner in value.items():
            urn, attr = split_urn(name)
            if name.lower() in READ_ONLY:
                continue
            if urn and not attr and isinstance(inner, dict):
                for sub, deep in inner.items():
                    yield op, f"{urn}:{sub}", deep, True
            else:
                yield op, name, inner, True


def parse_path(path):
    urn, rest = "", path.strip()
    if rest.lower().startswith("urn:"):
        head, bracket, tail = rest.partition("[")
        if re.search(r":(User|Group)$", head, re.I) and not bracket:
            return head, None, None, None
        urn, _, name = head.rpartition(":")
        rest = name + bracket + tail
        if urn.lower().startswith(CORE.lower()):
            urn = ""
    found = PATH.fullmatch(rest)
    if not found:
        raise Scim(400, f"the path {path[:80]!r} cannot be read", "invalidPath")
    where = None
    if found["filter"] is not None:
        try:
            where = Filter(found["filter"])
        except Scim:
            raise Scim(400, f"the path {path[:80]!r} cannot be read", "invalidPath") from None
    return urn, found["name"], where, found["sub"]


def patch_user(reader, doc, body):
    doc = copy.deepcopy(doc)
    for op, path, value, _ in flatten(operations(body, reader.design.strict)):
        urn, name, where, sub = parse_path(path)
        if op == "remove":
            value = None
        if name is None:
            if value is not None and not isinstance(value, dict):
                raise Scim(400, f"{urn} must be an object", "invalidValue")
            for attr in list(value or doc.get(key_of(doc, urn), {})):
                reader.extend(doc, urn, attr, (value or {}).get(attr))
        elif urn:
            if sub:
                inner = dict(doc.get(key_of(doc, urn), {}).get(name) or {})
                value = {**inner, sub: value}
            reader.extend(doc, urn, name, value)
        else:
            patch_attribute(reader, doc, op, KNOWN.get(name.lower(), name), where, sub, value)
    reader.address(doc)
    return doc


def patch_attribute(reader, doc, op, name, where, sub, value):
    if name.lower() in ("id", "meta", "groups", "schemas"):
        raise Scim(400, f"{name} is read-only", "mutability")
    if name.lower() == "password":
        return
    if op == "remove" and name == "userName":
        raise Scim(400, "userName is required", "mutability")
    if name in PLURAL:
        return patch_plural(reader, doc, op, name, where, sub, value)
    if where:
        raise Scim(400, f"{name} has a single value", "invalidPath")
    if sub or (name == "name" and isinstance(value, dict)):
        inner = dict(doc.get(name) or {})
        for attr, part in ({sub: value} if sub else value).items():
            if part in (None, ""):
                inner.pop(key_of(inner, attr), None)
            else:
                inner[key_of(inner, attr)] = part
        value = inner or None
    reader.put(doc, name, value)


def patch_plural(reader, doc, op, name, where, sub, value):
    rows = doc.get(name, [])
    if where is None and sub is None:
        fresh = reader.plural(name, value)
        if op == "add":
            fresh = rows + [r for r in fresh if r not in rows]
        rows = fresh
    else:
        hits = [r for r in rows if where is None or where.test(r)]
        if op == "remove" and sub is None:
            rows = [r for r in rows if r not in hits]
        elif op == "remove" or value in (None, ""):
            for row in hits:
                row.pop(sub, None) if sub else rows.remove(row)
        else:
            if not hits:  # Entra expects the element to appear
                hits = [{k: v for k, v in (where.equals if where else [])}]
                rows = rows + hits
            if sub is None and not isinstance(value, dict):
                raise Scim(400, f"{name} must hold objects", "invalidValue")
            for row in hits:
                row.update(clean({sub: value} if sub else value))
        if any(h.get("primary") is True for h in hits):
            for row in rows:
                if row not in hits and row.get("primary") is True:
                    row["primary"] = False
    if rows:
        doc[name] = one_primary(rows)
    else:
        doc.pop(name, None)


def member_ids(value):
    if value is None:
        return []
    rows = value if isinstance(value, list) else [value]
    ids = []
    for row in rows:
        found = row if isinstance(row, str) else row.get("value") if isinstance(row, dict) else None
        if not isinstance(found, str) or not found or (isinstance(row, dict) and "operation" in row):
            raise Scim(400, "a member must be an object with the person's id as value", "invalidValue")
        if found not in ids:
            ids.append(found)
    return ids


def patch_group(bug, doc, members, body, strict):
    doc, members = copy.deepcopy(doc), list(members)
    for op, path, value, given in flatten(operations(body, strict)):
        urn, name, where, _ = parse_path(path)
        name = (name or "").lower()
        if name == "members" and not urn:
            if bug == "first-fifty" and isinstance(value, list):
                value = value[:50]
            if where:
                if op != "remove":
                    raise Scim(400, "members can only be removed by a filter", "invalidPath")
                members = [m for m in members if not where.test({"value": m})]
            elif op == "remove":
                leaving = member_ids(value)
                if not given or bug == "remove-means-all":
                    leaving = members
                members = [m for m in members if m not in leaving]
            else:
                fresh = member_ids(value)
                members = fresh if op == "replace" else members + [m for m in fresh if m not in members]
        elif name in ("id", "meta", "schemas"):
            raise Scim(400, f"{name} is read-only", "mutability")
        elif name == "displayname":
            if op == "remove":
                raise Scim(400, "displayName is required", "mutability")
            doc["displayName"] = group_name(value)
        elif name == "externalid":
            if op == "remove" or value in (None, ""):
                doc.pop("externalId", None)
            else:
                doc["externalId"] = text_of(value, "externalId")
    return doc, members


def group_name(value):
    if len(text_of(value, "displayName")) > 255:
        raise Scim(400, "displayName is longer than 255 characters", "invalidValue")
    return value


# ----------------------------------------------------------------------------- the bridge


class Bridge:
    def __init__(self, design, bug):
        self.design, self.bug = design, bug
        self.api = OpenAI(design, bug)
        self.reader = Reader(design, bug)
        fold = (lambda s: s) if bug == "case-matters" else str.lower
        folder = None if bug == "amnesia" else os.environ.get("STATE_DIR")
        self.store = Store(folder, self.reader.address, fold)
        self.locks, self.locks_lock = defaultdict(threading.RLock), threading.Lock()
        self.catching_up = threading.Lock()
        self.strikes = defaultdict(int)
        self.arrivals = set()  # people whose acceptance was noticed, and who may be due in other groups than that one
        self.snapshots = {}
        self.rest_until = 0.0
        if design.poll:
            threading.Thread(target=self.work, daemon=True).start()

    def alone(self, key):
        """Locks are taken in this order: a person's id, then a name, then a group."""
        with self.locks_lock:
            return self.locks[key]

    # -- people -----------------------------------------------------------------

    def settle_person(self, rec, seen=None):
        """Makes the organization agree with `rec`; returns it with what was learnt upstream.

        `seen` is a look taken a moment ago for many people at once: (addresses, members, invites).
        """
        doc, rec = rec["doc"], dict(rec)
        target, places = self.reader.address(doc), rec["places"]
        wanted = doc["active"] and not rec.get("gone")
        role = None if self.bug == "role-blind" else find_role(doc)[1]
        mine = {a.lower() for a in ([target] if wanted or not places else []) + places}
        tries = 0
        for _ in range(8):
            members, pending = [], []
            if not (self.bug == "blind-create" and wanted and not places):
                members, pending = self.look(mine, seen if wanted else None)
            seen = None
            own = [m for m in members if m["id"] == rec["member"]]
            own = own or [m for m in members if m["email"].lower() in [p.lower() for p in places]] or members
            good = [i for i in pending if i["email"].lower() == target.lower() and role in (None, i["role"])]
            try:
                if not wanted:
                    if self.bug != "invite-survives":
                        self.drop(pending, rec)
                    for member in own if self.bug != "seat-survives" else []:
                        self.write("DELETE", f"/organization/users/{member['id']}", rec)
                    return {**rec, "places": [], "member": None, "dirty": None}
                if own:
                    self.drop(pending, rec)
                    if role and own[0].get("role") != role:
                        self.write("POST", f"/organization/users/{own[0]['id']}", rec, {"role": role})
                    return {**rec, "places": [own[0]["email"]], "member": own[0]["id"], "dirty": None}
                self.drop([i for i in pending if i not in good[:1]], rec)
                if good:
                    return {**rec, "places": [target], "member": None, "dirty": None}
                self.note_place(rec, target)
                tries += 1
                self.invite(target, role, rec)
                return {**rec, "places": [target], "member": None, "dirty": None}
            except Refused as no:
                if "already" not in str(no).lower():
                    raise
            except Broken:
                rec["wrote"] = True
                if tries > self.design.tries:
                    raise
                tries += 1
                time.sleep(0.2 * tries)
                if tries > self.design.tries and not self.arrived(wanted, mine, target):
                    raise
        raise Broken("OpenAI contradicts itself about this person")

    def look(self, addresses, seen=None):
        """(members, pending invites) with these addresses."""
        if seen and addresses <= seen[0]:
            people, invites = seen[1:]
        else:
            people, invites = self.api.people(addresses), self.api.invites()
        at = lambda row: (row.get("email") or "").lower() in addresses
        return [m for m in people if at(m)], [i for i in invites if at(i)]

    def arrived(self, wanted, mine, target):
        """The last look after a lost answer: is it worth another round, which will find all well?"""
        members, pending = self.look(mine)
        if wanted:
            return bool(members) or any(i["email"].lower() == target.lower() for i in pending)
        return not members and not pending

    def write(self, method, path, rec, body=None):
        if method == "DELETE":
            self.api.delete(path)
        else:
            self.api.post(path, body)
        rec["wrote"] = True

    def drop(self, invites, rec):
        for invite in invites:
            self.write("DELETE", f"/organization/invites/{invite['id']}", rec)

    def invite(self, address, role, rec):
        role = role or ("owner" if self.bug == "owner-by-default" else "reader")
        body = {"email": address, "role": role}
        try:
            made = self.api.post("/organization/invites", body)
        except Broken:
            if self.bug != "resend-after-lost-answer":
                raise
            made = self.api.post("/organization/invites", body)
        except Throttled:
            if self.bug != "throttle-is-fine":
                raise
            made = {}
        rec["wrote"], rec["invite"] = True, made.get("id")

    def note_place(self, rec, target):
        """An invite that may go astray must be findable after a crash."""
        held = self.store.user.get(rec["id"])
        rec["places"] = list(dict.fromkeys([*rec["places"], target]))
        if held and target not in held["places"]:
            self.store.save(("user", rec["id"], {**held, "places": rec["places"]}))

    def keep_person(self, rec, touched=True):
        """Saves a settled person; whoever just turned out to be a member is due in the groups."""
        rec = {k: v for k, v in rec.items() if k != "wrote"}
        old = self.store.user.get(rec["id"])
        if touched and (not old or old["doc"] != rec["doc"]):
            rec["modified"] = now()
        self.store.save(("user", rec["id"], rec))
        if rec["member"] and not (old and old["member"]):
            self.settle_groups_of(rec["id"])
        return rec

    def settle_groups_of(self, uid, but=None):
        for gid in self.store.groups_with(uid):
            if gid == but:
                continue
            with self.alone("group:" + gid):
                group = self.store.group.get(gid)
                if group and not group.get("gone"):
                    self.try_group(group)

    def change_person(self, old, doc):
        """Old record, wanted document -> saved record. On failure the old document stays."""
        new = {**old, "doc": doc}
        if self.design.queue:
            return self.keep_person({**new, "settled": old.get("settled"), "dirty": 0})
        try:
            return self.keep_person(self.settle_person(new))
        except Upstream as trouble:
            held = self.store.user.get(old["id"])
            if held and not isinstance(trouble, (Refused, Denied)):
                later = time.time() + 5 + getattr(trouble, "wait", 0)
                self.store.save(("user", old["id"], {**held, "dirty": later}))
            raise

    def new_id(self, kind, doc):
        if self.design.ids == "uuid":
            return str(uuid.uuid4())
        if self.design.ids == "base64":
            return base64.b64encode(f"{kind}:{secrets.token_hex(5)}".encode()).decode()
        return self.address_id(self.reader.address(doc))

    def address_id(self, address):
        """The address itself; an id that was used once is never given to anybody else."""
        times = self.store.spent.get(address.lower(), 0)
        return address.lower() + (f"#{times + 1}" if times else "")

    def person(self, uid):
        """A person by SCIM id; a bridge that shows upstream truth also knows people nobody pushed."""
        rec = self.store.user.get(uid)
        if rec is None and self.bug == "moving-id":
            rec = next((r for r in self.store.visible("user") if self.shown_id(r) == uid), None)
        if rec and not rec.get("gone"):
            return rec
        if rec is None and self.design.upstream_truth and "@" in uid:
            address = uid.partition("#")[0]
            if not self.store.holder(address) and self.address_id(address) == uid:
                for stranger in self.strangers(address):
                    return stranger
        raise Scim(404, "there is no such user")

    def strangers(self, address=None):
        """People of the organization who were never pushed."""
        if address:
            members = self.api.people([address])
            invites = [i for i in self.api.invites() if (i.get("email") or "").lower() == address.lower()]
        else:
            members, invites = self.api.pages("/organization/users", 100), self.api.invites()
        found = {}
        rows = [(u, u["id"], u.get("added_at", 0)) for u in members]
        rows += [(i, None, i.get("created_at", 0)) for i in invites]
        for row, member, since in rows:
            mail = row.get("email")
            if not mail or row.get("is_service_account") or self.store.holder(mail) or mail.lower() in found:
                continue
            given, _, family = (row.get("name") or mail.partition("@")[0]).partition(" ")
            stamp = datetime.fromtimestamp(since, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            doc = {
                "userName": mail, "active": True, "displayName": row.get("name") or mail,
                "name": {"givenName": given, "familyName": family or given},
                "emails": [{"value": mail, "type": "work", "primary": True}],
            }
            found[mail.lower()] = {
                "id": self.address_id(mail), "seq": since, "doc": doc, "created": stamp, "modified": stamp,
                "member": member, "places": [mail], "stranger": True,
            }
        return sorted(found.values(), key=lambda r: (r["seq"], r["id"]))

    def adopt(self, rec):
        """A stranger becomes ours as soon as the identity provider writes to it."""
        if rec.get("stranger"):
            rec = {k: v for k, v in rec.items() if k != "stranger"} | {"seq": self.store.next()}
            self.store.save(("user", rec["id"], rec))
        return rec

    def create_user(self, body):
        doc = self.reader.user(body)
        name, address = doc["userName"], self.reader.address(doc)
        with self.alone("name:" + address.lower()):
            holder = self.store.holder(name, address)
            if holder:
                returning = not holder["doc"]["active"] and not self.design.refuse_returning
                if not returning:
                    raise Scim(409, "there is already a user with this name or address", "uniqueness")
                with self.alone("user:" + holder["id"]):
                    return 201, self.change_person(self.store.user[holder["id"]], doc)
            stamp = now()
            rec = {
                "id": self.new_id("user", doc), "seq": self.store.next(), "doc": doc, "created": stamp,
                "modified": stamp, "member": None, "places": [],
            }
            if self.design.queue:
                return 201, self.keep_person({**rec, **self.absorb(address), "dirty": 0})
            if not doc["active"]:
                return 201, self.keep_person(rec)
            return 201, self.keep_person(self.settle_person(rec))

    def absorb(self, address):
        """Somebody deleted a moment ago comes back before the queue got to it: forget the deletion."""
        for rec in list(self.store.user.values()):
            spots = [self.reader.address(rec["doc"]), *rec["places"]]
            if rec.get("gone") and address.lower() in [s.lower() for s in spots]:
                with self.alone("user:" + rec["id"]):
                    rec = self.store.user.get(rec["id"], rec)
                    self.store.save(("user", rec["id"], None))
                    return {"member": rec["member"], "places": rec["places"]}
        return {}

    def update_user(self, uid, make):
        uid = self.person(uid)["id"]
        with self.alone("user:" + uid):
            old = self.adopt(self.person(uid))
            doc = make(old["doc"])
            name, address = doc["userName"], self.reader.address(doc)
            with self.alone("name:" + address.lower()):
                holders = [self.store.holder(n) for n in (name, address)]
                if any(h and h["id"] != uid for h in holders):
                    raise Scim(409, "there is already a user with this name or address", "uniqueness")
                before = self.reader.address(old["doc"])
                moved = address.lower() != before.lower()
                if moved and self.design.refuse_member_rename and old["doc"]["active"]:
                    if self.api.people([before]):
                        raise Scim(400, "OpenAI cannot change a member's address", "mutability")
                new = self.change_person(old, doc)
                if moved and self.design.ids == "address" and uid == self.address_id(before):
                    self.store.save(("spent", before.lower(), self.store.spent.get(before.lower(), 0) + 1))
                if self.bug == "forgets-groups" and not doc["active"]:
                    self.leave_groups(uid)
                return new

    def delete_user(self, uid):
        uid = self.person(uid)["id"]
        with self.alone("user:" + uid):
            old = self.adopt(self.person(uid))
            if self.design.queue:
                self.store.save(("user", uid, {**old, "gone": True, "dirty": 0}))
                return self.leave_groups(uid)
            gone = {**old, "doc": {**old["doc"], "active": False}}
            self.settle_person(gone)
            address = self.reader.address(old["doc"]).lower()
            spent = [("spent", address, self.store.spent.get(address, 0) + 1)] if self.design.ids == "address" else []
            self.store.save(("user", uid, None), *spent)
        self.leave_groups(uid)

    def leave_groups(self, uid):
        for gid in self.store.groups_with(uid):
            with self.alone("group:" + gid):
                group = self.store.group.get(gid)
                if group:
                    left = {**group, "members": [m for m in group["members"] if m != uid], "modified": now()}
                    if self.design.queue:
                        left["dirty"] = 0
                    self.store.save(("group", gid, left))

    # -- groups -----------------------------------------------------------------

    def settle_group(self, rec):
        """Makes the upstream group agree with `rec`; returns it with what was learnt upstream."""
        rec, name = dict(rec), rec["doc"]["displayName"]
        if rec.get("gone"):
            if rec["upstream"]:
                self.api.delete(f"/organization/groups/{rec['upstream']}")
            return rec
        if rec["upstream"] is None:
            rec["upstream"], rec["named"] = self.find_or_make_group(name)
            rec["fresh"] = True
        root = f"/organization/groups/{rec['upstream']}"
        try:
            if rec["named"] != name:
                self.retry(lambda: self.api.post(root, {"name": name}))
                rec["named"] = name
            actual = [u["id"] for u in self.api.pages(root + "/users", 1000)]
        except Refused as no:
            if no.status != 404:
                raise
            if not self.design.recreate_group:
                raise
            return self.settle_group({**rec, "upstream": None, "named": None})
        wanted = self.seats(rec["members"], rec["id"])
        for uid, seat in wanted.items():
            if seat not in actual:
                self.add_seat(root, uid, seat)
        ours = {r["member"] for r in list(self.store.user.values()) if r["member"]}
        for seat in actual:
            if seat in ours and seat not in wanted.values():
                self.retry(lambda s=seat: self.api.delete(f"{root}/users/{s}"))
        return {**rec, "dirty": None}

    def retry(self, call):
        """For calls that may be repeated without harm."""
        for attempt in range(self.design.tries + 1):
            try:
                return call()
            except Broken:
                if attempt == self.design.tries:
                    raise
                time.sleep(0.2 * (attempt + 1))

    def add_seat(self, root, uid, seat):
        try:
            self.retry(lambda: self.api.post(root + "/users", {"user_id": seat}))
        except Refused as no:
            if no.status == 409 or "already" in str(no).lower():
                return
            if no.status != 404:
                raise
            rec = self.store.user.get(uid)  # removed by hand: a held membership again
            if rec:
                self.store.save(("user", uid, {**rec, "member": None}))

    def find_or_make_group(self, name):
        """An unclaimed group of that name is the one a lost answer left behind, or one made by hand."""
        def unclaimed():
            taken = {g["upstream"] for g in list(self.store.group.values())}
            return [
                g for g in self.api.pages("/organization/groups", 1000)
                if g["name"] == name and g["id"] not in taken and not g.get("is_scim_managed")
            ]
        for attempt in range(self.design.tries + 1):
            found = unclaimed()
            if found:
                return found[0]["id"], name
            try:
                if attempt == self.design.tries:
                    break
                return self.api.post("/organization/groups", {"name": name})["id"], name
            except Broken:
                time.sleep(0.2 * (attempt + 1))
        raise Broken("OpenAI did not make the group")

    def seats(self, members, group=None):
        """Person -> user id upstream, for those who have one. Acceptance is noticed here, perhaps while `group` is settled."""
        people = [self.store.user[m] for m in members if m in self.store.user]
        people = [p for p in people if p["doc"]["active"] and not p.get("gone")]
        unknown = {a.lower(): p["id"] for p in people if not p["member"] for a in p["places"]}
        for user in self.api.people(unknown) if unknown else []:
            rec = self.store.user.get(unknown[user["email"].lower()])
            if rec and rec["doc"]["active"]:
                self.store.save(("user", rec["id"], {**rec, "member": user["id"]}))
                self.arrivals.add((rec["id"], group))  # other groups may hold a place, too
        people = [self.store.user.get(p["id"]) for p in people]
        return {p["id"]: p["member"] for p in people if p and p["member"]}

    def check_members(self, members, before):
        """Which of these ids may be members: (ids)."""
        known, pending = [], []
        for uid in members:
            try:
                rec = self.person(uid)
            except Scim:
                if self.design.refuse_unknown_member:
                    raise Scim(400, f"there is no user {uid[:60]!r}", "invalidValue") from None
                continue
            rec = self.adopt(rec)
            known.append(rec["id"])
            if rec["id"] not in before and not rec["member"]:
                pending.append(rec["id"])
        if pending and (self.design.refuse_pending or self.bug == "forgets-invitees"):
            accepted = self.seats(pending)
            waiting = [p for p in pending if p not in accepted]
            if self.bug == "forgets-invitees":
                return [k for k in known if k not in waiting]
            if waiting:
                raise Scim(409, f"{len(waiting)} of these people have not accepted their invite yet")
        return known

    def group(self, gid):
        rec = self.store.group.get(gid)
        if rec and not rec.get("gone"):
            return rec
        if rec is None and self.design.upstream_truth:
            for stranger in self.strange_groups(only=gid):
                return stranger
        raise Scim(404, "there is no such group")

    def strange_groups(self, only=None, name=None):
        bound = {g["upstream"] for g in list(self.store.group.values())}
        rows = [g for g in self.api.pages("/organization/groups", 1000) if g["id"] not in bound]
        result = []
        for row in rows:
            if (only and row["id"] != only) or (name and row["name"].lower() != name.lower()):
                continue
            stamp = datetime.fromtimestamp(row.get("created_at", 0), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            seats = self.api.pages(f"/organization/groups/{row['id']}/users", 1000)
            ids = [self.id_by_mail(s["email"]) for s in seats if s.get("email")]
            result.append({
                "id": row["id"], "seq": row.get("created_at", 0), "doc": {"displayName": row["name"]},
                "members": ids, "upstream": row["id"], "named": row["name"], "created": stamp,
                "modified": stamp, "stranger": True,
            })
        return sorted(result, key=lambda r: (r["seq"], r["id"]))

    def id_by_mail(self, mail):
        holder = self.store.holder(mail)
        return holder["id"] if holder else self.address_id(mail)

    def adopt_group(self, rec):
        if rec.get("stranger"):
            rec = {k: v for k, v in rec.items() if k != "stranger"} | {"seq": self.store.next()}
            for uid in rec["members"]:
                try:
                    self.adopt(self.person(uid))
                except Scim:
                    pass
            self.store.save(("group", rec["id"], rec))
        return rec

    def create_group(self, body):
        if not isinstance(body, dict):
            raise Scim(400, "a group must be an object", "invalidSyntax")
        body = {KNOWN.get(k.lower(), k): v for k, v in body.items()}
        doc = {"displayName": group_name(body.get("displayName"))}
        if body.get("externalId"):
            doc["externalId"] = text_of(body["externalId"], "externalId")
        with self.alone("label:" + doc["displayName"].lower()):
            if doc["displayName"].lower() in self.store.names:
                raise Scim(409, "there is already a group with this name", "uniqueness")
            members = self.check_members(member_ids(body.get("members")), [])
            stamp = now()
            rec = {
                "id": self.new_id("group", None) if self.design.ids != "address" else None,
                "seq": self.store.next(), "doc": doc, "members": members, "upstream": None, "named": None,
                "created": stamp, "modified": stamp,
            }
            if self.design.queue:
                rec["dirty"] = 0
            else:
                rec = self.settle_group(self.with_upstream_members(rec))
                rec["id"] = rec["id"] or rec["upstream"]
            self.store.save(("group", rec["id"], rec))
            return 201, rec

    def with_upstream_members(self, rec):
        """Taking over a group made by hand keeps the members of it whom we know."""
        upstream, named = self.find_or_make_group(rec["doc"]["displayName"])
        seats = {u["id"] for u in self.api.pages(f"/organization/groups/{upstream}/users", 1000)}
        held = [r["id"] for r in self.store.visible("user") if r["member"] in seats]
        members = rec["members"] + [h for h in held if h not in rec["members"]]
        return {**rec, "upstream": upstream, "named": named, "members": members}

    def update_group(self, gid, make):
        with self.alone("group:" + gid):
            old = self.adopt_group(self.group(gid))
            doc, members = make(old)
            label = doc["displayName"].lower()
            with self.alone("label:" + label):
                if self.store.names.get(label, gid) != gid:
                    raise Scim(409, "there is already a group with this name", "uniqueness")
                added = self.check_members([m for m in members if m not in old["members"]], old["members"])
                members = [m for m in members if m in old["members"] or m in added]
                new = {**old, "doc": doc, "members": members}
                if doc != old["doc"] or members != old["members"]:
                    new["modified"] = now()
                if self.design.queue:
                    new["dirty"] = 0
                else:
                    new = self.settle_or_forget(new, old)
                self.store.save(("group", gid, new))
                return new

    def settle_or_forget(self, new, old):
        try:
            return self.settle_group(new)
        except Refused as no:
            if no.status == 404 and not self.design.recreate_group:
                self.store.save(("group", old["id"], None))
                raise Scim(404, "the group was deleted in OpenAI") from None
            raise
        except (Throttled, Broken) as trouble:
            later = time.time() + 5 + getattr(trouble, "wait", 0)
            self.store.save(("group", old["id"], {**old, "dirty": later}))
            raise

    def delete_group(self, gid):
        with self.alone("group:" + gid):
            old = self.group(gid)
            if self.bug == "group-takes-people":
                for seat in self.seats(old["members"]).values():
                    self.api.delete(f"/organization/users/{seat}")
            if self.design.queue:
                self.store.save(("group", gid, {**old, "gone": True, "dirty": 0, "members": []}))
                return
            self.retry(lambda: self.settle_group({**old, "gone": True}))
            self.store.save(("group", gid, None))

    # -- afterwards -------------------------------------------------------------

    def work(self):
        while True:
            self.store.changed.wait(self.design.poll)
            self.store.changed.clear()
            try:
                self.api.begin(patience=0.0)
                self.catch_up()
            except Exception as error:  # the thread must outlive whatever comes
                print(f"zoo: background: {type(error).__name__}: {error}", file=sys.stderr)
            time.sleep(self.design.rest)

    def catch_up(self):
        """Applies what is due: queued or interrupted work, and memberships held until acceptance."""
        if time.monotonic() < self.rest_until or not self.catching_up.acquire(blocking=False):
            return
        try:
            people = self.due("user")[:100]
            seen = None
            if len(people) > 2:  # one look for all of them
                spots = {a.lower() for r in people for a in [self.reader.address(r["doc"]), *r["places"]]}
                seen = spots, self.api.people(spots), self.api.invites()
            for rec in people:
                with self.alone("user:" + rec["id"]):
                    self.try_person(self.store.user.get(rec["id"]), seen)
            for rec in self.due("group"):
                with self.alone("group:" + rec["id"]):
                    self.try_group(self.store.group.get(rec["id"]))
            self.notice_acceptance()
        except Upstream as trouble:
            self.rest_until = time.monotonic() + getattr(trouble, "wait", 3.0)
            print(f"zoo: later: {trouble}", file=sys.stderr)
        finally:
            self.catching_up.release()

    def due(self, kind):
        moment = time.time()
        rows = [r for r in list(getattr(self.store, kind).values()) if r.get("dirty") is not None]
        return sorted((r for r in rows if r["dirty"] <= moment), key=lambda r: r["seq"])

    def notice_acceptance(self):
        waiting = [
            r["id"] for r in self.store.visible("user")
            if r["doc"]["active"] and not r["member"] and r["places"] and self.store.groups_with(r["id"])
        ]
        if waiting:
            self.seats(waiting)
        while self.arrivals:
            self.settle_groups_of(*self.arrivals.pop())

    def try_person(self, rec, seen=None):
        if not rec or rec.get("dirty") is None:
            return
        try:
            done = self.settle_person(rec, seen)
        except Refused as no:
            print(f"zoo: given up: {no}", file=sys.stderr)
            doc = rec.get("settled") or {**rec["doc"], "active": False}
            self.learn("user", rec, {"doc": doc, "dirty": None, "gone": False})
            return
        except Upstream as trouble:
            return self.postpone("user", rec, trouble)
        self.strikes.pop(rec["id"], None)
        if rec.get("gone"):
            self.store.save(("user", rec["id"], None))
        else:
            facts = {"member": done["member"], "places": done["places"], "settled": rec["doc"], "dirty": None}
            self.learn("user", rec, facts)
            if done["member"] and not rec["member"]:
                self.settle_groups_of(rec["id"])

    def try_group(self, rec):
        if not rec:
            return
        try:
            done = self.settle_group(rec)
        except Refused as no:
            print(f"zoo: given up: {no}", file=sys.stderr)
            self.learn("group", rec, {"dirty": None})
            return
        except Upstream as trouble:
            return self.postpone("group", rec, trouble)
        self.strikes.pop(rec["id"], None)
        if rec.get("gone"):
            self.store.save(("group", rec["id"], None))
        else:
            self.learn("group", rec, {"upstream": done["upstream"], "named": done["named"], "dirty": None})

    def learn(self, kind, rec, facts):
        """Upstream facts go into the record as it is now; newer wishes stay due."""
        with self.store.lock:
            held = getattr(self.store, kind).get(rec["id"])
            if held is None:
                return
            if held["doc"] != rec["doc"] or held.get("members") != rec.get("members") or (
                held.get("gone") and not rec.get("gone")
            ):
                facts = {k: v for k, v in facts.items() if k not in ("dirty", "doc", "gone")}
            self.store.save((kind, rec["id"], {**held, **facts}))

    def postpone(self, kind, rec, trouble):
        self.strikes[rec["id"]] += 1
        wait = getattr(trouble, "wait", min(4.0, 0.2 * 2 ** self.strikes[rec["id"]]))
        self.learn_dirty(kind, rec["id"], time.time() + wait)

    def learn_dirty(self, kind, key, when):
        with self.store.lock:
            held = getattr(self.store, kind).get(key)
            if held:
                self.store.save((kind, key, {**held, "dirty": when}))

    # -- what the identity provider sees ----------------------------------------

    def shown_id(self, rec):
        if self.bug == "moving-id":
            return rec["member"] or rec.get("invite") or rec["id"]
        return rec["id"]

    def show_user(self, rec):
        doc = copy.deepcopy(rec["doc"])
        if self.design.fold_user_name:
            doc["userName"] = doc["userName"].lower()
        groups = []
        for gid in self.store.groups_with(rec["id"]):
            group = self.store.group.get(gid)
            if group:
                ref = self.location("Groups", gid)
                groups.append({"value": gid, "$ref": ref, "display": group["doc"]["displayName"], "type": "direct"})
        extensions = [k for k in doc if k.lower().startswith("urn:")]
        shown = {"schemas": [CORE + "User", *extensions], "id": self.shown_id(rec), **doc}
        if groups:
            shown["groups"] = groups
        return shown | {"meta": self.meta("User", "Users", rec)}

    def show_group(self, rec):
        members = []
        for uid in rec["members"]:
            person = self.store.user.get(uid)
            row = {"value": self.shown_id(person) if person else uid, "$ref": self.location("Users", uid), "type": "User"}
            if person:
                row["display"] = person["doc"]["userName"]
            members.append(row)
        shown = {"schemas": [CORE + "Group"], "id": rec["id"], **rec["doc"]}
        if members:
            shown["members"] = members
        return shown | {"meta": self.meta("Group", "Groups", rec)}

    def meta(self, kind, plural, rec):
        uid = self.shown_id(rec) if kind == "User" else rec["id"]
        return {
            "resourceType": kind, "created": rec["created"], "lastModified": rec["modified"],
            "location": self.location(plural, uid),
        }

    @staticmethod
    def location(plural, key):
        return f"http://127.0.0.1:{os.environ['PORT']}{BASE}/{plural}/{urllib.parse.quote(key, safe='')}"

    def list(self, kind, query):
        start = max(1, number(query, "startindex", 1))
        count = max(0, min(number(query, "count", 100), self.design.max_page))
        wanted = Filter(query["filter"]) if "filter" in query else None
        if wanted and self.design.simple_filters:
            if {p.rpartition(":")[2].lower() for p in wanted.paths} - {"username", "displayname", "id"}:
                raise Scim(400, "this bridge filters by userName, displayName and id only", "invalidFilter")
        show = self.show_user if kind == "user" else self.show_group
        rows = [show(r) for r in self.candidates(kind, wanted, start)]
        if wanted:
            rows = [r for r in rows if wanted.test(r)]
            if kind == "group" and self.design.upstream_truth and len(wanted.tokens) == 3:
                rows = rows[:1]  # one name, one group: a second one made by hand is not offered
            if not rows and self.bug == "no-match-404":
                raise Scim(404, "nothing matches")
        page = rows[start - 1 : start - 1 + count]
        return {
            "schemas": [API + "ListResponse"], "totalResults": len(rows), "startIndex": start,
            "itemsPerPage": len(page), "Resources": [project(r, query) for r in page],
        }

    def candidates(self, kind, wanted, start):
        """The records a filter can match, found by index if it asks for one name."""
        if kind == "user" and wanted and len(wanted.tokens) == 3 and len(wanted.equals) == 1:
            path, value = wanted.equals[0]
            if path.rpartition(":")[2].lower() == "username" and isinstance(value, str):
                holder = self.store.holder(value)
                if holder:
                    return [holder]
                return self.strangers(value) if self.design.upstream_truth and "@" in value else []
        ours = self.store.visible(kind)
        if kind == "user" and self.bug == "spring-cleaning":
            for user in self.api.pages("/organization/users", 100):
                if user.get("role") != "owner" and not self.store.holder(user.get("email") or ""):
                    self.api.delete(f"/organization/users/{user['id']}")
        if not self.design.upstream_truth:
            return ours
        if wanted and not any("@" in str(v) for _, v in wanted.equals) and kind == "user" and wanted.equals:
            return ours  # nobody unpushed has an externalId or a display name worth a walk
        if start > 1 and time.monotonic() - self.snapshots.get(kind, (0, []))[0] < 60:
            strangers = self.snapshots[kind][1]
        elif kind == "user":
            strangers = self.strangers()
        else:
            name = next((v for p, v in wanted.equals if p.lower() == "displayname"), None) if wanted else None
            if name and name.lower() in self.store.names:
                return ours
            strangers = self.strange_groups(name=name)
        if not wanted:
            self.snapshots[kind] = (time.monotonic(), strangers)
        return ours + strangers

    def read_again(self, rec):
        """The bug of a GET that writes."""
        if self.bug == "reading-invites" and rec["doc"]["active"]:
            rec = self.keep_person(self.settle_person(rec), touched=False)
        return rec


def number(query, name, default):
    try:
        return int(query.get(name, default))
    except ValueError:
        raise Scim(400, f"{name} must be a number", "invalidValue") from None


def project(resource, query):
    """RFC 7644 §3.9: attributes and excludedAttributes."""
    named = [split_urn(a.strip()) for a in query.get("attributes", "").split(",") if a.strip()]
    left_out = [split_urn(a.strip()) for a in query.get("excludedattributes", "").split(",") if a.strip()]
    if named:
        result = {k: resource[k] for k in ("schemas", "id")}
        for urn, attr in named:
            copy_path(resource, result, [urn] * bool(urn) + [s for s in attr.split(".") if s])
        return result
    result = copy.deepcopy(resource)
    for urn, attr in left_out:
        steps = [urn] * bool(urn) + [s for s in attr.split(".") if s]
        if [s.lower() for s in steps] not in (["id"], ["schemas"]):
            drop_path(result, steps)
    return result


def copy_path(source, target, steps):
    key = key_of(source, steps[0])
    if key not in source:
        return
    value = source[key]
    if len(steps) == 1:
        target[key] = value
    elif isinstance(value, dict):
        copy_path(value, target.setdefault(key, {}), steps[1:])
    elif isinstance(value, list):
        rows = target.setdefault(key, [{} for _ in value])
        for inner, row in zip(value, rows):
            if isinstance(inner, dict):
                copy_path(inner, row, steps[1:])


def drop_path(source, steps):
    key = key_of(source, steps[0])
    if key not in source:
        return
    if len(steps) == 1:
        del source[key]
    else:
        for inner in source[key] if isinstance(source[key], list) else [source[key]]:
            if isinstance(inner, dict):
                drop_path(inner, steps[1:])


# ----------------------------------------------------------------------------- discovery


def attribute(spec):
    """'name:type flags' -> an attribute of RFC 7643 §7. Flags: r required, m multi-valued, o read-only,
    x case-exact, u unique."""
    head, _, flags = spec.partition(" ")
    name, _, kind = head.partition(":")
    return {
        "name": name, "type": kind or "string", "multiValued": "m" in flags, "description": name,
        "required": "r" in flags, "caseExact": "x" in flags,
        "mutability": "readOnly" if "o" in flags else "readWrite", "returned": "default",
        "uniqueness": "server" if "u" in flags else "none",
    }


def complex_attribute(spec, subs):
    return attribute(spec) | {"subAttributes": [attribute(s) for s in subs]}


def schemas():
    plural = ["value", "type", "display", "primary:boolean"]
    user = [
        attribute("userName ru"), attribute("displayName"), attribute("title"), attribute("userType"),
        attribute("locale"), attribute("preferredLanguage"), attribute("timezone"), attribute("nickName"),
        attribute("active:boolean"), attribute("openai_role") | {"canonicalValues": list(ROLES)},
        complex_attribute("name:complex", ["formatted", "givenName", "familyName", "middleName"]),
        complex_attribute("emails:complex m", plural), complex_attribute("phoneNumbers:complex m", plural),
        complex_attribute("roles:complex m", plural),
        complex_attribute("groups:complex mo", ["value xo", "display o", "type o"]),
    ]
    group = [attribute("displayName ru"), complex_attribute("members:complex m", ["value x", "display o", "type"])]
    enterprise = [attribute(a) for a in "employeeNumber costCenter organization division department".split()]
    enterprise.append(complex_attribute("manager:complex", ["value x", "displayName o"]))
    role = [attribute("openai_role") | {"canonicalValues": list(ROLES)}]
    rows = [(CORE + "User", "User", user), (CORE + "Group", "Group", group),
            (ENTERPRISE, "Enterprise User", enterprise), (OPENAI, "OpenAI", role)]
    return [
        {
            "schemas": [CORE + "Schema"], "id": urn, "name": name, "description": name, "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": Bridge.location("Schemas", urn)},
        }
        for urn, name, attributes in rows
    ]


def resource_types():
    extensions = [{"schema": ENTERPRISE, "required": False}, {"schema": OPENAI, "required": False}]
    return [
        {
            "schemas": [CORE + "ResourceType"], "id": name, "name": name, "description": name, "endpoint": f"/{name}s",
            "schema": CORE + name, "schemaExtensions": extensions if name == "User" else [],
            "meta": {"resourceType": "ResourceType", "location": Bridge.location("ResourceTypes", name)},
        }
        for name in ("User", "Group")
    ]


def provider_config(design):
    no = {"supported": False}
    return {
        "schemas": [CORE + "ServiceProviderConfig"], "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": design.max_page}, "changePassword": no, "sort": no, "etag": no,
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer token", "description": "A token in the Authorization header"}
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"http://127.0.0.1:{os.environ['PORT']}{BASE}/ServiceProviderConfig",
        },
    }


def discovery(design, parts, query):
    if not design.discovery:
        raise Scim(404, "this bridge has no discovery")
    if "filter" in query:
        raise Scim(403, "discovery cannot be filtered")
    if parts[0] == "ServiceProviderConfig":
        return provider_config(design)
    rows = schemas() if parts[0] == "Schemas" else resource_types()
    if len(parts) == 2:
        for row in rows:
            if row["id"].lower() == parts[1].lower():
                return row
        raise Scim(404, f"there is no such entry in {parts[0]}")
    return {
        "schemas": [API + "ListResponse"], "totalResults": len(rows), "startIndex": 1, "itemsPerPage": len(rows),
        "Resources": rows,
    }


# ----------------------------------------------------------------------------- HTTP


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    bridge = None

    def serve(self):
        try:
            status, body, headers = self.answer()
        except Scim as error:
            status, body, headers = self.failure(error)
        except Upstream as trouble:
            status, body, headers = self.failure(self.blame(trouble))
        except Exception as error:
            print(f"zoo: {type(error).__name__}: {error}", file=sys.stderr)
            status, body, headers = self.failure(Scim(500, "the bridge failed"))
        self.reply(status, body, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = serve

    def blame(self, trouble):
        design, bug = self.bridge.design, self.bridge.bug
        leak = f" (used {self.bridge.api.key})" if bug == "chatty-error" else ""
        if isinstance(trouble, Throttled):
            return Scim(design.busy, f"{trouble}; try again later{leak}", wait=trouble.wait)
        if isinstance(trouble, Refused):
            return Scim(400, f"OpenAI refused this: {trouble}{leak}", "invalidValue")
        return Scim(design.denied if isinstance(trouble, Denied) else design.broken, f"{trouble}{leak}")

    @staticmethod
    def failure(error):
        body = {"schemas": [API + "Error"], "status": str(error.status), "detail": error.detail}
        if error.kind:
            body["scimType"] = error.kind
        headers = {"WWW-Authenticate": 'Bearer realm="scim"'} if error.status == 401 else {}
        if error.wait is not None:
            headers["Retry-After"] = str(max(1, math.ceil(error.wait)))
        return error.status, body, headers

    def reply(self, status, body, headers):
        if status == 204:
            body = None
        data = b"" if body is None else json.dumps(body).encode()
        kind = "application/scim+json; charset=utf-8"
        if self.bridge.bug == "plain-errors" and status >= 400:
            data, kind = body["detail"].encode(), "text/plain"
        self.send_response(status)
        if data:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.close_connection = True
            raise Scim(411, "a body needs a length")
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= BODY_LIMIT:
            self.close_connection = True
            raise Scim(413 if length > 0 else 400, "the body is too large or has no proper length")
        return self.rfile.read(length)

    def answer(self):
        raw = self.read_body()
        path, _, query = self.path.partition("?")
        given = self.headers.get("Authorization", "").partition(" ")
        token = os.environ["SCIM_TOKEN"].encode()
        presented = given[2].strip().encode("utf-8", "replace")
        if given[0].lower() != "bearer" or not hmac.compare_digest(presented, token):
            raise Scim(401, "the bearer token is missing or wrong")
        if not path.startswith(BASE + "/"):
            raise Scim(404, "there is nothing here")
        parts = [urllib.parse.unquote(p) for p in path[len(BASE) :].split("/") if p]
        query = {k.lower(): v for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True)}
        self.bridge.api.begin()
        return self.route(parts, query, raw)

    def route(self, parts, query, raw):
        bridge, verb = self.bridge, self.command
        head = parts[0] if parts else ""
        if head in ("Me", "Bulk", ".search") or (len(parts) == 2 and parts[1] == ".search"):
            raise Scim(501, "this bridge does not do that")
        if head in ("ServiceProviderConfig", "Schemas", "ResourceTypes") and len(parts) <= 2:
            if verb != "GET":
                raise Scim(405, "discovery can only be read")
            return 200, discovery(bridge.design, parts, query), {}
        if head not in ("Users", "Groups") or len(parts) > 2:
            raise Scim(404, "there is nothing here")
        if verb not in (("GET", "POST") if len(parts) == 1 else ("GET", "PUT", "PATCH", "DELETE")):
            raise Scim(405, f"{verb} is not possible here")
        self.before(head, verb)
        body = self.parse(raw) if verb in ("POST", "PUT", "PATCH") else None
        if not bridge.design.poll:  # no thread of its own: every request lends a moment
            bridge.api.begin(budget=3.0)
            bridge.catch_up()
            bridge.api.begin()
        kind = "user" if head == "Users" else "group"
        status, rec = getattr(self, f"{verb.lower()}_{kind}")(*parts[1:], query, body)
        if rec is None:
            return status, None, {}
        if "totalResults" in rec:
            return status, rec, {}
        shown = bridge.show_user(rec) if kind == "user" else bridge.show_group(rec)
        headers = {"Location": shown["meta"]["location"]} if status == 201 else {}
        if verb == "PATCH" and {"attributes", "excludedattributes"} & set(query):
            status = 200
        return status, project(shown, query), headers

    def before(self, head, verb):
        bridge = self.bridge
        if head == "Groups" and verb == "GET" and bridge.bug == "sleepy-groups":
            time.sleep(90)
        if bridge.design.queue and verb != "GET":  # what cannot be worked off soon is not promised
            wait = bridge.api.longest_wait()
            if wait > 0:
                raise Throttled(wait)
            if time.monotonic() - bridge.api.key_refused < 5:
                raise Denied("OpenAI does not accept the bridge's admin key")

    @staticmethod
    def parse(raw):
        try:
            return json.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Scim(400, "the body is not JSON", "invalidSyntax") from None

    def get_user(self, *args):
        if len(args) == 2:
            return 200, self.bridge.list("user", args[0])
        return 200, self.bridge.read_again(self.bridge.person(args[0]))

    def post_user(self, _query, body):
        return self.bridge.create_user(body)

    def put_user(self, uid, _query, body):
        bridge = self.bridge
        rec = bridge.update_user(uid, lambda old: bridge.reader.user(body, old))
        if bridge.bug == "echo-invites" and rec["doc"]["active"] and not rec["member"]:
            bridge.settle_person({**rec, "doc": {**rec["doc"], "active": False}})
            bridge.settle_person(rec)
        return 200, rec

    def patch_user(self, uid, _query, body):
        bridge = self.bridge
        rec = bridge.update_user(uid, lambda old: patch_user(bridge.reader, old, body))
        return bridge.design.patch_user, rec

    def delete_user(self, uid, _query, _body):
        self.bridge.delete_user(uid)
        return 204, None

    def get_group(self, *args):
        if len(args) == 2:
            return 200, self.bridge.list("group", args[0])
        return 200, self.bridge.group(args[0])

    def post_group(self, _query, body):
        return self.bridge.create_group(body)

    def put_group(self, gid, _query, body):
        design = self.bridge.design
        if not isinstance(body, dict):
            raise Scim(400, "a group must be an object", "invalidSyntax")
        body = {KNOWN.get(k.lower(), k): v for k, v in body.items()}
        doc = {"displayName": group_name(body.get("displayName"))}
        if body.get("externalId"):
            doc["externalId"] = text_of(body["externalId"], "externalId")

        def make(old):
            keep = body.get("members") is None and not design.put_resets
            return doc, old["members"] if keep else member_ids(body.get("members"))

        return 200, self.bridge.update_group(gid, make)

    def patch_group(self, gid, _query, body):
        bug, strict = self.bridge.bug, self.bridge.design.strict
        rec = self.bridge.update_group(
            gid, lambda old: patch_group(bug, old["doc"], old["members"], body, strict)
        )
        return self.bridge.design.patch_group, rec

    def delete_group(self, gid, _query, _body):
        self.bridge.delete_group(gid)
        return 204, None

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    parser = argparse.ArgumentParser(description="Correct SCIM bridges that differ, and their plausible bugs.")
    parser.add_argument("--design", choices=sorted(DESIGNS), required=True)
    parser.add_argument("--bug", choices=sorted(BUGS), help="; ".join(f"{k}: {v}" for k, v in BUGS.items()))
    chosen = parser.parse_args()
    Handler.bridge = Bridge(DESIGNS[chosen.design], chosen.bug)
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
