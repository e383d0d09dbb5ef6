//! Faults in the area `protocol`: the letter of RFC 7643 and RFC 7644.

macro_rules! protocol_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*
    ErrorStatusIsNumber "error-status-is-number" "invariants/mistakes"
        "The status in the body of an error is a number.";
    ErrorWithoutSchemas "error-without-schemas" "invariants/mistakes"
        "Errors are JSON without schemas.";
    NotFoundIsEmpty "not-found-is-empty" "invariants/mistakes"
        "A 404 has no body.";
    BrokenJsonHangsUp "broken-json-hangs-up" "invariants/mistakes"
        "A body that is not JSON makes the bridge close the connection in the middle of its answer.";
    AnswersCutOff "answers-cut-off" "invariants/a-year"
        "Answers of more than 2 KiB break off.";

    } } };
}
