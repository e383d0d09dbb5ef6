//! Plays an identity provider: turns a [`Job`] into the requests that this product would send, in its order.
//!
//! Shape is data ([`Idp`]), logic is here, behind the strategies that the data names. A persona judges an answer only
//! as far as the real product does: whether it can go on. It knows nothing of the upstream.

mod group;
mod job;
mod patch;
mod request;
mod resource;
mod user;

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use proofload_scenarios::{Idp, Token};
use serde_json::Value;

pub use job::{Change, Failure, FailureKind, Job, Member};
pub use request::Pen;

use crate::exchange::{Exchange, SentRequest};

/// Something that carries a request to the bridge and brings back what came of it.
pub trait Line {
    /// Sends one request. `label` is what the persona calls it, such as `match` or `create`.
    fn send(&mut self, label: &'static str, request: SentRequest) -> impl Future<Output = Exchange> + Send;

    /// A GUID nobody has seen before, for what asks for `{guid}`.
    fn guid(&mut self) -> String;

    /// The most pages of a list that it is asked for, so that a list without end ends. Whoever keeps every answer takes few.
    fn pages_max(&self) -> u32 {
        1_000
    }
}

/// One identity provider, speaking with one token.
#[derive(Clone, Copy, Debug)]
pub struct Persona<'a> {
    idp: &'a Idp,
    pen: Pen<'a>,
    role_urn: &'a str,
}

impl<'a> Persona<'a> {
    /// The identity provider `idp`, presenting `token`. `role_urn` is the extension its role attribute is mapped to.
    pub fn new(idp: &'a Idp, token: &'a str, role_urn: &'a str) -> Self {
        Self {
            idp,
            pen: Pen::new(idp, token),
            role_urn,
        }
    }

    /// The same identity provider, presenting another token or none.
    #[must_use]
    pub fn presenting(self, which: Token) -> Self {
        let pen = self.pen.presenting(which);
        Self { pen, ..self }
    }

    /// Does a job once.
    ///
    /// # Errors
    /// When the identity provider would call the job failed.
    pub async fn perform(&self, job: &Job, line: &mut impl Line) -> Result<(), Failure> {
        match job {
            Job::Requests(lines) => self.requests(lines, line).await,
            Job::ImportUsers => self.import_users(line).await,
            Job::Assign(actor) => self.assign(actor, line).await,
            Job::FindUser(actor) => self.find_user(actor, line).await.map(|_| ()),
            Job::ReadUser(actor) => self.read_user(actor, line).await.map(|_| ()),
            Job::Update(actor, changes) => self.update_user(actor, changes, line).await,
            Job::Switch(actor, on) => self.switch_user(actor, *on, line).await,
            Job::DeleteUser(actor) => self.delete_user(actor, line).await,
            Job::Push(team, members) => self.groups()?.push(team, members, line).await,
            Job::ReadGroup(team) => self.groups()?.read(team, line).await.map(|_| ()),
            Job::RenameGroup(team, members) => self.groups()?.rename(team, members, line).await,
            Job::AddMembers(team, added, all) => self.groups()?.add_members(team, added, all, line).await,
            Job::RemoveMembers(team, removed, all) => self.groups()?.remove_members(team, removed, all, line).await,
            Job::DeleteGroup(team) => self.groups()?.delete(team, line).await,
        }
    }

    /// How long this identity provider waits after the `attempt`th failure before it tries the job again; `None` when
    /// it does not. The second value tells whether the real wait is longer than the one given here.
    pub fn patience(&self, failure: &Failure, attempt: u32) -> Option<(Duration, bool)> {
        /// The longest wait that is really waited.
        const LONGEST: Duration = Duration::from_secs(60);
        let retry = &self.idp.retry;
        match failure.kind {
            FailureKind::Throttled(Some(seconds)) if attempt < retry.throttled_attempts => {
                let wanted = Duration::from_secs(seconds);
                Some((wanted.min(LONGEST), wanted > LONGEST))
            }
            FailureKind::Throttled(None) if attempt < retry.throttled_attempts => Some((Duration::from_secs(2), true)),
            FailureKind::Unanswered(told) if attempt < retry.failed_attempts => {
                let wanted = told.map_or(Duration::from_millis(300) * attempt, Duration::from_secs);
                Some((wanted.min(LONGEST), true))
            }
            FailureKind::Throttled(_) | FailureKind::Unanswered(_) | FailureKind::Refused | FailureKind::Unusable => {
                None
            }
        }
    }

    /// Whether a job that failed for good is sent again some time later, by the identity provider or an administrator.
    /// What looked like a success is not: nobody knows that there is something to send.
    pub fn sends_again_later(&self, failure: &Failure) -> bool {
        failure.kind != FailureKind::Unusable
    }

    async fn requests(&self, lines: &[String], line: &mut impl Line) -> Result<(), Failure> {
        for text in lines {
            let exchange = self.send("list", text, None, line, &|_| None).await?;
            if !self.no_match(&exchange) {
                usable_page(&exchange, "idp.list")?;
            }
        }
        Ok(())
    }

