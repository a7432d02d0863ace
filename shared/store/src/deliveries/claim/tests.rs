//! The notifier does not walk through all deliveries for those that are due.
//!
//! In: its queries. Out: the indexes they take. Never here: rows.

use super::*;
use crate::store::tests::{plan, postgres_plan};

#[tokio::test]
async fn what_is_due_is_found_by_its_index() {
    let claim = plan(&claim_sql(Dialect::Sqlite)).await;
    assert!(claim.contains("USING INDEX delivery_due"), "{claim}");
    let worth = plan(WORTH).await;
    assert!(worth.contains("delivery_expiry") && worth.contains("delivery_submitting"), "{worth}");
    assert!(worth.contains("delivery_claim "), "{worth}");
}

mod full {
    use super::*;

    #[tokio::test]
    async fn what_is_due_is_found_by_its_index() {
        let claim = postgres_plan(&claim_sql(Dialect::Postgres), 6).await;
        assert!(claim.contains("delivery_due") && !claim.contains("Seq Scan"), "{claim}");
        let worth = postgres_plan(WORTH, 3).await;
        assert!(worth.contains("delivery_expiry") && worth.contains("delivery_submitting"), "{worth}");
        assert!(!worth.contains("Seq Scan"), "{worth}");
        let load = postgres_plan(LOAD, 3).await;
        assert!(load.contains("delivery_due") && load.contains("delivery_claimed"), "{load}");
    }
}
