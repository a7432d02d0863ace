//! Status codes in the text of reports.
//!
//! In: any text. Out: the first enhanced code (RFC 3463) in it, else what follows from the
//! first SMTP reply code. Never here: an address, which may look like a number too.

use std::fmt;

/// An enhanced status code, `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 2 success, 4 not yet, 5 never.
    pub class: u8,
    /// What it is about: address, mailbox, system, routing, protocol, content, policy.
    pub subject: u16,
    /// The detail.
    pub detail: u16,
}

impl Status {
    /// Says whether it tells its class only.
    #[must_use]
    pub const fn is_bare(self) -> bool {
        self.subject == 0 && self.detail == 0
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Finds the status that a field tells.
pub(super) fn search(text: &str) -> Option<Status> {
    words(text).find_map(enhanced).or_else(|| words(text).find_map(reply))
}

/// Finds the failure that free text tells, where a `2.0.1` is the version of something.
pub(super) fn search_failure(text: &str) -> Option<Status> {
    let failure = |status: &Status| status.class != 2;
    words(text).filter_map(enhanced).find(failure).or_else(|| words(text).find_map(reply))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
}

fn enhanced(word: &str) -> Option<Status> {
    // `550-5.1.1`, `5.1.1.`; four numbers are an address of the internet.
    let word = word.rsplit('-').next().unwrap_or_default().trim_end_matches('.');
    let mut numbers = word.split('.');
    let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() || class.len() != 1 || detail.is_empty() {
        return None;
    }
    let class = class.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    let small = |text: &str| text.parse().ok().filter(|number: &u16| *number < 1_000 && text.len() <= 3);
    Some(Status { class, subject: small(subject)?, detail: small(detail)? })
}

fn reply(word: &str) -> Option<Status> {
    let digits = word.split('-').next().unwrap_or_default();
    let number: u16 = digits.parse().ok().filter(|_| digits.len() == 3)?;
    let class = match number {
        421 | 450..=459 => 4,
        500..=509 | 521 | 523 | 530 | 535 | 540..=579 => 5,
        _ => return None,
    };
    Some(Status { class, subject: 0, detail: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(search(text).map(|status| status.to_string()).unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn codes_are_found_in_any_text() {
        check("smtp; 550 5.1.1 <x@example.test>: no such user", "5.1.1");
        check("550-5.7.26 blocked", "5.7.26");
        check("(#5.1.1)", "5.1.1");
        check("said: 550 unknown user", "5.0.0");
        check("451 try later", "4.0.0");
        check("5.0.910", "5.0.910");
    }

    #[test]
    fn other_numbers_are_no_codes() {
        for text in ["5.1.1.9", "192.0.2.5", "version 4.87", "550.00", "5.1.1000", "port 2525", "3.1.4"] {
            check(text, "");
        }
        assert_eq!(search_failure("framework v2.753.1, 2.1.3"), None);
    }
}
