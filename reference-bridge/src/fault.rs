//! The named faults: defects that real bridges have, each of which can be switched on.
//!
//! A fault makes the bridge wrong in a way an identity provider or the upstream can see, never a
//! crash. All are off unless asked for. The table below is all there is to know about them; the
//! wrong behaviour itself sits where a real bridge would have the bug.

use std::fmt;
use std::str::FromStr;

/// Writes the enum and its tables from one list, so that they cannot disagree.
macro_rules! faults {
    ($($variant:ident $name:literal $scenario:literal $description:literal;)+) => {
        /// A defect that can be switched on with `--fault`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = concat!("`", $name, "`: ", $description)] $variant,)+
        }

        impl Fault {
            /// Every fault, grouped by the scenario that catches it.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// One sentence, as the author of the bridge would find it in a bug report.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }

            /// The id of the scenario that must catch it.
            pub fn scenario(self) -> &'static str {
                match self { $(Self::$variant => $scenario,)+ }
            }
        }
    };
}

faults! {
    TotalsAsStrings "totals-as-strings" "connection/okta-credential-test"
        "List answers carry totalResults, startIndex and itemsPerPage as strings.";
    TokenNotChecked "token-not-checked" "connection/wrong-token"
        "Any bearer token is let in.";
    ErrorAsText "error-as-text" "connection/wrong-token"
        "Errors are plain text instead of SCIM JSON.";
    ProbeAnswers404 "probe-answers-404" "connection/entra-guid-probe"
        "A filter that matches nobody is answered 404.";
    LookupSendsInvite "lookup-sends-invite" "connection/entra-guid-probe"
        "Looking for an unknown address already sends the invite.";
    UnknownFilterListsAll "unknown-filter-lists-all" "connection/entra-probe-other-attributes"
        "A filter on anything but the user name is ignored and everybody is listed.";
    FlagInQueryRefused "flag-in-query-refused" "connection/entra-bare-headers"
        "An unknown query parameter is answered 400.";
    Upstream401PassedOn "upstream-401-passed-on" "connection/upstream-key-revoked"
        "When OpenAI refuses the bridge's key, the identity provider is told that its own token is wrong.";
    PatchDeniedInConfig "patch-denied-in-config" "connection/discovery"
        "The service provider config says that PATCH is not supported, although it is.";

    PageCap50 "page-cap-50" "import/okta-pages-of-100"
        "No page ever holds more than 50 people.";
    FirstUpstreamPageOnly "first-upstream-page-only" "import/okta-pages-of-100"
        "Only the first page of 20 is read from OpenAI.";
    CountZeroMeansAll "count-zero-means-all" "import/paging-edges"
        "count=0 returns every resource instead of none.";

    Empty201 "empty-201" "users/assign-okta-minimal"
        "A created person is answered with an empty 201.";
    NoLocation "no-location" "users/assign-okta-minimal"
        "A created resource comes without a Location header.";
    PasswordEchoed "password-echoed" "users/assign-okta-full"
        "The password that was sent comes back in the answer.";
    ExtensionDropped "extension-dropped" "users/assign-entra-full"
        "The enterprise extension is thrown away.";
    MailRequired "mail-required" "users/assign-entra-no-mail"
        "A person without emails is refused although the user name is an address.";
    DuplicateCreateInvitesAgain "duplicate-create-invites-again" "users/duplicate-create"
        "A second POST for the same person is not noticed and sends a second invite.";
    CreateRaces "create-races" "users/identical-creates-at-once"
        "Two identical POSTs at once both look, both find nobody, and both invite.";
    MemberNotLookedUp "member-not-looked-up" "users/existing-member-adopted"
        "People who are members already are not looked up.";
    MatchIsCaseSensitive "match-is-case-sensitive" "users/match-ignores-case"
        "User names and addresses match only in the same letter case.";
    EchoPutReinvites "echo-put-reinvites" "users/echo-put"
        "Every PUT writes upstream again, even when it changes nothing.";
    InvalidCreateAccepted "invalid-create-accepted" "users/invalid-create"
        "A person without a user name or an address is accepted and never invited.";
    IdChangesOnAcceptance "id-changes-on-acceptance" "users/acceptance-keeps-id"
        "The SCIM id changes when the invite is accepted.";

    PutNotStored "put-not-stored" "updates/profile-put"
        "A PUT answers with the new profile and stores nothing.";
    FilteredPathRefused "filtered-path-refused" "updates/entra-single-ops"
        "A path such as emails[type eq \"work\"].value is refused when there is no such element yet.";
    CapitalOpsRefused "capital-ops-refused" "updates/entra-single-ops"
        "Operations are known in lower case only: Replace is refused.";
    NameSiblingsLost "name-siblings-lost" "updates/entra-opt-grouped-replace"
        "Replacing one part of the name loses the other parts.";
    DottedKeysStoredFlat "dotted-keys-stored-flat" "updates/entra-opt-grouped-replace"
        "Keys such as name.givenName are stored as attributes with a dot in their name.";
    ManagerArrayFails "manager-array-fails" "updates/entra-manager-shapes"
        "A manager that comes as a list is answered 500.";

    RenameLeavesOldInvite "rename-leaves-old-invite" "rename/pending-person"
        "A rename invites the new address and leaves the invite of the old one.";
    RenameSkipsInvite "rename-skips-invite" "rename/pending-person"
        "A rename deletes the old invite and sends no new one.";
    RenameOntoTakenName "rename-onto-taken-name" "rename/name-taken"
        "A rename to somebody else's user name is accepted.";

    DeactivateKeepsInvite "deactivate-keeps-invite" "activation/deactivate-pending"
        "Deactivating a pending person leaves the invite open.";
    InactivePersonVanishes "inactive-person-vanishes" "activation/deactivate-pending"
        "Deactivated people are no longer found.";
    DeactivateKeepsMember "deactivate-keeps-member" "activation/deactivate-member"
        "Deactivating a member leaves the membership.";
    StringFalseIsTrue "string-false-is-true" "activation/entra-string-false"
        "The string \"False\" counts as true.";
    PathActiveIgnored "path-active-ignored" "activation/entra-opt-boolean-false"
        "An operation with the path active is ignored.";
    ReactivateNewId "reactivate-new-id" "activation/reactivate"
        "A reactivated person gets a new SCIM id.";
    ReactivateSendsNoInvite "reactivate-sends-no-invite" "activation/reactivate"
        "Reactivating flips active and sends no invite.";
    RestoreWithNewId "restore-with-new-id" "activation/create-for-inactive"
        "A POST for a deactivated person gives a new SCIM id.";
    SecondDeactivateFails "second-deactivate-fails" "activation/twice"
        "Deactivating somebody who is inactive is answered 500.";
    DeleteAlways204 "delete-always-204" "activation/delete-unknown-and-twice"
        "DELETE is answered 204 for ids that nobody has.";
    DeletedNameStaysTaken "deleted-name-stays-taken" "activation/create-after-delete"
        "The user name of a deleted person cannot be used again.";

    RoleIgnored "role-ignored" "roles/top-level"
        "A role beside the user name is stored and has no effect.";
    NestedRoleIgnored "nested-role-ignored" "roles/nested-urn"
        "A role inside an extension object has no effect.";
    UndeclaredUrnDropped "undeclared-urn-dropped" "roles/nested-urn-undeclared"
        "Extension objects that schemas does not list are thrown away.";
    PendingRoleNotReinvited "pending-role-not-reinvited" "roles/entra-patch-pending"
        "The role change of a pending person does not reach the invite.";
    MemberRoleChangeReinvites "member-role-change-reinvites" "roles/entra-opt-patch-member"
        "The role change of a member removes the person and sends a new invite.";
    EchoRoleWrites "echo-role-writes" "roles/echo-is-no-change"
        "A role that is equal to the present one is written upstream again.";
    UnknownRoleMeansOwner "unknown-role-means-owner" "roles/unknown-values"
        "An unknown role value makes the person an owner.";

    PendingHiddenFromGroup "pending-hidden-from-group" "groups/push-okta-aiw"
        "Members who have not accepted yet are not shown in the group.";
    GroupCreatedTwice "group-created-twice" "groups/push-okta-aiw"
        "Every push creates the group upstream once more.";
    IdInGroupPatchRefused "id-in-group-patch-refused" "groups/push-okta-oin"
        "An id inside the value of a group PATCH is answered 400 mutability.";
    ExcludedMembersReturned "excluded-members-returned" "groups/push-entra"
        "excludedAttributes=members is ignored.";
    GroupExternalIdDropped "group-externalid-dropped" "groups/push-entra"
        "The externalId of a group is thrown away.";
    DuplicateGroupAllowed "duplicate-group-allowed" "groups/name-in-use"
        "A second group of the same name is created.";
    GroupFilterCaseSensitive "group-filter-case-sensitive" "groups/filter-ignores-case"
        "Group names match only in the same letter case.";
    PutRenameDropsMembers "put-rename-drops-members" "groups/rename-put"
        "Renaming a group by PUT empties it.";
    PathlessRenameIgnored "pathless-rename-ignored" "groups/rename-pathless"
        "A displayName in a PATCH without a path is ignored.";
    RenameMakesNewGroup "rename-makes-new-group" "groups/rename-entra"
        "Renaming a group by PATCH creates another one upstream.";
    GroupDeleteRemovesPeople "group-delete-removes-people" "groups/delete"
        "Deleting a group removes its members from the organization.";
    GroupDeleteLeavesUpstream "group-delete-leaves-upstream" "groups/delete"
        "Deleting a group leaves it upstream.";

    PutRewritesAll "put-rewrites-all" "membership/put-difference"
        "A group PUT removes every member and adds them all again.";
    MembersBeyond100Lost "members-beyond-100-lost" "membership/okta-256-in-one-patch"
        "Only the first 100 members of one operation are added.";
    PendingMembersForgotten "pending-members-forgotten" "membership/pending-invitees"
        "Pending people pushed into a group are acknowledged and forgotten.";
    HeldMembersNeverApplied "held-members-never-applied" "membership/pending-invitees"
        "Memberships held for a pending person are never applied after acceptance.";
    PathRemoveIgnored "path-remove-ignored" "membership/remove-by-path-and-add"
        "A remove with the path members[value eq ...] is acknowledged and ignored.";
    FullPushAppends "full-push-appends" "membership/full-push-forms"
        "Replacing the members adds to them.";
    NullRefRefused "null-ref-refused" "membership/entra-add-one"
        "A member with a null $ref is refused.";
    ValueArrayRemoveEmptiesGroup "value-array-remove-empties-group" "membership/entra-remove-value-array"
        "A remove that lists members in its value removes everybody.";
    PathRemoveRemovesWrongOne "path-remove-removes-wrong-one" "membership/entra-opt-remove-path"
        "A remove with the path members[value eq ...] removes another member.";
    RedundantAddWrites "redundant-add-writes" "membership/redundant-add"
        "Adding somebody who is in the group already removes everybody and adds them all again.";

    ThrottleSwallowed "throttle-swallowed" "errors/throttled-integer"
        "An invite that OpenAI refused with 429 is answered 201.";
    ThrottleHammered "throttle-hammered" "errors/throttled-integer"
        "A 429 is retried at once, twenty times.";
    RetryAfterGarbage "retry-after-garbage" "errors/throttled-other-forms"
        "A 429 says Retry-After: soon.";
    Upstream5xxSwallowed "upstream-5xx-swallowed" "errors/upstream-5xx-on-create"
        "An invite that failed with 5xx is answered 201.";
    LostAnswerInvitesAgain "lost-answer-invites-again" "errors/upstream-5xx-on-create"
        "After a failed invite the bridge sends another without looking.";
    HangAnswered201 "hang-answered-201" "errors/upstream-hangs"
        "An invite that was never answered is reported as sent.";
}

