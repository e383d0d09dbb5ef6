//! What the command line overrides of a profile: size, persona, pace, what OpenAI does, limits.
//!
//! Only what a person wrote is here; [`Parameters::lay_over`] gives the profile that is run, or says what cannot be meant and
//! what to write instead.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use proofload_scenarios::{Acceptance, Idp, LoadPace, LoadVerb, Profile, RateLimit};

use super::directory::Shard;

/// The most people that can be invented.
pub const PEOPLE_MAX: u32 = 1_000_000;
/// The most groups.
pub const GROUPS_MAX: u32 = 100_000;
/// The most jobs or connections at a time.
pub const WORKERS_MAX: u32 = 10_000;
/// The most by which OpenAI's clock can be faster than ours.
pub const COMPRESS_MAX: f64 = 1e6;
/// Connections of an open loop that nobody gave any.
const CONNECTIONS: u32 = 50;

/// See the module. `None` leaves what the profile says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Everybody in the directory.
    pub people: Option<u32>,
    /// Every group.
    pub groups: Option<u32>,
    /// Who tells it.
    pub persona: Option<String>,
    /// Jobs at a time; with a rate, connections. Probes and imports keep their own.
    pub workers: Option<u32>,
    /// Jobs that begin each second. Probes and imports keep their own pace.
    pub rate: Option<f64>,
    /// The wait between two requests of one job.
    pub think: Option<Duration>,
    /// How many calls OpenAI lets through.
    pub throttle: Option<RateLimit>,
    /// Who accepts, and when.
    pub accept: Option<Acceptance>,
    /// So many seconds of OpenAI's time pass in one.
    pub compress: Option<f64>,
    /// Which part of the company this machine takes.
    pub shard: Option<Shard>,
    /// How long after the last phase the bridge may take.
    pub settle_within: Option<Duration>,
    /// After how long the run is ended.
    pub max_time: Option<Duration>,
    /// After how many requests the run is ended.
    pub max_requests: Option<u64>,
}

/// What cannot be meant, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A number that is too small or too large.
    #[error("--{flag} {value} cannot be: {fix}")]
    Range {
        /// The flag without its dashes.
        flag: &'static str,
        /// What was written.
        value: String,
        /// What can be written.
        fix: String,
    },
    /// Nobody of this name.
    #[error("there is no persona `{name}`; known are {known}")]
    Persona {
        /// What was written.
        name: String,
        /// Everybody there is.
        known: String,
    },
    /// The persona cannot tell the profile.
    #[error(
        "`{persona}` pushes no groups, and `{profile}` is about groups too ({place}): take another --persona, or leave the \
         groups out with --groups 0"
    )]
    NoGroups {
        /// Who cannot.
        persona: String,
        /// What is to be told.
        profile: String,
        /// The phase that is about groups.
        place: String,
    },
}

impl Parameters {
    /// The profile as it is to be run.
    ///
    /// # Errors
    /// For anything that cannot be meant.
    pub fn lay_over(&self, profile: &Profile, idps: &BTreeMap<String, Idp>) -> Result<Profile, ParameterError> {
        self.check()?;
        let mut run = profile.clone();
        run.company.people = self.people.unwrap_or(run.company.people);
        run.company.groups = self.groups.unwrap_or(run.company.groups);
        run.upstream.throttle = self.throttle.unwrap_or(run.upstream.throttle);
        run.upstream.accept = self.accept.unwrap_or(run.upstream.accept);
        run.settle_within = self.settle_within.unwrap_or(run.settle_within);
        run.max_time = self.max_time.unwrap_or(run.max_time);
        run.max_requests = self.max_requests.unwrap_or(run.max_requests);
        if let Some(persona) = &self.persona {
            run.persona.clone_from(persona);
        }
        for phase in &mut run.phases {
            phase.think = self.think.unwrap_or(phase.think);
            match phase.verb {
                LoadVerb::Probe(_) | LoadVerb::Import(_) => {}
                LoadVerb::Assign(_)
                | LoadVerb::Push(_)
                | LoadVerb::Join
                | LoadVerb::Move(_)
                | LoadVerb::Promote(_)
                | LoadVerb::Demote
                | LoadVerb::Leave(_)
                | LoadVerb::Return(_)
                | LoadVerb::DropGroups(_)
                | LoadVerb::Churn(_) => phase.pace = self.pace(phase.pace),
            }
        }
        let Some(idp) = idps.get(&run.persona) else {
            let known: Vec<&str> = idps.keys().map(String::as_str).collect();
            return Err(ParameterError::Persona {
                name: run.persona,
                known: known.join(", "),
            });
        };
        match run.needs_groups() {
            Some(place) if idp.group.is_none() && run.company.groups > 0 => Err(ParameterError::NoGroups {
                persona: run.persona.clone(),
                profile: run.id.clone(),
                place: place.to_string(),
            }),
            Some(_) | None => Ok(run),
        }
    }

