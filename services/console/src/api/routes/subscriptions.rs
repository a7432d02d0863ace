//! Topics and subscriptions: who ordered what, and orders and cancels at a client's word.
//!
//! In: a client, a topic, the words he said. Out: what stands since; evidence of it. A client is
//! told by a message, not here. Never here: his own page (`mine`), the evidence (`consents`).

use axum::{Json, extract::State, http::StatusCode, response::Response};
use contract::{
    AddressId, EvidenceId,
    consent::{ActingUser, Asks, Source},
    link::Link,
    problem::Code,
    text::is_blank,
};
use firm::Topic;
use serde::{Deserialize, Serialize};
use store::{
    consent::Subscription,
    directory::{Client, ClientAddress},
};
use utoipa::ToSchema;

use crate::{
    api::{
        allowed::spare_form,
        body::{Path, Sent, maybe},
        error::Problem,
        key::{Key, Request},
        plain::plain,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    picture::Sight,
    rights::Act,
};

/// The longest words of a client that are noted, in bytes.
const WORDING_BYTES_MAX: usize = 4096;

/// A topic that clients may subscribe to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Topic)]
pub(crate) struct TopicShape {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What a client writes after 订阅 and 退订.
    keyword: String,
    /// `risk`, `service`, `callback`, `commercial` or `advice`.
    category: &'static str,
    /// Whether a client may cancel it.
    can_cancel: bool,
    /// The risk of the products it speaks of.
    risk: Option<&'static str>,
}

/// A topic that a client ordered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct SubscriptionShape {
    /// The topic's id.
    topic: String,
    /// Its name; its id where the firm no longer has it.
    pub(super) name: String,
    /// `risk`, `service`, `callback`, `commercial` or `advice`.
    category: Option<&'static str>,
    /// Whether the client may cancel it.
    can_cancel: bool,
    /// The address it was ordered to.
    address_id: String,
    /// That address, its middle hidden; `null` where it is no longer the client's.
    pub(super) address: Option<String>,
    /// Whether it holds; an ended one stays in the list.
    live: bool,
    /// Since when it stands so.
    #[schema(format = DateTime)]
    since: String,
}

/// What the client said, and about which address of his.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordBody {
    /// The address; without one an order is for his first, a cancel for every one it concerns.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<AddressId>, required = false)]
    address_id: Option<AddressId>,
    /// His words, or what was read to him and he agreed to.
    #[schema(min_length = 1)]
    wording: String,
}

/// What became of an order or a cancel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WordDone {
    #[serde(flatten)]
    first: ActDone,
    /// The same of his other addresses that it concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<ActDone>,
}

/// What became of it at one address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ActDone {
    /// `done`, or `nothing` where it was so already.
    effect: &'static str,
    /// The evidence of it.
    evidence_id: String,
    /// The address it holds for.
    address_id: String,
}

/// Which address a link is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// The address; without one the client's first.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = spare_form::<AddressId>, required = false)]
    address_id: Option<AddressId>,
}

/// The way to a client's own page, shown once; whoever has it orders and cancels for him.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkShape {
    /// Its path under the house's public address.
    path: String,
    /// Until when it leads there.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&Topic> for TopicShape {
    fn from(topic: &Topic) -> Self {
        Self {
            id: topic.id.to_string(),
            name: topic.name.clone(),
            keyword: topic.keyword.clone(),
            category: topic.category.as_str(),
            can_cancel: topic.cancel,
            risk: topic.risk.map(contract::ProductRisk::as_str),
        }
    }
}

/// What clients may subscribe to, in the firm file's order.
#[utoipa::path(get, path = "/topics", tag = "clients", responses((status = 200, body = List<TopicShape>)))]
pub(crate) async fn topics(State(house): State<Shared>, caller: Caller) -> Result<Json<List<TopicShape>>, Problem> {
    caller.may(Act::SeeTopics)?;
    let firm = house.ports.firm.now();
    Ok(Json(List::whole(firm.book.topics.iter().map(TopicShape::from).collect())))
}

/// What a client ordered, ended subscriptions too.
#[utoipa::path(get, path = "/clients/{id}/subscriptions", tag = "clients", responses((status = 200, body = List<SubscriptionShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
) -> Result<Json<List<SubscriptionShape>>, Problem> {
    caller.may(Act::SeeSubscriptions)?;
    let client = house.known_client(&caller, &client).await?;
    let (addresses, subscriptions) = house.subscribed(client.id).await?;
    let shape = |one: &Subscription| house.subscription(one, &addresses);
    Ok(Json(List::whole(subscriptions.iter().map(shape).collect())))
}

/// Orders a topic at the client's word.
#[utoipa::path(put, path = "/clients/{id}/subscriptions/{topic}", tag = "clients", request_body = WordBody, responses((status = 200, body = WordDone)))]
pub(crate) async fn order(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path((client, topic)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ChangeSubscriptions)?;
    let client = house.known_client(&caller, &client).await?;
    let topic = house.topic(&topic)?.id;
    house.at_the_word(&caller, &client, Asks::Order(topic), key, &sent).await
}

/// Cancels a topic at the client's word.
#[utoipa::path(delete, path = "/clients/{id}/subscriptions/{topic}", tag = "clients", request_body = WordBody, responses((status = 200, body = WordDone)))]
pub(crate) async fn cancel(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path((client, topic)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ChangeSubscriptions)?;
    let client = house.known_client(&caller, &client).await?;
    let topic = house.topic(&topic)?.id;
    house.at_the_word(&caller, &client, Asks::Cancel(topic), key, &sent).await
}