/// A name that is no fault's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault named {0:?}; --list-faults shows them all")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The faults that are switched on. Empty by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults(u128);

impl Faults {
    /// No fault.
    pub const NONE: Self = Self(0);

    /// Whether `fault` is on.
    pub fn has(self, fault: Fault) -> bool {
        self.0 & Self::bit(fault) != 0
    }

    fn bit(fault: Fault) -> u128 {
        1 << (fault as u32)
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().fold(0, |bits, fault| bits | Self::bit(fault)))
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::from_iter([fault])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_leads_back_to_its_fault() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(*fault));
            assert!(Faults::from(*fault).has(*fault));
            assert!(!Faults::NONE.has(*fault));
        }
        assert!("no-such-fault".parse::<Fault>().is_err());
    }

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for name in names {
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn scenarios_and_descriptions_are_well_formed() {
        for fault in Fault::ALL {
            let (area, story) = fault.scenario().split_once('/').expect("area/story");
            for part in [area, story] {
                assert!(!part.is_empty());
                assert!(
                    part.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                );
            }
            assert!(fault.description().ends_with('.'), "{fault}");
        }
    }

    #[test]
    fn faults_are_independent() {
        let two = Faults::from_iter([Fault::Empty201, Fault::HangAnswered201]);
        assert!(two.has(Fault::Empty201) && two.has(Fault::HangAnswered201));
        assert!(!two.has(Fault::NoLocation));
    }
}
