//! Faults in the area `errors`: limits, failures and silence of upstream.

macro_rules! errors_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    ThrottleSwallowed "throttle-swallowed" "errors/throttled-integer" + "invariants/a-bad-day"
        + "errors/throttled-next-cycle" + "errors/throttled-through-ten-attempts"
        "An invite that OpenAI refused with 429 is answered 201.";
    ThrottleHammered "throttle-hammered" "errors/throttled-integer"
        "A 429 is retried at once, twenty times.";
    ThrottleAnswers500 "throttle-answers-500" "errors/throttled-integer"
        "OpenAI's rate limit is passed on as 500.";
    RetryAfterAsDate "retry-after-as-date" "errors/wait-in-whole-seconds"
        "A 429 says with a date when to come again.";
    RetryAfterGarbage "retry-after-garbage" "errors/throttled-other-forms"
        "A 429 says Retry-After: soon.";
    Upstream5xxSwallowed "upstream-5xx-swallowed" "errors/upstream-5xx-on-create" + "invariants/a-bad-day"
        "An invite that failed with 5xx is answered 201.";
    LostAnswerInvitesAgain "lost-answer-invites-again" "errors/upstream-5xx-on-create" + "trouble/client-hangs-up"
        "After a failed invite the bridge sends another without looking.";
    HangAnswered201 "hang-answered-201" "errors/upstream-hangs"
        "An invite that was never answered is reported as sent.";
    OutageMeansNotFound "outage-means-not-found" "errors/outage-during-probe"
        "When OpenAI is down, a look-up is answered 404.";
    UnreadableFilterDropped "unreadable-filter-dropped" "errors/invalid-filters" + "protocol/filters-that-cannot-be-meant"
        "A filter that cannot be read counts as none.";
    PutCreates "put-creates" "errors/unknown-ids" + "protocol/put-rules"
        "A PUT for an id that nobody has creates the person.";
    OneRefusalStopsAll "one-refusal-stops-all" "errors/one-of-many-refused"
        "After one invite that OpenAI refused no other is sent.";
    GoneMemberFails "gone-member-fails" "errors/removed-by-hand" + "activation/delete-of-removed-by-hand"
        "Switching off somebody who was removed at OpenAI by hand is answered 503, each time.";

    } } };
}
