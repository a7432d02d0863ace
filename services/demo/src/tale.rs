//! The tale: what happens just now, told in few lines.
//!
//! In: lines from everybody. Out: those that are worth a line, at a bearable rate. Never here: a
//! number, an address, a name of a client.

use std::time::Duration;

use runtime::{Clock, Stop};
use tokio::sync::mpsc;

/// Lines that wait to be told at most; beyond that one is dropped.
const LINES_MAX: usize = 64;
/// Between two asides.
const ASIDE_EVERY: Duration = Duration::from_secs(7);

/// A line in two languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it is told whatever else is.
    weighty: bool,
    zh: String,
    en: String,
}

impl Line {
    /// Makes a line of the story.
    pub fn story(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { weighty: true, zh: zh.into(), en: en.into() }
    }

    /// Makes a line that may be left out.
    pub fn aside(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { weighty: false, zh: zh.into(), en: en.into() }
    }
}

/// Where everybody tells. Clones are the same.
#[derive(Debug, Clone)]
pub struct Tale(mpsc::Sender<Line>);

/// Who listens, and prints.
#[derive(Debug)]
pub struct Teller(mpsc::Receiver<Line>);

impl Tale {
    /// Makes a tale and its teller.
    #[must_use]
    pub fn begin() -> (Self, Teller) {
        let (lines, told) = mpsc::channel(LINES_MAX);
        (Self(lines), Teller(told))
    }

    /// Tells, unless too much waits to be told.
    pub fn tell(&self, line: Line) {
        drop(self.0.try_send(line));
    }
}

impl Teller {
    /// Prints until `stop`, each line under its moment as `hour` writes it.
    pub async fn tell(mut self, hour: impl Fn(i64) -> String, print: impl Fn(&str), stop: Stop) {
        let clock = Clock::machine();
        let mut aside_at = None;
        loop {
            // Both arms may be dropped midway: a line that was not taken waits.
            let line = tokio::select! {
                () = stop.cancelled() => return,
                line = self.0.recv() => line,
            };
            let Some(line) = line else { return };
            let now = tokio::time::Instant::now();
            let rests = aside_at.is_some_and(|at| now.duration_since(at) < ASIDE_EVERY);
            if line.weighty || !rests {
                aside_at = Some(now);
                print(&format!("{}  {} · {}", hour(clock.now().as_ms()), line.zh, line.en));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn stories_are_always_told_and_asides_now_and_then() {
        let (tale, teller) = Tale::begin();
        for _ in 0..3 {
            tale.tell(Line::aside("闲", "aside"));
            tale.tell(Line::story("事", "story"));
        }
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = told.clone();
        drop(tale);
        teller.tell(|_| "09:15".to_owned(), |line| kept.lock().unwrap().push(line.to_owned()), Stop::new()).await;
        let aside = "09:15  闲 · aside".to_owned();
        let story = "09:15  事 · story".to_owned();
        assert_eq!(*told.lock().unwrap(), [aside, story.clone(), story.clone(), story]);
    }
}
