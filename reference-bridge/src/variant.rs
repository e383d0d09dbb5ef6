//! The variants: designs other than this bridge's own that are as correct as it.
//!
//! Standards and identity providers leave much open, and a referee must accuse none of it. Each
//! variant is one such choice, in the words that a bridge's README would use. All are off unless
//! asked for; several may be on together where they do not contradict each other.

switches! {
    /// Another correct design, switched on with `--variant`, in the words of a bridge's README.
    Variant "variant"
    /// The variants that are switched on. Empty by default: the bridge's own design.
    Variants
    {
    PatchUser204 "patch-user-204"
        "PATCH of a person is answered 204 without a body.";
    PatchGroup200 "patch-group-200"
        "PATCH of a group is answered 200 with the whole group.";
    PlainJson "plain-json"
        "Answers have the media type application/json.";
    RelativeLocation "relative-location"
        "Locations are paths without a host.";
    EmptyListsLeftOut "empty-lists-left-out"
        "A list without entries is not in the answer: no Resources, no members.";
    Versions "versions"
        "Every resource has a version, in meta and as an ETag; nobody has to send it back.";
    TenByDefault "ten-by-default"
        "A client that does not say how many it wants gets pages of ten.";
    NoDiscovery "no-discovery"
        "There is no /ServiceProviderConfig, no /ResourceTypes and no /Schemas: they are 404.";
    FewFilters "few-filters"
        "People are found by userName and id, groups by displayName and id; any other filter is 400 invalidFilter.";

    NumberedIds "numbered-ids"
        "Ids are numbers, counted up from 1.";
    AddressIds "address-ids"
        "The id of a person is the address they were first known by.";
    OpaqueIds "opaque-ids"
        "Ids are text with a prefix and signs such as ~ and =, and mean nothing.";

    UserNameFolded "user-name-folded"
        "User names are kept in lower case.";
    ExternalIdNotKept "external-id-not-kept"
        "The externalId of a person is not kept; people are matched by userName.";
    UnknownDropped "unknown-dropped"
        "Attributes that are not in the schemas are ignored.";
    GroupsNotOnPeople "groups-not-on-people"
        "A person's answer does not list their groups; a group's lists its people.";
    StrictRoles "strict-roles"
        "A role is owner or reader, in just these letters; anything else, empty text too, is 400.";

    OnlyPushedListed "only-pushed-listed"
        "Lists and look-ups know only the people that were pushed; whoever is there already is taken over by a POST.";
    ReturningRefused "returning-refused"
        "A POST for somebody deactivated is 409; a look-up finds them, and they are switched on again.";
    DeletedRemembered "deleted-remembered"
        "A deleted person is 404 everywhere, but gets the old id when the same user name is created again.";
    MemberRenameRefused "member-rename-refused"
        "OpenAI cannot change a member's address, so renaming one is 400 mutability.";
    PendingRefused400 "pending-refused-400"
        "A group update that brings in somebody who has not accepted is 400, and nothing of it is done.";
    PendingRefused409 "pending-refused-409"
        "A group update that brings in somebody who has not accepted is 409, and nothing of it is done.";
    PendingHidden "pending-hidden"
        "People who have not accepted are held for a group, and shown in it once they are.";
    HandMadeGroupsLeft "hand-made-groups-left"
        "Groups made at OpenAI are not listed and not taken over; a POST with the name of one is 409.";

    NoPoller "no-poller"
        "Nothing runs in the background: acceptances are noticed when the next request comes.";
    ThrottleAs503 "throttle-as-503"
        "OpenAI's rate limit is passed on as 503 with Retry-After.";
    ThrottleWaited "throttle-waited"
        "OpenAI's rate limit is waited out where that takes two seconds or less.";
    QueuedUnderTrouble "queued-under-trouble"
        "What OpenAI cannot do now is answered as done, kept, and done in the background as soon as it can be.";
    AnswersFirst "answers-first"
        "What is written about a person is kept and answered before OpenAI is asked; the background does the work.";
    }
}
