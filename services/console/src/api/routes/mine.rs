//! A client's own subscriptions, by a signed link and without signing in.
//!
//! In: the link's token, a topic. Out: what he ordered to the address that the link went to. A
//! forged link is 404, one that ended 410; the token is a secret and stands in no log. Changes
//! come from a page of ours, and not too many; a mailer cancels by the link alone (RFC 8058), also
//! by one that ended. Never here: another address of his, his name.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode},
};
use contract::{
    EvidenceId, Granted, TopicId,
    consent::{Asks, Permits, Source},
    link::{Link, LinkError},
    problem::Code,
};
use coord::Rate;
use serde::{Deserialize, Serialize};
use store::directory::ClientAddress;
use utoipa::ToSchema;

use crate::{
    api::{
        body::{Path, Sent, Wanted, maybe},
        error::Problem,
        shape::time,
    },
    house::{House, Shared},
    peer::Peer,
    picture::Sight,
};

/// Looks and changes from one peer: a whole office may stand behind one.
const PER_PEER: Rate = rate(120, 60);
/// Changes of one address: each may cost it a message.
const PER_ADDRESS: Rate = rate(10, 20);

/// A client's own page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mine {
    /// The address that the link went to, its middle hidden.
    address: Option<String>,
    /// `phone`, `email`, `wechat` or `webhook`.
    kind: &'static str,
    /// Until when the link leads here.
    #[schema(format = DateTime)]
    expires_at: String,
    /// The IANA name of the time zone of the branch that serves him.
    time_zone: String,
    /// Whether commercial notices and advice wait until it is clear what the client meant.
    held: bool,
    /// The firm's topics, in its order.
    topics: Vec<MineTopic>,
}

/// A topic on a client's own page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MineTopic {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What he writes after 订阅 and 退订.
    keyword: String,
    /// `risk`, `service`, `callback`, `commercial` or `advice`.
    category: &'static str,
    /// Whether he may cancel it.
    can_cancel: bool,
    /// Whether he has it.
    subscribed: bool,
    /// Whether it is sent: subscribed, and neither refused nor held.
    sent: bool,
    /// Since when it stands so; `null` where he never had it.
    #[schema(format = DateTime)]
    since: Option<String>,
}

/// The firm's topics, and which of them go to the address of the link.
#[utoipa::path(get, path = "/mine/{token}", tag = "mine", security(()), responses((status = 200, body = Mine)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    Path(token): Path<String>,
    extensions: Extensions,
) -> Result<Json<Mine>, Problem> {
    let (link, address) = house.linked(&token, &extensions).await?;
    house.mine(&link, &address).await
}

