//! The audit log, newest first: filters, paging, and how an event looks.
//!
//! What is logged is decided in [`audit`](crate::audit): everything that changes the organization,
//! be it by the API or by hand.

use std::collections::BTreeSet;
use std::iter;

use serde_json::{Value, json};

use super::Org;
use super::page::{self, Cursor};
use crate::audit::{Event, Place};
use crate::journal::{Actor, Cause, Effect, Entry};
use crate::message::{Answer, Request};
use crate::query::Query;
use crate::record::{KeyOwnerKind, Project, fold};
use crate::refusal::Refusal;

impl Org {
    pub(super) fn list_audit_logs(&self, request: &Request) -> Result<Answer, Refusal> {
        let query = Query::parse(&request.query);
        let list = &page::AUDIT_LOGS;
        let limit = list.limit(&query, &self.settings)?;
        let filter = Filter::parse(&query)?;
        let cursor = |parameter| {
            let find = |id: &str| self.audit_log.find(id);
            list.cursor_in(&query, parameter, &self.settings, find)
        };
        // Newest first: behind `after` are older ones, in front of `before` are newer ones.
        let (newer_end, older_end) = match (cursor("after")?, cursor("before")?) {
            (Cursor::Nowhere, _) | (_, Cursor::Nowhere) => {
                return Ok(page::ids_answer(
                    iter::empty::<Value>(),
                    [None; 2],
                    false,
                    &self.settings,
                ));
            }
            (after, before) => (after.position(), before.position()),
        };
        let events = self.audit_log.between(older_end, newer_end);
        let wanted = events.filter(|(_, entry, effect)| {
            let project = self.project_of(entry).map(|project| project.id.as_str());
            filter.lets_through(entry, effect, project)
        });
        // `before` alone asks for the page in front of it: the nearest events, not the newest.
        let is_backwards = older_end.is_some() && newer_end.is_none();
        let mut rows: Vec<_> = if is_backwards {
            wanted.take(limit + 1).collect()
        } else {
            wanted.rev().take(limit + 1).collect()
        };
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if is_backwards {
            rows.reverse();
        }
        let data = rows.iter().filter_map(|row| self.event_body(*row));
        let id = |row: &(Place, &Entry, &Effect)| row.0.id(row.1);
        let (first_id, last_id) = (rows.first().map(id), rows.last().map(id));
        Ok(page::ids_answer(
            data,
            [first_id.as_deref(), last_id.as_deref()],
            has_more,
            &self.settings,
        ))
    }

    /// What is done with an admin key counts as done in the default project (specified). The
    /// dashboard is in none (our choice).
    fn project_of(&self, entry: &Entry) -> Option<&Project> {
        match entry.cause {
            Cause::Request => self.projects.iter().find(|project| project.is_default),
            Cause::World => None,
        }
    }

    fn event_body(&self, (place, entry, effect): (Place, &Entry, &Effect)) -> Option<Value> {
        let event = Event::of(entry, effect)?;
        let mut body = json!({
            "id": place.id(entry),
            "type": event.kind,
            "effective_at": entry.arrived.as_secs(),
            "actor": entry.actor.as_deref().map(actor_body),
        });
        if let Some(Project { id, name, .. }) = self.project_of(entry) {
            body["project"] = json!({ "id": id, "name": name });
        }
        body[event.kind] = event.detail(&self.id);
        Some(body)
    }
}

/// Which events are asked for. Within one field any value will do, across fields all must agree.
struct Filter<'a> {
    times: Vec<(Comparison, u64)>,
    project_ids: BTreeSet<&'a str>,
    event_types: BTreeSet<&'a str>,
    actor_ids: BTreeSet<&'a str>,
    actor_emails: BTreeSet<String>,
    resource_ids: BTreeSet<&'a str>,
    is_tenant: bool,
}

/// What is behind `effective_at`.
#[derive(Clone, Copy)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl<'a> Filter<'a> {
    fn parse(query: &'a Query) -> Result<Self, Refusal> {
        let mut times = Vec::new();
        for (parameter, comparison) in [
            ("effective_at[gt]", Comparison::Above),
            ("effective_at[gte]", Comparison::AtLeast),
            ("effective_at[lt]", Comparison::Below),
            ("effective_at[lte]", Comparison::AtMost),
        ] {
            if let Some(text) = query.last(parameter) {
                let seconds = text.parse();
                let wrong = |_| Refusal::invalid(parameter, format!("'{parameter}' must be a Unix time in seconds."));
                times.push((comparison, seconds.map_err(wrong)?));
            }
        }
        let is_tenant = match query.last("tenant_only") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Refusal::invalid("tenant_only", "'tenant_only' must be true or false.")),
        };
        Ok(Self {
            times,
            project_ids: query.all("project_ids").collect(),
            event_types: query.all("event_types").collect(),
            actor_ids: query.all("actor_ids").collect(),
            actor_emails: query
                .all("actor_emails")
                .map(|email| fold(email).into_owned())
                .collect(),
            resource_ids: query.all("resource_ids").collect(),
            is_tenant,
        })
    }

    fn lets_through(&self, entry: &Entry, effect: &Effect, project: Option<&str>) -> bool {
        let Some(event) = Event::of(entry, effect) else {
            return false;
        };
        let actor = entry.actor.as_deref();
        let actor_ids = actor.map_or([None, None], Actor::ids);
        let actor_email = actor.and_then(Actor::email).map(fold);
        event.is_tenant() == self.is_tenant
            && is_among(&self.project_ids, [project])
            && self.times.iter().all(|time| is_within(entry.arrived.as_secs(), *time))
            && is_among(&self.event_types, [Some(event.kind)])
            && is_among(&self.actor_ids, actor_ids)
            && is_among(&self.resource_ids, [Some(event.id), event.principal_id])
            && (self.actor_emails.is_empty()
                || actor_email.is_some_and(|email| self.actor_emails.contains(email.as_ref())))
    }
}

fn is_within(seconds: u64, (comparison, limit): (Comparison, u64)) -> bool {
    match comparison {
        Comparison::Above => seconds > limit,
        Comparison::AtLeast => seconds >= limit,
        Comparison::Below => seconds < limit,
        Comparison::AtMost => seconds <= limit,
    }
}

/// Whether one of `ids` is wanted, or nothing in particular is.
fn is_among<const N: usize>(wanted: &BTreeSet<&str>, ids: [Option<&str>; N]) -> bool {
    wanted.is_empty() || ids.into_iter().flatten().any(|id| wanted.contains(id))
}

fn actor_body(actor: &Actor) -> Value {
    match actor {
        Actor::ApiKey {
            key_id,
            owner: KeyOwnerKind::User,
            owner_id,
            owner_email,
        } => json!({
            "type": "api_key",
            "api_key": { "id": key_id, "type": "user", "user": { "id": owner_id, "email": owner_email } },
        }),
        Actor::ApiKey {
            key_id,
            owner: KeyOwnerKind::ServiceAccount,
            owner_id,
            ..
        } => json!({
            "type": "api_key",
            "api_key": { "id": key_id, "type": "service_account", "service_account": { "id": owner_id } },
        }),
        // Where the browser is, the mock cannot know; one SDK does not decode a session without it.
        Actor::Session { user_id, email } => json!({
            "type": "session",
            "session": { "user": { "id": user_id, "email": email }, "ip_address": "127.0.0.1" },
        }),
    }
}
