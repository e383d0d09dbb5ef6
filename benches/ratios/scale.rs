//! What an operation and a user cost when there are a million users.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use mock_openai::{JournalSize, Org, OrgRole, Reaction, Request, Settings, Timestamp};

use crate::{Spread, process};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const KEY: &str = "sk-admin-0123456789abcdef";
const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const TURNS: usize = 21;
const CALLS: usize = 1_000;

#[derive(Clone, Copy)]
enum Work {
    Page,
    Emails,
    Create,
    Delete,
}

impl Work {
    const ALL: [Self; 4] = [Self::Page, Self::Emails, Self::Create, Self::Delete];

    fn name(self) -> &'static str {
        match self {
            Self::Page => "GET users, a page of 20 behind a cursor",
            Self::Emails => "GET users?emails[]=",
            Self::Create => "POST invites",
            Self::Delete => "DELETE users/{user_id}",
        }
    }
}

pub(crate) fn measure(out: &mut impl Write) -> io::Result<()> {
    let mut few = Crowd::new(FEW);
    let before = process::resident()?;
    let mut many = Crowd::new(MANY);
    let after = process::resident()?;
    writeln!(
        out,
        "Without sockets: {MANY} users against {FEW}, {TURNS} turns of {CALLS} calls"
    )?;
    for work in Work::ALL {
        let turn = |_| (few.cost(work), many.cost(work));
        let turns: Vec<_> = (0..TURNS).map(turn).collect();
        let small = Spread::of(turns.iter().map(|turn| turn.0).collect()).median;
        let large = Spread::of(turns.iter().map(|turn| turn.1).collect()).median;
        let Spread { median, least, most } = Spread::of(turns.iter().map(|turn| turn.1 / turn.0).collect());
        writeln!(
            out,
            "  {:<42}{small:>6.2} µs {large:>6.2} µs   ratio {median:.2} [{least:.2} to {most:.2}]   wanted: at most 1.3",
            work.name()
        )?;
    }
    let bytes = after.saturating_sub(before) / MANY as u64;
    writeln!(out, "Resident: {bytes} bytes a user   wanted: at most 450")
}

/// An organization and the ids of its users.
struct Crowd {
    org: Org,
    user_ids: Vec<String>,
    /// Numbers of the users that were deleted.
    absent: Vec<usize>,
    size: usize,
    calls: usize,
}

impl Crowd {
    fn new(size: usize) -> Self {
        let mut org = Org::new(Settings::default(), 0);
        // The journal is bounded by itself; here it would hide what a user weighs.
        org.set_journal_size(JournalSize {
            entries: 1,
            ..JournalSize::default()
        });
        for number in 0..size {
            org.add_member(&email(number), Some("Some Body"), OrgRole::Reader, NOW);
        }
        Self {
            org,
            user_ids: Vec::new(),
            absent: Vec::new(),
            size,
            calls: 0,
        }
    }

    /// Microseconds a call.
    fn cost(&mut self, work: Work) -> f64 {
        if self.user_ids.is_empty() {
            self.user_ids = self.org.users().map(|user| user.id.clone()).collect();
            // A journal as it is in the middle of a run.
            self.org.set_journal_size(JournalSize::default());
        }
        let requests: Vec<Request> = (0..CALLS).map(|_| self.request(work)).collect();
        let mut refused = 0;
        let start = Instant::now();
        for request in &requests {
            let reaction = black_box(self.org.handle(request, NOW));
            refused += usize::from(!is_success(&reaction));
        }
        let took = start.elapsed();
        assert_eq!(refused, 0, "{} was refused", work.name());
        self.restore();
        micros(took)
    }

    fn request(&mut self, work: Work) -> Request {
        // Jumps about: neighbours would be in the cache.
        self.calls += 1;
        let number = self.calls * 7_919 % self.size;
        let request = match work {
            Work::Page => {
                let cursor = &self.user_ids[number];
                Request::get(&format!("/v1/organization/users?limit=20&after={cursor}"))
            }
            Work::Emails => {
                let email = email(number).replace('@', "%40");
                Request::get(&format!("/v1/organization/users?emails%5B%5D={email}"))
            }
            Work::Create => {
                let body = format!(r#"{{"email":"new{}@example.com","role":"reader"}}"#, self.calls);
                Request::post("/v1/organization/invites", body)
            }
            Work::Delete => {
                let user_id = self
                    .org
                    .add_member(&format!("x{}@example.com", self.calls), None, OrgRole::Reader, NOW);
                Request::delete(&format!("/v1/organization/users/{user_id}"))
            }
        };
        request.bearer(KEY)
    }

    /// Takes back what a turn has changed, so that the few stay as many. Who returns has the id
    /// of before.
    fn restore(&mut self) {
        for number in self.absent.drain(..) {
            self.org
                .add_member(&email(number), Some("Some Body"), OrgRole::Reader, NOW);
        }
        let invites: Vec<String> = self.org.invites(NOW).map(|(invite, _)| invite.id.clone()).collect();
        for invite_id in invites {
            let _ = self.org.decline_invite(&invite_id, NOW);
        }
    }
}

fn email(number: usize) -> String {
    format!("user{number}@example.com")
}

fn is_success(reaction: &Reaction) -> bool {
    reaction.answer().is_some_and(|answer| answer.status == 200)
}

fn micros(took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let calls = CALLS as f64;
    took.as_secs_f64() * 1e6 / calls
}
