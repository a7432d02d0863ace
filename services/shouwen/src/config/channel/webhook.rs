//! `[channels.webhook.<account>]`: any other service, described and not programmed.
//!
//! In: its table. Out: where fields stand in its JSON and how its calls are checked.
//! Never here: the JSON.

use contract::AccountId;
use firm::sheet::{Field, Table};

use super::{Way, secret, url};
use crate::config::{Address, Secret, read::Place};

/// Fields that a map may point to.
const FIELDS: [&str; 6] = ["id", "from", "text", "thread", "received_at", "attachments"];

/// Any other service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    /// What calls are signed with.
    pub(crate) secret: Secret,
    /// JSON pointers by field; `None` = the neutral form.
    pub(crate) map: Option<Vec<(&'static str, String)>>,
    /// How calls are checked; `None` = our own signature.
    pub(crate) verify: Option<Verify>,
    /// What senders' ids mean something in; `None` = this account alone.
    pub(crate) namespace: Option<AccountId>,
    /// Where answers are submitted.
    pub(crate) send_url: Option<Address>,
}

/// A signature scheme of the service's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verify {
    /// The header that carries it.
    pub(crate) header: String,
    /// What stands before the value.
    pub(crate) prefix: String,
    /// What the value is made of.
    pub(crate) over: Over,
    /// Whether the value is Base64 and not hexadecimal.
    pub(crate) base64: bool,
}

/// What a signature is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Over {
    /// The body.
    Body,
    /// A time stamp from a header of this name, a dot, and the body.
    StampedBody(String),
    /// Nothing: the value is the secret.
    Token,
}

pub(super) fn read(table: &Table<'_>, place: &Place<'_>) -> Option<Way> {
    let secret = secret(table, place);
    let map = table.get("map").and_then(|field| field.table()).map(|table| pointers(&table));
    let verify = table.get("verify").map(|field| field.table().and_then(|table| verify(&table)));
    let namespace = table.get("namespace").map(|field| field.parse());
    let send_url = url(table, "send_url").map(Address::new);
    let verify = match verify {
        Some(scheme) => Some(scheme?),
        None => None,
    };
    let namespace = match namespace {
        Some(namespace) => Some(namespace?),
        None => None,
    };
    Some(Way::Webhook(Webhook { secret: secret?, map, verify, namespace, send_url }))
}

fn pointers(table: &Table<'_>) -> Vec<(&'static str, String)> {
    let pointers = FIELDS.iter().filter_map(|name| Some((*name, pointer(&table.get(name)?)?))).collect();
    table.close();
    pointers
}

fn pointer(field: &Field<'_>) -> Option<String> {
    field.parse::<webhook::Pointer>().map(|pointer| pointer.as_str().to_owned())
}

fn verify(table: &Table<'_>) -> Option<Verify> {
    let header = table.need("header").and_then(|field| field.filled().map(str::to_owned));
    let prefix = table.get("prefix").and_then(|field| field.text()).unwrap_or_default().to_owned();
    let stamp = table.get("stamp_header").and_then(|field| field.filled()).map(str::to_owned);
    let over = table.get("over").map_or(Some("body"), |field| field.word(&["body", "stamped_body", "token"]));
    let base64 = table.get("encoding").map_or(Some("hex"), |field| field.word(&["hex", "base64"]));
    table.close();
    let over = match (over?, stamp) {
        ("token", None) => Over::Token,
        ("stamped_body", Some(stamp)) => Over::StampedBody(stamp),
        ("body", None) => Over::Body,
        _ => {
            table.error("`stamp_header` belongs to over = \"stamped_body\", and to nothing else");
            return None;
        }
    };
    Some(Verify { header: header?, prefix, over, base64: base64? == "base64" })
}
