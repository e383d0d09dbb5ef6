//! One phase of a load profile: what the identity provider does, for whom, and how fast.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place, unknown};

/// What the identity provider does before it does the next.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseSpec {
    /// What happens, a few words.
    pub name: String,
    /// What is done, and for which share.
    pub verb: LoadVerb,
    /// How fast.
    pub pace: LoadPace,
    /// The wait between two requests of one job.
    pub think: Duration,
    /// How many requests about one group may be under way at a time.
    pub at_once_per_group: u32,
    /// Whether it begins only when everybody who was invited and means to accept has accepted.
    pub wait_for_acceptance: bool,
    /// Whether what failed for good in the phase before is tried again first.
    pub retry_failed: bool,
    /// The wait before it, and between its cycles. OpenAI's clock may run faster.
    pub pause: Duration,
    /// Where it stands in its file.
    pub place: Place,
}

/// How fast jobs begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadPace {
    /// So many at a time; each begins when another has ended.
    Workers(u32),
    /// So many a second, on so many connections, whether or not the earlier ones have ended.
    PerSecond(f64, u32),
}

/// What is done in a phase. Shares are of 1, and the seed decides who is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoadVerb {
    /// The persona's probe, so many times.
    Probe(u32),
    /// The whole list of users is read, so many times.
    Import(u32),
    /// This share of everybody who is not yet there is assigned.
    Assign(f64),
    /// Every group is pushed.
    Push(PushMembers),
    /// Those who are not in their groups yet come in, in the persona's batches.
    Join,
    /// This share gets another title and department.
    Move(f64),
    /// This share is to be owner.
    Promote(f64),
    /// Everybody who was promoted is to be reader again.
    Demote,
    /// This share is switched off.
    Leave(f64),
    /// This share of those who were switched off is switched on again.
    Return(f64),
    /// This share of the groups is deleted.
    DropGroups(f64),
    /// People come, move and go, again and again.
    Churn(Churn),
}

/// Who is in a group when it is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushMembers {
    /// Everybody who is to be in it.
    All,
    /// Nobody: members follow in a phase `join`.
    None,
}

/// A coming and going.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Churn {
    /// The share of everybody that comes in each cycle, of those who are not there yet.
    pub joiners: f64,
    /// The share that moves to another department and team.
    pub movers: f64,
    /// The share that leaves.
    pub leavers: f64,
    /// How often.
    pub cycles: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPhase {
    name: String,
    #[serde(rename = "do")]
    verb: Spanned<String>,
    share: Option<Spanned<f64>>,
    times: Option<Spanned<u32>>,
    members: Option<Spanned<PushMembers>>,
    joiners: Option<Spanned<f64>>,
    movers: Option<Spanned<f64>>,
    leavers: Option<Spanned<f64>>,
    cycles: Option<Spanned<u32>>,
    workers: Option<Spanned<u32>>,
    rate: Option<Spanned<f64>>,
    connections: Option<Spanned<u32>>,
    #[serde(default)]
    think_ms: u64,
    at_once_per_group: Option<Spanned<u32>>,
    #[serde(default)]
    wait_for_acceptance: bool,
    #[serde(default)]
    retry_failed: bool,
    #[serde(default)]
    pause: u64,
}

/// Every verb, and the keys that say more about it.
pub(super) const VERBS: &[(&str, &[&str])] = &[
    ("probe", &["times"]),
    ("import", &["times"]),
    ("assign", &["share"]),
    ("push", &["members"]),
    ("join", &[]),
    ("move", &["share"]),
    ("promote", &["share"]),
    ("demote", &[]),
    ("leave", &["share"]),
    ("return", &["share"]),
    ("drop-groups", &["share"]),
    ("churn", &["joiners", "movers", "leavers", "cycles"]),
];

impl LoadVerb {
    /// Whether only a persona that pushes groups can do it.
    pub fn is_about_groups(&self) -> bool {
        match self {
            Self::Push(_) | Self::Join | Self::DropGroups(_) => true,
            Self::Probe(_)
            | Self::Import(_)
            | Self::Assign(_)
            | Self::Move(_)
            | Self::Promote(_)
            | Self::Demote
            | Self::Leave(_)
            | Self::Return(_)
            | Self::Churn(_) => false,
        }
    }
}

impl RawPhase {
    /// `file` to point into, `place` of the phase itself.
    pub(super) fn parse(self, file: &Place, place: Place) -> Result<PhaseSpec, FileError> {
        self.check_keys(file)?;
        let at_once_per_group = self.at_once_per_group.as_ref();
        Ok(PhaseSpec {
            verb: self.verb(file)?,
            pace: self.pace(file)?,
            think: Duration::from_millis(self.think_ms),
            at_once_per_group: at_once_per_group.map_or(Ok(1), |raw| positive(raw, "at_once_per_group", file))?,
            wait_for_acceptance: self.wait_for_acceptance,
            retry_failed: self.retry_failed,
            pause: Duration::from_secs(self.pause),
            name: self.name,
            place,
        })
    }

