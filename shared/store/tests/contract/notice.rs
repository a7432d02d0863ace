//! Alerts keep their promises: each recipient once, nothing after a stop, figures that add up.
//!
//! In: clients, alerts, tries. Out: deliveries and where they stand. Never here: a real number.

use std::collections::BTreeMap;

use contract::{
    Address, AddressKind, BranchId, Category, ChannelKind, ClientClass, ClientId, DeliveryState, EvidenceId, Millis,
    NoticeId, NoticeState, ProductRisk, Timestamp, Withheld,
    audit::{By, Deed, What},
    consent::{Asks, Source, Terms},
    delivery::{DeliveryView, Due},
    notice::Words,
    wire,
};
use store::{
    Store,
    consent::{Act, Stamp},
    deliveries::{Begun, End, From, Patience, Road, Settled},
    directory::Entry,
    journal::{PROCESS, Stream},
    notice::{Draft, Progress, Rules, Stretch, Turn, Way},
};

/// Four in the afternoon in Shanghai.
const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);
const LIFE: Millis = Millis::from_secs(24 * 3600);

pub(crate) fn at(seconds: i64) -> Timestamp {
    START + Millis::from_secs(seconds)
}

fn hq() -> BranchId {
    "hq".parse().unwrap()
}

pub(crate) fn id(number: u128) -> NoticeId {
    NoticeId::new(number)
}

fn by() -> By {
    By { user: "risk".parse().unwrap(), role: Some(contract::Role::Integration) }
}

pub(crate) fn ways() -> Vec<Way> {
    let way =
        |channel, branch: &str| Way { branch: branch.parse().unwrap(), channel, account: "main".parse().unwrap() };
    vec![way(ChannelKind::Sms, "sz"), way(ChannelKind::Wechat, "hq"), way(ChannelKind::Sms, "hq")]
}

fn entry(number: &str, class: Option<&str>, until: Option<&str>, addresses: &[(AddressKind, &str)]) -> Entry {
    Entry {
        number: number.to_owned(),
        name: Some("甲".to_owned()),
        class: ClientClass::Ordinary,
        risk_class: class.map(str::to_owned),
        risk_valid_until: until.map(str::to_owned),
        manager: None,
        branch: Some(hq()),
        addresses: addresses.iter().map(|(kind, value)| Address::parse(*kind, value).unwrap()).collect(),
    }
}

/// Enters so many clients with a telephone number each, and gives their ids.
pub(crate) async fn clients(store: &Store, count: usize) -> Vec<ClientId> {
    let entries: Vec<Entry> = (0..count)
        .map(|place| {
            let phone = format!("139{place:08}");
            entry(&format!("c{place}"), Some("C4"), Some("2099-12-31"), &[(AddressKind::Phone, &phone)])
        })
        .collect();
    let ids = entries.iter().map(Entry::id).collect();
    store.directory().enter(entries).await.unwrap();
    ids
}

pub(crate) fn draft(category: Category, clients: Vec<ClientId>) -> Draft {
    Draft {
        branch: hq(),
        category,
        topic: None,
        clients: Some(clients),
        words: Words { texts: vec![("zh-CN".to_owned(), "注意".to_owned())], ..Words::default() },
        personal: false,
        expires_at: START + LIFE,
        rules: Rules {
            firm: 1,
            risk: None,
            zone: "Asia/Shanghai".to_owned(),
            quiet: None,
            window: None,
            per_day: None,
        },
    }
}

fn says(text: &str, draft: Draft) -> Draft {
    Draft { words: Words { texts: vec![("zh-CN".to_owned(), text.to_owned())], ..Words::default() }, ..draft }
}

pub(crate) async fn post(store: &Store, number: u128, draft: Draft) {
    store.notices().post(id(number), draft, &by(), START).await.unwrap();
}