    /// How many seconds of OpenAI's time pass in one.
    pub fn compress(&self) -> f64 {
        self.compress.unwrap_or(1.0)
    }

    /// The flags that say the same again, such as `--people 300 --shard 0/3`.
    pub fn flags(&self) -> String {
        let seconds = |time: Duration| time.as_secs_f64().to_string();
        let said = [
            ("people", self.people.map(|people| people.to_string())),
            ("groups", self.groups.map(|groups| groups.to_string())),
            ("persona", self.persona.clone()),
            ("workers", self.workers.map(|workers| workers.to_string())),
            ("rate", self.rate.map(|rate| rate.to_string())),
            ("think", self.think.map(seconds)),
            ("throttle", self.throttle.map(|limit| limit.to_string())),
            ("accept", self.accept.map(|accept| accept.to_string())),
            ("compress", self.compress.map(|times| times.to_string())),
            (
                "shard",
                self.shard.map(|shard| format!("{}/{}", shard.index(), shard.count())),
            ),
            ("settle-within", self.settle_within.map(seconds)),
            ("max-time", self.max_time.map(seconds)),
            ("max-requests", self.max_requests.map(|requests| requests.to_string())),
        ];
        let flag = |(flag, value): (&str, Option<String>)| {
            value.map(|value| format!("--{flag} {}", shell_words::quote(&value)))
        };
        said.into_iter().filter_map(flag).collect::<Vec<_>>().join(" ")
    }

    fn pace(&self, pace: LoadPace) -> LoadPace {
        let connections = match pace {
            LoadPace::PerSecond(_, connections) => connections,
            LoadPace::Workers(_) => CONNECTIONS,
        };
        match (self.rate, self.workers, pace) {
            (None, None, pace) => pace,
            (Some(rate), workers, _) => LoadPace::PerSecond(rate, workers.unwrap_or(connections)),
            (None, Some(workers), LoadPace::PerSecond(rate, _)) => LoadPace::PerSecond(rate, workers),
            (None, Some(workers), LoadPace::Workers(_)) => LoadPace::Workers(workers),
        }
    }

    fn check(&self) -> Result<(), ParameterError> {
        within("people", self.people, 1..=PEOPLE_MAX)?;
        within("groups", self.groups, 0..=GROUPS_MAX)?;
        within("workers", self.workers, 1..=WORKERS_MAX)?;
        within("max-requests", self.max_requests, 1..=u64::MAX)?;
        within("compress", self.compress, 1.0..=COMPRESS_MAX)?;
        if let Some(rate) = self.rate.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
            return Err(ParameterError::Range {
                flag: "rate",
                value: rate.to_string(),
                fix: "it is jobs a second, more than 0; leave it out for as fast as the bridge answers".to_owned(),
            });
        }
        if self.max_time.is_some_and(|time| time.is_zero()) {
            return Err(ParameterError::Range {
                flag: "max-time",
                value: "0".to_owned(),
                fix: "nothing can be done in no time; write 600, for example".to_owned(),
            });
        }
        Ok(())
    }
}

