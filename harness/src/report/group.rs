//! Findings of one scenario that say the same under several personas: told once, with the first one's evidence.

use super::Record;
use crate::event::CaseResult;
use crate::finding::Finding;

/// The same finding under one persona or several; the first one's evidence stands for all.
pub(super) struct Group<'a> {
    pub(super) case: &'a CaseResult,
    pub(super) finding: &'a Finding,
    also: Vec<&'a str>,
}

/// Findings of one scenario that say the same, together.
pub(super) fn groups(record: &Record) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for case in record.cases.values() {
        for finding in &case.findings {
            let same = groups
                .iter_mut()
                .rev()
                .take_while(|group| group.case.id.scenario == case.id.scenario);
            match same
                .into_iter()
                .find(|group| group.says(finding) && group.case.id != case.id)
            {
                Some(group) => group.also.push(&case.id.persona),
                None => groups.push(Group {
                    case,
                    finding,
                    also: Vec::new(),
                }),
            }
        }
    }
    groups
}

impl Group<'_> {
    fn says(&self, other: &Finding) -> bool {
        let key = |finding: &Finding| (finding.level, finding.step.number);
        let words = |finding: &Finding| {
            [
                Some(finding.check.clone()),
                Some(finding.message.clone()),
                finding.expected.clone(),
                finding.got.clone(),
            ]
        };
        key(self.finding) == key(other) && self.finding.known == other.known && words(self.finding) == words(other)
    }

    pub(super) fn has_evidence_of(&self, other: &Self) -> bool {
        self.case.id == other.case.id && self.finding.evidence == other.finding.evidence
    }

    /// Under which personas, the one whose evidence is shown first.
    pub(super) fn personas(&self) -> String {
        std::iter::once(self.case.id.persona.as_str())
            .chain(self.also.iter().copied())
            .collect::<Vec<_>>()
            .join(", ")
    }
}
