"""client.admin.organization.admin_api_keys: list, create, retrieve, delete."""

import pytest
from openai import AuthenticationError, NotFoundError, OpenAI

from world import query

NAMES = "abcde"


def test_a_new_key_opens_the_organization_and_is_shown_once(organization):
    created = organization.admin_api_keys.create(name="deploy")

    assert (created.object, created.name) == ("organization.admin_api_key", "deploy")
    assert created.value.startswith("sk-admin-")
    with OpenAI(admin_api_key=created.value) as other:
        assert created.id in [key.id for key in other.admin.organization.admin_api_keys.list()]
    key = organization.admin_api_keys.retrieve(created.id)
    assert (key.id, key.name, key.created_at) == (created.id, "deploy", created.created_at)
    assert key.redacted_value.startswith("sk-admin") and created.value not in key.redacted_value
    assert key.redacted_value.endswith(created.value[-4:])
    assert "value" not in key.to_dict()


def test_a_key_can_have_an_end(organization):
    key = organization.admin_api_keys.create(name="deploy", expires_in_seconds=3600)

    assert key.expires_at - key.created_at == 3600


@pytest.mark.parametrize(("order", "expected"), [({}, NAMES), ({"order": "desc"}, NAMES[::-1])])
def test_lists_page_by_themselves_oldest_first_unless_told(organization, world, order, expected):
    ids = [organization.admin_api_keys.create(name=name).id for name in NAMES]

    keys = list(organization.admin_api_keys.list(limit=2, **order))

    assert "".join(key.name for key in keys if key.id in ids) == expected
    assert keys[0].owner.type in ("user", "service_account")
    cursors = [dict(query(entry)).get("after") for entry in world.requests("admin-api-keys-list")]
    assert cursors == [None] + [key.id for key in keys[1:-1:2]]


def test_a_deleted_key_opens_nothing(organization):
    key = organization.admin_api_keys.create(name="deploy")

    deletion = organization.admin_api_keys.delete(key.id)

    assert (deletion.object, deletion.id, deletion.deleted) == ("organization.admin_api_key.deleted", key.id, True)
    with pytest.raises(NotFoundError):
        organization.admin_api_keys.retrieve(key.id)
    with OpenAI(admin_api_key=key.value) as other, pytest.raises(AuthenticationError):
        other.admin.organization.admin_api_keys.list()
