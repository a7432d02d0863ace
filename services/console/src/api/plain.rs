//! What people write, as it may leave the house: what they typed and saw, and nothing else.
//!
//! In: an answer or a note as it was pasted. Out: the same without what no screen shows. One
//! place for every channel, before the text is sealed, so that what is kept is what was sent.
//! Never here: a change of a visible sign.

/// Gives a text with line ends as `\n`, without control characters but newline and tab, and
/// without marks that make what follows read backwards.
#[must_use]
pub(crate) fn plain(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let typed = |c: &char| !is_override(*c) && (matches!(c, '\n' | '\t') || !c.is_control());
    unix.chars()
        .map(|c| if matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') { '\n' } else { c })
        .filter(typed)
        .collect()
}

/// Says whether a character embeds, overrides or isolates a direction of writing.
const fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_screen_shows_does_not_leave() {
        for (pasted, sent) in [
            ("您好\u{7}\u{0}！", "您好！"),
            ("第一行\r\n第二行\r第三行\n\t末", "第一行\n第二行\n第三行\n\t末"),
            ("退款\u{202e}元001\u{202c}", "退款元001"),
            ("\u{2067}x\u{2069}\u{feff}\u{1b}[31m\u{9b}1m", "x\u{feff}[31m1m"),
            ("一\u{2028}二\u{85}三\u{b}四\u{c}\u{7f}", "一\n二\n三四"),
            ("👨‍👩‍👧 ٣ שלום", "👨‍👩‍👧 ٣ שלום"),
        ] {
            assert_eq!(plain(pasted), sent, "{pasted:?}");
        }
    }
}
