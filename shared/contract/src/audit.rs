//! Deeds of those who run the house: the records of the streams `audit/<process>`.
//!
//! In: who signs in, makes users or tokens, applies a firm, mends dead letters. Out: one record a deed,
//! committed with what it changes, or before it where that lies in another file. Never here: a
//! password, a token, a client.

use std::fmt;

use crate::{
    id::{AgentId, BranchId, DeadId, NoticeId, TopicId, UserId},
    time::Timestamp,
    word::{Category, Role},
};

/// Who does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The name he signs in with.
    pub user: UserId,
    /// In which role; `None` = the house itself, at its start.
    pub role: Option<Role>,
}

/// From where somebody signs in or out: a keyed digest of his address, which tells one place from
/// another and says nothing of either.
pub type From = Vec<u8>;

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// In which role; `None` = the house itself, at its start.
    pub role: Option<Role>,
    /// What.
    pub what: What,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A user is made.
    UserMade(UserMade),
    /// A user is ended, and all his tokens.
    UserEnded(UserId),
    /// A user has another password.
    PasswordSet(UserId),
    /// A token is made.
    TokenMade(TokenOf),
    /// A token is ended.
    TokenEnded(TokenOf),
    /// A firm file is in force.
    FirmApplied(FirmApplied),
    /// A dead letter goes back to the queue it came from.
    LetterReplayed(Letter),
    /// A dead letter ends for good.
    LetterDropped(Letter),
    /// A link is made by which this user may sign in once.
    LinkMade(UserId),
    /// An alert is posted.
    AlertPosted(AlertPosted),
    /// An alert waits.
    AlertPaused(NoticeId),
    /// An alert goes on.
    AlertResumed(NoticeId),
    /// What of an alert had not left yet never will.
    AlertStopped(NoticeId),
    /// Nothing of an alert waits any more.
    AlertEnded(AlertEnded),
    /// Somebody signs in with his password.
    SignedIn(From),
    /// Somebody signs in by a link.
    SignedInByLink(From),
    /// Somebody signs out.
    SignedOut(From),
    /// Tries to sign in are refused, for there were too many.
    SignInsRefused(SignInsRefused),
}

/// Tries to sign in that were refused unread; one record stands for those of a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInsRefused {
    /// Whose name was tried, if anybody has it.
    pub user: Option<UserId>,
    /// From where.
    pub from: From,
}

/// A user as he is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMade {
    /// His name.
    pub user: UserId,
    /// What he may do.
    pub role: Role,
    /// The agent he is.
    pub agent: Option<AgentId>,
    /// The one branch he works in; `None` = all.
    pub branch: Option<BranchId>,
}

/// A token, by the beginning of the id that lists show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOf {
    /// Whose.
    pub user: UserId,
    /// The beginning of its id.
    pub token: Vec<u8>,
}

/// A firm file that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmApplied {
    /// Counts the firm's changes.
    pub version: u64,
    /// Digest of the firm file.
    pub digest: Vec<u8>,
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub letter: DeadId,
    /// The queue it came from.
    pub source: String,
}

/// An alert as it was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPosted {
    /// Its id.
    pub notice: NoticeId,
    /// The branch that sends it.
    pub branch: BranchId,
    /// What it is.
    pub category: Category,
    /// The topic whose subscribers get it, or whose rules it keeps.
    pub topic: Option<TopicId>,
    /// Clients it names; 0 for a topic's subscribers.
    pub asked: u64,
    /// A keyed digest of what it says.
    pub digest: Vec<u8>,
    /// From when on none of it is submitted.
    pub expires_at: Timestamp,
    /// The version of the firm by whose rules it goes.
    pub firm: u64,
}

/// What became of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEnded {
    /// Its id.
    pub notice: NoticeId,
    /// Recipients.
    pub total: u64,
    /// Taken by a provider, arrived or not.
    pub sent: u64,
    /// Not taken, for good.
    pub failed: u64,
    /// Out of time.
    pub expired: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// Withheld, for whatever reason.
    pub withheld: u64,
}

impl By {
    /// Names the house itself.
    #[must_use]
    pub fn house() -> Self {
        Self { user: "house".parse().expect("a plain word is a user name"), role: None }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserMade(made) => {
                write!(f, "user {} made, role {}", made.user, made.role)?;
                if let Some(agent) = &made.agent {
                    write!(f, ", agent {agent}")?;
                }
                made.branch.as_ref().map_or(Ok(()), |branch| write!(f, ", branch {branch}"))
            }
            Self::UserEnded(user) => write!(f, "user {user} ended"),
            Self::PasswordSet(user) => write!(f, "password of user {user} set"),
            Self::LinkMade(user) => write!(f, "sign-in link of user {user} made"),
            Self::TokenMade(token) => write!(f, "token {} of user {} made", hex(&token.token), token.user),
            Self::TokenEnded(token) => write!(f, "token {} of user {} ended", hex(&token.token), token.user),
            Self::FirmApplied(firm) => write!(f, "firm version {} applied, digest {}", firm.version, hex(&firm.digest)),
            Self::LetterReplayed(letter) => write!(f, "dead letter {} put back into {}", letter.letter, letter.source),
            Self::LetterDropped(letter) => write!(f, "dead letter {} from {} dropped", letter.letter, letter.source),
            Self::AlertPosted(alert) => {
                write!(f, "{} alert {} of branch {} posted", alert.category, alert.notice, alert.branch)?;
                if let Some(topic) = &alert.topic {
                    write!(f, ", topic {topic}")?;
                }
                if alert.asked > 0 {
                    write!(f, ", to {} clients", alert.asked)?;
                }
                write!(f, ", until {}, by firm version {}", alert.expires_at, alert.firm)?;
                write!(f, ", digest {}", hex(&alert.digest))
            }
            Self::SignedIn(from) => write!(f, "signed in by password from {}", hex(from)),
            Self::SignedInByLink(from) => write!(f, "signed in by a link from {}", hex(from)),
            Self::SignedOut(from) => write!(f, "signed out from {}", hex(from)),
            Self::SignInsRefused(refused) => {
                f.write_str("too many tries to sign in")?;
                refused.user.as_ref().map_or(Ok(()), |user| write!(f, " as {user}"))?;
                write!(f, " from {}", hex(&refused.from))
            }
            Self::AlertPaused(alert) => write!(f, "alert {alert} paused"),
            Self::AlertResumed(alert) => write!(f, "alert {alert} let go on"),
            Self::AlertStopped(alert) => write!(f, "alert {alert} stopped"),
            Self::AlertEnded(alert) => write!(
                f,
                "alert {} ended: {} recipients, {} sent, {} failed, {} expired, {} unknown, {} withheld",
                alert.notice, alert.total, alert.sent, alert.failed, alert.expired, alert.unknown, alert.withheld
            ),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
