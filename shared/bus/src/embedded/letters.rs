//! Dead letters of the embedded bus: messages of the queue `dead`, which is never consumed.
//!
//! In: somebody's decision. Out: the letter, back where it came from, or gone, in one
//! transaction. Never here: the parking of a delivery, see `consumer`.

use contract::DeadId;

use super::{Embedded, Settled, Write};
use crate::{bus::Target, dead::DeadLetter, error::BusError, message::Message, name::QueueName};

impl Embedded {
    pub(crate) async fn dead_list(&self, after: Option<DeadId>, max: usize) -> Result<Vec<DeadLetter>, BusError> {
        let after = after.map_or(0, position);
        let found = self.0.reader.list(self.dead_queue(), after, max).await?;
        Ok(found.into_iter().filter_map(|(position, entry)| DeadLetter::read(id(position), entry.message)).collect())
    }

    pub(crate) async fn dead_show(&self, letter: DeadId) -> Result<Option<DeadLetter>, BusError> {
        Ok(self.find(letter).await?.map(|(letter, _)| letter))
    }

    pub(crate) async fn dead_replay(&self, letter: DeadId) -> Result<bool, BusError> {
        let Some((letter, bytes)) = self.find(letter).await? else { return Ok(false) };
        let settled = Some(Settled::Letter { position: position(letter.id), bytes });
        self.write(Write { target: Some(Target::Queue(letter.source)), messages: vec![letter.message], settled }).await
    }

    pub(crate) async fn dead_drop(&self, letter: DeadId) -> Result<bool, BusError> {
        let Some((letter, bytes)) = self.find(letter).await? else { return Ok(false) };
        let settled = Some(Settled::Letter { position: position(letter.id), bytes });
        self.write(Write { target: None, messages: Vec::new(), settled }).await
    }

    pub(crate) async fn dead_park(&self, source: &QueueName, reason: &str, message: Message) -> Result<(), BusError> {
        let letter = message.into_dead(source, reason, self.0.clock.now());
        self.publish(Target::Queue(QueueName::Dead), vec![letter]).await
    }

    async fn find(&self, letter: DeadId) -> Result<Option<(DeadLetter, u64)>, BusError> {
        let Some(before) = position(letter).checked_sub(1) else { return Ok(None) };
        let found = self.0.reader.list(self.dead_queue(), before, 1).await?;
        let found = found.into_iter().find(|(found, _)| id(*found) == letter);
        Ok(found.and_then(|(_, entry)| Some((DeadLetter::read(letter, entry.message)?, entry.bytes))))
    }

    fn dead_queue(&self) -> i64 {
        self.0.book.with(|pages| pages.queue(&QueueName::Dead).id)
    }
}

fn id(position: u64) -> DeadId {
    DeadId::new(u128::from(position))
}

/// Gives the position of a letter, 0 for an id that never was one.
fn position(id: DeadId) -> u64 {
    u64::try_from(id.bits()).ok().filter(|position| position >> super::schema::POSITION_BITS == 0).unwrap_or(0)
}
