//! The only module that knows goose: its users are the workers, its metrics and reports see every request.
//!
//! goose starts the users, keeps them apart and sums up. When something is sent, and how long it took, is ours: goose's
//! throttle lies a tenth below what it is asked for and hides a bridge that stands still, because it measures each request
//! from when it was sent. So every user is one long transaction that takes jobs until there are none, and tells goose each
//! request as a custom one.

use std::path::PathBuf;
use std::sync::Arc;

use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};

use super::crew::Crew;
use super::quiet;

/// Why goose could not work.
#[derive(Debug, thiserror::Error)]
#[error("goose, which runs the workers, could not go on: {0:?}")]
pub struct WorkersError(#[from] Box<GooseError>);

/// Runs this many workers until the crew is dismissed. Ends when the last of them has ended.
///
/// `reports` are goose's own, by the ending of their names: `.html`, `.md`, `.json`.
pub async fn run(crew: Arc<Crew>, workers: usize, host: &str, reports: &[PathBuf]) -> Result<(), WorkersError> {
    let configuration = configuration(workers, host, reports);
    let records = !reports.is_empty();
    let work: TransactionFunction = Arc::new(move |user| {
        let mut hand = crew.hire();
        Box::pin(async move {
            while let Some(samples) = hand.work().await {
                for sample in samples.iter().filter(|_| records) {
                    let name = format!("{} {}", sample.step.label, sample.step.route);
                    user.record_custom_request_duration(
                        sample.step.method,
                        &name,
                        sample.service,
                        sample.is_success(),
                        sample.status,
                        None,
                    )
                    .await?;
                }
            }
            Ok(())
        })
    });
    let attack = GooseAttack::initialize_with_config(configuration).map_err(Box::new)?;
    let attack =
        attack.register_scenario(Scenario::new("identity provider").register_transaction(Transaction::new(work)));
    let _quiet = quiet::stdout();
    Box::pin(attack.execute()).await.map_err(Box::new)?;
    Ok(())
}

fn configuration(workers: usize, host: &str, reports: &[PathBuf]) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(host.to_owned());
    configuration.users = Some(workers);
    // All at once: the queue decides who works.
    configuration.increase_rate = Some(workers.saturating_mul(10).max(1000).to_string());
    configuration.iterations = Some(1);
    configuration.no_telnet = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.no_transaction_metrics = true;
    configuration.no_scenario_metrics = true;
    configuration.no_metrics = reports.is_empty();
    configuration.report_file = reports.iter().map(|path| path.display().to_string()).collect();
    configuration.quiet = 3;
    configuration
}
