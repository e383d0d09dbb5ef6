//! The table of all scenarios, as Markdown: `scenarios/CATALOGUE.md` is this for the built-in ones.

use std::fmt::Write as _;

use crate::catalogue::Catalogue;

impl Catalogue {
    /// A line for each scenario: id, catalogue row, level, who tells it, title.
    pub fn markdown(&self) -> String {
        let mut text = "# The built-in scenarios\n\n\
            Generated: `proofload list --markdown` prints it, `UPDATE_DOCS=1 cargo test -p proofload-scenarios` writes it.\n\n\
            | id | row | level | personas | title |\n|---|---|---|---|---|\n"
            .to_owned();
        for scenario in self.scenarios() {
            let row = scenario.catalogue.as_deref().unwrap_or_default();
            let (id, level, title) = (&scenario.id, scenario.level, &scenario.title);
            let personas = self.told_by(scenario).join(", ");
            _ = writeln!(text, "| `{id}` | {row} | {level} | {personas} | {title} |");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_built_in_scenario() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/CATALOGUE.md");
        let table = Catalogue::built_in().unwrap().markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        let stale = "scenarios/CATALOGUE.md is stale: run `UPDATE_DOCS=1 cargo test -p proofload-scenarios`";
        assert!(written == table, "{stale}");
    }
}
