//! Plans: a house whose tables were empty when it began reads by indexes all the same.
//!
//! In: a new database, look-ups, rows, the same look-ups. Out: what PostgreSQL counts as read
//! row by row. Never here: a time.

use contract::{
    Address, AddressKind, AgentId, CaseId, Category, ChannelKind, ClientId, InputId, Lane, OfferState, Timestamp,
    seal::Sealed,
    view::{Change, Told},
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use store::{
    Store,
    deliveries::{Patience, Road},
    directory::Newcomer,
    journal::{Commit, Stream},
    page::{CaseFilter, ToldFilter},
};

use crate::{
    house::{database, open_database},
    journal::next,
    notice,
};

/// Rows of each table.
const ROWS: u128 = 300;
/// Looks at each; after a few the server would settle on a plan.
const LOOKS: usize = 8;

async fn look(store: &Store, number: u128) {
    let (views, case) = (store.views(), CaseId::new(number));
    let agent: AgentId = "lin".parse().unwrap();
    let newcomer = Newcomer {
        address: Address::parse(AddressKind::Phone, &format!("138{number:08}")).unwrap(),
        branch: "hq".parse().unwrap(),
    };
    views.committed(&[InputId::new(number)]).await.unwrap();
    views.case(case).await.unwrap();
    views.cases(&[case]).await.unwrap();
    views.cases_of_agent(&agent).await.unwrap();
    views.open_offers(&agent).await.unwrap();
    views.offers_of_case(case).await.unwrap();
    store.directory().behind(&[newcomer]).await.unwrap();
    store.pages().contacts_of_cases(&[case], 50).await.unwrap();
    let filter = CaseFilter { branch: Some("hq".parse().unwrap()), ..CaseFilter::default() };
    store.pages().cases(&filter, None, 5).await.unwrap();
    let of_branch = ToldFilter { branch: filter.branch, ..ToldFilter::default() };
    let own = ToldFilter { own: Some(agent), ..ToldFilter::default() };
    for filter in [ToldFilter::default(), of_branch, own] {
        store.pages().told(&filter, None, 5).await.unwrap();
    }
}

/// Looks at an alert as notifier, sender and pages do.
async fn look_at_alerts(store: &Store) {
    let (notices, now) = (store.notices(), notice::at(1));
    notices.has_unplanned().await.unwrap();
    notices.has_moving().await.unwrap();
    notices.plan(&notice::ways(), now).await.unwrap();
    notices.follow(now).await.unwrap();
    notices.repeat(now, now).await.unwrap();
    notices.finish(now, notice::at(0)).await.unwrap();
    notices.progress(notice::id(1)).await.unwrap();
    notices.list(Some(&"hq".parse().unwrap()), None, 9).await.unwrap();
    let patience = Patience { begun_before: notice::at(0), claimed_before: notice::at(0) };
    store.claims("one").sweep(now, patience).await.unwrap();
    let road = Road { channel: ChannelKind::Sms, account: "main".parse().unwrap(), lane: Lane::Bulk };
    store.claims("one").load(&road).await.unwrap();
    for due in store.claims("one").claim(&road, now, 2).await.unwrap() {
        store.submits().begin(due, now).await.unwrap();
    }
    let draft = notice::draft(Category::Advice, vec![ClientId::new(5)]);
    notices.foresee(&draft, &notice::ways(), 10, now).await.unwrap();
}

/// Posts an alert to many, some of whom want it.
async fn alert(store: &Store) {
    let clients = notice::clients(store, usize::try_from(ROWS).unwrap()).await;
    notice::consented(store, &clients[..4]).await;
    let mut draft = notice::draft(Category::Advice, clients);
    draft.rules.risk = Some(contract::ProductRisk::R3);
    draft.rules.per_day = Some(3);
    notice::post(store, 1, draft).await;
    notice::plan(store, notice::at(0)).await;
}

async fn fill(store: &Store) {
    let lease = store.journal().take_lease(&Stream::parse("branch/hq").unwrap()).await.unwrap();
    let changes = (1..=ROWS).flat_map(|number| {
        [
            Change::Case(Box::new(sample::case(number))),
            Change::Contact(sample::contact(number, number)),
            Change::Offer(sample::offer(number, number, "wang", OfferState::Open)),
            Change::Told(Told {
                case: CaseId::new(number),
                who: "xie".to_owned(),
                why: "warn".to_owned(),
                at: Timestamp::from_ms(1),
            }),
        ]
    });
    let contacts = (1..=ROWS).map(|number| {
        sample::inbound(number, Timestamp::from_ms(i64::try_from(number).unwrap()), Sealed::from_bytes(vec![1]))
    });
    let newcomers = (1..=ROWS).map(|number| Newcomer {
        address: Address::parse(AddressKind::Phone, &format!("139{number:08}")).unwrap(),
        branch: "hq".parse().unwrap(),
    });
    let commit = Commit {
        changes: changes.collect(),
        contacts: contacts.collect(),
        newcomers: newcomers.collect(),
        inputs: (1..=ROWS).map(|number| (InputId::new(number), 1)).collect(),
        ..next(store, &lease, 1)
    };
    store.journal().commit(commit).await.unwrap();
}

/// Gives one number.
async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_began_empty_reads_no_table_row_by_row() {
    let database = database();
    let house = open_database(&database).await;
    for number in 1..=LOOKS {
        look(&house.store, number as u128).await;
        look_at_alerts(&house.store).await;
    }
    fill(&house.store).await;
    alert(&house.store).await;
    for number in 1..=LOOKS {
        look(&house.store, number as u128).await;
        look_at_alerts(&house.store).await;
    }

    // A connection that ends tells what it read.
    let admin = Database::connect(&database.url).await.unwrap();
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'shouwen'";
    admin.execute_unprepared(&format!("SELECT pg_terminate_backend(pid) {others}")).await.unwrap();
    while number(&admin, &format!("SELECT count(*) {others}")).await > 0 {
        tokio::task::yield_now().await;
    }
    let read = "SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables WHERE n_live_tup >= 300";
    assert_eq!(number(&admin, read).await, 0);
    let filled = "SELECT count(*) FROM pg_stat_user_tables WHERE n_live_tup >= 300";
    assert!(number(&admin, filled).await >= 7, "the counts are there");
}
