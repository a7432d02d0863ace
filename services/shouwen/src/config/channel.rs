//! `[channels.<channel>.<account>]`: the doors, and how their providers are trusted.
//!
//! In: the table of channels. Out: accounts. A sixth channel is one variant here.
//! Never here: a provider's dialect.

mod email;
mod webhook;

use contract::{AccountId, BranchId, ChannelKind};
use firm::{
    Fault,
    sheet::{Field, Table},
};

pub(crate) use email::Email;
pub(crate) use webhook::{Over, Verify, Webhook};
use wechat::SettingsError;

use super::{Address, Secret, read::Place};

/// An account of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its id.
    pub(crate) id: AccountId,
    /// The branch that gets what it brings; `None` = the firm's first.
    pub(crate) branch: Option<BranchId>,
    /// What is said when the firm has no such branch.
    pub(super) stray: Option<Fault>,
    /// How it speaks.
    pub(crate) way: Way,
}

/// How an account speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// A telephone system.
    Phone(Phone),
    /// A WeChat official account.
    Wechat(Wechat),
    /// A provider of short messages.
    Sms(Sms),
    /// A mail system.
    Email(Email),
    /// Any other service.
    Webhook(Webhook),
}

/// A telephone system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phone {
    /// Its dialect.
    pub(crate) profile: PhoneProfile,
    /// What its calls are signed with, or signs in with.
    pub(crate) secret: Secret,
}

/// Dialects of telephone systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhoneProfile {
    /// The neutral form.
    Generic,
    /// FreeSWITCH's call records.
    Freeswitch,
}

/// A WeChat official account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wechat {
    /// Its id.
    pub(crate) app_id: String,
    /// What tokens are fetched with.
    pub(crate) app_secret: Secret,
    /// What callbacks are signed with.
    pub(crate) token: Secret,
    /// Keys of safe mode, the current one first.
    pub(crate) aes_keys: Vec<Secret>,
    /// Base address of its interface.
    pub(crate) api_url: Option<String>,
}

/// A provider of short messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sms {
    /// What calls are signed with.
    pub(crate) secret: Secret,
    /// Where answers are submitted.
    pub(crate) send_url: Option<Address>,
}

impl Account {
    /// Tells the channel.
    pub(crate) const fn kind(&self) -> ChannelKind {
        match self.way {
            Way::Phone(_) => ChannelKind::Phone,
            Way::Wechat(_) => ChannelKind::Wechat,
            Way::Sms(_) => ChannelKind::Sms,
            Way::Email(_) => ChannelKind::Email,
            Way::Webhook(_) => ChannelKind::Webhook,
        }
    }
}

impl Account {
    /// Says whether an answer can be sent by it.
    pub(crate) const fn answers(&self) -> bool {
        match &self.way {
            Way::Phone(_) => false,
            Way::Wechat(_) => true,
            Way::Sms(sms) => sms.send_url.is_some(),
            Way::Email(email) => email.smtp_send.is_some(),
            Way::Webhook(webhook) => webhook.send_url.is_some(),
        }
    }
}

impl Wechat {
    /// Makes the adapter of these settings, or says which of them cannot be used.
    pub(crate) fn open(&self) -> Result<wechat::Wechat, SettingsError> {
        wechat::Wechat::new(wechat::Settings {
            app_id: self.app_id.clone(),
            app_secret: self.app_secret.text(),
            token: self.token.text(),
            aes_keys: self.aes_keys.iter().map(Secret::text).collect(),
            api_url: self.api_url.clone(),
        })
    }
}

/// Reads one account of a channel.
type Reader = fn(&Table<'_>, &Place<'_>) -> Option<Way>;

