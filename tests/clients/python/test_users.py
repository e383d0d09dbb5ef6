"""client.admin.organization.users: list, retrieve, update, delete."""

import pytest
from openai import BadRequestError, NotFoundError

from world import query


def test_a_member_has_the_values_of_the_invite_they_accepted(organization, world):
    invite = organization.invites.create(email="Ann@Example.com", role="owner")
    user_id = world.accept(invite.id, "Ann Arbor")

    user = organization.users.retrieve(user_id)

    assert (user.object, user.id) == ("organization.user", user_id)
    assert (user.email, user.name, user.role) == ("Ann@Example.com", "Ann Arbor", "owner")
    assert user.added_at >= invite.created_at
    assert user.is_scim_managed is False


def test_lists_page_by_themselves(organization, world):
    ids = [world.member(name) for name in ("ann", "bob", "cho", "dee", "eve")]

    users = list(organization.users.list(limit=2))

    assert [user.id for user in users] == ids[::-1]
    assert [user.name for user in users] == ["Eve", "Dee", "Cho", "Bob", "Ann"]
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-users")]
    assert cursors == [None, ids[3], ids[1]]


def test_a_page_says_where_it_begins_and_ends(organization, world):
    ann, bob = world.member("ann"), world.member("bob")

    page = organization.users.list(limit=2)

    assert (page.has_more, page.last_id) == (False, ann)
    assert page.model_extra["first_id"] == bob
    assert not page.has_next_page()


def test_the_default_page_has_twenty(organization, world):
    for number in range(21):
        world.member(f"u{number}")

    page = organization.users.list()

    assert (len(page.data), page.has_more) == (20, True)
    assert len(page.get_next_page().data) == 1


def test_emails_find_people_whatever_the_case_and_skip_strangers(organization, world):
    ann, _, cho = world.member("ann"), world.member("bob"), world.member("cho")

    found = list(organization.users.list(emails=["ANN@example.com", "cho@example.com", "no@example.com"], limit=1))

    assert [user.id for user in found] == [cho, ann]
    assert [name for name, _ in query(world.requests("list-users")[0])].count("emails[]") == 3


@pytest.mark.parametrize(
    ("change", "role"),
    [
        ({"role": "owner"}, "owner"),
        ({"role_id": "role-api-organization-owner"}, "owner"),
        ({"role": None}, "reader"),
        ({}, "reader"),
    ],
)
def test_a_role_changes_by_name_or_id_and_null_changes_nothing(organization, world, change, role):
    ann = world.member("ann")

    assert organization.users.update(ann, **change).role == role
    assert organization.users.retrieve(ann).role == role


def test_the_persona_of_a_user_can_be_set(organization, world):
    ann = world.member("ann")

    user = organization.users.update(ann, technical_level="expert", developer_persona="backend")

    assert (user.technical_level, user.developer_persona, user.role) == ("expert", "backend", "reader")


@pytest.mark.parametrize("change", [{"role": "emperor"}, {"role": "owner", "role_id": "role-api-organization-owner"}])
def test_a_role_that_cannot_be_is_refused(organization, world, change):
    ann = world.member("ann")

    with pytest.raises(BadRequestError) as refused:
        organization.users.update(ann, **change)

    assert refused.value.param in change
    assert organization.users.retrieve(ann).role == "reader"


def test_a_deleted_user_is_gone(organization, world):
    ann, bob = world.member("ann"), world.member("bob")

    deletion = organization.users.delete(ann)

    assert (deletion.object, deletion.id, deletion.deleted) == ("organization.user.deleted", ann, True)
    assert [user.id for user in organization.users.list()] == [bob]
    with pytest.raises(NotFoundError):
        organization.users.retrieve(ann)
    with pytest.raises(NotFoundError):
        organization.users.delete(ann)


def test_the_last_owner_stays(organization, world):
    ann = world.member("ann", role="owner")

    with pytest.raises(BadRequestError) as refused:
        organization.users.delete(ann)

    assert refused.value.code == "last_owner"
    assert refused.value.response.headers["x-mock-openai"] == "invented-code"
    assert organization.users.retrieve(ann).role == "owner"
