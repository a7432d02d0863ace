//! Pages: a cursor that is handed out comes back, anything else is refused.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_cursor_comes_back(at in any::<i64>(), id in any::<u128>()) {
        let place = Place { at: Timestamp::from_ms(at), id };
        prop_assert_eq!(Cursor(place).to_string().parse::<Cursor>().unwrap(), Cursor(place));
    }

    #[test]
    fn any_other_text_is_refused_without_a_panic(text in ".{0,60}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }
}

#[test]
fn a_page_knows_whether_another_follows() {
    let two = Page { cursor: None, limit: Limit(2) };
    assert_eq!(two.cut(vec![1, 2, 3], u8::to_string), (vec![1, 2], Some("2".to_owned())));
    assert_eq!(two.cut(vec![1, 2], u8::to_string), (vec![1, 2], None));
}