/// Plans all there is to plan; after every portion the figures add up.
pub(crate) async fn plan(store: &Store, now: Timestamp) {
    while let Some(portion) = store.notices().plan(&ways(), now).await.unwrap() {
        let notice = store.notices().get(portion.notice).await.unwrap().unwrap();
        assert_eq!(progress(store, portion.notice).await.total(), notice.total);
        assert_eq!(notice.planned, portion.last);
    }
}

async fn progress(store: &Store, notice: NoticeId) -> Progress {
    store.notices().progress(notice).await.unwrap()
}

async fn withheld(store: &Store, notice: u128) -> BTreeMap<Withheld, u64> {
    let all = Withheld::ALL.iter().copied().zip(progress(store, id(notice)).await.withheld);
    all.filter(|(_, count)| *count > 0).collect()
}

async fn recipients(store: &Store, notice: u128) -> Vec<DeliveryView> {
    let read = store.notices().recipients(id(notice), None, 0, 200).await.unwrap();
    read.into_iter().map(|(_, view)| view).collect()
}

async fn begin(store: &Store, view: &DeliveryView, now: Timestamp) -> Begun {
    let due = Due { delivery: view.id, attempt: view.attempt + 1 };
    store.submits().begin(due, now).await.unwrap()
}

async fn state(store: &Store, view: &DeliveryView) -> (DeliveryState, Option<String>) {
    let view = store.deliveries().get(view.id).await.unwrap().unwrap();
    (view.state, view.reason)
}

async fn deeds(store: &Store) -> Vec<What> {
    let records = store.records().from(&Stream::audit(PROCESS), 1, 100).await.unwrap();
    records.iter().map(|record| wire::decode::<Deed>(&record.body).unwrap().what).collect()
}

async fn a_client_is_told_once_at_the_first_address_that_the_branch_reaches(store: Store) {
    let phone = (AddressKind::Phone, "13900000001");
    let entries = vec![
        entry("1", None, None, &[(AddressKind::Email, "a@kf.example"), phone]),
        entry("2", None, None, &[(AddressKind::Wechat, "oX")]),
        entry("3", None, None, &[(AddressKind::Email, "b@kf.example")]),
        entry("4", None, None, &[phone]),
    ];
    let mut ids: Vec<ClientId> = entries.iter().map(Entry::id).collect();
    store.directory().enter(entries).await.unwrap();
    ids.extend([ids[0], ClientId::new(99)]);
    post(&store, 1, draft(Category::Risk, ids.clone())).await;
    plan(&store, at(0)).await;
    let told = recipients(&store, 1).await;
    let channels: Vec<_> = told.iter().map(|view| (view.client.unwrap(), view.channel, view.state)).collect();
    use DeliveryState::{Queued, Withheld as Kept};
    assert_eq!(
        channels,
        [
            (ids[0], ChannelKind::Sms, Queued),
            (ids[1], ChannelKind::Wechat, Queued),
            (ids[2], ChannelKind::Sms, Kept),
            (ids[3], ChannelKind::Sms, Kept),
            (ids[5], ChannelKind::Sms, Kept),
        ]
    );
    let expected = [(Withheld::Duplicate, 2), (Withheld::NoAddress, 2)];
    assert_eq!(withheld(&store, 1).await, expected.into());
    assert_eq!(progress(&store, id(1)).await.total(), 6);
}

async fn many_recipients_come_in_portions_urgent_before_bulk(store: Store) {
    let ids = clients(&store, 1_203).await;
    post(&store, 1, says("培训", draft(Category::Commercial, ids.clone()))).await;
    post(&store, 2, draft(Category::Risk, ids.clone())).await;
    let first = store.notices().plan(&ways(), at(0)).await.unwrap().unwrap();
    assert_eq!((first.notice, first.recipients, first.last), (id(2), 500, false));
    plan(&store, at(0)).await;
    for notice in [1, 2] {
        assert_eq!(progress(&store, id(notice)).await, Progress { queued: 1_203, ..Progress::default() });
    }
    assert!(!store.notices().has_unplanned().await.unwrap());
    let page = store.notices().recipients(id(2), Some(DeliveryState::Queued), 1_200, 10).await.unwrap();
    assert_eq!(page.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1_201, 1_202, 1_203]);
}

