//! The writer of SQLite: one task writes, and jobs that wait share one transaction and one flush.
//!
//! In: jobs from everybody. Out: their answers, after COMMIT and never before. A job that
//! fails is undone alone by its savepoint. Never here: what a job does; a second writer.

use std::{path::PathBuf, time::Duration};

use runtime::Stop;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::mpsc;

use super::{Answer, Hurry, Job, Ran, lingered};
use crate::{StoreError, checkpoint::Checkpoints, connection::sqlite::connect_writer};

/// Jobs that share one transaction at most.
const BATCH_JOBS_MAX: usize = 256;
/// How long a job that is in no hurry waits for a transaction to ride on.
const RIDE_WAIT: Duration = Duration::from_millis(200);

/// The task that owns the one connection that writes.
pub(crate) struct WriterTask {
    connection: DatabaseConnection,
    file: Option<PathBuf>,
    checkpoints: Checkpoints,
    waiting: mpsc::Receiver<Job>,
}

impl WriterTask {
    /// Makes the task that takes jobs from `waiting`; a store in memory has no file.
    pub(crate) fn new(
        connection: DatabaseConnection,
        file: Option<PathBuf>,
        checkpoints: Checkpoints,
        waiting: mpsc::Receiver<Job>,
    ) -> Self {
        Self { connection, file, checkpoints, waiting }
    }

    /// Writes until every caller is gone, or until nobody has come for a while after `stop`;
    /// `wrote` hears how every transaction went.
    pub(crate) async fn run(mut self, stop: Stop, wrote: impl Fn(Result<(), &StoreError>)) {
        while let Some(first) = self.next(&stop).await {
            let batch = self.gather(first).await;
            self.write(batch, &wrote).await;
        }
        self.waiting.close();
        while let Some(job) = self.waiting.recv().await {
            self.write(vec![job], &wrote).await;
        }
    }

    async fn next(&mut self, stop: &Stop) -> Option<Job> {
        tokio::select! {
            biased;
            job = self.waiting.recv() => job,
            () = lingered(stop) => None,
        }
    }

    /// Takes who waits already; jobs in no hurry wait for one that is.
    async fn gather(&mut self, first: Job) -> Vec<Job> {
        let mut batch = vec![first];
        let ride = tokio::time::sleep(RIDE_WAIT);
        tokio::pin!(ride);
        loop {
            while batch.len() < BATCH_JOBS_MAX
                && let Ok(job) = self.waiting.try_recv()
            {
                batch.push(job);
            }
            if batch.len() == BATCH_JOBS_MAX || batch.iter().any(|job| job.hurry == Hurry::Now) {
                return batch;
            }
            // Both arms may be dropped: `recv` loses nothing.
            tokio::select! {
                job = self.waiting.recv() => match job {
                    Some(job) => batch.push(job),
                    None => return batch,
                },
                () = &mut ride => return batch,
            }
        }
    }

    async fn write(&mut self, batch: Vec<Job>, wrote: &impl Fn(Result<(), &StoreError>)) {
        let mut turn =
            Turn { alone: batch.len() == 1, answers: Vec::with_capacity(batch.len()), failed: None, lost: false };
        let outcome = turn.transact(&self.connection, batch).await;
        wrote(match (&turn.failed, &outcome) {
            (Some(error), _) | (None, Err(error)) => Err(error),
            (None, Ok(())) => Ok(()),
        });
        for answer in turn.answers {
            answer(outcome.clone());
        }
        if turn.lost {
            self.renew().await;
        }
        self.checkpoints.committed();
        self.checkpoints.finish_if_long(&self.connection).await;
    }
}

impl WriterTask {
    /// Takes another connection: after a failed COMMIT or ROLLBACK nobody can say whether the
    /// old one is still inside of a transaction. A store in memory has no other.
    async fn renew(&mut self) {
        let Some(file) = &self.file else { return };
        match connect_writer(file).await {
            Ok(fresh) => {
                let old = std::mem::replace(&mut self.connection, fresh);
                if let Err(error) = old.close().await {
                    tracing::warn!(%error, "a connection that lost its transaction did not close");
                }
            }
            Err(error) => tracing::error!(%error, "the writer has no fresh connection"),
        }
    }
}

/// One transaction: the jobs in it, their answers, a job's own failure if there was one, and
/// whether the connection can no longer be relied on.
struct Turn {
    alone: bool,
    answers: Vec<Answer>,
    failed: Option<StoreError>,
    lost: bool,
}

impl Turn {
    async fn transact(&mut self, connection: &DatabaseConnection, batch: Vec<Job>) -> Result<(), StoreError> {
        let mode = Some(SqliteTransactionMode::Immediate);
        let immediate = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        let mut jobs = batch.into_iter();
        let outcome = match connection.begin_with_options(immediate).await {
            Ok(transaction) => self.run_and_end(transaction, &mut jobs).await,
            Err(error) => {
                self.lost = true;
                Err(error)
            }
        };
        // When a job met a full disk, that is what undid the others, not the missing savepoint.
        let cause = self.failed.clone().filter(StoreError::is_retry);
        let outcome = outcome.map_err(|error| cause.unwrap_or_else(|| error.into()));
        if let Err(error) = &outcome {
            jobs.for_each(|job| job.work.refuse(error.clone()));
        }
        outcome
    }

    async fn run_and_end(
        &mut self,
        transaction: DatabaseTransaction,
        jobs: &mut impl Iterator<Item = Job>,
    ) -> Result<(), DbErr> {
        let ran = self.run_all(&transaction, jobs).await;
        let ended = if ran.is_err() || (self.alone && self.failed.is_some()) {
            transaction.rollback().await
        } else {
            transaction.commit().await
        };
        self.lost = ended.is_err();
        ran.and(ended)
    }

    async fn run_all(
        &mut self,
        transaction: &DatabaseTransaction,
        jobs: &mut impl Iterator<Item = Job>,
    ) -> Result<(), DbErr> {
        for job in jobs {
            self.mark(transaction, "SAVEPOINT job").await?;
            let Ran { failed, answer } = job.work.run(transaction).await;
            self.answers.push(answer);
            if failed.is_some() {
                self.failed = failed;
                self.mark(transaction, "ROLLBACK TO SAVEPOINT job").await?;
            }
            self.mark(transaction, "RELEASE SAVEPOINT job").await?;
        }
        Ok(())
    }

    /// Sets or takes back a savepoint; a job that is alone needs none.
    async fn mark(&mut self, transaction: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
        if !self.alone {
            transaction.execute_raw(Statement::from_string(transaction.get_database_backend(), sql)).await?;
        }
        Ok(())
    }
}
