//! Calls to WeChat: customer-service messages, and fetching an access token.
//!
//! In: a delivery in plain words, a token. Out: a call. Never here: what its answer means.

use channel::{Call, CallBody, Outbound, Unsendable};
use contract::AddressKind;
use serde::Serialize;
use zeroize::Zeroizing;

/// The longest text of a customer-service message, in bytes of UTF-8.
const TEXT_BYTES_MAX: usize = 2048;
const JSON: &str = "application/json; charset=utf-8";

/// Writes the calls of one account.
pub(crate) struct Encoder {
    api_url: String,
    app_id: String,
    app_secret: Zeroizing<String>,
}

#[derive(Serialize)]
struct CustomMessage<'a> {
    touser: &'a str,
    msgtype: &'static str,
    text: Text<'a>,
}

#[derive(Serialize)]
struct Text<'a> {
    content: &'a str,
}

/// `stable_token` gives every caller the same token; the older `token` call ends the token of
/// whoever asked before.
#[derive(Serialize)]
struct StableToken<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

impl Encoder {
    pub(crate) fn new(api_url: &str, app_id: &str, app_secret: String) -> Self {
        Self {
            api_url: api_url.trim_end_matches('/').to_owned(),
            app_id: app_id.to_owned(),
            app_secret: Zeroizing::new(app_secret),
        }
    }

    /// Writes the call that sends a text to a follower. WeChat shows `\u` escapes as they
    /// stand, so the text goes out as UTF-8.
    pub(crate) fn message(&self, outbound: &Outbound, token: &str) -> Result<Call, Unsendable> {
        if outbound.to.kind() != AddressKind::Wechat {
            return Err(Unsendable::WrongAddress);
        }
        if outbound.text.len() > TEXT_BYTES_MAX {
            return Err(Unsendable::TooLong);
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("access_token", token).finish();
        let text = Text { content: &outbound.text };
        let message = CustomMessage { touser: outbound.to.value(), msgtype: "text", text };
        Ok(self.post(&format!("message/custom/send?{query}"), &message))
    }

    /// Writes the call that fetches an access token.
    pub(crate) fn token_call(&self) -> Call {
        let appid = &self.app_id;
        let secret = &self.app_secret;
        let body = StableToken { grant_type: "client_credential", appid, secret, force_refresh: false };
        self.post("stable_token", &body)
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Call {
        let body = serde_json::to_vec(body).expect("texts and flags always have a JSON form");
        Call {
            method: "POST",
            url: format!("{}/cgi-bin/{path}", self.api_url),
            headers: Vec::new(),
            body: CallBody::Bytes(JSON, body),
        }
    }
}
