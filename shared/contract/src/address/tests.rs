//! Addresses in the spellings that channels really use.

use super::*;

#[test]
fn one_number_in_many_spellings_is_one_address() {
    for text in [
        "13800138000",
        "+86 138 0013 8000",
        "008613800138000",
        "8613800138000",
        "138-0013-8000",
        "１３８００１３８０００",
    ] {
        let address = Address::parse(AddressKind::Phone, text).unwrap();
        assert_eq!(address.value(), "+8613800138000", "{text}");
    }
}

#[test]
fn service_numbers_and_land_lines_keep_their_meaning() {
    let value = |text| Address::parse(AddressKind::Phone, text).unwrap().value().to_owned();
    assert_eq!(value("12386"), "12386");
    assert_eq!(value("95521"), "95521");
    assert_eq!(value("0755-82345678"), "+8675582345678");
    assert_eq!(value("+1 (415) 867-5310"), "+14158675310");
}

#[test]
fn what_is_no_address_is_refused_without_repeating_it() {
    for text in ["", "anonymous", "138x0013", "+", "1234567890123456"] {
        let error = Address::parse(AddressKind::Phone, text).unwrap_err();
        assert!(!error.to_string().contains("138"), "{error}");
    }
    for text in ["", "a", "@b.example", "a@", "a b@c.example", "a@b\n.example"] {
        assert!(Address::parse(AddressKind::Email, text).is_err(), "{text:?}");
    }
}

#[test]
fn masks_hide_the_middle() {
    assert_eq!(Address::parse(AddressKind::Phone, "13812345678").unwrap().masked(), "+86138****5678");
    assert_eq!(Address::parse(AddressKind::Email, "lin.wei@kf.example").unwrap().masked(), "l******@kf.example");
}

#[test]
fn equal_values_of_two_namespaces_are_two_addresses() {
    let keys = crate::seal::Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]);
    let user = |namespace: &str| Address::parse(AddressKind::Webhook, "u-5").unwrap().within(namespace);
    assert_ne!(user("app"), user("form"));
    assert_ne!(keys.blind(&user("app")), keys.blind(&user("form")));
    assert_ne!(keys.blind(&user("app")), keys.blind(&user("")));
    assert_eq!(keys.blind(&user("app")), keys.blind(&user("app")));
    assert_eq!(user("app").value(), "u-5", "the service's own id stays as it is");
}