/// Cancels everything that can be, and refuses promotion, at the client's word.
#[utoipa::path(delete, path = "/clients/{id}/consents", tag = "clients", request_body = WordBody, responses((status = 200, body = WordDone)))]
pub(crate) async fn cancel_all(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path(client): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ChangeSubscriptions)?;
    let client = house.known_client(&caller, &client).await?;
    house.at_the_word(&caller, &client, Asks::CancelAll, key, &sent).await
}

/// Lets promotion go on that loose words held back, at the client's word: no cancel was meant.
#[utoipa::path(delete, path = "/clients/{id}/consents/hold", tag = "clients", request_body = WordBody, responses((status = 200, body = WordDone)))]
pub(crate) async fn release(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path(client): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::ChangeSubscriptions)?;
    let client = house.known_client(&caller, &client).await?;
    house.at_the_word(&caller, &client, Asks::Release, key, &sent).await
}

/// Makes a link to the client's own page, for a message to the address that it is for.
#[utoipa::path(post, path = "/clients/{id}/link", tag = "clients", request_body = LinkBody, responses((status = 200, body = LinkShape)))]
pub(crate) async fn link(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    sent: Sent,
) -> Result<Json<LinkShape>, Problem> {
    caller.may(Act::MakeClientLinks)?;
    let client = house.known_client(&caller, &client).await?;
    let body: LinkBody = sent.read()?;
    let address = house.address_of(&client, body.address_id).await?;
    let link = Link::new(client.id, address.id, house.clock().now());
    let path = link.url("", &house.ports.keys);
    Ok(Json(LinkShape { path, expires_at: time(link.expires_at) }))
}

impl House {
    async fn at_the_word(
        &self,
        caller: &Caller,
        client: &Client,
        asks: Asks,
        key: Key,
        sent: &Sent,
    ) -> Result<Response, Problem> {
        let body: WordBody = sent.read()?;
        let wording = plain(&body.wording);
        if is_blank(&wording) || wording.len() > WORDING_BYTES_MAX {
            return Err(Problem::field("wording", "needs the client's words, at most 4 KiB"));
        }
        let (address, others) = self.concerned(client, body.address_id, &asks).await?;
        let what = format!("{asks:?} for {}", client.id);
        let work = async || {
            let act = async |address: &ClientAddress| {
                let evidence = EvidenceId::new(self.ports.chance.id(self.clock().now()));
                let by = Source::User(ActingUser { user: caller.user.clone(), role: caller.role });
                let effect = self.ask_for(address, evidence, asks.clone(), by, Some(&wording)).await?.as_str();
                let (evidence_id, address_id) = (evidence.to_string(), address.id.to_string());
                Ok::<_, Problem>(ActDone { effect, evidence_id, address_id })
            };
            let mut done = WordDone { first: act(&address).await?, others: Vec::new() };
            for address in &others {
                done.others.push(act(address).await?);
            }
            Ok((StatusCode::OK, done.clone(), done))
        };
        self.once(caller, key, Request { what: &what, body: sent }, work).await
    }

    /// Gives the addresses that a client's words are about. Who cancels names no address of his: he
    /// means wherever the topic goes to, or all of them.
    async fn concerned(
        &self,
        client: &Client,
        wanted: Option<AddressId>,
        asks: &Asks,
    ) -> Result<(ClientAddress, Vec<ClientAddress>), Problem> {
        let first = self.address_of(client, wanted).await?;
        if wanted.is_some() {
            return Ok((first, Vec::new()));
        }
        let (mut addresses, subscriptions) = self.subscribed(client.id).await?;
        match asks {
            Asks::CancelAll => {}
            Asks::Cancel(topic) => addresses.retain(|address| {
                subscriptions.iter().any(|one| one.live && one.topic == *topic && one.address == address.id)
            }),
            Asks::Order(_) | Asks::Show | Asks::Hold | Asks::Release => addresses.clear(),
        }
        let mut addresses = addresses.into_iter();
        Ok((addresses.next().unwrap_or(first), addresses.collect()))
    }

    async fn address_of(&self, client: &Client, wanted: Option<AddressId>) -> Result<ClientAddress, Problem> {
        let addresses = self.ports.store.directory().addresses(client.id).await?;
        match wanted {
            Some(id) => {
                let found = addresses.into_iter().find(|address| address.id == id);
                found.ok_or_else(|| Problem::field("address_id", "is no address of this client"))
            }
            None => {
                let none = || Problem::new(Code::NoReplyChannel, "the client has no address");
                addresses.into_iter().next().ok_or_else(none)
            }
        }
    }

    pub(super) fn subscription(&self, one: &Subscription, addresses: &[ClientAddress]) -> SubscriptionShape {
        let firm = self.ports.firm.now();
        let topic = firm.book.topic(&one.topic);
        let address = addresses.iter().find(|address| address.id == one.address);
        SubscriptionShape {
            topic: one.topic.to_string(),
            name: topic.map_or_else(|| one.topic.to_string(), |topic| topic.name.clone()),
            category: topic.map(|topic| topic.category.as_str()),
            can_cancel: topic.is_none_or(|topic| topic.cancel),
            address_id: one.address.to_string(),
            address: address.and_then(|address| self.address(address, Sight::Masked).value),
            live: one.live,
            since: time(one.at),
        }
    }
}
