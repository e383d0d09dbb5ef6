use super::*;

/// The reference bridge as somebody's own, and broken on purpose.
fn reference(fault: Option<&str>) -> Bridge {
    let faults = fault.map_or(reference_bridge::Faults::NONE, |name| {
        reference_bridge::Faults::from(name.parse::<reference_bridge::Fault>().unwrap())
    });
    Bridge::in_process(move |given| async move {
        let settings = reference_bridge::Settings {
            openai_base_url: given.openai_base_url,
            openai_admin_key: given.openai_admin_key.into(),
            scim_token: given.scim_token.into(),
            base_path: "/scim/v2".to_owned(),
            faults,
            ..reference_bridge::Settings::default()
        };
        reference_bridge::serve(given.listener, settings, std::future::pending())
            .await
            .unwrap();
    })
}

#[test]
fn a_bridge_that_conforms_passes() {
    let verdict = reference(None).check("activation/deactivate-member");
    verdict.assert();
    assert!(verdict.conforms() && !verdict.is_not_applicable());
}

#[test]
fn a_bridge_that_does_not_fails_with_what_the_terminal_shows() {
    let verdict = reference(Some("deactivate-keeps-member"))
        .settle(Duration::from_secs(1))
        .check("activation/deactivate-member");
    assert!(!verdict.conforms());
    let panic = std::panic::catch_unwind(|| verdict.assert()).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    for part in [
        "FAIL  activation/deactivate-member [okta-oin]  must",
        "is still a member of the organization",
        "sent: PATCH /Users/",
        "again: cargo test activation_deactivate_member",
        "1 case found something at must.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn what_means_nothing_is_not_passed() {
    let killed = reference(None).check("trouble/killed-after-deactivation");
    assert!(killed.is_not_applicable() && !killed.conforms(), "{killed}");
    let nobody = reference(None).personas(["ping"]).check("activation/deactivate-member");
    assert_eq!(
        nobody.to_string(),
        "not applicable: activation/deactivate-member is told by okta-oin"
    );
}

#[test]
fn what_cannot_be_tested_fails() {
    let ends_at_once = Bridge::in_process(|_| async {}).check("connection/discovery");
    assert!(!ends_at_once.conforms(), "{ends_at_once}");
    let misspelt = reference(None).check("activation/deactivate-membr");
    assert!(
        misspelt.to_string().contains("activation/deactivate-member"),
        "{misspelt}"
    );
    let nowhere = Bridge::command("/nowhere/bridge").check("connection/discovery");
    assert!(nowhere.to_string().starts_with("error: "), "{nowhere}");
}

/// The same in every run, and another when the bridge behaves differently.
#[test]
fn a_transcript_is_for_insta() {
    let of = |fault| {
        let bridge = reference(fault).settle(Duration::from_secs(1));
        bridge.transcript("activation/deactivate-member", "okta-oin")
    };
    let sound = of(None);
    assert!(
        sound.starts_with("activation/deactivate-member [okta-oin]\n"),
        "{sound}"
    );
    assert!(sound.contains("OpenAI: DELETE /organization/users/"), "{sound}");
    assert_eq!(of(None), sound);
    let broken = of(Some("deactivate-keeps-member"));
    assert!(!broken.contains("OpenAI: DELETE /organization/users/"), "{broken}");
}

#[test]
#[should_panic(expected = "has no transcript: the bridge is killed in it")]
fn a_transcript_that_cannot_be_is_refused() {
    _ = reference(None).transcript("trouble/killed-after-deactivation", "okta-oin");
}

#[tokio::test]
async fn a_test_that_is_async_may_check_too() {
    reference(None).check("connection/discovery").assert();
}

#[test]
#[should_panic(expected = "pending_membr")]
fn a_policy_that_is_not_known_is_told() {
    let _ = reference(None).policy("pending_membr", "hold");
}

/// What versions of this crate promise: a line that changes or goes away here is a breaking change.
#[test]
fn the_public_face() {
    let (environment, _) = include_str!("../target/in_process.rs")
        .split_once("pub struct Server")
        .unwrap();
    let sources = [
        include_str!("../testing.rs"),
        include_str!("transcript.rs"),
        include_str!("verdict.rs"),
        environment,
    ];
    let lines = sources.iter().flat_map(|source| source.lines()).map(str::trim_start);
    let face: Vec<&str> = lines.filter(|line| line.starts_with("pub ")).collect();
    insta::assert_snapshot!(face.join("\n"));
}
