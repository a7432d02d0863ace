//! Answers by mail: what the sender wrote himself, above the message that his mailer quotes.
//!
//! In: the text of a mail. Out: its first part. Never here: what it means.

/// What a mailer writes over the message that it quotes, in front of the line.
const QUOTE_STARTS: &[&str] =
    &[">", "--", "——", "__", "发件人", "發件人", "寄件者", "寄件人", "From:", "发自", "發自", "从我的", "Sent from"];
/// The same, at the end of the line.
const QUOTE_ENDS: &[&str] = &["写道:", "写道：", "寫道:", "寫道：", "wrote:"];

/// Gives a mail's text up to what is quoted or signed below it; the whole where nothing is.
pub(super) fn own_words(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if QUOTE_STARTS.iter().any(|start| plain.starts_with(start))
            || QUOTE_ENDS.iter().any(|end| plain.ends_with(end))
        {
            break;
        }
        end += line.len();
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mailer_adds_below_is_left_out() {
        for below in [
            "> 行情来了\r\n> 回复TD取消全部",
            "------------------ 原始邮件 ------------------\r\n发件人: 首问证券",
            "发件人：首问证券\r\n主题：行情",
            "在 2026年11月9日,首问证券写道：\r\n行情来了",
            "On Mon, Nov 9, 2026 at 9:14 AM kf wrote:\r\n\r\n> x",
            "发自我的iPhone",
            "-- \r\n张三",
            "________________________________\r\nFrom: kf",
        ] {
            assert_eq!(own_words(&format!("TD\r\n\r\n{below}")).trim(), "TD", "{below:?}");
        }
    }

    #[test]
    fn a_text_that_quotes_nothing_is_whole() {
        for text in ["", "TD", "请问\n\n  T+1 是什么\n意思", "他写道:好"] {
            assert_eq!(own_words(text), text);
        }
        assert_eq!(own_words("> TD"), "", "quoted alone is nobody's word");
    }
}
