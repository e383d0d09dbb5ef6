//! How upstream is before a story begins: who is there, and how it behaves.

use mock_openai::settings::DuplicateInvite as MockDuplicateInvite;
use mock_openai::{Hits, MockOpenAi, OrgRole};
use proofload_scenarios::{DuplicateInvite, Scenario, UpstreamStart};

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

/// No more trouble.
pub(super) fn end_trouble(upstream: &MockOpenAi) {
    upstream.org(|org, _| org.faults_mut().clear());
}

/// Whether some trouble lasts until it is ended: what it hits cannot succeed however long a bridge tries.
pub(super) fn is_blocked(upstream: &MockOpenAi) -> bool {
    upstream.org(|org, _| org.faults().rules().any(|rule| rule.hits == Hits::Always))
}

fn role_before(actor: &Actor) -> OrgRole {
    if actor.upstream_role.as_deref() == Some("owner") {
        OrgRole::Owner
    } else {
        OrgRole::Reader
    }
}
