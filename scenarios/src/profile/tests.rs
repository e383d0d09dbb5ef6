use super::*;
use crate::Catalogue;

fn read(text: &str) -> Result<Profile, FileError> {
    Profile::parse("x", "x.toml", text, Catalogue::built_in().unwrap().idps())
}

const HEAD: &str = "title = 't'\nwhy = 'w'\npersona = 'okta-oin'\ncompany = { people = 10, groups = 2 }\n";

#[test]
fn every_built_in_profile_can_be_used_and_says_where_its_numbers_come_from() {
    let catalogue = Catalogue::built_in().unwrap();
    let profiles = Profiles::built_in(catalogue.idps()).unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
        )
    });
    assert!(profiles.get(Profiles::USUAL).is_some());
    assert!(profiles.all().len() >= 13, "{}", profiles.all().len());
    for profile in profiles.all() {
        let Source {
            documented,
            captured,
            inferred,
        } = &profile.source;
        assert!(documented.len() + captured.len() > 0, "{} has no source", profile.id);
        assert!(!inferred.is_empty(), "{}: is nothing of it inferred?", profile.id);
        assert!(profile.thresholds.iter().any(|one| one == "lost==0"), "{}", profile.id);
    }
}

#[test]
fn the_documentation_has_every_profile_and_every_verb() {
    let written = include_str!("../../README.md");
    for profile in Profiles::built_in(Catalogue::built_in().unwrap().idps()).unwrap().all() {
        assert!(written.contains(&format!("| `{}` |", profile.id)), "{}", profile.id);
    }
    for (verb, keys) in phase::VERBS {
        for word in keys.iter().chain([verb]) {
            assert!(written.contains(&format!("`{word}`")), "{word}");
        }
    }
}

#[test]
fn a_profile_is_found_by_its_file_name() {
    let profiles = Profiles::built_in(Catalogue::built_in().unwrap().idps()).unwrap();
    assert_eq!(profiles.get("Okta-Assign.toml").map(|one| one.id.as_str()), None);
    assert_eq!(
        profiles.get("okta-assign.toml").map(|one| one.id.as_str()),
        Some("okta-assign")
    );
    assert_eq!(profiles.get("nothing"), None);
}

#[test]
fn what_cannot_be_meant_is_pointed_at() {
    let phase = |lines: &str| format!("[[phase]]\nname = 'n'\n{lines}\n");
    let wrong = [
        phase("do = 'asign'\nworkers = 1"),
        phase("do = 'assign'\nworkers = 0"),
        phase("do = 'assign'"),
        phase("do = 'assign'\nworkers = 1\nrate = 2.0"),
        phase("do = 'assign'\nrate = 0.0\nconnections = 1"),
        phase("do = 'leave'\nworkers = 1"),
        phase("do = 'leave'\nworkers = 1\nshare = 30.0"),
        phase("do = 'join'\nworkers = 1\nshare = 0.5"),
        phase("do = 'assign'\nworkers = 1\nthink = 5"),
        format!(
            "[upstream]\nthrottle = 'mesured'\n{}",
            phase("do = 'assign'\nworkers = 1")
        ),
        format!(
            "[upstream]\naccept = 's-curve 5'\n{}",
            phase("do = 'assign'\nworkers = 1")
        ),
        "phase = []\n".to_owned(),
    ];
    let errors: Vec<String> = wrong
        .iter()
        .map(|rest| read(&format!("{HEAD}{rest}")).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(errors.join("\n\n"));
}

#[test]
fn a_persona_without_groups_cannot_push_any() {
    let text = HEAD.replace("okta-oin", "google");
    let push = format!("{text}[[phase]]\nname = 'n'\ndo = 'push'\nworkers = 1\n");
    let error = read(&push).unwrap_err().to_string();
    assert!(
        error.starts_with("x.toml:5:1: `google` pushes no groups, and this phase is about groups"),
        "{error}"
    );
    let assign = format!("{text}[[phase]]\nname = 'n'\ndo = 'assign'\nworkers = 1\n");
    assert_eq!(read(&assign).unwrap().persona, "google");
}

#[test]
fn an_unknown_persona_is_told_with_the_known_ones() {
    let error = read(&HEAD.replace("okta-oin", "octa")).unwrap_err().to_string();
    assert!(error.contains("missing field `phase`"), "{error}");
    let whole = format!(
        "{}[[phase]]\nname = 'n'\ndo = 'probe'\nworkers = 1\n",
        HEAD.replace("okta-oin", "octa")
    );
    let error = read(&whole).unwrap_err().to_string();
    assert!(
        error.starts_with("x.toml:3:11: unknown persona `octa`, expected one of `entra`"),
        "{error}"
    );
}

#[test]
fn what_the_harness_finds_wrong_is_pointed_at_too() {
    let profile = read(&format!(
        "thresholds = ['lots==0']\n{HEAD}[[phase]]\nname = 'n'\ndo = 'probe'\nworkers = 1\n"
    ))
    .unwrap();
    let error = profile.wrong("lots==0", "what is lots?").to_string();
    assert!(error.starts_with("x.toml:1:16: what is lots?"), "{error}");
}
