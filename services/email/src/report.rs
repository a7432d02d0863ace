//! Reports of other mail systems about a mail: bounces, delays, receipts, complaints.
//!
//! In: the tree of a mail. Out: what it reports, by RFC 3464 fields where it has them, else
//! by the codes and words of its text. Never here: whether the mail is a report at all when
//! it has no report part (see `automatic`); a look-up of what was reported about.

use crate::mail::{Entity, Headers};

mod code;

pub use code::Status;

/// Bytes of a report's text that are searched for codes and words.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;
/// Groups of fields of a delivery status that are read.
const GROUPS_MAX: usize = 100;

/// What a report says about a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It will not arrive.
    Failed,
    /// It has not arrived yet, and is still being tried.
    Delayed,
    /// It arrived, or was handed on.
    Delivered,
    /// Somebody opened it, or declared it spam.
    Handled,
    /// The report does not tell.
    Unclear,
}

/// A report, as far as it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// What became of the mail.
    pub fate: Fate,
    /// The enhanced status code, if one is given or follows from a reply code.
    pub status: Option<Status>,
}

/// Reads the report part of a mail; `None` when it has none.
#[must_use]
pub fn read(mail: &Entity<'_>) -> Option<Report> {
    let mut found = None;
    mail.leaves(&mut |leaf| {
        if found.is_none() {
            found = part(leaf);
        }
    });
    let found = found.or_else(|| declared(mail))?;
    // A report part that names no recipient leaves it to the words around it.
    Some(if found.fate == Fate::Unclear { guess(mail) } else { found })
}

/// Reads a mail that is a report by other signs: fields that lost their part, else codes
/// and words of its subject and text, but not those of the mail that it returns.
#[must_use]
pub fn guess(mail: &Entity<'_>) -> Report {
    let spoken = spoken_text(mail);
    let fields = delivery_status(&spoken);
    if fields.fate != Fate::Unclear {
        return fields;
    }
    let words = format!("{}\n{spoken}", mail.headers.text("subject").unwrap_or_default()).to_lowercase();
    let status = code::search_failure(&spoken);
    let fate = match status.map(|status| status.class) {
        _ if says_delayed(&words) => Fate::Delayed,
        Some(5) => Fate::Failed,
        _ if says_failed(&words) => Fate::Failed,
        Some(_) => Fate::Delayed,
        None => Fate::Unclear,
    };
    Report { fate, status }
}

/// Gives all text of a report, what it encloses included, at most `SEARCHED_BYTES_MAX`.
#[must_use]
pub fn searched_text(mail: &Entity<'_>) -> String {
    gather(mail, |kind| kind.starts_with("text/") || kind.starts_with("message/") || kind.starts_with("multipart/"))
}

/// Gives what the reporting system itself says.
fn spoken_text(mail: &Entity<'_>) -> String {
    let own = |kind: &str| matches!(kind, "text/plain" | "text/html" | "message/delivery-status");
    let mut text = gather(mail, |kind| own(kind) || kind.starts_with("multipart/"));
    let folded = text.to_ascii_lowercase();
    if let Some(end) = RETURNED.iter().filter_map(|words| folded.find(words)).min() {
        text.truncate(end);
    }
    text
}

fn gather(mail: &Entity<'_>, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    mail.leaves(&mut |leaf| {
        if wanted(leaf.media_type()) && text.len() < SEARCHED_BYTES_MAX {
            let whole = leaf.text();
            let room = SEARCHED_BYTES_MAX - text.len();
            text.extend(whole.char_indices().take_while(|(at, _)| *at < room).map(|(_, c)| c));
            text.push('\n');
        }
    });
    text
}

fn part(leaf: &Entity<'_>) -> Option<Report> {
    match leaf.media_type() {
        "message/delivery-status" | "message/global-delivery-status" | "text/delivery-status" => {
            Some(delivery_status(&leaf.text()))
        }
        "message/disposition-notification" | "message/global-disposition-notification" | "message/feedback-report" => {
            Some(Report { fate: Fate::Handled, status: None })
        }
        _ => None,
    }
}

/// Falls back on the report type that the head declares when the part itself is missing.
fn declared(mail: &Entity<'_>) -> Option<Report> {
    if mail.media_type() != "multipart/report" {
        return None;
    }
    let kind = mail.content.get("report-type").unwrap_or_default().to_ascii_lowercase();
    if matches!(kind.as_str(), "disposition-notification" | "feedback-report") {
        return Some(Report { fate: Fate::Handled, status: None });
    }
    Some(guess(mail))
}

