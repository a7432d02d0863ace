//! Evidence of consent: what one client ordered, refused and was told, as a list and as a page
//! to print.
//!
//! In: a client. Out: the records about him and his addresses, the newest first. What somebody
//! noted of his words, and on the page what he wrote himself, is shown to whoever may see personal
//! data; the look is journalled first.
//! Never here: a change.

mod printed;
mod words;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use contract::{
    ContactId, about,
    consent::{Asks, Permits, Proof, Source},
};
use serde::Serialize;
use store::{consent::Kept, directory::ClientAddress};
use utoipa::ToSchema;

use self::printed::Printed;
use super::clients::Why;
use crate::{
    api::{
        body::{Path, Wanted},
        error::Problem,
        page::Page,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    picture::Sight,
    rights::Act,
};

/// Records that the page to print shows; of more the newest, and it says so.
const PRINTED_MAX: u32 = 500;
/// What the page to print may load: how it is set.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// One record of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceShape {
    /// Its id.
    id: String,
    /// Its place in the journal stream `notices/house`.
    seq: u64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// `order`, `cancel`, `cancel_all`, `hold`, `release` or `confirmed`.
    what: &'static str,
    /// The topic, of an order or a cancel.
    topic: Option<String>,
    /// Its name.
    topic_name: Option<String>,
    /// `done`, `nothing`, `overtaken` or `refused`.
    effect: Option<&'static str>,
    /// `contact`, `user`, `page` or `link`.
    by: Option<&'static str>,
    /// The message that proves it.
    contact_id: Option<String>,
    /// Who acted at the client's word.
    user: Option<String>,
    /// The address.
    address_id: String,
    /// The address, open or with its middle hidden; `null` where it is no longer the client's.
    address: Option<String>,
    /// What was allowed before.
    before: Option<PermitsShape>,
    /// What is allowed since.
    after: Option<PermitsShape>,
    /// The version of the words: of a confirmation its own, else those that were noted.
    wording_version: Option<String>,
    /// What was noted of the client's words; `null` where they may not be seen.
    wording: Option<String>,
    /// The record that this one confirms.
    confirms: Option<String>,
    /// The message that confirms it.
    delivery_id: Option<String>,
}

/// What may be sent to an address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permits)]
pub(crate) struct PermitsShape {
    /// Topics, by id.
    topics: Vec<String>,
    /// `none`, `given` or `withdrawn`.
    commercial: &'static str,
    /// `none`, `given` or `withdrawn`.
    advice: &'static str,
    /// Whether both wait.
    held: bool,
}

impl From<&Permits> for PermitsShape {
    fn from(permits: &Permits) -> Self {
        Self {
            topics: permits.topics.iter().map(ToString::to_string).collect(),
            commercial: permits.commercial.as_str(),
            advice: permits.advice.as_str(),
            held: permits.held,
        }
    }
}

/// The evidence about a client and his addresses, the newest first.
#[utoipa::path(get, path = "/clients/{id}/consents", tag = "clients", params(Why, Page), responses((status = 200, body = List<EvidenceShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Json<List<EvidenceShape>>, Problem> {
    caller.may(Act::SeeEvidence)?;
    let client = house.known_client(&caller, &client).await?;
    let (why, page): (Why, Page) = wanted.read_list()?;
    let before = page.after::<u64>()?.unwrap_or(u64::MAX);
    let sight = house.look_at(&caller, &client, &why).await?;
    let read = house.ports.store.consents().evidence(client.id, before, page.and_one()).await?;
    let (kept, next) = page.cut(read, |last| last.seq);
    let addresses = house.ports.store.directory().addresses(client.id).await?;
    let shapes = kept.iter().map(|kept| house.evidence(kept, &addresses, sight));
    Ok(Json(List::page(shapes.collect(), next)))
}

