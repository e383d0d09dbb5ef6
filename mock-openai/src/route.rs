//! From verb and path to an operation, or to the reason why there is none.
//!
//! The paths come from the table in [`operation`](crate::operation). They are matched as
//! received, segment by segment, so an encoded slash stays inside an id.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::Method;
use matchit::Router;
use percent_encoding::percent_decode_str;

use crate::operation::Operation;

/// What a verb and a path ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// An operation the mock carries out.
    Known(Call<'a>),
    /// The path is known, the verb is not; the ones that are, for `Allow`.
    WrongMethod(String),
    /// A path of the Admin API that this mock does not model.
    NotModelled,
    /// No path of the Admin API.
    Unknown,
}

/// An operation with the ids of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    ids: [Cow<'a, str>; MAX_IDS],
}

/// As in `/projects/{project_id}/users/{user_id}/roles/{role_id}`.
const MAX_IDS: usize = 3;

/// Longer than any path with ids of a sane length.
const MAX_PATH: usize = 4096;

impl Call<'_> {
    /// The ids of the path in their order, decoded; empty where the template has fewer.
    pub(crate) fn ids(&self) -> [&str; MAX_IDS] {
        [&self.ids[0], &self.ids[1], &self.ids[2]]
    }
}

impl<'a> Route<'a> {
    pub(crate) fn of(method: &Method, path: &'a str) -> Self {
        let below = path.strip_prefix("/v1").filter(|below| below.len() <= MAX_PATH);
        let found = below.and_then(|below| ROUTER.at(below).ok());
        let Some(found) = found.filter(|found| found.params.iter().all(|(_, id)| !id.is_empty())) else {
            return Self::Unknown;
        };
        let operations = match found.value {
            Endpoint::Modelled(operations) => operations,
            Endpoint::NotModelled => return Self::NotModelled,
        };
        let Some((_, operation)) = operations.iter().find(|(verb, _)| *verb == method.as_str()) else {
            let verbs: Vec<_> = operations.iter().map(|(verb, _)| *verb).collect();
            return Self::WrongMethod(verbs.join(", "));
        };
        let mut ids = [const { Cow::Borrowed("") }; MAX_IDS];
        for (id, (_, segment)) in ids.iter_mut().zip(found.params.iter()) {
            *id = percent_decode_str(segment).decode_utf8_lossy();
        }
        Self::Known(Call {
            operation: *operation,
            ids,
        })
    }
}

