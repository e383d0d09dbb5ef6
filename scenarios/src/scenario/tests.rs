use rstest::rstest;

use super::*;

const HEAD: &str = "title = 't'\nwhy = 'w'\nspec = ['s']\npersonas = ['okta-aiw']\n";

fn parse(rest: &str) -> Result<Scenario, FileError> {
    let catalogue = crate::Catalogue::built_in().unwrap();
    let text = format!("{HEAD}{rest}");
    Scenario::parse("x/y", "x/y.toml", &text, catalogue.idps(), catalogue.requirements())
}

#[test]
fn what_a_step_keeps_later_steps_may_use() {
    let scenario = parse(
        "[people]\nalice = {}\n[[step]]\nname = 'a'\ndo = 'read alice'\nkeep = { at = '/meta/lastModified' }\n\
         [[step]]\nname = 'b'\ndo = 'read alice'\nexpect.json.'/meta/lastModified' = '{kept.at}'",
    )
    .unwrap();
    assert_eq!(scenario.steps[0].keep[0].pointer, "/meta/lastModified");
}

#[rstest]
#[case(
    "[[step]]\nname = 'b'\nsend = 'GET /Users/{kept.id}'\nkeep = { id = '/id' }",
    "`{kept.id}`: no earlier step keeps it; add `keep = { id = \"/pointer\" }` to one"
)]
#[case(
    "[[step]]\nname = 'b'\nsend = 'GET /Users'\nkeep = { id = 'id' }",
    "a JSON pointer begins with `/`, such as `/meta/lastModified`"
)]
#[case(
    "[[step]]\nname = 'b'\nworld = 'trouble ends'\nkeep = { id = '/id' }",
    "`keep` takes something from an answer; what happens without the bridge has none"
)]
#[case(
    "[people]\nkept = {}\n[[step]]\nname = 'b'\ndo = 'probe'",
    "`kept` stands for what steps keep"
)]
#[case(
    "[people]\nalice = { address = 'a@b.c' }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "`a@b.c` must contain `{tag}`"
)]
#[case(
    "[people]\nalice = { mail = 'a.{guid}@b.c' }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "`a.{guid}@b.c` may hold the placeholder `{tag}` and no other"
)]
#[case(
    "[people]\nalice = { mail = 'a.{tag}' }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "`a.{tag}` is no e-mail address"
)]
#[case(
    "[people]\nalice = { address = 'jd{tag}' }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "without `@` the userName is no address"
)]
#[case(
    "[people]\nalice = { count = 2, address = 'a{tag}@b.c' }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "a crowd cannot have one address"
)]
#[case(
    "[people]\nalice = {}\n[groups]\neng = { upstream = 'present', upstream_members = ['alice'] }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "`alice` cannot be in a group at OpenAI before step 1 without `upstream = \"member\"`"
)]
#[case(
    "[groups]\neng = { members = ['bob'] }\n[[step]]\nname = 'b'\ndo = 'probe'",
    "group `eng` has the member `bob`, who is not in [people]"
)]
#[case("[[step]]\nname = 'b'\nworld = 'eng is made by hand'", "`eng` is not in [groups]")]
#[case(
    "[[step]]\nname = 'a'\ndo = 'probe'\nexpect.writes = 0\n[[step]]\nname = 'b'\nworld = 'the bridge is killed'",
    "the bridge is killed right after this step"
)]
#[case("[[step]]\nname = 'b'\ndo = 'probe'\nat_once = 0", "invalid value: integer `0`")]
#[case(
    "[[step]]\nname = 'b'\nworld = 'trouble ends'\nat_once = 2",
    "`at_once` goes with `do` and `send`"
)]
#[case(
    "[[step]]\nname = 'b'\ndo = 'probe'\nhang_up_after = 2",
    "`hang_up_after` goes with `send`"
)]
#[case(
    "[[step]]\nname = 'b'\ndo = 'probe'\nwith = [{ send = 'GET /Users' }]",
    "`with` goes with `send`"
)]
#[case(
    "[[step]]\nname = 'b'\nsend = 'GET /Users'\nhang_up_after = 2\nexpect.status = 200",
    "who hangs up sees no answer"
)]
#[case(
    "[[step]]\nname = 'b'\nsend = 'GET /Users'\nwith = [{ send = 'GET' }]",
    "a request line is a method, a space, and a path"
)]
#[case(
    "[[step]]\nname = 'b'\ndo = 'probe'\nfault_plan = [{ operation = '*', nth = 1, times = 2, status = 500 }]",
    "a rule hits the first few calls (`times`) or one of them (`nth`), not both"
)]
#[case(
    "[[step]]\nname = 'b'\ndo = 'probe'\nfault_plan = [{ operation = '*', kill = true, status = 500 }]",
    "a fault rule has one of"
)]
#[case(
    "[[step]]\nname = 'b'\ndo = 'probe'\nfault_plan = [{ operation = '*', meanwhile = 'the bridge is killed' }]",
    "`meanwhile` is something that happens at OpenAI"
)]
fn says_what_is_wrong_and_where(#[case] rest: &str, #[case] message: &str) {
    let error = parse(rest).unwrap_err();
    assert!(error.message().starts_with(message), "{error}");
    assert!(error.place().unwrap().line() > 4, "{error}");
}
