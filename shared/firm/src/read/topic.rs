//! `[[topic]]`: what clients subscribe to.
//!
//! In: the root table. Out: topics in file order. Never here: subscriptions, and the
//! recognition of their commands.

use contract::{Category, ProductRisk, TopicId, text::normalise};

use super::{id, words};
use crate::{
    book::{Book, Expiry, Topic},
    sheet::{Field, Table},
};

/// The longest keyword, in characters: it is typed on a telephone.
const KEYWORD_CHARS_MAX: usize = 16;

pub(super) fn read(root: &Table<'_>, book: &mut Book) {
    for table in root.tables("topic") {
        let topic = one(&table, &book.topics);
        table.close();
        book.topics.extend(topic);
    }
}

fn one(table: &Table<'_>, before: &[Topic]) -> Option<Topic> {
    let id = id::<TopicId>(table, |id| before.iter().any(|topic| topic.id == *id));
    let name = words(table, "name");
    let category = table.need("category").and_then(|field| field.word(Category::ALL));
    let keyword = table.need("keyword").and_then(|field| keyword(&field, before));
    let cancel = table.get("cancel").and_then(|field| field.flag()).unwrap_or(true);
    let expires = table.get("expires").and_then(|field| expiry(&field));
    let window = table.get("window").and_then(|field| field.parse());
    let risk = table.get("risk").and_then(|field| field.word(ProductRisk::ALL));
    if !cancel && category.is_some_and(Category::is_promotion) {
        table.get("cancel")?.error("may not be false: commercial and advice topics can always be cancelled");
    }
    let id = id?;
    let name = name.unwrap_or_else(|| id.to_string());
    Some(Topic { id, name, keyword: keyword?, category: category?, cancel, expires, window, risk })
}

fn keyword(field: &Field<'_>, before: &[Topic]) -> Option<String> {
    let keyword = normalise(field.filled()?.trim());
    if keyword.chars().count() > KEYWORD_CHARS_MAX {
        field.error(format!("is longer than {KEYWORD_CHARS_MAX} characters"));
    }
    if keyword.chars().any(|c| !c.is_alphanumeric()) {
        field.error("holds more than letters and digits, and is matched whole");
    }
    if let Some(other) = before.iter().find(|topic| topic.keyword == keyword) {
        field.error(format!("“{keyword}” is the keyword of topic “{}” already", other.id));
    }
    Some(keyword)
}

/// Reads an hour of the day, or a span after the notice was posted.
fn expiry(field: &Field<'_>) -> Option<Expiry> {
    if field.text()?.contains(':') { field.parse().map(Expiry::At) } else { field.lasting().map(Expiry::After) }
}
