//! Blobs keep their promises: whole or absent, the first one stays, bounded.
//!
//! In: bodies. Out: the same. Never here: plain bytes.

use contract::{BlobId, seal::Sealed};
use store::blob::BLOB_BYTES_MAX;

fn body(len: usize, salt: u8) -> Sealed {
    Sealed::from_bytes((0_u8..=255).cycle().map(|byte| byte ^ salt).take(len).collect())
}

async fn bodies_of_any_size_come_back(store: store::Store) {
    for (id, len) in [(1, 0), (2, 1), (3, 512 * 1024), (4, 512 * 1024 + 1), (5, 3_000_000)] {
        let id = BlobId::new(id);
        store.blobs().put(id, &body(len, 1)).await.unwrap();
        assert_eq!(store.blobs().get(id).await.unwrap(), Some(body(len, 1)));
    }
    assert_eq!(store.blobs().get(BlobId::new(9)).await.unwrap(), None);
}

async fn of_two_bodies_of_one_id_the_first_stays_whole(store: store::Store) {
    let (id, blobs) = (BlobId::new(1), store.blobs());
    let (first, second) = (body(1_200_000, 1), body(1_200_000, 2));
    let (one, two) = tokio::join!(blobs.put(id, &first), blobs.put(id, &second));
    one.and(two).unwrap();
    let kept = blobs.get(id).await.unwrap().unwrap();
    assert!(kept == first || kept == second);
    blobs.put(id, &body(10, 3)).await.unwrap();
    assert_eq!(blobs.get(id).await.unwrap(), Some(kept));
}

async fn a_body_above_the_limit_is_refused(store: store::Store) {
    let refused = store.blobs().put(BlobId::new(1), &body(BLOB_BYTES_MAX + 1, 1)).await;
    assert!(refused.is_err_and(|error| !error.is_retry()));
}

every_backend! {
    bodies_of_any_size_come_back,
    of_two_bodies_of_one_id_the_first_stays_whole,
    a_body_above_the_limit_is_refused,
}
