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
        crate::generated::assert_current("CATALOGUE.md", &Catalogue::built_in().unwrap().markdown());
    }
}
