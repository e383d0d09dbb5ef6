//! Who is in which site, department and group.
//!
//! Every choice is drawn for its own number, never from one stream, so a shard draws what the whole company draws.

use proofload_scenarios::{Company, CompanyKind};

use super::words::{DEPARTMENTS, FAMILY_NAMES, GIVEN_NAMES, LEVELS, SUBJECTS};
use super::{Directory, Group, GroupKind, PUPIL, Person, Shard, ShardError, mixed, tag};
use crate::load::task::PersonId;

/// The most sites a company has.
const SITES_MAX: u32 = 12;
/// A company has fewer sites than that when one would have fewer people than this.
const PEOPLE_A_SITE: u32 = 20;
/// And when there would be fewer groups than this for each.
const GROUPS_A_SITE: u32 = 4;
/// The groups of a school: its staff and six years.
pub(super) const GROUPS_A_SCHOOL: u32 = 7;
/// Half of all teams are smaller.
const TEAM_MEDIAN: f64 = 9.0;
/// How far teams differ: the standard deviation of the logarithm of their size.
const TEAM_SPREAD: f64 = 0.8;
/// One team in so many is one person.
const ALONE: u32 = 10;

pub(super) fn company(company: &Company, seed: u64, shard: Shard) -> Result<Directory, ShardError> {
    let sites = sites(company);
    if shard.count() > sites {
        return Err(ShardError::TooMany {
            shards: shard.count(),
            sites,
        });
    }
    let lots = Lots::new(company, seed, sites);
    let everybody = (0..company.people).map(|number| lots.person(number));
    let people: Vec<Person> = everybody.filter(|person| shard.takes(person.site.into())).collect();
    let mut at_site = vec![Vec::new(); sites as usize];
    for (person, id) in people.iter().zip((0..).map(PersonId)) {
        at_site[usize::from(person.site)].push(id);
    }
    let mut directory = Directory {
        seed,
        tag: tag(seed),
        kind: company.kind,
        sites,
        shard,
        people,
        groups: Vec::new(),
        members: Vec::new(),
    };
    for number in 0..company.groups {
        let (site, kind) = lots.group(number);
        if shard.takes(site.into()) {
            let members = lots.members(number, kind, &at_site[usize::from(site)], &directory.people);
            directory.members.extend(members);
            let end = u32::try_from(directory.members.len()).unwrap_or(u32::MAX);
            directory.groups.push(Group {
                number,
                site,
                kind,
                end,
            });
        }
    }
    Ok(directory)
}

fn sites(company: &Company) -> u32 {
    let by_groups = match company.kind {
        _ if company.groups == 0 => SITES_MAX,
        CompanyKind::Company => company.groups / GROUPS_A_SITE,
        CompanyKind::School => company.groups / GROUPS_A_SCHOOL,
    };
    SITES_MAX.min(by_groups).min(company.people / PEOPLE_A_SITE).max(1)
}

/// Draws lots for everybody and every group.
struct Lots {
    seed: u64,
    kind: CompanyKind,
    sites: u32,
    departments: u32,
    schools: u32,
    /// Up to which number each site is drawn, the last being 1.
    up_to: Vec<f64>,
}

impl Lots {
    fn new(company: &Company, seed: u64, sites: u32) -> Self {
        // The n-th largest site has 1/√n of the people of the largest.
        let parts: Vec<f64> = (1..=sites).map(|rank| f64::from(rank).sqrt().recip()).collect();
        let all: f64 = parts.iter().sum();
        let add = |sum: &mut f64, part: &f64| {
            *sum += part / all;
            Some(*sum)
        };
        Self {
            seed,
            kind: company.kind,
            sites,
            departments: (company.groups.saturating_sub(sites) / 3).min(sites * count(DEPARTMENTS)),
            schools: (company.groups / GROUPS_A_SCHOOL).max(1),
            up_to: parts.iter().scan(0.0, add).collect(),
        }
    }

    fn random(&self, purpose: &str, number: u32) -> fastrand::Rng {
        fastrand::Rng::with_seed(mixed(self.seed, purpose, number))
    }

    fn site(&self, random: &mut fastrand::Rng) -> u16 {
        let drawn = random.f64();
        let site = self.up_to.iter().position(|up_to| drawn < *up_to).unwrap_or_default();
        u16::try_from(site).unwrap_or_default()
    }

