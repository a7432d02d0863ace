//! Sizes with their unit: `512KiB`, `64MiB`, `2GiB`.
//!
//! In: a text. Out: bytes, and the text again. Never here: a bare number.

use firm::sheet::Field;

/// Units, the largest first.
const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// Reads a size.
pub(super) fn read(field: &Field<'_>) -> Option<u64> {
    let text = field.text()?;
    let read = bytes(text);
    if read.is_none() {
        field.error(format!("“{text}” is no size such as 512KiB, 64MiB, 2GiB"));
    }
    read
}

fn bytes(text: &str) -> Option<u64> {
    let (number, shift) = UNITS.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)))?;
    let number: u64 = number.parse().ok()?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0)
}

/// Writes a size in the largest unit that leaves nothing over.
pub(super) fn shown(bytes: u64) -> String {
    let fits = |(_, shift): &&(&str, u32)| bytes.is_multiple_of(1 << *shift);
    let (unit, shift) = UNITS.iter().find(fits).copied().unwrap_or(("KiB", 10));
    format!("{}{unit}", bytes >> shift)
}