/// The evidence about a client on one page, to print.
#[utoipa::path(get, path = "/clients/{id}/consents/page", tag = "clients", params(Why), responses((status = 200, body = String, content_type = "text/html")))]
pub(crate) async fn page(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Response, Problem> {
    caller.may(Act::SeeEvidence)?;
    let client = house.known_client(&caller, &client).await?;
    let why: Why = wanted.read()?;
    let sight = house.look_at(&caller, &client, &why).await?;
    let kept = house.ports.store.consents().evidence(client.id, u64::MAX, PRINTED_MAX + 1).await?;
    let (addresses, subscriptions) = house.subscribed(client.id).await?;
    let live = subscriptions.iter().filter(|one| one.live).map(|one| {
        let shape = house.subscription(one, &addresses);
        (shape.name, shape.address.unwrap_or_default(), one.at)
    });
    let shown = kept.iter().take(PRINTED_MAX as usize);
    let quoted = house.quoted(&caller, client.id, shown.clone().filter_map(proving).collect(), sight).await?;
    let evidence = shown.map(|kept| {
        let mut shape = house.evidence(kept, &addresses, sight);
        shape.wording = shape.wording.or_else(|| quoted.get(&proving(kept)?).cloned());
        (kept.evidence.at, shape)
    });
    let firm = house.ports.firm.now();
    let printed = Printed {
        client: &client,
        name: house.client_name(&client, sight).unwrap_or_default(),
        zone: firm.zone(client.branch.as_ref().or(caller.branch.as_ref())),
        at: house.clock().now(),
        by: caller.user.to_string(),
        topics: &firm.book.topics,
        live: live.collect(),
        evidence: evidence.collect(),
        is_cut: kept.len() > PRINTED_MAX as usize,
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    Ok((headers, printed.html()).into_response())
}

/// Gives the message that a record rests on.
fn proving(kept: &Kept) -> Option<ContactId> {
    match &kept.evidence.what {
        Proof::Asked(asked) => match asked.by {
            Source::Contact(contact) => Some(contact),
            Source::User(_) | Source::Page | Source::Link => None,
        },
        Proof::Confirmed(_) => None,
    }
}

impl House {
    fn evidence(&self, kept: &Kept, addresses: &[ClientAddress], sight: Sight) -> EvidenceShape {
        let evidence = &kept.evidence;
        let address = addresses.iter().find(|address| address.id == evidence.address);
        let mut shape = EvidenceShape {
            id: evidence.id.to_string(),
            seq: kept.seq,
            at: time(evidence.at),
            what: "confirmed",
            topic: None,
            topic_name: None,
            effect: None,
            by: None,
            contact_id: None,
            user: None,
            address_id: evidence.address.to_string(),
            address: address.and_then(|address| self.address(address, sight).value),
            before: None,
            after: None,
            wording_version: None,
            wording: self.noted(kept, sight),
            confirms: None,
            delivery_id: None,
        };
        match &evidence.what {
            Proof::Confirmed(confirmed) => {
                shape.confirms = Some(confirmed.of.to_string());
                shape.delivery_id = Some(confirmed.delivery.to_string());
                shape.wording_version = Some(confirmed.wording.clone());
            }
            Proof::Asked(asked) => {
                let (what, topic) = match &asked.asks {
                    Asks::Order(topic) => ("order", Some(topic)),
                    Asks::Cancel(topic) => ("cancel", Some(topic)),
                    Asks::CancelAll => ("cancel_all", None),
                    Asks::Hold => ("hold", None),
                    Asks::Release => ("release", None),
                    Asks::Show => ("show", None),
                };
                let firm = self.ports.firm.now();
                shape.what = what;
                shape.topic = topic.map(ToString::to_string);
                shape.topic_name = topic.and_then(|topic| firm.book.topic(topic)).map(|topic| topic.name.clone());
                shape.effect = Some(asked.effect.as_str());
                let (by, contact, user) = match &asked.by {
                    Source::Contact(contact) => ("contact", Some(contact.to_string()), None),
                    Source::User(acting) => ("user", None, Some(acting.user.to_string())),
                    Source::Page => ("page", None, None),
                    Source::Link => ("link", None, None),
                };
                (shape.by, shape.contact_id, shape.user) = (Some(by), contact, user);
                shape.before = Some((&asked.before).into());
                shape.after = Some((&asked.after).into());
                shape.wording_version.clone_from(&asked.wording);
            }
        }
        shape
    }

    fn noted(&self, kept: &Kept, sight: Sight) -> Option<String> {
        let sealed = kept.sealed.as_ref().filter(|_| sight == Sight::Open)?;
        let opened = self.ports.keys.open(&about::text(kept.evidence.id.bits()), sealed).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}
