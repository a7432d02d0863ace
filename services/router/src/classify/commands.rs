//! Commands about subscriptions: the few words that are no matter for an agent.
//!
//! In: the firm's topics and loose words, once; then one text or menu key at a time. Out: what is
//! asked, by ids; matched whole, never from inside a text. Words that only sound like a cancel,
//! or cancel what nobody knows, hold promotion and are read by an agent. Never here: whether a
//! sender may use one letter (the store knows), what an act does.

use contract::{TopicId, consent::Asks, text::normalise};
use firm::Book;

/// The longest text that can be a command, in bytes; any longer one is free text.
const COMMAND_BYTES_MAX: usize = 512;
/// Words that cancel everything.
const CANCEL_ALL: &[&str] = &[
    "退订",
    "td",
    "取消订阅",
    "退订全部",
    "全部退订",
    "退订所有",
    "取消全部订阅",
    "stop",
    "stopall",
    "unsubscribe",
    "optout",
];
/// Words that cancel everything where something went to whoever writes them; otherwise a letter of
/// the alphabet, or somebody who wants something else to end.
const ANSWERS: &[&str] = &["t", "n", "r", "cancel", "end", "quit"];
/// What a topic comes after to be cancelled, the longest first.
const CANCEL: &[&str] = &["unsubscribe", "取消订阅", "退订", "stop", "td"];
/// What comes after them for everything, where it is no topic's keyword.
const EVERYTHING: &[&str] = &["全部", "所有", "一切", "all", "短信", "全部短信", "所有短信"];
/// What a topic comes after to be ordered, the longest first.
const ORDER: &[&str] = &["subscribe", "订阅", "订制", "定制"];
/// What sounds like a cancel inside a text.
const LOOSE: &[&str] = &["退订", "取消订阅", "拒收", "unsubscribe", "别再给我发", "不要再给我发", "别发了", "不要发了"];
/// What sounds like a cancel alone, and like anything inside a text: 分别发送, 不要发票, 退定金.
const LOOSE_ALONE: &[&str] =
    &["退定", "不要发", "别发", "回t", "回td", "回n", "回r", "回复t", "回复td", "回复n", "回复r"];
/// What follows `stop` in orders at the exchange.
const TRADED: &[&str] = &["loss", "limit", "order", "price", "profit"];

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// It asks this.
    Asks(Asks),
    /// It asks this of somebody to whom something goes or went; of anybody else it is free text.
    Answer(Asks),
}

/// The commands of a firm, ready to be asked.
#[derive(Debug, Default)]
pub struct Commands {
    /// Keywords, normalised.
    topics: Vec<(String, TopicId)>,
    /// Names as clients see them, normalised; whoever copies one means its topic.
    names: Vec<(String, TopicId)>,
    /// Phrases that hold promotion, normalised.
    loose: Vec<String>,
}

impl Commands {
    /// Takes topics and loose words of a firm.
    #[must_use]
    pub fn new(book: &Book) -> Self {
        let topics = book.topics.iter().map(|topic| (topic.keyword.clone(), topic.id.clone())).collect();
        let names = book.topics.iter().map(|topic| (trimmed(&normalise(&topic.name)).to_owned(), topic.id.clone()));
        let names = names.collect();
        let loose = LOOSE.iter().map(ToString::to_string).chain(book.consent.loose_words.iter().cloned()).collect();
        Self { topics, names, loose }
    }

