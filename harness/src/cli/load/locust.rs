//! `proofload load --locust-master`: the runs that a Locust master wants, one after the other.

#[cfg(feature = "locust")]
mod follow;

use crate::load::parameters::{Parameters, WORKERS_MAX};

#[cfg(feature = "locust")]
pub(super) use self::follow::{follow, print};
#[cfg(not(feature = "locust"))]
pub(super) use self::without::{follow, print};

const LOCUST: &str = "Locust";

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct LocustArgs {
    /// Be a worker of this Locust master: it says when and how many at a time, and adds up; the work is shared out among its
    /// workers, who all have the same flags
    #[arg(
        long,
        value_name = "HOST:PORT",
        value_parser = address,
        help_heading = LOCUST,
        conflicts_with_all = ["workers", "shard", "seed"]
    )]
    pub(super) locust_master: Option<String>,

    /// Print the file that the Locust master needs; how to start it stands in it
    #[arg(long, help_heading = LOCUST, conflicts_with = "locust_master")]
    pub(super) print_locustfile: bool,
}

/// As many jobs at a time as there can be: the master decides.
pub(super) fn any_number_of_workers(parameters: &Parameters) -> Parameters {
    Parameters {
        workers: Some(WORKERS_MAX),
        ..parameters.clone()
    }
}

fn address(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match parts.and_then(|(_, port)| port.parse::<u16>().ok()) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write HOST:PORT, such as 10.0.0.5:5557 (5557 is Locust's own choice)".to_owned()),
    }
}

#[cfg(not(feature = "locust"))]
mod without {
    use crate::cli::Error;
    use crate::cli::load::Load;

    pub(in crate::cli::load) fn follow(_: String, _: Load) -> Result<u8, Error> {
        Err(absent())
    }

    pub(in crate::cli::load) fn print() -> Result<u8, Error> {
        Err(absent())
    }

    fn absent() -> Error {
        Error::usage("this proofload was built without Locust: build it with `cargo build --release --features locust`")
    }
}
