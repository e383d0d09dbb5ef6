//! Every behaviour that the reference leaves open, as one typed switch each.
//!
//! The same struct is a TOML file (`--settings`), a JSON document (`/settings` of the management
//! API) and a Rust value. All fields have defaults; unknown ones are refused. The documentation
//! of each switch says how sure we are: *specified*, *reported* (somebody saw it), or *our
//! choice* (nobody did, one must be picked). Nothing else about the mock is configurable.

mod acceptance;
mod groups;
mod invites;
mod keys;
mod lists;
mod projects;
mod roles;
mod users;
mod wire;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::acceptance::{AutoAccept, SCurve};
pub use self::groups::{
    AddExistingMember, AddUnknownUser, BadGroupName, DeleteFullGroup, DuplicateGroupName, RemoveNonMember,
    ScimManagedGroup,
};
pub use self::invites::{
    DeleteAcceptedInvite, DeleteExpiredInvite, DuplicateInvite, EndedInvites, InviteAgain, InviteMember,
};
pub use self::keys::{AuditLogging, DeleteKeyOwner, KeyScope};
pub use self::lists::{DeletedCursor, EmptyCursors, LimitOutOfRange, LimitZero, ListOrder, NextCursor, UnknownCursor};
pub use self::projects::{AddExistingProjectUser, ArchivedInviteProject, OmittedProjects, UnknownInviteProject};
pub use self::roles::{PaymentMethod, Plan, PredefinedRoles, UnassignReader};
pub use self::users::{
    EmailCase, EmailsFilter, EmptyModify, LastOwner, MemberRole, RemovedUserRows, ReturningUserId, RoleAndRoleId,
    UnnamedUser,
};
pub use self::wire::{BadBody, DeleteMissing, ForbiddenBody, Profile, RateHeaders, UnknownFields};
use crate::throttle::Throttle;

/// Seven days, the difference between `created_at` and `expires_at` in the one live sample known.
const SEVEN_DAYS: u64 = 7 * 24 * 60 * 60;

