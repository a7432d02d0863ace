//! Cursors: where a page ended, as an opaque text.
//!
//! In: places of the store, or the text of an earlier page. Out: the other. Never here: a
//! meaning that a caller may rely on.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::Timestamp;
use serde::Deserialize;
use store::page::{PAGE_ITEMS_MAX, Place};

use super::{error::Problem, shape::List};

/// Items on a page when the caller does not say.
const ITEMS_USUAL: u32 = 50;

/// A place in a list, as callers hand it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Place);

/// How many items a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Limit(pub u32);

impl Default for Limit {
    fn default() -> Self {
        Self(ITEMS_USUAL)
    }
}

impl TryFrom<String> for Limit {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let limit = text.parse().ok().filter(|limit| *limit > 0);
        limit.map(|limit: u32| Self(limit.min(PAGE_ITEMS_MAX))).ok_or("no number of items")
    }
}

impl Limit {
    /// Gives one more, by which it is known whether another page follows.
    #[must_use]
    pub const fn and_one(self) -> u32 {
        self.0 + 1
    }

    /// Cuts what was read to the page and gives the cursor of the next one.
    #[must_use]
    pub fn cut<T>(self, mut read: Vec<T>, place: impl Fn(&T) -> Place) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.0).unwrap_or(usize::MAX);
        let more = read.len() > limit;
        read.truncate(limit);
        let next = read.last().filter(|_| more).map(|last| Cursor(place(last)).text());
        (read, next)
    }
}

impl Cursor {
    /// Gives the text that callers hand back.
    #[must_use]
    pub fn text(self) -> String {
        let mut bytes = self.0.at.as_ms().to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.0.id.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl FromStr for Cursor {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::field("cursor", "not a cursor of this list");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let (at, id) = bytes.split_at_checked(8).ok_or_else(wrong)?;
        let at = i64::from_be_bytes(at.try_into().map_err(|_| wrong())?);
        let id = u128::from_be_bytes(id.try_into().map_err(|_| wrong())?);
        Ok(Self(Place { at: Timestamp::from_ms(at), id }))
    }
}

impl<T> List<T> {
    /// Makes a page with the cursor of the next one.
    #[must_use]
    pub const fn page(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next }
    }
}

#[cfg(test)]
mod tests;
