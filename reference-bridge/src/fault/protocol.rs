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
    AnswersCutOff "answers-cut-off" "invariants/mistakes" + "invariants/a-year"
        "Answers of more than 2 KiB break off.";

    LocationByName "location-by-name" "protocol/what-is-the-servers"
        "meta.location is made of the userName; at that address nothing can be read.";
    HeaderLocationBare "header-location-bare" "protocol/what-is-the-servers"
        "The Location of a created person is the address of all people.";
    CreateAnswers200 "create-answers-200" "users/identical-creates-at-once"
        "A create is answered 200.";
    CreateWithoutId "create-without-id" "protocol/media-types"
        "The answer to a create shows what was sent, and no id.";
    ReadAnswersList "read-answers-list" "users/acceptance-keeps-id"
        "A person who is read by id comes inside a list of one.";
    NoLastModified "no-last-modified" "updates/last-modified"
        "meta says when a resource was created, and never when it was changed.";
    ClientIdTaken "client-id-taken" "protocol/what-is-the-servers"
        "A create may choose its own id.";
    ListIgnoresExcluded "list-ignores-excluded" "protocol/partial-answers"
        "excludedAttributes counts for single resources only: lists bring the members.";
    OperatorCaseMatters "operator-case-matters" "protocol/names-in-any-case"
        "Filter operators are known in lower case only: Eq is refused.";
    AndOrLeftToRight "and-or-left-to-right" "protocol/filters-beyond-equality"
        "and and or bind alike: a or b and c is read as (a or b) and c.";
    UnknownOperationsSkipped "unknown-operations-skipped" "protocol/patch-refusals"
        "PATCH operations that are not understood are skipped, and the answer is a success.";
    PatchHalfDone "patch-half-done" "protocol/patch-as-a-whole"
        "A PATCH that fails half-way keeps what it has done so far.";
    PrimariesPileUp "primaries-pile-up" "protocol/patch-lists"
        "A new primary value leaves the old one primary, too.";
    SchemasInsistedOn "schemas-insisted-on" "protocol/readings"
        "A PUT without schemas is refused.";
    LatePutRevivesGroup "late-put-revives-group" "protocol/what-is-deleted"
        "A PUT for a deleted group makes it again.";
    CollectionDelete204 "collection-delete-204" "protocol/what-is-not-offered"
        "DELETE /Users without an id is answered 204.";
    EtagDeclaredAndIgnored "etag-declared-and-ignored" "protocol/options-as-declared"
        "The service provider config promises ETags, and If-Match is ignored.";
    SchemasNotSingle "schemas-not-single" "protocol/discovery"
        "/Schemas lists the schemas, and none of them can be read by itself.";
    LettersBecomeQuestionMarks "letters-become-question-marks" "protocol/media-types"
        "Letters beyond ASCII come back as question marks.";
    ExternalIdFolded "external-id-folded" "protocol/values-as-sent"
        "externalId is compared in any letter case.";
    NamelessGroupCreated "nameless-group-created" "protocol/groups-by-the-book"
        "A group without a name is created under a name of the bridge's choice.";

    } } };
}
