//! What a process of a house on servers is called: in `access/<process>`, where no other
//! process may write.
//!
//! In: a text of the configuration. Out: whether it can be a name.
//! Never here: an address.

/// The longest name in characters.
pub(crate) const NAME_CHARS_MAX: usize = 64;
/// Says whether a text can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-' || sign == '_';
    !text.is_empty() && text.len() <= NAME_CHARS_MAX && text.chars().all(is_sign)
}