/// Orders a topic to the address of the link.
#[utoipa::path(put, path = "/mine/{token}/topics/{topic}", tag = "mine", security(()), responses((status = 200, body = Mine)))]
pub(crate) async fn order(
    State(house): State<Shared>,
    Path((token, topic)): Path<(String, String)>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Json<Mine>, Problem> {
    let (link, address) = house.linked(&token, &extensions).await?;
    let topic = house.topic(&topic)?.id;
    house.by_own_hand(&link, &address, Asks::Order(topic), &headers).await
}

/// Cancels a topic for the address of the link.
#[utoipa::path(delete, path = "/mine/{token}/topics/{topic}", tag = "mine", security(()), responses((status = 200, body = Mine)))]
pub(crate) async fn cancel(
    State(house): State<Shared>,
    Path((token, topic)): Path<(String, String)>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Json<Mine>, Problem> {
    let (link, address) = house.linked(&token, &extensions).await?;
    let topic = house.topic(&topic)?.id;
    house.by_own_hand(&link, &address, Asks::Cancel(topic), &headers).await
}

/// Cancels everything that can be, and refuses promotion, for the address of the link.
#[utoipa::path(delete, path = "/mine/{token}/topics", tag = "mine", security(()), responses((status = 200, body = Mine)))]
pub(crate) async fn cancel_all(
    State(house): State<Shared>,
    Path(token): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Json<Mine>, Problem> {
    let (link, address) = house.linked(&token, &extensions).await?;
    house.by_own_hand(&link, &address, Asks::CancelAll, &headers).await
}

/// What a mailer posts.
#[derive(Debug, Deserialize)]
pub(crate) struct OneClick {
    /// The topic that the mail was of; without one everything is cancelled.
    #[serde(default, deserialize_with = "maybe")]
    topic: Option<TopicId>,
}

/// Cancels by the link of a mail what the mail was one of. Mailers post without a cookie or a page
/// of ours; who has the link may. Once more changes nothing.
pub(crate) async fn one_click(
    State(house): State<Shared>,
    Path(token): Path<String>,
    wanted: Wanted,
    extensions: Extensions,
    sent: Sent,
) -> Result<&'static str, Problem> {
    let Ok(link) = Link::read_for_cancel(&token, &house.ports.keys) else {
        house.limit_mine_peer(&extensions).await?;
        return Err(Problem::absent("link"));
    };
    let OneClick { topic } = wanted.read()?;
    if !is_one_click(&sent.bytes) {
        return Err(Problem::field("List-Unsubscribe", "needs One-Click"));
    }
    let address = house.address_of_link(&link).await?;
    house.limit_mine_address(&address).await?;
    let permits = house.permits(&address).await?;
    let asks = topic.map_or(Asks::CancelAll, Asks::Cancel);
    if house.has_yet(&permits, &asks) {
        let evidence = EvidenceId::new(house.ports.chance.id(house.clock().now()));
        house.ask_for(&address, evidence, asks, Source::Link, None).await?;
    }
    Ok("已退订\n")
}

/// Says whether a body, as a form or in parts, is what a mailer posts.
fn is_one_click(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.split_once("List-Unsubscribe").is_some_and(|(_, rest)| rest.contains("One-Click"))
}

impl House {
    /// Says whether an address still has something that is asked to end.
    fn has_yet(&self, permits: &Permits, asks: &Asks) -> bool {
        let firm = self.ports.firm.now();
        let may_end = |topic: &TopicId| firm.book.topic(topic).is_none_or(|topic| topic.cancel);
        if let Asks::Cancel(topic) = asks {
            return permits.topics.contains(topic);
        }
        let granted = [permits.commercial, permits.advice].contains(&Granted::Given);
        granted || permits.topics.iter().any(may_end)
    }

    /// Reads a link and gives its address; one that is no longer the client's leads nowhere.
    async fn linked(&self, token: &str, extensions: &Extensions) -> Result<(Link, ClientAddress), Problem> {
        self.limit_mine_peer(extensions).await?;
        let link = match Link::read(token, &self.ports.keys, self.clock().now()) {
            Ok(link) => link,
            Err(LinkError::Forged) => return Err(Problem::absent("link")),
            Err(LinkError::Expired) => return Err(ended()),
        };
        let address = self.address_of_link(&link).await?;
        Ok((link, address))
    }

    async fn address_of_link(&self, link: &Link) -> Result<ClientAddress, Problem> {
        let address = self.ports.store.directory().address(link.address).await?;
        address.filter(|address| address.client == link.client).ok_or_else(ended)
    }

    async fn by_own_hand(
        &self,
        link: &Link,
        address: &ClientAddress,
        asks: Asks,
        headers: &HeaderMap,
    ) -> Result<Json<Mine>, Problem> {
        self.check_origin(headers)?;
        self.limit_mine_address(address).await?;
        let evidence = EvidenceId::new(self.ports.chance.id(self.clock().now()));
        self.ask_for(address, evidence, asks, Source::Page, None).await?;
        self.mine(link, address).await
    }

    async fn limit_mine_peer(&self, extensions: &Extensions) -> Result<(), Problem> {
        self.limit_mine(&format!("mine peer {}", Peer::of(extensions)), PER_PEER).await
    }

    async fn limit_mine_address(&self, address: &ClientAddress) -> Result<(), Problem> {
        self.limit_mine(&format!("mine address {}", address.id), PER_ADDRESS).await
    }

    async fn limit_mine(&self, key: &str, rate: Rate) -> Result<(), Problem> {
        self.ports.coord.quotas.take(key.as_bytes(), rate).await.map_err(Problem::slow_down)
    }

    async fn mine(&self, link: &Link, address: &ClientAddress) -> Result<Json<Mine>, Problem> {
        let permits = self.permits(address).await?;
        let (_, subscriptions) = self.subscribed(link.client).await?;
        let client = self.ports.store.directory().client(link.client).await?;
        let firm = self.ports.firm.now();
        let topics = firm.book.topics.iter().map(|topic| {
            let one = subscriptions.iter().find(|one| one.topic == topic.id && one.address == address.id);
            let subscribed = one.is_some_and(|one| one.live);
            MineTopic {
                id: topic.id.to_string(),
                name: topic.name.clone(),
                keyword: topic.keyword.clone(),
                category: topic.category.as_str(),
                can_cancel: topic.cancel,
                subscribed,
                sent: subscribed && permits.allows(topic.category),
                since: one.map(|one| time(one.at)),
            }
        });
        Ok(Json(Mine {
            address: self.address(address, Sight::Masked).value,
            kind: address.blind.kind.as_str(),
            expires_at: time(link.expires_at),
            time_zone: firm.zone(client.and_then(|client| client.branch).as_ref()),
            held: permits.held,
            topics: topics.collect(),
        }))
    }
}

fn ended() -> Problem {
    Problem::new(Code::NotFound, "the link has ended").with_status(StatusCode::GONE)
}

const fn rate(per_minute: u32, burst: u32) -> Rate {
    Rate { per_minute: positive(per_minute), burst: positive(burst) }
}

const fn positive(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}
