//! What OpenAI does during a run: how many calls it lets through, who accepts, what goes wrong on purpose, and who was there
//! before. With a compressed clock all of it happens so many times faster; what the bridge asks for is never shortened.

use std::time::Duration;

use mock_openai::settings::{AutoAccept, DuplicateInvite as MockDuplicateInvite, SCurve};
use mock_openai::{Bucket, Delay, FaultRule, MockOpenAi, OrgRole, Throttle};
use proofload_scenarios::{Acceptance, DuplicateInvite, RateLimit};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings {
    /// How many calls are let through, in OpenAI's time.
    pub throttle: RateLimit,
    /// Who accepts, and when, in OpenAI's time.
    pub accept: Acceptance,
    /// What a second invite for an address comes to.
    pub duplicate_invite: DuplicateInvite,
    /// Trouble on purpose.
    pub faults: Vec<FaultRule>,
    /// So many seconds of OpenAI's time pass in one; 1 for no compression.
    pub compress: f64,
}

impl Surroundings {
    /// Makes upstream like this, and puts people and a group there that the identity provider will never mention.
    pub fn set_up(&self, upstream: &MockOpenAi) {
        upstream.org(|org, now| {
            org.settings_mut().throttle = self.throttle();
            org.settings_mut().auto_accept = self.auto_accept();
            org.settings_mut().duplicate_invite = match self.duplicate_invite {
                DuplicateInvite::Refused => MockDuplicateInvite::Refuse,
                DuplicateInvite::Sent => MockDuplicateInvite::SecondInvite,
            };
            org.faults_mut().set(self.faults.iter().cloned());
            org.add_member("owner@acme.example", Some("Olga Owner"), OrgRole::Owner, now);
            let stranger = org.add_member("stranger@acme.example", Some("Sam Stranger"), OrgRole::Reader, now);
            org.add_group("Made by hand", &[stranger], false, now);
        });
    }

    /// The limit as the bridge meets it.
    pub fn throttle(&self) -> Throttle {
        match self.throttle.bucket() {
            None => Throttle::Off,
            Some((burst, per_minute)) => Throttle::Bucket(Bucket::new(burst, per_minute * self.compress)),
        }
    }

    fn auto_accept(&self) -> AutoAccept {
        match self.accept {
            Acceptance::Never => AutoAccept::Never,
            Acceptance::AtOnce => AutoAccept::AtOnce,
            Acceptance::After(seconds) => {
                AutoAccept::AfterSeconds(Delay::Fixed(Duration::from_secs_f64(seconds / self.compress)))
            }
            Acceptance::Curve(curve) => AutoAccept::SCurve(SCurve {
                median_seconds: curve.median_seconds / self.compress,
                spread: curve.spread,
                share: curve.share,
            }),
        }
    }
}
