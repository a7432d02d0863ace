//! Rows read back: columns become contract types, and what does not parse is a fault.
//!
//! In: a row of a query. Out: ids, words, times. Never here: SQL.

use std::str::FromStr;

use contract::Timestamp;
use sea_orm::QueryResult;

use crate::StoreError;

/// Reads the columns of a row by name.
pub(crate) trait Columns {
    /// Reads bytes.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, StoreError>;
    /// Reads bytes that may be absent.
    fn bytes_or_none(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Reads a number.
    fn int(&self, name: &str) -> Result<i64, StoreError>;
    /// Reads a number that may be absent.
    fn int_or_none(&self, name: &str) -> Result<Option<i64>, StoreError>;
    /// Reads a text.
    fn text(&self, name: &str) -> Result<String, StoreError>;
    /// Reads a text that may be absent.
    fn text_or_none(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Reads exactly `N` bytes.
    fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], StoreError> {
        whole(self.bytes(name)?)
    }
    /// Reads an id of 16 bytes.
    fn id(&self, name: &str) -> Result<u128, StoreError> {
        Ok(u128::from_be_bytes(self.array(name)?))
    }
    /// Reads an id that may be absent.
    fn id_or_none(&self, name: &str) -> Result<Option<u128>, StoreError> {
        self.bytes_or_none(name)?.map(|raw| Ok(u128::from_be_bytes(whole(raw)?))).transpose()
    }
    /// Reads a count.
    fn count(&self, name: &str) -> Result<u64, StoreError> {
        u64::try_from(self.int(name)?).map_err(|_| StoreError::bug("a stored count is negative"))
    }
    /// Reads a small count.
    fn small(&self, name: &str) -> Result<u32, StoreError> {
        u32::try_from(self.int(name)?).map_err(|_| StoreError::bug("a stored count is out of range"))
    }
    /// Reads a time.
    fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.int(name).map(Timestamp::from_ms)
    }
    /// Reads a time that may be absent.
    fn time_or_none(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.int_or_none(name)?.map(Timestamp::from_ms))
    }
    /// Reads a word of a closed list, or a slug.
    fn word<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        parsed(&self.text(name)?)
    }
    /// Reads a word that may be absent.
    fn word_or_none<T: FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.text_or_none(name)?.map(|text| parsed(&text)).transpose()
    }
}

impl Columns for QueryResult {
    fn bytes(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.try_get("", name)?)
    }
    fn bytes_or_none(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get("", name)?)
    }
    fn int(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self.try_get("", name)?)
    }
    fn int_or_none(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get("", name)?)
    }
    fn text(&self, name: &str) -> Result<String, StoreError> {
        Ok(self.try_get("", name)?)
    }
    fn text_or_none(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get("", name)?)
    }
}

/// Parses a stored word.
pub(crate) fn parsed<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::bug("a stored word does not parse"))
}

fn whole<const N: usize>(raw: Vec<u8>) -> Result<[u8; N], StoreError> {
    raw.try_into().map_err(|_| StoreError::bug("stored bytes have the wrong length"))
}
