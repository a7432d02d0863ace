//! The ways in which `mod_json_cdr` wraps a record: `encode` is false, true or base64.
//!
//! In: a body. Out: the JSON in it. The body itself tells which way it is; the media type is
//! not asked, since proxies change it. Never here: the values' own encoding, see `record`.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// The form's field that holds the record.
const FIELD: &str = "cdr";
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Unwraps the JSON: it stands there as it is, or in a form, percent-encoded or in base64.
pub(crate) fn json(body: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    let body = body.trim_ascii();
    if body.first() == Some(&b'{') {
        return Ok(Cow::Borrowed(body));
    }
    let raw = raw_field(body).ok_or("neither json nor a form with a record")?;
    if let Ok(json) = BASE64.decode(raw) {
        return Ok(Cow::Owned(json));
    }
    let value = form_urlencoded::parse(body).find(|(name, _)| name == FIELD).map(|(_, value)| value);
    let value = value.ok_or("neither json nor a form with a record")?.into_owned();
    match value.trim_start().starts_with('{') {
        true => Ok(Cow::Owned(value.into_bytes())),
        false => {
            BASE64.decode(value.trim()).map(Cow::Owned).map_err(|_| "the form's record is neither json nor base64")
        }
    }
}

/// Gives the field as it stands, for base64 has a `+` that a form would read as a space.
fn raw_field(body: &[u8]) -> Option<&[u8]> {
    let fields = body.split(|byte| *byte == b'&');
    fields.filter_map(|field| field.strip_prefix(FIELD.as_bytes())?.strip_prefix(b"=")).next()
}
