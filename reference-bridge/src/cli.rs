//! The command line, shared by the `reference-bridge` program and by `proofload bridge`.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::core::role::Role;
use crate::{Error, Fault, Secret, Settings, Variant, serve};

/// What a first tour looks like, for the end of the help.
pub const EXAMPLE: &str = "\
A first tour, with a double of the Admin API behind it:

  proofload mock --listen 127.0.0.1:9000 --admin-key sk-admin-x
  proofload bridge --openai-base-url http://127.0.0.1:9000/v1 --openai-admin-key sk-admin-x --scim-token t

  curl -s -H 'Authorization: Bearer t' http://127.0.0.1:8080/scim/v2/Users

Broken on purpose, to see how that is reported:

  proofload bridge --list-faults
  proofload check --bridge-cmd 'proofload bridge --fault deactivate-keeps-member'";

/// A SCIM 2.0 bridge over the OpenAI Admin API.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Where the Admin API is
    #[arg(long, env = "OPENAI_BASE_URL", default_value = "https://api.openai.com/v1")]
    pub openai_base_url: String,
    /// Admin key for the upstream
    #[arg(long, env = "OPENAI_ADMIN_KEY", hide_env_values = true, default_value = "")]
    pub openai_admin_key: Secret,
    /// Bearer token that the identity provider presents
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true, default_value = "")]
    pub scim_token: Secret,
    /// Folder that keeps the state; without it the state is lost at the end
    #[arg(long, env = "STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Path in front of /Users and the rest
    #[arg(long, default_value = "/scim/v2")]
    pub base_path: String,
    /// Longest wait for one upstream answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub upstream_timeout: Duration,
    /// Longest time for one SCIM request, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
    pub request_budget: Duration,
    /// Longest wait on upstream rate limits inside one SCIM request, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub throttle_wait: Duration,
    /// Pause between asking upstream who has accepted, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub poll_interval: Duration,
    /// Most upstream calls that asking may cost in a minute
    #[arg(long, value_name = "CALLS", default_value_t = 120)]
    pub poll_calls_per_minute: u32,
    /// Role of people for whom none is asked: owner or reader
    #[arg(long, value_name = "ROLE", default_value = "reader")]
    pub default_role: Role,
    /// Switch a defect on; may be given several times
    #[arg(long = "fault", value_name = "NAME")]
    pub faults: Vec<Fault>,
    /// Show every defect, what it does and which scenarios catch it, and end
    #[arg(long)]
    pub list_faults: bool,
    /// Behave as another correct bridge would; may be given several times
    #[arg(long = "variant", value_name = "NAME")]
    pub variants: Vec<Variant>,
    /// Show every variant and what it does, and end
    #[arg(long)]
    pub list_variants: bool,
}

impl Args {
    /// The settings these arguments mean.
    pub fn settings(&self) -> Settings {
        Settings {
            openai_base_url: self.openai_base_url.clone(),
            openai_admin_key: self.openai_admin_key.clone(),
            scim_token: self.scim_token.clone(),
            state_dir: self.state_dir.clone(),
            base_path: self.base_path.clone(),
            upstream_timeout: self.upstream_timeout,
            request_budget: self.request_budget,
            throttle_wait: self.throttle_wait,
            poll_interval: self.poll_interval,
            poll_calls_per_minute: self.poll_calls_per_minute,
            default_role: self.default_role,
            faults: self.faults.iter().copied().collect(),
            variants: self.variants.iter().copied().collect(),
        }
    }
}

/// Does what the arguments say: lists the faults or the variants, or serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the token or the key is missing, the port is taken, or the state cannot be used.
pub async fn run(args: Args) -> Result<(), Error> {
    if args.list_faults {
        return Ok(list_faults(&mut io::stdout().lock())?);
    }
    if args.list_variants {
        return Ok(list_variants(&mut io::stdout().lock())?);
    }
    for (value, name) in [
        (&args.scim_token, "SCIM_TOKEN"),
        (&args.openai_admin_key, "OPENAI_ADMIN_KEY"),
    ] {
        if value.is_empty() {
            return Err(Error::Missing(name));
        }
    }
    if args.openai_base_url.starts_with("https:") && !cfg!(feature = "tls") {
        return Err(Error::NoTls);
    }
    let shutdown = asked_to_stop()?;
    let listener = TcpListener::bind(SocketAddr::new(args.host, args.port)).await?;
    let base = args.base_path.trim_matches('/');
    // A closed stdout must not stop the bridge.
    let _ = writeln!(
        io::stdout().lock(),
        "SCIM bridge on http://{}/{base}",
        listener.local_addr()?
    );
    serve(listener, args.settings(), shutdown).await
}

/// Writes `name<TAB>description<TAB>scenarios` for every fault, the scenarios with blanks between them.
fn list_faults(out: &mut impl Write) -> io::Result<()> {
    for fault in Fault::ALL {
        let load = fault
            .load_proof()
            .map(|(profile, category)| format!("load {profile}: {category}"));
        let scenarios = load.unwrap_or_else(|| fault.scenarios().join(" "));
        writeln!(out, "{fault}\t{}\t{scenarios}", fault.description())?;
    }
    Ok(())
}

/// Writes `name<TAB>description` for every variant.
fn list_variants(out: &mut impl Write) -> io::Result<()> {
    for variant in Variant::ALL {
        writeln!(out, "{variant}\t{}", variant.description())?;
    }
    Ok(())
}

/// Ready when SIGTERM or Ctrl-C comes. Both are caught from the call on, not only once it is
/// awaited.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when Ctrl-C comes.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= Duration::from_secs(86_400))
        .ok_or_else(|| format!("{text:?} is not a number of seconds from 0 to 86400"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_one_line_of_three_parts_a_fault() {
        let mut out = Vec::new();
        list_faults(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), Fault::ALL.len());
        assert!(text.lines().all(|line| line.split('\t').count() == 3));
        insta::assert_snapshot!(text.lines().next().unwrap(), @"totals-as-strings	List answers carry totalResults, startIndex and itemsPerPage as strings.	connection/okta-credential-test");
    }
}