/// What there is at a path.
enum Endpoint {
    /// Verbs and operations.
    Modelled(Vec<(&'static str, Operation)>),
    NotModelled,
}

static ROUTER: LazyLock<Router<Endpoint>> = LazyLock::new(|| {
    // A template that cannot be inserted would only be missing; a test reaches every one.
    let mut endpoints: BTreeMap<String, Vec<(&str, Operation)>> = BTreeMap::new();
    for operation in Operation::ALL {
        let (verb, template) = operation.route().split_once(' ').unwrap_or_default();
        endpoints
            .entry(nameless(template))
            .or_default()
            .push((verb, *operation));
    }
    let mut router = Router::new();
    for (template, operations) in endpoints {
        let _ = router.insert(template, Endpoint::Modelled(operations));
    }
    for template in NOT_MODELLED {
        let _ = router.insert(nameless(template), Endpoint::NotModelled);
    }
    router
});

/// A template whose parameters are named by their place: `/organization/groups/{3}/users/{5}`.
/// The reference calls the same place by different names.
fn nameless(template: &str) -> String {
    let segments = template.split('/').enumerate().map(|(place, segment)| {
        if segment.starts_with('{') {
            format!("{{{place}}}")
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The rest of the Admin API: paths of the specification of August 2026 and of SDKs newer
/// than it. A bridge that needs one of these is told so instead of being told "not found".
const NOT_MODELLED: &[&str] = &[
    "/organization/certificates",
    "/organization/certificates/{id}",
    "/organization/certificates/activate",
    "/organization/certificates/deactivate",
    "/organization/costs",
    "/organization/data_retention",
    "/organization/external_keys",
    "/organization/external_keys/{id}",
    "/organization/external_keys/{id}/validate",
    "/organization/external_storage",
    "/organization/external_storage/{id}",
    "/organization/external_storage/{id}/validate",
    "/organization/projects/{id}/api_keys",
    "/organization/projects/{id}/api_keys/{id}",
    "/organization/projects/{id}/certificates",
    "/organization/projects/{id}/certificates/activate",
    "/organization/projects/{id}/certificates/deactivate",
    "/organization/projects/{id}/data_retention",
    "/organization/projects/{id}/hosted_tool_permissions",
    "/organization/projects/{id}/model_permissions",
    "/organization/projects/{id}/rate_limits",
    "/organization/projects/{id}/rate_limits/{id}",
    "/organization/projects/{id}/service_tier_settings",
    "/organization/projects/{id}/spend_alerts",
    "/organization/projects/{id}/spend_alerts/{id}",
    "/organization/projects/{id}/spend_limit",
    "/organization/spend_alerts",
    "/organization/spend_alerts/{id}",
    "/organization/spend_limit",
    "/organization/usage/{kind}",
    "/organization/workload_identity_providers",
    "/organization/workload_identity_providers/{id}",
    "/organization/workload_identity_providers/{id}/federation_rules",
    "/organization/workload_identity_providers/{id}/federation_rules/{id}",
];

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_operation_is_reached_by_its_own_template() {
        for expected in Operation::ALL.iter().copied() {
            let (verb, template) = expected.route().split_once(' ').unwrap();
            let method = Method::from_bytes(verb.as_bytes()).unwrap();
            let path = format!("/v1{template}");
            let Route::Known(call) = Route::of(&method, &path) else {
                panic!("{expected} is not reached by {path}");
            };
            assert_eq!(call.operation, expected);
            let ids: Vec<_> = template.split('/').filter(|segment| segment.starts_with('{')).collect();
            assert_eq!(call.ids()[..ids.len()], ids, "{template}");
        }
    }

    #[test]
    fn every_other_path_of_the_admin_api_is_known_as_not_modelled() {
        for template in NOT_MODELLED {
            assert_eq!(
                Route::of(&Method::GET, &format!("/v1{template}")),
                Route::NotModelled,
                "{template}"
            );
        }
    }

    #[rstest]
    #[case("GET", "/v1/organization/user", Route::Unknown)]
    #[case("GET", "/v1/organization/users/", Route::Unknown)]
    #[case("GET", "/organization/users", Route::Unknown)]
    #[case("GET", "/v1//organization/users", Route::Unknown)]
    #[case("GET", "/v1/organization/users//roles", Route::Unknown)]
    #[case("GET", "/v1/chat/completions", Route::Unknown)]
    #[case("PUT", "/v1/organization/users", Route::WrongMethod("GET".into()))]
    #[case("PATCH", "/v1/organization/users/u", Route::WrongMethod("GET, POST, DELETE".into()))]
    #[case("GET", "/v1/organization/usage/completions", Route::NotModelled)]
    #[case("POST", "/v1/organization/certificates/activate", Route::NotModelled)]
    #[case("GET", "/v1/organization/projects/p/users/u/x", Route::Unknown)]
    fn paths_that_are_no_operation(#[case] verb: &str, #[case] path: &str, #[case] route: Route<'_>) {
        let method = Method::from_bytes(verb.as_bytes()).unwrap();
        assert_eq!(Route::of(&method, path), route);
    }

    #[test]
    fn ids_are_decoded_after_the_path_is_split() {
        let path = "/v1/organization/groups/a%2Fb/users/c%20d";
        let Route::Known(call) = Route::of(&Method::GET, path) else {
            panic!("not a known route");
        };
        assert_eq!(call.ids(), ["a/b", "c d", ""]);
    }
}
