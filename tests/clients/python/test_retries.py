"""What the client does about refusals that may pass: when it tries again, how long it waits, what that costs.

Waits are read from the journal, where the server says when each request arrived.
"""

import pytest
from openai import APITimeoutError, BadRequestError, ConflictError, InternalServerError, RateLimitError

from world import header

# The client's own pause before the first repetition: half a second, less a quarter by chance.
SHORTEST_BACKOFF = 0.375


def refusal(status, retry_after="absent", body="object"):
    return {"status": {"status": status, "retry_after": retry_after, "body": body}}


@pytest.mark.parametrize(
    ("retry_after", "shortest"),
    [
        ({"integer": 1}, 1.0),
        # A date has whole seconds, so up to one of the two is lost.
        ({"http_date": 2}, 1.0),
        ("absent", SHORTEST_BACKOFF),
    ],
    ids=["seconds", "date", "absent"],
)
def test_429_is_tried_again_after_the_wait_that_was_asked_for(organization, world, retry_after, shortest):
    world.member("ann")
    world.fault("list-users", refusal(429, retry_after), hits={"next": 1})

    assert [user.name for user in organization.users.list()] == ["Ann"]

    (wait,) = world.waits("list-users")
    assert wait >= shortest
    assert [header(entry, "x-stainless-retry-count") for entry in world.requests("list-users")] == ["0", "1"]


def test_a_wait_that_is_only_in_the_text_is_not_seen(organization, world):
    world.fault("list-users", refusal(429, {"text_only": 60}), hits={"next": 1})

    assert list(organization.users.list()) == []

    (wait,) = world.waits("list-users")
    assert SHORTEST_BACKOFF <= wait < 30


def test_two_minutes_are_too_long_to_wait(organization, world):
    world.fault("list-users", refusal(429, {"integer": 121}))

    with pytest.raises(RateLimitError) as refused:
        organization.users.list()

    assert refused.value.response.headers["retry-after"] == "121"
    assert refused.value.code == "rate_limit_exceeded"
    assert len(world.requests("list-users")) == 1


@pytest.mark.parametrize(("status", "error"), [(409, ConflictError), (429, RateLimitError), (500, InternalServerError)])
def test_it_gives_up_after_three_tries(organization, world, status, error):
    world.fault("list-groups", refusal(status))

    with pytest.raises(error):
        organization.groups.list()

    tries = world.requests("list-groups")
    assert [entry["answer"]["status"] for entry in tries] == [status] * 3
    assert [header(entry, "x-stainless-retry-count") for entry in tries] == ["0", "1", "2"]
    first, second = world.waits("list-groups")
    assert first >= SHORTEST_BACKOFF and second >= 2 * SHORTEST_BACKOFF


def test_the_server_has_the_last_word(organization, world):
    world.fault("list-users", {"status": {"status": 400, "should_retry": True}}, hits={"next": 1})
    assert list(organization.users.list()) == []
    assert [entry["answer"]["status"] for entry in world.requests("list-users")] == [400, 200]

    world.fault("list-groups", {"status": {"status": 500, "should_retry": False}})
    with pytest.raises(InternalServerError):
        organization.groups.list()
    assert len(world.requests("list-groups")) == 1


@pytest.mark.parametrize("broken", ["reset", "half_body"])
def test_a_broken_connection_is_tried_again(organization, world, broken):
    world.fault("list-users", broken, hits={"next": 1}, phase="after")

    assert list(organization.users.list()) == []

    assert len(world.requests("list-users")) == 2


def test_silence_is_tried_again(client, world):
    impatient = client.with_options(timeout=1)
    world.fault("list-users", "hang", hits={"next": 1})

    assert list(impatient.admin.organization.users.list()) == []

    assert [entry["answer"] is None for entry in world.requests("list-users")] == [True, False]


def test_silence_for_ever_is_an_error(client, world):
    world.fault("list-users", "hang")

    with pytest.raises(APITimeoutError):
        client.with_options(timeout=0.5, max_retries=1).admin.organization.users.list()

    assert len(world.requests("list-users")) == 2


def test_patience_survives_all_sorts_of_trouble(client, world):
    organization = client.with_options(max_retries=10).admin.organization
    world.hostility()

    group = organization.groups.create(name="Design")
    names = ("ann", "bob", "cho", "dee", "eve")
    for name in names:
        invite = organization.invites.create(email=f"{name}@example.com", role="reader")
        organization.groups.users.create(group.id, user_id=world.accept(invite.id, name))

    assert sorted(user.name for user in organization.users.list(limit=2)) == sorted(names)
    assert [member.name for member in organization.groups.users.list(group.id, limit=2)] == list(names[::-1])
    assert any(entry["injected"] for entry in world.requests())


def test_a_real_limit_is_waited_out(organization, world):
    world.settings(throttle={"bucket": {"burst": 2, "per_minute": 30.0}})

    for _ in range(3):
        assert list(organization.users.list()) == []

    statuses = [entry["answer"]["status"] for entry in world.requests("list-users")]
    assert statuses == [200, 200, 429, 200]


@pytest.mark.parametrize("lost", [refusal(500), "reset"], ids=["500", "reset"])
def test_a_lost_answer_invites_twice(organization, world, lost):
    world.settings(duplicate_invite="second_invite")
    world.fault("inviteUser", lost, hits={"next": 1}, phase="after")

    invite = organization.invites.create(email="ann@example.com", role="reader")

    sent = list(organization.invites.list())
    assert [one.email for one in sent] == ["ann@example.com"] * 2
    assert sent[0] == invite and sent[1].id != invite.id
    assert [header(entry, "idempotency-key") for entry in world.requests("inviteUser")] == [None, None]


def test_a_lost_answer_looks_like_a_duplicate_where_invites_are_unique(organization, world):
    world.fault("inviteUser", refusal(500), hits={"next": 1}, phase="after")

    with pytest.raises(BadRequestError) as refused:
        organization.invites.create(email="ann@example.com", role="reader")

    assert refused.value.code == "invite_already_exists"
    assert len(list(organization.invites.list())) == 1