async fn the_same_words_to_the_same_address_are_withheld_for_ten_minutes(store: Store) {
    let ids = clients(&store, 2).await;
    post(&store, 1, draft(Category::Service, ids[..1].to_vec())).await;
    plan(&store, at(0)).await;
    post(&store, 2, draft(Category::Service, ids.clone())).await;
    post(&store, 3, says("另一件事", draft(Category::Service, ids.clone()))).await;
    plan(&store, at(60)).await;
    assert_eq!(withheld(&store, 2).await, [(Withheld::Duplicate, 1)].into());
    assert_eq!(withheld(&store, 3).await, [].into());
    post(&store, 4, draft(Category::Service, ids.clone())).await;
    plan(&store, at(661)).await;
    assert_eq!(withheld(&store, 4).await, [].into());
    // Of an alert that was stopped nobody was told.
    store.notices().turn(id(4), Turn::Stop, &by()).await.unwrap();
    assert!(store.notices().follow(at(662)).await.unwrap());
    post(&store, 5, draft(Category::Service, ids)).await;
    plan(&store, at(1261)).await;
    assert_eq!(withheld(&store, 5).await, [].into());
}

async fn nothing_begins_while_an_alert_is_paused_nor_after_it_was_stopped(store: Store) {
    let ids = clients(&store, 3).await;
    post(&store, 1, draft(Category::Risk, ids)).await;
    plan(&store, at(0)).await;
    let told = recipients(&store, 1).await;
    assert_eq!(begin(&store, &told[0], at(1)).await, Begun::Go);
    let notices = store.notices();
    assert!(notices.turn(id(1), Turn::Pause, &by()).await.unwrap());
    assert!(!notices.turn(id(1), Turn::Pause, &by()).await.unwrap(), "it is paused already");
    assert_eq!(begin(&store, &told[1], at(2)).await, Begun::Later);
    while notices.follow(at(2)).await.unwrap() {}
    let road = Road { channel: ChannelKind::Sms, account: "main".parse().unwrap(), lane: contract::Lane::Urgent };
    assert_eq!(store.claims("one").claim(&road, at(3), 9).await.unwrap(), []);
    assert!(notices.turn(id(1), Turn::Resume, &by()).await.unwrap());
    while notices.follow(at(4)).await.unwrap() {}
    assert_eq!(store.claims("one").claim(&road, at(4), 9).await.unwrap().len(), 2);
    assert_eq!(begin(&store, &told[1], at(5)).await, Begun::Go);
    assert!(notices.turn(id(1), Turn::Stop, &by()).await.unwrap());
    assert_eq!(begin(&store, &told[2], at(6)).await, Begun::Refused);
    while notices.follow(at(6)).await.unwrap() {}
    assert_eq!(withheld(&store, 1).await, [(Withheld::Stopped, 1)].into());
    assert_eq!(progress(&store, id(1)).await.queued, 2, "what was begun is");
    assert!(!notices.turn(id(1), Turn::Resume, &by()).await.unwrap());
}

