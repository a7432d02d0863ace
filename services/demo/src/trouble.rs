//! What goes wrong for somebody outside of the house.
//!
//! In: failed calls. Out: whether to come again, or that it was refused. Never here: a body.

use thiserror::Error;

/// Why a call came to nothing.
#[derive(Debug, Error)]
pub enum Trouble {
    /// The house does not answer, or hung up: come again.
    #[error("the house does not answer: {0}")]
    Silent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It answered, and not as it should.
    #[error("{what} was answered with {answer}")]
    Refused {
        /// What was asked.
        what: String,
        /// A status, or the first words of a reply.
        answer: String,
    },
    /// A file of ours cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl Trouble {
    /// Makes one of a refusal.
    pub fn refused(what: impl Into<String>, answer: impl ToString) -> Self {
        Self::Refused { what: what.into(), answer: answer.to_string() }
    }

    /// Makes one of an error on the way.
    pub fn silent(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Silent(error.into())
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        // The address may hold a token of the platform's.
        Self::silent(error.without_url())
    }
}
