//! Ids that repeat, bodies that fit, parts that do not.

use contract::{Address, AddressKind, ChannelKind};
use proptest::prelude::*;

use super::*;

fn keys() -> Keys {
    Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32])
}

fn account(id: &str) -> Account {
    Account { channel: ChannelKind::Webhook, id: id.parse().unwrap(), branch: "hq".parse().unwrap() }
}

fn incoming(provider_id: Option<&str>, text: &str) -> Incoming {
    let from = Address::parse(AddressKind::Webhook, "u1").unwrap();
    Incoming { provider_id: provider_id.map(str::to_owned), text: text.into(), ..Incoming::message(Some(from)) }
}

fn part(bytes: Vec<u8>) -> IncomingPart {
    IncomingPart { name: None, media_type: "image/png".into(), source: PartSource::Bytes(bytes) }
}

fn of(incoming: Incoming) -> Content {
    Content::of(&account("app"), incoming, &keys())
}

#[test]
fn a_repeat_has_the_same_ids_and_another_account_others() {
    let (first, again) = (of(incoming(Some("w1"), "x")), of(incoming(Some("w1"), "x")));
    assert_eq!((first.contact, first.input, first.mark), (again.contact, again.input, again.mark));
    let other = Content::of(&account("site"), incoming(Some("w1"), "x"), &keys());
    assert_ne!(first.contact, other.contact);
}

#[test]
fn another_content_under_one_id_has_another_mark() {
    let (first, other) = (of(incoming(Some("w1"), "x")), of(incoming(Some("w1"), "y")));
    assert_eq!(first.contact, other.contact);
    assert_ne!(first.mark, other.mark);
}

#[test]
fn without_an_id_the_content_is_the_id() {
    assert_eq!(of(incoming(None, "x")).contact, of(incoming(None, "x")).contact);
    assert_ne!(of(incoming(None, "x")).contact, of(incoming(None, "y")).contact);
    let with = |bytes| of(Incoming { parts: vec![part(bytes)], ..incoming(None, "x") });
    assert_eq!(with(vec![1; 100_000]).contact, with(vec![1; 100_000]).contact);
    assert_ne!(with(vec![1; 100_000]).contact, with(vec![2; 100_000]).contact);
    assert_ne!(with(vec![1]).contact, of(incoming(None, "x")).contact);
}

#[test]
fn what_is_said_again_later_is_no_repeat() {
    let at = |ms| of(Incoming { received_at: Some(Timestamp::from_ms(ms)), ..incoming(None, "ok") }).contact;
    assert_eq!(at(1), at(1));
    assert_ne!(at(1), at(2));
}

#[test]
fn another_delivery_of_one_message_is_a_repeat() {
    let trace = |bytes: usize| {
        let (attached, original) = (vec![part(vec![1; 40_000])], Some(part(vec![7; bytes])));
        of(Incoming { parts: attached, original, ..incoming(None, "x") })
    };
    let (first, again) = (trace(20_000), trace(30_000));
    assert_eq!((first.contact, first.input, first.mark), (again.contact, again.input, again.mark));
    assert!(again.large.len() == 1 && first.large.is_empty(), "only the original gives way");
    assert_eq!(first.body.parts.iter().map(|part| part.original).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_message_that_says_nothing_is_kept_and_no_matter() {
    let matter = |incoming| of(incoming).matter;
    for text in ["", " \n\u{3000}", "\u{200b}\u{feff}", "\0"] {
        assert_eq!(matter(incoming(Some("w1"), text)), Matter::Automatic, "{text:?}");
        let with = Incoming { parts: vec![part(vec![1])], ..incoming(Some("w1"), text) };
        assert_eq!(matter(with), Matter::Message, "{text:?}");
        let with = Incoming { subject: Some("?".into()), ..incoming(Some("w1"), text) };
        assert_eq!(matter(with), Matter::Message, "{text:?}");
        let original = Incoming { original: Some(part(vec![1])), ..incoming(Some("w1"), text) };
        assert_eq!(matter(original), Matter::Automatic, "{text:?}");
        let counter = Incoming { content: Kind::Counter("lin".parse().unwrap()), ..incoming(Some("w1"), text) };
        assert!(matches!(matter(counter), Matter::Counter(_)), "{text:?}");
    }
}

#[test]
fn parts_go_to_the_store_once_the_message_is_full() {
    let parts = vec![part(vec![1; 40_000]), part(vec![2; 40_000]), part(vec![3; 20_000]), part(vec![4; 70_000])];
    let content = of(Incoming { parts, ..incoming(Some("w1"), "x") });
    let places: Vec<&str> = content
        .body
        .parts
        .iter()
        .map(|part| match part.place {
            PartPlace::Inline(_) => "inline",
            PartPlace::Blob(_) => "blob",
            PartPlace::Provider(_) => "provider",
        })
        .collect();
    assert_eq!(places, ["inline", "blob", "inline", "blob"]);
    assert_eq!(content.body.parts.iter().map(|part| part.bytes).collect::<Vec<_>>(), [40_000, 40_000, 20_000, 70_000]);
    assert_eq!(content.large.iter().map(|(_, bytes)| bytes.len()).collect::<Vec<_>>(), [40_000, 70_000]);
}

#[test]
fn a_text_too_long_is_cut_and_kept_whole_beside() {
    let text = "文".repeat(30_000);
    let content = of(incoming(Some("w1"), &text));
    assert!(content.body.text.len() <= TEXT_BYTES_MAX && text.starts_with(&content.body.text));
    let (_, whole) = content.large.first().unwrap();
    assert_eq!(whole, text.as_bytes());
    let other = of(incoming(Some("w1"), &format!("{text}!")));
    assert_ne!(content.mark, other.mark, "what was cut off still tells contents apart");
}

#[test]
fn of_many_ids_the_last_are_kept() {
    let thread = (0..100).map(|n| n.to_string()).collect();
    let content = of(Incoming { thread, ..incoming(None, "") });
    assert_eq!(content.body.thread.first().map(String::as_str), Some("68"));
    assert_eq!(content.body.thread.last().map(String::as_str), Some("99"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_body_always_fits(
        text in "(.{0,400}|[a文]{0,40000})", subject in "文{0,3000}", to in proptest::collection::vec("x{0,3000}", 0..60),
        sizes in proptest::collection::vec(0_usize..90_000, 0..6)
    ) {
        let parts = sizes.iter().map(|size| part(vec![7; *size])).collect();
        let content = of(Incoming { subject: Some(subject), to, parts, ..incoming(None, &text) });
        prop_assert!(contract::wire::encode(&content.body).len() < 230 * 1024);
        prop_assert!(text.starts_with(&content.body.text));
    }
}
