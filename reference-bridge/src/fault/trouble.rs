//! Faults in the area `trouble`: races, lost answers and sudden ends.

macro_rules! trouble_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*
    DeleteHangsUp "delete-hangs-up" "invariants/a-year"
        "A DELETE is done, and the connection breaks before its answer is whole.";
    ThrottleNotShared "throttle-not-shared" "invariants/a-bad-day"
        "The wait after a 429 is known to the request that got it only; the next one calls again at once.";
    RetryAfterIgnored "retry-after-ignored" "invariants/a-bad-day"
        "After a 429 the call is repeated a tenth of a second later, whatever Retry-After says.";
    PollerIgnoresThrottle "poller-ignores-throttle" "invariants/a-bad-day"
        "The background job calls on while OpenAI's rate limit makes everybody else wait.";

    } } };
}