    /// Sends one request written in plain words.
    async fn send(
        &self,
        label: &'static str,
        text: &str,
        body: Option<&Value>,
        line: &mut impl Line,
        value_of: &impl Fn(&str) -> Option<String>,
    ) -> Result<Exchange, Failure> {
        let (guid, asked) = (OnceCell::new(), RefCell::new(&mut *line));
        let value_of = |name: &str| match name {
            "guid" => Some(guid.get_or_init(|| asked.borrow_mut().guid()).clone()),
            name => value_of(name),
        };
        let request = self.pen.request(text, body, value_of).map_err(|missing| {
            Failure::unusable(
                "idp.id",
                format!("`{missing}` is not known: the bridge never gave it, so this cannot be sent"),
            )
        })?;
        Ok(line.send(label, request).await)
    }

    /// A write of one resource by its id: `PATCH`, `/Users`. 200 or 204 will do, with a
    /// resource in the answer or without.
    async fn write_by_id(
        &self,
        method: &str,
        resources: &str,
        id: Option<&str>,
        body: &Value,
        line: &mut impl Line,
    ) -> Result<(), Failure> {
        let label = if method == "PUT" { "replace" } else { "patch" };
        let text = format!("{method} {resources}/{{id}}{}", self.idp.write_ending);
        let exchange = self.send(label, &text, Some(body), line, &by_id(id)).await?;
        match exchange.status() {
            Some(200 | 204) => Ok(()),
            _ => Err(Failure::of(&exchange, "idp.update")),
        }
    }

    /// Deletes one resource. One that nobody has any more is as good as deleted.
    async fn delete_by_id(&self, resources: &str, id: Option<&str>, line: &mut impl Line) -> Result<(), Failure> {
        let text = format!("DELETE {resources}/{{id}}{}", self.idp.write_ending);
        let exchange = self.send("delete", &text, None, line, &by_id(id)).await?;
        match exchange.status() {
            Some(204 | 200 | 404) => Ok(()),
            _ => Err(Failure::of(&exchange, "idp.delete")),
        }
    }

    fn no_match(&self, exchange: &Exchange) -> bool {
        self.idp.connection.not_found_means_no_match && exchange.status() == Some(404)
    }

    /// The one resource a look-up found, or none.
    fn matched(&self, exchange: &Exchange) -> Result<Option<Value>, Failure> {
        if self.no_match(exchange) {
            return Ok(None);
        }
        let (total, mut resources) = usable_page(exchange, "idp.match")?;
        match (total, resources.len()) {
            (0, _) => Ok(None),
            (1, 1) => Ok(resources.pop()),
            (1, found) => Err(Failure::unusable(
                "idp.match",
                format!("totalResults is 1, but there are {found} Resources"),
            )),
            (total, _) => Err(Failure::unusable(
                "idp.match",
                format!("the look-up found {total}; an identity provider cannot tell which one is meant"),
            )),
        }
    }
}

/// `totalResults` and `Resources` of a list answer, RFC 7644 §3.4.2.
pub fn list_of(exchange: &Exchange) -> Option<(u64, Vec<Value>)> {
    let mut body = exchange.json()?;
    let total = body.get("totalResults")?.as_u64()?;
    let resources = match body.get_mut("Resources").map(Value::take) {
        Some(Value::Array(resources)) => resources,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return None,
    };
    Some((total, resources))
}

/// The value of `{id}`, and of nothing else.
fn by_id(id: Option<&str>) -> impl Fn(&str) -> Option<String> {
    move |name| id.filter(|_| name == "id").map(str::to_owned)
}

/// The resource in a successful answer; identity providers need it to go on.
fn usable_resource(exchange: &Exchange, statuses: &[u16], check: &'static str) -> Result<Value, Failure> {
    if !exchange.status().is_some_and(|status| statuses.contains(&status)) {
        return Err(Failure::of(exchange, check));
    }
    match exchange.json().filter(Value::is_object) {
        None => Err(Failure::unusable(
            check,
            format!(
                "{} was answered without a resource in the body",
                exchange.request_line()
            ),
        )),
        Some(resource) if id_of(&resource).is_none() => Err(Failure::unusable(
            check,
            format!("the resource in the answer to {} has no id", exchange.request_line()),
        )),
        Some(resource) => Ok(resource),
    }
}

/// A page of a list: how many matches there are in all, and the resources on it. Anything else fails the job.
fn usable_page(exchange: &Exchange, check: &'static str) -> Result<(u64, Vec<Value>), Failure> {
    if exchange.status() != Some(200) {
        return Err(Failure::of(exchange, check));
    }
    list_of(exchange).ok_or_else(|| {
        Failure::unusable(
            check,
            "the answer is not a SCIM ListResponse with a numeric totalResults",
        )
    })
}

/// The id of a resource, if it is one.
fn id_of(resource: &Value) -> Option<&str> {
    resource.get("id")?.as_str().filter(|id| !id.is_empty())
}
