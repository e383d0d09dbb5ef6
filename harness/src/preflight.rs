//! Makes sure that a target can be tested at all, and names the cause and the fix when it cannot.
//!
//! One request, sent as an identity provider would (`GET /Users?startIndex=1&count=1`), tells a bridge from a closed port, a
//! web page, a wrong token and a wrong base path. Nothing is judged here: a SCIM server that answers badly passes, and
//! the checks say what is wrong with it. The runner calls this once a target is raised, before any check; a
//! [`PreflightError`] ends the program with [`TARGET`](crate::exit::TARGET).

mod cause;
mod reading;

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

pub use self::cause::Cause;
use self::reading::Reading;
use crate::exchange::{Answer, Outcome, SentRequest, WireTrouble};
use crate::target::Rig;

/// Pause between tries of a bridge that is not ready yet.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// How long another base path may take to show that it is the right one.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(2);
/// How long a bridge may take to die.
const DYING_TAKES: Duration = Duration::from_millis(500);
/// Where bridges like to serve SCIM.
const USUAL_PATHS: [&str; 5] = ["/scim/v2", "/v2", "/scim", "/api/scim/v2", ""];

/// Why a target cannot be tested, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreflightError {
    /// What is wrong and how to mend it.
    pub cause: Cause,
    /// The end of what the bridge wrote, redacted, if we started it as a command.
    pub output: Option<String>,
}

impl fmt::Display for PreflightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        self.output.iter().try_for_each(|output| write!(f, "; {output}"))
    }
}

impl std::error::Error for PreflightError {}

/// Whether the bridge answers as a SCIM server does.
///
/// One that is not ready (5xx, 429) is asked again until the target's `ready_within` is over; everything else is decided
/// by the first answer.
pub async fn check(rig: &mut Rig) -> Result<(), PreflightError> {
    let checked = check_until(rig, Instant::now() + rig.ready_within()).await;
    checked.map_err(|cause| PreflightError {
        cause,
        output: rig.last_output(),
    })
}

