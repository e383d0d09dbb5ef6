//! HAR 1.2: what browsers, proxies and API clients save.
//!
//! Requests to one SCIM server are taken, that with the most of them; all others are left out and counted.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use proofload_scenarios::FileError;
use serde::Deserialize;
use url::Url;

use crate::recording::secret::{Cleaner, Raw, RawAnswer, RawBody};
use crate::recording::{Recording, requests};

/// Collections and documents of SCIM; what stands before them in an address is the SCIM base.
const COLLECTIONS: &[&str] = &[
    "Users",
    "Groups",
    "ServiceProviderConfig",
    "ServiceProviderConfigs",
    "ResourceTypes",
    "Schemas",
    "Me",
    "Bulk",
    ".search",
];

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "startedDateTime", default)]
    started: String,
    #[serde(default)]
    time: Option<f64>,
    request: Request,
    response: Option<Response>,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(rename = "postData")]
    body: Option<Content>,
}

#[derive(Deserialize)]
struct Response {
    status: i64,
    #[serde(default)]
    headers: Vec<Header>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
    #[serde(default)]
    size: Option<i64>,
}

/// Reads a HAR file.
///
/// # Errors
/// It is not one, with the place.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Recording, FileError> {
    let har: Har =
        serde_json::from_slice(bytes).map_err(|error| FileError::whole(path, format!("no HAR file: {error}")))?;
    let entries = har.log.entries;
    let split: Vec<Option<(String, String)>> = entries
        .iter()
        .map(|entry| base_and_target(&entry.request.url))
        .collect();
    let Some(base) = most_frequent(split.iter().flatten().map(|(base, _)| base.as_str())) else {
        let message = format!(
            "none of its {} is SCIM: no address has /Users, /Groups or the like",
            requests(entries.len())
        );
        return Err(FileError::whole(path, message));
    };
    let started = |entry: &Entry| entry.started.parse::<Timestamp>().ok();
    let first = entries.iter().filter_map(started).min();
    let mut cleaner = Cleaner::default();
    let mut recording = Recording {
        began: first
            .map(|first| first.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default(),
        ..Recording::default()
    };
    let mut others = 0_usize;
    for (entry, split) in entries.iter().zip(&split) {
        match split {
            Some((its, target)) if its == base => {
                let began = match (started(entry), first) {
                    (Some(started), Some(first)) => {
                        u64::try_from(started.as_millisecond() - first.as_millisecond()).unwrap_or(0)
                    }
                    _ => recording.seen.last().map_or(0, |seen| seen.ended_ms),
                };
                recording.seen.push(cleaner.clean(raw(entry, target, began)));
            }
            _ => others += 1,
        }
    }
    if others > 0 {
        recording.notes.push(format!(
            "left out, because they go elsewhere or are no SCIM: {}",
            requests(others)
        ));
    }
    recording.seen.sort_by_key(|seen| seen.began_ms);
    Ok(recording)
}

fn raw(entry: &Entry, target: &str, began_ms: u64) -> Raw {
    let took = entry.time.filter(|time| time.is_finite() && *time > 0.0).unwrap_or(0.0);
    let took =
        u64::try_from(std::time::Duration::from_secs_f64((took / 1_000.0).min(86_400.0)).as_millis()).unwrap_or(0);
    let answer = entry.response.as_ref().and_then(|response| {
        // Browsers write 0 where no answer came.
        let status = u16::try_from(response.status)
            .ok()
            .filter(|status| (100..1_000).contains(status))?;
        Some(RawAnswer {
            status,
            headers: pairs(&response.headers),
            body: body(response.content.as_ref()),
        })
    });
    Raw {
        began_ms,
        ended_ms: began_ms.saturating_add(took),
        method: entry.request.method.clone(),
        target: target.to_owned(),
        headers: pairs(&entry.request.headers),
        body: body(entry.request.body.as_ref()),
        answer,
    }
}

fn pairs(headers: &[Header]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|header| (header.name.clone(), header.value.clone()))
        .collect()
}

