//! An address that may hold a user, a password, a key.
//!
//! In: the text that was read. Out: the same to whoever connects, and what of it may be shown.
//! Never here: a password in `Debug`.

use std::fmt;

use reqwest::Url;

use super::show::HIDDEN;

/// An address.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives all of it, for whoever connects.
    pub(crate) fn text(&self) -> String {
        self.0.clone()
    }

    /// Gives all of it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Shows the address of a server without the password, and without the query.
    pub(crate) fn shown(&self) -> String {
        let Ok(mut url) = Url::parse(&self.0) else { return HIDDEN.to_owned() };
        url.set_query(None);
        if url.password().is_some() && url.set_password(Some("hidden")).is_err() {
            return HIDDEN.to_owned();
        }
        url.to_string()
    }

    /// Shows the address of a service without anybody who signs in: the name alone may be the
    /// secret. Without the query, too.
    pub(crate) fn place(&self) -> String {
        let url = self.0.split('?').next().unwrap_or_default();
        match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
            Some((scheme, place)) => format!("{scheme}://{HIDDEN}@{place}"),
            None => url.to_owned(),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}
