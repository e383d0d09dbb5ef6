//! How long mock-openai's core takes to decide: it is on the path of every bridged request, so it
//! must stay far below what a socket costs (about 15 µs of kernel time a round trip).
//!
//! At 1 000 and at 1 000 000 users: the second must not be a thousand times the first.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mock_openai::{Org, OrgRole, Request, Settings, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const KEY: &str = "sk-admin-bench";
const SIZES: [usize; 2] = [1_000, 1_000_000];

fn populated(users: usize) -> Org {
    let mut org = Org::new(Settings::default(), 0);
    for number in 0..users {
        let email = format!("user{number}@example.com");
        org.add_member(&email, Some("Some Body"), OrgRole::Reader, NOW);
    }
    org
}

/// One request again and again.
fn read(criterion: &mut Criterion, name: &str, target: impl Fn(usize) -> String) {
    let mut group = criterion.benchmark_group(name);
    for users in SIZES {
        let mut org = populated(users);
        let request = Request::get(&target(users)).bearer(KEY);
        group.bench_function(users.to_string(), |bencher| {
            bencher.iter(|| org.handle(black_box(&request), NOW));
        });
    }
}

fn list_users(criterion: &mut Criterion) {
    read(criterion, "list-users limit=20", |_| {
        "/v1/organization/users?limit=20".to_owned()
    });
}

fn users_by_email(criterion: &mut Criterion) {
    read(criterion, "list-users emails[]", |users| {
        let wanted = users / 2;
        format!("/v1/organization/users?emails%5B%5D=user{wanted}%40example.com")
    });
}

/// A new address every time, so the organization grows while it is measured.
fn invite_user(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inviteUser");
    for users in SIZES {
        let mut org = populated(users);
        let mut number = 0_u64;
        let mut next = || {
            number += 1;
            let body = format!(r#"{{"email":"new{number}@example.com","role":"reader"}}"#);
            Request::post("/v1/organization/invites", body).bearer(KEY)
        };
        group.bench_function(users.to_string(), |bencher| {
            bencher.iter_batched(&mut next, |request| org.handle(&request, NOW), BatchSize::SmallInput);
        });
    }
}

criterion_group!(benches, list_users, users_by_email, invite_user);
criterion_main!(benches);
