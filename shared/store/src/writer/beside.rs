//! The writers of PostgreSQL: every job has a transaction of its own, many at the same time.
//!
//! In: jobs from everybody. Out: their answers, after COMMIT and never before; the server puts
//! their flushes together. A branch's commit waits for nobody but another holder of its own
//! stream. Never here: what a job does; a savepoint; a job done twice.

use runtime::Stop;
use sea_orm::{DatabaseConnection, TransactionTrait};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use super::{Job, Ran, lingered};
use crate::{StoreError, connection::postgres::ANSWER_WAIT};

/// The task that hands jobs to connections.
pub(crate) struct WritersTask {
    connections: DatabaseConnection,
    at_once: u32,
    waiting: mpsc::Receiver<Job>,
}

impl WritersTask {
    /// Makes the task that takes jobs from `waiting` and has up to `at_once` under way.
    pub(crate) fn new(connections: DatabaseConnection, at_once: u32, waiting: mpsc::Receiver<Job>) -> Self {
        Self { connections, at_once, waiting }
    }

    /// Writes until every caller is gone, or until nobody has come for a while after `stop`;
    /// ends when the last transaction has.
    pub(crate) async fn run(mut self, stop: Stop) {
        let mut running = JoinSet::new();
        loop {
            // All arms may be dropped: nothing is lost on the way.
            tokio::select! {
                biased;
                Some(ended) = running.join_next() => no_panic(ended),
                job = self.waiting.recv(), if running.len() < self.at_once as usize => match job {
                    Some(job) => drop(running.spawn(write(self.connections.clone(), job))),
                    None => break,
                },
                () = lingered(&stop), if running.is_empty() => break,
            }
        }
        self.waiting.close();
        while let Some(job) = self.waiting.recv().await {
            running.spawn(write(self.connections.clone(), job));
        }
        while let Some(ended) = running.join_next().await {
            no_panic(ended);
        }
    }
}

/// A job that panics is our mistake: the task that runs it panics too, and is reported.
fn no_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn write(connections: DatabaseConnection, job: Job) {
    // Dropped midway, the connection is tested before anybody gets it again.
    if timeout(ANSWER_WAIT, transact(&connections, job)).await.is_err() {
        tracing::warn!("a transaction was given up: the database did not answer");
    }
}

async fn transact(connections: &DatabaseConnection, job: Job) {
    let transaction = match connections.begin().await {
        Ok(transaction) => transaction,
        Err(error) => return job.work.refuse(error.into()),
    };
    let Ran { failed, answer } = job.work.run(&transaction).await;
    let ended = if failed.is_some() { transaction.rollback().await } else { transaction.commit().await };
    match (failed, ended) {
        // What the job met is what its caller hears.
        (Some(_), _) | (None, Ok(())) => answer(Ok(())),
        (None, Err(error)) => answer(Err(StoreError::from(error))),
    }
}
