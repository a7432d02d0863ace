//! Frames to agents' screens, as they go over the socket.
//!
//! In: shapes. Out: JSON with `type` and `seq`. Never here: what a screen may see.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    error::ProblemShape,
    shape::{CaseShape, ContactShape, DeliveryShape, PromiseShape, contact::StandingShape},
};

/// A frame to a screen.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    /// The whole picture, first and whenever it had to be read anew.
    Hello {
        /// The house's time, by which a screen counts down.
        at: String,
        /// `ready` or `away`.
        state: &'static str,
        /// Why he is away.
        reason: Option<String>,
        /// Cases on his desk.
        cases: Vec<CaseShape>,
        /// Offers before him.
        offers: Vec<Offered>,
    },
    /// A case is put before him.
    Offer(Offered),
    /// An offer ended without him.
    Rescinded {
        /// The offer.
        offer_id: String,
        /// Why, in a word.
        reason: String,
    },
    /// A case of his changed.
    Case {
        /// As it stands.
        case: Box<CaseShape>,
    },
    /// Something was said in a case of his.
    Message(Said),
    /// An answer stands elsewhere than before.
    Delivery {
        /// The case.
        case_id: String,
        /// Where it stands.
        delivery: StandingShape,
    },
    /// Something that he owes, or that is owed in a case of his, changed.
    Promise {
        /// As it stands.
        promise: PromiseShape,
    },
    /// He is ready or away by somebody else's doing.
    Agent {
        /// `ready` or `away`.
        state: &'static str,
        /// Why he is away.
        reason: Option<String>,
    },
    /// He is told of a case that is about to be late.
    Told {
        /// The case.
        case_id: String,
        /// Why, in a word.
        why: String,
        /// When.
        at: String,
    },
    /// How the queues of his branch stand.
    Figures {
        /// The queues, written once for all screens of the branch.
        queues: Arc<RawValue>,
    },
    /// What became of a frame of his.
    Result {
        /// The frame's `ref`, as far as it had one.
        #[serde(rename = "ref")]
        reference: Option<String>,
        /// Whether it was done.
        ok: bool,
        /// Why not.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<ProblemShape>,
        /// Of a reply: the delivery that carries it.
        #[serde(skip_serializing_if = "Option::is_none")]
        delivery_id: Option<String>,
    },
}

/// An offer with its case.
#[derive(Debug, Serialize)]
pub struct Offered {
    /// The offer.
    pub offer_id: String,
    /// When it ends by itself.
    pub expires_at: String,
    /// The case.
    pub case: CaseShape,
}

/// Something that was said in a case.
#[derive(Debug, Serialize)]
pub struct Said {
    /// The case.
    pub case_id: String,
    /// What the client sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactShape>,
    /// What he was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryShape>,
}

#[derive(Serialize)]
struct Numbered<'a> {
    seq: u64,
    #[serde(flatten)]
    frame: &'a Frame,
}

impl Frame {
    /// Writes the frame with its place in the connection.
    #[must_use]
    pub fn text(&self, seq: u64) -> String {
        if let Self::Figures { queues } = self {
            // Once a second to every screen: the queues are written already.
            return format!(r#"{{"seq":{seq},"type":"figures","queues":{}}}"#, queues.get());
        }
        serde_json::to_string(&Numbered { seq, frame: self }).expect("a frame holds nothing that JSON has not")
    }
}
