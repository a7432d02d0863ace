//! A channel that ends with its owner.
//!
//! In: a channel. Out: the same, closed when it is dropped, whatever is under way on it. lapin
//! closes a channel with the last of its handles, but a consumer that the broker confirms late
//! keeps one for ever: nobody takes its deliveries, and the broker gives it its share of all
//! there are. Never here: a wait.

use std::ops::Deref;

use futures_util::FutureExt;
use lapin::Channel;

/// A channel of one owner.
pub(super) struct Own(Channel);

impl Own {
    pub(super) const fn new(channel: Channel) -> Self {
        Self(channel)
    }
}

impl Deref for Own {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.0
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // The first poll hands the frame over; nobody is there for the answer. One that is
        // closed already is left alone.
        drop(self.0.close(200, "done".into()).now_or_never());
    }
}