fn body(content: Option<&Content>) -> RawBody {
    let Some(content) = content else {
        return RawBody::default();
    };
    match (&content.text, content.encoding.as_deref()) {
        (None, _) if content.size.is_some_and(|size| size > 0) => {
            RawBody::LeftOut("the file does not have it".to_owned())
        }
        (None, _) => RawBody::default(),
        (Some(text), Some(encoding)) if encoding.eq_ignore_ascii_case("base64") => {
            let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            match BASE64_STANDARD.decode(plain) {
                Ok(bytes) => RawBody::Bytes(bytes),
                Err(error) => RawBody::LeftOut(format!("it claims to be base64 and is not ({error})")),
            }
        }
        (Some(text), _) => RawBody::Bytes(text.clone().into_bytes()),
    }
}

/// An address, cut before the collection.
fn base_and_target(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address)
        .ok()
        .filter(|url| ["http", "https"].contains(&url.scheme()))?;
    let segments: Vec<&str> = url.path_segments()?.collect();
    let at = segments.iter().position(|segment| COLLECTIONS.contains(segment))?;
    let base = format!("{}/{}", url.origin().ascii_serialization(), segments[..at].join("/"));
    let path = segments[at..].join("/");
    Some((
        base,
        match url.query() {
            Some(query) => format!("/{path}?{query}"),
            None => format!("/{path}"),
        },
    ))
}

fn most_frequent<'a>(all: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)))
        .map(|(one, _)| one)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::recording::seen::Body;

    fn har(entries: &Value) -> Recording {
        let text = json!({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}}).to_string();
        read("x.har", text.as_bytes()).unwrap()
    }

    #[test]
    fn takes_requests_to_one_server_in_the_order_they_came() {
        let recording = har(&json!([
            {
                "startedDateTime": "2026-11-22T10:00:02.500Z", "time": 12.7,
                "request": {
                    "method": "POST", "url": "https://b.example/scim/v2/Users",
                    "headers": [{"name": "authorization", "value": "Bearer canary-1"}, {"name": "Accept", "value": "*/*"}],
                    "postData": {"mimeType": "application/scim+json", "text": "eyJhIjoxfQ==", "encoding": "base64"}
                },
                "response": {"status": 201, "headers": [], "content": {"size": 3, "text": "{\"id\":\"7\",\"x\":\"canary-1\"}"}}
            },
            {
                "startedDateTime": "2026-11-22T11:00:01.000+01:00",
                "request": {"method": "GET", "url": "https://b.example/scim/v2/Users?filter=userName%20eq%20%22a%22"},
                "response": {"status": 200, "content": {"size": 9, "text": "/9j/", "encoding": "base64"}}
            },
            {"request": {"method": "GET", "url": "https://b.example/favicon.ico"}, "response": null},
            {"request": {"method": "GET", "url": "https://other.example/Users"}, "response": {"status": 0}},
            {"request": {"method": "GET", "url": "not an address"}}
        ]));
        let targets: Vec<&str> = recording.seen.iter().map(|seen| seen.target.as_str()).collect();
        assert_eq!(targets, ["/Users?filter=userName%20eq%20%22a%22", "/Users"]);
        assert_eq!(recording.began, "2026-11-22T10:00:01Z");
        let (get, post) = (&recording.seen[0], &recording.seen[1]);
        assert_eq!(
            (post.began_ms, post.ended_ms, post.body.text()),
            (1_500, 1_512, Some("{\"a\":1}"))
        );
        assert!(post.has_credentials && !format!("{post:?}").contains("canary"));
        let body = &get.answer.as_ref().unwrap().body;
        assert_eq!(*body, Body::LeftOut("3 bytes that are no text".to_owned()));
        assert!(recording.notes[0].ends_with("3 requests"), "{:?}", recording.notes);
    }

    #[test]
    fn without_scim_there_is_nothing_to_read() {
        let text = r#"{"log":{"entries":[{"request":{"method":"GET","url":"https://x.example/"}}]}}"#;
        let error = read("x.har", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("none of its 1 request is"), "{error}");
    }
}
