//! Faults in the area `connection`: tokens, probes, discovery.

macro_rules! connection_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    TotalsAsStrings "totals-as-strings" "connection/okta-credential-test"
        "List answers carry totalResults, startIndex and itemsPerPage as strings.";
    TokenNotChecked "token-not-checked" "connection/wrong-token" + "stories/token-rotated"
        "Any bearer token is let in.";
    ErrorAsText "error-as-text" "connection/wrong-token" + "invariants/mistakes"
        "Errors are plain text instead of SCIM JSON.";
    ProbeAnswers404 "probe-answers-404" "connection/entra-guid-probe"
        "A filter that matches nobody is answered 404.";
    LookupSendsInvite "lookup-sends-invite" "connection/entra-guid-probe" + "invariants/a-year"
        "Looking for an unknown address already sends the invite.";
    UnknownFilterListsAll "unknown-filter-lists-all" "connection/entra-probe-other-attributes" + "suites/entra-older-shapes"
        "A filter on anything but the user name is ignored and everybody is listed.";
    FlagInQueryRefused "flag-in-query-refused" "connection/entra-flag-in-query"
        "An unknown query parameter is answered 400.";
    Upstream401PassedOn "upstream-401-passed-on" "connection/upstream-key-revoked"
        "When OpenAI refuses the bridge's key, the identity provider is told that its own token is wrong.";
    PatchDeniedInConfig "patch-denied-in-config" "connection/discovery"
        "The service provider config says that PATCH is not supported, although it is.";
    ResourceTypesBareList "resource-types-bare-list" "connection/okta-entitlements" + "connection/discovery"
        "ResourceTypes and Schemas are answered with a bare JSON list.";
    EmptyUserAgentTurnedAway "empty-user-agent-turned-away" "connection/onelogin-first-look"
        "A request whose User-Agent is empty is answered 403.";
    CountNeedsStart "count-needs-start" "connection/google-first-look"
        "count is obeyed only beside startIndex.";
    DeleteLeavesInvite "delete-leaves-invite" "connection/jumpcloud-activation"
        "Deleting somebody who has not accepted forgets the person and leaves the invite open.";
    TokenInError "token-in-error" "invariants/mistakes"
        "The answer to a wrong token says which one was expected.";
    UpstreamRequestInHeader "upstream-request-in-header" "invariants/mistakes"
        "A debug header of every answer shows how OpenAI is asked, with the admin key.";
    DeleteNotChecked "delete-not-checked" "stories/token-rotated"
        "DELETE requests are let in with any token.";
    GroupsOnlyByName "groups-only-by-name" "connection/okta-import-groups-test"
        "Groups can be looked up by name only: a list without a filter is answered 400.";
    GroupProbeAnswers404 "group-probe-answers-404" "connection/entra-group-probe"
        "A group name that nobody has is answered 404.";
    EmptyListAnswers404 "empty-list-answers-404" "connection/okta-empty-directory"
        "Before the first group was pushed, a list of groups is answered 404.";
    UserAgentRequired "user-agent-required" "connection/entra-bare-headers"
        "A look-up without a User-Agent is answered 403.";

    } } };
}
