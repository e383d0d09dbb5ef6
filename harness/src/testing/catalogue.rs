//! The built-in scenarios as cases of an rstest table. Which there are is known when a test is compiled only if it is
//! written down, so the macro in `each_scenario.rs` is generated.

/// What a scenario is called where only letters, digits and `_` may stand.
pub(super) fn name(id: &str) -> String {
    id.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use proofload_scenarios::Catalogue;

    use super::*;

    const HEAD: &str = "\
//! Generated from the catalogue: `UPDATE_DOCS=1 cargo test -p proofload testing` writes this file anew.

/// Adds a case for each built-in scenario to an `#[rstest]` function; its argument `#[case] scenario: &str` is the
/// scenario's id. A test is named after its scenario: `cargo test activation_twice`. A later version of this crate has more.
///
/// See [`testing`](crate::testing) for an example.
#[macro_export]
macro_rules! each_scenario {
    ($(#[$attribute:meta])* $visibility:vis fn $($function:tt)*) => {
        $(#[$attribute])*
";
    const FOOT: &str = "        $visibility fn $($function)*\n    };\n}\n";

    #[test]
    fn every_scenario_has_a_case() {
        let catalogue = Catalogue::built_in().unwrap();
        let mut text = HEAD.to_owned();
        let mut names = BTreeSet::new();
        for scenario in catalogue.scenarios() {
            let name = name(&scenario.id);
            assert!(names.insert(name.clone()), "two scenarios are called {name}");
            _ = writeln!(text, "        #[case::{name}({:?})]", scenario.id);
        }
        text.push_str(FOOT);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/each_scenario.rs");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            text,
            "stale: see its first line"
        );
    }
}
