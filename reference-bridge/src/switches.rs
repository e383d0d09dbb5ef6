//! Named things that can be switched on: what faults and variants have in common.

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} named {name:?}; --list-{kind}s shows them all")]
pub struct UnknownSwitch {
    /// What was looked for: `fault` or `variant`.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// Writes an enum and its tables from one list, so that they cannot disagree, and the set of those that are on.
macro_rules! switches {
    (
        $(#[$about_one:meta])* $one:ident $kind:literal
        $(#[$about_all:meta])* $all:ident
        { $($switch:ident $name:literal $description:literal;)+ }
    ) => {
        $(#[$about_one])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $one {
            $(#[doc = concat!("`", $name, "`: ", $description)] $switch,)+
        }

        impl $one {
            /// Every one, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$switch),+];

            /// The name used on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$switch => $name,)+ }
            }

            /// What it is, in one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$switch => $description,)+ }
            }
        }

        impl std::str::FromStr for $one {
            type Err = crate::switches::UnknownSwitch;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                let mut all = Self::ALL.iter().copied();
                all.find(|one| one.name() == name).ok_or_else(|| crate::switches::UnknownSwitch {
                    kind: $kind,
                    name: name.to_owned(),
                })
            }
        }

        impl std::fmt::Display for $one {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        $(#[$about_all])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $all([u64; $one::ALL.len().div_ceil(64)]);

        impl $all {
            /// None of them.
            pub const NONE: Self = Self([0; $one::ALL.len().div_ceil(64)]);

            /// Whether this one is on.
            pub fn has(self, one: $one) -> bool {
                let (word, bit) = Self::place(one);
                self.0[word] & bit != 0
            }

            /// Which word, and which bit of it.
            fn place(one: $one) -> (usize, u64) {
                let number = one as usize;
                (number / 64, 1 << (number % 64))
            }
        }

        impl FromIterator<$one> for $all {
            fn from_iter<I: IntoIterator<Item = $one>>(some: I) -> Self {
                let mut all = Self::NONE;
                for one in some {
                    let (word, bit) = Self::place(one);
                    all.0[word] |= bit;
                }
                all
            }
        }

        impl From<$one> for $all {
            fn from(one: $one) -> Self {
                Self::from_iter([one])
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::fault::{Fault, Faults};
    use crate::variant::{Variant, Variants};

    macro_rules! hold_together {
        ($test:ident $one:ident $all:ident) => {
            #[test]
            fn $test() {
                let names: BTreeSet<_> = $one::ALL.iter().map(|one| one.name()).collect();
                assert_eq!(names.len(), $one::ALL.len(), "two have one name");
                for one in $one::ALL {
                    assert_eq!(one.name().parse(), Ok(*one));
                    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                    assert!(one.name().bytes().all(letters), "{one}");
                    assert!(one.description().ends_with('.'), "{one}");
                    assert!(!$all::NONE.has(*one));
                    for other in $one::ALL {
                        assert_eq!($all::from(*one).has(*other), one == other);
                    }
                }
                let error = "no-such-thing".parse::<$one>().unwrap_err();
                assert!(
                    error.to_string().contains(&format!("--list-{}s", error.kind)),
                    "{error}"
                );
            }
        };
    }

    hold_together!(faults_and_their_names Fault Faults);
    hold_together!(variants_and_their_names Variant Variants);
}
