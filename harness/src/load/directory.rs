//! The company that comes on board: its people and groups, all invented from the seed.
//!
//! Compact: a person is sixteen bytes of indices into word lists, and becomes an [`Actor`] only when a request is written.
//! Everybody and every group belongs to one site, and nobody is in a group of another site, so machines that share a run
//! out site by site ([`Shard`]) never need each other's ids. Numbers in names are those of the whole company, so shards
//! invent the very people that a single run does.

mod invent;
mod shard;
mod words;

use proofload_scenarios::{Company, CompanyKind, ExternalId, GroupStart, Idp, RoleSpelling, UpstreamStart};

pub use self::shard::{Shard, ShardError};
use self::words::{
    CITIES, DEPARTMENTS, FAMILY_NAMES, GIVEN_NAMES, LEVELS, OKTA_LETTERS, PASSWORD_LETTERS, SUBJECTS, TAG_LETTERS,
    YEARS,
};
use super::book::Book;
use super::task::{GroupId, PersonId};
use crate::cast::{Actor, Team, guid};

/// Everybody and every group, of the whole company or of one shard.
#[derive(Clone, Debug, PartialEq)]
pub struct Directory {
    seed: u64,
    tag: String,
    kind: CompanyKind,
    sites: u32,
    shard: Shard,
    people: Vec<Person>,
    groups: Vec<Group>,
    /// The members of all groups, one group after the other.
    members: Vec<PersonId>,
}

/// A person, as indices into the word lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Person {
    /// The place in the whole company.
    number: u32,
    site: u16,
    /// In a school district.
    school: u16,
    given: u16,
    family: u16,
    /// The department before the first move. A pupil's year, counted from 0.
    department: u8,
    /// The level of the title before the first move, or [`PUPIL`].
    level: u8,
}

/// The level of those who are not staff.
const PUPIL: u8 = u8::MAX;

/// A group, and where its members are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    /// The place in the whole company.
    number: u32,
    site: u16,
    kind: GroupKind,
    /// Where its members end in the list of all; they begin where those of the group before end.
    end: u32,
}

/// What holds a group together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Everybody of a site. In a school district: the staff of a school.
    Everybody,
    /// A department of a site.
    Department(u8),
    /// A team of some size, across departments; and a school's club.
    Team,
    /// One year of one school.
    Year(u8),
}

impl Directory {
    /// Invents the company for `seed`; of it, the sites that `shard` takes.
    ///
    /// # Errors
    /// When there are more shards than sites.
    pub fn invent(company: &Company, seed: u64, shard: Option<Shard>) -> Result<Self, ShardError> {
        invent::company(company, seed, shard.unwrap_or_default())
    }

    /// How many people there are.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Over how many sites the whole company is spread; as many shards can share it.
    pub fn sites(&self) -> u32 {
        self.sites
    }

    /// Which part of the company this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// What sets the names of this company apart from those of other seeds.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Everybody.
    pub fn everybody(&self) -> impl Iterator<Item = PersonId> + use<> {
        (0..).map(PersonId).take(self.people.len())
    }

