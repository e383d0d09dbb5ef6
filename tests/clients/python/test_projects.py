"""client.admin.organization.projects: list, create, retrieve, update, archive."""

import pytest
from openai import BadRequestError, NotFoundError

from world import query


def custom(projects):
    return [project for project in projects if project.name != "Default project"]


def test_a_project_is_what_was_asked_for(organization):
    project = organization.projects.create(name="Apollo", residency="EU_STORAGE_PROCESSING", external_key_id="ext-1")

    assert (project.object, project.name, project.status) == ("organization.project", "Apollo", "active")
    assert (project.archived_at, project.external_key_id) == (None, "ext-1")
    assert project.residency == "EU_STORAGE_PROCESSING"
    assert project.id.startswith("proj_")
    assert organization.projects.retrieve(project.id) == project


def test_a_project_can_be_renamed(organization):
    project = organization.projects.create(name="Apollo")

    renamed = organization.projects.update(project.id, name="Artemis")

    assert (renamed.id, renamed.name, renamed.created_at) == (project.id, "Artemis", project.created_at)
    assert organization.projects.retrieve(project.id).name == "Artemis"


def test_an_archived_project_is_only_listed_on_demand(organization):
    kept, archived = (organization.projects.create(name=name) for name in ("Apollo", "Gemini"))

    answer = organization.projects.archive(archived.id)

    assert (answer.id, answer.status) == (archived.id, "archived")
    assert answer.archived_at >= archived.created_at
    assert [project.id for project in custom(organization.projects.list())] == [kept.id]
    everything = custom(organization.projects.list(include_archived=True))
    assert [(project.id, project.status) for project in everything] == [(archived.id, "archived"), (kept.id, "active")]


def test_lists_page_by_themselves(organization, world):
    created = [organization.projects.create(name=name) for name in "abcde"]

    projects = list(organization.projects.list(limit=2))

    assert custom(projects) == created[::-1]
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-projects")]
    assert cursors == [None, projects[1].id, projects[3].id]


@pytest.mark.parametrize("change", ["update", "archive"])
def test_the_default_project_stays_as_it_is(organization, change):
    (default,) = [project for project in organization.projects.list() if project.name == "Default project"]

    with pytest.raises(BadRequestError):
        organization.projects.update(default.id, name="x") if change == "update" else organization.projects.archive(
            default.id
        )

    assert organization.projects.retrieve(default.id) == default


def test_an_archived_project_takes_nobody(organization, world):
    project = organization.projects.create(name="Apollo")
    organization.projects.archive(project.id)

    with pytest.raises(BadRequestError, match="archived"):
        organization.projects.users.create(project.id, user_id=world.member("ann"), role="member")


def test_what_is_not_there_is_said_in_openais_words(organization):
    with pytest.raises(NotFoundError) as refused:
        organization.projects.retrieve("proj_nothing")

    assert (refused.value.code, refused.value.type) == ("project_not_found", "invalid_request_error")
    assert "proj_nothing" in refused.value.body["message"]
    assert "x-mock-openai" not in refused.value.response.headers


def test_an_invite_can_carry_projects(organization, world):
    project = organization.projects.create(name="Apollo")
    invite = organization.invites.create(
        email="ann@example.com", role="reader", projects=[{"id": project.id, "role": "owner"}]
    )
    assert [(entry.id, entry.role) for entry in invite.projects] == [(project.id, "owner")]

    ann = world.accept(invite.id, "Ann")

    members = [(user.id, user.role) for user in organization.projects.users.list(project.id)]
    assert members == [(ann, "owner")]
