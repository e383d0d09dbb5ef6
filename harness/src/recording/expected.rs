//! What may be expected of another bridge, given what this one answered.
//!
//! A recording says what one bridge did, not what all must do. What was accepted must be accepted again (`must`) only where no
//! correct bridge may refuse it; where correct bridges differ, a refusal is a `hazard`: this identity provider sends it and
//! was never refused. What was refused is nobody's duty to refuse (`may`); the invariants judge what comes of it. Trouble
//! (429, 5xx, no answer) was of a moment, and nothing is expected.

use proofload_scenarios::Level;
use serde_json::Value;

use super::scim::{Kind, comparisons};
use super::seen::Seen;
use super::who::{json, text_at};

/// A step's expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// Any of these.
    pub(super) statuses: Vec<u16>,
    /// How much it weighs.
    pub(super) level: Level,
}

/// What is known of the moment in which a request was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    /// The person or group it is about was known to the bridge.
    pub(super) is_known: bool,
    /// They had been deleted.
    pub(super) is_gone: bool,
    /// The body gives them the name that they have.
    pub(super) keeps_name: bool,
    /// It is not certain how they are by now: another request about them was under way at the same time, or one before was refused
    /// or failed, which another bridge may have accepted.
    pub(super) is_unsure: bool,
}

/// What refusals look like.
const REFUSALS: &[u16] = &[400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 501];

/// What may be expected; `None` when nothing may.
pub(super) fn expected(seen: &Seen, moment: Moment) -> Option<Expected> {
    let status = seen.status().filter(|_| !seen.is_trouble())?;
    if status == 401 {
        // It had no credentials, or wrong ones.
        return Some(Expected {
            statuses: vec![401],
            level: Level::Must,
        });
    }
    if !seen.is_success() {
        let mut statuses = REFUSALS.to_vec();
        with(&mut statuses, status);
        return Some(Expected {
            statuses,
            level: Level::May,
        });
    }
    let mut statuses = usual(seen);
    with(&mut statuses, status);
    let level = if binds(seen, moment) {
        Level::Must
    } else {
        Level::Hazard
    };
    if level != Level::Must && (moment.is_gone || moment.is_unsure) {
        with(&mut statuses, 404);
    }
    if seen.method == "POST" && (moment.is_known || moment.is_unsure) {
        // Who is there already is refused, or comes back.
        for other in [200, 201, 409] {
            with(&mut statuses, other);
        }
    }
    Some(Expected { statuses, level })
}

fn with(statuses: &mut Vec<u16>, status: u16) {
    if !statuses.contains(&status) {
        statuses.push(status);
        statuses.sort_unstable();
    }
}

/// With what a correct bridge accepts such a request (RFC 7644 §3.3 to §3.6).
fn usual(seen: &Seen) -> Vec<u16> {
    match seen.method.as_str() {
        "POST" if seen.resource().kind.is_some() && seen.resource().id.is_none() && !is_search(seen) => vec![201],
        "PATCH" => vec![200, 204],
        "DELETE" => vec![204],
        _ => vec![200],
    }
}

fn is_search(seen: &Seen) -> bool {
    seen.path_and_query().0.ends_with("/.search")
}

/// Whether every correct bridge accepts it, whatever its policies.
fn binds(seen: &Seen, moment: Moment) -> bool {
    let resource = seen.resource();
    let Some(kind) = resource.kind else { return false };
    if moment.is_unsure || moment.is_gone {
        return false;
    }
    match (seen.method.as_str(), resource.id) {
        ("GET", None) => is_plain_list(seen, kind),
        ("GET", Some(_)) => moment.is_known && only_plain_parameters(seen),
        ("POST", None) => !moment.is_known && !is_search(seen) && is_plain_resource(seen, kind),
        ("PUT", Some(_)) => moment.is_known && moment.keeps_name && is_plain_resource(seen, kind),
        ("PATCH", Some(_)) => moment.is_known && is_plain_patch(seen, kind),
        ("DELETE", Some(_)) => moment.is_known && kind == Kind::User,
        _ => false,
    }
}

