//! The way to whoever writes: jobs go in, answers come out after COMMIT and never before.
//!
//! In: jobs from everybody. Out: their answers; a caller who goes away stops nothing. The rooms:
//! `alone` where one connection writes, `beside` where many do. Never here: what a job does.

use std::{future::Future, pin::Pin, time::Duration};

use runtime::Stop;
use sea_orm::DatabaseTransaction;
use tokio::sync::{mpsc, oneshot};

use crate::{StoreError, error::Hindrance};

pub(crate) mod alone;
pub(crate) mod beside;

/// Jobs that wait at most; more callers wait for a place.
const QUEUE_JOBS_MAX: usize = 1024;
/// How long after the stop signal the writer waits for a last job.
const LINGER: Duration = Duration::from_millis(300);

/// A future that borrows the transaction it works in.
pub type Working<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// The callers' end. Clones feed the same task.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

/// Whether a job asks for a flush of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hurry {
    /// It is written at once.
    Now,
    /// It rides on somebody else's, where transactions are shared.
    Rides,
}

/// What waits for whoever writes.
pub(crate) struct Job {
    hurry: Hurry,
    work: Box<dyn Work>,
}

/// What is asked, with the types of its answer hidden.
trait Work: Send {
    /// Does it.
    fn run(self: Box<Self>, transaction: &DatabaseTransaction) -> Working<'_, Ran>;
    /// Tells the caller that it was not even begun.
    fn refuse(self: Box<Self>, error: StoreError);
}

struct Asked<F, T> {
    job: F,
    tell: oneshot::Sender<Result<T, StoreError>>,
}

/// A job that ran: its own failure if it failed, and how its caller is told.
struct Ran {
    failed: Option<StoreError>,
    answer: Answer,
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

impl<F, T> Work for Asked<F, T>
where
    F: for<'c> FnOnce(&'c DatabaseTransaction) -> Working<'c, Result<T, StoreError>> + Send,
    T: Send + 'static,
{
    fn run(self: Box<Self>, transaction: &DatabaseTransaction) -> Working<'_, Ran> {
        let Self { job, tell } = *self;
        let working = job(transaction);
        Box::pin(async move {
            let result = working.await;
            let failed = result.as_ref().err().cloned();
            // A caller who went away needs no answer.
            let answer: Answer =
                Box::new(move |committed| drop(tell.send(result.and_then(|done| committed.map(|()| done)))));
            Ran { failed, answer }
        })
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        drop(self.tell.send(Err(error)));
    }
}

impl Writer {
    /// Makes the callers' end and the end at which jobs are taken.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (jobs, waiting) = mpsc::channel(QUEUE_JOBS_MAX);
        (Self { jobs }, waiting)
    }

    /// Has a job done and waits for its commit.
    pub(crate) async fn write<T, F>(&self, hurry: Hurry, job: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c DatabaseTransaction) -> Working<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        let closing = StoreError::retry(Hindrance::Closing);
        let (tell, told) = oneshot::channel();
        let job = Job { hurry, work: Box::new(Asked { job, tell }) };
        self.jobs.send(job).await.map_err(|_| closing.clone())?;
        // A job that was begun and given up, and one that nobody takes any more, tell nobody.
        told.await.map_err(|_| if self.jobs.is_closed() { closing } else { StoreError::retry(Hindrance::Away) })?
    }
}

/// Ends a while after the signal; a caller who comes meanwhile starts the while anew.
async fn lingered(stop: &Stop) {
    stop.cancelled().await;
    tokio::time::sleep(LINGER).await;
}
