//! What the house itself tells a client of his matter: a receipt, what becomes of a call-back.
//!
//! In: what is said, the firm's names. Out: one short text with the firm's signature, times in the
//! branch's zone; what it is; how long it is worth sending. Never here: an address, a row, a clock.

use contract::{BranchId, Category, Kind, Timestamp, journal::Saying, view::SaidView};
use firm::Book;
use jiff::tz::TimeZone;

use crate::plan::ANSWER_LIFE;

/// Who calls, where the firm file has no name for him.
const SOMEBODY: &str = "专人";

/// Gives the text.
#[must_use]
pub fn text(book: &Book, view: &SaidView) -> String {
    let said = &view.said;
    let zone = zone(book, &view.branch);
    let at = |time: Timestamp| time_text(time, &zone);
    let who = name(book, said.owner.as_str());
    let words = match said.saying {
        Saying::Receipt(by) => {
            let (kind, number) = (kind_text(said.kind), said.case.number());
            format!("您的{kind}已受理，编号{number}，{who}将在{}前与您联系。", at(by))
        }
        Saying::Booked(time) => format!("已为您预约回电，{who}将于{}致电。", at(time)),
        Saying::Owed(by) => format!("已为您登记回电，我们将在{}前致电。", at(by)),
        // Agreed anew within the minute, or for another number.
        Saying::Moved(was, time) if at(was) == at(time) => format!("您预约的回电时间不变，{who}将于{}致电。", at(time)),
        Saying::Moved(was, time) => {
            format!("原定{}的回电调整为{}，由{who}致电，谢谢理解。", at(was), at(time))
        }
        Saying::Kept => "您预约的回电已完成，如仍有疑问请随时与我们联系。".to_owned(),
        Saying::Tried(next) => format!("我们两次致电未能接通，将于{}再次致电。", at(next)),
    };
    format!("{}{words}", book.names.signature)
}

/// Gives what it is, for lanes and lists.
#[must_use]
pub const fn category(saying: Saying) -> Category {
    match saying {
        Saying::Receipt(_) => Category::Service,
        Saying::Booked(_) | Saying::Owed(_) | Saying::Moved(..) | Saying::Kept | Saying::Tried(_) => Category::Callback,
    }
}

/// Gives from when on it is worth nothing any more: a day later, or at the time that it names.
#[must_use]
pub fn expires_at(view: &SaidView) -> Timestamp {
    let named = match view.said.saying {
        Saying::Booked(time) | Saying::Owed(time) | Saying::Moved(_, time) | Saying::Tried(time) => Some(time),
        Saying::Receipt(_) | Saying::Kept => None,
    };
    let day = view.at + ANSWER_LIFE;
    named.map_or(day, |time| time.min(day))
}

fn zone(book: &Book, branch: &BranchId) -> TimeZone {
    let named = book.firm.branches.iter().find(|known| known.id == *branch);
    named.and_then(|branch| TimeZone::get(&branch.time_zone).ok()).unwrap_or(TimeZone::UTC)
}

fn time_text(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.as_ms()) else { return at.to_string() };
    let local = instant.to_zoned(zone.clone());
    format!("{}月{}日{:02}:{:02}", local.month(), local.day(), local.hour(), local.minute())
}

fn name<'a>(book: &'a Book, who: &str) -> &'a str {
    book.names.agents.iter().find(|(agent, _)| agent.as_str() == who).map_or(SOMEBODY, |(_, name)| name)
}

const fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Complaint => "投诉",
        Kind::Suggestion => "建议",
        Kind::Report => "举报",
        Kind::Enquiry
        | Kind::Referral
        | Kind::Incident
        | Kind::Account
        | Kind::Onboarding
        | Kind::Callback
        | Kind::Followup
        | Kind::Survey
        | Kind::Subscription => "来件",
    }
}

#[cfg(test)]
mod tests;