/// A page of all, or a look-up by name.
fn is_plain_list(seen: &Seen, kind: Kind) -> bool {
    let attribute = match kind {
        Kind::User => "username",
        Kind::Group => "displayname",
    };
    let is_look_up = |filter: &str| {
        let found = comparisons(filter);
        let [one] = found.as_slice() else { return false };
        let is_all = one.at.end + 1 == filter.len() && filter.split(' ').count() >= 3;
        is_all && one.operator == "eq" && one.words == [attribute]
    };
    let filters = seen.query().into_iter().filter(|(name, _)| name == "filter");
    let mut filters = filters.map(|(_, value)| value.unwrap_or_default());
    filters.all(|filter| is_look_up(&filter)) && only_plain_parameters(seen)
}

fn only_plain_parameters(seen: &Seen) -> bool {
    seen.query().iter().all(|(name, value)| {
        let is_number = value
            .as_deref()
            .is_some_and(|value| value.parse::<u32>().is_ok_and(|number| number > 0));
        match name.to_ascii_lowercase().as_str() {
            "startindex" | "count" => is_number,
            "filter" | "attributes" | "excludedattributes" | "" => true,
            _ => false,
        }
    })
}

/// A resource as the schema has it, with nothing in it that policies are about: no role, no text for a boolean, no members.
fn is_plain_resource(seen: &Seen, kind: Kind) -> bool {
    let Some(body) = seen.body.text().and_then(json) else {
        return false;
    };
    let urn = match kind {
        Kind::User => "urn:ietf:params:scim:schemas:core:2.0:User",
        Kind::Group => "urn:ietf:params:scim:schemas:core:2.0:Group",
    };
    let schemas = body.get("schemas").and_then(Value::as_array);
    let declared = schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == urn));
    let named = text_at(&body, super::who::name_of(kind)).is_some_and(|name| !name.trim().is_empty());
    let is_address = kind == Kind::Group || text_at(&body, "userName").is_some_and(|name| name.contains('@'));
    let active = body
        .get("active")
        .is_none_or(|active| *active == Value::Bool(true) || seen.method == "PUT");
    let no_text_boolean = body.get("active").is_none_or(Value::is_boolean);
    let no_members = body
        .get("members")
        .is_none_or(|members| members.as_array().is_some_and(Vec::is_empty));
    let no_role = !seen.body.text().unwrap_or_default().contains("role");
    declared && named && is_address && active && no_text_boolean && no_members && no_role
}

