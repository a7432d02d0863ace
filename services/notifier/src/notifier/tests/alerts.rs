//! Alerts in the same rough world: planned, submitted and ended in lives that end between any two
//! steps. Each client is told once; of what nobody knows a risk warning alone goes out once more,
//! marked; the figures add up whenever somebody looks.

use contract::{BranchId, Category, ClientClass, ClientId, NoticeId, NoticeState, audit::By, notice::Words};
use store::{
    directory::Entry,
    notice::{Draft, Rules},
};

use super::*;

/// Clients of one world.
const CLIENTS: usize = 30;
const RISK: NoticeId = NoticeId::new(1);
const SERVICE: NoticeId = NoticeId::new(2);

fn hq() -> BranchId {
    account().branch
}

fn draft(category: Category, text: &str, clients: Vec<ClientId>, expires_at: Timestamp) -> Draft {
    let zone = "Asia/Shanghai".to_owned();
    Draft {
        branch: hq(),
        category,
        topic: None,
        clients: Some(clients),
        words: Words { texts: vec![("zh-CN".to_owned(), text.to_owned())], ..Words::default() },
        personal: false,
        expires_at,
        rules: Rules { firm: 1, risk: None, zone, quiet: None, window: None, per_day: None },
    }
}

impl House {
    /// Enters clients and posts two alerts to all of them.
    async fn post_alerts(&self, expires_at: Timestamp) {
        let entries: Vec<Entry> = (0..CLIENTS)
            .map(|place| Entry {
                number: place.to_string(),
                name: None,
                class: ClientClass::Ordinary,
                risk_class: None,
                risk_valid_until: None,
                manager: None,
                branch: Some(hq()),
                addresses: vec![Address::parse(AddressKind::Phone, &format!("139{place:08}")).unwrap()],
            })
            .collect();
        let clients: Vec<ClientId> = entries.iter().map(Entry::id).collect();
        let (store, now) = (&self.ports.store, self.ports.clock.now());
        store.directory().enter(entries).await.unwrap();
        let service = draft(Category::Service, "讲座", clients.clone(), expires_at);
        store.notices().post(SERVICE, service, &By::house(), now).await.unwrap();
        let risk = draft(Category::Risk, "预警", clients, expires_at);
        store.notices().post(RISK, risk, &By::house(), now).await.unwrap();
    }

    /// Says whether both alerts are done; whatever they are, their figures add up.
    async fn alerts_are_done(&self) -> bool {
        let mut done = true;
        for id in [RISK, SERVICE] {
            let (first, progress) =
                (self.ports.store.notices().get(id).await.unwrap(), self.ports.store.notices().progress(id).await);
            let (notice, progress) = (first.unwrap(), progress.unwrap());
            assert!(progress.total() >= notice.total, "a total went back");
            assert!(progress.total() <= CLIENTS as u64, "somebody is counted twice");
            done &= notice.state == NoticeState::Done;
        }
        done
    }
}

fn check_alerts(seed: u64) -> BTreeMap<DeliveryState, usize> {
    let world = World::new(seed);
    let expires_at = world.provider.alerts_expire_at;
    world.live(|house| async move { house.post_alerts(expires_at).await });
    for _ in 0..LIVES {
        world.live(|house| {
            let world = &world;
            async move {
                house.start(world).await;
                world.until_crash(&house).await;
                house.alerts_are_done().await;
            }
        });
        world.clock.advance(Millis::from_secs(i64::try_from(world.chance.below(60)).unwrap()));
    }
    *world.provider.crashes.lock().unwrap() = false;
    let ends = world.live(|house| {
        let world = &world;
        async move {
            house.start(world).await;
            let rest = async {
                while !house.alerts_are_done().await {
                    looked(&house, world).await;
                    house.ports.clock.advance(Millis::from_secs(1));
                }
            };
            tokio::time::timeout(PATIENCE, rest).await.expect("the alerts do not come to rest");
            let mut ends = Vec::new();
            for id in [RISK, SERVICE] {
                let told = house.ports.store.notices().recipients(id, None, 0, 200).await.unwrap();
                assert_eq!(told.len(), CLIENTS, "seed {seed}: each client has one delivery");
                ends.extend(told.into_iter().map(|(_, view)| view));
            }
            ends
        }
    });
    let wrong = world.provider.wrong.lock().unwrap().clone();
    assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    let mut counts = BTreeMap::new();
    for view in ends {
        *counts.entry(view.state).or_default() += 1;
    }
    counts
}

#[test]
fn an_alert_reaches_each_client_once_whatever_crashes() {
    let mut all = BTreeMap::new();
    for seed in 1..=4 {
        for (state, count) in check_alerts(seed) {
            *all.entry(state).or_insert(0) += count;
        }
    }
    assert!(all.get(&DeliveryState::Delivered).is_some_and(|count| *count > 0), "{all:?}");
    assert!(all.get(&DeliveryState::Unknown).is_some_and(|count| *count > 0), "{all:?}");
    println!("{all:?}");
}
