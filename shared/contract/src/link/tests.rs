//! Links that hold, links that ended, links that somebody made up.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn keys(index: u8) -> Keys {
    Keys::new(vec![(1, [1; 32])], [index; 32], [3; 32])
}

fn link() -> Link {
    Link::new(ClientId::new(7), AddressId::new(8), NOW)
}

#[test]
fn a_link_opens_until_it_ends() {
    let token = link().token(&keys(2));
    assert_eq!(Link::read(&token, &keys(2), NOW), Ok(link()));
    let last = NOW + LINK_LIFE;
    assert_eq!(Link::read(&token, &keys(2), Timestamp::from_ms(last.as_ms() - 1)), Ok(link()));
    assert_eq!(Link::read(&token, &keys(2), last), Err(LinkError::Expired));
    assert_eq!(Link::read_for_cancel(&token, &keys(2)), Ok(link()), "what ended cancels still");
    assert_eq!(link().url("https://kf.example/", &keys(2)), format!("https://kf.example/s/{token}"));
    assert!(token.len() < 80, "it fits a short message");
}

#[test]
fn another_house_makes_no_link_of_this_one() {
    assert_eq!(Link::read(&link().token(&keys(9)), &keys(2), NOW), Err(LinkError::Forged));
}

#[test]
fn a_forged_link_is_no_ended_one() {
    let mut bytes = URL_SAFE_NO_PAD.decode(link().token(&keys(2))).unwrap();
    for byte in 0..bytes.len() {
        bytes[byte] ^= 1;
        let read = Link::read(&URL_SAFE_NO_PAD.encode(&bytes), &keys(2), NOW + LINK_LIFE);
        assert_eq!(read, Err(LinkError::Forged));
        let cancel = Link::read_for_cancel(&URL_SAFE_NO_PAD.encode(&bytes), &keys(2));
        assert_eq!(cancel, Err(LinkError::Forged));
        bytes[byte] ^= 1;
    }
    for cut in 0..bytes.len() {
        let read = Link::read(&URL_SAFE_NO_PAD.encode(&bytes[..cut]), &keys(2), NOW);
        assert_eq!(read, Err(LinkError::Forged));
    }
}

proptest! {
    #[test]
    fn whatever_is_no_token_is_forged(text in any::<String>()) {
        prop_assert_eq!(Link::read(&text, &keys(2), NOW), Err(LinkError::Forged));
    }
}
