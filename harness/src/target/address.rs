//! Where `/Users` is: the SCIM base, from what people type.

use std::fmt;

use url::Url;

use super::TargetError;

/// Where bridges serve SCIM unless told otherwise.
const DEFAULT_BASE_PATH: &str = "/scim/v2";

/// The path in front of `/Users`: empty, or with a leading and without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BasePath(String);

impl BasePath {
    /// `scim/v2/` and `/scim/v2` are the same; `/` is the root.
    pub(super) fn parse(text: &str) -> Result<Self, TargetError> {
        let fits =
            |character: char| character.is_ascii_graphic() && !matches!(character, '?' | '#' | '"' | '<' | '>' | '`');
        if text.is_empty() || text.contains("://") || !text.chars().all(fits) {
            return Err(TargetError::BasePath { given: text.to_owned() });
        }
        match text.trim_matches('/') {
            "" => Ok(Self(String::new())),
            path => Ok(Self(format!("/{path}"))),
        }
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self(DEFAULT_BASE_PATH.to_owned())
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SCIM base of a bridge at `given`: an explicit base path replaces the path of the URL, which replaces the default.
/// A query (Entra's `?aadOptscim062020`) is cut off.
pub(super) fn scim_url(given: &str, base_path: Option<&str>) -> Result<String, TargetError> {
    let wrong = |reason: &str| TargetError::Url {
        given: without_credentials(given),
        reason: reason.to_owned(),
    };
    let url = match Url::parse(given) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
            return Err(wrong("it must begin with http:// or https://"));
        }
        Err(error) => return Err(wrong(&error.to_string())),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "it must not hold a user name or password; SCIM takes --scim-token",
        ));
    }
    if cfg!(not(feature = "tls")) && url.scheme() == "https" {
        return Err(wrong(
            "this build cannot speak TLS; build proofload with the feature `tls`",
        ));
    }
    let path = match (base_path, url.path()) {
        (None, "" | "/") => BasePath::default(),
        (Some(path), _) | (None, path) => BasePath::parse(path)?,
    };
    Ok(format!("{}{path}", url.origin().ascii_serialization()))
}

/// For messages: what stands before an `@` of the authority may be a password.
fn without_credentials(given: &str) -> String {
    match given.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => given.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::bare("http://bridge.example", None, "http://bridge.example/scim/v2")]
    #[case::slash("http://bridge.example/", None, "http://bridge.example/scim/v2")]
    #[case::own_path("http://bridge.example:8080/api/scim/", None, "http://bridge.example:8080/api/scim")]
    #[case::explicit_path("http://bridge.example/api/scim", Some("/v2"), "http://bridge.example/v2")]
    #[case::no_leading_slash("http://bridge.example", Some("v2/"), "http://bridge.example/v2")]
    #[case::root("http://bridge.example/api", Some("/"), "http://bridge.example")]
    #[case::query("http://bridge.example/scim/?aadOptscim062020", None, "http://bridge.example/scim")]
    #[case::query_only("http://bridge.example?aadOptscim062020", None, "http://bridge.example/scim/v2")]
    #[case::ipv6("http://[::1]:8080", None, "http://[::1]:8080/scim/v2")]
    #[case::default_port("http://bridge.example:80/s", None, "http://bridge.example/s")]
    fn finds_the_base(#[case] given: &str, #[case] base_path: Option<&str>, #[case] base: &str) {
        assert_eq!(scim_url(given, base_path).unwrap(), base);
    }

    #[cfg(feature = "tls")]
    #[test]
    fn takes_https() {
        assert_eq!(
            scim_url("https://bridge.example", None).unwrap(),
            "https://bridge.example/scim/v2"
        );
    }

    #[rstest]
    #[case::no_scheme("bridge.example/scim", None)]
    #[case::port_as_scheme("localhost:8080", None)]
    #[case::ftp("ftp://bridge.example", None)]
    #[case::password("http://admin:hunter2@bridge.example/scim", None)]
    #[case::bad_port("http://bridge.example:99999", None)]
    #[case::password_and_bad_port("http://admin:hunter2@bridge.example:99999", None)]
    #[case::url_as_path("http://bridge.example", Some("http://bridge.example/scim"))]
    #[case::query_in_path("http://bridge.example", Some("/scim?x"))]
    #[case::empty_path("http://bridge.example", Some(""))]
    fn refuses(#[case] given: &str, #[case] base_path: Option<&str>) {
        let error = scim_url(given, base_path).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(
            error.contains("--bridge-url") || error.contains("--base-path"),
            "{error}"
        );
        assert!(!error.contains('\n'), "{error}");
    }
}