    /// Keys that say nothing about this verb are mistakes.
    fn check_keys(&self, file: &Place) -> Result<(), FileError> {
        let verb = self.verb.get_ref().as_str();
        let Some((_, keys)) = VERBS.iter().find(|(name, _)| *name == verb) else {
            let known: Vec<&str> = VERBS.iter().map(|(name, _)| *name).collect();
            return Err(FileError::at(&file.at(self.verb.span()), unknown("verb", verb, &known)));
        };
        let said = [
            ("share", self.share.as_ref().map(Spanned::span)),
            ("times", self.times.as_ref().map(Spanned::span)),
            ("members", self.members.as_ref().map(Spanned::span)),
            ("joiners", self.joiners.as_ref().map(Spanned::span)),
            ("movers", self.movers.as_ref().map(Spanned::span)),
            ("leavers", self.leavers.as_ref().map(Spanned::span)),
            ("cycles", self.cycles.as_ref().map(Spanned::span)),
        ];
        let stray = said
            .into_iter()
            .find(|(key, span)| span.is_some() && !keys.contains(key));
        match stray {
            Some((key, Some(span))) => {
                let message = format!("`{key}` says nothing about `do = \"{verb}\"`");
                Err(FileError::at(&file.at(span), message))
            }
            Some((_, None)) | None => Ok(()),
        }
    }

    fn verb(&self, file: &Place) -> Result<LoadVerb, FileError> {
        let all_unless_told = || self.share.as_ref().map_or(Ok(1.0), |raw| share(raw, file));
        let told = || {
            let missing = || format!("`do = \"{}\"` needs `share`, from 0 to 1", self.verb.get_ref());
            let raw = self.share.as_ref();
            let raw = raw.ok_or_else(|| FileError::at(&file.at(self.verb.span()), missing()))?;
            share(raw, file)
        };
        let once_unless_told = || self.times.as_ref().map_or(Ok(1), |raw| positive(raw, "times", file));
        let churned = |raw: &Option<Spanned<f64>>| raw.as_ref().map_or(Ok(0.0), |raw| share(raw, file));
        Ok(match self.verb.get_ref().as_str() {
            "probe" => LoadVerb::Probe(once_unless_told()?),
            "import" => LoadVerb::Import(once_unless_told()?),
            "assign" => LoadVerb::Assign(all_unless_told()?),
            "push" => LoadVerb::Push(self.members.as_ref().map_or(PushMembers::All, |raw| *raw.get_ref())),
            "join" => LoadVerb::Join,
            "move" => LoadVerb::Move(told()?),
            "promote" => LoadVerb::Promote(told()?),
            "demote" => LoadVerb::Demote,
            "leave" => LoadVerb::Leave(told()?),
            "return" => LoadVerb::Return(all_unless_told()?),
            "drop-groups" => LoadVerb::DropGroups(told()?),
            // The name is one of those: `check_keys` has seen to it.
            _ => LoadVerb::Churn(Churn {
                joiners: churned(&self.joiners)?,
                movers: churned(&self.movers)?,
                leavers: churned(&self.leavers)?,
                cycles: self
                    .cycles
                    .as_ref()
                    .map_or(Ok(1), |raw| positive(raw, "cycles", file))?,
            }),
        })
    }

    fn pace(&self, file: &Place) -> Result<LoadPace, FileError> {
        match (&self.workers, &self.rate, &self.connections) {
            (Some(workers), None, None) => Ok(LoadPace::Workers(positive(workers, "workers", file)?)),
            (None, Some(rate), Some(connections)) => {
                let per_second = *rate.get_ref();
                if !(per_second.is_finite() && per_second > 0.0) {
                    let message = "`rate` is jobs a second, more than 0";
                    return Err(FileError::at(&file.at(rate.span()), message));
                }
                Ok(LoadPace::PerSecond(
                    per_second,
                    positive(connections, "connections", file)?,
                ))
            }
            _ => Err(FileError::at(
                &file.at(self.verb.span()),
                "a phase says how fast: `workers = 8`, or `rate = 25.0` (jobs a second) with `connections = 20`",
            )),
        }
    }
}

fn share(raw: &Spanned<f64>, file: &Place) -> Result<f64, FileError> {
    let share = *raw.get_ref();
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(FileError::at(&file.at(raw.span()), "a share is from 0 to 1"))
}

fn positive(raw: &Spanned<u32>, key: &str, file: &Place) -> Result<u32, FileError> {
    match *raw.get_ref() {
        0 => Err(FileError::at(&file.at(raw.span()), format!("`{key}` is at least 1"))),
        number => Ok(number),
    }
}
