use rstest::rstest;

use super::*;

const STORY: &str = "\
users/assign [entra]
A story

# 1  Alice is assigned

> GET /Users?filter=userName eq \"alice\"
< 200
  content-type: application/scim+json
  { \"totalResults\": 0 }
OpenAI: GET /organization/users?limit=100 → 200

> POST /Users
  { \"userName\": \"alice\" }
< 201
  content-type: application/scim+json
  location: {scim}/Users/{alice.id}
  {
    \"id\": \"{alice.id}\",
    \"meta\": { \"version\": \"1\" }
  }
OpenAI: POST /organization/invites → 200
  { \"email\": \"alice\", \"role\": \"reader\" }

# 2  Everybody is read

40 times:
> GET /Users/{crowd-#.id}
< 200
  (and again, with the same answer)

OpenAI: GET /organization/users/{crowd-#.user} → 200 (40 times)

# 3  She leaves

> DELETE /Users/{alice.id}
< no answer: connection refused
";

#[rstest]
#[case::status("< 201\n", "< 200\n", "step 1: POST /Users is answered 200 where it was 201")]
#[case::lost_header(
    "  location: {scim}/Users/{alice.id}\n",
    "",
    "step 1: POST /Users is answered without header location"
)]
#[case::new_header(
    "< 201\n",
    "< 201\n  allow: GET\n",
    "step 1: POST /Users is answered with header allow, too"
)]
#[case::other_header(
    "location: {scim}/Users/{alice.id}",
    "location: /Users/{alice.id}",
    "step 1: POST /Users is answered with another location: /Users/{alice.id} where it was {scim}/Users/{alice.id}"
)]
#[case::body(
    "\"version\": \"1\"",
    "\"version\": 1",
    "step 1: POST /Users is answered with another value at /meta/version"
)]
#[case::less(
    ",\n    \"meta\": { \"version\": \"1\" }",
    "",
    "step 1: POST /Users is answered without /meta"
)]
#[case::more(
    "\"version\": \"1\"",
    "\"version\": \"1\", \"a/b\": 2",
    "step 1: POST /Users is answered with /meta/a~1b, too"
)]
#[case::no_json(
    "  { \"totalResults\": 0 }",
    "  | oops",
    "step 1: GET /Users is answered with a body that is no JSON"
)]
#[case::no_body("  { \"totalResults\": 0 }\n", "", "step 1: GET /Users is answered without a body")]
#[case::one_more_call(
    "OpenAI: POST",
    "OpenAI: GET /organization/users → 200\nOpenAI: POST",
    "step 1: POST /Users makes one more call upstream: GET /organization/users"
)]
#[case::one_call_less(
    "OpenAI: GET /organization/users?limit=100 → 200\n",
    "",
    "step 1: GET /Users makes one call less upstream: GET /organization/users?limit=100"
)]
#[case::many_calls_more(
    "(40 times)",
    "(43 times)",
    "step 2: makes 3 more calls upstream: GET /organization/users/{crowd-#.user}"
)]
#[case::other_call(
    "POST /organization/invites",
    "POST /organization/users",
    "step 1: POST /Users asks OpenAI POST /organization/users where it asked POST /organization/invites"
)]
#[case::refused_call(
    "invites → 200",
    "invites → 400",
    "step 1: POST /Users asks OpenAI POST /organization/invites, which ends in 400 where it ended in 200"
)]
#[case::call_body(
    "\"reader\"",
    "\"owner\"",
    "step 1: POST /Users asks OpenAI POST /organization/invites with another body"
)]
#[case::number(
    "40 times:",
    "39 times:",
    "step 2: GET /Users/{crowd-#.id} is answered so in another number of cases"
)]
#[case::sent("{ \"userName\": \"alice\" }", "{}", "step 1: POST /Users is sent with another body")]
#[case::answered(
    "< no answer: connection refused",
    "< 204",
    "step 3: DELETE /Users/{alice.id} is answered 204 where it was no answer: connection refused"
)]
#[case::requests(
    "\n> DELETE /Users/{alice.id}\n< no answer: connection refused\n",
    "",
    "step 3: the identity provider sends fewer requests"
)]
#[case::ends_earlier(
    "\n# 3  She leaves\n\n> DELETE /Users/{alice.id}\n< no answer: connection refused\n",
    "",
    "the story ends earlier"
)]
fn says_what_changed(#[case] from: &str, #[case] to: &str, #[case] said: &str) {
    assert!(STORY.contains(from), "{from}");
    let now = STORY.replacen(from, to, 1);
    assert_eq!(sentence(STORY, &now), said);
    assert_ne!(sentence(&now, STORY), "", "and the other way round");
}

#[test]
fn says_how_many_more_steps_changed() {
    let now = STORY
        .replace("< 201", "< 200")
        .replace("40", "41")
        .replace("refused", "lost");
    assert_eq!(
        sentence(STORY, &now),
        "step 1: POST /Users is answered 200 where it was 201; 2 more steps changed"
    );
}

#[test]
fn whatever_stands_in_a_file_can_be_compared() {
    for text in [
        "",
        "x",
        "# ",
        "> ",
        "< 200\n> \nOpenAI: ",
        "# 1\n\nOpenAI: x\n  y\n  z: 1",
    ] {
        assert!(!sentence(text, STORY).is_empty() && !sentence(STORY, text).is_empty());
    }
}
