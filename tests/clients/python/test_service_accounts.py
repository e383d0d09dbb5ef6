"""client.admin.organization.projects.service_accounts and their API keys."""

import pytest
from openai import NotFoundError

from world import query


@pytest.fixture
def project_id(organization):
    return organization.projects.create(name="Apollo").id


def test_an_account_comes_with_a_key_that_is_shown_once(organization, project_id):
    created = organization.projects.service_accounts.create(project_id, name="robot")

    assert (created.object, created.name) == ("organization.project.service_account", "robot")
    assert created.api_key.object == "organization.project.service_account.api_key"
    assert created.api_key.value.startswith("sk-")
    account = organization.projects.service_accounts.retrieve(created.id, project_id=project_id)
    assert (account.id, account.name, account.created_at) == (created.id, "robot", created.created_at)
    assert "api_key" not in account.to_dict()


def test_an_account_can_do_without_a_key(organization, project_id):
    created = organization.projects.service_accounts.create(project_id, name="robot", create_service_account_only=True)

    assert created.api_key is None


def test_an_account_can_have_further_keys(organization, project_id):
    account = organization.projects.service_accounts.create(project_id, name="robot")

    key = organization.projects.service_accounts.api_keys.create(account.id, project_id=project_id, name="second")

    assert (key.object, key.name) == ("organization.project.service_account.api_key", "second")
    assert key.value.startswith("sk-") and key.value != account.api_key.value
    assert key.id != account.api_key.id


def test_name_and_role_of_an_account_change(organization, project_id):
    account = organization.projects.service_accounts.create(project_id, name="robot")

    changed = organization.projects.service_accounts.update(
        account.id, project_id=project_id, name="android", role="owner"
    )

    assert (changed.id, changed.name, changed.role) == (account.id, "android", "owner")
    assert organization.projects.service_accounts.retrieve(account.id, project_id=project_id) == changed


def test_lists_page_by_themselves(organization, world, project_id):
    for name in "abcde":
        organization.projects.service_accounts.create(project_id, name=name)

    accounts = list(organization.projects.service_accounts.list(project_id, limit=2))

    assert "".join(account.name for account in accounts) == "edcba"
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-project-service-accounts")]
    assert cursors == [None, accounts[1].id, accounts[3].id]


def test_a_deleted_account_is_gone(organization, project_id):
    account = organization.projects.service_accounts.create(project_id, name="robot")

    deletion = organization.projects.service_accounts.delete(account.id, project_id=project_id)

    assert (deletion.object, deletion.id) == ("organization.project.service_account.deleted", account.id)
    assert deletion.deleted is True
    with pytest.raises(NotFoundError):
        organization.projects.service_accounts.retrieve(account.id, project_id=project_id)
