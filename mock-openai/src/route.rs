//! From verb and path to an operation, or to the reason why there is none.
//!
//! Paths are matched as received, segment by segment, so an encoded slash stays inside an id.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::operation::Operation;

/// What a verb and a path ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// An operation the mock carries out.
    Known(Call),
    /// The path is known, the verb is not; the ones that are, for `Allow`.
    WrongMethod(String),
    /// A path of the Admin API that this mock does not model.
    NotModelled,
    /// No path of the Admin API.
    Unknown,
}

/// An operation with the ids of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    /// The first id in the path; empty for collections.
    pub(crate) id: String,
    /// The user id in `/groups/{group_id}/users/{user_id}`; else empty.
    pub(crate) member: String,
}

/// Longest path looked at; the longest real one has eight segments.
const MAX_SEGMENTS: usize = 16;

impl Route {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let Some(path) = path.strip_prefix("/v1/") else {
            return Self::Unknown;
        };
        let segments: Vec<&str> = path.split('/').take(MAX_SEGMENTS).collect();
        if segments.contains(&"") {
            return Self::Unknown;
        }
        if let Some(operation) = operation(method, &segments) {
            return Self::Known(Call {
                operation,
                id: decode(segments.get(2)),
                member: decode(segments.get(4)),
            });
        }
        let verbs = [Method::GET, Method::POST, Method::DELETE];
        let allowed = verbs.iter().filter(|verb| operation_exists(verb, &segments));
        let allowed: Vec<&str> = allowed.map(Method::as_str).collect();
        if !allowed.is_empty() {
            return Self::WrongMethod(allowed.join(", "));
        }
        if NOT_MODELLED.iter().any(|template| matches(template, &segments)) {
            return Self::NotModelled;
        }
        Self::Unknown
    }
}

fn operation(method: &Method, segments: &[&str]) -> Option<Operation> {
    let ["organization", rest @ ..] = segments else {
        return None;
    };
    Some(match (method.as_str(), rest) {
        ("GET", ["users"]) => Operation::ListUsers,
        ("GET", ["users", _]) => Operation::RetrieveUser,
        ("POST", ["users", _]) => Operation::ModifyUser,
        ("DELETE", ["users", _]) => Operation::DeleteUser,
        ("GET", ["invites"]) => Operation::ListInvites,
        ("POST", ["invites"]) => Operation::InviteUser,
        ("GET", ["invites", _]) => Operation::RetrieveInvite,
        ("DELETE", ["invites", _]) => Operation::DeleteInvite,
        ("GET", ["groups"]) => Operation::ListGroups,
        ("POST", ["groups"]) => Operation::CreateGroup,
        ("GET", ["groups", _]) => Operation::RetrieveGroup,
        ("POST", ["groups", _]) => Operation::UpdateGroup,
        ("DELETE", ["groups", _]) => Operation::DeleteGroup,
        ("GET", ["groups", _, "users"]) => Operation::ListGroupUsers,
        ("POST", ["groups", _, "users"]) => Operation::AddGroupUser,
        ("GET", ["groups", _, "users", _]) => Operation::RetrieveGroupUser,
        ("DELETE", ["groups", _, "users", _]) => Operation::RemoveGroupUser,
        _ => return None,
    })
}

fn operation_exists(method: &Method, segments: &[&str]) -> bool {
    operation(method, segments).is_some()
}

