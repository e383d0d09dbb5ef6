//! Recordings that others wrote: HAR files, and Okta's SCIM test suites. What has another shape is refused; nothing is guessed.

mod har;
mod okta_suite;

use proofload_scenarios::FileError;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Recording;

/// What gives a shape away.
#[derive(Deserialize)]
struct Outline {
    log: Option<IgnoredAny>,
    steps: Option<IgnoredAny>,
    trigger_url: Option<IgnoredAny>,
}

/// Reads a file of which it is not yet known what it is.
///
/// # Errors
/// It is none of those that are known, or broken; with the place.
pub fn read(path: &str, bytes: &[u8]) -> Result<Recording, FileError> {
    let wrong = |message: String| FileError::whole(path, message);
    // Some programs put a byte order mark before JSON.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(wrong("the file is empty".to_owned()));
    }
    if !bytes.trim_ascii().starts_with(b"{") {
        return Err(wrong(unknown("it does not begin as a JSON object does")));
    }
    let outline: Outline = serde_json::from_slice(bytes).map_err(|error| wrong(format!("broken JSON: {error}")))?;
    if outline.log.is_some() {
        return har::read(path, bytes);
    }
    if outline.steps.is_some() && outline.trigger_url.is_some() {
        return okta_suite::read(path, bytes);
    }
    Err(wrong(unknown(
        "it has neither `log`, as a HAR file, nor `steps` and `trigger_url`, as Okta's test suites",
    )))
}

fn unknown(why: &str) -> String {
    format!(
        "this is no recording that proofload can read: {why}. The results of Microsoft's SCIM Validator have no documented \
         shape, so they are not guessed at: let the validator talk to `proofload record` instead"
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("", "the file is empty")]
    #[case::text("hello", "no recording that proofload can read")]
    #[case::list("[]", "does not begin as a JSON object")]
    #[case::broken(
        "{\"log\": {\"entries\": [\n{\"request\" 1}]}}",
        "broken JSON: expected `:` at line 2 column 12"
    )]
    #[case::cut("{\"log\": {\"entries\": [", "broken JSON: EOF")]
    #[case::of_microsoft("{\"SFComplianceFailed\": false}", "let the validator talk to `proofload record`")]
    #[case::not_entries("{\"log\": {}}", "missing field `entries`")]
    fn what_is_unknown_is_refused_with_a_word(#[case] text: &str, #[case] message: &str) {
        let error = read("x.json", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("x.json"), "{error}");
    }
}
