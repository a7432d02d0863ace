//! One record, read leniently: values are text, numbers or percent-encoded text.
//!
//! In: JSON. Out: questions about its variables, its caller's profile and its times.
//! Never here: what the answers mean together, see `leg`.

use channel::neutral;
use contract::{Address, Millis, Timestamp};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::decode;

/// The longest that a leg is believed to have lasted, in seconds: a day.
const SPAN_S_MAX: i64 = 86_400;

/// A record of one leg.
#[derive(Deserialize)]
pub(crate) struct Record {
    variables: Map<String, Value>,
    #[serde(default)]
    channel_data: Value,
    #[serde(default)]
    callflow: Value,
}

impl Record {
    /// Reads the JSON of a record.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        neutral::read(json)
    }

    /// Gives a variable that is neither absent nor empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        text(self.variables.get(name)?)
    }

    /// Gives a time from `<name>_uepoch`, else `<name>_epoch`; zero means never. How far it is
    /// believed the core says. The `_stamp`s are in the exchange's local time and are not read.
    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        let micros = self.variable(&format!("{name}_uepoch")).and_then(|text| micros(&text));
        micros.or_else(|| {
            let seconds = whole(&self.variable(&format!("{name}_epoch"))?)?;
            ever(Millis::from_secs(seconds).get())
        })
    }

    /// Gives a span in whole seconds, not below none and not over a day.
    pub(crate) fn span(&self, name: &str) -> Option<Millis> {
        whole(&self.variable(name)?).map(|seconds| Millis::from_secs(seconds.clamp(0, SPAN_S_MAX)))
    }

    /// Gives a time of the call flow, `created_time` and its like, in microseconds.
    pub(crate) fn flow_time(&self, name: &str) -> Option<Timestamp> {
        micros(&text(self.flow()?.get("times")?.get(name)?)?)
    }

    /// Gives a text of the caller's profile.
    pub(crate) fn profile(&self, name: &str) -> Option<String> {
        text(self.flow()?.get("caller_profile")?.get(name)?)
    }

    /// Gives the id of the leg that originated this one, as the profile tells it.
    pub(crate) fn originator(&self) -> Option<String> {
        let profile = self.flow()?.get("caller_profile")?;
        text(profile.get("originator")?.get("originator_caller_profiles")?.get(0)?.get("uuid")?)
    }

    /// Gives the direction as the channel or a variable tells it.
    pub(crate) fn direction(&self) -> Option<String> {
        self.variable("direction").or_else(|| text(self.channel_data.get("direction")?))
    }

    /// Gives the caller's number; `None` when it is withheld.
    pub(crate) fn caller_number(&self) -> Option<Address> {
        let given = self
            .profile("caller_id_number")
            .or_else(|| self.variable("caller_id_number"))
            .or_else(|| self.variable("caller_id").map(|text| bracketed(&text)))
            .or_else(|| self.variable("sip_from_user"))?;
        decode::number(&given)
    }

    /// Gives the caller's name, unless it only repeats the number.
    pub(crate) fn caller_name(&self) -> Option<String> {
        let name = self.profile("caller_id_name").or_else(|| self.variable("caller_id_name"))?;
        let says_something = name.chars().any(char::is_alphabetic) && self.caller_number().is_some();
        says_something.then_some(name)
    }

    /// Gives the number that was dialled.
    pub(crate) fn destination(&self) -> Option<String> {
        self.profile("destination_number").or_else(|| self.variable("destination_number"))
    }

    /// Gives the latest part of the call flow, which stands first.
    fn flow(&self) -> Option<&Value> {
        match &self.callflow {
            Value::Array(parts) => parts.first(),
            Value::Object(_) => Some(&self.callflow),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    let plain = match value {
        Value::String(text) => percent_decode_str(text).decode_utf8().map_or_else(|_| text.clone(), Into::into),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(plain.trim().to_owned()).filter(|text| !text.is_empty())
}

fn micros(text: &str) -> Option<Timestamp> {
    ever(whole(text)? / 1000)
}

/// Reads a whole number; of one that is too large the largest that fits.
fn whole(text: &str) -> Option<i64> {
    let number = text.parse::<i128>().ok()?.clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(number).ok()
}

fn ever(ms: i64) -> Option<Timestamp> {
    (ms != 0).then(|| Timestamp::from_ms(ms))
}

/// Gives the number of `"name" <number>`.
fn bracketed(text: &str) -> String {
    match text.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end_matches('>').to_owned(),
        None => text.to_owned(),
    }
}
