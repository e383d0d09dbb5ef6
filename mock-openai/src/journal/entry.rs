//! One line of the journal and its parts. All of it serializes; nothing reads it back.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use super::actor::Actor;
use super::recorded::{RecordedAnswer, RecordedRequest};
use crate::fault::Phase;
use crate::operation::Operation;
use crate::record::{OrgRole, Principal, ProjectRole, Scope, ServiceAccountRole};
use crate::timestamp::Timestamp;

/// One request, or one thing that the world did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When the request had arrived in full.
    pub arrived: Timestamp,
    /// When it was (or, after a delay, will be) answered in full; `None` if it never is.
    pub answered: Option<Timestamp>,
    /// Whether the API or the world did it.
    pub cause: Cause,
    /// Who did it; `None` if nobody knows: there was no key or a wrong one, or the organization
    /// has no owner.
    #[serde(serialize_with = "actor")]
    pub actor: Option<Arc<Actor>>,
    /// The operation; `None` for the world and for paths that are no operation.
    pub operation: Option<Operation>,
    /// Verb and path template (`POST /organization/invites`), or what the world did.
    pub route: Cow<'static, str>,
    /// The request; `None` for the world.
    pub request: Option<RecordedRequest>,
    /// The answer that was sent, be it in part; `None` if there was none, and for the world.
    pub answer: Option<RecordedAnswer>,
    /// What changed, in the order in which it did. Also when the answer was lost.
    pub effects: Vec<Effect>,
    /// Trouble on purpose, if this request met any.
    pub injected: Option<Injected>,
}

impl Entry {
    /// What the world did. The number comes with [`Journal::append`](super::Journal).
    pub(crate) fn world(route: &'static str, now: Timestamp, effects: Vec<Effect>, actor: Option<Arc<Actor>>) -> Self {
        Self {
            seq: 0,
            arrived: now,
            answered: Some(now),
            cause: Cause::World,
            actor,
            operation: None,
            route: Cow::Borrowed(route),
            request: None,
            answer: None,
            effects,
            injected: None,
        }
    }

    /// Bytes it occupies, roughly.
    pub(crate) fn weight(&self) -> usize {
        let request = self.request.as_ref().map_or(0, RecordedRequest::weight);
        let answer = self.answer.as_ref().map_or(0, RecordedAnswer::weight);
        size_of::<Self>() + self.effects.capacity() * size_of::<Effect>() + request + answer
    }

    /// Something of all its memory, so that it has been looked at.
    pub(super) fn glance(&self) -> usize {
        let request = self.request.as_ref().map_or(0, RecordedRequest::glance);
        let answer = self.answer.as_ref().map_or(0, RecordedAnswer::glance);
        self.effects.capacity() ^ usize::from(request ^ answer)
    }
}

/// Where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A request to the Admin API.
    Request,
    /// The world: people, other admins, time; by [`Org`](crate::Org)'s methods.
    World,
}

