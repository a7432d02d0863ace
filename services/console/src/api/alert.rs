//! Alerts as programs and shift leaders post them: the form, and the firm's rules for it.
//!
//! In: JSON, the firm in force. Out: a draft that can be posted, or the field that is wrong.
//! Never here: a recipient, the store.

use std::collections::BTreeMap;

use channel::{
    letter::{Letter, NoLetter, Reader, is_personal, letter},
    parts::{Parts, parts},
};
use contract::{
    BranchId, Category, ChannelKind, ClientId, ProductRisk, Timestamp, TopicId,
    command::AHEAD_MAX,
    id::derived,
    notice::{LANGUAGE, Words},
};
use firm::{Book, DayWindow, Expiry, Topic};
use serde::Deserialize;
use store::notice::{Draft, Rules, Stretch, today_at};
use utoipa::ToSchema;

use super::{
    allowed::{form, spare_form},
    ask::TEXT_BYTES_MAX,
    body::{Text, maybe},
    error::Problem,
    plain::plain,
};
use crate::ports::FirmInForce;

/// The longest title in characters.
const TITLE_CHARS_MAX: usize = 200;
/// Languages of one alert, and names it may use, at most.
const TEXTS_MAX: usize = 8;
const VARS_MAX: usize = 32;
/// The longest value of a name, in characters.
const VAR_CHARS_MAX: usize = 1000;
/// The longest name, and the longest number of a client, in characters.
const NAME_CHARS_MAX: usize = 64;
/// Short messages that one text may take.
const PARTS_MAX: usize = 10;
/// How long an alert lives that says nothing of it, nor does its topic.
const LIFE: contract::Millis = contract::Millis::from_secs(24 * 3600);

/// An alert to many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertBody {
    /// The branch that sends it; of a user of one branch his own.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<BranchId>, required = false)]
    pub branch: Option<BranchId>,
    /// `risk`, `service`, `callback`, `commercial` or `advice`.
    #[schema(schema_with = form::<Category>)]
    pub category: Text<Category>,
    /// The topic: whoever ordered it gets it; with `clients` only its rules hold.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<TopicId>, required = false)]
    pub topic: Option<TopicId>,
    /// The clients, each by id or by his number in the book.
    #[serde(default)]
    pub clients: Option<Vec<String>>,
    /// The subject of a mail.
    pub title: String,
    /// The text, at most 16 KiB; a template that may name `client.name`, `client.number` and `vars`.
    #[serde(default)]
    pub text: Option<String>,
    /// The text by language, `zh-CN`, `en`, beside or instead of `text`.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
    /// What the templates name.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
    /// From when on none of it is submitted; where it is not given the topic's, else a day later.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<Timestamp>, required = false)]
    pub expires_at: Option<Timestamp>,
    /// The risk of the product it speaks of, `R1` to `R5`; where it is not given the topic's.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<ProductRisk>, required = false)]
    pub product_risk: Option<ProductRisk>,
}

/// A draft, and how it looks to somebody.
#[derive(Debug)]
pub struct Drafted {
    /// What may be posted.
    pub draft: Draft,
    /// The short message that a client would get.
    pub letter: Letter,
    /// In how many parts.
    pub parts: Parts,
}

impl AlertBody {
    /// Makes a draft by the rules of the firm in force.
    pub fn draft(self, branch: BranchId, firm: &FirmInForce, now: Timestamp) -> Result<Drafted, Problem> {
        let book = &firm.book;
        let topic = self.topic.as_ref().map(|id| known(book, id)).transpose()?;
        let category = self.category.0;
        if topic.is_some_and(|topic| topic.category != category) {
            return Err(Problem::field("category", "the topic is of another category"));
        }
        let zone = book.firm.branches.iter().find(|known| known.id == branch).map(|branch| branch.time_zone.clone());
        let zone = zone.ok_or_else(|| Problem::field("branch", "no such branch"))?;
        let expires_at = expiry(self.expires_at, topic, &zone, now)?;
        let risk = self.product_risk.or_else(|| topic.and_then(|topic| topic.risk));
        if category == Category::Advice && risk.is_none() {
            return Err(Problem::field("product_risk", "advice names the risk of what it speaks of"));
        }
        let clients = self.clients.as_ref().map(|clients| ids(clients)).transpose()?;
        if clients.is_none() && topic.is_none() {
            return Err(Problem::field("clients", "either a topic or clients are named"));
        }
        let rules = rules(firm, category, (topic, risk), zone);
        let words = self.words(book, category, topic.filter(|_| clients.is_none()))?;
        let personal = is_personal(&words);
        let (letter, parts) = letters(&words)?;
        let draft = Draft {
            branch,
            category,
            topic: topic.map(|topic| topic.id.clone()),
            clients,
            words,
            personal,
            expires_at,
            rules,
        };
        Ok(Drafted { draft, letter, parts })
    }

