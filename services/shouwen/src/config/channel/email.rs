//! `[channels.email.<account>]`: a mail system, in and out.
//!
//! In: its table. Out: where it listens, whose mail it takes, how answers leave.
//! Never here: SMTP.

use std::net::SocketAddr;

use contract::{Address, AddressKind};
use email::submission::{Login, Server, ServerError};
use firm::sheet::Table;

use super::Way;
use crate::config::{
    self, Secret,
    read::{Place, address},
};

/// A mail system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email {
    /// Domains whose mail is taken.
    pub(crate) domains: Vec<String>,
    /// The mailbox that answers come from; `None` = the one that was written to.
    pub(crate) from: Option<String>,
    /// Where SMTP listens.
    pub(crate) smtp_listen: Option<SocketAddr>,
    /// Where LMTP listens.
    pub(crate) lmtp_listen: Option<SocketAddr>,
    /// Where answers are submitted, `smtp://…`, `smtps://…`.
    pub(crate) smtp_send: Option<config::Address>,
    /// Who submits.
    pub(crate) smtp_user: Option<String>,
    /// With which password.
    pub(crate) smtp_password: Option<Secret>,
}

pub(super) fn read(table: &Table<'_>, place: &Place<'_>) -> Option<Way> {
    let domains = table.need("domains").map(|field| {
        let domains: Vec<_> = field.list().iter().filter_map(|domain| domain.filled().map(str::to_lowercase)).collect();
        if field.is_list() && field.list().is_empty() {
            field.error("is empty: no mail would be taken");
        }
        domains
    });
    let listen = |key| table.get(key).and_then(|field| address(&field));
    let (smtp_listen, lmtp_listen) = (listen("smtp_listen"), listen("lmtp_listen"));
    if table.get("smtp_listen").is_none() && table.get("lmtp_listen").is_none() {
        table.warning("listens nowhere: no mail comes in");
    }
    if let Some(imap) = table.get("imap") {
        imap.error("is not built yet: let the mail system deliver by LMTP");
    }
    let text = |key| table.get(key).and_then(|field| field.filled()).map(str::to_owned);
    let from = table.get("from").and_then(|field| field.filled().map(|text| (field.clone(), text.to_owned())));
    if let Some((field, text)) = &from
        && let Err(error) = Address::parse(AddressKind::Email, text)
    {
        field.error(format!("is {error}"));
    }
    let (smtp_user, smtp_send) = (text("smtp_user"), text("smtp_send").map(config::Address::new));
    let password_field = table.get("smtp_password");
    let smtp_password = password_field.as_ref().and_then(|field| Secret::read(field, place.folder(field)));
    if table.get("smtp_user").is_some() != password_field.is_some() {
        table.error("smtp_user and smtp_password go together");
    } else if smtp_user.is_some() != smtp_password.is_some() {
        // The one that could not be read was named.
        return None;
    }
    let email = Email {
        domains: domains?,
        from: from.map(|(_, text)| text),
        smtp_listen,
        lmtp_listen,
        smtp_send,
        smtp_user,
        smtp_password,
    };
    if let (Some(field), Err(error)) = (table.get("smtp_send"), email.server("localhost")) {
        field.error(error.to_string());
    }
    Some(Way::Email(email))
}

impl Email {
    /// Gives the mail system that answers are submitted to, if there is one; `hello` is the
    /// name we greet it with.
    pub(crate) fn server(&self, hello: &str) -> Result<Option<Server>, ServerError> {
        let login = match (&self.smtp_user, &self.smtp_password) {
            (Some(user), Some(password)) => Some(Login { user: user.clone(), password: password.text() }),
            _ => None,
        };
        self.smtp_send.as_ref().map(|url| Server::parse(url.as_str(), login, hello)).transpose()
    }
}
