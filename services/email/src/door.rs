//! What happens to a mail once it was heard to its end: it becomes durable, or is refused.
//!
//! In: a mail's bytes and envelope. Out: one verdict per recipient, `Accepted` only after the
//! intake has its contact on disk. A mail that cannot be read is taken as it is.
//! Never here: a socket; what a contact is about.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bus::BusError;
use channel::{Intake, NotAccepted, ReceiptSink};
use contract::seal::Keys;
use runtime::Part;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    Mailbox,
    decode::{self, Decoded},
    smtp::{Envelope, Verdict},
};

/// Blocks of mail that are held in memory at the same time, over all connections: 128 MiB. A
/// mail being dealt with takes several times its size, for it is decoded, kept and sealed.
pub const BLOCKS_MAX: usize = 512;
/// Bytes of a block.
pub const BLOCK_BYTES: usize = 256 * 1024;

/// The door of one mail account.
pub struct MailDoor {
    mailbox: Arc<Mailbox>,
    keys: Arc<Keys>,
    intake: Intake,
    receipts: Arc<dyn ReceiptSink>,
    part: Part,
    failing: AtomicBool,
    blocks: Arc<Semaphore>,
}

impl MailDoor {
    /// Makes the door of an account; `part` is how health hears of it.
    #[must_use]
    pub fn new(
        mailbox: Arc<Mailbox>,
        keys: Arc<Keys>,
        intake: Intake,
        receipts: Arc<dyn ReceiptSink>,
        part: Part,
    ) -> Self {
        part.well();
        intake.begin_figures(&mailbox.account);
        let blocks = Arc::new(Semaphore::new(BLOCKS_MAX));
        Self { mailbox, keys, intake, receipts, part, failing: AtomicBool::new(false), blocks }
    }

    /// Gives who we are in mail.
    #[must_use]
    pub const fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Gives room for one more block of a mail, or none when too much is held already.
    #[must_use]
    pub fn block(&self) -> Option<OwnedSemaphorePermit> {
        self.blocks.clone().try_acquire_owned().ok()
    }

    /// Takes a mail for all its recipients. After the first that is refused the others are
    /// refused alike: the mail comes again, and what is durable is known again.
    pub async fn take(&self, mail: Vec<u8>, envelope: &Envelope) -> Vec<Verdict> {
        let decoded = self.decode(mail, envelope).await;
        let mut verdicts = Vec::with_capacity(envelope.to.len());
        let mut refused = self.take_receipt(&decoded).await.err();
        for recipient in &envelope.to {
            if refused.is_none() {
                let contact = decoded.contact_for(recipient);
                let accepted = self.intake.accept(&self.mailbox.account, contact).await;
                refused = accepted.err().map(|why| self.verdict(&why));
            }
            verdicts.push(refused.unwrap_or(Verdict::Accepted));
        }
        if refused.is_none() {
            self.works();
        }
        verdicts
    }

    /// Counts a mail that was refused before anything of it was looked at.
    pub fn count_refused(&self, reason: &'static str) {
        let account = &self.mailbox.account;
        let labels = [
            ("channel", account.channel.as_str().to_owned()),
            ("account", account.id.to_string()),
            ("reason", reason.to_owned()),
        ];
        metrics::counter!("shouwen_contacts_refused_total", &labels).increment(1);
    }

    /// Reads a mail on a thread of its own, for it may be large and its parts many.
    async fn decode(&self, mail: Vec<u8>, envelope: &Envelope) -> Decoded {
        let mail = Arc::new(mail);
        let (bytes, sender, keys) = (mail.clone(), envelope.from.clone(), self.keys.clone());
        let read = tokio::task::spawn_blocking(move || decode::decode(&bytes, sender.as_ref(), &keys)).await;
        read.unwrap_or_else(|_| {
            // What the panic says may repeat the content, so it is not looked at.
            tracing::error!(account = %self.mailbox.account, "a mail could not be read and is taken as it is");
            decode::undecoded(&mail, envelope.from.as_ref())
        })
    }

    async fn take_receipt(&self, decoded: &Decoded) -> Result<(), Verdict> {
        let Some(receipt) = decoded.receipt.clone() else { return Ok(()) };
        let taken = self.receipts.take(self.mailbox.account.clone(), receipt).await;
        taken.map_err(|why| self.verdict(&why))
    }

    fn verdict(&self, why: &NotAccepted) -> Verdict {
        match why {
            NotAccepted::RateLimited(_) => return Verdict::TooMany,
            NotAccepted::TooLarge => return Verdict::TooLarge,
            NotAccepted::Bus(_) | NotAccepted::Store(_) | NotAccepted::Late => {}
        }
        let source = std::error::Error::source(why).map(ToString::to_string).unwrap_or_default();
        tracing::error!(account = %self.mailbox.account, source, "{why}");
        self.failing.store(true, Ordering::Relaxed);
        self.part.failed(&why.to_string());
        match why {
            NotAccepted::Bus(BusError::Full(_)) => Verdict::Full,
            NotAccepted::Store(error) if error.is_full() => Verdict::Full,
            NotAccepted::Bus(_)
            | NotAccepted::Store(_)
            | NotAccepted::Late
            | NotAccepted::RateLimited(_)
            | NotAccepted::TooLarge => Verdict::Unavailable,
        }
    }

    fn works(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            self.part.well();
        }
    }
}

impl std::fmt::Debug for MailDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailDoor({})", self.mailbox.account)
    }
}
