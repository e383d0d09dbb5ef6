//! CPU a request of each server, over real sockets, in turns.

use std::io::{self, Write};

use proofload_benches::Spread;

use crate::client::{CONNECTIONS, Running, WARM_UP, Work};
use crate::serve::{Server, USERS};

const TURNS: usize = 21;
const REQUESTS: usize = 6_400;

pub(crate) fn measure(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "CPU a request in µs, {TURNS} turns of {REQUESTS} requests over {CONNECTIONS} connections"
    )?;
    for work in [Work::Invite, Work::FirstPage] {
        let mut servers = Vec::new();
        for server in Server::ALL {
            let mut running = Running::start(server, USERS)?;
            running.send(work, WARM_UP)?;
            servers.push(running);
        }
        let mut cost: Vec<[f64; 3]> = Vec::new();
        for _ in 0..TURNS {
            let mut turn = [0.0; 3];
            for (cost, server) in turn.iter_mut().zip(&mut servers) {
                *cost = server.cost(work, REQUESTS)?;
            }
            cost.push(turn);
        }
        writeln!(out, "  {}", work.name())?;
        for (place, server) in Server::ALL.into_iter().enumerate() {
            let Spread { median, least, most } = Spread::of(cost.iter().map(|turn| turn[place]).collect());
            writeln!(
                out,
                "    {:<16}{median:>7.1}   [{least:.1} to {most:.1}]",
                server.name()
            )?;
        }
        let [bare, mock, wiremock] = [0, 1, 2];
        ratio(out, "mock-openai ÷ bare hyper", "at most 1.35", &cost, mock, bare)?;
        ratio(
            out,
            "wiremock front ÷ mock-openai",
            "at least 1.6",
            &cost,
            wiremock,
            mock,
        )?;
    }
    Ok(())
}

fn ratio(
    out: &mut impl Write,
    name: &str,
    wanted: &str,
    cost: &[[f64; 3]],
    above: usize,
    below: usize,
) -> io::Result<()> {
    let Spread { median, least, most } = Spread::of(cost.iter().map(|turn| turn[above] / turn[below]).collect());
    writeln!(
        out,
        "    {name:<30}{median:>6.2}   [{least:.2} to {most:.2}]   wanted: {wanted}"
    )
}
