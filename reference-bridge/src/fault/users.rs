//! Faults in the area `users`: creating, matching and accepting people.

macro_rules! users_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    Empty201 "empty-201" "users/assign-okta-minimal"
        "A created person is answered with an empty 201.";
    NoLocation "no-location" "users/assign-okta-minimal"
        "A created resource comes without a Location header.";
    PasswordEchoed "password-echoed" "users/assign-okta-full" + "invariants/a-year"
        "The password that was sent comes back in the answer.";
    ExtensionDropped "extension-dropped" "users/entra-extension-kept"
        "The enterprise extension is thrown away.";
    MailRequired "mail-required" "users/assign-entra-no-mail"
        "A person without emails is refused although the user name is an address.";
    DuplicateCreateInvitesAgain "duplicate-create-invites-again" "users/duplicate-create"
        "A second POST for the same person is not noticed and sends a second invite.";
    CreateRaces "create-races" "users/identical-creates-at-once"
        "Two identical POSTs at once both look, both find nobody, and both invite.";
    MemberNotLookedUp "member-not-looked-up" "users/existing-member-adopted"
        "People who are members already are not looked up.";
    MatchIsCaseSensitive "match-is-case-sensitive" "users/match-ignores-case" + "suites/okta-spec"
        "User names and addresses match only in the same letter case.";
    EchoPutReinvites "echo-put-reinvites" "users/echo-put"
        "Every PUT writes upstream again, even when it changes nothing.";
    InvalidCreateAccepted "invalid-create-accepted" "users/invalid-create"
        "A person without a user name or an address is accepted and never invited.";
    IdChangesOnAcceptance "id-changes-on-acceptance" "users/acceptance-keeps-id" + "invariants/a-year"
        "The SCIM id changes when the invite is accepted.";
    RefusedAfterTheInvite "refused-after-the-invite" "users/onelogin-loose-template"
        "A create whose emails are no list is answered 400 after the invite went out.";
    CapitalAttributesDropped "capital-attributes-dropped" "suites/microsoft-reference-code"
        "Attributes whose names begin with a capital letter are dropped.";
    ReadRenewsInvite "read-renews-invite" "invariants/a-year"
        "Reading a pending person deletes the invite and sends a fresh one.";
    IdsFromClock "ids-from-clock" "load/onboarding-burst"
        "Ids are made from the clock: people created within the same second share one.";
    HandMadeInviteKept "hand-made-invite-kept" "stories/invited-by-hand"
        "Deactivating withdraws only invites that the bridge sent itself.";
    MemberOnlyByInvite "member-only-by-invite" "stories/joined-by-sign-up"
        "Nobody counts as a member while their invite is open.";
    InviteByHandNotSeen "invite-by-hand-not-seen" "users/invited-by-hand"
        "Only members are looked up: an open invite that somebody sent by hand is sent again.";
    AddressRefusalSwallowed "address-refusal-swallowed" "users/address-refused"
        "An invite that OpenAI refused with 400 is answered 201.";
    PatchReinvites "patch-reinvites" "users/entra-restarted-cycle"
        "Every PATCH writes upstream again, even when it changes nothing.";
    ExpiredInviteCountsAsOpen "expired-invite-counts-as-open" "users/invite-expires"
        "An invite that has expired is taken for an open one, so that no other is sent.";
    BothAddressesInvited "both-addresses-invited" "users/entra-name-is-not-mail"
        "When user name and e-mail differ, both are invited.";
    MetaInCreateRefused "meta-in-create-refused" "users/assign-entra-full"
        "A create that carries a meta object is answered 400.";

    } } };
}
