//! What an export says of a record, stream by stream.

use contract::{
    Timestamp,
    consent::{Confirmed, Evidence, Proof},
    wire,
};
use store::journal::{Record, Stream};

use super::line;

#[test]
fn evidence_of_consent_is_told_in_words_beside_its_bytes() {
    let evidence = Evidence {
        id: contract::EvidenceId::new(1),
        at: Timestamp::from_ms(1_794_186_000_000),
        client: contract::ClientId::new(2),
        address: contract::AddressId::new(3),
        what: Proof::Confirmed(Confirmed {
            of: contract::EvidenceId::new(4),
            delivery: contract::DeliveryId::new(5),
            wording: "419".to_owned(),
        }),
    };
    let record = Record { seq: 7, hash: [0; 32], body: wire::encode(&evidence) };
    let line = line(&Stream::parse("notices/house").unwrap(), &record);
    assert_eq!((&line["seq"], &line["client"]), (&7.into(), &evidence.client.to_string().into()));
    assert!(line["what"].as_str().is_some_and(|what| what.starts_with("Confirmed(")), "{line}");
}
