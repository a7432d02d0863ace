//! `[[topic]]`: what clients subscribe to.
//!
//! In: the root table. Out: topics in file order. Never here: subscriptions, and the
//! recognition of their commands.

use contract::{Category, TopicId, text::normalise};

use super::{id, words};
use crate::{
    book::{Book, Topic},
    sheet::Table,
};

/// Keys that later issues bring.
const NOT_BUILT: &[&str] = &["expires", "window", "risk", "cancel"];

pub(super) fn read(root: &Table<'_>, book: &mut Book) {
    for table in root.tables("topic") {
        let topic = one(&table, &book.topics);
        table.not_built(NOT_BUILT);
        table.close();
        book.topics.extend(topic);
    }
}

fn one(table: &Table<'_>, before: &[Topic]) -> Option<Topic> {
    let id = id::<TopicId>(table, |id| before.iter().any(|topic| topic.id == *id));
    let name = words(table, "name");
    let category = table.need("category").and_then(|field| field.word(Category::ALL));
    let keyword = table.need("keyword").and_then(|field| {
        let keyword = normalise(field.filled()?.trim());
        if let Some(other) = before.iter().find(|topic| topic.keyword == keyword) {
            field.error(format!("“{keyword}” is the keyword of topic “{}” already", other.id));
        }
        Some(keyword)
    });
    let id = id?;
    Some(Topic { name: name.unwrap_or_else(|| id.to_string()), id, keyword: keyword?, category: category? })
}
