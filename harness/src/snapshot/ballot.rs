//! Which transcript of a case counts: the one that was accepted, as soon as the bridge shows it, or else the first that two
//! tellings agree on.
//!
//! A bridge that looks upstream by itself now and then may do so in the middle of a request; then one telling has a call
//! that the next has not. What two tellings with different seeds agree on is the bridge's behaviour.

use std::collections::BTreeMap;

use crate::event::CaseId;

/// How often a case is told at most.
pub const TELLINGS_MAX: usize = 5;

/// The tellings of each case.
#[derive(Clone, Debug, Default)]
pub struct Ballot {
    tellings: BTreeMap<CaseId, Vec<String>>,
}

impl Ballot {
    /// Counts a telling.
    pub fn add(&mut self, id: CaseId, transcript: String) {
        self.tellings.entry(id).or_default().push(transcript);
    }

    /// The cases that must be told once more. `accepts` says whether a transcript is that of the snapshot.
    pub fn open(&self, accepts: impl Fn(&CaseId, &str) -> bool) -> Vec<&CaseId> {
        let open = |(id, told): &(&CaseId, &Vec<String>)| {
            told.len() < TELLINGS_MAX && decided(told, |telling| accepts(id, telling)).is_none()
        };
        self.tellings.iter().filter(open).map(|(id, _)| id).collect()
    }

    /// The transcript of each case that has one, and the cases that were another each time.
    pub fn decide(&self, accepts: impl Fn(&CaseId, &str) -> bool) -> (BTreeMap<CaseId, String>, Vec<CaseId>) {
        let (mut told, mut unsteady) = (BTreeMap::new(), Vec::new());
        for (id, tellings) in &self.tellings {
            match decided(tellings, |telling| accepts(id, telling)) {
                Some(transcript) => _ = told.insert(id.clone(), transcript.to_owned()),
                None => unsteady.push(id.clone()),
            }
        }
        (told, unsteady)
    }
}

fn decided(tellings: &[String], accepts: impl Fn(&str) -> bool) -> Option<&str> {
    let agreed = |telling: &&String| tellings.iter().filter(|other| other == telling).count() > 1;
    let found = tellings.iter().find(|telling| accepts(telling));
    found.or_else(|| tellings.iter().find(agreed)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::accepted_at_once(&["a"], Some("a"), Some("a"))]
    #[case::accepted_later(&["b", "a"], Some("a"), Some("a"))]
    #[case::new_once(&["a"], None, None)]
    #[case::new_twice(&["a", "a"], None, Some("a"))]
    #[case::changed_for_good(&["b", "c", "b"], Some("a"), Some("b"))]
    #[case::never_the_same(&["b", "c", "d", "e", "f"], Some("a"), None)]
    fn two_must_agree(#[case] tellings: &[&str], #[case] accepted: Option<&str>, #[case] counts: Option<&str>) {
        let id = CaseId {
            scenario: "x/y".into(),
            persona: "entra".into(),
        };
        let mut ballot = Ballot::default();
        for telling in tellings {
            ballot.add(id.clone(), (*telling).to_owned());
        }
        let (told, unsteady) = ballot.decide(|_, telling| accepted == Some(telling));
        assert_eq!(told.get(&id).map(String::as_str), counts);
        assert_eq!(unsteady.is_empty(), counts.is_some());
        let is_open = counts.is_none() && tellings.len() < TELLINGS_MAX;
        assert_eq!(
            ballot.open(|_, telling| accepted == Some(telling)).len(),
            usize::from(is_open)
        );
    }
}
