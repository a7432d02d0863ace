//! Shapes: how nouns stand in answers and frames. Fields may be added, none renamed.
//!
//! In: views of the contract, opened bodies. Out: what serde writes. Times are RFC 3339
//! with offset, spans whole seconds named `…_s`. Never here: a decision who may see what.

pub mod alert;
pub mod case;
pub mod contact;
pub mod desk;
pub mod figures;

use contract::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use case::{CaseShape, OfferShape, PromiseShape};
pub use contact::{ContactShape, DeliveryShape};
pub use desk::{AgentShape, QueueShape};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

/// What became of a command that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Done {
    /// Always true; a refusal is a problem.
    pub ok: bool,
    /// The command's id.
    pub id: String,
    /// Of a reply: the delivery that carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
}

impl<T> List<T> {
    /// Makes a page that is the whole list.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// Writes a time as RFC 3339.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.to_string()
}
