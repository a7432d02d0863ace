//! Records of legs as FreeSWITCH's `mod_json_cdr` posts them at hang-up, one per leg.
//!
//! In: a body in any of the module's encodings. Out: a leg of a call's contact.
//! Never here: what the legs of a call mean together; the core settles that.

mod encoding;
mod leg;
mod record;

use channel::{Content, Incoming};

use record::Record;

/// Tells which leg of which call a body is.
pub(crate) fn incoming(body: &[u8]) -> Result<Incoming, String> {
    let record = Record::read(&encoding::json(body)?)?;
    let leg = leg::of(&record)?;
    let call = leg::call_id(&record, &leg)?;
    let caller = if leg.inbound { record.caller_number() } else { None };
    Ok(Incoming {
        provider_id: Some(call),
        distinction: leg.leg.clone(),
        from_name: if leg.inbound { record.caller_name() } else { None },
        to: if leg.inbound { record.destination().into_iter().collect() } else { Vec::new() },
        received_at: Some(leg.started_at),
        content: Content::Leg(leg),
        ..Incoming::message(caller)
    })
}
