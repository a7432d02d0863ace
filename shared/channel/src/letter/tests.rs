//! Letters: variables, languages, signature, the way to cancel, and templates that go too far.

use super::*;

fn words(text: &str) -> Words {
    Words {
        title: "盘中提示".to_owned(),
        texts: vec![("zh-CN".to_owned(), text.to_owned()), ("en".to_owned(), "Mind {{ stock }}".to_owned())],
        vars: vec![("stock".to_owned(), "600000".to_owned()), ("long".to_owned(), "x".repeat(900))],
        signature: "【首问证券】".to_owned(),
        cancel: "回复TD退订".to_owned(),
    }
}

fn on(channel: ChannelKind, text: &str) -> Result<Letter, NoLetter> {
    letter(&words(text), &Reader::new(Some("陈大文".to_owned()), Some("8800012345")), None, channel, false)
}

fn sms(text: &str) -> Result<String, NoLetter> {
    on(ChannelKind::Sms, text).map(|letter| letter.text)
}

#[test]
fn a_short_message_is_signed_and_says_how_to_cancel() {
    assert_eq!(sms("请注意风险").unwrap(), "【首问证券】请注意风险 回复TD退订");
    assert_eq!(sms("【首问证券】请注意风险").unwrap(), "【首问证券】请注意风险 回复TD退订");
    let again = letter(&words("请注意"), &Reader::default(), None, ChannelKind::Sms, true).unwrap();
    assert_eq!(again.text, "【首问证券】(重发)请注意 回复TD退订");
}

#[test]
fn a_mail_has_a_subject_of_one_line() {
    let mail = on(ChannelKind::Email, "请注意").unwrap();
    assert_eq!(mail.subject.as_deref(), Some("盘中提示"));
    assert_eq!(mail.text, "请注意\n\n回复TD退订\n\n【首问证券】");
}

#[test]
fn a_template_names_the_client_and_what_was_posted_with_it() {
    let text = sms("{{ client.name }}({{ client.number }}):{{ stock }} 触及预警{% if client.name %}!{% endif %}");
    assert_eq!(text.unwrap(), "【首问证券】陈大文(******2345):600000 触及预警! 回复TD退订");
    let english = letter(&words("请注意"), &Reader::default(), Some("en"), ChannelKind::Wechat, false).unwrap();
    assert_eq!(english.text, "【首问证券】Mind 600000 回复TD退订");
}

#[test]
fn a_value_is_no_template_and_no_markup() {
    let words = Words { vars: vec![("x".to_owned(), "{{ client.name }}<b>".to_owned())], ..words("{{ x }}") };
    let text = letter(&words, &Reader::default(), None, ChannelKind::Sms, false).unwrap().text;
    assert_eq!(text, "【首问证券】{{ client.name }}<b> 回复TD退订");
}

#[test]
fn a_template_that_goes_too_far_is_refused_without_a_word_of_a_client() {
    let told = |text: &str| sms(text).unwrap_err().to_string();
    for text in ["{{ nobody }}", "{{ client.age }}", "{% if %}", "{{ stock", "{% include 'x' %}", "{{ range(9) }}"] {
        let told = told(text);
        assert!(told.starts_with("no good template"), "{text}: {told}");
        assert!(!told.contains("陈") && !told.contains("2345"), "{told}");
    }
    assert_eq!(told("{{ 'x' * 1000000000 }}"), "a template multiplies nothing");
    let loops =
        "{% for a in long %}{% for b in long %}{% for c in long %}{{ long }}{% endfor %}{% endfor %}{% endfor %}";
    assert!(sms(loops).is_err());
    assert_eq!(sms(&"风".repeat(6000)), Err(NoLetter::TooLong));
    assert_eq!(sms("{% if false %}x{% endif %} "), Err(NoLetter::Empty));
}

#[test]
fn only_words_that_name_the_client_are_personal() {
    assert!(is_personal(&words("{{ client.name }}")));
    assert!(!is_personal(&Words { texts: vec![("zh-CN".to_owned(), "client".to_owned())], ..Words::default() }));
}

#[test]
fn a_mail_without_a_subject_is_headed_by_its_first_sentence() {
    for (text, subject) in [
        ("【首问证券】您已订阅早盘建议。回复“退订 早盘”取消本项。", "【首问证券】您已订阅早盘建议"),
        ("Your call-back is at 3.30 pm. We will ring you.", "Your call-back is at 3.30 pm"),
        ("\n 回电已改期\n谢谢", "回电已改期"),
        ("Done.", "Done"),
        ("", ""),
    ] {
        assert_eq!(heading(text), subject);
    }
}