/// Reads the accounts of all channels.
pub(super) fn read(channels: &Table<'_>, place: &Place<'_>) -> Vec<Account> {
    let ways: [(&'static str, Reader); 5] =
        [("phone", phone), ("wechat", wechat), ("sms", sms), ("email", email::read), ("webhook", webhook::read)];
    let mut accounts = Vec::new();
    for (name, way) in ways {
        let Some(table) = channels.get(name).and_then(|field| field.table()) else { continue };
        accounts.extend(table.entries().into_iter().filter_map(|(id, field)| account(id, &field, way, place)));
    }
    accounts
}

fn account(id: &str, field: &Field<'_>, way: Reader, place: &Place<'_>) -> Option<Account> {
    let parsed = id.parse().map_err(|error| field.error(format!("“{id}” is {error}"))).ok();
    let table = field.table()?;
    let branch_field = table.get("branch");
    let branch = branch_field.as_ref().and_then(Field::parse::<BranchId>);
    let stray = branch_field.map(|field| field.fault("the firm has no such branch"));
    let way = way(&table, place);
    table.close();
    Some(Account { id: parsed?, branch, stray, way: way? })
}

fn phone(table: &Table<'_>, place: &Place<'_>) -> Option<Way> {
    let profile = profile(table, &["generic", "freeswitch"], &["asterisk", "twilio"]);
    let secret = secret(table, place);
    let profile = match profile? {
        "freeswitch" => PhoneProfile::Freeswitch,
        _ => PhoneProfile::Generic,
    };
    Some(Way::Phone(Phone { profile, secret: secret? }))
}

fn wechat(table: &Table<'_>, place: &Place<'_>) -> Option<Way> {
    let read = |field: Field<'_>| Secret::read(&field, place.folder(&field));
    let app_id = table.need("app_id").and_then(|field| field.filled().map(str::to_owned));
    let app_secret = table.need("app_secret").and_then(read);
    let token = table.need("token").and_then(read);
    let keys =
        table.get("aes_key").map_or_else(Vec::new, |field| if field.is_list() { field.list() } else { vec![field] });
    let aes_keys: Option<Vec<_>> =
        keys.iter().map(|field| read(field.clone())).collect::<Vec<_>>().into_iter().collect();
    let api_url = url(table, "api_url");
    let aes_keys = aes_keys?;
    let wechat = Wechat { app_id: app_id?, app_secret: app_secret?, token: token?, aes_keys, api_url };
    match wechat.open() {
        Ok(_) => {}
        Err(SettingsError::AesKey(place)) => {
            let field = keys.get(place.saturating_sub(1));
            field.into_iter().for_each(|field| field.error("is not 43 characters of base64"));
        }
        Err(other) => table.error(other.to_string()),
    }
    Some(Way::Wechat(wechat))
}

fn sms(table: &Table<'_>, place: &Place<'_>) -> Option<Way> {
    let profile = profile(table, &["generic"], &["aliyun", "twilio", "smpp", "cmpp"]);
    let secret = secret(table, place);
    let send_url = url(table, "send_url").map(Address::new);
    profile?;
    Some(Way::Sms(Sms { secret: secret?, send_url }))
}

/// Reads `profile`, `generic` where it is left out; names of dialects that come later are told
/// apart. Which keys an unknown dialect has cannot be told.
fn profile(table: &Table<'_>, built: &[&'static str], later: &[&str]) -> Option<&'static str> {
    let Some(field) = table.get("profile") else { return Some("generic") };
    let profile = match field.peek_text() {
        Some(name) if later.contains(&name) => {
            field.error(format!("profile “{name}” is not built yet"));
            None
        }
        _ => field.word(built),
    };
    if profile.is_none() {
        table.spare();
    }
    profile
}

/// Reads `secret`; where it is left out one is made at the first start, but not one that other
/// processes should know.
fn secret(table: &Table<'_>, place: &Place<'_>) -> Option<Secret> {
    match table.get("secret") {
        Some(field) => Secret::read(&field, place.folder(&field)),
        None if place.shared == Some(true) => {
            table.error("has no `secret`: in a house on servers it is given, for every process to know the same one");
            None
        }
        None => Some(Secret::Made),
    }
}

/// Reads an address of a service.
fn url(table: &Table<'_>, key: &'static str) -> Option<String> {
    let field = table.get(key)?;
    let text = field.filled()?;
    if !text.starts_with("http://") && !text.starts_with("https://") {
        field.error("does not begin with http:// or https://");
        return None;
    }
    Some(text.to_owned())
}