/// One change to the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the ids, addresses and names of what changed")]
pub enum Effect {
    /// Somebody was invited.
    InviteCreated {
        invite_id: String,
        email: String,
        role: OrgRole,
    },
    /// An invite was withdrawn.
    InviteDeleted {
        invite_id: String,
        email: String,
        role: OrgRole,
    },
    /// Somebody accepted an invite; `user_added` follows unless they were a member already.
    InviteAccepted {
        invite_id: String,
        email: String,
        user_id: String,
        role: OrgRole,
    },
    /// An invite was made to expire. Expiry by time alone is no event.
    InviteExpired {
        invite_id: String,
        email: String,
        role: OrgRole,
    },
    /// Somebody declined an invite; it is gone.
    InviteDeclined {
        invite_id: String,
        email: String,
        role: OrgRole,
    },
    /// Somebody became a member of the organization.
    UserAdded {
        user_id: String,
        email: String,
        role: OrgRole,
    },
    /// A member's role changed.
    UserRoleChanged {
        user_id: String,
        email: String,
        from: OrgRole,
        to: OrgRole,
    },
    /// A member was removed; `member_removed` for each of their groups goes before.
    UserRemoved {
        user_id: String,
        email: String,
        role: OrgRole,
    },
    /// A group was made.
    GroupCreated { group_id: String, name: String },
    /// A group was renamed.
    GroupRenamed { group_id: String, from: String, to: String },
    /// A group was deleted, memberships included; they are not listed one by one.
    GroupDeleted { group_id: String, name: String },
    /// Somebody was added to a group.
    MemberAdded {
        group_id: String,
        group: String,
        user_id: String,
        email: String,
    },
    /// Somebody was removed from a group.
    MemberRemoved {
        group_id: String,
        group: String,
        user_id: String,
        email: String,
    },
    /// A role was made, in the organization or in a project.
    RoleCreated {
        role_id: String,
        name: String,
        permissions: Vec<String>,
        project_id: Option<String>,
    },
    /// A role was changed. What is `None` or empty stayed as it was.
    RoleUpdated {
        role_id: String,
        name: Option<String>,
        description: Option<String>,
        permissions_added: Vec<String>,
        permissions_removed: Vec<String>,
        project_id: Option<String>,
    },
    /// A role was deleted, its assignments included; they are not listed one by one.
    RoleDeleted {
        role_id: String,
        name: String,
        project_id: Option<String>,
    },
    /// A user or group was given a role. Where predefined roles are kept in step,
    /// `user_role_changed` or its project counterpart goes before.
    RoleAssigned {
        role_id: String,
        role: String,
        principal: Principal,
        project_id: Option<String>,
    },
    /// A role was taken from a user or group, be it because one of them is removed.
    RoleUnassigned {
        role_id: String,
        role: String,
        principal: Principal,
        project_id: Option<String>,
    },
    /// A project was made.
    ProjectCreated { project_id: String, name: String },
    /// A project was changed. What is `None` stayed as it was.
    ProjectUpdated {
        project_id: String,
        from: String,
        to: Option<String>,
        external_key_id: Option<String>,
    },
    /// A project was archived. Whoever is in it stays in it.
    ProjectArchived { project_id: String, name: String },
    /// A member of the organization was added to a project.
    ProjectUserAdded {
        project_id: String,
        project: String,
        user_id: String,
        email: String,
        role: ProjectRole,
    },
    /// The role of somebody in a project changed.
    ProjectUserRoleChanged {
        project_id: String,
        project: String,
        user_id: String,
        email: String,
        from: ProjectRole,
        to: ProjectRole,
    },
    /// Somebody was taken out of a project.
    ProjectUserRemoved {
        project_id: String,
        project: String,
        user_id: String,
        email: String,
        role: ProjectRole,
    },
    /// A group was added to a project; `role_assigned` follows.
    ProjectGroupAdded {
        project_id: String,
        project: String,
        group_id: String,
        group: String,
    },
    /// A group was taken out of a project; `role_unassigned` for each of its roles goes before.
    ProjectGroupRemoved {
        project_id: String,
        project: String,
        group_id: String,
        group: String,
    },
    /// A service account was made.
    ServiceAccountCreated {
        project_id: String,
        project: String,
        service_account_id: String,
        name: String,
        role: ServiceAccountRole,
    },
    /// A service account was changed; name and role as they are now.
    ServiceAccountUpdated {
        project_id: String,
        project: String,
        service_account_id: String,
        name: String,
        role: ServiceAccountRole,
    },
    /// A service account was deleted, its keys included.
    ServiceAccountDeleted {
        project_id: String,
        project: String,
        service_account_id: String,
        name: String,
    },
    /// A service account was given a key. The key itself is nowhere but in the answer.
    ServiceAccountKeyCreated {
        project_id: String,
        project: String,
        service_account_id: String,
        key_id: String,
        name: String,
        scopes: Vec<String>,
    },
    /// A key was made. Without scopes it may do what the setting says.
    AdminKeyCreated {
        key_id: String,
        name: String,
        scopes: Vec<Scope>,
    },
    /// A key was deleted.
    AdminKeyDeleted { key_id: String, name: String },
}

/// Trouble on purpose.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Injected {
    /// The throttle refused the request.
    Throttled {
        /// The wait the client was told in a header or in the message; `None` if in neither.
        retry_after_seconds: Option<f64>,
    },
    /// A fault rule struck.
    Fault {
        /// The rule in its text form.
        rule: String,
        /// Whether the operation was carried out.
        phase: Phase,
        /// The wait the client was told in a header or in the message, if it was told one.
        retry_after_seconds: Option<f64>,
    },
    /// The answer to a read was given as if what is too new was not there, see
    /// [`read_lag_ms`](crate::Settings::read_lag_ms).
    ReadLag {
        /// How many things were too new, asked for or not.
        hidden: usize,
    },
}

#[expect(clippy::ref_option, reason = "the form that serde wants")]
fn actor<S: Serializer>(actor: &Option<Arc<Actor>>, serializer: S) -> Result<S::Ok, S::Error> {
    actor.as_deref().serialize(serializer)
}
