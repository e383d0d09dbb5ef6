"""client.admin.organization.roles and .projects.roles: list, create, retrieve, update, delete."""

import pytest
from openai import BadRequestError, NotFoundError

from world import query

READ, WRITE = "api.groups.read", "api.groups.write"


@pytest.fixture(params=["organization", "project"])
def roles(request, organization):
    if request.param == "organization":
        return Roles(organization.roles, "api.organization")
    project = organization.projects.create(name="Apollo")
    return Roles(organization.projects.roles, "api.project", project_id=project.id)


class Roles:
    """The roles of the organization or of one project; the methods differ in nothing but the id."""

    def __init__(self, api, resource_type, **where):
        self._api, self._where, self.resource_type = api, where, resource_type
        self.list_operation = "list-project-roles" if where else "list-roles"

    def create(self, name, permissions=(READ,), **more):
        return self._api.create(role_name=name, permissions=list(permissions), **self._where, **more)

    def custom(self, **span):
        return [role for role in self._api.list(**self._where, **span) if not role.predefined_role]

    def __getattr__(self, method):
        return lambda *arguments, **more: getattr(self._api, method)(*arguments, **self._where, **more)


def test_a_role_is_what_was_asked_for(roles):
    role = roles.create("Librarian", [READ, WRITE], description="Keeps groups in order")

    assert (role.object, role.name, role.description) == ("role", "Librarian", "Keeps groups in order")
    assert (role.permissions, role.resource_type, role.predefined_role) == ([READ, WRITE], roles.resource_type, False)
    assert role.id.startswith("role_")
    assert roles.retrieve(role.id) == role
    assert roles.custom() == [role]


def test_what_is_not_said_stays(roles):
    role = roles.create("Librarian", description="Keeps groups in order")

    changed = roles.update(role.id, role_name="Archivist", permissions=None)

    assert (changed.id, changed.name, changed.permissions) == (role.id, "Archivist", [READ])
    assert changed.description == "Keeps groups in order"
    assert roles.update(role.id, permissions=[WRITE]).permissions == [WRITE]
    assert roles.retrieve(role.id).name == "Archivist"


@pytest.mark.parametrize(("order", "expected"), [("asc", "abcde"), ("desc", "edcba")])
def test_lists_page_by_themselves_in_both_orders(roles, world, order, expected):
    for name in "abcde":
        roles.create(name)

    custom = roles.custom(limit=2, order=order)

    assert "".join(role.name for role in custom) == expected
    requests = world.requests(roles.list_operation)
    assert len(requests) >= 3
    assert [dict(query(entry)).get("order") for entry in requests] == [order] * len(requests)


def test_predefined_roles_are_listed_and_cannot_be_changed(roles):
    predefined = [role for role in roles.list() if role.predefined_role]

    assert {role.name for role in predefined} >= {"owner"}
    assert all("owner" in role.id for role in predefined if role.name == "owner")
    with pytest.raises(BadRequestError):
        roles.update(predefined[0].id, role_name="emperor")
    with pytest.raises(BadRequestError):
        roles.delete(predefined[0].id)


def test_a_deleted_role_is_gone(roles):
    role = roles.create("Librarian")

    deletion = roles.delete(role.id)

    assert (deletion.object, deletion.id, deletion.deleted) == ("role.deleted", role.id, True)
    assert roles.custom() == []
    with pytest.raises(NotFoundError):
        roles.retrieve(role.id)