/// Reads the groups of fields of RFC 3464; the worst recipient counts.
fn delivery_status(text: &str) -> Report {
    let unified = text.replace("\r\n", "\n");
    let groups = unified.split("\n\n").filter(|group| !group.trim().is_empty()).take(GROUPS_MAX);
    let reports: Vec<Report> =
        groups.filter_map(|group| recipient(&Headers::split(group.trim_start().as_bytes()).0)).collect();
    let worst = reports.iter().copied().max_by_key(|report| severity(report.fate));
    worst.unwrap_or(Report { fate: Fate::Unclear, status: None })
}

const fn severity(fate: Fate) -> u8 {
    match fate {
        Fate::Failed => 4,
        Fate::Delayed => 3,
        Fate::Delivered => 2,
        Fate::Handled => 1,
        Fate::Unclear => 0,
    }
}

fn recipient(fields: &Headers) -> Option<Report> {
    let action = fields.token("action");
    let given = fields.text("status").and_then(|text| code::search(&text));
    let diagnosed = fields.text("diagnostic-code").and_then(|text| code::search(&text));
    // A bare `5.0.0` says less than the code in the diagnosis.
    let status = match (given, diagnosed) {
        (Some(given), Some(better)) if given.is_bare() && better.class == given.class => Some(better),
        (given, diagnosed) => given.or(diagnosed),
    };
    let fate = match (action.as_deref(), status.map(|status| status.class)) {
        (Some("failed" | "failure"), _) => Fate::Failed,
        (Some("delayed"), _) => Fate::Delayed,
        (Some("delivered" | "relayed" | "expanded"), _) => Fate::Delivered,
        (_, Some(5)) => Fate::Failed,
        (_, Some(4)) => Fate::Delayed,
        (_, Some(2)) => Fate::Delivered,
        (Some(_), _) => Fate::Unclear,
        (None, _) => return None,
    };
    Some(Report { fate, status })
}

fn says_delayed(text: &str) -> bool {
    DELAYED.iter().any(|words| text.contains(words)) && !GIVEN_UP.iter().any(|words| text.contains(words))
}

fn says_failed(text: &str) -> bool {
    FAILED.iter().any(|words| text.contains(words))
}

/// Words of a report about a mail that is still being tried.
const DELAYED: [&str; 18] = [
    "this is a warning message only",
    "do not need to resend",
    "do not need to re-send",
    "has not yet been delivered",
    "temporary failure report",
    "will be retried",
    "will keep trying",
    "will continue to try",
    "message is delayed",
    "delivery is delayed",
    "delayed delivery",
    "has been delayed",
    "still being retried",
    "could not send message for past",
    "no action is required on your part",
    "暂时无法投递",
    "将继续尝试",
    "投递延迟",
];

/// Words of a report that the trying is over.
const GIVEN_UP: [&str; 5] = ["giving up", "given up", "gave up", "permanent", "could not be delivered"];

/// Words of a report about a mail that will not arrive.
const FAILED: [&str; 38] = [
    "user unknown",
    "unknown user",
    "unknown recipient",
    "no such user",
    "no such mailbox",
    "does not exist",
    "doesn't exist",
    "not recognized",
    "is disabled",
    "invalid final delivery",
    "could not be delivered",
    "couldn't be delivered",
    "did not reach",
    "undeliverable",
    "undelivered",
    "non-delivered",
    "returned mail",
    "permanent",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "quota exceeded",
    "exceeded the",
    "expired",
    "rejected",
    "not listed in",
    "host unknown",
    "delivery failed",
    "delivery failure",
    "(failure)",
    "failed to deliver",
    "unable to deliver",
    "attempting to deliver",
    "giving up",
    "退信",
    "投递失败",
    "无法投递",
    "收件人不存在",
];

/// Where a report ends and the mail that it returns begins.
const RETURNED: [&str; 8] = [
    "----- original message",
    "below is a copy of the original message",
    "original message follows",
    "------ this is a copy of the message",
    "--- below this line is a copy of the message",
    "------- returned message",
    "----- unsent message follows",
    "-----original message-----",
];

#[cfg(test)]
mod tests;
