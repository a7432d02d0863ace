//! How spans are spread: quantiles of any number of them, in little memory.
//!
//! In: spans. Out: quantiles, right to one in a hundred. Never here: a list of them.

use std::time::Duration;

/// Each step is so much wider than the one before.
const STEP: f64 = 1.01;
/// Steps, from a microsecond to over an hour.
const STEPS_MAX: usize = 2300;

/// A spread of spans.
#[derive(Debug, Clone, Default)]
pub struct Spread {
    steps: Vec<u64>,
    count: u64,
    longest: Duration,
}

impl Spread {
    /// Adds a span.
    pub fn add(&mut self, span: Duration) {
        let us = span.as_secs_f64() * 1e6;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place among few steps, never below 0"
        )]
        let step = (us.max(1.0).ln() / STEP.ln()) as usize;
        let step = step.min(STEPS_MAX - 1);
        if self.steps.len() <= step {
            self.steps.resize(step + 1, 0);
        }
        if let Some(count) = self.steps.get_mut(step) {
            *count += 1;
        }
        self.count += 1;
        self.longest = self.longest.max(span);
    }

    /// Gives how many there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Gives the longest.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// Gives the span that this share of all stays below; `None` where there are none.
    #[must_use]
    pub fn part(&self, share: f64) -> Option<Duration> {
        let wanted = self.count as f64 * share;
        let mut below = 0;
        for (step, count) in self.steps.iter().enumerate() {
            below += count;
            if *count > 0 && below as f64 >= wanted {
                let us = STEP.powf(step as f64 + 1.0);
                return Some(Duration::from_secs_f64(us / 1e6).min(self.longest));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_one_in_a_hundred() {
        let mut spread = Spread::default();
        assert_eq!(spread.part(0.5), None);
        for ms in 1..=1000 {
            spread.add(Duration::from_millis(ms));
        }
        for (share, ms) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = spread.part(share).unwrap().as_secs_f64() * 1000.0;
            assert!((found / ms - 1.0).abs() < 0.011, "{share}: {found}");
        }
        spread.add(Duration::ZERO);
        assert_eq!((spread.count(), spread.longest()), (1001, Duration::from_secs(1)));
    }
}
