//! `[consent]`: when promotion keeps quiet, how much of it there may be, and which words hold it.
//!
//! In: the root table. Out: the firm's rules for promotion, each key over its default.
//! Never here: a consent of anybody.

use contract::text::normalise;

use crate::{book::ConsentRules, sheet::Table};

/// How many commercial and advice notices a day a firm may allow at most.
const PER_DAY_MAX: i64 = 100;
/// The law's least time that evidence is kept after its end, in months.
const EVIDENCE_MONTHS_MIN: u32 = 6;
/// The longest time that evidence is kept after its end, in months.
const EVIDENCE_MONTHS_MAX: u32 = 100 * 12;
/// How many loose words a firm may name.
const LOOSE_WORDS_MAX: usize = 200;

pub(super) fn read(root: &Table<'_>, rules: &mut ConsentRules) {
    let Some(table) = root.get("consent").and_then(|field| field.table()) else { return };
    if let Some(quiet) = table.get("quiet").and_then(|field| field.parse()) {
        rules.quiet = quiet;
    }
    let per_day = table.get("per_day").and_then(|field| field.whole(0, PER_DAY_MAX));
    if let Some(per_day) = per_day.and_then(|per_day| u32::try_from(per_day).ok()) {
        rules.per_day = per_day;
    }
    if let Some(field) = table.get("evidence_after_end") {
        match field.text().map(months) {
            Some(Some(months)) if (EVIDENCE_MONTHS_MIN..=EVIDENCE_MONTHS_MAX).contains(&months) => {
                rules.evidence_months = months;
            }
            Some(Some(_)) => field.error("is not within 6 months and 100 years"),
            Some(None) => field.error("is no count of months or years such as 6 months, 20 years"),
            None => {}
        }
    }
    if let Some(field) = table.get("loose_words") {
        let words = field.list();
        if words.len() > LOOSE_WORDS_MAX {
            field.error(format!("has more than {LOOSE_WORDS_MAX} entries"));
        }
        rules.loose_words = words.iter().filter_map(|word| Some(normalise(word.filled()?.trim()))).collect();
    }
    table.close();
}

fn months(text: &str) -> Option<u32> {
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    match unit.trim() {
        "month" | "months" => Some(number),
        "year" | "years" => number.checked_mul(12),
        _ => None,
    }
}