async fn advice_goes_only_to_those_whose_risk_class_covers_it(store: Store) {
    let phone = |last: u32| format!("1390000000{last}");
    let marks = [(Some("C5"), "2099-01-01"), (Some("C3"), "2099-01-01"), (Some("C5"), "2020-01-01"), (None, "")];
    let entries: Vec<Entry> = (0..)
        .zip(marks)
        .map(|(place, (class, until))| {
            let until = Some(until).filter(|until| !until.is_empty());
            entry(&format!("a{place}"), class, until, &[(AddressKind::Phone, &phone(place))])
        })
        .collect();
    let ids: Vec<ClientId> = entries.iter().map(Entry::id).collect();
    store.directory().enter(entries).await.unwrap();
    consented(&store, &ids).await;
    let mut advice = draft(Category::Advice, ids);
    advice.rules.risk = Some(ProductRisk::R4);
    let foreseen = store.notices().foresee(&advice, &ways(), 1000, at(0)).await.unwrap();
    assert_eq!((foreseen.recipients, foreseen.looked_at), (4, 4));
    assert_eq!(foreseen.withheld, [(Withheld::Suitability, 3)].into());
    assert_eq!(foreseen.by_channel, [(ChannelKind::Sms, 1)].into());
    post(&store, 1, advice).await;
    plan(&store, at(0)).await;
    let mut begun = Vec::new();
    for view in recipients(&store, 1).await {
        begun.push(begin(&store, &view, at(1)).await);
    }
    assert_eq!(begun, [Begun::Go, Begun::Refused, Begun::Refused, Begun::Refused]);
    assert_eq!(withheld(&store, 1).await, [(Withheld::Suitability, 3)].into());
}

async fn a_cap_counts_by_client_and_day_and_a_second_try_once(store: Store) {
    let ids = clients(&store, 1).await;
    consented(&store, &ids).await;
    let mut capped = draft(Category::Commercial, ids);
    capped.rules.per_day = Some(2);
    for number in 1..=3 {
        post(&store, number, says(&format!("第{number}场"), capped.clone())).await;
    }
    plan(&store, at(0)).await;
    let first = recipients(&store, 1).await.remove(0);
    assert_eq!(begin(&store, &first, at(1)).await, Begun::Go);
    let due = Due { delivery: first.id, attempt: 1 };
    store.submits().settle(due, From::Submitting, Settled::Retry(at(9), "busy".to_owned()), at(2)).await.unwrap();
    let again = recipients(&store, 1).await.remove(0);
    assert_eq!(begin(&store, &again, at(9)).await, Begun::Go);
    assert_eq!(begin(&store, &recipients(&store, 2).await[0], at(9)).await, Begun::Go);
    let third = recipients(&store, 3).await.remove(0);
    let foreseen = store.notices().foresee(&says("第四场", capped), &ways(), 10, at(9)).await.unwrap();
    assert_eq!(foreseen.withheld, [(Withheld::Cap, 1)].into());
    // Another day has a count of its own.
    assert_eq!(begin(&store, &third, at(9)).await, Begun::Refused);
    assert_eq!(state(&store, &third).await, (DeliveryState::Withheld, Some("cap".to_owned())));
}

async fn a_try_that_failed_before_it_began_is_counted_when_one_begins(store: Store) {
    let ids = clients(&store, 1).await;
    consented(&store, &ids).await;
    let mut capped = draft(Category::Commercial, ids);
    capped.rules.per_day = Some(1);
    for number in 1..=3 {
        post(&store, number, says(&format!("第{number}场"), capped.clone())).await;
    }
    plan(&store, at(0)).await;
    let first = recipients(&store, 1).await.remove(0);
    let no_token = Settled::Retry(at(9), "no access token".to_owned());
    let due = Due { delivery: first.id, attempt: 1 };
    store.submits().settle(due, From::Queued, no_token, at(1)).await.unwrap();
    assert_eq!(begin(&store, &recipients(&store, 1).await[0], at(9)).await, Begun::Go);
    assert_eq!(begin(&store, &recipients(&store, 2).await[0], at(9)).await, Begun::Refused);
    // It is tried again after midnight: it counts for the new day, and for that alone.
    let due = Due { delivery: first.id, attempt: 2 };
    let midnight = 8 * 3600;
    let busy = Settled::Retry(at(midnight), "busy".to_owned());
    store.submits().settle(due, From::Submitting, busy, at(10)).await.unwrap();
    assert_eq!(begin(&store, &recipients(&store, 1).await[0], at(midnight)).await, Begun::Go);
    assert_eq!(begin(&store, &recipients(&store, 3).await[0], at(midnight)).await, Begun::Refused);
}