/// See the module. `Settings::default()` is the most likely OpenAI, without throttling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Inviting somebody who has a pending invite.
    pub duplicate_invite: DuplicateInvite,
    /// Inviting a member.
    pub invite_member: InviteMember,
    /// Inviting somebody whose invite has expired.
    pub invite_again: InviteAgain,
    /// Seconds until an invite expires; default seven days (one live sample). `None`, written
    /// `0` or `null`, means that it never does and that `expires_at` is `null`.
    #[serde(deserialize_with = "zero_is_never")]
    pub invite_ttl_seconds: Option<u64>,
    /// Who accepts invites, and when; nobody unless asked.
    pub auto_accept: AutoAccept,
    /// Deleting an accepted invite.
    pub delete_accepted_invite: DeleteAcceptedInvite,
    /// Deleting an expired invite.
    pub delete_expired_invite: DeleteExpiredInvite,
    /// Whether accepted invites are still there.
    pub accepted_invites: EndedInvites,
    /// Whether expired invites are still there.
    pub expired_invites: EndedInvites,

    /// How addresses are compared and shown.
    pub email_case: EmailCase,
    /// The `emails` filter.
    pub emails_filter: EmailsFilter,
    /// The id of somebody who returns.
    pub returning_user_id: ReturningUserId,
    /// Group memberships of a removed user.
    pub removed_user_rows: RemovedUserRows,
    /// Deleting or demoting the last owner.
    pub last_owner: LastOwner,
    /// The role word `member`.
    pub member_role: MemberRole,
    /// modify-user that changes nothing.
    pub empty_modify: EmptyModify,
    /// modify-user with two roles.
    pub role_and_role_id: RoleAndRoleId,
    /// Deleting somebody who owns keys.
    pub delete_key_owner: DeleteKeyOwner,
    /// The name of a user without one.
    pub unnamed_user: UnnamedUser,

    /// A group name that is taken.
    pub duplicate_group_name: DuplicateGroupName,
    /// A group name that cannot be.
    pub bad_group_name: BadGroupName,
    /// Adding a member twice.
    pub add_existing_member: AddExistingMember,
    /// Removing somebody who is no member.
    pub remove_non_member: RemoveNonMember,
    /// Adding an id that is no user's.
    pub add_unknown_user: AddUnknownUser,
    /// Changing a group that a directory manages.
    pub scim_managed_group: ScimManagedGroup,
    /// Deleting a group that has members.
    pub delete_full_group: DeleteFullGroup,

    /// Predefined roles and the `role` of users.
    pub predefined_roles: PredefinedRoles,
    /// Unassigning `reader`.
    pub unassign_reader: UnassignReader,
    /// What the organization pays for.
    pub plan: Plan,
    /// Whether the organization can pay.
    pub payment_method: PaymentMethod,

    /// Inviting to a project that is not there.
    pub unknown_invite_project: UnknownInviteProject,
    /// Inviting to an archived project.
    pub archived_invite_project: ArchivedInviteProject,
    /// The `projects` of an invite that named none.
    pub omitted_projects: OmittedProjects,
    /// Adding a project user twice.
    pub add_existing_project_user: AddExistingProjectUser,
    /// Whether service accounts made from now on are users of the organization too, with
    /// `is_service_account` and without an address (inference from that field). Default: no.
    pub service_accounts_in_users: bool,

    /// A cursor that names nothing.
    pub unknown_cursor: UnknownCursor,
    /// A cursor whose row is gone.
    pub deleted_cursor: DeletedCursor,
    /// A limit that is too small or too large.
    pub limit_out_of_range: LimitOutOfRange,
    /// A limit of zero.
    pub limit_zero: LimitZero,
    /// The order of lists that cannot be ordered.
    pub list_order: ListOrder,
    /// `first_id` and `last_id` of an empty page.
    pub empty_cursors: EmptyCursors,
    /// What `next` holds.
    pub next_cursor: NextCursor,

    /// For how many milliseconds the checks for duplicates (of pending invites and of group names)
    /// do not see what has just been made, as when two requests race; default 0 (our choice).
    pub duplicate_window_ms: u64,
    /// For how many milliseconds reads do not find what has been made: 404, and missing in lists.
    /// Reported for service accounts; here it goes for everything that has an id, and for
    /// memberships and assignments. Default: 0. Writes always find it.
    pub read_lag_ms: u64,
    /// How many reads that should show what has been made do not find it, of each thing that is made; beside
    /// [`read_lag_ms`](Self::read_lag_ms), the longer of the two counting. A list counts for all that belongs in it, on
    /// whichever page. Default: 0.
    pub read_lag_reads: u64,
    /// Deleting what is not there.
    pub delete_missing: DeleteMissing,
    /// Which fields answers carry.
    pub profile: Profile,
    /// Fields nobody knows in request bodies.
    pub unknown_fields: UnknownFields,
    /// Bodies that are no JSON object.
    pub bad_body: BadBody,
    /// The body of a 403.
    pub forbidden_body: ForbiddenBody,
    /// What a key may do that says nothing of its own.
    pub key_scope: KeyScope,
    /// Whether changes are logged.
    pub audit_log: AuditLogging,
    /// `x-ratelimit-*` headers.
    pub rate_headers: RateHeaders,
    /// The rate limit; off unless asked.
    pub throttle: Throttle,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            duplicate_invite: DuplicateInvite::default(),
            invite_member: InviteMember::default(),
            invite_again: InviteAgain::default(),
            invite_ttl_seconds: Some(SEVEN_DAYS),
            auto_accept: AutoAccept::default(),
            delete_accepted_invite: DeleteAcceptedInvite::default(),
            delete_expired_invite: DeleteExpiredInvite::default(),
            accepted_invites: EndedInvites::default(),
            expired_invites: EndedInvites::default(),
            email_case: EmailCase::default(),
            emails_filter: EmailsFilter::default(),
            returning_user_id: ReturningUserId::default(),
            removed_user_rows: RemovedUserRows::default(),
            last_owner: LastOwner::default(),
            member_role: MemberRole::default(),
            empty_modify: EmptyModify::default(),
            role_and_role_id: RoleAndRoleId::default(),
            delete_key_owner: DeleteKeyOwner::default(),
            unnamed_user: UnnamedUser::default(),
            duplicate_group_name: DuplicateGroupName::default(),
            bad_group_name: BadGroupName::default(),
            add_existing_member: AddExistingMember::default(),
            remove_non_member: RemoveNonMember::default(),
            add_unknown_user: AddUnknownUser::default(),
            scim_managed_group: ScimManagedGroup::default(),
            delete_full_group: DeleteFullGroup::default(),
            predefined_roles: PredefinedRoles::default(),
            unassign_reader: UnassignReader::default(),
            plan: Plan::default(),
            payment_method: PaymentMethod::default(),
            unknown_invite_project: UnknownInviteProject::default(),
            archived_invite_project: ArchivedInviteProject::default(),
            omitted_projects: OmittedProjects::default(),
            add_existing_project_user: AddExistingProjectUser::default(),
            service_accounts_in_users: false,
            unknown_cursor: UnknownCursor::default(),
            deleted_cursor: DeletedCursor::default(),
            limit_out_of_range: LimitOutOfRange::default(),
            limit_zero: LimitZero::default(),
            list_order: ListOrder::default(),
            empty_cursors: EmptyCursors::default(),
            next_cursor: NextCursor::default(),
            duplicate_window_ms: 0,
            read_lag_ms: 0,
            read_lag_reads: 0,
            delete_missing: DeleteMissing::default(),
            profile: Profile::default(),
            unknown_fields: UnknownFields::default(),
            bad_body: BadBody::default(),
            forbidden_body: ForbiddenBody::default(),
            key_scope: KeyScope::default(),
            audit_log: AuditLogging::default(),
            rate_headers: RateHeaders::default(),
            throttle: Throttle::default(),
        }
    }
}

