//! Cancels in the same rough world: clients end what they ordered while a campaign runs, in lives
//! that end between any two steps. Once a client was told that his cancel holds, nothing of the
//! campaign is under way to him or begins (I-5); each is told once.

use std::collections::BTreeSet;

use contract::{
    Category, ClientClass, EvidenceId, NoticeId, NoticeState, TopicId,
    audit::By,
    consent::{Asks, Source, Terms},
    notice::Words,
};
use store::{
    consent::{Act, Stamp},
    directory::{ClientAddress, Entry},
    notice::{Draft, Rules},
};

use super::*;

/// Clients of one world.
const CLIENTS: u64 = 24;
/// Of them so many cancel, sooner or later.
const CANCELLING: u64 = 16;
/// Turns of the scheduler between two cancels at most.
const BETWEEN: u64 = 600;
/// Turns of the scheduler that a call of the campaign takes at most.
const CALL_TURNS: u64 = 2000;
const CAMPAIGN: NoticeId = NoticeId::new(3);
/// What every message of the campaign says.
const WORDS: &str = "培训讲座";

/// What the provider knows of addresses.
#[derive(Default)]
pub(super) struct Heard {
    /// Messages that confirm a cancel.
    confirming: BTreeSet<DeliveryId>,
    /// Addresses whose owner was told that his cancel holds.
    cancelled: BTreeSet<String>,
    /// Addresses to which the campaign is being submitted.
    under_way: Vec<String>,
}

impl Heard {
    /// Forgets what was under way in a life that ended.
    pub(super) fn begin_anew(&mut self) {
        self.under_way.clear();
    }
}

impl Provider {
    /// Notes that a submit begins, and whether it should not.
    pub(super) fn hear(&self, outbound: &Outbound) {
        let to = outbound.to.value().to_owned();
        let mut heard = self.heard.lock().unwrap();
        let wrong = |what: &str| self.wrong.lock().unwrap().push(format!("{}: {what}", outbound.delivery));
        if heard.confirming.contains(&outbound.delivery) {
            if heard.under_way.contains(&to) {
                wrong("a cancel is confirmed while the campaign is under way to its address");
            }
            heard.cancelled.insert(to);
        } else if outbound.text.contains(WORDS) {
            if heard.cancelled.contains(&to) {
                wrong("the campaign goes to an address after its cancel was confirmed");
            }
            heard.under_way.push(to);
        }
    }

