//! New files to begin with: a persona that speaks like a built-in one, a scenario that is told at once.
//!
//! Texts only; who asked for them decides where they are written. What is made here is read back by a test.

use crate::catalogue::built_in_persona;
use crate::error::unknown;

/// A file to be written: its path under a folder of scenarios, and its text.
pub type NewFile = (String, String);

/// The folder of a new persona `name` that speaks like the built-in persona `like` until it is edited, with a first
/// scenario told by it.
///
/// # Errors
/// When the name cannot be one or is taken, or there is no such persona to be like; in words.
pub fn new_persona(name: &str, like: &str) -> Result<Vec<NewFile>, String> {
    check_name(name)?;
    if built_in_persona(name).is_some() {
        return Err(format!(
            "`{name}` is a built-in persona; a folder of that name would hide it"
        ));
    }
    let Some(files) = built_in_persona(like) else {
        let known = crate::catalogue::built_in_personas();
        return Err(unknown("persona", like, &known));
    };
    let mut made: Vec<NewFile> = files
        .into_iter()
        .map(|(file, text)| {
            let text = if file == "idp.toml" {
                new_idp(name, like, text)
            } else {
                text.to_owned()
            };
            (format!("{name}/{file}"), text)
        })
        .collect();
    made.push((format!("{name}/first-day.toml"), FIRST_DAY.replace("NAME", name)));
    Ok(made)
}

/// A new scenario `id`, such as `users/leaves-twice`, told by any persona, or by those that are named.
///
/// # Errors
/// When the id cannot be one; in words.
pub fn new_scenario(id: &str, personas: &[String]) -> Result<NewFile, String> {
    let Some((area, name)) = id.split_once('/') else {
        return Err(format!("`{id}` is an area or a name; write both, such as `users/{id}`"));
    };
    check_name(area)?;
    check_name(name)?;
    let quoted: Vec<String> = personas.iter().map(|persona| format!("\"{persona}\"")).collect();
    let personas = if quoted.is_empty() {
        "\"any\"".to_owned()
    } else {
        quoted.join(", ")
    };
    Ok((format!("{id}.toml"), SCENARIO.replace("PERSONAS", &personas)))
}

fn check_name(name: &str) -> Result<(), String> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if name.split('-').all(is_word) && name.starts_with(|first: char| first.is_ascii_lowercase()) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is no name: lower-case letters and digits, words joined by `-`, a letter first"
        ))
    }
}

/// The manner of another persona, its title and its evidence taken out: that was about another product.
fn new_idp(name: &str, like: &str, text: &str) -> String {
    let manner = text.split("[evidence]").next().unwrap_or(text);
    let kept = manner
        .lines()
        .filter(|line| !["title", "opt_in", "speaks_as"].iter().any(|key| is_key(line, key)));
    let kept: Vec<&str> = kept.collect();
    let manner = kept.join("\n");
    format!(
        "{}{}\n\n{}",
        IDP_HEAD.replace("NAME", name).replace("LIKE", like),
        manner.trim(),
        EVIDENCE.replace("LIKE", like)
    )
}

fn is_key(line: &str, key: &str) -> bool {
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start().starts_with('='))
}

const IDP_HEAD: &str = r#"# How NAME speaks. It speaks like `LIKE` until you change something.
# Every key is explained in scenarios/README.md, under "A persona".
title = "NAME: say which product, set up how"

"#;

const EVIDENCE: &str = r#"# What is known, in sentences with their source. Move each from `inferred` when you have seen it.
[evidence]
# Nothing found under this persona weighs more. Take it out when what matters has been captured or documented.
at_most = "hazard"
# Seen in captured traffic, or in a server's log.
captured = []
# Said by the vendor's documentation.
documented = []
# Concluded; may be wrong.
inferred = ["Everything is taken from the persona `LIKE`."]
"#;

const FIRST_DAY: &str = r#"title = "NAME tests its connection, and a person comes and goes"
personas = ["NAME"]
spec = ["RFC 7644 §3.3", "RFC 7644 §3.4.2"]
why = '''
The least that has to work with NAME. Every other scenario for any persona is told by it as well, once its folder is among the
built-in ones, or in this folder beside scenarios of your own.
'''

[people]
alice = {}

