//! What a request and a user cost when there are a million users.

use std::io::{self, Write};

use proofload_benches::Spread;

use crate::client::{Running, WARM_UP, Work};
use crate::serve::Server;

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const TURNS: usize = 9;
const REQUESTS: usize = 2_000;
/// Less than the few are.
const DELETES: usize = 800;

pub(crate) fn measure(out: &mut impl Write) -> io::Result<()> {
    let (mut few, mut many) = (Running::start(Server::Mock, FEW)?, Running::start(Server::Mock, MANY)?);
    let bytes = many.resident()?.saturating_sub(few.resident()?) / (MANY - FEW) as u64;
    few.send(Work::Invite, WARM_UP)?;
    many.send(Work::Invite, WARM_UP)?;
    writeln!(
        out,
        "CPU a request in µs at {FEW} and at {MANY} users, {TURNS} turns of {REQUESTS} requests"
    )?;
    for work in [Work::FirstPage, Work::Page, Work::Emails, Work::Invite] {
        let turn = |_| Ok((few.cost(work, REQUESTS)?, many.cost(work, REQUESTS)?));
        let turns: Vec<(f64, f64)> = (0..TURNS).map(turn).collect::<io::Result<_>>()?;
        compare(out, work, &turns)?;
    }
    // Who is deleted is gone, so each turn has new servers.
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let (mut few, mut many) = (Running::start(Server::Mock, FEW)?, Running::start(Server::Mock, MANY)?);
        few.send(Work::Invite, WARM_UP)?;
        many.send(Work::Invite, WARM_UP)?;
        turns.push((few.cost(Work::Delete, DELETES)?, many.cost(Work::Delete, DELETES)?));
    }
    compare(out, Work::Delete, &turns)?;
    writeln!(out, "Resident: {bytes} bytes a user   wanted: at most 450")
}

fn compare(out: &mut impl Write, work: Work, turns: &[(f64, f64)]) -> io::Result<()> {
    let small = Spread::of(turns.iter().map(|turn| turn.0).collect()).median;
    let large = Spread::of(turns.iter().map(|turn| turn.1).collect()).median;
    let Spread { median, least, most } = Spread::of(turns.iter().map(|turn| turn.1 / turn.0).collect());
    writeln!(
        out,
        "    {:<26}{small:>6.1} {large:>6.1}   ratio {median:.2} [{least:.2} to {most:.2}]   wanted: at most 1.3",
        work.name()
    )
}