fn within<T: PartialOrd + Display>(
    flag: &'static str,
    value: Option<T>,
    range: RangeInclusive<T>,
) -> Result<(), ParameterError> {
    let (least, most) = range.into_inner();
    match value {
        // Not a number is outside.
        Some(value) if !(value >= least && value <= most) => Err(ParameterError::Range {
            flag,
            value: value.to_string(),
            fix: format!("it is from {least} to {most}"),
        }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proofload_scenarios::{Catalogue, Profiles};
    use rstest::rstest;

    use super::*;

    fn laid_over(profile: &str, parameters: &Parameters) -> Result<Profile, ParameterError> {
        let catalogue = Catalogue::built_in().unwrap();
        let profiles = Profiles::built_in(catalogue.idps()).unwrap();
        parameters.lay_over(profiles.get(profile).unwrap(), catalogue.idps())
    }

    #[test]
    fn nothing_said_changes_nothing() {
        let catalogue = Catalogue::built_in().unwrap();
        for profile in Profiles::built_in(catalogue.idps()).unwrap().all() {
            let run = Parameters::default().lay_over(profile, catalogue.idps()).unwrap();
            assert_eq!(&run, profile);
        }
    }

    #[test]
    fn what_is_said_counts() {
        let parameters = Parameters {
            people: Some(1000),
            groups: Some(50),
            persona: Some("entra".to_owned()),
            workers: Some(32),
            think: Some(Duration::ZERO),
            throttle: Some(RateLimit::Measured),
            accept: Some(Acceptance::AtOnce),
            max_requests: Some(5),
            ..Parameters::default()
        };
        let run = laid_over("onboarding", &parameters).unwrap();
        assert_eq!((run.company.people, run.company.groups), (1000, 50));
        assert_eq!((run.persona.as_str(), run.max_requests), ("entra", 5));
        assert_eq!(
            (run.upstream.throttle, run.upstream.accept),
            (RateLimit::Measured, Acceptance::AtOnce)
        );
        let paces: Vec<LoadPace> = run.phases.iter().map(|phase| phase.pace).collect();
        // The last phase is an import: that is one page after the other, whatever the number of workers.
        let (busy, import) = (LoadPace::Workers(32), LoadPace::Workers(1));
        assert_eq!(paces, [busy, busy, import]);
        assert!(run.phases.iter().all(|phase| phase.think.is_zero()));
    }

    #[rstest]
    #[case(LoadPace::Workers(8), None, None, LoadPace::Workers(8))]
    #[case(LoadPace::Workers(8), Some(2), None, LoadPace::Workers(2))]
    #[case(LoadPace::Workers(8), None, Some(9.0), LoadPace::PerSecond(9.0, CONNECTIONS))]
    #[case(LoadPace::Workers(8), Some(2), Some(9.0), LoadPace::PerSecond(9.0, 2))]
    #[case(LoadPace::PerSecond(1.0, 3), Some(2), None, LoadPace::PerSecond(1.0, 2))]
    #[case(LoadPace::PerSecond(1.0, 3), None, Some(9.0), LoadPace::PerSecond(9.0, 3))]
    fn pace(
        #[case] of_profile: LoadPace,
        #[case] workers: Option<u32>,
        #[case] rate: Option<f64>,
        #[case] expected: LoadPace,
    ) {
        let parameters = Parameters {
            workers,
            rate,
            ..Parameters::default()
        };
        assert_eq!(parameters.pace(of_profile), expected);
    }

    #[rstest]
    #[case(Parameters { people: Some(0), ..Parameters::default() }, "--people 0 cannot be: it is from 1 to 1000000")]
    #[case(Parameters { groups: Some(GROUPS_MAX + 1), ..Parameters::default() }, "--groups 100001 cannot be: it is from 0 to 100000")]
    #[case(Parameters { workers: Some(0), ..Parameters::default() }, "--workers 0 cannot be: it is from 1 to 10000")]
    #[case(Parameters { rate: Some(f64::NAN), ..Parameters::default() }, "--rate NaN cannot be: it is jobs a second")]
    #[case(Parameters { compress: Some(0.5), ..Parameters::default() }, "--compress 0.5 cannot be: it is from 1 to 1000000")]
    #[case(Parameters { compress: Some(f64::NAN), ..Parameters::default() }, "--compress NaN cannot be")]
    #[case(Parameters { max_time: Some(Duration::ZERO), ..Parameters::default() }, "--max-time 0 cannot be: nothing can be done")]
    #[case(Parameters { persona: Some("acme".into()), ..Parameters::default() }, "there is no persona `acme`; known are entra, ")]
    #[case(
        Parameters { persona: Some("google".into()), ..Parameters::default() },
        "`google` pushes no groups, and `onboarding` is about groups too (scenarios/load/onboarding.toml:"
    )]
    fn what_cannot_be_meant(#[case] parameters: Parameters, #[case] expected: &str) {
        let error = laid_over("onboarding", &parameters).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn without_groups_anybody_can_tell_it() {
        let parameters = Parameters {
            persona: Some("google".to_owned()),
            groups: Some(0),
            ..Parameters::default()
        };
        assert!(laid_over("onboarding", &parameters).is_ok());
    }
}
