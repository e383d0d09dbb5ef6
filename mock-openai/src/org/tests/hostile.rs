//! The preset `hostile` against a client that does nothing clever: it must always get there.

use std::time::Duration;

use serde_json::{Value, json};

use super::Lab;
use crate::fault::preset::FaultPreset;
use crate::journal::Injected;
use crate::message::{Answer, Reaction, Request};
use crate::operation::Operation;
use crate::record::OrgRole;

/// Sends again what has certainly had no effect: reads that failed in any way, and anything that
/// was told to slow down; waits as told, a second if not told. Never more than a few times.
struct Client {
    lab: Lab,
    sent: usize,
}

impl Client {
    const TRIES: usize = 8;

    fn call(&mut self, request: &Request) -> Value {
        for _ in 0..Self::TRIES {
            self.sent += 1;
            let is_read = request.method == "GET";
            match self.lab.react(request) {
                Reaction::Answer { answer, .. } if answer.status == 200 => {
                    return serde_json::from_slice(&answer.body).unwrap();
                }
                Reaction::Answer { answer, .. } if answer.status == 429 => {
                    let wait = self.wait(&answer);
                    self.lab.now = self.lab.now.plus(wait);
                }
                Reaction::Answer { answer, .. } => {
                    assert!(is_read && answer.status >= 500, "{} to {request:?}", answer.status);
                }
                Reaction::Half(_) | Reaction::Reset => assert!(is_read, "a write breaks off: {request:?}"),
                Reaction::Hang => panic!("nobody survives silence"),
            }
        }
        panic!("{} times without success: {request:?}", Self::TRIES);
    }

    fn wait(&self, answer: &Answer) -> Duration {
        let told = answer.headers.get("retry-after").map(|value| value.to_str().unwrap());
        match told.map(|told| (told, told.parse())) {
            None => Duration::from_secs(1),
            Some((_, Ok(seconds))) => Duration::from_secs(seconds),
            Some((date, Err(_))) => {
                assert_eq!(date, self.lab.now.plus(Duration::from_secs(1)).http_date());
                Duration::from_secs(1)
            }
        }
    }

    fn get(&mut self, path: &str) -> Value {
        self.call(&Request::get(&format!("/v1/organization/{path}")).bearer("k"))
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        self.call(&Request::post(&format!("/v1/organization/{path}"), body.to_string()).bearer("k"))
    }

    fn delete(&mut self, path: &str) -> Value {
        self.call(&Request::delete(&format!("/v1/organization/{path}")).bearer("k"))
    }

    /// All rows of a list, by whatever cursor its pages give.
    fn all(&mut self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("{path}?limit=3{after}"));
            rows.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return rows;
            }
            let cursor = page["next"].as_str().or(page["last_id"].as_str());
            after = format!("&after={}", cursor.expect("more needs a cursor"));
        }
    }

    /// The id of the one row whose field has this value.
    fn find(&mut self, path: &str, field: &str, value: &str) -> String {
        let rows = self.all(path);
        let found: Vec<_> = rows.iter().filter(|row| row[field] == value).collect();
        assert_eq!(found.len(), 1, "{path} with {field} {value}: {rows:?}");
        found[0]["id"].as_str().unwrap().to_owned()
    }
}

/// Ten people from invite to group to removal; gives how many requests it took, and how many of
/// them met trouble.
fn crowd_passes_through(seed: u64) -> (usize, usize) {
    let mut lab = Lab::seeded(seed);
    lab.org.apply(FaultPreset::Hostile);
    lab.org.add_member("boss@x.org", None, OrgRole::Owner, lab.now);
    let mut client = Client { lab, sent: 0 };
    let emails: Vec<_> = (0..10).map(|number| format!("u{number}@x.org")).collect();
    for email in &emails {
        client.post("invites", &json!({ "email": email, "role": "reader" }));
    }
    for email in &emails {
        let invite_id = client.find("invites", "email", email);
        let now = client.lab.now;
        client.lab.org.accept_invite(&invite_id, None, now).unwrap();
    }
    client.post("groups", &json!({ "name": "Staff" }));
    let group_id = client.find("groups", "name", "Staff");
    let members = format!("groups/{group_id}/users");
    for email in &emails {
        let user_id = client.find("users", "email", email);
        client.post(&members, &json!({ "user_id": user_id }));
    }
    let mut joined: Vec<_> = client
        .all(&members)
        .iter()
        .map(|row| row["email"].to_string())
        .collect();
    joined.sort();
    let expected: Vec<_> = emails.iter().map(|email| format!("\"{email}\"")).collect();
    assert_eq!(joined, expected);
    for email in &emails {
        let user_id = client.find("users", "email", email);
        client.delete(&format!("users/{user_id}"));
    }
    assert_eq!(client.all(&members), [json!(null); 0]);
    assert_eq!(client.all("users").len(), 1);
    let journal = client.lab.org.journal();
    let is_struck = |injected: &Injected| matches!(injected, Injected::Fault { .. });
    let struck = journal
        .entries()
        .filter(|entry| entry.injected.as_ref().is_some_and(is_struck));
    assert_eq!(journal.counts().operations[&Operation::DeleteUser].succeeded, 10);
    (client.sent, struck.count())
}

#[test]
fn a_correct_client_always_survives() {
    let (mut sent, mut struck) = (0, 0);
    for seed in 0..40 {
        let (more_sent, more_struck) = crowd_passes_through(seed);
        sent += more_sent;
        struck += more_struck;
    }
    let share = f64::from(u32::try_from(struck * 100 / sent).unwrap());
    assert!(
        (25.0..60.0).contains(&share),
        "{share} % of {sent} requests met trouble"
    );
}

#[test]
fn the_same_seed_makes_the_same_trouble() {
    assert_eq!(crowd_passes_through(1), crowd_passes_through(1));
    assert_ne!(crowd_passes_through(1), crowd_passes_through(2));
}
