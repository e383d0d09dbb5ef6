"""client.admin.organization.groups: list, create, retrieve, update, delete."""

import pytest
from openai import BadRequestError, NotFoundError, PermissionDeniedError

from world import query


def test_a_group_has_its_name_and_its_kind(organization):
    group = organization.groups.create(name="Design")

    assert (group.name, group.group_type, group.is_scim_managed) == ("Design", "group", False)
    assert group.id.startswith("group_")
    assert organization.groups.retrieve(group.id) == group


def test_names_are_not_unique(organization):
    first, second = organization.groups.create(name="Design"), organization.groups.create(name="Design")

    assert first.id != second.id
    assert [group.id for group in organization.groups.list()] == [first.id, second.id]


@pytest.mark.parametrize(("order", "expected"), [("asc", "abcde"), ("desc", "edcba")])
def test_lists_page_by_themselves_in_both_orders(organization, world, order, expected):
    for name in "abcde":
        organization.groups.create(name=name)

    groups = list(organization.groups.list(limit=2, order=order))

    assert "".join(group.name for group in groups) == expected
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-groups")]
    assert cursors == [None, groups[1].id, groups[3].id]


def test_cursors_need_not_be_ids(organization, world):
    world.settings(next_cursor="opaque")
    ids = [organization.groups.create(name=name).id for name in "abc"]

    page = organization.groups.list(limit=2)

    assert page.next.startswith("cur_")
    assert [group.id for group in page] == ids


def test_a_page_may_be_empty_although_there_is_more(organization):
    organization.groups.create(name="Design")

    page = organization.groups.list(limit=0)

    assert (page.data, page.has_more, page.next) == ([], True, None)


def test_a_renamed_group_keeps_its_id(organization):
    group = organization.groups.create(name="Design")

    renamed = organization.groups.update(group.id, name="Research")

    assert (renamed.id, renamed.name, renamed.created_at) == (group.id, "Research", group.created_at)
    assert organization.groups.retrieve(group.id).name == "Research"


def test_a_deleted_group_is_gone(organization):
    group = organization.groups.create(name="Design")

    deletion = organization.groups.delete(group.id)

    assert (deletion.object, deletion.id, deletion.deleted) == ("group.deleted", group.id, True)
    with pytest.raises(NotFoundError):
        organization.groups.retrieve(group.id)


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_that_cannot_be_is_refused(organization, name):
    with pytest.raises(BadRequestError) as refused:
        organization.groups.create(name=name)

    assert refused.value.param == "name"


def test_a_group_of_a_directory_cannot_be_changed(organization, world):
    group_id = world.managed_group("Design")

    with pytest.raises(PermissionDeniedError) as refused:
        organization.groups.update(group_id, name="Research")

    assert refused.value.code == "group_scim_managed"
    assert organization.groups.retrieve(group_id).is_scim_managed is True