fn decode(segment: Option<&&str>) -> String {
    let segment = segment.copied().unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// Whether `segments` fit `template`, in which `*` is any one segment.
fn matches(template: &str, segments: &[&str]) -> bool {
    let parts = template.split('/');
    parts.clone().count() == segments.len()
        && parts
            .zip(segments)
            .all(|(part, segment)| part == "*" || part == *segment)
}

/// The rest of the Admin API: paths of the specification of August 2026 and of SDKs newer
/// than it. A bridge that needs one of these is told so instead of being told "not found".
const NOT_MODELLED: &[&str] = &[
    "organization/admin_api_keys",
    "organization/admin_api_keys/*",
    "organization/audit_logs",
    "organization/certificates",
    "organization/certificates/*",
    "organization/costs",
    "organization/data_retention",
    "organization/external_keys",
    "organization/external_keys/*",
    "organization/external_keys/*/validate",
    "organization/external_storage",
    "organization/external_storage/*",
    "organization/external_storage/*/validate",
    "organization/groups/*/roles",
    "organization/groups/*/roles/*",
    "organization/projects",
    "organization/projects/*",
    "organization/projects/*/api_keys",
    "organization/projects/*/api_keys/*",
    "organization/projects/*/archive",
    "organization/projects/*/certificates",
    "organization/projects/*/certificates/*",
    "organization/projects/*/data_retention",
    "organization/projects/*/groups",
    "organization/projects/*/groups/*",
    "organization/projects/*/hosted_tool_permissions",
    "organization/projects/*/model_permissions",
    "organization/projects/*/rate_limits",
    "organization/projects/*/rate_limits/*",
    "organization/projects/*/service_accounts",
    "organization/projects/*/service_accounts/*",
    "organization/projects/*/service_accounts/*/api_keys",
    "organization/projects/*/service_tier_settings",
    "organization/projects/*/spend_alerts",
    "organization/projects/*/spend_alerts/*",
    "organization/projects/*/spend_limit",
    "organization/projects/*/users",
    "organization/projects/*/users/*",
    "organization/roles",
    "organization/roles/*",
    "organization/spend_alerts",
    "organization/spend_alerts/*",
    "organization/spend_limit",
    "organization/usage/*",
    "organization/users/*/roles",
    "organization/users/*/roles/*",
    "organization/workload_identity_providers",
    "organization/workload_identity_providers/*",
    "organization/workload_identity_providers/*/federation_rules",
    "organization/workload_identity_providers/*/federation_rules/*",
    "projects/*/groups/*/roles",
    "projects/*/groups/*/roles/*",
    "projects/*/roles",
    "projects/*/roles/*",
    "projects/*/users/*/roles",
    "projects/*/users/*/roles/*",
];

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_operation_is_reached_by_its_own_template() {
        for expected in Operation::ALL {
            let (verb, path) = expected.route().split_once(' ').unwrap();
            let method = Method::from_bytes(verb.as_bytes()).unwrap();
            let Route::Known(call) = Route::of(&method, &format!("/v1{path}")) else {
                panic!("{expected} is not reached by {path}");
            };
            assert_eq!(call.operation, expected);
        }
    }

    #[rstest]
    #[case("GET", "/v1/organization/user", Route::Unknown)]
    #[case("GET", "/v1/organization/users/", Route::Unknown)]
    #[case("GET", "/organization/users", Route::Unknown)]
    #[case("GET", "/v1//organization/users", Route::Unknown)]
    #[case("GET", "/v1/chat/completions", Route::Unknown)]
    #[case("PUT", "/v1/organization/users", Route::WrongMethod("GET".into()))]
    #[case("PATCH", "/v1/organization/users/u", Route::WrongMethod("GET, POST, DELETE".into()))]
    #[case("GET", "/v1/organization/roles", Route::NotModelled)]
    #[case("POST", "/v1/organization/users/u/roles", Route::NotModelled)]
    #[case("GET", "/v1/projects/p/roles", Route::NotModelled)]
    #[case("GET", "/v1/organization/audit_logs", Route::NotModelled)]
    #[case("GET", "/v1/organization/projects/p/users/u/x", Route::Unknown)]
    fn paths_that_are_no_operation(#[case] verb: &str, #[case] path: &str, #[case] route: Route) {
        let method = Method::from_bytes(verb.as_bytes()).unwrap();
        assert_eq!(Route::of(&method, path), route);
    }

    #[test]
    fn ids_are_decoded_after_the_path_is_split() {
        let path = "/v1/organization/groups/a%2Fb/users/c%20d";
        let Route::Known(call) = Route::of(&Method::GET, path) else {
            panic!("not a known route");
        };
        assert_eq!((call.id.as_str(), call.member.as_str()), ("a/b", "c d"));
    }
}
