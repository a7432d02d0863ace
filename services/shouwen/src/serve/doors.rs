//! The doors of the house: an adapter for every account of the configuration.
//!
//! In: checked configuration, secrets. Out: adapters of the channels of this process.
//! A sixth channel is one line here. Never here: a dialect.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use channel::Channel;
use firm::Book;

use super::{mail::MailRoom, rooms::Rooms};
use crate::{
    config::{
        self, Address, Secret, Way,
        channel::{Over, Phone, PhoneProfile, Sms, Verify, Webhook},
    },
    private,
};

/// An account with its adapter.
pub(super) struct Door<'a> {
    /// The account.
    pub(super) account: channel::Account,
    /// Its settings.
    pub(super) settings: &'a config::Account,
    /// How it speaks.
    pub(super) adapter: Adapter,
}

/// How an account speaks.
pub(super) enum Adapter {
    /// By HTTP, in a dialect.
    Http(Arc<dyn Channel>),
    /// By mail.
    Mail(Box<MailRoom>),
}

/// Opens the doors of these accounts; secrets that were left out are made.
pub(super) fn open<'a>(
    accounts: impl Iterator<Item = &'a Known<'a>>,
    book: &Book,
    data: &Path,
    rooms: &Rooms,
) -> Result<Vec<Door<'a>>> {
    let workshop = Workshop { firm_name: &book.names.firm, data, rooms };
    accounts.map(|known| workshop.door(known)).collect()
}

/// An account, and how it is set up.
pub(super) struct Known<'a> {
    /// The account, with the branch that it feeds.
    pub(super) account: channel::Account,
    /// Its settings.
    pub(super) settings: &'a config::Account,
}

/// Names the accounts of the configuration; what says no branch feeds the firm's first.
pub(super) fn known<'a>(accounts: &'a [config::Account], book: &Book) -> Result<Vec<Known<'a>>> {
    let first = book.firm.branches.first().context("the firm has no branch")?;
    let named = |settings: &'a config::Account| {
        let branch = settings.branch.as_ref().unwrap_or(&first.id).clone();
        Known { account: channel::Account { channel: settings.kind(), id: settings.id.clone(), branch }, settings }
    };
    Ok(accounts.iter().map(named).collect())
}

struct Workshop<'a> {
    firm_name: &'a str,
    data: &'a Path,
    rooms: &'a Rooms,
}

impl Workshop<'_> {
    fn door<'k>(&self, known: &Known<'k>) -> Result<Door<'k>> {
        let account = known.account.clone();
        let adapter = self.adapter(known.settings, &account).with_context(|| format!("account {account}"))?;
        Ok(Door { account, settings: known.settings, adapter })
    }

    fn adapter(&self, settings: &config::Account, account: &channel::Account) -> Result<Adapter> {
        let channel: Arc<dyn Channel> = match &settings.way {
            Way::Phone(phone) => Arc::new(self.phone(settings, phone)?),
            Way::Wechat(wechat) => Arc::new(wechat.open()?),
            Way::Sms(sms) => Arc::new(self.sms(settings, sms)?),
            Way::Webhook(webhook) => Arc::new(self.webhook(settings, webhook)?),
            Way::Email(email) => {
                let room = MailRoom::open(account.clone(), email, self.firm_name, self.rooms)?;
                return Ok(Adapter::Mail(Box::new(room)));
            }
        };
        Ok(Adapter::Http(channel))
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
        Ok(sms::Sms::generic(self.secret(account, &settings.secret)?, settings.send_url.as_ref().map(Address::text)))
    }

    fn webhook(&self, account: &config::Account, settings: &Webhook) -> Result<webhook::Webhook> {
        let secret = self.secret(account, &settings.secret)?;
        let map = match &settings.map {
            Some(pointers) => map(pointers)?,
            None => webhook::Map::default(),
        };
        let verify = settings.verify.as_ref().map_or(webhook::Verify::Ours, foreign);
        let namespace = settings.namespace.as_ref().unwrap_or(&account.id).to_string();
        Ok(webhook::Webhook::new(secret, map, verify, namespace, settings.send_url.as_ref().map(Address::text)))
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
