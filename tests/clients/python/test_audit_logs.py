"""client.admin.organization.audit_logs: every change writes an event, and every filter finds the right ones."""

import pytest

from world import query


@pytest.fixture
def history(organization, world):
    """What happened, oldest first: event type and id of the thing."""
    happened = []

    def note(event, thing):
        happened.append((event, thing.id))
        return thing

    invite = organization.invites.create(email="ann@example.com", role="reader", projects=[])
    note("invite.sent", invite)
    ann = world.accept(invite.id, "Ann")
    happened += [("invite.accepted", invite.id), ("user.added", ann)]
    group = note("group.created", organization.groups.create(name="Design"))
    organization.groups.users.create(group.id, user_id=ann)
    note("group.updated", organization.groups.update(group.id, name="Art"))
    note("user.updated", organization.users.update(ann, role="owner"))
    note("group.deleted", organization.groups.delete(group.id))
    withdrawn = note("invite.sent", organization.invites.create(email="bob@example.com", role="owner"))
    note("invite.deleted", organization.invites.delete(withdrawn.id))
    return happened


def told(logs):
    """Event type and id of the thing, oldest first."""
    return [(log.type, log.to_dict()[log.type]["id"]) for log in logs][::-1]


def test_every_change_writes_an_event_newest_first(organization, history):
    assert told(organization.audit_logs.list(limit=100)) == history


def test_lists_page_by_themselves(organization, world, history):
    logs = list(organization.audit_logs.list(limit=4))

    assert told(logs) == history
    cursors = [dict(query(entry)).get("after") for entry in world.requests("list-audit-logs")]
    assert cursors == [None, logs[3].id, logs[7].id]


def test_before_turns_back(organization, history):
    logs = list(organization.audit_logs.list(limit=100))

    page = organization.audit_logs.list(limit=2, before=logs[4].id)

    assert [log.id for log in page.data] == [log.id for log in logs[2:4]]


def test_an_event_says_what_and_by_whom(organization, history):
    (event,) = organization.audit_logs.list(event_types=["group.updated"])

    details = event.to_dict()["group.updated"]
    assert details == {"id": history[4][1], "changes_requested": {"group_name": "Art"}}
    assert event.actor.type == "api_key"
    assert event.actor.api_key.type in ("user", "service_account")
    assert event.project.name == "Default project"


@pytest.mark.parametrize(
    "types", [["invite.sent"], ["group.created", "group.deleted"], ["user.updated", "login.failed"], ["login.failed"]]
)
def test_event_types(organization, history, types):
    expected = [event for event in history if event[0] in types]

    assert told(organization.audit_logs.list(event_types=types)) == expected


def test_resource_ids(organization, history):
    ids = [history[0][1], history[3][1]]

    assert told(organization.audit_logs.list(resource_ids=ids)) == [event for event in history if event[1] in ids]


def test_actors(organization, history):
    (event,) = organization.audit_logs.list(event_types=["group.created"])
    actor = event.actor.api_key.user or event.actor.api_key.service_account
    by_key = {event for event in history if event[0] not in ("invite.accepted", "user.added")}

    assert set(told(organization.audit_logs.list(actor_ids=[actor.id], limit=100))) >= by_key
    assert told(organization.audit_logs.list(actor_ids=["user-nobody"])) == []
    assert told(organization.audit_logs.list(actor_emails=["nobody@example.com"])) == []


def test_projects(organization, history):
    (event,) = organization.audit_logs.list(event_types=["group.created"])

    assert ("group.created", history[3][1]) in told(organization.audit_logs.list(project_ids=[event.project.id]))
    assert told(organization.audit_logs.list(project_ids=["proj_nothing"])) == []


def test_times(organization, history):
    newest, *_, oldest = organization.audit_logs.list(limit=100)

    assert told(organization.audit_logs.list(effective_at={"gt": newest.effective_at})) == []
    assert told(organization.audit_logs.list(effective_at={"lt": oldest.effective_at})) == []
    inside = {"gte": oldest.effective_at, "lte": newest.effective_at}
    assert told(organization.audit_logs.list(effective_at=inside, limit=100)) == history


def test_only_tenant_events_tell_of_group_members(organization, history):
    logs = list(organization.audit_logs.list(tenant_only=True, event_types=["tenant.group.member.added"]))

    assert [log.type for log in logs] == ["tenant.group.member.added"]
    assert "tenant.group.member.added" not in [log.type for log in organization.audit_logs.list(limit=100)]


def test_what_the_filters_look_like_on_the_wire(organization, world):
    organization.audit_logs.list(event_types=["user.added"], effective_at={"gte": 1, "lt": 2}, resource_ids=["a", "b"])

    (entry,) = world.requests("list-audit-logs")
    assert sorted(query(entry)) == [
        ("effective_at[gte]", "1"),
        ("effective_at[lt]", "2"),
        ("event_types[]", "user.added"),
        ("resource_ids[]", "a"),
        ("resource_ids[]", "b"),
    ]
