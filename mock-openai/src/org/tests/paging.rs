//! Both styles of paging, walked as clients walk them.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Lab, column, gist};
use crate::settings::{DeletedCursor, EmptyCursors, LimitOutOfRange, LimitZero, ListOrder, NextCursor, UnknownCursor};

/// Walks a list to its end with the cursor in `field`; gives the ids page by page.
fn walk(lab: &mut Lab, path: &str, field: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let (status, list) = lab.get(&format!("{path}&after={after}"));
        assert_eq!(status, 200, "{list}");
        pages.push(column(&list, "id"));
        if list["has_more"] == false {
            return pages;
        }
        after = list[field].as_str().expect("more needs a cursor").to_owned();
    }
}

/// 250 of each kind, oldest first.
fn crowd() -> (Lab, Vec<String>, Vec<String>, String) {
    let mut lab = Lab::new();
    let users: Vec<_> = (0..250).map(|number| lab.member(&format!("u{number}@x.org"))).collect();
    let groups: Vec<_> = (0..250).map(|number| lab.group(&format!("g{number}"), &[])).collect();
    let everybody = lab.org.add_group("everybody", &users, false, lab.now);
    lab.org.remove_group(&everybody, lab.now).unwrap();
    let everybody = lab.org.add_group("everybody", &users, false, lab.now);
    (lab, users, groups, everybody)
}

fn reversed(ids: &[String]) -> Vec<String> {
    ids.iter().rev().cloned().collect()
}

#[rstest]
#[case(20, 13)]
#[case(100, 3)]
fn every_row_is_seen_once_in_both_styles(#[case] limit: usize, #[case] pages: usize) {
    let (mut lab, users, mut groups, everybody) = crowd();
    groups.push(everybody.clone());
    let cases = [
        (format!("users?limit={limit}"), "last_id", reversed(&users)),
        (format!("groups?limit={limit}"), "next", groups.clone()),
        (format!("groups?limit={limit}&order=desc"), "next", reversed(&groups)),
        (
            format!("groups/{everybody}/users?limit={limit}"),
            "next",
            reversed(&users),
        ),
        (
            format!("groups/{everybody}/users?limit={limit}&order=asc"),
            "next",
            users,
        ),
    ];
    for (path, field, expected) in cases {
        let walked = walk(&mut lab, &path, field);
        assert_eq!(walked.len(), pages, "{path}");
        assert_eq!(walked.concat(), expected, "{path}");
    }
}

#[test]
fn the_last_page_is_exact() {
    let mut lab = Lab::new();
    for number in 0..40 {
        lab.invite(&format!("u{number}@x.org"));
    }
    let pages = walk(&mut lab, "invites?", "last_id");
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20]);
}

#[test]
fn default_limits_differ() {
    let (mut lab, _, _, everybody) = crowd();
    let mut count = |path: &str| column(&lab.get(path).1, "id").len();
    assert_eq!(count("users"), 20);
    assert_eq!(count("groups"), 100);
    assert_eq!(count(&format!("groups/{everybody}/users")), 100);
    assert_eq!(count(&format!("groups/{everybody}/users?limit=1000")), 250);
}

