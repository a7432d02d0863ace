//! The way PostgreSQL takes to the end of a stream.
//!
//! In: the query, records of two months. Out: the parts it looks into. Never here: a clock.

mod full {
    use std::sync::Arc;

    use contract::{Millis, Timestamp, seal::Keys};
    use runtime::{Chance, Clock, Health, Tasks};

    use crate::{
        Engine, Postgres, Store, StoreConfig,
        journal::{Commit, Record, Stream, record::FROM},
        row::Columns,
    };

    /// Opens a store, and commits a record in January and one in March.
    async fn of_two_months(data: &std::path::Path, tasks: &Tasks) -> Store {
        let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
        let clock = Clock::by_hand(Timestamp::from_ms(1_800_000_000_000));
        let engine = Engine::Postgres(Postgres::at(servers::database().unwrap()));
        let config = StoreConfig { engine, ..StoreConfig::at(data) };
        let store = Store::open(&config, keys, clock, Chance::seeded(1), tasks).await.unwrap();
        let stream = Stream::parse("branch/hq").unwrap();
        let lease = store.journal().take_lease(&stream).await.unwrap();
        let mut hash = lease.head_hash;
        for seq in [1, 2] {
            hash = store.keys().chain(&hash, b"record");
            let commit = Commit {
                stream: stream.clone(),
                epoch: lease.epoch,
                old_seq: seq - 1,
                new_seq: seq,
                new_hash: hash,
                reader: contract::journal::READER,
                records: vec![Record { seq, hash, body: b"record".to_vec() }],
                changes: Vec::new(),
                contacts: Vec::new(),
                inputs: Vec::new(),
                texts: Vec::new(),
                newcomers: Vec::new(),
                touched: Vec::new(),
            };
            store.journal().commit(commit).await.unwrap();
            store.clock().advance(Millis::from_secs(2 * 30 * 24 * 3600));
        }
        store
    }

    #[tokio::test]
    async fn months_before_the_heads_are_not_looked_into_for_its_end() {
        let (folder, tasks) = (tempfile::TempDir::new().unwrap(), Tasks::new(Health::default()));
        let store = of_two_months(folder.path(), &tasks).await;
        let plan = async |from: &str| {
            let query = FROM.replace("$1", "'branch/hq'").replace("$2", from).replace("$3", "10");
            let steps = store.all(&format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {query}"), []).await.unwrap();
            steps.iter().map(|step| step.text("QUERY PLAN").unwrap()).collect::<Vec<_>>().join("\n")
        };
        let looked_into = |plan: &str, part: &str| {
            let line = plan.lines().find(|line| line.contains(&format!("on {part} ")));
            line.is_some_and(|line| !line.contains("never executed"))
        };
        let (start, end) = (plan("1").await, plan("2").await);
        assert!(looked_into(&start, "record_2027_01"), "{start}");
        assert!(looked_into(&end, "record_2027_03"), "{end}");
        assert!(!looked_into(&end, "record_2027_01") && !looked_into(&end, "record_2027_02"), "{end}");
    }
}
