//! The doors of the house: an adapter for every account of the configuration.
//!
//! In: checked configuration, secrets. Out: adapters, and which accounts can answer.
//! A sixth channel is one line here. Never here: a dialect.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use channel::Channel;
use contract::BranchId;
use firm::Book;

use super::{mail::MailRoom, rooms::Rooms};
use crate::{
    config::{
        self, Secret, Way,
        channel::{Over, Phone, PhoneProfile, Sms, Verify, Webhook},
    },
    private,
};

/// An account with its adapter.
pub(super) struct Door {
    /// The account.
    pub(super) account: channel::Account,
    /// How it speaks.
    pub(super) adapter: Adapter,
}

/// How an account speaks.
pub(super) enum Adapter {
    /// By HTTP, and whether it has a way back to the client.
    Http {
        /// The dialect.
        channel: Arc<dyn Channel>,
        /// Whether an answer can be sent by it.
        answers: bool,
    },
    /// By mail.
    Mail(Box<MailRoom>),
}

impl Door {
    /// Says whether an answer can be sent by it.
    pub(super) fn answers(&self) -> bool {
        match &self.adapter {
            Adapter::Http { answers, .. } => *answers,
            Adapter::Mail(room) => room.submitter().is_some(),
        }
    }
}

/// Opens every door; secrets that were left out are made.
pub(super) fn open(accounts: &[config::Account], book: &Book, data: &Path, rooms: &Rooms) -> Result<Vec<Door>> {
    let first = book.firm.branches.first().context("the firm has no branch")?;
    let workshop = Workshop { first: &first.id, firm_name: &book.names.firm, data, rooms };
    accounts.iter().map(|account| workshop.door(account)).collect()
}

struct Workshop<'a> {
    first: &'a BranchId,
    firm_name: &'a str,
    data: &'a Path,
    rooms: &'a Rooms,
}

impl Workshop<'_> {
    fn door(&self, settings: &config::Account) -> Result<Door> {
        let branch = settings.branch.as_ref().unwrap_or(self.first).clone();
        let account = channel::Account { channel: settings.kind(), id: settings.id.clone(), branch };
        let adapter = self.adapter(settings, &account).with_context(|| format!("account {account}"))?;
        Ok(Door { account, adapter })
    }

    fn adapter(&self, settings: &config::Account, account: &channel::Account) -> Result<Adapter> {
        let (channel, answers): (Arc<dyn Channel>, bool) = match &settings.way {
            Way::Phone(phone) => (Arc::new(self.phone(settings, phone)?), false),
            Way::Wechat(wechat) => (Arc::new(wechat.open()?), true),
            Way::Sms(sms) => (Arc::new(self.sms(settings, sms)?), sms.send_url.is_some()),
            Way::Webhook(webhook) => (Arc::new(self.webhook(settings, webhook)?), webhook.send_url.is_some()),
            Way::Email(email) => {
                let room = MailRoom::open(account.clone(), email, self.firm_name, self.rooms)?;
                return Ok(Adapter::Mail(Box::new(room)));
            }
        };
        Ok(Adapter::Http { channel, answers })
    }

    fn secret(&self, account: &config::Account, secret: &Secret) -> Result<String> {
        let text = private::secret(self.data, account.kind(), account.id.as_str(), secret, &self.rooms.chance)?;
        Ok(text.as_str().to_owned())
    }

    fn phone(&self, account: &config::Account, settings: &Phone) -> Result<phone::Phone> {
        let profile = match settings.profile {
            PhoneProfile::Generic => phone::Profile::Generic,
            PhoneProfile::Freeswitch => phone::Profile::Freeswitch,
        };
        Ok(phone::Phone::new(profile, account.id.clone(), self.secret(account, &settings.secret)?)?)
    }

    fn sms(&self, account: &config::Account, settings: &Sms) -> Result<sms::Sms> {
        Ok(sms::Sms::generic(self.secret(account, &settings.secret)?, settings.send_url.clone()))
    }

    fn webhook(&self, account: &config::Account, settings: &Webhook) -> Result<webhook::Webhook> {
        let secret = self.secret(account, &settings.secret)?;
        let map = match &settings.map {
            Some(pointers) => map(pointers)?,
            None => webhook::Map::default(),
        };
        let verify = settings.verify.as_ref().map_or(webhook::Verify::Ours, foreign);
        let namespace = settings.namespace.as_ref().unwrap_or(&account.id).to_string();
        Ok(webhook::Webhook::new(secret, map, verify, namespace, settings.send_url.clone()))
    }
}

/// Fields without a pointer are never read.
fn map(pointers: &[(&'static str, String)]) -> Result<webhook::Map> {
    let at = |name: &str| -> Result<Option<webhook::Pointer>> {
        let pointer = pointers.iter().find(|(known, _)| *known == name);
        Ok(pointer.map(|(_, pointer)| pointer.parse()).transpose()?)
    };
    Ok(webhook::Map {
        id: at("id")?,
        from: at("from")?,
        text: at("text")?,
        thread: at("thread")?,
        received_at: at("received_at")?,
        attachments: at("attachments")?,
    })
}

fn foreign(verify: &Verify) -> webhook::Verify {
    let encoding = if verify.base64 { webhook::Encoding::Base64 } else { webhook::Encoding::Hex };
    let over = match &verify.over {
        Over::Body => webhook::Over::Body(encoding),
        Over::StampedBody(stamp) => webhook::Over::StampedBody(encoding, stamp.clone()),
        Over::Token => webhook::Over::Token,
    };
    webhook::Verify::Foreign { header: verify.header.clone(), prefix: verify.prefix.clone(), over }
}
