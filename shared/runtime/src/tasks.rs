//! Tasks: every one has a name, is joined at the end, and its panic is reported.
//!
//! In: futures with a name. Out: a stop signal to all, and an orderly end.
//! Never here: a task that nobody waits for.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::health::{Health, Part};

/// The signal that says: take nothing more, finish, go.
pub type Stop = CancellationToken;

/// The tasks of a process. Clones share them.
// The mutex guards a list that is touched at spawn and join only, never across an await.
#[derive(Debug, Clone)]
pub struct Tasks {
    stop: Stop,
    health: Health,
    running: Arc<Mutex<Vec<Running>>>,
}

/// A task's name and the handle of whoever watches it.
type Running = (String, JoinHandle<()>);

impl Tasks {
    /// Makes an empty set that reports panics to `health`.
    #[must_use]
    pub fn new(health: Health) -> Self {
        Self { stop: Stop::new(), health, running: Arc::default() }
    }

    /// Gives the stop signal to hand to a task.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Starts a task; its panic is logged, shown by health, and stops the process, for a
    /// house with a dead room must not look alive.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    pub fn spawn<F>(&self, name: &str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let handle = tokio::spawn(task);
        let (name, part, stop) = (name.to_owned(), self.health.part(name), self.stop.clone());
        let watched = tokio::spawn(watch(name.clone(), handle, part, stop));
        let mut running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if running.len() == running.capacity() {
            running.retain(|(_, task)| !task.is_finished());
        }
        running.push((name, watched));
    }

    /// Says stop to all and waits for each until `limit` is over; returns the names of those
    /// that did not end.
    pub async fn finish(&self, limit: Duration) -> Vec<String> {
        self.stop.cancel();
        let tasks: Vec<_> = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).drain(..).collect();
        let end = tokio::time::Instant::now() + limit;
        let mut late = Vec::new();
        for (name, mut handle) in tasks {
            if tokio::time::timeout_at(end, &mut handle).await.is_err() {
                late.push(name);
            }
        }
        late
    }
}

async fn watch(name: String, handle: JoinHandle<()>, part: Part, stop: Stop) {
    match handle.await {
        Ok(()) => part.gone(),
        Err(error) if error.is_panic() => {
            tracing::error!(task = %name, "a task panicked; the process stops");
            part.failed("panicked");
            stop.cancel();
        }
        Err(_) => part.gone(),
    }
}
