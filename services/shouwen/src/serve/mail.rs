//! The mail doors: listeners bound, mailboxes described, the way out prepared.
//!
//! In: checked configuration. Out: tasks that listen, a submitter. Never here: SMTP.

use std::sync::Arc;

use anyhow::{Context, Result};
use channel::{ReceiptSink, Submitter};
use contract::{Address, AddressKind};
use email::{Dialect, MailDoor, Mailbox, Submission, listener};
use runtime::{Health, Tasks};
use tokio::net::TcpListener;

use super::{listen, rooms::Rooms};
use crate::config::channel::Email;

/// A mail door that listens, and has not begun to take mail.
pub(super) struct MailRoom {
    mailbox: Arc<Mailbox>,
    listeners: Vec<(TcpListener, Dialect)>,
    submission: Option<Arc<Submission>>,
}

impl MailRoom {
    /// Binds the listeners and prepares the way out.
    pub(super) fn open(account: channel::Account, settings: &Email, firm_name: &str, rooms: &Rooms) -> Result<Self> {
        let from = settings.from.as_deref().map(|from| Address::parse(AddressKind::Email, from)).transpose()?;
        let from_name = Some(firm_name.to_owned()).filter(|name| !name.is_empty());
        let mailbox = Arc::new(Mailbox { account, domains: settings.domains.clone(), from, from_name });
        let mut listeners = Vec::new();
        for (address, dialect) in [(settings.smtp_listen, Dialect::Smtp), (settings.lmtp_listen, Dialect::Lmtp)] {
            if let Some(address) = address {
                listeners.push((listen::bind(address)?, dialect));
            }
        }
        let server = settings.server(mailbox.domain()).context("smtp_send")?;
        let submission = server
            .map(|server| Arc::new(Submission::new(server, mailbox.clone(), rooms.keys.clone(), rooms.clock.clone())));
        Ok(Self { mailbox, listeners, submission })
    }

    /// Gives the way out.
    pub(super) fn submitter(&self) -> Option<Arc<dyn Submitter>> {
        self.submission.clone().map(|way| way as Arc<dyn Submitter>)
    }

    /// Begins to take mail.
    pub(super) fn start(self, rooms: &Rooms, receipts: Arc<dyn ReceiptSink>, tasks: &Tasks, health: &Health) {
        let name = self.mailbox.account.to_string();
        let part = health.part(&name);
        let door = Arc::new(MailDoor::new(self.mailbox, rooms.keys.clone(), rooms.intake.clone(), receipts, part));
        for (listener, dialect) in self.listeners {
            let what = match dialect {
                Dialect::Smtp => "smtp",
                Dialect::Lmtp => "lmtp",
            };
            tasks.spawn(&format!("{name}.{what}"), listener::run(listener, dialect, door.clone(), tasks.stop()));
        }
    }
}
