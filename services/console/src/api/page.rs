//! Pages: which part of a list a caller wants, and where the next part begins.
//!
//! In: `cursor` and `limit` of a query; what was read, one item more than a page holds. Out:
//! the page and the cursor of the next one, as an opaque text. Never here: a filter; a
//! meaning of a cursor that a caller may rely on.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::Timestamp;
use serde::Deserialize;
use store::page::{PAGE_ITEMS_MAX, Place};
use utoipa::IntoParams;

use super::{error::Problem, shape::List};

/// Items on a page when the caller does not say.
const ITEMS_USUAL: u32 = 50;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Where the page before ended.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// Items on a page, 1 to 200; more count as 200.
    #[serde(default)]
    #[param(value_type = u64, required = false, minimum = 1)]
    limit: Limit,
}

/// A place in a list of the store, as callers hand it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Place);

/// How many items a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Limit(u32);

impl Page {
    /// Gives the place after which it begins.
    pub fn after<C: FromStr>(&self) -> Result<Option<C>, Problem> {
        let read = |text: &String| text.parse().map_err(|_| Problem::field("cursor", "not a cursor of this list"));
        self.cursor.as_ref().map(read).transpose()
    }

    /// Gives how many items it has at most.
    #[must_use]
    pub const fn items(&self) -> u32 {
        self.limit.0
    }

    /// Gives one more, by which it is known whether another page follows.
    #[must_use]
    pub const fn and_one(&self) -> u32 {
        self.limit.0 + 1
    }

    /// Cuts what was read to the page and gives the cursor of the next one.
    #[must_use]
    pub fn cut<T, C: fmt::Display>(&self, mut read: Vec<T>, cursor: impl Fn(&T) -> C) -> (Vec<T>, Option<String>) {
        let items = usize::try_from(self.items()).unwrap_or(usize::MAX);
        let more = read.len() > items;
        read.truncate(items);
        let next = read.last().filter(|_| more).map(|last| cursor(last).to_string());
        (read, next)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(ITEMS_USUAL)
    }
}

impl TryFrom<String> for Limit {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let limit = text.parse::<u64>().ok().filter(|limit| *limit > 0).ok_or("needs a number from 1 to 200")?;
        Ok(Self(u32::try_from(limit).unwrap_or(PAGE_ITEMS_MAX).min(PAGE_ITEMS_MAX)))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0.at.as_ms().to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.0.id.to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Says that a text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;
    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoCursor)?;
        let (at, id) = bytes.split_at_checked(8).ok_or(NoCursor)?;
        let at = i64::from_be_bytes(at.try_into().map_err(|_| NoCursor)?);
        let id = u128::from_be_bytes(id.try_into().map_err(|_| NoCursor)?);
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
