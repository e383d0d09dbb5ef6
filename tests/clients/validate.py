"""Validates every answer in the mock's journal against OpenAI's own schema.

    validate.py OPENAPI_FILE MANAGE_URL

Two passes. As it is published the schema takes any additional field, so a misspelt optional one would be valid; the
second pass takes none but those in EXTRAS. Not validated, but counted: bodies of which the journal kept only a part,
answers that never came, and faults whose body is no JSON object on purpose.
"""

import json
import re
import sys
from collections import Counter, defaultdict

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from journal import entries, operations

# Fields that the schema lacks: `object` on groups, which the published examples show, and the details of two events,
# which it names without saying what they hold.
GROUP = {"object": {"const": "group"}}
EXTRAS = {
    "GroupResponse": GROUP,
    "GroupResourceWithSuccess": GROUP,
    "AuditLog": {f"tenant.group.member.{change}": {"type": "object"} for change in ("added", "removed")},
}

# Where a schema is, below an operation and in the whole document.
ANSWER = "responses/200/content/application~1json/schema"
ERROR = "#/components/schemas/ErrorResponse"


def main(openapi_file, manage_url):
    with open(openapi_file, encoding="utf-8") as file:
        document = json.load(file)
    schemas = answers(document)
    passes = {"schema": Validators(document), "schema without other fields": Validators(closed(document))}
    valid, refusals, skipped, wrong = Counter(), Counter(), Counter(), defaultdict(list)
    for entry in entries(manage_url):
        operation = entry["operation"]
        reason, body = body_of(entry)
        if reason:
            skipped[reason] += 1
            continue
        refused = entry["answer"]["status"] >= 400
        schema = ERROR if refused else schemas[anonymous(entry["route"])]
        errors = [(name, error) for name, validators in passes.items() for error in validators.errors(schema, body)]
        if errors:
            name, error = errors[0]
            where = f"#{entry['seq']} ({entry['answer']['status']}) at {error.json_path}"
            wrong[operation].append(f"{where} by the {name}: {error.message}")
        else:
            (refusals if refused else valid)[operation] += 1
    report(operations(manage_url), valid, refusals, skipped, wrong)


def report(known, valid, refusals, skipped, wrong):
    width = max(map(len, known))
    print(f"{'':{width}}  answers  refusals")
    for operation in known:
        print(f"{operation:{width}}  {valid[operation]:7}  {refusals[operation]:8}")
    print("not validated:", "; ".join(f"{count} × {reason}" for reason, count in sorted(skipped.items())) or "nothing")
    failures = [f"{operation}: {len(found)} invalid, first {found[0]}" for operation, found in sorted(wrong.items())]
    if unproven := [operation for operation in known if not valid[operation]]:
        failures.append(f"no valid answer at all to: {', '.join(unproven)}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"valid: {valid.total()} answers and {refusals.total()} refusals of {len(known)} operations")


def body_of(entry):
    """Why the body is not validated, or the body."""
    answer = entry["answer"]
    if answer is None or entry["answered"] is None:
        return "no answer, or half of one", None
    is_fault = (entry["injected"] or {}).get("kind") == "fault"
    if is_fault and dict(answer["headers"]).get("content-type") != "application/json":
        return "a fault with no JSON on purpose", None
    try:
        body = json.loads(answer["body"])
    except json.JSONDecodeError:
        if len(answer["body"].encode()) < answer["body_length"]:
            return "the journal has a part of the body", None
        raise
    if answer["status"] >= 400 and not isinstance(body.get("error"), dict) and (is_fault or answer["status"] == 403):
        return "an error in another form on purpose", None
    return None, body


def answers(document):
    """Where the schema of each operation's 200 is in the document, by the operation's verb and path."""
    return {
        anonymous(f"{verb.upper()} {path}"): f"#/paths/{path.replace('/', '~1')}/{verb}/{ANSWER}"
        for path, verbs in document["paths"].items()
        for verb in verbs
    }


def anonymous(route):
    """The route whatever its ids are called."""
    return re.sub(r"\{[^}]*\}", "{}", route)


class Validators:
    """Validators of the schemas in one document."""

    def __init__(self, document):
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:openapi", resource)
        self._known = {}

    def errors(self, schema, body):
        """What is wrong with the body."""
        if schema not in self._known:
            reference = {"$ref": f"urn:openapi{schema}"}
            self._known[schema] = Draft202012Validator(reference, registry=self._registry)
        return self._known[schema].iter_errors(body)


def closed(document):
    """The same document, in which objects have no fields but those that are named."""
    schemas = document["components"]["schemas"]

    def close(schema):
        if isinstance(schema, list):
            return [close(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if "allOf" in schema:
            return close(merged(schema["allOf"]))
        schema = {key: close(value) for key, value in schema.items()}
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        return schema

    def merged(parts):
        """One object with the fields of all parts: apart, each would forbid the fields of the others."""
        whole = {"type": "object", "properties": {}, "required": []}
        for part in parts:
            part = schemas[part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
            whole["properties"] |= part["properties"]
            whole["required"] += part.get("required", [])
        return whole

    strict = {name: close(schema) for name, schema in schemas.items()}
    for name, extra in EXTRAS.items():
        strict[name]["properties"] |= extra
    components = document["components"] | {"schemas": strict}
    return document | {"paths": close(document["paths"]), "components": components}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
