//! Faults in the area `activation`: switching people off and on, and deleting them.

macro_rules! activation_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    DeactivateKeepsInvite "deactivate-keeps-invite" "activation/deactivate-pending" + "invariants/a-year"
        + "stories/seasonal-worker"
        "Deactivating a pending person leaves the invite open.";
    InactivePersonVanishes "inactive-person-vanishes" "activation/deactivate-pending"
        "Deactivated people are no longer found.";
    DeactivateKeepsMember "deactivate-keeps-member" "activation/deactivate-member" + "invariants/a-year"
        "Deactivating a member leaves the membership.";
    StringFalseIsTrue "string-false-is-true" "activation/entra-string-false" + "activation/entra-on-demand"
        "The string \"False\" counts as true.";
    PathActiveIgnored "path-active-ignored" "activation/entra-opt-boolean-false"
        "An operation with the path active is ignored.";
    ReactivateNewId "reactivate-new-id" "activation/reactivate" + "suites/okta-crud" + "invariants/a-year"
        "A reactivated person gets a new SCIM id.";
    ReactivateSendsNoInvite "reactivate-sends-no-invite" "activation/reactivate" + "invariants/a-year"
        + "stories/seasonal-worker" + "trouble/stale-echo" + "trouble/on-and-off-at-once"
        "Reactivating flips active and sends no invite.";
    RestoreWithNewId "restore-with-new-id" "activation/create-for-inactive"
        "A POST for a deactivated person gives a new SCIM id.";
    SecondDeactivateFails "second-deactivate-fails" "activation/twice"
        "Deactivating somebody who is inactive is answered 500.";
    DeleteAlways204 "delete-always-204" "activation/delete-unknown-and-twice" + "suites/microsoft-preview"
        "DELETE is answered 204 for ids that nobody has.";
    DeletedNameStaysTaken "deleted-name-stays-taken" "activation/create-after-delete"
        "The user name of a deleted person cannot be used again.";
    MissingActiveSwitchesOff "missing-active-switches-off" "activation/onelogin-put-active"
        "A PUT without active switches the person off.";
    InactiveCreateInvites "inactive-create-invites" "activation/create-inactive"
        "Somebody who is created with active false is invited all the same.";
    ReactivateInvitesTwice "reactivate-invites-twice" "invariants/a-year"
        "Reactivating sends the invite once for the person and once more for the role.";
    UnknownMembersRemoved "unknown-members-removed" "invariants/strangers"
        "After a deactivation the members whom the bridge does not know are removed too.";
    UnknownInvitesDeleted "unknown-invites-deleted" "invariants/strangers"
        "After a deactivation the invites that the bridge did not send are deleted too.";
    DeleteOfInactiveFails "delete-of-inactive-fails" "activation/entra-disable-then-delete"
        "Deleting somebody who is inactive is answered 500, since OpenAI has no such user.";
    RemovalRefusalSwallowed "removal-refusal-swallowed" "activation/last-owner"
        "A removal that OpenAI refuses is answered with success.";
    DeleteKeepsMember "delete-keeps-member" "activation/entra-delete-member"
        "DELETE forgets the person and leaves the membership.";

    } } };
}
