//! Addresses of servers: what they must look like, and who signs in by them.
//!
//! In: a text, or a list. Out: addresses, parted from their logins where that is wanted.
//! Never here: a password in a message.

use firm::sheet::Field;
use reqwest::Url;
use zeroize::Zeroizing;

use crate::config::Address;

/// Which addresses are taken.
pub(super) struct Scheme {
    /// What stands for no server at all.
    pub(super) inside: &'static str,
    /// What an address begins with.
    schemes: [&'static str; 2],
    /// An address as it may be written.
    example: &'static str,
}

impl Scheme {
    pub(super) const AMQP: Self =
        Self { inside: "embedded", schemes: ["amqp", "amqps"], example: "amqp://127.0.0.1:5672/%2f" };
    pub(super) const POSTGRES: Self = Self {
        inside: "sqlite",
        schemes: ["postgres", "postgresql"],
        example: "postgres://shouwen@127.0.0.1:5432/shouwen",
    };
    pub(super) const REDIS: Self =
        Self { inside: "local", schemes: ["redis", "rediss"], example: "redis://127.0.0.1:6379" };

    /// Reads the addresses; an empty list where there is no server, none of what is no address.
    pub(super) fn read(&self, field: &Field<'_>) -> Option<Vec<Address>> {
        if !field.is_list() {
            return match field.filled()? {
                text if text == self.inside => Some(Vec::new()),
                text => Some(vec![self.address(field, text)?]),
            };
        }
        let items = field.list();
        if items.is_empty() {
            field.error("is an empty list");
            return None;
        }
        let read: Vec<_> = items.iter().map(|item| self.address(item, item.filled()?)).collect();
        read.into_iter().collect()
    }

    /// The address itself stays out of the words: it may hold a password.
    fn address(&self, field: &Field<'_>, text: &str) -> Option<Address> {
        let url = Url::parse(text).ok();
        let fits =
            |url: &Url| self.schemes.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty());
        if url.as_ref().is_some_and(fits) {
            return Some(Address::new(text));
        }
        let Self { inside, example, .. } = self;
        field.error(format!("is neither “{inside}” nor an address such as {example}"));
        None
    }
}

/// Who signs in, and with which password.
pub(super) type Login = (Option<String>, Option<Zeroizing<String>>);

/// Parts an address from the user and the password that it may hold.
pub(super) fn login(address: &Address) -> (Address, Login) {
    let Ok(mut url) = Url::parse(address.as_str()) else { return (address.clone(), Login::default()) };
    let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
    let password = url.password().map(|password| Zeroizing::new(decoded(password)));
    // Only an address without a host refuses it, and then it has none of them.
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return (address.clone(), Login::default());
    }
    (Address::new(url), (user, password))
}

/// Turns `%2f` and its like into what they stand for.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *first == b'%');
        match pair.and_then(|pair| hex::decode(pair).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
