//! One official account as a `Channel`.
//!
//! In: WeChat's calls as they came. Out: verified and decoded arrivals, and `success`.
//! A plaintext body is not covered by any signature, so what is malformed there is refused;
//! what came sealed and is only incomprehensible is kept. Never here: XML, ciphers.

use channel::{
    Answer, Arrival, Call, Channel, Outbound, Raw, Received, Refusal, Reply, SendOutcome, Unsendable, signature,
};
use contract::{ChannelKind, Millis, Timestamp};
use zeroize::Zeroizing;

use crate::{
    decode,
    encode::Encoder,
    envelope::{EncodingKey, open_with},
    outcome,
    query::Query,
    wire::Message,
};

/// Where WeChat's interface is, unless the configuration names a proxy.
const API_URL: &str = "https://api.weixin.qq.com";

/// What an account is configured with.
#[derive(Clone)]
pub struct Settings {
    /// The account's own id, `wx…`; a sealed message for another one is refused.
    pub app_id: String,
    /// The secret that access tokens are fetched with.
    pub app_secret: String,
    /// The token that callbacks are signed with.
    pub token: String,
    /// `EncodingAESKey`s of 43 characters, the current one first; none = plaintext mode only.
    pub aes_keys: Vec<String>,
    /// Base address of WeChat's interface; `None` = `https://api.weixin.qq.com`.
    pub api_url: Option<String>,
}

/// Says which setting cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The token is empty, so that anybody could sign.
    #[error("token: must not be empty")]
    Token,
    /// The id of the account is empty, so that any sealed message would do.
    #[error("app_id: must not be empty")]
    AppId,
    /// The key at this place is not 43 characters of base64.
    #[error("aes_key: entry {0} is not 43 characters of base64")]
    AesKey(usize),
}

/// An official account.
pub struct Wechat {
    app_id: String,
    token: Zeroizing<String>,
    keys: Vec<EncodingKey>,
    encoder: Encoder,
}

impl Wechat {
    /// Takes the settings of an account, or says which of them cannot be used.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        if settings.token.is_empty() {
            return Err(SettingsError::Token);
        }
        if settings.app_id.is_empty() {
            return Err(SettingsError::AppId);
        }
        let parse = |(place, text): (usize, &String)| EncodingKey::parse(text).ok_or(SettingsError::AesKey(place + 1));
        let keys = settings.aes_keys.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        let api_url = settings.api_url.as_deref().unwrap_or(API_URL);
        Ok(Self {
            encoder: Encoder::new(api_url, &settings.app_id, settings.app_secret),
            app_id: settings.app_id,
            token: Zeroizing::new(settings.token),
            keys,
        })
    }

    /// Answers the probe by which WeChat checks that the address is ours.
    fn probe(&self, query: &Query) -> Result<Received, Refusal> {
        query.check_signature(&self.token)?;
        let echo = query.echostr.clone().ok_or(Refusal::Malformed("no echostr"))?;
        Ok(Received { arrivals: Vec::new(), answer: Some(text(echo)) })
    }

    fn callback(&self, query: &Query, body: &[u8]) -> Result<Received, Refusal> {
        let arrivals = match query.msg_signature.is_some() || query.encrypted {
            true => self.sealed(query, body)?,
            false => Self::plain(&self.token, query, body)?,
        };
        Ok(Received { arrivals, answer: Some(text("success".to_owned())) })
    }

    fn plain(token: &str, query: &Query, body: &[u8]) -> Result<Vec<Arrival>, Refusal> {
        query.check_signature(token)?;
        let message = Message::parse(body)?;
        if message.text("Encrypt").is_some() {
            return Err(Refusal::Signature("msg_signature is missing"));
        }
        Ok(decode::arrivals(&message))
    }

    fn sealed(&self, query: &Query, body: &[u8]) -> Result<Vec<Arrival>, Refusal> {
        if query.signature.is_some() {
            query.check_signature(&self.token)?;
        }
        let outer = Message::parse(body)?;
        let encrypted = outer.text("Encrypt").ok_or(Refusal::Malformed("no Encrypt"))?;
        query.check_msg_signature(&self.token, encrypted)?;
        let inner = open_with(&self.keys, encrypted, &self.app_id)?;
        match Message::parse(&inner) {
            Ok(message) => Ok(decode::arrivals(&message)),
            Err(Refusal::Malformed(reason)) if reason != crate::wire::DOCTYPE => {
                Ok(vec![Arrival::Undecodable(reason.to_owned())])
            }
            Err(refusal) => Err(refusal),
        }
    }
}

impl Channel for Wechat {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Wechat
    }

    fn receive(&self, raw: &Raw, now: Timestamp) -> Result<Received, Refusal> {
        if !raw.tail.is_empty() {
            return Err(Refusal::NoRoute);
        }
        let query = Query::parse(&raw.query)?;
        signature::check_age(signature::seconds(&query.timestamp)?, now)?;
        match raw.method.as_str() {
            "GET" => self.probe(&query),
            "POST" => self.callback(&query, &raw.body),
            _ => Err(Refusal::Method),
        }
    }

    fn send(&self, outbound: &Outbound, token: Option<&str>, _now: Timestamp) -> Result<Call, Unsendable> {
        self.encoder.message(outbound, token.unwrap_or_default())
    }

    fn outcome(&self, reply: &Reply) -> SendOutcome {
        outcome::of_send(reply)
    }

    fn token_call(&self) -> Option<Call> {
        Some(self.encoder.token_call())
    }

    fn token(&self, reply: &Reply) -> Option<(String, Millis)> {
        outcome::of_token(reply)
    }
}

impl std::fmt::Debug for Wechat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wechat({}, {} keys)", self.app_id, self.keys.len())
    }
}

fn text(body: String) -> Answer {
    Answer { status: 200, media_type: "text/plain; charset=utf-8", body }
}
