//! Spans: how long clients waited for an offer, and offers for an answer, for `/metrics`.
//!
//! In: what a commit changed. Out: two histograms. Never here: who.

use contract::{
    Millis, OfferState, Timestamp,
    view::{Change, OfferView},
};

/// Records what offers of a commit took.
pub(super) fn record(changes: &[Change], now: Timestamp) {
    for change in changes {
        let Change::Offer(offer) = change else { continue };
        if offer.state == OfferState::Open {
            offered(offer, changes);
        } else if offer.state == OfferState::Accepted {
            let labels = [("branch", offer.branch.to_string())];
            metrics::histogram!("shouwen_offer_answer_seconds", &labels).record(seconds(now.since(offer.made_at)));
        }
    }
}

fn offered(offer: &OfferView, changes: &[Change]) {
    let of = |change: &Change| match change {
        Change::Case(case) if case.id == offer.case => Some((case.queue.clone(), case.waiting_since?)),
        Change::Case(_)
        | Change::Offer(_)
        | Change::Promise(_)
        | Change::Agent(_)
        | Change::Contact(_)
        | Change::Outcome(_)
        | Change::Reply(_)
        | Change::Told(_) => None,
    };
    if let Some((queue, since)) = changes.iter().find_map(of) {
        let labels = [("branch", offer.branch.to_string()), ("queue", queue.to_string())];
        metrics::histogram!("shouwen_case_offer_seconds", &labels).record(seconds(offer.made_at.since(since)));
    }
}

fn seconds(span: Millis) -> f64 {
    span.max(Millis::ZERO).to_duration().as_secs_f64()
}