async fn who_may_not_have_it_silences_nobody_of_his_number(store: Store) {
    let phone = [(AddressKind::Phone, "13900000001")];
    let until = Some("2099-01-01");
    let entries = vec![
        entry("son", Some("C1"), until, &phone),
        entry("mother", Some("C5"), until, &phone),
        entry("father", Some("C4"), until, &phone),
    ];
    let ids: Vec<ClientId> = entries.iter().map(Entry::id).collect();
    store.directory().enter(entries).await.unwrap();
    consented(&store, &ids).await;
    let mut advice = draft(Category::Advice, ids.clone());
    advice.rules.risk = Some(ProductRisk::R4);
    let foreseen = store.notices().foresee(&advice, &ways(), 1000, at(0)).await.unwrap();
    assert_eq!(foreseen.withheld, [(Withheld::Suitability, 1), (Withheld::Duplicate, 1)].into());
    // An earlier alert of the same words names only him who may not have it.
    post(&store, 1, Draft { clients: Some(ids[..1].to_vec()), ..advice.clone() }).await;
    post(&store, 2, advice).await;
    plan(&store, at(0)).await;
    assert_eq!(begin(&store, &recipients(&store, 1).await[0], at(1)).await, Begun::Refused);
    let mut begun = Vec::new();
    for view in recipients(&store, 2).await {
        begun.push((view.client.unwrap(), begin(&store, &view, at(1)).await));
    }
    assert_eq!(begun, [(ids[0], Begun::Refused), (ids[1], Begun::Go), (ids[2], Begun::Void)]);
    assert_eq!(withheld(&store, 2).await, [(Withheld::Suitability, 1), (Withheld::Duplicate, 1)].into());
}

async fn in_quiet_hours_promotion_waits_for_the_morning_or_ends(store: Store) {
    let ids = clients(&store, 2).await;
    consented(&store, &ids).await;
    let mut quiet = draft(Category::Commercial, ids.clone());
    quiet.rules.quiet = Some(Stretch { from: 20 * 60, to: 8 * 60 });
    post(&store, 1, quiet.clone()).await;
    plan(&store, at(0)).await;
    let evening = at(4 * 3600);
    let [first, second]: [DeliveryView; 2] = recipients(&store, 1).await.try_into().unwrap();
    assert_eq!(begin(&store, &first, evening - Millis::new(1)).await, Begun::Go);
    assert_eq!(begin(&store, &second, evening).await, Begun::Later);
    let second = store.deliveries().get(second.id).await.unwrap().unwrap();
    assert_eq!((second.state, second.due_at), (DeliveryState::Queued, at(16 * 3600)), "until eight");
    // What expires before that is not put off; a warning of risk goes at once.
    let short = Draft { expires_at: evening + Millis::from_secs(3600), ..says("今晚", quiet) };
    post(&store, 2, short).await;
    post(&store, 3, says("预警", draft(Category::Risk, ids))).await;
    plan(&store, evening).await;
    assert_eq!(withheld(&store, 2).await, [(Withheld::QuietHours, 2)].into());
    assert_eq!(begin(&store, &recipients(&store, 3).await[0], evening).await, Begun::Go);
}

async fn none_is_submitted_at_its_expiry_and_the_rest_is_listed(store: Store) {
    let ids = clients(&store, 2).await;
    let urgent = Draft { expires_at: at(60), ..draft(Category::Risk, ids.clone()) };
    post(&store, 1, urgent.clone()).await;
    plan(&store, at(0)).await;
    let told = recipients(&store, 1).await;
    assert_eq!(begin(&store, &told[0], at(60)).await, Begun::Expired);
    let patience = Patience { begun_before: START, claimed_before: START };
    assert_eq!(store.claims("one").sweep(at(60), patience).await.unwrap().expired.values().sum::<u64>(), 1);
    let expired = store.notices().recipients(id(1), Some(DeliveryState::Expired), 0, 9).await.unwrap();
    let listed: Vec<_> = expired.iter().map(|(_, view)| view.client.unwrap()).collect();
    assert_eq!(listed, ids);
    // Who was not planned by then is listed too.
    post(&store, 2, says("迟了", urgent)).await;
    plan(&store, at(61)).await;
    assert_eq!(progress(&store, id(2)).await, Progress { expired: 2, ..Progress::default() });
}

