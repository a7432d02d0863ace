//! Loss: how long each piece is held because packets of it were lost.
//!
//! In: a share, a seed. Out: how long to wait, the same for the same seed. Never here: a clock.

use std::time::Duration;

/// How long TCP waits before it sends again what was lost; twice as long each further time.
const RETRANSMIT: Duration = Duration::from_millis(200);
/// How often a piece is lost one after the other at most.
const LOST_MAX: u32 = 5;

/// Draws what is lost.
#[derive(Debug, Default)]
pub(super) struct Loss {
    of_hundred: u64,
    state: u64,
}

impl Loss {
    /// Loses so many pieces of a hundred.
    pub(super) const fn seeded(of_hundred: u64, seed: u64) -> Self {
        Self { of_hundred, state: seed }
    }

    /// Gives how long the next piece is held.
    pub(super) fn next(&mut self) -> Duration {
        let mut held = Duration::ZERO;
        for times in 0..LOST_MAX {
            if self.draw() % 100 >= self.of_hundred {
                break;
            }
            held += RETRANSMIT * 2_u32.pow(times);
        }
        held
    }

    /// Draws as `SplitMix64` does.
    const fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.state;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }
}

#[cfg(test)]
mod tests;
