//! Which upstream step comes next for one person.
//!
//! The Admin API cannot create, disable or rename a user and cannot change an invite, so every
//! wish becomes a walk: look, delete an invite, send one, set a role, remove a member. The walk is
//! decided one step at a time from what is known, which makes it repeatable after any failure.

use serde::{Deserialize, Serialize};

use super::address;
use super::role::Role;
use crate::fault::{Fault, Faults};

/// What the bridge knows about a person upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Link {
    /// Nothing certain: look before doing anything.
    #[default]
    Unknown,
    /// Neither a member nor invited.
    Absent,
    /// A pending invite.
    Invite {
        /// Id of the invite.
        id: String,
        /// The address it was sent to.
        email: String,
        /// The role it gives.
        role: Role,
    },
    /// A member of the organization.
    Member {
        /// Id of the user.
        id: String,
        /// The address upstream, which never changes.
        email: String,
        /// The role.
        role: Role,
    },
}

/// What the identity provider wants for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where an invite has to go.
    pub(crate) address: String,
    /// Whether the person should have access.
    pub(crate) active: bool,
    /// The role, when one was ever asked for.
    pub(crate) role: Option<Role>,
    /// The role of an invite when none was asked for.
    pub(crate) default_role: Role,
    /// A defect asks for a write that is not needed.
    pub(crate) forced: bool,
}

/// One thing to do upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Find out whether the address is a member or invited.
    Look,
    /// Delete the known invite.
    DropInvite,
    /// Send an invite with this role.
    Invite(Role),
    /// Give the known member this role.
    SetRole(Role),
    /// Remove the known member from the organization.
    RemoveMember,
}

/// The next step from `link` to what is `wanted`; `None` when there is nothing to do.
pub(crate) fn next_step(link: &Link, wanted: &Wanted, faults: Faults) -> Option<Step> {
    if wanted.active {
        grant(link, wanted, faults)
    } else {
        withdraw(link, faults)
    }
}

fn grant(link: &Link, wanted: &Wanted, faults: Faults) -> Option<Step> {
    let role = wanted.role.unwrap_or(wanted.default_role);
    match link {
        Link::Unknown => Some(Step::Look),
        Link::Absent => Some(Step::Invite(role)),
        Link::Invite { email, .. } if !address::same(email, &wanted.address) => (!faults.has(Fault::RenameKeepsInvite))
            .then_some(if faults.has(Fault::RenameLeavesOldInvite) {
                Step::Invite(role)
            } else {
                Step::DropInvite
            }),
        Link::Invite { role: given, .. } => {
            let unheard = faults.has(Fault::PendingRoleNotReinvited) || stays_owner(*given, role, faults);
            let differs = wanted.role.is_some_and(|role| role != *given) && !unheard;
            (differs || wanted.forced).then_some(Step::DropInvite)
        }
        Link::Member { role: given, .. } => {
            let wish = wanted
                .role
                .filter(|role| role != given && !stays_owner(*given, *role, faults))
                .or(wanted.forced.then_some(*given))?;
            Some(if faults.has(Fault::MemberRoleChangeReinvites) {
                Step::RemoveMember
            } else {
                Step::SetRole(wish)
            })
        }
    }
}

/// A defect: nobody is made less than an owner.
fn stays_owner(given: Role, wanted: Role, faults: Faults) -> bool {
    faults.has(Fault::DemotionNotWritten) && given == Role::Owner && wanted == Role::Reader
}

fn withdraw(link: &Link, faults: Faults) -> Option<Step> {
    match link {
        Link::Unknown => Some(Step::Look),
        Link::Absent => None,
        Link::Invite { .. } => (!faults.has(Fault::DeactivateKeepsInvite)).then_some(Step::DropInvite),
        Link::Member { .. } => (!faults.has(Fault::DeactivateKeepsMember)).then_some(Step::RemoveMember),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn invite(role: Role) -> Link {
        Link::Invite {
            id: "i".into(),
            email: "A@x".into(),
            role,
        }
    }

    fn member(role: Role) -> Link {
        Link::Member {
            id: "u".into(),
            email: "old@x".into(),
            role,
        }
    }

    #[rstest]
    #[case(Link::Unknown, true, None, Some(Step::Look))]
    #[case(Link::Absent, true, None, Some(Step::Invite(Role::Reader)))]
    #[case(Link::Absent, true, Some(Role::Owner), Some(Step::Invite(Role::Owner)))]
    #[case(invite(Role::Reader), true, None, None)]
    #[case(invite(Role::Owner), true, None, None)]
    #[case(invite(Role::Owner), true, Some(Role::Reader), Some(Step::DropInvite))]
    #[case(member(Role::Owner), true, None, None)]
    #[case(member(Role::Owner), true, Some(Role::Reader), Some(Step::SetRole(Role::Reader)))]
    #[case(member(Role::Owner), true, Some(Role::Owner), None)]
    #[case(Link::Unknown, false, None, Some(Step::Look))]
    #[case(Link::Absent, false, None, None)]
    #[case(invite(Role::Owner), false, None, Some(Step::DropInvite))]
    #[case(member(Role::Owner), false, None, Some(Step::RemoveMember))]
    fn steps(#[case] link: Link, #[case] active: bool, #[case] role: Option<Role>, #[case] expected: Option<Step>) {
        let wanted = Wanted {
            address: "a@X".into(),
            active,
            role,
            default_role: Role::Reader,
            forced: false,
        };
        assert_eq!(next_step(&link, &wanted, Faults::NONE), expected);
    }

    #[test]
    fn a_new_address_replaces_an_invite_and_keeps_a_member() {
        let wanted = Wanted {
            address: "b@x".into(),
            active: true,
            role: None,
            default_role: Role::Reader,
            forced: false,
        };
        let step = |link| next_step(&link, &wanted, Faults::NONE);
        assert_eq!(step(invite(Role::Reader)), Some(Step::DropInvite));
        assert_eq!(step(member(Role::Reader)), None);
    }
}