async fn a_topic_goes_to_who_ordered_it_where_he_ordered_it_and_to_nobody_after_his_cancel(store: Store) {
    let ids = clients(&store, 3).await;
    consented(&store, &ids[..2]).await;
    let topic = || Some("flash".parse().unwrap());
    let flash = Draft { topic: topic(), clients: None, ..draft(Category::Commercial, vec![]) };
    let foreseen = store.notices().foresee(&flash, &ways(), 1000, at(0)).await.unwrap();
    assert_eq!((foreseen.recipients, foreseen.looked_at, foreseen.withheld.len()), (2, 2, 0));
    post(&store, 1, flash).await;
    plan(&store, at(0)).await;
    let told = recipients(&store, 1).await;
    let mut heard: Vec<ClientId> = told.iter().filter_map(|view| view.client).collect();
    heard.sort_unstable();
    let mut asked = ids[..2].to_vec();
    asked.sort_unstable();
    assert_eq!(heard, asked);
    assert_eq!(begin(&store, &told[0], at(1)).await, Begun::Go);
    let other = &told[1];
    let address = store.directory().address(other.address.unwrap()).await.unwrap().unwrap();
    let cancel = Act {
        evidence: EvidenceId::new(5),
        asks: Asks::CancelAll,
        by: Source::Page,
        client: address.client,
        address: address.id,
        hash: address.blind.hash,
        stamp: Stamp::new(at(1), 0),
        at: at(1),
        answers: None,
        noted: None,
    };
    let terms = Terms { topic: topic().unwrap(), category: Category::Commercial, cancel: true };
    store.consents().act(cancel, vec![terms]).await.unwrap();
    assert_eq!(begin(&store, other, at(2)).await, Begun::Refused);
    // Who never ordered anything is not told by his number either.
    post(&store, 2, says("别的", draft(Category::Commercial, ids[2..].to_vec()))).await;
    plan(&store, at(2)).await;
    assert_eq!(begin(&store, &recipients(&store, 2).await[0], at(2)).await, Begun::Refused);
    for notice in [1, 2] {
        assert_eq!(withheld(&store, notice).await, [(Withheld::NoConsent, 1)].into());
    }
    // A warning that names its clients needs nobody's consent.
    post(&store, 3, draft(Category::Risk, ids)).await;
    plan(&store, at(2)).await;
    assert_eq!(begin(&store, &recipients(&store, 3).await[2], at(2)).await, Begun::Go);
}

async fn of_what_nobody_knows_only_risk_goes_again_and_once(store: Store) {
    let ids = clients(&store, 1).await;
    post(&store, 1, draft(Category::Risk, ids.clone())).await;
    post(&store, 2, draft(Category::Service, ids)).await;
    plan(&store, at(0)).await;
    let lost = |attempt| async move { Settled::Ended(End::Unknown, format!("no answer to try {attempt}")) };
    for notice in [1, 2] {
        let view = recipients(&store, notice).await.remove(0);
        assert_eq!(begin(&store, &view, at(1)).await, Begun::Go);
        let due = Due { delivery: view.id, attempt: 1 };
        store.submits().settle(due, From::Submitting, lost(1).await, at(2)).await.unwrap();
    }
    assert_eq!(store.notices().repeat(at(2), at(3)).await.unwrap(), 0, "the receipt is waited for");
    assert_eq!(store.notices().repeat(at(3), at(3)).await.unwrap(), 1);
    let view = recipients(&store, 1).await.remove(0);
    assert_eq!((view.state, view.repeat, view.attempt), (DeliveryState::Queued, true, 1));
    assert_eq!(begin(&store, &view, at(4)).await, Begun::Go);
    let due = Due { delivery: view.id, attempt: 2 };
    store.submits().settle(due, From::Submitting, lost(2).await, at(5)).await.unwrap();
    assert_eq!(store.notices().repeat(at(90), at(90)).await.unwrap(), 0);
    assert_eq!(recipients(&store, 2).await[0].state, DeliveryState::Unknown);
}

