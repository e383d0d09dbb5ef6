//! The named faults: defects that real bridges have, each of which can be switched on.
//!
//! A fault makes the bridge wrong in a way an identity provider or the upstream can see, never a
//! crash. All are off unless asked for. The tables are in the files beside this one, by area; the
//! wrong behaviour itself sits where a real bridge would have the bug.
//!
//! An entry is the variant, the name on the command line, the scenario that must catch it, any
//! further scenarios that it proves (`+ "area/story"`), and one sentence of a bug report. What only a
//! crowd or a rush shows has the load profile instead, and the category of its end state that must
//! not be zero, or the threshold's metric (`as "lost"`).

#[macro_use]
mod connection;
#[macro_use]
mod import;
#[macro_use]
mod users;
#[macro_use]
mod updates;
#[macro_use]
mod rename;
#[macro_use]
mod activation;
#[macro_use]
mod roles;
#[macro_use]
mod groups;
#[macro_use]
mod membership;
#[macro_use]
mod errors;
#[macro_use]
mod protocol;
#[macro_use]
mod trouble;
#[macro_use]
mod load;

/// Gathers the tables of all areas and hands them to `faults!`.
macro_rules! gather {
    ([] { $($all:tt)* }) => { faults! { $($all)* } };
    ([$area:ident $($rest:ident)*] { $($before:tt)* }) => { $area! { gather [$($rest)*] { $($before)* } } };
}

/// The scenarios of a fault; those that only load shows have none.
macro_rules! told_by {
    ([] $($scenario:literal),+) => { &[$($scenario),+] };
    ([$category:literal] $profile:literal) => { &[] };
}

/// The profile and the category of a fault that only load shows.
macro_rules! load_proof {
    ($profile:literal $category:literal) => {
        Some(($profile, $category))
    };
    ($scenario:literal) => {
        None
    };
}

/// Writes the faults from one list, with the scenarios that each is proven by.
macro_rules! faults {
    ($($variant:ident $name:literal $scenario:literal $(+ $also:literal)* $(as $category:literal)? $description:literal;)+) => {
        switches! {
            /// A defect that can be switched on with `--fault`, described as the author of the bridge would find it in a bug
            /// report.
            Fault "fault"
            /// The faults that are switched on. Empty by default.
            Faults
            { $($variant $name $description;)+ }
        }

        impl Fault {
            /// The ids of the scenarios that must catch it, each of them; the most telling first.
            pub fn scenarios(self) -> &'static [&'static str] {
                match self { $(Self::$variant => told_by!([$($category)?] $scenario $(, $also)*),)+ }
            }

            /// For what only load shows: the profile that must catch it, and in which category.
            pub fn load_proof(self) -> Option<(&'static str, &'static str)> {
                match self { $(Self::$variant => load_proof!($scenario $($category)?),)+ }
            }
        }
    };
}

gather! {
    [connection_faults import_faults users_faults updates_faults
     rename_faults activation_faults roles_faults groups_faults
     membership_faults errors_faults protocol_faults trouble_faults
     load_faults] {}
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn scenarios_are_well_formed() {
        for fault in Fault::ALL {
            let distinct: BTreeSet<_> = fault.scenarios().iter().collect();
            assert_eq!(
                distinct.len(),
                fault.scenarios().len(),
                "{fault} names a scenario twice"
            );
            for scenario in fault.scenarios() {
                let (area, story) = scenario.split_once('/').expect("area/story");
                for part in [area, story] {
                    assert!(!part.is_empty());
                    assert!(
                        part.bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    );
                }
            }
        }
    }

    #[test]
    fn faults_are_independent() {
        for (one, other) in Fault::ALL.iter().zip(Fault::ALL.iter().skip(1)) {
            let two = Faults::from_iter([*one, *other]);
            for fault in Fault::ALL {
                assert_eq!(two.has(*fault), fault == one || fault == other);
            }
        }
    }
}
