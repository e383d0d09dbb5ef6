"""Roles of users and of groups, in the organization and in a project: list, create, retrieve, delete."""

import pytest
from openai import NotFoundError

from world import query


@pytest.fixture(params=["user", "group", "project-user", "project-group"])
def assignments(request, organization, world):
    *within, kind = request.param.split("-")
    principal = world.member("ann") if kind == "user" else organization.groups.create(name="Design").id
    where = {f"{kind}_id": principal}
    if not within:
        api = getattr(organization, f"{kind}s").roles
        return Assignments(api, organization.roles, kind, where, {}, f"list-{kind}-role-assignments")
    project = {"project_id": organization.projects.create(name="Apollo").id}
    if kind == "user":
        organization.projects.users.create(**project, user_id=principal, role="member")
    else:
        organization.projects.groups.create(**project, group_id=principal, role="role-api-project-member")
    api = getattr(organization.projects, f"{kind}s").roles
    return Assignments(
        api, organization.projects.roles, kind, where | project, project, f"list-project-{kind}-role-assignments"
    )


class Assignments:
    """What one principal may do in one place."""

    def __init__(self, api, roles, kind, where, project, list_operation):
        self._api, self._roles, self._where, self._project = api, roles, where, project
        self.kind, self.principal, self.list_operation = kind, where[f"{kind}_id"], list_operation

    def role(self, name):
        """A new role that can be assigned here."""
        return self._roles.create(role_name=name, permissions=["api.groups.read"], **self._project)

    def assign(self, role):
        return self._api.create(role_id=role.id, **self._where)

    def custom(self, **span):
        return [role for role in self._api.list(**self._where, **span) if not role.predefined_role]

    def __getattr__(self, method):
        return lambda role: getattr(self._api, method)(role.id, **self._where)


def test_an_assignment_names_both_sides(assignments):
    role = assignments.role("Librarian")

    assigned = assignments.assign(role)

    principal = getattr(assigned, assignments.kind)
    assert (assigned.object, principal.id) == (f"{assignments.kind}.role", assignments.principal)
    assert assigned.role == role


def test_an_assigned_role_is_shown(assignments):
    role = assignments.role("Librarian")
    assignments.assign(role)

    shown = assignments.retrieve(role)

    assert (shown.id, shown.name, shown.permissions) == (role.id, "Librarian", ["api.groups.read"])
    assert (shown.predefined_role, shown.resource_type) == (False, role.resource_type)
    assert shown.assignment_sources == []
    assert [listed.id for listed in assignments.custom()] == [role.id]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_lists_page_by_themselves_in_both_orders(assignments, world, order):
    roles = [assignments.role(name) for name in "abcde"]
    for role in roles:
        assignments.assign(role)

    listed = [role.name for role in assignments.custom(limit=2, order=order)]

    assert listed == sorted(listed, reverse=order == "desc") and "".join(sorted(listed)) == "abcde"
    requests = world.requests(assignments.list_operation)
    assert len(requests) >= 3
    assert all(dict(query(entry))["order"] == order for entry in requests)


def test_a_role_that_was_taken_back_is_gone(assignments):
    role = assignments.role("Librarian")
    assignments.assign(role)

    removal = assignments.delete(role)

    assert (removal.object, removal.deleted) == (f"{assignments.kind}.role.deleted", True)
    assert assignments.custom() == []
    with pytest.raises(NotFoundError):
        assignments.retrieve(role)
    with pytest.raises(NotFoundError):
        assignments.delete(role)


def test_what_comes_through_a_group_names_the_group(organization, world):
    ann, group = world.member("ann"), organization.groups.create(name="Design")
    organization.groups.users.create(group.id, user_id=ann)
    role = organization.roles.create(role_name="Librarian", permissions=["api.groups.read"])
    organization.groups.roles.create(group.id, role_id=role.id)

    shown = organization.users.roles.retrieve(role.id, user_id=ann)

    (source,) = shown.assignment_sources
    assert (source.principal_id, source.principal_type) == (group.id, "group")


def test_the_owner_role_and_the_word_owner_are_the_same(organization, world):
    world.member("root", role="owner")
    ann = world.member("ann")

    organization.users.roles.create(ann, role_id="role-api-organization-owner")
    assert organization.users.retrieve(ann).role == "owner"

    organization.users.update(ann, role="reader")
    assert "owner" not in [role.name for role in organization.users.roles.list(ann)]
