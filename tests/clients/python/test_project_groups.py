"""client.admin.organization.projects.groups: list, create, retrieve, delete."""

import pytest
from openai import NotFoundError

from world import query

MEMBER = "role-api-project-member"


@pytest.fixture
def project_id(organization):
    return organization.projects.create(name="Apollo").id


def test_a_group_is_added_by_role_id_and_shown(organization, project_id):
    group = organization.groups.create(name="Design")

    added = organization.projects.groups.create(project_id, group_id=group.id, role=MEMBER)

    assert (added.object, added.project_id, added.group_id) == ("project.group", project_id, group.id)
    assert (added.group_name, added.group_type) == ("Design", "group")
    assert organization.projects.groups.retrieve(group.id, project_id=project_id, group_type="group") == added


@pytest.mark.parametrize(("order", "expected"), [({}, "abcde"), ({"order": "desc"}, "edcba")])
def test_lists_page_by_themselves_oldest_first_unless_told(organization, world, project_id, order, expected):
    for name in "abcde":
        group = organization.groups.create(name=name)
        organization.projects.groups.create(project_id, group_id=group.id, role=MEMBER)

    groups = list(organization.projects.groups.list(project_id, limit=2, **order))

    assert "".join(group.group_name for group in groups) == expected
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-project-groups")]
    assert len(cursors) == 3 and len(set(cursors)) == 3


def test_a_removed_group_is_gone_from_the_project_only(organization, project_id):
    group = organization.groups.create(name="Design")
    organization.projects.groups.create(project_id, group_id=group.id, role=MEMBER)

    removal = organization.projects.groups.delete(group.id, project_id=project_id)

    assert (removal.object, removal.deleted) == ("project.group.deleted", True)
    assert list(organization.projects.groups.list(project_id)) == []
    assert organization.groups.retrieve(group.id) == group
    with pytest.raises(NotFoundError):
        organization.projects.groups.retrieve(group.id, project_id=project_id)
