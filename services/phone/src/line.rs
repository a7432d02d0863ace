//! One telephone line as a `Channel`.
//!
//! In: calls of an exchange as they came. Out: checked and decoded contacts.
//! `…/route` tells of a call that has just begun to queue, so that it can be offered at once;
//! it takes the generic form whatever the profile is. Never here: IO.

use channel::{
    Arrival, Call, Channel, Incoming, Outbound, Raw, Received, Refusal, Reply, SendOutcome, Unsendable, neutral,
};
use contract::{AccountId, ChannelKind, Timestamp};
use zeroize::Zeroizing;

use crate::{access, decode, freeswitch, wire};

/// The largest record that is read, in bytes; a real one has about 15 KiB.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The dialect of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Our own neutral events.
    Generic,
    /// Records of legs as FreeSWITCH's `mod_json_cdr` posts them.
    Freeswitch,
}

/// Says which setting cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The secret is empty, so that anybody could sign.
    #[error("secret: must not be empty")]
    Secret,
}

/// A telephone line.
pub struct Phone {
    profile: Profile,
    account: AccountId,
    secret: Zeroizing<String>,
}

impl Phone {
    /// Takes the settings of a line, or says which of them cannot be used.
    pub fn new(profile: Profile, account: AccountId, secret: String) -> Result<Self, SettingsError> {
        if secret.is_empty() {
            return Err(SettingsError::Secret);
        }
        Ok(Self { profile, account, secret: Zeroizing::new(secret) })
    }

    fn check(&self, raw: &Raw, now: Timestamp) -> Result<(), Refusal> {
        match self.profile {
            Profile::Generic => access::signed(raw, &self.secret, now),
            Profile::Freeswitch => access::signed_or_basic(raw, &self.account, &self.secret, now),
        }
    }

    fn decode(&self, raw: &Raw) -> Result<Incoming, String> {
        match (self.profile, raw.tail.as_str()) {
            (_, "route") => Ok(decode::incoming(wire::Event::read_queueing(&raw.body)?)?),
            (Profile::Generic, _) => Ok(decode::incoming(wire::Event::read(&raw.body)?)?),
            (Profile::Freeswitch, _) => freeswitch::incoming(&raw.body),
        }
    }
}

impl Channel for Phone {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Phone
    }

    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal> {
        if !matches!(raw.tail.as_str(), "" | "route") {
            return Err(Refusal::NoRoute);
        }
        if raw.method != "POST" {
            return Err(Refusal::Method);
        }
        if raw.body.len() > BODY_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        self.check(raw, now)?;
        neutral::check_charset(raw)?;
        let arrival = match self.decode(raw) {
            Ok(incoming) => Arrival::Contact(Box::new(incoming)),
            Err(reason) => Arrival::Undecodable(reason),
        };
        Ok(Received { arrivals: vec![arrival], answer: None })
    }

    fn send(&self, _outbound: &Outbound, _token: Option<&str>, _now: Timestamp) -> Result<Call, Unsendable> {
        Err(Unsendable::NoReplyChannel)
    }

    fn outcome(&self, _reply: &Reply) -> SendOutcome {
        SendOutcome::Failed("no_reply_channel".to_owned())
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({}, {:?})", self.account, self.profile)
    }
}