fn zero_is_never<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let seconds = Option::<u64>::deserialize(deserializer)?;
    Ok(seconds.filter(|seconds| *seconds > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_went() {
        let settings = Settings {
            auto_accept: AutoAccept::after_seconds(5),
            invite_ttl_seconds: None,
            throttle: Throttle::Measured,
            ..Settings::default()
        };
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    }

    #[test]
    fn a_toml_table_names_only_what_differs() {
        let text = "duplicate_invite = \"conflict\"\ninvite_ttl_seconds = 0\n\
                    auto_accept = { after_seconds = 2 }\nthrottle = \"off\"\n";
        let settings: Settings = toml::from_str(text).unwrap();
        assert_eq!(settings.duplicate_invite, DuplicateInvite::Conflict);
        assert_eq!(settings.invite_ttl_seconds, None);
        assert_eq!(settings.auto_accept, AutoAccept::after_seconds(2));
        assert_eq!(settings.last_owner, LastOwner::Refuse);
    }

    #[test]
    fn a_misspelt_value_is_answered_with_the_allowed_ones() {
        let error = toml::from_str::<Settings>("last_owner = \"forbit\"\n").unwrap_err();
        insta::assert_snapshot!(error.to_string(), @r#"
        TOML parse error at line 1, column 14
          |
        1 | last_owner = "forbit"
          |              ^^^^^^^^
        unknown variant `forbit`, expected one of `refuse`, `forbid`, `allow`
        "#);
    }

    #[test]
    fn a_misspelt_key_is_answered_with_the_allowed_ones() {
        let error = toml::from_str::<Settings>("last_ower = \"allow\"\n").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("line 1, column 1"), "{error}");
        assert!(error.contains("unknown field `last_ower`, expected one of `duplicate_invite`"));
    }
}
