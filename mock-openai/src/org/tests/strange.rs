//! Requests that nobody sends on purpose.

use http::Method;

use super::Lab;
use crate::message::Request;
use crate::operation::Operation;

const WORDS: &[&str] = &[
    "users",
    "invites",
    "groups",
    "roles",
    "projects",
    "service_accounts",
    "archive",
    "role-api-project-member",
    "admin_api_keys",
    "audit_logs",
    "",
    "%",
    "%ff",
    "%00",
    "..",
    "\u{1f600}",
    "{",
];

const PARAMS: &[&str] = &[
    "limit=0",
    "limit=-9223372036854775808",
    "limit=1e9",
    "after=%",
    "after=cur_",
    "&&=&",
    "order=desc",
    "emails[]=",
    "emails[99999999999999999999]=x",
    "emails=%ff",
    "after=user-",
    "after=audit_log-ffffffffffffffffffffffffffffffffff_",
    "before=audit_log-%ff_",
    "effective_at[gt]=18446744073709551616",
    "tenant_only=true",
];

const BODIES: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    "\u{0}",
    "{}",
    r#"{"name":"\ud800"}"#,
    r#"{"email":"@","role":1}"#,
    r#"{"name":{}}"#,
    r#"{"user_id":[]}"#,
    r#"{"role_name":"r","permissions":[null]}"#,
    r#"{"role":"member","user_id":"","email":""}"#,
    r#"{"role_id":"role-api-project-member"}"#,
    r#"{"name":"n","residency":"MARS","create_service_account_only":1}"#,
    r#"{"name":"","expires_in_seconds":-1}"#,
    r#"{"name":"a","expires_in_seconds":1e300}"#,
    r#"{"role":"owner","role_id":"__"}"#,
    r#"{"email":"a@b","role":"owner","projects":[null]}"#,
];

/// Whatever is sent, an answer comes back and it is one that the API could give.
#[test]
fn no_request_is_too_strange() {
    let mut rng = fastrand::Rng::with_seed(42);
    let mut lab = Lab::new();
    let known = [lab.member("ann@x.org"), lab.group("Staff", &[]), lab.project("Apollo")];
    let words: Vec<&str> = WORDS.iter().copied().chain(known.iter().map(String::as_str)).collect();
    let nested = "[".repeat(100_000);
    for _ in 0..10_000 {
        let (method, path) = if rng.bool() {
            path_of_an_operation(&words, &mut rng)
        } else {
            any_path(&words, &mut rng)
        };
        let params = (0..rng.usize(0..4)).map(|_| PARAMS[rng.usize(..PARAMS.len())]);
        let target = format!("{path}?{}", params.collect::<Vec<_>>().join("&"));
        let mut request = Request::new(method, &target).bearer("k");
        request.body = match BODIES.get(rng.usize(..=BODIES.len())) {
            Some(body) => (*body).into(),
            None => nested.clone().into(),
        };
        let (status, body) = lab.send(request);
        let expected = [200, 400, 404, 405, 409, 501];
        assert!(expected.contains(&status), "{status} to {target}: {body}");
    }
}

fn path_of_an_operation(words: &[&str], rng: &mut fastrand::Rng) -> (Method, String) {
    let operation = Operation::ALL[rng.usize(..Operation::ALL.len())];
    let (method, template) = operation.route().split_once(' ').unwrap();
    let segments = template.split('/').map(|segment| match segment.strip_prefix('{') {
        Some(_) => words[rng.usize(..words.len())],
        None => segment,
    });
    (
        method.parse().unwrap(),
        format!("/v1{}", segments.collect::<Vec<_>>().join("/")),
    )
}

fn any_path(words: &[&str], rng: &mut fastrand::Rng) -> (Method, String) {
    let method = ["GET", "POST", "DELETE", "PATCH"][rng.usize(..4)].parse().unwrap();
    let root = ["/v1", "/v1/organization"][rng.usize(..2)];
    let segments: Vec<_> = (0..rng.usize(0..6)).map(|_| words[rng.usize(..words.len())]).collect();
    (method, format!("{root}/{}", segments.join("/")))
}
