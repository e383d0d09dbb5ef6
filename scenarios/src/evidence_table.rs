//! What is known of each persona, as Markdown: `scenarios/PERSONAS.md` is this for the built-in ones.

use std::fmt::Write as _;

use crate::catalogue::Catalogue;
use crate::idp::Idp;
use crate::level::Level;

const HEAD: &str = "\
# The built-in personas

Generated: `proofload list --personas --markdown` prints it, `UPDATE_DOCS=1 cargo test -p proofload-scenarios` writes it.

*Captured* is what was seen in traffic or in a server's log, *documented* what the vendor says, *inferred* what was
concluded from either, or is told by somebody else: it may be wrong, and binds nobody by itself.

| persona | what it plays | scenarios for any persona | findings weigh at most |
|---|---|---|---|
";

impl Catalogue {
    /// A line for each persona, then a table of each one's evidence.
    pub fn personas_markdown(&self) -> String {
        let mut text = HEAD.to_owned();
        for idp in self.idps().values() {
            let (name, title, level) = (&idp.name, &idp.title, idp.evidence.at_most);
            _ = writeln!(text, "| `{name}` | {title} | {} | {level} |", told(idp));
        }
        for idp in self.idps().values() {
            _ = write!(
                text,
                "\n## `{}`\n\n{}.{}\n\n| known how | what |\n|---|---|\n",
                idp.name,
                idp.title,
                weight(idp)
            );
            let evidence = &idp.evidence;
            for (how, sentences) in [
                ("captured", &evidence.captured),
                ("documented", &evidence.documented),
                ("inferred", &evidence.inferred),
            ] {
                for sentence in sentences {
                    _ = writeln!(text, "| {how} | {} |", sentence.replace('|', "\\|"));
                }
            }
        }
        text
    }
}

/// Which scenarios for any persona are told by it.
fn told(idp: &Idp) -> String {
    match (&idp.speaks_as, idp.opt_in, &idp.group) {
        (_, true, _) => "none".to_owned(),
        (Some(other), false, _) => format!("when it is asked for by name; else `{other}` stands for it"),
        (None, false, None) => "those that are not about groups".to_owned(),
        (None, false, Some(_)) => "all".to_owned(),
    }
}

fn weight(idp: &Idp) -> &'static str {
    match idp.evidence.at_most {
        Level::Must => "",
        Level::May | Level::Should | Level::Hazard => {
            " Too little is known for it to bind anybody: whatever is found under it weighs no more than the table above says."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_built_in_persona() {
        crate::generated::assert_current("PERSONAS.md", &Catalogue::built_in().unwrap().personas_markdown());
    }

    #[test]
    fn every_habit_has_a_source_or_is_called_inferred() {
        for idp in Catalogue::built_in().unwrap().idps().values() {
            let evidence = &idp.evidence;
            let sourced = evidence.captured.iter().chain(&evidence.documented);
            for sentence in sourced.clone() {
                let names_it = sentence.contains(':') || sentence.contains('(') || sentence.contains("see `");
                assert!(names_it, "{}: where does this stand? {sentence}", idp.name);
            }
            let known = sourced.count() > 0;
            assert!(known, "{} is nothing but inference", idp.name);
        }
    }
}
