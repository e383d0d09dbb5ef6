//! Faults in the area `membership`: who is in a group.

macro_rules! membership_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    PutRewritesAll "put-rewrites-all" "membership/put-difference"
        "A group PUT removes every member and adds them all again.";
    MembersBeyond100Lost "members-beyond-100-lost" "membership/okta-256-in-one-patch"
        "Only the first 100 members of one operation are added.";
    PendingMembersForgotten "pending-members-forgotten" "membership/pending-invitees" + "invariants/a-year"
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
    EmptyQueryNotFound "empty-query-not-found" "membership/onelogin-two-groups"
        "An address that ends in a question mark is answered 404.";
    OperationsMissingIsDone "operations-missing-is-done" "membership/scim-1-1-patch"
        "A PATCH without Operations does nothing and is answered as done.";
    UnknownMemberEndsBatch "unknown-member-ends-batch" "membership/unknown-id-in-batch"
        "An id that nobody has ends the list of members: everybody after it is left out, with 204.";
    RemoveAllIgnored "remove-all-ignored" "membership/remove-all"
        "A remove with the path members and no value is acknowledged and ignored.";
    PendingRemovalForgotten "pending-removal-forgotten" "membership/removed-before-acceptance"
        "A removal of somebody who has not accepted yet is acknowledged and forgotten.";
    HoldLostWithInvite "hold-lost-with-invite" "membership/hold-survives-new-invite"
        "Memberships held for an invitee are lost when the invite is sent anew.";
    DeactivationForgetsGroups "deactivation-forgets-groups" "membership/back-after-reactivation" + "activation/entra-returns-to-groups"
        "Deactivating a member takes the person out of the groups for good.";
    RemoveAbsentFails "remove-absent-fails" "membership/remove-non-member"
        "Removing somebody who is not in the group is answered 404.";
    MembersClauseIgnored "members-clause-ignored" "membership/member-probe"
        "Of a filter on a group's id and members only the id counts.";
    NestedGroupFails "nested-group-fails" "membership/nested-group"
        "A group as the member of a group is answered 500.";
    OneGroupAPerson "one-group-a-person" "stories/pilot-then-everybody"
        "Whoever is put into a group leaves the one they were in.";
    RedundantAddTouches "redundant-add-touches" "membership/redundant-add-keeps-time"
        "Adding somebody who is in the group already renews its lastModified.";
    BelievedMemberNotAdded "believed-member-not-added" "membership/removed-by-hand-and-added"
        "Nobody is added to a group whom the bridge believes to be in it.";
    GroupReadModifyWrite "group-read-modify-write" "membership/entra-five-at-once"
        + "membership/four-batches-at-once"
        "A group is read, changed and written back: of updates at the same moment the last one wins.";
    ThrottledAdditionForgotten "throttled-addition-forgotten" "load/memberships-under-throttle"
        "An addition to a group that OpenAI throttled is answered 204 and forgotten.";

    } } };
}
