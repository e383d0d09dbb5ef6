"""client.admin.organization.invites: list, create, retrieve, delete."""

import pytest
from openai import BadRequestError, NotFoundError

from world import query

SEVEN_DAYS = 7 * 24 * 60 * 60


def test_an_invite_waits_for_seven_days(organization):
    invite = organization.invites.create(email="Ann@Example.com", role="reader", projects=[])

    assert (invite.object, invite.email, invite.role) == ("organization.invite", "Ann@Example.com", "reader")
    assert (invite.status, invite.accepted_at, invite.projects) == ("pending", None, [])
    assert invite.expires_at - invite.created_at == SEVEN_DAYS
    assert organization.invites.retrieve(invite.id) == invite


def test_an_accepted_invite_says_so_and_cannot_be_deleted(organization, world):
    invite = organization.invites.create(email="ann@example.com", role="owner")
    world.accept(invite.id, "Ann")

    accepted = organization.invites.retrieve(invite.id)

    assert accepted.status == "accepted"
    assert accepted.created_at <= accepted.accepted_at < accepted.expires_at
    with pytest.raises(BadRequestError, match="already accepted"):
        organization.invites.delete(invite.id)


def test_an_expired_invite_is_listed_and_leaves_room_for_another(organization, world):
    first = organization.invites.create(email="ann@example.com", role="reader")
    world.expire(first.id)

    second = organization.invites.create(email="ann@example.com", role="reader")

    assert [(invite.id, invite.status) for invite in organization.invites.list()] == [
        (second.id, "pending"),
        (first.id, "expired"),
    ]


def test_lists_page_by_themselves(organization, world):
    sent = [organization.invites.create(email=f"{name}@example.com", role="reader") for name in "abcde"]

    invites = list(organization.invites.list(limit=2))

    assert invites == sent[::-1]
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-invites")]
    assert cursors == [None, sent[3].id, sent[1].id]


def test_an_empty_list_has_no_page_behind_it(organization):
    page = organization.invites.list()

    assert (page.data, page.has_more, page.last_id) == ([], False, None)
    assert list(page) == []


def test_a_deleted_invite_is_gone(organization):
    invite = organization.invites.create(email="ann@example.com", role="reader")

    deletion = organization.invites.delete(invite.id)

    assert (deletion.object, deletion.id, deletion.deleted) == ("organization.invite.deleted", invite.id, True)
    assert list(organization.invites.list()) == []
    with pytest.raises(NotFoundError):
        organization.invites.retrieve(invite.id)


def test_a_second_invite_to_the_same_address_is_refused(organization):
    invite = organization.invites.create(email="ann@example.com", role="reader")

    with pytest.raises(BadRequestError) as refused:
        organization.invites.create(email="ANN@example.com", role="reader")

    assert refused.value.code == "invite_already_exists"
    assert list(organization.invites.list()) == [invite]


def test_a_member_cannot_be_invited(organization, world):
    world.member("ann")

    with pytest.raises(BadRequestError) as refused:
        organization.invites.create(email="ann@example.com", role="reader")

    assert refused.value.code == "user_already_in_organization"


@pytest.mark.parametrize(("wrong", "param"), [({"email": "nobody"}, "email"), ({"role": "member"}, "role")])
def test_what_cannot_be_invited_is_named(organization, wrong, param):
    with pytest.raises(BadRequestError) as refused:
        organization.invites.create(**{"email": "ann@example.com", "role": "reader"} | wrong)

    assert refused.value.param == param