[[step]]
name = "The connection is tested"
do = "test connection"
expect.writes = 0

[[step]]
name = "Alice is assigned"
do = "assign alice"
expect.upstream = { alice = { is = "invited" } }

[[step]]
name = "She is found"
do = "find alice"
expect.status = 200
expect.json."/totalResults" = 1
expect.json."/Resources/0/id" = "{alice.id}"
expect.writes = 0

[[step]]
name = "She is unassigned"
do = "deactivate alice"
expect.upstream = { alice = { is = "absent" } }
"#;

const SCENARIO: &str = r#"# Every key is explained in scenarios/README.md. A mistake in this file ends the command before anything is sent.
title = "Somebody is assigned, and invited once"
personas = [PERSONAS]
level = "must" # or "hazard", "should", "may"
spec = ["RFC 7644 §3.3", "OpenAI Admin API, inviteUser"]
why = '''
Say whom it hurts when this is wrong.
Say which correct bridge may look wrong here and is not: ids are opaque, PATCH is answered 200 or 204, a list may
hold people nobody pushed, an effect may come a moment after the answer.
'''

[people]
alice = {}

[[step]]
name = "Alice is assigned"
do = "assign alice"
expect.status = 201
expect.calls = { inviteUser = 1 }
expect.upstream = { alice = { is = "invited" } }

[[step]]
name = "She is found, and nothing is written for it"
do = "find alice"
expect.status = 200
expect.json."/totalResults" = 1
expect.json."/Resources/0/id" = "{alice.id}"
expect.writes = 0
"#;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rstest::rstest;

    use super::*;
    use crate::catalogue::{Catalogue, built_in_personas};

    fn write(dir: &Path, files: &[NewFile]) {
        for (path, text) in files {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn a_persona_like_any_other_can_be_read_and_speaks_like_it() {
        for like in built_in_personas() {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), &new_persona("acme", like).unwrap());
            let catalogue = Catalogue::from_dir(dir.path()).unwrap_or_else(|errors| panic!("{like}: {}", errors[0]));
            let (made, model) = (&catalogue.idps()["acme"], &catalogue.idps()[like]);
            assert_eq!(made.user, model.user, "{like}");
            assert_eq!(made.group, model.group, "{like}");
            assert_eq!(made.headers, model.headers, "{like}");
            assert!(!made.opt_in && made.speaks_as.is_none() && made.title.starts_with("acme"));
            assert_eq!(catalogue.scenarios()[0].personas, ["acme"]);
        }
    }

    #[test]
    fn what_is_made_teaches() {
        let files = new_persona("acme", "google").unwrap();
        let text: Vec<String> = files.iter().map(|(path, text)| format!("==> {path}\n{text}")).collect();
        insta::assert_snapshot!("new_persona", text.join("\n"));
        insta::assert_snapshot!("new_scenario", new_scenario("users/leaves", &[]).unwrap().1);
    }

    #[test]
    fn a_scenario_can_be_told_by_those_who_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let personas = ["entra".to_owned(), "okta-aiw".to_owned()];
        write(dir.path(), &[new_scenario("users/leaves", &personas).unwrap()]);
        let catalogue = Catalogue::from_dir(dir.path()).unwrap();
        assert_eq!(catalogue.scenarios()[0].id, "users/leaves");
        assert_eq!(catalogue.scenarios()[0].personas, personas);
    }

    #[rstest]
    #[case(new_persona("Acme", "entra"), "`Acme` is no name")]
    #[case(new_persona("../acme", "entra"), "`../acme` is no name")]
    #[case(new_persona("a--b", "entra"), "`a--b` is no name")]
    #[case(new_persona("entra", "okta-aiw"), "`entra` is a built-in persona")]
    #[case(new_persona("acme", "okta-oim"), "`okta-oin`")]
    #[case(new_scenario("leaves", &[]).map(|file| vec![file]), "`users/leaves`")]
    #[case(new_scenario("users/a/b", &[]).map(|file| vec![file]), "`a/b` is no name")]
    fn what_cannot_be_is_told(#[case] made: Result<Vec<NewFile>, String>, #[case] said: &str) {
        let message = made.unwrap_err();
        assert!(message.contains(said), "{message}");
    }
}
