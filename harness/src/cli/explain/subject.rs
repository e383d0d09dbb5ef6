//! The things that can be explained, and what is said of each.

use std::collections::BTreeSet;

use proofload_scenarios::{Catalogue, Idp, LoadPace, PhaseSpec, Policy, Profile, Requirement, Scenario};
use reference_bridge::Fault;

use super::sheet::Sheet;
use crate::judge::{Check, Invariant};

/// Something that has an id.
pub(super) enum Subject<'a> {
    Scenario(&'a Scenario),
    Requirement(&'a Requirement),
    Check(&'static Check),
    Invariant(Invariant),
    Fault(Fault),
    Policy(&'static Policy),
    Persona(&'a Idp),
    Profile(&'a Profile),
}

impl<'a> Subject<'a> {
    /// Everything that has this id, in any letter case. A catalogue row may stand for several scenarios.
    pub(super) fn named(catalogue: &'a Catalogue, id: &str) -> Vec<Self> {
        let id = id.trim().trim_end_matches(".toml");
        let is = |name: &str| name.eq_ignore_ascii_case(id);
        let scenarios = catalogue.scenarios().iter();
        let scenarios = scenarios.filter(|one| is(&one.id) || one.catalogue.as_deref().is_some_and(is));
        let policy = id.split('=').next().unwrap_or_default();
        let policies = Policy::ALL.iter().chain([Policy::READING]);
        let mut found: Vec<Self> = scenarios.map(Self::Scenario).collect();
        found.extend(catalogue.requirements().get(id).map(Self::Requirement));
        found.extend(Invariant::named(&id.to_lowercase()).map(Self::Invariant));
        found.extend(Check::of(id).map(Self::Check));
        found.extend(
            Fault::ALL
                .iter()
                .copied()
                .filter(|fault| is(fault.name()))
                .map(Self::Fault),
        );
        found.extend(policies.filter(|one| one.name == policy).map(Self::Policy));
        found.extend(catalogue.idps().values().filter(|idp| is(&idp.name)).map(Self::Persona));
        let profiles = catalogue.profiles().all().iter();
        found.extend(profiles.filter(|profile| is(&profile.id)).map(Self::Profile));
        found
    }

    /// Every id there is.
    pub(super) fn names(catalogue: &'a Catalogue) -> impl Iterator<Item = &'a str> {
        let scenarios = catalogue.scenarios().iter();
        let scenarios = scenarios.flat_map(|one| std::iter::once(&one.id).chain(&one.catalogue));
        let requirements = catalogue.requirements().all().iter().map(|one| &one.id);
        scenarios
            .chain(requirements)
            .chain(catalogue.idps().keys())
            .chain(catalogue.profiles().all().iter().map(|one| &one.id))
            .map(String::as_str)
            .chain(Invariant::ALL.iter().map(|one| one.as_str()))
            .chain(Check::ALL.iter().map(|one| one.id))
            .chain(Fault::ALL.iter().map(|one| one.name()))
            .chain(Policy::ALL.iter().map(|one| one.name))
    }

    /// What is said of it.
    pub(super) fn sheet(&self, catalogue: &Catalogue) -> String {
        let sheet = match self {
            Self::Scenario(scenario) => of_scenario(scenario, catalogue),
            Self::Requirement(requirement) => of_requirement(requirement, catalogue),
            Self::Check(check) => Sheet::new(check.id, "check", check.what)
                .say("level", "that of the step, else of the scenario")
                .say("where", "the report names the file and the line that says what must be"),
            Self::Invariant(invariant) => of_invariant(*invariant),
            Self::Fault(fault) => of_fault(*fault),
            Self::Policy(policy) => of_policy(policy, catalogue),
            Self::Persona(idp) => of_persona(idp),
            Self::Profile(profile) => of_profile(profile),
        };
        sheet.text()
    }
}

fn of_scenario(scenario: &Scenario, catalogue: &Catalogue) -> Sheet {
    let row = scenario
        .catalogue
        .as_ref()
        .map(|row| format!(", {row}"))
        .unwrap_or_default();
    let steps = scenario.steps.iter().enumerate();
    let claims = scenario
        .requirements
        .iter()
        .filter_map(|id| catalogue.requirements().get(id));
    let faults = faults_of(&scenario.id).map(|fault| format!("{fault}: {}", fault.description()));
    let policies: BTreeSet<&str> = scenario
        .steps
        .iter()
        .flat_map(|step| step.accept.iter().map(|alternative| alternative.when.policy))
        .collect();
    Sheet::new(
        &scenario.id,
        &format!("scenario{row}, {}", scenario.level),
        &scenario.title,
    )
    .say("why", &scenario.why)
    .say("spec", &scenario.spec.join("; "))
    .each("steps", steps.map(|(n, step)| format!("{}. {}", n + 1, step.name)))
    .say("told by", &catalogue.told_by(scenario).join(", "))
    .each("proves", claims.map(|one| format!("{}: {}", one.id, one.says)))
    .say("policies", &policies.into_iter().collect::<Vec<_>>().join(", "))
    .each("must catch", faults)
    .say("run it", &format!("proofload check {}", scenario.id))
}

fn of_requirement(requirement: &Requirement, catalogue: &Catalogue) -> Sheet {
    let scenarios: Vec<&Scenario> = provers(catalogue, requirement).collect();
    let faults: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|scenario| faults_of(&scenario.id))
        .map(Fault::name)
        .collect();
    let run = scenarios
        .iter()
        .map(|scenario| scenario.id.as_str())
        .collect::<Vec<_>>();
    let run = match run.as_slice() {
        [] => String::new(),
        ids => format!("proofload check {}", ids.join(" ")),
    };
    let clash = requirement.clash.as_ref();
    Sheet::new(
        &requirement.id,
        &format!("requirement, {}", requirement.binding),
        &requirement.says,
    )
    .say("spec", &requirement.sections.join("; "))
    .say("by the RFC", clash.map_or("", |clash| &clash.rfc))
    .say("by products", clash.map_or("", |clash| &clash.idp))
    .say("untested", requirement.untested.as_deref().unwrap_or_default())
    .each(
        "proven by",
        scenarios.iter().map(|one| format!("{}: {}", one.id, one.title)),
    )
    .say("faults", &faults.into_iter().collect::<Vec<_>>().join(", "))
    .say("run it", &run)
}

fn of_invariant(invariant: Invariant) -> Sheet {
    let upstream = if invariant.needs_upstream() {
        "after every step of every scenario, where there is an upstream to look at"
    } else {
        "after every step of every scenario"
    };
    Sheet::new(
        invariant.as_str(),
        &format!("invariant, {}", invariant.level()),
        invariant.why(),
    )
    .say("spec", &invariant.spec().join("; "))
    .say("spares", invariant.spares())
    .say("checked", upstream)
    .say("run it", "proofload check")
}

fn of_fault(fault: Fault) -> Sheet {
    let check = format!("--bridge-cmd 'proofload bridge --fault {fault}'");
    if let Some((profile, category)) = fault.load_proof() {
        return Sheet::new(fault.name(), "fault of the reference bridge", fault.description())
            .say("caught by", &format!("load profile {profile}, as {category}"))
            .say("see it", &format!("proofload load {profile} {check}"));
    }
    Sheet::new(fault.name(), "fault of the reference bridge", fault.description())
        .each("caught by", fault.scenarios().iter().map(ToString::to_string))
        .say(
            "see it",
            &format!("proofload check {} {check}", fault.scenarios().join(" ")),
        )
}

fn of_policy(policy: &Policy, catalogue: &Catalogue) -> Sheet {
    let asks = |scenario: &&Scenario| {
        let mut accepted = scenario.steps.iter().flat_map(|step| &step.accept);
        accepted.any(|alternative| alternative.when.policy == policy.name)
    };
    let (first, _) = policy.choices[0];
    let state = if policy == Policy::READING {
        format!("--reading {first}, or reading = \"{first}\" in [check] of proofload.toml")
    } else {
        let name = policy.name;
        format!("--policy {name}={first}, or {name} = \"{first}\" in [bridge] of proofload.toml")
    };
    Sheet::new(policy.name, "policy", policy.question)
        .each(
            "choices",
            policy
                .choices
                .iter()
                .map(|(name, meaning)| format!("{name}: {meaning}")),
        )
        .each(
            "asked by",
            catalogue.scenarios().iter().filter(asks).map(|one| one.id.clone()),
        )
        .say("state it", &state)
}

fn of_persona(idp: &Idp) -> Sheet {
    let opt_in = if idp.opt_in {
        "only by name: personas = [\"any\"] leaves it out"
    } else {
        ""
    };
    Sheet::new(&idp.name, "persona", &idp.title)
        .each("captured", idp.evidence.captured.iter().cloned())
        .each("documented", idp.evidence.documented.iter().cloned())
        .each("inferred", idp.evidence.inferred.iter().cloned())
        .say("tells", &format!("proofload list --persona {}", idp.name))
        .say("chosen", opt_in)
        .say("run it", &format!("proofload check --persona {}", idp.name))
}

fn of_profile(profile: &Profile) -> Sheet {
    let (company, upstream) = (profile.company, &profile.upstream);
    let phase = |(n, phase): (usize, &PhaseSpec)| {
        let pace = match phase.pace {
            LoadPace::Workers(1) => "one job at a time".to_owned(),
            LoadPace::Workers(workers) => format!("{workers} jobs at a time"),
            LoadPace::PerSecond(rate, connections) => format!("{rate} jobs a second on {connections} connections"),
        };
        format!("{}. {} ({pace})", n + 1, phase.name)
    };
    let kills = upstream.kill_every.map_or(String::new(), |every| {
        format!("after every {every} requests, if it says that it is durable")
    });
    Sheet::new(&profile.id, "load profile", &profile.title)
        .say("why", &profile.why)
        .say("told by", &profile.persona)
        .say("who", &format!("{} people, {} groups", company.people, company.groups))
        .each("phases", profile.phases.iter().enumerate().map(phase))
        .say("rate limit", &format!("throttle {}", upstream.throttle))
        .say("acceptance", &upstream.accept.to_string())
        .say("trouble", &upstream.faults.join("; "))
        .say("killed", &kills)
        .say("must hold", &profile.thresholds.join(", "))
        .each("documented", profile.source.documented.iter().cloned())
        .each("captured", profile.source.captured.iter().cloned())
        .each("inferred", profile.source.inferred.iter().cloned())
        .say("run it", &format!("proofload load {}", profile.id))
}

/// The scenarios that say they prove it.
pub(super) fn provers<'a>(catalogue: &'a Catalogue, requirement: &Requirement) -> impl Iterator<Item = &'a Scenario> {
    let claims = move |scenario: &&Scenario| scenario.requirements.contains(&requirement.id);
    catalogue.scenarios().iter().filter(claims)
}

/// The faults that a scenario must catch.
pub(super) fn faults_of(scenario: &str) -> impl Iterator<Item = Fault> {
    let faults = Fault::ALL.iter().copied();
    faults.filter(move |fault| fault.scenarios().contains(&scenario))
}