/// Operations of which each says one plain thing: on, off, or another profile. Members may be pending, names and roles may be
/// fixed, so nothing is said of those.
fn is_plain_patch(seen: &Seen, kind: Kind) -> bool {
    const PLAIN: &[&str] = &[
        "active",
        "title",
        "name",
        "givenname",
        "familyname",
        "displayname",
        "department",
    ];
    if kind != Kind::User {
        return false;
    }
    let Some(body) = seen.body.text().and_then(json) else {
        return false;
    };
    let Some(operations) = body.get("Operations").and_then(Value::as_array) else {
        return false;
    };
    let is_plain_name = |name: &str| {
        let words = super::scim::words(name);
        !name.contains('[') && !words.is_empty() && words.iter().all(|word| PLAIN.contains(&word.as_str()))
    };
    let is_plain = |operation: &Value| {
        let verb = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        let sets = ["add", "replace"].iter().any(|known| verb.eq_ignore_ascii_case(known));
        let value = operation.get("value");
        match (operation.get("path"), value) {
            (Some(Value::String(path)), Some(value)) => sets && is_plain_name(path) && !value.is_null(),
            (None, Some(Value::Object(members))) => {
                sets && !members.is_empty()
                    && members
                        .iter()
                        .all(|(name, value)| is_plain_name(name) && !value.is_null())
            }
            _ => false,
        }
    };
    !operations.is_empty() && operations.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::recording::seen::{Body, SeenAnswer};

    fn seen(method: &str, target: &str, body: &str, status: u16) -> Seen {
        Seen {
            began_ms: 0,
            ended_ms: 0,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            has_credentials: true,
            body: if body.is_empty() {
                Body::None
            } else {
                Body::Text(body.to_owned())
            },
            answer: (status > 0).then_some(SeenAnswer {
                status,
                location: None,
                body: Body::None,
            }),
        }
    }

    const USER: &str =
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a@x.de","active":true}"#;
    const KNOWN: Moment = Moment {
        is_known: true,
        is_gone: false,
        keeps_name: true,
        is_unsure: false,
    };
    const NEW: Moment = Moment {
        is_known: false,
        ..KNOWN
    };

    fn shown(seen: &Seen, moment: Moment) -> String {
        expected(seen, moment).map_or_else(
            || "nothing".to_owned(),
            |expected| format!("{:?} {:?}", expected.level, expected.statuses),
        )
    }

    #[rstest]
    #[case::create("POST", "/Users", USER, 201, NEW, "Must [201]")]
    #[case::create_again("POST", "/Users", USER, 201, KNOWN, "Hazard [200, 201, 409]")]
    #[case::create_off("POST", "/Users", &USER.replace("true", "false"), 201, NEW, "Hazard [201]")]
    #[case::loose_create("POST", "/Users", r#"{"userName":"a@x.de"}"#, 201, NEW, "Hazard [201]")]
    #[case::broken_create("POST", "/Users", "{", 201, NEW, "Hazard [201]")]
    #[case::text_boolean("PUT", "/Users/1", &USER.replace("true", "\"False\""), 200, KNOWN, "Hazard [200]")]
    #[case::put("PUT", "/Users/1", USER, 200, KNOWN, "Must [200]")]
    #[case::rename("PUT", "/Users/1", USER, 200, Moment { keeps_name: false, ..KNOWN }, "Hazard [200]")]
    #[case::off(
        "PATCH",
        "/Users/1",
        r#"{"Operations":[{"op":"Replace","path":"active","value":"False"}]}"#,
        204,
        KNOWN,
        "Must [200, 204]"
    )]
    #[case::patch_of_a_name(
        "PATCH",
        "/Users/1",
        r#"{"Operations":[{"op":"replace","value":{"userName":"b@x.de"}}]}"#,
        200,
        KNOWN,
        "Hazard [200, 204]"
    )]
    #[case::no_operations("PATCH", "/Users/1", r#"{"active":false}"#, 200, KNOWN, "Hazard [200, 204]")]
    #[case::members("PATCH", "/Groups/1", r#"{"Operations":[]}"#, 204, KNOWN, "Hazard [200, 204]")]
    #[case::look_up("GET", "/Users?filter=userName%20eq%20%22a%22&count=1", "", 200, NEW, "Must [200]")]
    #[case::other_filter("GET", "/Users?filter=externalId%20eq%20%22a%22", "", 200, NEW, "Hazard [200]")]
    #[case::two_filters(
        "GET",
        "/Users?filter=userName%20eq%20%22a%22%20and%20active%20eq%20true",
        "",
        200,
        NEW,
        "Hazard [200]"
    )]
    #[case::read("GET", "/Users/1", "", 200, KNOWN, "Must [200]")]
    #[case::read_of_the_deleted("GET", "/Users/1", "", 200, Moment { is_gone: true, ..KNOWN }, "Hazard [200, 404]")]
    #[case::discovery("GET", "/Schemas", "", 200, NEW, "Hazard [200]")]
    #[case::delete("DELETE", "/Users/1", "", 204, KNOWN, "Must [204]")]
    #[case::refused(
        "POST",
        "/Users",
        USER,
        409,
        KNOWN,
        "May [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 501]"
    )]
    #[case::wrong_token("GET", "/Users", "", 401, NEW, "Must [401]")]
    #[case::throttled("GET", "/Users", "", 429, NEW, "nothing")]
    #[case::failed("GET", "/Users", "", 500, NEW, "nothing")]
    #[case::silent("GET", "/Users", "", 0, NEW, "nothing")]
    fn another_correct_bridge_is_not_accused(
        #[case] method: &str,
        #[case] target: &str,
        #[case] body: &str,
        #[case] status: u16,
        #[case] moment: Moment,
        #[case] expectation: &str,
    ) {
        assert_eq!(shown(&seen(method, target, body, status), moment), expectation);
    }
}
