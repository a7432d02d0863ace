//! Cursors: what is handed out comes back, anything else is refused.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_cursor_comes_back(at in any::<i64>(), id in any::<u128>()) {
        let place = Place { at: Timestamp::from_ms(at), id };
        prop_assert_eq!(Cursor(place).text().parse::<Cursor>().unwrap(), Cursor(place));
    }

    #[test]
    fn any_other_text_is_refused_without_a_panic(text in ".{0,60}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.text(), text);
        }
    }
}

#[test]
fn a_page_knows_whether_another_follows() {
    let place = |n: &u128| Place { at: Timestamp::from_ms(0), id: *n };
    let (page, next) = Limit(2).cut(vec![1, 2, 3], place);
    assert_eq!((page, next.is_some()), (vec![1, 2], true));
    let (page, next) = Limit(2).cut(vec![1, 2], place);
    assert_eq!((page, next), (vec![1, 2], None));
}