    fn person(&self, number: u32) -> Person {
        let mut random = self.random("lots", number);
        let given = random.u16(..short(GIVEN_NAMES.len()));
        let family = random.u16(..short(FAMILY_NAMES.len()));
        let (school, site) = match self.kind {
            CompanyKind::Company => (0, self.site(&mut random)),
            CompanyKind::School => {
                let school = random.u32(..self.schools);
                (school, short((school % self.sites) as usize))
            }
        };
        let is_pupil = self.kind == CompanyKind::School && !is_staff(number);
        let (department, level) = if is_pupil {
            (random.u8(..6) + first_year(school) - 1, PUPIL)
        } else {
            let departments = match self.kind {
                CompanyKind::Company => DEPARTMENTS,
                CompanyKind::School => SUBJECTS,
            };
            // The lower of two draws: there are fewer directors than associates.
            let level = random.u32(..count(LEVELS)).min(random.u32(..count(LEVELS)));
            (byte(random.u32(..count(departments))), byte(level))
        };
        Person {
            number,
            school: short(school as usize),
            given,
            family,
            site,
            department,
            level,
        }
    }

    /// The site and kind of a group: first everybody of each site, then departments, then teams; or school by school.
    fn group(&self, number: u32) -> (u16, GroupKind) {
        if self.kind == CompanyKind::School {
            let (school, place) = (number / GROUPS_A_SCHOOL, number % GROUPS_A_SCHOOL);
            let kind = match place {
                _ if school >= self.schools => GroupKind::Team,
                0 => GroupKind::Everybody,
                place => GroupKind::Year(byte(place) + first_year(school) - 1),
            };
            return (short((school % self.schools % self.sites) as usize), kind);
        }
        if number < self.sites {
            return (short(number as usize), GroupKind::Everybody);
        }
        let number_of_department = number - self.sites;
        if number_of_department < self.departments {
            let department = byte(number_of_department / self.sites);
            let site = number_of_department % self.sites;
            return (short(site as usize), GroupKind::Department(department));
        }
        (self.site(&mut self.random("team", number)), GroupKind::Team)
    }

    fn members(&self, number: u32, kind: GroupKind, at_site: &[PersonId], people: &[Person]) -> Vec<PersonId> {
        let school = short((number / GROUPS_A_SCHOOL) as usize);
        let is_here = |person: &Person| self.kind == CompanyKind::Company || person.school == school;
        let is_in = |id: &PersonId| {
            let person = &people[id.index()];
            match kind {
                GroupKind::Everybody => is_here(person) && person.level != PUPIL,
                GroupKind::Department(department) => person.department == department,
                GroupKind::Year(year) => is_here(person) && person.level == PUPIL && person.department + 1 == year,
                GroupKind::Team => true,
            }
        };
        let candidates = at_site.iter().copied().filter(is_in);
        if kind != GroupKind::Team {
            return candidates.collect();
        }
        let mut random = self.random("members", number);
        let size = if number.is_multiple_of(ALONE) {
            1
        } else {
            team_size(&mut random)
        };
        let mut members = random.choose_multiple(candidates, size.min(at_site.len().max(1)));
        members.sort_unstable();
        members
    }
}

/// Three of 83, evenly spread.
fn is_staff(number: u32) -> bool {
    matches!(number % 83, 0 | 28 | 55)
}

/// Schools are primary and secondary by turns.
fn first_year(school: u32) -> u8 {
    if school.is_multiple_of(2) { 1 } else { 7 }
}

/// Log-normal, by Box and Muller; at most fifty times the median.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 450")]
fn team_size(random: &mut fastrand::Rng) -> usize {
    let (radius, angle) = ((1.0 - random.f64()).ln() * -2.0, random.f64() * std::f64::consts::TAU);
    let normal = radius.sqrt() * angle.cos();
    let size = TEAM_MEDIAN * (TEAM_SPREAD * normal).exp();
    size.clamp(1.0, 50.0 * TEAM_MEDIAN) as usize
}

fn count<T>(words: &[T]) -> u32 {
    u32::try_from(words.len()).unwrap_or(u32::MAX)
}

fn short(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
