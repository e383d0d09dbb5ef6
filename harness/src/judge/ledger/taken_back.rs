//! What was answered before it was done, and then refused by OpenAI for good.
//!
//! A bridge that works in the background cannot unsay its 2xx; what it can do is to show from then on that there is no access.
//! Whoever reads that knows better, so nobody holds the bridge to what it said before.

use mock_openai::{Cause, Entry, Operation, RecordedRequest};
use serde_json::Value;

use super::Ledger;

impl Ledger {
    /// Takes in a journal entry: whether OpenAI refused for good to invite somebody.
    pub fn hear_refusal(&mut self, entry: &Entry) {
        let status = entry.answer.as_ref().map(|answer| answer.status);
        let is_final = matches!(status, Some(400 | 403 | 409 | 422));
        if entry.cause != Cause::Request || entry.operation != Some(Operation::InviteUser) || !is_final {
            return;
        }
        let body = entry.request.as_ref().map(RecordedRequest::body);
        let body: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
        let Some(address) = body.as_ref().and_then(|body| super::text(body, "email")) else {
            return;
        };
        let address = address.to_lowercase();
        let people = self.people.iter_mut();
        people
            .filter(|person| person.addresses.contains(&address))
            .for_each(|person| person.refused_upstream = true);
    }

    /// An answer shows somebody without access whom OpenAI refused: what was acknowledged before is taken back.
    pub(super) fn believe(&mut self, id: &str, resource: &Value) {
        if resource.get("active") != Some(&Value::Bool(false)) {
            return;
        }
        let people = self.people.iter_mut();
        people
            .filter(|person| person.refused_upstream && person.active && person.id.as_deref() == Some(id))
            .for_each(|person| person.in_doubt = true);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::judge::ledger::heard::hear;
    use crate::judge::owed::gaps;
    use crate::judge::upstream::Upstream;

    #[rstest]
    #[case::refused_and_said_so(true, false, 0)]
    #[case::refused_and_hidden(true, true, 1)]
    #[case::forgotten(false, false, 1)]
    fn only_who_was_refused_can_be_taken_back(#[case] refused: bool, #[case] shown: bool, #[case] missing: usize) {
        let mut ledger = Ledger::default();
        let ann = |active: bool| format!(r#"{{"id":"1","userName":"ann@x.org","active":{active}}}"#);
        hear(&mut ledger, "POST /Users", &ann(true), 201, &ann(true));
        ledger.people[0].refused_upstream = refused;
        hear(&mut ledger, "GET /Users/1", "", 200, &ann(shown));
        assert_eq!(gaps(&ledger, &Upstream::default()).len(), missing);
        hear(&mut ledger, "PUT /Users/1", &ann(true), 200, &ann(true));
        assert_eq!(gaps(&ledger, &Upstream::default()).len(), 1, "asked for once more");
    }
}
