//! A look-up of senders does not walk through the client book.
//!
//! In: the query. Out: the indexes it takes. Never here: rows.

use crate::{
    dialect::Dialect,
    store::tests::{plan, postgres_plan},
};

#[tokio::test]
async fn owners_are_found_by_the_hash() {
    let found = plan(&super::owners_sql(Dialect::Sqlite)).await;
    assert!(found.contains("SEARCH a USING INDEX address_hash (hash=?)"), "{found}");
    assert!(found.contains("SEARCH c USING INDEX"), "{found}");
}

mod full {
    use super::*;

    #[tokio::test]
    async fn owners_are_found_by_the_hash() {
        let found = postgres_plan(&super::super::owners_sql(Dialect::Postgres), 1).await;
        assert!(found.contains("address_hash") && !found.contains("Seq Scan"), "{found}");
    }
}
