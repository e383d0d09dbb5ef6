"""client.admin.organization.projects.users: list, create, retrieve, update, delete."""

import pytest
from openai import ConflictError, NotFoundError

from world import query


@pytest.fixture
def project_id(organization):
    return organization.projects.create(name="Apollo").id


@pytest.mark.parametrize("by", ["user_id", "email"])
def test_a_member_of_the_organization_can_be_added(organization, world, project_id, by):
    ann = world.member("ann")

    added = organization.projects.users.create(
        project_id, role="member", **{by: {"user_id": ann, "email": "ann@example.com"}[by]}
    )

    assert (added.object, added.id, added.role) == ("organization.project.user", ann, "member")
    assert (added.name, added.email) == ("Ann", "ann@example.com")
    assert organization.projects.users.retrieve(ann, project_id=project_id) == added


def test_lists_page_by_themselves(organization, world, project_id):
    for name in ("ann", "bob", "cho", "dee", "eve"):
        organization.projects.users.create(project_id, user_id=world.member(name), role="member")

    users = list(organization.projects.users.list(project_id, limit=2))

    assert [user.name for user in users] == ["Eve", "Dee", "Cho", "Bob", "Ann"]
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-project-users")]
    assert cursors == [None, users[1].id, users[3].id]


def test_the_role_in_a_project_changes(organization, world, project_id):
    ann = world.member("ann")
    organization.projects.users.create(project_id, user_id=ann, role="member")

    assert organization.projects.users.update(ann, project_id=project_id, role="owner").role == "owner"
    assert organization.projects.users.retrieve(ann, project_id=project_id).role == "owner"
    assert organization.users.retrieve(ann).role == "reader"


def test_who_left_the_project_is_still_in_the_organization(organization, world, project_id):
    ann = world.member("ann")
    organization.projects.users.create(project_id, user_id=ann, role="member")

    deletion = organization.projects.users.delete(ann, project_id=project_id)

    assert (deletion.object, deletion.id, deletion.deleted) == ("organization.project.user.deleted", ann, True)
    assert list(organization.projects.users.list(project_id)) == []
    assert organization.users.retrieve(ann).id == ann
    with pytest.raises(NotFoundError):
        organization.projects.users.retrieve(ann, project_id=project_id)


def test_who_is_in_a_project_already_is_a_conflict(client, world, project_id):
    users = client.with_options(max_retries=0).admin.organization.projects.users
    ann = world.member("ann")
    users.create(project_id, user_id=ann, role="member")

    with pytest.raises(ConflictError, match="already exists in project"):
        users.create(project_id, user_id=ann, role="member")


def test_strangers_cannot_be_added(organization, project_id):
    with pytest.raises(NotFoundError):
        organization.projects.users.create(project_id, user_id="user-nobody", role="member")
