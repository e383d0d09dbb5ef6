"""How refusals look through the client: the class of the exception, and what is left of the body."""

import pytest
from openai import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    InternalServerError,
    NotFoundError,
    OpenAI,
    PermissionDeniedError,
)


def test_what_is_not_there(organization):
    with pytest.raises(NotFoundError) as refused:
        organization.users.retrieve("user-nobody")

    assert (refused.value.type, refused.value.code, refused.value.param) == (
        "invalid_request_error",
        "user_not_found",
        None,
    )
    assert refused.value.body["message"] == "The user user-nobody was not found."
    assert refused.value.request_id.startswith("req_")


def test_a_wrong_key(world):
    with OpenAI(admin_api_key="sk-admin-wrong-wrong-wrong") as client, pytest.raises(AuthenticationError) as refused:
        client.admin.organization.users.list()

    assert (refused.value.type, refused.value.code) == ("invalid_request_error", "invalid_api_key")
    assert "wrong-wrong" not in refused.value.message
    assert len(world.requests()) == 1


def test_the_key_of_a_project():
    with OpenAI(admin_api_key="sk-proj-0123456789abcdef") as client, pytest.raises(PermissionDeniedError) as refused:
        client.admin.organization.users.list()

    assert refused.value.code == "missing_scopes"


def test_the_admin_key_wins_over_that_of_a_project(world):
    with OpenAI(api_key="sk-proj-0123456789abcdef") as client:
        assert list(client.admin.organization.users.list()) == []

    assert [entry["answer"]["status"] for entry in world.requests()] == [200]


def test_the_key_chooses_the_organization(world):
    world.member("ann")
    org_id, key = world.other_organization()

    with OpenAI(admin_api_key=key, organization=org_id) as other:
        answer = other.admin.organization.users.with_raw_response.list()
        assert list(answer.parse()) == []
        assert answer.headers["openai-organization"] == org_id
    with OpenAI(organization=org_id) as wrong, pytest.raises(AuthenticationError):
        wrong.admin.organization.users.list()


def test_a_key_without_a_scope_and_both_bodies(organization, world):
    world.settings(key_scope="no_groups")
    with pytest.raises(PermissionDeniedError) as refused:
        organization.groups.list()
    assert refused.value.code == "missing_scopes"
    assert "Missing scopes: api.groups.read" in refused.value.body["message"]

    world.settings(forbidden_body="bare_string")
    with pytest.raises(PermissionDeniedError) as refused:
        organization.groups.list()
    assert refused.value.code is None
    assert refused.value.body.startswith("You have insufficient permissions for this operation.")


def test_what_the_mock_does_not_model(client):
    with pytest.raises(APIStatusError) as refused:
        client.with_options(max_retries=0).admin.organization.usage.completions(start_time=0)

    assert (refused.value.status_code, refused.value.code) == (501, "not_modelled")


def test_a_page_of_a_proxy(client, world):
    world.fault("list-users", {"status": {"status": 502, "body": "html"}})

    with pytest.raises(InternalServerError) as refused:
        client.with_options(max_retries=0).admin.organization.users.list()

    assert refused.value.status_code == 502
    assert "<html" in refused.value.response.text


def test_a_code_that_is_a_number(organization, world):
    world.fault("retrieve-user", {"status": {"status": 404, "body": "numeric_code"}})

    with pytest.raises(NotFoundError) as refused:
        organization.users.retrieve("user-nobody")

    assert (refused.value.code, refused.value.body["code"]) == ("404", 404)


@pytest.mark.parametrize("action", ["reset", "half_body"])
def test_a_connection_that_breaks(client, world, action):
    world.fault("list-users", action, phase="after")

    with pytest.raises(APIConnectionError):
        client.with_options(max_retries=0).admin.organization.users.list()
