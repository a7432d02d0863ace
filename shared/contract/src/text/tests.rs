//! Spellings that must compare equal, and the table's own order.

use proptest::prelude::*;

use super::*;

#[test]
fn width_case_script_and_zero_width_are_evened_out() {
    assert_eq!(normalise("風險測評過期了怎麼辦"), "风险测评过期了怎么办");
    assert_eq!(normalise("ＡＰＰ登錄不上"), "app登录不上");
    assert_eq!(normalise("投\u{200b}诉\u{feff}"), "投诉");
    assert_eq!(normalise("我要，退订！"), "我要,退订!");
    assert_eq!(normalise("我要投訴林某"), "我要投诉林某");
}

#[test]
fn the_table_is_whole_sorted_and_maps_to_characters_it_leaves_alone() {
    assert_eq!(PAIRS.len(), 3222);
    assert!(PAIRS.windows(2).all(|two| two[0].0 < two[1].0));
    assert!(PAIRS.iter().all(|(_, simple)| simplified(*simple) == *simple));
}

#[test]
fn what_nobody_can_read_is_blank() {
    for text in ["", " ", "\u{3000}\n\t", "\u{200b}\u{feff}", "\u{202e}", "\0\u{7}", "\u{fe0f}"] {
        assert!(is_blank(text), "{text:?}");
    }
    for text in ["x", "？", "1", "👍", " \u{200b}好"] {
        assert!(!is_blank(text), "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_taken(text in any::<String>()) {
        let once = normalise(&text);
        let invisible = once.chars().any(is_invisible);
        prop_assert!(!invisible);
    }
}
