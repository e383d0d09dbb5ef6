//! Faults in the area `roles`: roles in the organization.

macro_rules! roles_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    RoleIgnored "role-ignored" "roles/top-level"
        "A role beside the user name is stored and has no effect.";
    RolesNotRead "roles-not-read" "roles/nested-urn"
        "A role is stored, wherever it stands, and has no effect.";
    NestedRoleIgnored "nested-role-ignored" "roles/nested-urn-undeclared"
        "A role inside an extension object has no effect.";
    UndeclaredUrnDropped "undeclared-urn-dropped" "roles/nested-urn-undeclared"
        "Extension objects that schemas does not list are thrown away.";
    PendingRoleNotReinvited "pending-role-not-reinvited" "roles/entra-patch-pending" + "stories/roles-in-bulk"
        "The role change of a pending person does not reach the invite.";
    MemberRoleChangeReinvites "member-role-change-reinvites" "roles/entra-opt-patch-member" + "stories/roles-in-bulk"
        "The role change of a member removes the person and sends a new invite.";
    EchoRoleWrites "echo-role-writes" "roles/echo-is-no-change"
        "A role that is equal to the present one is written upstream again.";
    UnknownRoleMeansOwner "unknown-role-means-owner" "roles/unknown-values"
        "An unknown role value makes the person an owner.";
    EntitlementGivesRole "entitlement-gives-role" "roles/okta-entitlement-role"
        "An entitlement is read like a role: one with the value owner makes the person an owner.";
    RoleAsTextFails "role-as-text-fails" "roles/entra-roles-shapes"
        "A role that comes as a JSON text inside value is answered 500.";
    RoleChangeInvitesFirst "role-change-invites-first" "invariants/a-year"
        "The role change of a pending person sends the new invite before it deletes the old one.";
    NoRoleMeansOwner "no-role-means-owner" "invariants/a-year"
        "People for whom no role is asked are invited as owners.";
    DemotionNotWritten "demotion-not-written" "invariants/a-year"
        "Somebody who is to be a reader again stays an owner at OpenAI.";
    RestoredAsOwner "restored-as-owner" "invariants/a-year"
        "Whoever comes back gets the highest role they ever had.";
    OtherOwnersDemoted "other-owners-demoted" "invariants/strangers"
        "When somebody becomes an owner, the owners whom the bridge does not know become readers.";
    ReinviteForgetsRole "reinvite-forgets-role" "roles/reinvite-fails"
        "An invite that has to be sent anew carries the default role.";
    AbsentRoleRefused "absent-role-refused" "roles/put-without-role"
        "A PUT that names no role, for a person who has one, is answered 400.";

    } } };
}
