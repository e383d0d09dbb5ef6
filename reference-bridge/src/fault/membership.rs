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

    } } };
}
