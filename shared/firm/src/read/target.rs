//! `[[target]]`: promised response times.
//!
//! In: the root table. Out: targets in file order. Never here: which one counts.

use contract::{
    ChannelKind, ClientClass, Kind,
    firm::{Firm, Target},
};

use super::{index::Index, known};
use crate::sheet::Table;

pub(super) fn read(root: &Table<'_>, index: &Index, firm: &mut Firm) {
    for table in root.tables("target") {
        let target = one(&table, index);
        table.not_built(&["share", "ring"]);
        table.close();
        firm.targets.extend(target);
    }
}

fn one(table: &Table<'_>, index: &Index) -> Option<Target> {
    let queue = table.get("queue").map(|field| known(&field, "queue", |id| index.queues.contains_key(id)));
    let channel = table.get("channel").map(|field| field.word(ChannelKind::ALL));
    let kind = table.get("kind").map(|field| field.word(Kind::ALL));
    let class = table.get("class").map(|field| field.word(ClientClass::ALL));
    let within = table.need("within").and_then(|field| field.lasting());
    let warn = table.get("warn").and_then(|field| {
        let warn = field.lasting()?;
        if within.is_some_and(|within| warn >= within) {
            field.error("does not come before `within`");
        }
        Some(warn)
    });
    let next = table.get("next").and_then(|field| field.lasting());
    // A condition that cannot be read must not widen the target.
    let (queue, channel) = (opened(queue)?, opened(channel)?);
    let (kind, class) = (opened(kind)?, opened(class)?);
    Some(Target { queue, channel, kind, class, within: within?, warn, next })
}

/// Tells an absent condition, `Some(None)`, from one that could not be read, `None`.
#[expect(clippy::option_option, reason = "absent and unreadable are two things here, and nowhere else")]
fn opened<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    read.map_or(Some(None), |condition| condition.map(Some))
}
