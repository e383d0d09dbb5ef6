//! Finding people: by id, by filter, all of them.

use std::sync::Arc;

use super::{Bridge, Place};
use crate::core::address;
use crate::core::error::ScimError;
use crate::core::evaluate::Evaluator;
use crate::core::filter::Filter;
use crate::core::plan::Link;
use crate::core::reach::{self, Reach};
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::store::{Person, PersonKey};
use crate::variant::Variant;

impl Bridge {
    /// The people who match `filter`, or all, in order of creation.
    pub(crate) async fn find_users(
        &self,
        filter: Option<&Filter>,
        first_page: bool,
    ) -> Result<Arc<Vec<Arc<Person>>>, ScimError> {
        let filter = filter.filter(|filter| {
            !self.has(Fault::UnknownFilterListsAll) || reach::is_only_about(filter, &["userName", "id"])
        });
        let session = self.session();
        let only_pushed = self.is(Variant::OnlyPushedListed);
        let mut members_only = filter.is_none() && self.has(Fault::ListsMembersOnly);
        match filter.map_or(Reach::Everybody, Reach::of) {
            Reach::Known => {}
            Reach::Addresses(_) | Reach::Everybody if only_pushed => {}
            Reach::Addresses(_) if self.has(Fault::CreateWithoutLook) => {}
            Reach::Addresses(_) if self.has(Fault::LookUpReadsEverybody) => {
                self.adopt_everybody(&session, true).await?;
            }
            Reach::Addresses(addresses) => {
                for address in addresses {
                    self.adopt_address(&session, &address).await?;
                }
            }
            Reach::Everybody => match self.adopt_everybody(&session, first_page).await {
                Err(_) if self.has(Fault::TroubleShortensList) => members_only = true,
                done => done?,
            },
        }
        if filter.is_none() && self.has(Fault::ImportDemotesUnknown) {
            self.demote_unknown(&session).await;
        }
        self.notice_acceptance(&session).await?;
        let mut people = match filter {
            None => self.store.people(),
            Some(filter) => Arc::new(self.matching_people(filter)),
        };
        if filter.is_none() {
            self.keep_first_page(&session, &mut people).await?;
        }
        if only_pushed {
            Arc::make_mut(&mut people).retain(|person| person.claimed);
        }
        if members_only {
            Arc::make_mut(&mut people).retain(|person| !person.is_pending());
        }
        if self.has(Fault::InactivePersonVanishes) {
            Arc::make_mut(&mut people).retain(|person| person.active);
        }
        Ok(people)
    }

    fn matching_people(&self, filter: &Filter) -> Vec<Arc<Person>> {
        let mut candidates: Vec<Arc<Person>> = if let Some(name) = reach::pinned(filter, "userName") {
            let found = self.store.find_person(PersonKey::UserName(name));
            found.into_iter().collect()
        } else if let Some(id) = reach::pinned(filter, "id") {
            self.store.person(id).into_iter().collect()
        } else if let Some(id) = reach::pinned(filter, "externalId").filter(|_| !self.has(Fault::ExternalIdFolded)) {
            let people = self.store.people();
            let with_id = |person: &&Arc<Person>| person.external_id() == Some(id);
            people.iter().filter(with_id).cloned().collect()
        } else {
            self.store.people().to_vec()
        };
        if let Some(name) = reach::pinned(filter, "userName").filter(|_| self.has(Fault::MemberFoundByOldName)) {
            candidates
                .retain(|person| !matches!(&person.link, Link::Member { email, .. } if !address::same(email, name)));
        }
        let evaluator = Evaluator {
            kind: Kind::User,
            faults: self.faults(),
        };
        let place = Place::nowhere();
        candidates
            .into_iter()
            .filter(|person| evaluator.matches(filter, &self.render_user(person, &place)))
            .collect()
    }
}
