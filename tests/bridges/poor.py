#!/usr/bin/env python3
"""What a team writes in an afternoon: it works in the demonstration. Everything wrong with it is typical and on purpose.

    proofload init --bridge-cmd 'python3 tests/bridges/poor.py' && proofload check
"""
import json, os, re, urllib.request, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

people, groups = {}, {}
API = "urn:ietf:params:scim:api:messages:2.0:"


def openai(method, path, body=None):
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/organization" + path, method=method, data=json.dumps(body or {}).encode(),
        headers={"Authorization": "Bearer " + os.environ["OPENAI_ADMIN_KEY"], "Content-Type": "application/json"})
    try:
        return json.load(urllib.request.urlopen(request, timeout=5))
    except Exception as error:  # 429, 500, a lost answer: all the same, and nobody is told
        print("openai:", error)
        return {"data": []}


def remove(person):
    for member in openai("GET", "/users?limit=100")["data"]:  # the first hundred; invites are forgotten
        if member["email"] == person["userName"]:
            openai("DELETE", "/users/" + member["id"])


class Bridge(BaseHTTPRequestHandler):
    def answer(self, status, body=None):
        text = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_one(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if self.headers.get("Authorization") != "Bearer " + os.environ["SCIM_TOKEN"]:
            return self.answer(401, {"schemas": [API + "Error"], "status": "401"})
        kind, _, one = self.path.split("?")[0].removeprefix("/scim/").partition("/")
        store = {"Users": people, "Groups": groups}.get(kind)
        if not self.path.startswith("/scim/") or store is None:
            return self.answer(404, {"schemas": [API + "Error"], "status": "404"})
        if self.command == "POST":
            thing = {**body, "id": str(uuid.uuid4())}
            store[thing["id"]] = thing
            if store is people:  # whether somebody is invited already is not looked at
                openai("POST", "/invites", {"email": body["userName"], "role": "reader"})
            else:
                thing["openai"] = openai("POST", "/groups", {"name": body["displayName"]}).get("id")
            return self.answer(201, thing)
        if not one:
            wanted = re.search(r'(userName|displayName) eq "(.*)"', unquote(self.path.replace("+", " ")))
            found = [thing for thing in store.values() if not wanted or thing.get(wanted[1]) == wanted[2]]
            return self.answer(200, {"schemas": [API + "ListResponse"], "totalResults": len(found), "Resources": found})
        thing = store.get(one, {})  # 200 for somebody nobody has heard of
        for change in body.get("Operations", []):
            if change.get("value") == {"active": False}:  # not "False", not path = "active"
                thing["active"] = False
                remove(thing)
        if self.command == "PUT":
            thing.update(body)
        if self.command == "DELETE":
            store.pop(one, None)
            return self.answer(204)
        self.answer(200, thing)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Bridge).serve_forever()
