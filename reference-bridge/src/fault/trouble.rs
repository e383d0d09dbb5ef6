//! Faults in the area `trouble`: races, lost answers and sudden ends.

macro_rules! trouble_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*
    DeleteHangsUp "delete-hangs-up" "invariants/mistakes" + "invariants/a-year"
        "A DELETE is done, and the connection breaks before its answer is whole.";
    ThrottleNotShared "throttle-not-shared" "invariants/a-bad-day"
        "The wait after a 429 is known to the request that got it only; the next one calls again at once.";
    RetryAfterIgnored "retry-after-ignored" "invariants/a-bad-day"
        "After a 429 the call is repeated a tenth of a second later, whatever Retry-After says.";
    PollerIgnoresThrottle "poller-ignores-throttle" "invariants/a-bad-day"
        "The background job calls on while OpenAI's rate limit makes everybody else wait.";

    StateWrittenLater "state-written-later" "trouble/killed-after-create"
        "State is written to disk a second after the answer.";
    GroupsInMemoryOnly "groups-in-memory-only" "trouble/killed-after-push"
        "Groups are kept in memory only.";
    HeldMembersInMemoryOnly "held-members-in-memory-only" "trouble/killed-while-holding-a-member"
        "Memberships held for pending people are kept in memory only.";
    DeactivationQueued "deactivation-queued-in-memory" "trouble/killed-after-deactivation"
        "A deactivation is answered at once and carried out by a queue in memory.";
    RenameQueued "rename-queued-in-memory" "trouble/killed-after-rename"
        "A rename is answered at once and its new invite is sent by a queue in memory.";
    CreateWithoutLook "create-without-look" "trouble/killed-before-the-answer"
        "Whom the bridge has not heard of is invited without a look at OpenAI.";
    AcceptanceHidesRole "acceptance-hides-role" "trouble/role-change-meets-acceptance"
        "When an invite cannot be deleted for a role change, because it was just accepted, the member keeps the old role.";
    AcceptanceHidesDeactivation "acceptance-hides-deactivation" "trouble/deactivation-meets-acceptance"
        "An invite that cannot be deleted any more counts as deleted: who accepted a moment before a deactivation stays.";
    GroupCreateRaces "group-create-races" "trouble/same-group-twice-at-once"
        "Two identical group creates at once both look, both find nothing, and both create.";
    ThrottledPatchGivenUp "throttled-patch-given-up" "trouble/throttled-in-mid-patch"
        "A member whom OpenAI refuses with 429 in the middle of a group PATCH counts as added.";
    } } };
}
