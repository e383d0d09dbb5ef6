"""Holds the profiles that do not claim to be valid against OpenAI's schema: what they do otherwise is written here.

    profiles.py OPENAPI_FILE MANAGE_URL

Has every object shown in each profile, and compares what the schema says about the answers with DIFFERENCES. Runs after
validate.py, because it leaves invalid answers in the journal. Address and key of the mock are in the environment.
"""

import json
import sys
from pathlib import Path

from openai import OpenAI

from validate import Validators, anonymous, answers, body_of, closed

sys.path.append(str(Path(__file__).parent / "python"))
from world import World  # noqa: E402

# By profile: what the schema misses (-) or does not know (+), and the operations whose answers it is about.
GROUPS = {"list-groups", "create-group", "retrieve-group"}
PROJECT_GROUPS = {"list-project-groups", "add-project-group"}
ASSIGNED = {f"list-{place}-role-assignments" for place in ("user", "group", "project-user", "project-group")}
INVITES = {"list-invites", "retrieve-invite"}
DIFFERENCES = {
    "minimal": {
        "- projects": INVITES,
        "- group_type": GROUPS | PROJECT_GROUPS,
        "- assignment_sources": ASSIGNED,
    },
    "legacy": {
        "- projects": INVITES | {"inviteUser"},
        "- created_at": INVITES | {"inviteUser"},
        "+ invited_at": INVITES | {"inviteUser"},
        "- group_type": GROUPS | PROJECT_GROUPS,
        "- assignment_sources": ASSIGNED,
    },
}


def main(openapi_file, manage_url):
    with open(openapi_file, encoding="utf-8") as file:
        document = json.load(file)
    schemas, validators, world = answers(document), Validators(closed(document)), World(manage_url)
    for profile, expected in DIFFERENCES.items():
        world.begin()
        world.settings(profile=profile)
        show_everything(world)
        found = {}
        for entry in world.requests():
            reason, body = body_of(entry)
            if reason:
                sys.exit(f"{profile}: {entry['operation']} was not looked at: {reason}")
            for error in validators.errors(schemas[anonymous(entry["route"])], body):
                for difference in differences(error):
                    found.setdefault(difference, set()).add(entry["operation"])
        world.end()
        if found != expected:
            sys.exit(f"{profile}: expected {shown(expected)}, found {shown(found)}")
    print(f"{' and '.join(DIFFERENCES)} differ from the schema as documented")


def show_everything(world):
    """Every object that a profile could show in another way, by every operation that shows it."""
    with OpenAI() as client:
        org = client.admin.organization
        ann, permissions = world.member("ann"), ["api.groups.read"]
        invite = org.invites.create(email="bob@example.com", role="reader")
        org.invites.retrieve(invite.id), org.invites.list()
        org.users.retrieve(ann), org.users.list()
        group = org.groups.create(name="Design")
        org.groups.retrieve(group.id), org.groups.list()
        org.groups.users.create(group.id, user_id=ann)
        org.groups.users.retrieve(ann, group_id=group.id), org.groups.users.list(group.id)
        role = org.roles.create(role_name="Librarian", permissions=permissions)
        org.roles.retrieve(role.id), org.roles.list()
        org.users.roles.create(ann, role_id=role.id)
        org.users.roles.retrieve(role.id, user_id=ann), org.users.roles.list(ann)
        org.groups.roles.create(group.id, role_id=role.id)
        org.groups.roles.retrieve(role.id, group_id=group.id), org.groups.roles.list(group.id)
        show_a_project(org, ann, group.id, permissions)
        key = org.admin_api_keys.create(name="deploy")
        org.admin_api_keys.retrieve(key.id), org.admin_api_keys.list()
        org.audit_logs.list(limit=3)


def show_a_project(org, ann, group_id, permissions):
    projects = org.projects
    project = {"project_id": projects.create(name="Apollo").id}
    projects.retrieve(**project), projects.list()
    projects.users.create(**project, user_id=ann, role="member")
    projects.users.retrieve(ann, **project), projects.users.list(**project)
    projects.groups.create(**project, group_id=group_id, role="role-api-project-member")
    projects.groups.retrieve(group_id, **project), projects.groups.list(**project)
    role = projects.roles.create(**project, role_name="Pilot", permissions=permissions)
    projects.roles.retrieve(role.id, **project), projects.roles.list(**project)
    projects.users.roles.create(ann, **project, role_id=role.id)
    projects.users.roles.retrieve(role.id, **project, user_id=ann), projects.users.roles.list(ann, **project)
    projects.groups.roles.create(group_id, **project, role_id=role.id)
    projects.groups.roles.retrieve(role.id, **project, group_id=group_id)
    projects.groups.roles.list(group_id, **project)
    account = projects.service_accounts.create(**project, name="robot")
    projects.service_accounts.retrieve(account.id, **project), projects.service_accounts.list(**project)
    projects.service_accounts.api_keys.create(account.id, **project, name="second")


def differences(error):
    """What a violation of the schema is about, field by field."""
    match error.validator:
        case "required":
            return {f"- {field}" for field in error.validator_value if field not in error.instance}
        case "additionalProperties":
            return {f"+ {field}" for field in error.instance if field not in error.schema["properties"]}
        case _:
            return {f"{error.json_path}: {error.message}"}


def shown(found):
    return {difference: sorted(operations) for difference, operations in sorted(found.items())}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