    fn words(self, book: &Book, category: Category, topic: Option<&Topic>) -> Result<Words, Problem> {
        let title = plain(&self.title);
        if title.chars().count() > TITLE_CHARS_MAX {
            return Err(Problem::field("title", "is longer than 200 characters"));
        }
        let first = self.text.map(|text| (LANGUAGE.to_owned(), text));
        let others = self.texts.into_iter().filter(|(language, _)| first.is_none() || language != LANGUAGE);
        let mut texts = Vec::new();
        for (language, text) in first.clone().into_iter().chain(others) {
            let field =
                if texts.is_empty() && first.is_some() { "text".to_owned() } else { format!("texts.{language}") };
            if text.len() > TEXT_BYTES_MAX {
                return Err(Problem::field(field, "is longer than 16 KiB"));
            }
            if texts.len() == TEXTS_MAX || !is_language(&language) {
                return Err(Problem::field("texts", "at most 8 languages, named like zh-CN and en"));
            }
            texts.push((language, plain(&text)));
        }
        if texts.is_empty() {
            return Err(Problem::field("text", "missing field"));
        }
        let is_name = |name: &String| {
            (1..=NAME_CHARS_MAX).contains(&name.len())
                && name != "client"
                && name.starts_with(|sign: char| sign.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let fine = |(name, value): (&String, &String)| is_name(name) && value.chars().count() <= VAR_CHARS_MAX;
        if self.vars.len() > VARS_MAX || !self.vars.iter().all(fine) {
            return Err(Problem::field("vars", "at most 32 names of a-z, 0-9 and _, with up to 1000 characters each"));
        }
        let vars = self.vars.into_iter().map(|(name, value)| (name, plain(&value))).collect();
        let cancel = match (category.is_promotion(), topic) {
            (false, _) => String::new(),
            (true, None) => "回复TD退订".to_owned(),
            (true, Some(topic)) => format!("回复“退订 {}”取消本项,回复TD取消全部", topic.keyword),
        };
        Ok(Words { title, texts, vars, signature: book.names.signature.clone(), cancel })
    }
}

fn known<'a>(book: &'a Book, id: &TopicId) -> Result<&'a Topic, Problem> {
    book.topic(id).ok_or_else(|| Problem::field("topic", "no such topic"))
}

/// Reads clients, each by his id or by his number in the book.
fn ids(clients: &[String]) -> Result<Vec<ClientId>, Problem> {
    if clients.is_empty() {
        return Err(Problem::field("clients", "is empty"));
    }
    let read = |(place, text): (usize, &String)| {
        let fine = (1..=NAME_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if !fine {
            return Err(Problem::field(format!("clients[{place}]"), "needs an id or a number of the client book"));
        }
        // As the directory derives it.
        Ok(text.parse().unwrap_or_else(|_| ClientId::new(derived(&[b"client", text.as_bytes()]))))
    };
    clients.iter().enumerate().map(read).collect()
}

fn expiry(asked: Option<Timestamp>, topic: Option<&Topic>, zone: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let at = match (asked, topic.and_then(|topic| topic.expires)) {
        (Some(at), _) => at,
        (None, Some(Expiry::After(span))) => now + span,
        (None, Some(Expiry::At(hour))) => today_at(zone, hour.minutes(), now).unwrap_or(now),
        (None, None) => now + LIFE,
    };
    if at <= now {
        let what =
            if asked.is_some() { "lies in the past" } else { "the topic's notices are worth nothing any more today" };
        return Err(Problem::field("expires_at", what));
    }
    let far = at.since(now) > AHEAD_MAX;
    if far { Err(Problem::field("expires_at", "lies more than 366 days ahead")) } else { Ok(at) }
}

fn rules(
    firm: &FirmInForce,
    category: Category,
    (topic, risk): (Option<&Topic>, Option<ProductRisk>),
    zone: String,
) -> Rules {
    let stretch = |window: DayWindow| Stretch { from: window.from().minutes(), to: window.to().minutes() };
    let consent = &firm.book.consent;
    let promotes = category.is_promotion();
    Rules {
        firm: firm.version,
        risk: risk.filter(|_| promotes),
        zone,
        quiet: promotes.then(|| stretch(consent.quiet)),
        window: topic.and_then(|topic| topic.window).filter(|_| promotes).map(stretch),
        per_day: promotes.then_some(consent.per_day),
    }
}

/// Writes every text to a client as there may be one, on the channels that differ.
fn letters(words: &Words) -> Result<(Letter, Parts), Problem> {
    let reader = Reader::new(Some("客户".to_owned()), Some("000012345678"));
    let mut shown = None;
    for (language, _) in &words.texts {
        let write = |channel| letter(words, &reader, Some(language), channel, false);
        write(ChannelKind::Email).map_err(|why| wrong(language, &why))?;
        let sms = write(ChannelKind::Sms).map_err(|why| wrong(language, &why))?;
        let parts = parts(&sms.text);
        if parts.parts > PARTS_MAX {
            let what = format!("takes {} short messages, at most {PARTS_MAX} are sent", parts.parts);
            return Err(Problem::field(field(language), what));
        }
        shown.get_or_insert((sms, parts));
    }
    shown.ok_or_else(|| Problem::field("text", "missing field"))
}

fn wrong(language: &str, why: &NoLetter) -> Problem {
    Problem::field(field(language), why.to_string())
}

fn field(language: &str) -> String {
    if language == LANGUAGE { "text".to_owned() } else { format!("texts.{language}") }
}

/// Says whether a text names a language, `en` or `zh-CN`.
fn is_language(text: &str) -> bool {
    (2..=11).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests;
