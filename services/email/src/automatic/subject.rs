//! Subjects that machines write, in Chinese and English.
//!
//! In: a decoded subject. Out: whether it begins as those of reports or of automatic replies
//! do. Only beginnings count, and where the words are a person's too a colon must follow:
//! 「自动回复怎么设置」 is a question. Never here: a subject that begins with Re or 转发.

/// Beginnings of subjects of reports.
const REPORTS: [&str; 36] = [
    "undelivered mail returned to sender",
    "undeliverable mail",
    "undeliverable message",
    "undeliverable:",
    "undelivered:",
    "returned mail:",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery error",
    "mail system error",
    "delivery status notification",
    "delivery failure",
    "delivery notification:",
    "delivery report",
    "non delivery",
    "non-delivery",
    "nondeliverable mail",
    "failure notice",
    "failed mail:",
    "message delivery failure",
    "message you sent blocked",
    "warning: could not send message",
    "warning: message delayed",
    "delayed mail",
    "mail could not be delivered",
    "could not deliver",
    "系统退信",
    "退信通知",
    "退信:",
    "邮件投递失败",
    "投递失败",
    "投递失敗",
    "退件通知",
    "未送达:",
    "complaint about message from",
    "メールエラー通知",
];

/// Beginnings of subjects of automatic replies.
const REPLIES: [&str; 22] = [
    "auto:",
    "auto reply:",
    "auto-reply:",
    "auto response:",
    "autoreply:",
    "automatic reply:",
    "automated reply:",
    "automatic response:",
    "out of office:",
    "out of office autoreply:",
    "out of the office:",
    "vacation reply:",
    "[auto-reply]",
    "[auto reply]",
    "自动回复:",
    "自動回覆:",
    "自動回復:",
    "自动答复:",
    "自動答覆:",
    "外出自动回复",
    "[自动回复]",
    "不在办公室:",
];

/// Whole subjects of automatic replies.
const WHOLE_REPLIES: [&str; 8] = [
    "out of office",
    "out of the office",
    "auto reply",
    "automatic reply",
    "自动回复",
    "自動回覆",
    "自动答复",
    "邮件自动回复",
];

/// Says whether a subject is that of a report.
pub(super) fn is_report(subject: &str) -> bool {
    let subject = plain(subject);
    REPORTS.iter().any(|words| subject.starts_with(words))
}

/// Says whether a subject is that of an automatic reply.
pub(super) fn is_reply(subject: &str) -> bool {
    let subject = plain(subject);
    REPLIES.iter().any(|words| subject.starts_with(words)) || WHOLE_REPLIES.contains(&subject.as_str())
}

/// Folds case and full-width signs.
fn plain(subject: &str) -> String {
    let signs = subject.chars().map(|c| match c {
        '：' => ':',
        '【' | '［' => '[',
        '】' | '］' => ']',
        other => other,
    });
    signs.collect::<String>().trim().to_lowercase()
}
