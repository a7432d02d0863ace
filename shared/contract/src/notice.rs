//! What an alert says: its words in every language, sealed as one and opened at each submit.
//!
//! In: what was posted, and what the firm adds. Out: plain data; how it travels is `wire`.
//! Never here: a client; what a template makes of him.

use std::fmt;

/// The language where an alert has no text in the client's own.
pub const LANGUAGE: &str = "zh-CN";

/// The words of one alert.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The subject of a mail.
    pub title: String,
    /// The text by language, `zh-CN` among them or the only one first.
    pub texts: Vec<(String, String)>,
    /// What the templates name, beside the client.
    pub vars: Vec<(String, String)>,
    /// The firm's signature, `【…】`; empty for none.
    pub signature: String,
    /// How to cancel; empty where that needs not be said.
    pub cancel: String,
}

impl Words {
    /// Gives the text of a language, or the one that everybody gets.
    #[must_use]
    pub fn text(&self, language: Option<&str>) -> &str {
        let of = |wanted: &str| self.texts.iter().find(|(known, _)| known == wanted);
        let found = language.and_then(of).or_else(|| of(LANGUAGE)).or_else(|| self.texts.first());
        found.map_or("", |(_, text)| text.as_str())
    }
}

// What a firm tells its clients is nobody else's.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({} texts, hidden)", self.texts.len())
    }
}
