//! The pace of simulated people: how much faster than life they wait, think and talk.
//!
//! In: spans as they are in life. Out: spans as they are played. Never here: the house's clock,
//! which is real; a target of 60 seconds stays 60 seconds.

use std::time::Duration;

use runtime::Chance;

/// The slowest and the fastest pace.
const BOUNDS: (f64, f64) = (0.1, 50.0);

/// How many times faster than life people are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(f64);

impl Default for Pace {
    fn default() -> Self {
        Self(1.0)
    }
}

impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (slowest, fastest) = BOUNDS;
        let pace = text.parse::<f64>().ok().filter(|pace| (slowest..=fastest).contains(pace));
        pace.map(Self).ok_or_else(|| format!("a number from {slowest} to {fastest}"))
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "×{}", self.0)
    }
}

impl Pace {
    /// Gives how long a span of life is played.
    #[must_use]
    pub fn of(self, life: Duration) -> Duration {
        life.div_f64(self.0)
    }
}

/// Gives a span between two, in life.
#[must_use]
pub fn between(chance: &Chance, shortest_ms: u64, longest_ms: u64) -> Duration {
    let spread = longest_ms.saturating_sub(shortest_ms).saturating_add(1);
    Duration::from_millis(shortest_ms.saturating_add(chance.below(spread)))
}

/// Gives one of several; `None` of none.
#[must_use]
pub fn one_of<'a, T>(chance: &Chance, several: &'a [T]) -> Option<&'a T> {
    let place = chance.below(u64::try_from(several.len()).unwrap_or(u64::MAX));
    several.get(usize::try_from(place).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_number_within_bounds() {
        for wrong in ["0", "-1", "51", "fast", "NaN", ""] {
            assert!(wrong.parse::<Pace>().is_err(), "{wrong}");
        }
        let pace: Pace = "4".parse().unwrap();
        assert_eq!(pace.of(Duration::from_secs(10)), Duration::from_millis(2500));
        assert_eq!(pace.to_string(), "×4");
    }
}