#[test]
fn envelopes_of_both_styles() {
    let mut lab = Lab::new();
    let (a, b) = (lab.member("a@x.org"), lab.member("b@x.org"));
    let envelope = |(_, mut list): (u16, Value)| {
        list["data"] = json!([]);
        list
    };
    assert_eq!(
        envelope(lab.get("users")),
        json!({ "object": "list", "data": [], "first_id": b, "last_id": a, "has_more": false })
    );
    assert_eq!(
        envelope(lab.get("invites")),
        json!({ "object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false })
    );
    assert_eq!(
        envelope(lab.get("groups")),
        json!({ "object": "list", "data": [], "has_more": false, "next": null })
    );
    lab.org.settings_mut().empty_cursors = EmptyCursors::Omitted;
    let (_, list) = lab.get("invites");
    assert_eq!(list, json!({ "object": "list", "data": [], "has_more": false }));
}

#[test]
fn the_order_of_users_can_be_turned_round() {
    let mut lab = Lab::with(|settings| settings.list_order = ListOrder::OldestFirst);
    let ids = ["a@x", "b@x", "c@x"].map(|email| lab.member(email));
    assert_eq!(walk(&mut lab, "users?limit=2", "last_id").concat(), ids);
}

#[rstest]
#[case(DeletedCursor::Continue, "users", 200)]
#[case(DeletedCursor::Continue, "groups", 200)]
#[case(DeletedCursor::Refuse, "users", 400)]
#[case(DeletedCursor::Refuse, "groups", 404)]
fn a_walk_survives_the_deletion_of_its_cursor(
    #[case] switch: DeletedCursor,
    #[case] list: &str,
    #[case] expected: u16,
) {
    let (mut lab, users, groups, _) = crowd();
    lab.org.settings_mut().deleted_cursor = switch;
    let (_, first) = lab.get(&format!("{list}?limit=20"));
    let last = column(&first, "id").pop().unwrap();
    assert_eq!(lab.delete(&format!("{list}/{last}")).0, 200);
    let (status, second) = lab.get(&format!("{list}?limit=20&after={last}"));
    assert_eq!(status, expected);
    if status == 200 {
        let next = if list == "users" { &users[229] } else { &groups[20] };
        assert_eq!(column(&second, "id").first(), Some(next));
    }
}

#[test]
fn rows_added_in_front_do_not_shift_a_walk() {
    let mut lab = Lab::new();
    let ids = ["a@x", "b@x", "c@x"].map(|email| lab.member(email));
    let (_, first) = lab.get("users?limit=1");
    lab.member("d@x");
    let after = first["last_id"].as_str().unwrap();
    assert_eq!(
        column(&lab.get(&format!("users?after={after}")).1, "id"),
        [ids[1].clone(), ids[0].clone()]
    );
}

#[rstest]
#[case("users", UnknownCursor::Refuse, "400 cursor_not_found after")]
#[case("invites", UnknownCursor::Refuse, "404 cursor_not_found after")]
#[case("groups", UnknownCursor::Refuse, "404 cursor_not_found after")]
#[case("users", UnknownCursor::EmptyPage, "200 - -")]
fn an_unknown_cursor(#[case] list: &str, #[case] switch: UnknownCursor, #[case] expected: &str) {
    let mut lab = Lab::with(|settings| settings.unknown_cursor = switch);
    lab.member("a@x.org");
    assert_eq!(gist(&lab.get(&format!("{list}?after=nothing"))), expected);
}

#[test]
fn what_an_unknown_cursor_can_give_instead() {
    let mut lab = Lab::with(|settings| settings.unknown_cursor = UnknownCursor::EmptyPage);
    let ann = lab.member("a@x.org");
    assert_eq!(column(&lab.get("users?after=x").1, "id"), [""; 0]);
    lab.org.settings_mut().unknown_cursor = UnknownCursor::FirstPage;
    assert_eq!(column(&lab.get("users?after=x").1, "id"), [ann]);
}

#[rstest]
#[case("users?limit=0", "400 - limit", 1)]
#[case("users?limit=101", "400 - limit", 3)]
#[case("users?limit=-1", "400 - limit", 1)]
#[case("groups?limit=1001", "400 - limit", 3)]
#[case("groups?limit=-1", "400 - limit", 0)]
fn a_limit_out_of_range(#[case] path: &str, #[case] expected: &str, #[case] clamped: usize) {
    let mut lab = Lab::new();
    for name in ["a", "b", "c"] {
        lab.member(&format!("{name}@x.org"));
        lab.group(name, &[]);
    }
    assert_eq!(gist(&lab.get(path)), expected);
    lab.org.settings_mut().limit_out_of_range = LimitOutOfRange::Clamp;
    assert_eq!(column(&lab.get(path).1, "id").len(), clamped);
}

#[rstest]
#[case("users?limit=ten", "400 - limit")]
#[case("users?limit=", "400 - limit")]
#[case("users?limit=99999999999999999999", "400 - limit")]
#[case("groups?order=up", "400 - order")]
#[case("users?order=up", "200 - -")]
fn parameters_that_cannot_be(#[case] path: &str, #[case] expected: &str) {
    assert_eq!(gist(&Lab::new().get(path)), expected);
}

#[test]
fn a_limit_of_zero_asks_whether_there_is_anything() {
    let mut lab = Lab::new();
    let empty = json!({ "object": "list", "data": [], "has_more": false, "next": null });
    assert_eq!(lab.get("groups?limit=0").1, empty);
    let id = lab.group("a", &[]);
    assert_eq!(lab.get("groups?limit=0").1["has_more"], true);
    lab.org.settings_mut().limit_zero = LimitZero::DefaultLimit;
    assert_eq!(column(&lab.get("groups?limit=0").1, "id"), [id]);
}

#[test]
fn an_opaque_cursor_catches_clients_that_page_with_ids() {
    let (mut lab, _, groups, _) = crowd();
    lab.org.settings_mut().next_cursor = NextCursor::Opaque;
    let walked = walk(&mut lab, "groups?limit=100", "next").concat();
    assert_eq!(walked[..250], groups);
    let (_, first) = lab.get("groups?limit=1");
    assert_ne!(first["next"], first["data"][0]["id"]);
    assert_eq!(lab.get(&format!("groups?after={}", groups[0])).0, 404);
    assert_eq!(lab.get("groups?after=cur_zzzzzzzzzzzzzzzz").0, 404);
    // Users are paged by ids whatever `next` is elsewhere.
    assert_eq!(walk(&mut lab, "users?limit=100", "last_id").concat().len(), 250);
}

#[rstest]
#[case("users?limit=7")]
#[case("users?limit=100")]
fn a_shuffled_list_is_whole_stable_and_in_no_order(#[case] path: &str) {
    let (mut lab, users, ..) = crowd();
    lab.org.settings_mut().list_order = ListOrder::Shuffled;
    let walked = walk(&mut lab, path, "last_id").concat();
    assert_eq!(walk(&mut lab, path, "last_id").concat(), walked);
    assert!(walked != users && walked != reversed(&users));
    // Rows that come and go leave the others in their places, and a cursor that is gone works.
    let (gone, kept) = (&walked[100], [&walked[..100], &walked[101..]].concat());
    lab.org.remove_member(gone, lab.now).unwrap();
    assert_eq!(walk(&mut lab, path, "last_id").concat(), kept);
    let (_, rest) = lab.get(&format!("users?limit=100&after={gone}"));
    assert_eq!(column(&rest, "id"), kept[100..200]);
    // A filter shuffles alike.
    let emails: Vec<_> = (0..20).map(|number| format!("emails[]=u{number}@x.org")).collect();
    let (_, some) = lab.get(&format!("users?limit=100&{}", emails.join("&")));
    let expected: Vec<_> = kept.iter().filter(|id| users[..20].contains(id)).cloned().collect();
    assert_eq!(column(&some, "id"), expected);
    let mut sorted = (walked, users);
    sorted.0.sort();
    sorted.1.sort();
    assert_eq!(sorted.0, sorted.1);
}
