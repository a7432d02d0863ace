//! What WeChat's answers mean, by its table of error codes.
//!
//! In: an answer. Out: an outcome of a submit, or an access token. An answer that cannot be
//! read says nothing about whether the message went out.
//! Never here: a second try.

use channel::{Reply, SendOutcome};
use contract::Millis;
use serde::Deserialize;

/// How long to wait when the day's quota is used up.
const DAY: Millis = Millis::from_secs(24 * 3600);
/// How long to wait when the minute's quota is used up.
const MINUTE: Millis = Millis::from_secs(60);
/// The longest access token that is taken, in bytes; WeChat asks for room for 512.
const TOKEN_BYTES_MAX: usize = 2048;

#[derive(Deserialize)]
struct SendReply {
    errcode: i64,
    msgid: Option<u64>,
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    expires_in: i64,
}

/// Reads the answer to a submit.
pub(crate) fn of_send(reply: &Reply) -> SendOutcome {
    match reply.status {
        200..=299 => {}
        408 | 425 | 429 | 503 => return SendOutcome::Retry(format!("http_{}", reply.status), reply.retry_after),
        500.. => return SendOutcome::Unknown(format!("http_{}", reply.status)),
        _ => return SendOutcome::Failed(format!("http_{}", reply.status)),
    }
    match serde_json::from_slice::<SendReply>(&reply.body) {
        Ok(answer) => of_code(answer.errcode, answer.msgid),
        Err(_) => SendOutcome::Unknown("answer not understood".to_owned()),
    }
}

fn of_code(code: i64, id: Option<u64>) -> SendOutcome {
    let failed = |why: &str| SendOutcome::Failed(why.to_owned());
    match code {
        0 => SendOutcome::Sent(id.map(|id| id.to_string())),
        -1 => SendOutcome::Retry("busy".to_owned(), None),
        // 41001 is "no token": nothing was cached when the call was written.
        40001 | 40014 | 41001 | 42001 => SendOutcome::TokenRefused,
        45009 => SendOutcome::Retry("daily_quota".to_owned(), Some(DAY)),
        45011 => SendOutcome::Retry("minute_quota".to_owned(), Some(MINUTE)),
        45015 | 45047 => failed("window_closed"),
        43004 => failed("not_follower"),
        43101 => failed("refused"),
        40003 => failed("bad_address"),
        40037 => failed("bad_template"),
        47003 => failed("bad_arguments"),
        48001 | 48002 | 48004 | 40164 | 61004 => SendOutcome::Failed(format!("not_permitted_{code}")),
        code => SendOutcome::Failed(format!("errcode_{code}")),
    }
}

/// Reads the answer to the call for a token.
pub(crate) fn of_token(reply: &Reply) -> Option<(String, Millis)> {
    let answer = serde_json::from_slice::<TokenReply>(&reply.body).ok().filter(|_| reply.status == 200)?;
    let token = answer.access_token;
    let fine = (1..=TOKEN_BYTES_MAX).contains(&token.len()) && answer.expires_in > 0;
    fine.then(|| (token, Millis::from_secs(answer.expires_in)))
}
