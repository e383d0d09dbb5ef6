//! What happens upstream without the bridge: who is there before the story begins, who accepts, what trouble is made.

use mock_openai::settings::DuplicateInvite as MockDuplicateInvite;
use mock_openai::{
    FaultAction, FaultRule as MockRule, FaultStatus, Hits, MockOpenAi, Operation, OrgRole, Phase,
    RetryAfter as MockRetryAfter,
};
use proofload_scenarios::{DuplicateInvite, FaultRule, RetryAfter, Scenario, Trouble, UpstreamStart};

use super::Rules;
use super::by_hand::{self, address};
use crate::cast::{Actor, Cast};

/// Fills a new upstream with an owner and people and a group that no identity provider will ever mention.
pub(super) fn populate(upstream: &MockOpenAi) {
    upstream.org(|org, now| {
        org.add_member("owner@acme.example", Some("Olga Owner"), OrgRole::Owner, now);
        let stranger = org.add_member("stranger@acme.example", Some("Sam Stranger"), OrgRole::Reader, now);
        let founder = org.add_member("founder@acme.example", Some("Fay Founder"), OrgRole::Owner, now);
        org.add_invite("invited-by-hand@acme.example", OrgRole::Reader, now);
        org.add_group("Made by hand", &[stranger, founder], false, now);
    });
}

/// Sets upstream up for a scenario: its manner, no trouble yet, and the people who are there already.
pub(super) fn prepare(upstream: &MockOpenAi, scenario: &Scenario, cast: &Cast, rules: &Rules) {
    upstream.org(|org, now| {
        org.faults_mut().clear();
        org.settings_mut().duplicate_invite = match scenario.given.duplicate_invite {
            DuplicateInvite::Sent if !rules.duplicate_invite_refused => MockDuplicateInvite::SecondInvite,
            DuplicateInvite::Sent | DuplicateInvite::Refused => MockDuplicateInvite::Refuse,
        };
        for actor in cast.actors() {
            let role = role_before(actor);
            match actor.upstream {
                UpstreamStart::Unknown => {}
                UpstreamStart::Member => _ = org.add_member(address(actor), actor.get("displayName"), role, now),
                UpstreamStart::Invited => _ = org.add_invite(address(actor), role, now),
            }
        }
        by_hand::prepare_groups(org, cast, now);
    });
}

/// Makes trouble from now on.
pub(super) fn make_trouble(upstream: &MockOpenAi, rules: &[FaultRule], cast: &Cast) {
    if rules.is_empty() {
        return;
    }
    let rules: Vec<MockRule> = rules.iter().map(|rule| translated(rule, cast)).collect();
    upstream.org(|org, _| org.faults_mut().set(rules));
}

/// No more trouble.
pub(super) fn end_trouble(upstream: &MockOpenAi) {
    upstream.org(|org, _| org.faults_mut().clear());
}

/// Whether some trouble lasts until it is ended: what it hits cannot succeed however long a bridge tries.
pub(super) fn is_blocked(upstream: &MockOpenAi) -> bool {
    upstream.org(|org, _| org.faults().rules().any(|rule| rule.hits == Hits::Always))
}

/// The person follows the link in the mail.
///
/// # Errors
/// When there is no invite to accept.
pub(super) fn accept(upstream: &MockOpenAi, actor: &Actor) -> Result<(), String> {
    upstream.org(|org, now| {
        let pending = actor.addresses().find_map(|address| {
            org.pending_invites_for(address, now)
                .first()
                .map(|invite| invite.id.clone())
        });
        let Some(invite) = pending else {
            return Err(format!("{} has no pending invite to accept", actor.user_name()));
        };
        org.accept_invite(&invite, actor.get("displayName"), now)
            .map(drop)
            .map_err(|error| error.to_string())
    })
}

fn role_before(actor: &Actor) -> OrgRole {
    if actor.upstream_role.as_deref() == Some("owner") {
        OrgRole::Owner
    } else {
        OrgRole::Reader
    }
}

fn translated(rule: &FaultRule, cast: &Cast) -> MockRule {
    let about = |name: &String| match cast.actor(name) {
        Some(actor) => Some(address(actor).to_owned()),
        // A crowd or the whole scenario: its tag is in every address and group name.
        None => cast
            .team(name)
            .map(|team| team.display_name.clone())
            .or_else(|| Some(cast.tag.clone())),
    };
    MockRule {
        operation: rule.operation.parse::<Operation>().ok(),
        address: None,
        containing: rule.about.as_ref().and_then(about),
        hits: rule.times.map_or(Hits::Always, Hits::Next),
        phase: if rule.after_effect { Phase::After } else { Phase::Before },
        action: match rule.trouble {
            Trouble::Hang => FaultAction::Hang,
            Trouble::Reset => FaultAction::Reset,
            Trouble::Status { status, retry_after } => FaultAction::Status(FaultStatus {
                retry_after: retry_after.map(|wait| match wait {
                    RetryAfter::Integer(seconds) => MockRetryAfter::Integer(seconds),
                    RetryAfter::HttpDate(seconds) => MockRetryAfter::HttpDate(seconds),
                    RetryAfter::TextOnly(seconds) => MockRetryAfter::TextOnly(seconds),
                    RetryAfter::Absent => MockRetryAfter::Absent,
                }),
                ..FaultStatus::new(status)
            }),
        },
    }
}
