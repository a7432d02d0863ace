//! Subscribing: orders and cancels that come by REST, at a client's word or by his own hand.
//!
//! In: whose address, what is asked, by whom. Out: the act in the store, with its evidence; the
//! notifier confirms it. Never here: rights, and what an act does (the store's rules).

use contract::{
    ClientId, Effect, EvidenceId, TopicId, about,
    consent::{Asks, Permits, Source},
    id::derived,
    problem::Code,
};
use firm::Topic;
use store::{
    consent::{Act, Noted, Stamp, Subscription},
    directory::ClientAddress,
};

use crate::{api::error::Problem, house::House};

impl House {
    /// Gives a topic of the firm in force, or says that there is none.
    pub(crate) fn topic(&self, id: &str) -> Result<Topic, Problem> {
        let known = |id: TopicId| self.ports.firm.now().book.topic(&id).cloned();
        id.parse().ok().and_then(known).ok_or_else(|| Problem::absent("topic"))
    }

    /// Does what is asked for an address. `noted` are the client's words as somebody notes them.
    pub(crate) async fn ask_for(
        &self,
        address: &ClientAddress,
        evidence: EvidenceId,
        asks: Asks,
        by: Source,
        noted: Option<&str>,
    ) -> Result<Effect, Problem> {
        let now = self.clock().now();
        let noted = noted.map(|words| {
            let sealed =
                self.ports.keys.seal(self.ports.chance.nonce(), &about::text(evidence.bits()), words.as_bytes());
            Noted { version: format!("{:016x}", derived(&[b"wording", words.as_bytes()]) >> 64), sealed }
        });
        let act = Act {
            evidence,
            asks,
            by,
            client: address.client,
            address: address.id,
            hash: address.blind.hash,
            stamp: Stamp::new(now, 0),
            at: now,
            answers: None,
            noted,
        };
        let done = self.ports.store.consents().act(act, self.ports.firm.now().book.terms()).await?;
        match done.effect() {
            Effect::Refused => Err(Problem::new(Code::WrongState, "that topic cannot be cancelled")),
            Effect::Overtaken => Err(Problem::new(Code::WrongState, "the client has said something else meanwhile")),
            effect @ (Effect::Done | Effect::Nothing) => Ok(effect),
        }
    }

    /// Gives what a client subscribes to, and what each of his addresses allows.
    pub(crate) async fn subscribed(
        &self,
        client: ClientId,
    ) -> Result<(Vec<ClientAddress>, Vec<Subscription>), Problem> {
        let addresses = self.ports.store.directory().addresses(client).await?;
        let subscriptions = self.ports.store.consents().subscriptions(client).await?;
        Ok((addresses, subscriptions))
    }

    /// Gives what may be sent to an address.
    pub(crate) async fn permits(&self, address: &ClientAddress) -> Result<Permits, Problem> {
        let hash = address.blind.hash;
        Ok(self.ports.store.consents().permits(&[hash]).await?.remove(&hash).unwrap_or_default())
    }
}
