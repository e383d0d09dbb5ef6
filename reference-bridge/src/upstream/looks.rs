//! Looking members up together: the filter upstream takes many addresses, so those who wait for the same turn share a call.
//!
//! A round gathers addresses until its call goes out. Where no limit rests the call, that is at once and for one address.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::timeout_at;

use super::object::User;
use super::operation::Operation;
use super::session::Session;
use super::trouble::Trouble;
use crate::core::address;

/// How many addresses one call asks about.
const BATCH: usize = 50;

/// The round that may still be joined.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<Arc<Round>>);

#[derive(Debug, Default)]
struct Round {
    emails: Mutex<Vec<String>>,
    found: OnceCell<Vec<User>>,
}

impl Looks {
    fn join(&self, email: &str) -> Arc<Round> {
        let round = self.0.lock();
        round.emails.lock().push(email.to_owned());
        Arc::clone(&round)
    }

    /// Nobody joins `round` any more; gives who did.
    fn close(&self, round: &Arc<Round>) -> Vec<String> {
        let mut open = self.0.lock();
        if Arc::ptr_eq(&open, round) {
            *open = Arc::default();
        }
        round.emails.lock().clone()
    }
}

impl Session {
    /// The member with this address. Whoever asks first asks for everybody who waits for the same turn; whoever gives up
    /// leaves the turn to the next.
    pub(crate) async fn find_member(&self, email: &str) -> Result<Option<User>, Trouble> {
        let looks = &self.upstream.looks;
        let round = looks.join(email);
        let ask = || async {
            self.turn_is_near(Operation::ListUsers).await?;
            let emails = looks.close(&round);
            let mut found = Vec::new();
            for emails in emails.chunks(BATCH) {
                let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
                found.extend(self.find_members(&emails).await?);
            }
            Ok(found)
        };
        let found = timeout_at(self.deadline().into(), round.found.get_or_try_init(ask))
            .await
            .map_err(|_| Trouble::OutOfTime)??;
        let exact = self.matches_exactly();
        let is_meant = |user: &&User| {
            let has = |known: &str| known == email || !exact && address::same(known, email);
            user.email.as_deref().is_some_and(has)
        };
        Ok(found.iter().find(is_meant).cloned())
    }
}
