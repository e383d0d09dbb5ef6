//! A process that is ended for certain, with everything it started in its process group, however we leave.

use std::ffi::OsString;
use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::TargetError;
use super::error::reason;
use super::output::Output;
use super::secrets::Secrets;

/// How long a bridge may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(2);
/// How long the operating system may take to do away with it.
const KILL_WITHIN: Duration = Duration::from_secs(1);
#[cfg(unix)]
const SIGTERM: i32 = 15;

/// The environment of a process: what is set, and what is taken away.
#[derive(Clone, Default)]
pub(super) struct Environment {
    pub(super) set: Vec<(&'static str, OsString)>,
    pub(super) remove: Vec<OsString>,
}

/// How a process is started, the first time and again.
pub(super) struct Start {
    pub(super) words: Vec<String>,
    pub(super) environment: Environment,
    /// Deleted with this.
    pub(super) state_dir: TempDir,
    pub(super) secrets: Secrets,
}

impl fmt::Debug for Start {
    /// Without the words and the environment, which hold token and key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("state_dir", &self.state_dir)
            .finish_non_exhaustive()
    }
}

/// A running bridge.
#[derive(Debug)]
pub(super) struct Process {
    child: Box<dyn ChildWrapper>,
    /// Set once the first process is gone and the rest of its group was killed. The group's number may then belong to
    /// somebody else, so it is never signalled again.
    exit: Option<String>,
    output: Arc<Output>,
    readers: JoinSet<()>,
    /// `None` only once it was killed.
    start: Option<Start>,
}

impl Process {
    pub(super) fn start(start: Start) -> Result<Self, TargetError> {
        let output = Arc::new(Output::new(start.secrets.clone()));
        Self::go_on(start, output)
    }

    /// Starts it with the output of an earlier process of the same kind.
    fn go_on(start: Start, output: Arc<Output>) -> Result<Self, TargetError> {
        let Start { words, environment, .. } = &start;
        let (program, arguments) = words.split_first().ok_or(TargetError::CommandEmpty)?;
        let spawn_error = |error| TargetError::Spawn {
            word: start.secrets.redact(program),
            reason: reason(&error),
        };
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.envs(environment.set.iter().cloned());
            for name in &environment.remove {
                command.env_remove(name);
            }
        });
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        let mut child = command.spawn().map_err(spawn_error)?;

        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout().take() {
            let output = Arc::clone(&output);
            readers.spawn(async move { output.read(stdout).await });
        }
        if let Some(stderr) = child.stderr().take() {
            let output = Arc::clone(&output);
            readers.spawn(async move { output.read(stderr).await });
        }
        Ok(Self {
            child,
            exit: None,
            output,
            readers,
            start: Some(start),
        })
    }

    /// Kills the group without a warning, and starts the same anew in the same state folder.
    pub(super) async fn kill_and_start(mut self) -> Result<Self, TargetError> {
        let _ = self.child.start_kill();
        let _ = tokio::time::timeout(KILL_WITHIN, self.gone()).await;
        self.exit = Some("the bridge was killed".to_owned());
        match self.start.take() {
            Some(start) => Self::go_on(start, Arc::clone(&self.output)),
            None => Err(TargetError::CommandEmpty),
        }
    }

    /// After it ended by itself while it was being started: the same anew.
    pub(super) fn start_anew(mut self) -> Result<Self, TargetError> {
        match self.start.take() {
            Some(start) => Self::go_on(start, Arc::clone(&self.output)),
            None => Err(TargetError::CommandEmpty),
        }
    }

    /// How it ended, if it has. What it left behind in its group is then killed.
    pub(super) fn exited(&mut self) -> Option<String> {
        if self.exit.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            let _ = self.child.start_kill();
            self.exit = Some(exit_text(status));
        }
        self.exit.clone()
    }

    pub(super) fn output(&self) -> &Output {
        &self.output
    }

    /// Waits a moment for the last of the output of a process that has ended.
    pub(super) async fn drain(&mut self) {
        let all = async { while self.readers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(KILL_WITHIN, all).await;
    }

    /// Asks the group to end, waits, then kills what is left of it.
    pub(super) async fn end(mut self) {
        if self.exited().is_some() {
            return self.drain().await;
        }
        #[cfg(unix)]
        let _ = self.child.signal(SIGTERM);
        #[cfg(not(unix))]
        let _ = self.child.start_kill();
        let _ = tokio::time::timeout(END_WITHIN, self.gone()).await;
        let _ = self.child.start_kill();
        let _ = tokio::time::timeout(KILL_WITHIN, self.gone()).await;
        self.exit = Some("the bridge was ended".to_owned());
    }

    /// Until the first process has ended and nobody holds its output any more.
    async fn gone(&mut self) {
        let _ = self.child.wait().await;
        while self.readers.join_next().await.is_some() {}
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit.is_none() {
            let _ = self.child.start_kill();
        }
    }
}

fn exit_text(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("the bridge was ended by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("the bridge exited with status {code}"),
        None => "the bridge exited".to_owned(),
    }
}