async fn check_until(rig: &mut Rig, deadline: Instant) -> Result<(), Cause> {
    loop {
        let not_ready = match probe(rig, rig.scim_url(), rig.ready_within()).await {
            Outcome::Failed(trouble) => {
                return Err(match end_of(rig).await {
                    Some(exit) => Cause::Exited { exit },
                    None => of_trouble(rig, trouble).await,
                });
            }
            Outcome::Answered(answer) => match of_answer(rig, &answer).await {
                Ok(()) => return Ok(()),
                Err(cause @ Cause::NotReady { .. }) => cause,
                Err(cause) => return Err(cause),
            },
        };
        if Instant::now() + TRY_EVERY > deadline {
            return Err(not_ready);
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
}

/// How a bridge of ours ended that has just failed to answer. A dying process closes its connections a moment before
/// the operating system says how it died.
async fn end_of(rig: &mut Rig) -> Option<String> {
    let until = Instant::now() + if rig.is_ours() { DYING_TAKES } else { Duration::ZERO };
    loop {
        match rig.exited() {
            None if Instant::now() < until => tokio::time::sleep(Duration::from_millis(10)).await,
            exit => return exit,
        }
    }
}

/// The list of users as an identity provider asks for it.
async fn probe(rig: &Rig, base_url: &str, within: Duration) -> Outcome {
    let request = SentRequest {
        method: "GET".to_owned(),
        target: "/Users?startIndex=1&count=1".to_owned(),
        headers: vec![
            ("Accept".to_owned(), "application/scim+json".to_owned()),
            ("Authorization".to_owned(), format!("Bearer {}", rig.scim_token())),
        ],
        body: None,
    };
    match tokio::time::timeout(within, rig.wire().send(base_url, &request)).await {
        Ok((outcome, _)) => outcome,
        Err(_) => Outcome::Failed(WireTrouble::TimedOut(within)),
    }
}

async fn of_answer(rig: &Rig, answer: &Answer) -> Result<(), Cause> {
    let url = format!("{}/Users", rig.scim_url());
    let status = answer.status;
    let reading = Reading::of(answer, |text| rig.redact(text));
    let said = || reading.said();
    if answer.is_success() && reading == Reading::List {
        return Ok(());
    }
    match (status, &reading) {
        (301..=303 | 307 | 308, _) => {
            let to = answer.header("location").map(|to| rig.redact(&reading::base_of(to)));
            Err(Cause::Redirects { url, to })
        }
        (401 | 403, _) => Err(Cause::WrongToken {
            url,
            status,
            ours: rig.is_ours(),
        }),
        (404, _) => Err(Cause::WrongPath {
            url,
            found: other_path(rig).await,
        }),
        (429 | 500..=599, _) => Err(Cause::NotReady {
            url,
            status,
            within: rig.ready_within(),
            said: said(),
        }),
        (_, Reading::WebPage { .. }) => Err(Cause::WebPage {
            url,
            said: said(),
            found: other_path(rig).await,
        }),
        // It refuses a plain list of users, but in SCIM: that is for the checks to judge.
        (400..=499, Reading::ScimError { .. }) => Ok(()),
        (_, Reading::Text { .. } | Reading::Empty) => Err(Cause::NotJson {
            url,
            status,
            said: said(),
            found: other_path(rig).await,
        }),
        (_, Reading::List | Reading::ScimError { .. } | Reading::OtherJson { .. }) => Err(Cause::NotScim {
            url,
            status,
            said: said(),
            found: other_path(rig).await,
        }),
    }
}

async fn of_trouble(rig: &Rig, trouble: WireTrouble) -> Cause {
    let url = format!("{}/Users", rig.scim_url());
    let Some((host, port)) = host_and_port(rig.scim_url()) else {
        return Cause::Odd {
            url,
            reason: trouble.to_string(),
        };
    };
    let address = format!("{host}:{port}");
    match trouble {
        WireTrouble::Refused if tokio::net::lookup_host(address.clone()).await.is_err() => Cause::UnknownHost { host },
        WireTrouble::Refused => Cause::Refused {
            address,
            ours: rig.is_ours(),
        },
        WireTrouble::TimedOut(within) => Cause::TimedOut { url, within },
        WireTrouble::Closed(reason) => Cause::Closed { address, reason },
        WireTrouble::NotHttp(reason) if rig.scim_url().starts_with("https:") => Cause::NotTls { address, reason },
        WireTrouble::NotHttp(reason) => Cause::NotHttp {
            address,
            reason: rig.redact(&reason),
        },
        WireTrouble::TooLarge(_) | WireTrouble::HungUp(_) | WireTrouble::Killed => Cause::Odd {
            url,
            reason: trouble.to_string(),
        },
    }
}

/// Another base path at the same place where SCIM answers our token, if only with trouble of its own.
async fn other_path(rig: &Rig) -> Option<String> {
    let (origin, path) = origin_and_path(rig.scim_url());
    for other in other_paths(path) {
        if let Outcome::Answered(answer) = probe(rig, &format!("{origin}{other}"), LOOK_ELSEWHERE).await
            && is_scim(&answer)
        {
            return Some(shown(&other));
        }
    }
    None
}

/// A list, or an error of SCIM's that says more than that nothing is here for us.
fn is_scim(answer: &Answer) -> bool {
    match Reading::of(answer, str::to_owned) {
        Reading::List => answer.is_success(),
        Reading::ScimError { .. } => !matches!(answer.status, 401 | 403 | 404),
        Reading::OtherJson { .. } | Reading::WebPage { .. } | Reading::Text { .. } | Reading::Empty => false,
    }
}

/// The path in front of `/Users` of a target that was raised; `/` is none.
pub(crate) fn base_path(rig: &Rig) -> String {
    let (_, path) = origin_and_path(rig.scim_url());
    shown(path)
}

fn shown(path: &str) -> String {
    if path.is_empty() { "/" } else { path }.to_owned()
}

/// The usual paths, below and above the one that was given.
fn other_paths(given: &str) -> Vec<String> {
    let below = [format!("{given}/scim/v2"), format!("{given}/v2")];
    let above = given.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    let mut paths: Vec<String> = Vec::new();
    for path in below.into_iter().chain(above).chain(USUAL_PATHS.map(str::to_owned)) {
        if path != given && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn origin_and_path(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let path = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    url.split_at(path)
}

fn host_and_port(url: &str) -> Option<(String, u16)> {
    let url = url::Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

#[cfg(test)]
mod tests;