    /// Reads the key of a menu: `order:<topic>`, `cancel:<topic>`, `subscriptions`.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Option<Asks> {
        let known = |id: &str| self.topics.iter().map(|(_, topic)| topic).find(|topic| topic.as_str() == id).cloned();
        match key.split_once(':') {
            None if key == "subscriptions" => Some(Asks::Show),
            Some(("order", id)) => known(id).map(Asks::Order),
            Some(("cancel", id)) => known(id).map(Asks::Cancel),
            _ => None,
        }
    }

    /// Reads a text; `None` when there is nothing of the kind in it.
    #[must_use]
    pub fn of_text(&self, text: &str) -> Option<Command> {
        if self.topics.is_empty() && self.loose.is_empty() {
            return None;
        }
        let text = normalise(text);
        if text.len() <= COMMAND_BYTES_MAX {
            let bare = trimmed(&text);
            // As it is written first: a keyword may stand in brackets as a signature does.
            for text in [bare, trimmed(without_signature(bare))] {
                if let Some(command) = self.whole(text) {
                    return Some(command);
                }
            }
            if sounds_like_cancel(bare) {
                return Some(Command::Asks(Asks::Hold));
            }
        }
        self.loose.iter().any(|word| text.contains(word.as_str())).then_some(Command::Asks(Asks::Hold))
    }

    fn whole(&self, text: &str) -> Option<Command> {
        if CANCEL_ALL.contains(&text) {
            return Some(Command::Asks(Asks::CancelAll));
        }
        if ANSWERS.contains(&text) {
            return Some(Command::Answer(Asks::CancelAll));
        }
        let topic = |verbs| self.of_keyword(after(text, verbs)?);
        let named = |verbs| self.of_name(after(text, verbs)?);
        let all = || EVERYTHING.contains(&after(text, CANCEL)?).then_some(Asks::CancelAll);
        let by_keyword = topic(CANCEL).map(Asks::Cancel).or_else(|| topic(ORDER).map(Asks::Order));
        let by_name = || named(CANCEL).map(Asks::Cancel).or_else(|| named(ORDER).map(Asks::Order));
        by_keyword.or_else(all).or_else(by_name).map(Command::Asks)
    }

    fn of_keyword(&self, word: &str) -> Option<TopicId> {
        self.topics.iter().find(|(keyword, _)| keyword == word).map(|(_, topic)| topic.clone())
    }

    /// Finds the topic of a name; none where several have it.
    fn of_name(&self, name: &str) -> Option<TopicId> {
        let mut of_name = self.names.iter().filter(|(known, _)| known == name && !known.is_empty());
        let (_, topic) = of_name.next()?;
        of_name.next().is_none().then(|| topic.clone())
    }
}

/// Gives what stands after one of these words at the beginning.
fn after<'a>(text: &'a str, verbs: &[&str]) -> Option<&'a str> {
    verbs.iter().find_map(|verb| text.strip_prefix(verb)).map(trimmed)
}

/// Says whether a text that is no command may be meant as one: it begins with a cancel word, is
/// one with gaps in it, or is one as it is often mistyped.
fn sounds_like_cancel(text: &str) -> bool {
    let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let begins = |verb: &&str| {
        let goes_on = |c: char| c.is_ascii_alphanumeric() && verb.is_ascii();
        let is_traded = |rest: &str| TRADED.iter().any(|word| trimmed(rest).starts_with(word));
        text.strip_prefix(verb).is_some_and(|rest| !rest.starts_with(goes_on) && !is_traded(rest))
    };
    CANCEL.iter().any(begins) || CANCEL_ALL.contains(&joined.as_str()) || LOOSE_ALONE.contains(&joined.as_str())
}

/// Takes off whatever is neither letter nor digit at both ends, but brackets with something in
/// them.
fn trimmed(text: &str) -> &str {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '【' && c != '】');
    let inner = text.strip_prefix('【').and_then(|text| text.strip_suffix('】'));
    match inner {
        Some(inner) if !inner.contains(['【', '】']) => trimmed(inner),
        _ => text,
    }
}

/// Takes off signatures `【…】` at both ends.
fn without_signature(mut text: &str) -> &str {
    loop {
        let start = text.strip_prefix('【').and_then(|rest| rest.split_once('】')).map(|(_, rest)| rest);
        let cut =
            start.or_else(|| text.strip_suffix('】').and_then(|rest| rest.rsplit_once('【')).map(|(rest, _)| rest));
        match cut.map(|rest| rest.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation())) {
            Some(rest) if rest.chars().any(char::is_alphanumeric) => text = rest,
            _ => return text,
        }
    }
}

#[cfg(test)]
mod tests;
