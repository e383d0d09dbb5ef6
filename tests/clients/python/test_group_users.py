"""client.admin.organization.groups.users: list, create, retrieve, delete."""

import pytest
from openai import ConflictError, NotFoundError

from world import header, query


@pytest.fixture
def group_id(organization):
    return organization.groups.create(name="Design").id


def test_a_member_is_added_and_shown(organization, world, group_id):
    ann = world.member("ann")

    added = organization.groups.users.create(group_id, user_id=ann)

    assert (added.object, added.group_id, added.user_id) == ("group.user", group_id, ann)
    member = organization.groups.users.retrieve(ann, group_id=group_id)
    assert (member.id, member.name, member.email) == (ann, "Ann", "ann@example.com")
    assert (member.user_type, member.is_service_account, member.picture) == ("user", False, None)


@pytest.mark.parametrize(
    ("order", "expected"),
    [({}, ["Eve", "Dee", "Cho", "Bob", "Ann"]), ({"order": "asc"}, ["Ann", "Bob", "Cho", "Dee", "Eve"])],
)
def test_lists_page_by_themselves_newest_first_unless_told(organization, world, group_id, order, expected):
    for name in ("ann", "bob", "cho", "dee", "eve"):
        organization.groups.users.create(group_id, user_id=world.member(name))

    members = list(organization.groups.users.list(group_id, limit=2, **order))

    assert [member.name for member in members] == expected
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-group-users")]
    assert cursors == [None, members[1].id, members[3].id]


def test_a_removed_member_is_gone(organization, world, group_id):
    ann = world.member("ann")
    organization.groups.users.create(group_id, user_id=ann)

    removal = organization.groups.users.delete(ann, group_id=group_id)

    assert (removal.object, removal.deleted) == ("group.user.deleted", True)
    assert list(organization.groups.users.list(group_id)) == []
    with pytest.raises(NotFoundError):
        organization.groups.users.delete(ann, group_id=group_id)


def test_who_is_in_a_group_already_costs_three_requests(organization, world, group_id):
    ann = world.member("ann")
    organization.groups.users.create(group_id, user_id=ann)

    with pytest.raises(ConflictError) as refused:
        organization.groups.users.create(group_id, user_id=ann)

    assert refused.value.code == "user_already_in_group"
    first, *tries = world.requests("add-group-user")
    assert first["answer"]["status"] == 200
    assert [entry["answer"]["status"] for entry in tries] == [409, 409, 409]
    assert [header(entry, "x-stainless-retry-count") for entry in tries] == ["0", "1", "2"]


def test_an_invite_is_no_user(organization, group_id):
    invite = organization.invites.create(email="ann@example.com", role="reader")

    with pytest.raises(NotFoundError):
        organization.groups.users.create(group_id, user_id=invite.id)