    /// Takes so long over a message of the campaign that much happens beside it.
    pub(super) async fn take_time(&self, outbound: &Outbound) {
        if outbound.text.contains(WORDS) {
            for _ in 0..self.chance.below(CALL_TURNS) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Notes that a submit is over.
    pub(super) fn heard_out(&self, outbound: &Outbound) {
        if outbound.text.contains(WORDS) {
            let mut heard = self.heard.lock().unwrap();
            let place = heard.under_way.iter().position(|to| to == outbound.to.value());
            heard.under_way.swap_remove(place.unwrap());
        }
    }
}

fn topic() -> TopicId {
    "training".parse().unwrap()
}

fn entry(place: u64) -> Entry {
    Entry {
        number: place.to_string(),
        name: None,
        class: ClientClass::Ordinary,
        risk_class: None,
        risk_valid_until: None,
        manager: None,
        branch: Some(account().branch),
        addresses: vec![Address::parse(AddressKind::Phone, &format!("139{place:08}")).unwrap()],
    }
}

impl House {
    /// Enters clients who order the topic, and posts a campaign to whoever ordered it.
    async fn begin_campaign(&self, expires_at: Timestamp) {
        let (store, now) = (&self.ports.store, self.ports.clock.now());
        store.directory().enter((0..CLIENTS).map(entry).collect()).await.unwrap();
        for place in 0..CLIENTS {
            self.ask(place, u128::from(place) + 1, Asks::Order(topic())).await;
        }
        let draft = Draft {
            branch: account().branch,
            category: Category::Commercial,
            topic: Some(topic()),
            clients: None,
            words: Words { texts: vec![("zh-CN".to_owned(), WORDS.to_owned())], ..Words::default() },
            personal: false,
            expires_at,
            rules: Rules {
                firm: 1,
                risk: None,
                zone: "Asia/Shanghai".to_owned(),
                quiet: None,
                window: None,
                per_day: None,
            },
        };
        store.notices().post(CAMPAIGN, draft, &By::house(), now).await.unwrap();
    }

    /// Does what a client asks on his own page.
    async fn ask(&self, place: u64, evidence: u128, asks: Asks) {
        let (store, now) = (&self.ports.store, self.ports.clock.now());
        let addresses: Vec<ClientAddress> = store.directory().addresses(entry(place).id()).await.unwrap();
        let act = Act {
            evidence: EvidenceId::new(evidence),
            asks,
            by: Source::Page,
            client: addresses[0].client,
            address: addresses[0].id,
            hash: addresses[0].blind.hash,
            stamp: Stamp::new(now, 0),
            at: now,
            answers: None,
            noted: None,
        };
        let terms = Terms { topic: topic(), category: Category::Commercial, cancel: true };
        store.consents().act(act, vec![terms]).await.unwrap();
    }

    /// Cancels for a client; again changes nothing.
    async fn cancel(&self, place: u64, world: &World) {
        let evidence = 1000 + u128::from(place);
        world.provider.heard.lock().unwrap().confirming.insert(EvidenceId::new(evidence).delivery());
        self.ask(place, evidence, Asks::CancelAll).await;
    }

    /// Lets clients cancel, one by one, for as long as the life lasts.
    async fn be_cancelled(&self, world: &World) {
        loop {
            for _ in 0..world.chance.below(BETWEEN) {
                tokio::task::yield_now().await;
            }
            self.cancel(world.chance.below(CANCELLING), world).await;
        }
    }

    /// Says whether everybody who cancelled was told, and the campaign is done.
    async fn is_quiet(&self, world: &World) -> bool {
        let store = &self.ports.store;
        let campaign = store.notices().get(CAMPAIGN).await.unwrap().unwrap();
        let said = store.consents().unconfirmed(1).await.unwrap().is_empty();
        let heard = world.provider.heard.lock().unwrap().cancelled.len() as u64;
        said && heard == CANCELLING && campaign.state == NoticeState::Done
    }
}

fn check_cancels(seed: u64) -> BTreeMap<DeliveryState, usize> {
    let world = World::new(seed);
    let expires_at = world.provider.alerts_expire_at;
    world.live(|house| async move { house.begin_campaign(expires_at).await });
    // Who orders is a second older than who cancels.
    world.clock.advance(Millis::from_secs(1));
    for _ in 0..LIVES {
        world.live(|house| {
            let world = &world;
            async move {
                house.start(world).await;
                tokio::select! {
                    () = world.until_crash(&house) => {}
                    () = house.be_cancelled(world) => {}
                }
            }
        });
        world.clock.advance(Millis::from_secs(i64::try_from(world.chance.below(30)).unwrap()));
    }
    *world.provider.crashes.lock().unwrap() = false;
    let ends = world.live(|house| {
        let world = &world;
        async move {
            house.start(world).await;
            for place in 0..CANCELLING {
                house.cancel(place, world).await;
            }
            let rest = async {
                while !house.is_quiet(world).await {
                    looked(&house, world).await;
                    house.ports.clock.advance(Millis::from_secs(1));
                }
            };
            tokio::time::timeout(PATIENCE, rest).await.expect("the campaign does not come to rest");
            house.ports.store.notices().recipients(CAMPAIGN, None, 0, 200).await.unwrap()
        }
    });
    let wrong = world.provider.wrong.lock().unwrap().clone();
    assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    let mut counts = BTreeMap::new();
    for (_, view) in ends {
        *counts.entry(view.state).or_default() += 1;
    }
    counts
}

#[test]
fn nothing_of_a_campaign_follows_a_confirmed_cancel_whatever_crashes() {
    let mut all = BTreeMap::new();
    for seed in 1..=4 {
        for (state, count) in check_cancels(seed) {
            *all.entry(state).or_insert(0) += count;
        }
    }
    // Some cancels came before the campaign reached their address, and some after.
    assert!(all.get(&DeliveryState::Withheld).is_some_and(|count| *count > 0), "{all:?}");
    assert!(all.get(&DeliveryState::Delivered).is_some_and(|count| *count > 0), "{all:?}");
    println!("{all:?}");
}
