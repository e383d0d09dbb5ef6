//! The servers that are compared. Each is this program again, with `--serve NAME`; it writes its
//! port, serves on one thread, and ends when its standard input does.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use mock_openai::wiremock::respond;
use mock_openai::{MockOpenAi, Org, OrgRole, Settings, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// Members of the organization, where it does not matter.
pub(crate) const USERS: usize = 1_000;

/// Ids of users that the measuring side is told, spread over all.
const IDS: usize = 16_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// hyper, and nothing but the JSON.
    Bare,
    /// mock-openai's own front.
    Mock,
    /// mock-openai behind wiremock.
    Wiremock,
}

impl Server {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Mock, Self::Wiremock];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare hyper",
            Self::Mock => "mock-openai",
            Self::Wiremock => "wiremock front",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|server| server.name() == name)
    }
}

/// The address of the user with this number.
pub(crate) fn email(number: usize) -> String {
    format!("user{number}@example.com")
}

pub(crate) fn run(server: Server, users: usize) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match server {
            Server::Bare => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
                let address = listener.local_addr()?;
                tokio::spawn(bare(listener));
                until_told(address, &[]).await
            }
            Server::Mock => {
                let openai = MockOpenAi::builder().any_admin_key().start().await?;
                let ids = openai.org(|org, now| populate(org, users, now));
                let address = openai.openai_base_url();
                let address = address.trim_start_matches("http://").trim_end_matches("/v1").parse();
                until_told(address.map_err(io::Error::other)?, &ids).await
            }
            Server::Wiremock => {
                let server = MockServer::builder().disable_request_recording().start().await;
                let openai = respond(Org::new(Settings::default(), 0));
                let ids = openai.org(|org, now| populate(org, users, now));
                Mock::given(any()).respond_with(openai).mount(&server).await;
                until_told(*server.address(), &ids).await
            }
        }
    })
}

/// Says where it is and whom it knows, and waits for the end of standard input.
async fn until_told(address: SocketAddr, ids: &[String]) -> io::Result<()> {
    writeln!(io::stdout(), "{address} {}", ids.join(" "))?;
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

/// Fills the organization and gives the ids of some who are spread over it.
fn populate(org: &mut Org, users: usize, now: Timestamp) -> Vec<String> {
    for number in 0..users {
        org.add_member(&email(number), Some("Some Body"), OrgRole::Reader, now);
    }
    let ids = org
        .users()
        .step_by((users / IDS).max(1))
        .take(IDS)
        .map(|user| user.id().to_owned());
    ids.collect()
}

/// What both fronts of the mock cannot do without: reading and writing the same JSON.
struct Organization {
    users: Vec<User>,
    invites: BTreeMap<String, Invite>,
}

#[derive(Serialize)]
struct User {
    object: &'static str,
    id: String,
    name: String,
    email: String,
    role: &'static str,
    added_at: u64,
    is_scim_managed: bool,
}

#[derive(Deserialize)]
struct NewInvite {
    email: String,
    role: String,
}

#[derive(Clone, Serialize)]
struct Invite {
    object: &'static str,
    id: String,
    email: String,
    role: String,
    status: &'static str,
    created_at: u64,
    expires_at: u64,
    accepted_at: Option<u64>,
    projects: Vec<String>,
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: &'a [User],
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
    has_more: bool,
}

async fn bare(listener: TcpListener) {
    let user = |number: usize| User {
        object: "organization.user",
        id: format!("user-{number:024}"),
        name: "Some Body".to_owned(),
        email: email(number),
        role: "reader",
        added_at: 1_700_000_000,
        is_scim_managed: false,
    };
    let users = (0..USERS).map(user).collect();
    let organization = Arc::new(Mutex::new(Organization {
        users,
        invites: BTreeMap::new(),
    }));
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let organization = Arc::clone(&organization);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&organization, request));
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// As many bytes of headers as the mock sends, so that the wire carries the same.
const HEADERS: [(&str, &str); 5] = [
    ("content-type", "application/json"),
    ("x-request-id", "req_00000000000000000000000000000000"),
    ("openai-processing-ms", "0"),
    ("openai-version", "2020-10-01"),
    ("openai-organization", "org-000000000000000000000000"),
];

async fn answer(
    organization: &Mutex<Organization>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let is_post = request.method() == Method::POST;
    let body = request.into_body().collect().await?.to_bytes();
    let mut organization = organization.lock().unwrap_or_else(PoisonError::into_inner);
    let json = if is_post {
        organization.invite(&body)
    } else {
        organization.page()
    };
    let mut response = Response::new(Full::from(json));
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}

impl Organization {
    fn invite(&mut self, body: &[u8]) -> Vec<u8> {
        let Ok(NewInvite { email, role }) = serde_json::from_slice(body) else {
            return Vec::new();
        };
        let invite = Invite {
            object: "organization.invite",
            id: format!("invite-{:024}", self.invites.len()),
            email,
            role,
            status: "pending",
            created_at: 1_700_000_000,
            expires_at: 1_700_604_800,
            accepted_at: None,
            projects: Vec::new(),
        };
        let json = serde_json::to_vec(&invite).unwrap_or_default();
        self.invites.insert(invite.id.clone(), invite);
        json
    }

    fn page(&self) -> Vec<u8> {
        let data = &self.users[..20];
        let list = List {
            object: "list",
            data,
            first_id: data.first().map(|user| user.id.as_str()),
            last_id: data.last().map(|user| user.id.as_str()),
            has_more: true,
        };
        serde_json::to_vec(&list).unwrap_or_default()
    }
}