async fn an_alert_of_which_nothing_waits_is_done_and_the_journal_has_its_figures(store: Store) {
    let ids = clients(&store, 2).await;
    post(&store, 1, draft(Category::Service, ids)).await;
    plan(&store, at(0)).await;
    store.notices().finish(at(1), START).await.unwrap();
    assert_eq!(store.notices().get(id(1)).await.unwrap().unwrap().state, NoticeState::Running);
    for view in recipients(&store, 1).await {
        assert_eq!(begin(&store, &view, at(1)).await, Begun::Go);
        let due = Due { delivery: view.id, attempt: 1 };
        let sent = Settled::Sent(Some(format!("p-{}", view.id)));
        store.submits().settle(due, From::Submitting, sent, at(2)).await.unwrap();
    }
    store.notices().finish(at(3), START).await.unwrap();
    let notice = store.notices().get(id(1)).await.unwrap().unwrap();
    assert_eq!((notice.state, notice.ended_at), (NoticeState::Done, Some(at(3))));
    let deeds = deeds(&store).await;
    let [What::AlertPosted(posted), What::AlertEnded(ended)] = deeds.as_slice() else { panic!("{deeds:?}") };
    assert_eq!((posted.asked, posted.category), (2, Category::Service));
    assert_eq!((ended.total, ended.sent, ended.withheld), (2, 2, 0));
    assert_eq!(store.notices().words(id(1)).await.unwrap().unwrap().text(None), "注意");
    assert_eq!(store.notices().list(Some(&hq()), None, 9).await.unwrap(), [notice]);
}

every_backend!(
    a_client_is_told_once_at_the_first_address_that_the_branch_reaches,
    many_recipients_come_in_portions_urgent_before_bulk,
    the_same_words_to_the_same_address_are_withheld_for_ten_minutes,
    nothing_begins_while_an_alert_is_paused_nor_after_it_was_stopped,
    advice_goes_only_to_those_whose_risk_class_covers_it,
    a_cap_counts_by_client_and_day_and_a_second_try_once,
    a_try_that_failed_before_it_began_is_counted_when_one_begins,
    who_may_not_have_it_silences_nobody_of_his_number,
    in_quiet_hours_promotion_waits_for_the_morning_or_ends,
    none_is_submitted_at_its_expiry_and_the_rest_is_listed,
    a_topic_goes_to_who_ordered_it_where_he_ordered_it_and_to_nobody_after_his_cancel,
    of_what_nobody_knows_only_risk_goes_again_and_once,
    an_alert_of_which_nothing_waits_is_done_and_the_journal_has_its_figures,
);

/// Has clients order what is commercial and what is advice, each to his first address.
pub(crate) async fn consented(store: &Store, clients: &[ClientId]) {
    let terms = |(topic, category): (&str, Category)| Terms { topic: topic.parse().unwrap(), category, cancel: true };
    let terms: Vec<Terms> = [("flash", Category::Commercial), ("desk", Category::Advice)].map(terms).to_vec();
    for client in clients {
        let address = store.directory().addresses(*client).await.unwrap().remove(0);
        for (place, topic) in (1_u128..).zip(["flash", "desk"]) {
            let act = Act {
                evidence: EvidenceId::new(client.bits() ^ place),
                asks: Asks::Order(topic.parse().unwrap()),
                by: Source::Page,
                client: *client,
                address: address.id,
                hash: address.blind.hash,
                stamp: Stamp::new(START, 0),
                at: START,
                answers: None,
                noted: None,
            };
            store.consents().act(act, terms.clone()).await.unwrap();
        }
    }
}