    /// Every group.
    pub fn every_group(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..).map(GroupId).take(self.groups.len())
    }

    /// Who is in a group when the company comes on board.
    pub fn members(&self, group: GroupId) -> &[PersonId] {
        let start = group.index().checked_sub(1).map_or(0, |before| self.groups[before].end);
        &self.members[start as usize..self.groups[group.index()].end as usize]
    }

    /// What holds the group together.
    pub fn kind(&self, group: GroupId) -> GroupKind {
        self.groups[group.index()].kind
    }

    /// The site of a group.
    pub fn site(&self, group: GroupId) -> u32 {
        self.groups[group.index()].site.into()
    }

    /// A number from 0 up to 1 for a person and a purpose. The same on every machine, whatever the shard.
    pub fn chance(&self, person: PersonId, purpose: &str) -> f64 {
        chance(self.seed, purpose, self.people[person.index()].number)
    }

    /// A number from 0 up to 1 for a group and a purpose.
    pub fn group_chance(&self, group: GroupId, purpose: &str) -> f64 {
        chance(self.seed ^ 1, purpose, self.groups[group.index()].number)
    }

    /// The person's address, in lower case: their userName and e-mail.
    pub fn address(&self, person: PersonId) -> String {
        let Person {
            number, given, family, ..
        } = self.people[person.index()];
        let (given, family) = (GIVEN_NAMES[usize::from(given)], FAMILY_NAMES[usize::from(family)]);
        let mut address = format!("{given}.{family}.{number:04}.{}@example.com", self.tag);
        address.make_ascii_lowercase();
        address
    }

    /// Whose address it is, if somebody's here. Letter case does not matter.
    pub fn find(&self, address: &str) -> Option<PersonId> {
        let number = address.split('@').next()?.rsplit('.').nth(1)?.parse().ok()?;
        let place = self.people.binary_search_by_key(&number, |person| person.number).ok()?;
        let person = PersonId(u32::try_from(place).ok()?);
        self.address(person).eq_ignore_ascii_case(address).then_some(person)
    }

    /// The group's name.
    pub fn group_name(&self, group: GroupId) -> String {
        let Group { number, site, kind, .. } = self.groups[group.index()];
        let words = match kind {
            GroupKind::Everybody if self.kind == CompanyKind::School => "Staff",
            GroupKind::Everybody => "Everyone",
            GroupKind::Department(department) => DEPARTMENTS[usize::from(department)],
            GroupKind::Team if self.kind == CompanyKind::School => "Club",
            GroupKind::Team => "Team",
            GroupKind::Year(year) => YEARS[usize::from(year) - 1],
        };
        let place = match self.kind {
            CompanyKind::Company => CITIES[usize::from(site)].to_owned(),
            CompanyKind::School if kind == GroupKind::Team => "District".to_owned(),
            CompanyKind::School => format!("School {}", number / invent::GROUPS_A_SCHOOL + 1),
        };
        format!("{words}, {place} {number:04} {}", self.tag)
    }

    /// Which group has this name, if one has.
    pub fn group_named(&self, name: &str) -> Option<GroupId> {
        let number = name.rsplit(' ').nth(1)?.parse().ok()?;
        let place = self.groups.binary_search_by_key(&number, |group| group.number).ok()?;
        let group = GroupId(u32::try_from(place).ok()?);
        (self.group_name(group) == name).then_some(group)
    }

    /// The person as the identity provider's directory has them now: id, role and moves are in the book.
    pub fn actor(&self, person: PersonId, book: &Book, idp: &Idp) -> Actor {
        let page = book.person(person);
        let mut actor = self.actor_after(person, page.moves, idp);
        actor.id = page.id.as_deref().map(str::to_owned);
        if let Some(role) = page.role {
            actor.set("openai_role", role);
        }
        actor
    }

    /// The person after so many moves, before anything is known about them.
    pub(super) fn actor_after(&self, person: PersonId, moves: u32, idp: &Idp) -> Actor {
        let Person {
            number, given, family, ..
        } = self.people[person.index()];
        let address = self.address(person);
        let (given, family) = (GIVEN_NAMES[usize::from(given)], FAMILY_NAMES[usize::from(family)]);
        let mut random = fastrand::Rng::with_seed(mixed(self.seed, "person", number));
        let okta_id = format!("00u{}", letters(&mut random, 17, OKTA_LETTERS));
        let password = letters(&mut random, 14, PASSWORD_LETTERS);
        let external_id = match idp.user.external_id {
            ExternalId::OktaId => okta_id,
            ExternalId::MailNickname => address.split('@').next().unwrap_or_default().to_owned(),
        };
        let (title, department) = self.position(person, moves);
        let attributes = [
            ("email", address.clone()),
            ("displayName", format!("{given} {family}")),
            ("givenName", given.to_owned()),
            ("familyName", family.to_owned()),
            ("externalId", external_id),
            ("password", password),
            ("title", title),
            ("department", department.to_owned()),
            ("userName", address),
        ];
        Actor {
            name: format!("person {number}"),
            id: None,
            directory: attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            role_at: RoleSpelling::default(),
            upstream: UpstreamStart::Unknown,
            upstream_role: None,
        }
    }

    /// Title and department after so many moves; each move changes both, but a pupil stays one.
    pub(super) fn position(&self, person: PersonId, moves: u32) -> (String, &'static str) {
        let person = self.people[person.index()];
        let after = |start: u8, words: &[&'static str]| words[(usize::from(start) + moves as usize) % words.len()];
        if person.level == PUPIL {
            return ("Pupil".to_owned(), after(person.department, YEARS));
        }
        let departments = match self.kind {
            CompanyKind::Company => DEPARTMENTS,
            CompanyKind::School => SUBJECTS,
        };
        let department = after(person.department, departments);
        (format!("{department} {}", after(person.level, LEVELS)), department)
    }

    /// The group as the identity provider's directory has it now: its id is in the book.
    pub fn team(&self, group: GroupId, book: &Book) -> Team {
        let number = self.groups[group.index()].number;
        let mut random = fastrand::Rng::with_seed(mixed(self.seed, "group", number));
        Team {
            name: format!("group {number}"),
            id: book.group(group).id.as_deref().map(str::to_owned),
            display_name: self.group_name(group),
            external_id: guid(&mut random),
            members: Vec::new(),
            upstream: GroupStart::Unknown,
            upstream_members: Vec::new(),
        }
    }
}

/// The tag of a seed: six letters and digits.
fn tag(seed: u64) -> String {
    letters(&mut fastrand::Rng::with_seed(mixed(seed, "tag", 0)), 6, TAG_LETTERS)
}

fn letters(random: &mut fastrand::Rng, length: usize, alphabet: &[u8]) -> String {
    let letter = |_| char::from(alphabet[random.usize(..alphabet.len())]);
    (0..length).map(letter).collect()
}

fn chance(seed: u64, purpose: &str, number: u32) -> f64 {
    fastrand::Rng::with_seed(mixed(seed, purpose, number)).f64()
}

/// A seed for one purpose and one number: FNV-1a, the same on every machine and in every version.
fn mixed(seed: u64, purpose: &str, number: u32) -> u64 {
    let bytes = purpose.bytes().chain(number.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
