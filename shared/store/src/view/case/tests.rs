//! Lists of open cases do not walk past the closed ones.
//!
//! In: queries. Out: the index they take. Never here: rows.

use crate::store::tests::{plan, postgres_plan};

#[tokio::test]
async fn open_cases_are_found_by_the_index_of_open_ones() {
    let found = plan(super::OPEN).await;
    assert!(found.contains("USING INDEX case_open (branch=?)") && !found.contains("TEMP"), "{found}");
    let page = "SELECT c.* FROM \"case\" c WHERE c.branch = $1 AND c.state = $2 AND c.state <> 'closed' \
                ORDER BY c.opened_at DESC, c.id DESC LIMIT 5";
    let found = plan(page).await;
    assert!(found.contains("USING INDEX case_open (branch=?)") && !found.contains("TEMP"), "{found}");
    assert!(plan(super::OF_AGENT).await.contains("USING INDEX case_agent"));
}

mod full {
    use super::*;

    #[tokio::test]
    async fn open_cases_are_found_by_their_index() {
        for (sql, index) in [(super::super::OPEN, "case_open"), (super::super::OF_AGENT, "case_agent")] {
            let found = postgres_plan(sql, 1).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
