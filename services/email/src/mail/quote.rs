//! The earlier conversation that mailers put below an answer.
//!
//! In: the text of an answer to a mail of ours. Out: what the client wrote this time. What is
//! cut off is in the case already, and its words must not count again: who thanks us below
//! his own old complaint does not complain once more. Never here: a text without own words.

/// Lines after a sender's line in which the head of a quoted mail goes on.
const HEAD_LINES: usize = 4;

/// Cuts the quoted conversation off at the end of a text; a text that would be left without
/// words of its own stays whole.
#[must_use]
pub fn fresh(text: &str) -> &str {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = (0..lines.len()).find(|at| begins_history(lines.get(*at..).unwrap_or_default()));
    let kept = lines.get(..first.unwrap_or(lines.len())).unwrap_or_default();
    let quoted = kept.iter().rev().take_while(|line| is_quoted(line)).count();
    let own: usize = kept.iter().take(kept.len() - quoted).map(|line| line.len()).sum();
    match text.get(..own).map(str::trim_end) {
        Some(own) if !own.trim().is_empty() => own,
        _ => text,
    }
}

/// Tells whether what follows is the line above a quoted mail, or the head of one.
fn begins_history(lines: &[&str]) -> bool {
    let Some(line) = lines.first().map(|line| line.trim().to_lowercase()) else { return false };
    let next = lines.get(1).map(|line| line.trim().to_lowercase()).unwrap_or_default();
    let ruled = line.starts_with("---")
        && ["original message", "原始邮件", "原始信件", "原邮件"].iter().any(|word| line.contains(word));
    let wrote = |line: &str| ["写道:", "写道：", "寫道:", "寫道："].iter().any(|word| line.ends_with(word));
    let english = line.starts_with("on ") && (line.ends_with("wrote:") || next.ends_with("wrote:"));
    ruled || english || wrote(&line) || is_head(&line, lines)
}

/// Tells whether a line begins the head of a quoted mail: its sender, and soon its time.
fn is_head(line: &str, lines: &[&str]) -> bool {
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    begins(line, &["发件人:", "发件人：", "寄件者:", "from:"])
        && lines.iter().skip(1).take(HEAD_LINES).any(|line| {
            begins(&line.trim().to_lowercase(), &["发送时间", "发送日期", "日期", "时间", "寄件日期", "sent:", "date:"])
        })
}

fn is_quoted(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('>') || line.chars().all(|c| matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_said_before_is_cut_off() {
        for history in [
            "> 我要投诉\n> 顾问",
            "-----原始邮件-----\n发件人: kf\n我要投诉",
            "------------------ 原始邮件 ------------------\n我要投诉",
            "在 2026年11月9日，客服 <kf@kf.example> 写道：\n> 我要投诉",
            "On Mon, 9 Nov 2026, kf wrote:\n> 我要投诉",
            "On Mon, 9 Nov 2026 at 09:14, somebody <kf@kf.example>\nwrote:\n\n我要投诉",
            "________________________________\n发件人: 客服 <kf@kf.example>\n发送时间: 2026年11月9日\n主题: x\n\n我要投诉",
            "From: kf\nSent: Monday\nTo: li\n\n我要投诉",
            "-----Original Message-----\n我要投诉",
        ] {
            assert_eq!(fresh(&format!("谢谢，\n解决了\n\n{history}\n")), "谢谢，\n解决了", "{history}");
        }
    }

    #[test]
    fn own_words_stay() {
        for text in [
            "谢谢",
            "> 几点下班？\n五点半",
            "他写道理一套一套的",
            "From: here it is far",
            "发件人: 是谁我不知道",
            "--\n李雷",
            "On Monday I wrote: nothing",
        ] {
            assert_eq!(fresh(text), text);
        }
        // Nothing but a quotation: better too much than nothing.
        assert_eq!(fresh("> 我要投诉"), "> 我要投诉");
        assert_eq!(fresh(""), "");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(>|\n|-|from:|sent:|写道：|on |wrote:|原始邮件| |[a-z投]){0,40}") {
            prop_assert!(text.starts_with(fresh(&text)));
        }
    }
}
