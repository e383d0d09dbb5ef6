//! The state folder: one redb file with a table of people and a table of groups, JSON in both.
//!
//! One thread writes. It takes everything that waits into one transaction, so that many requests
//! share the cost of getting it onto the disk.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

const FILE: &str = "bridge.redb";
const PEOPLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("people");
const GROUPS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("groups");
/// The most batches that one transaction takes.
const MAX_BATCHES: usize = 1_000;

/// The state cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The folder cannot be made.
    #[error("the state folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
    /// The database has trouble.
    #[error("the state file cannot be used: {0}")]
    Database(String),
    /// A record is not what this version writes.
    #[error("a record of the state is not readable: {0}")]
    Record(#[from] serde_json::Error),
    /// The writer is gone, after an error that was reported before.
    #[error("the state can no longer be written")]
    Closed,
}

/// The two tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    /// One record a person.
    People,
    /// One record a group.
    Groups,
}

impl Table {
    fn definition(self) -> TableDefinition<'static, &'static str, &'static [u8]> {
        match self {
            Self::People => PEOPLE,
            Self::Groups => GROUPS,
        }
    }
}

/// One record to write or to remove.
#[derive(Debug)]
pub(super) struct Change {
    table: Table,
    key: String,
    /// `None` removes.
    value: Option<Vec<u8>>,
}

impl Change {
    pub(super) fn put(table: Table, key: &str, record: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            table,
            key: key.to_owned(),
            value: Some(serde_json::to_vec(record)?),
        })
    }

    pub(super) fn remove(table: Table, key: &str) -> Self {
        Self {
            table,
            key: key.to_owned(),
            value: None,
        }
    }
}

struct Batch {
    changes: Vec<Change>,
    done: oneshot::Sender<Result<(), String>>,
}

/// The open state file.
#[derive(Debug)]
pub(super) struct Disk {
    database: Arc<Database>,
    /// `None` only while it is being dropped.
    writer: Option<mpsc::Sender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// Opens or makes the file in `dir`, and starts the writer.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let database = Database::create(dir.join(FILE)).map_err(database_error)?;
        let transaction = database.begin_write().map_err(database_error)?;
        for table in [PEOPLE, GROUPS] {
            transaction.open_table(table).map_err(database_error)?;
        }
        transaction.commit().map_err(database_error)?;
        let database = Arc::new(database);
        let (writer, batches) = mpsc::channel();
        let target = Arc::clone(&database);
        let thread = std::thread::Builder::new()
            .name("state-writer".to_owned())
            .spawn(move || write_all(&target, &batches))?;
        Ok(Self {
            database,
            writer: Some(writer),
            thread: Some(thread),
        })
    }

    /// Every record of a table.
    pub(super) fn load<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<T>, StoreError> {
        let transaction = self.database.begin_read().map_err(database_error)?;
        let table = transaction.open_table(table.definition()).map_err(database_error)?;
        table
            .iter()
            .map_err(database_error)?
            .map(|row| {
                let (_, value) = row.map_err(database_error)?;
                Ok(serde_json::from_slice(value.value())?)
            })
            .collect()
    }

    /// Returns when `changes` are on the disk, all or none.
    pub(super) async fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        self.writer
            .as_ref()
            .and_then(|writer| writer.send(Batch { changes, done }).ok())
            .ok_or(StoreError::Closed)?;
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(StoreError::Database(reason)),
            Err(_) => Err(StoreError::Closed),
        }
    }
}

impl Drop for Disk {
    /// Waits for the last transaction: the file is free afterwards.
    fn drop(&mut self) {
        self.writer.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The writer: ends when the [`Disk`] is dropped.
fn write_all(database: &Database, batches: &mpsc::Receiver<Batch>) {
    while let Ok(first) = batches.recv() {
        let mut waiting = vec![first];
        waiting.extend(batches.try_iter().take(MAX_BATCHES));
        let changes = waiting.iter().flat_map(|batch| &batch.changes);
        let result = write(database, changes).map_err(|error| error.to_string());
        for batch in waiting {
            // Nobody waits any more when the request was given up; the change stands.
            let _ = batch.done.send(result.clone());
        }
    }
}

fn write<'a>(database: &Database, changes: impl Iterator<Item = &'a Change>) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut people = transaction.open_table(PEOPLE)?;
        let mut groups = transaction.open_table(GROUPS)?;
        for change in changes {
            let table = match change.table {
                Table::People => &mut people,
                Table::Groups => &mut groups,
            };
            match &change.value {
                Some(value) => table.insert(change.key.as_str(), value.as_slice())?,
                None => table.remove(change.key.as_str())?,
            };
        }
    }
    transaction.commit()?;
    Ok(())
}

fn database_error(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Database(error.into().to_string())
}
