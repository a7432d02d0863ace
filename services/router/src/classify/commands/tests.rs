//! What is a command, what sounds like one, and what is neither.

use proptest::prelude::*;

use super::*;

fn commands() -> Commands {
    let (book, _) = firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap();
    Commands::new(&book)
}

/// Says what is found, in a few letters.
fn said(text: &str) -> String {
    let asks = |asks: &Asks| match asks {
        Asks::Order(topic) => format!("order {topic}"),
        Asks::Cancel(topic) => format!("cancel {topic}"),
        Asks::CancelAll => "cancel all".to_owned(),
        Asks::Show => "show".to_owned(),
        Asks::Hold => "hold".to_owned(),
        Asks::Release => "release".to_owned(),
    };
    match commands().of_text(text) {
        None => "nothing".to_owned(),
        Some(Command::Asks(what)) => asks(&what),
        Some(Command::Answer(what)) => format!("{} as an answer", asks(&what)),
    }
}

#[test]
fn words_that_cancel_everything_count_however_they_are_typed() {
    for text in [
        "退订",
        "TD",
        "td",
        "ＴＤ。",
        "「 ｔｄ。」",
        " 退訂 !!",
        "退\u{200b}订",
        "\u{202e}TD\u{202c}",
        "退订👍",
        "【首问证券】退订",
        "退订【张三】",
        "【退订】",
        "STOP",
        "Stop.",
        "Unsubscribe",
        "取消订阅",
        "全部退订",
        "退订全部",
        "退订 全部",
        "TD 全部",
        "退订:全部",
        "取消订阅 所有",
        "STOP ALL",
        "退订 短信",
        "TD【首问证券】。",
        "\u{feff}退订\r\n",
    ] {
        assert_eq!(said(text), "cancel all", "{text:?}");
    }
}

#[test]
fn one_letter_counts_as_an_answer_only() {
    for text in ["T", "t。", "Ｎ", "R!", "cancel", "QUIT"] {
        assert_eq!(said(text), "cancel all as an answer", "{text:?}");
    }
    for text in ["*ST", "ST", "T+1", "T 这只", "TT", "不要T", "1", "Y", "", "。", "🙏", "【】"] {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn a_keyword_is_matched_whole() {
    for text in [
        "订阅 早盘",
        "订阅早盘",
        "訂閱 早盤",
        "订阅:早盘。",
        "订阅【早盘】",
        "订阅“早盘”",
        "定制早盘",
        "subscribe 早盘",
        "【早盘订阅】订阅 早盘",
    ] {
        assert_eq!(said(text), "order morning", "{text:?}");
    }
    for text in ["退订 快讯", "退订快讯", "退訂 快訊!", "TD 快讯", "取消订阅 快讯", "退订【快讯】", "退订快讯【张三】"]
    {
        assert_eq!(said(text), "cancel flash", "{text:?}");
    }
    assert_eq!(said("订阅 风险"), "order risk");
    for text in ["风险测评怎么做", "订阅", "订阅 早盘 快讯", "我要订阅早盘", "订阅 天气", "早盘", "订阅费是多少"]
    {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn a_topics_name_does_what_its_keyword_does() {
    for text in ["订阅 早盘建议", "订阅早盘建议", "訂閱“早盤建議”。", "定制【早盘建议】"]
    {
        assert_eq!(said(text), "order morning", "{text:?}");
    }
    for text in ["退订 早盘建议", "退订早盘建议", "TD 早盤建議!", "退订早盘建议【张三】"] {
        assert_eq!(said(text), "cancel morning", "{text:?}");
    }
    assert_eq!(said("退订 追保与强平通知"), "cancel margincall");
    for text in ["早盘建议", "订阅 早盘建议 盘间快讯", "我要订阅早盘建议"] {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn a_name_that_two_topics_have_is_no_guess() {
    let topic = |id: &str, name: &str, keyword: &str| {
        format!("[[topic]]\nid = \"{id}\"\nname = \"{name}\"\nkeyword = \"{keyword}\"\ncategory = \"advice\"\n")
    };
    let topics = [topic("a", "建议", "早"), topic("b", "建议", "晚"), topic("c", "早", "午"), topic("d", "全部", "都")];
    let text = format!("{}\n{}", firm::SAMPLE, topics.concat());
    let (book, _) = firm::read(firm::SAMPLE_FILE, &text).unwrap();
    let commands = Commands::new(&book);
    let asks = |text| match commands.of_text(text)? {
        Command::Asks(asks) | Command::Answer(asks) => Some(asks),
    };
    assert_eq!(asks("退订 建议"), Some(Asks::Hold));
    assert_eq!(asks("订阅 建议"), None);
    assert_eq!(asks("退订 早"), Some(Asks::Cancel("a".parse().unwrap())), "a keyword comes before a name");
    assert_eq!(asks("退订 全部"), Some(Asks::CancelAll), "all is all");
}

#[test]
fn a_cancel_of_what_is_no_topic_holds_and_is_an_agents_to_ask_about() {
    for text in
        ["退订 天气", "退订:abc", "TD 天气", "TD天气", "退订 早", "退订 谢谢", "退订。谢谢", "STOP, thanks", "TD,谢谢"]
    {
        assert_eq!(said(text), "hold", "{text:?}");
    }
    for text in ["TDX 通达信打不开", "stoploss", "stop loss 怎么设", "Stop-limit order?", "tdk"] {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn a_cancel_that_is_mistyped_holds() {
    for text in ["回T", "回TD", "回复 TD", "T D", "t.d", "退 订", "退-订", "退定", "不要发", "别发!", "别發"]
    {
        assert_eq!(said(text), "hold", "{text:?}");
    }
    for text in ["不要发票", "请分别发给我", "退定金", "回头再说"] {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn loose_words_hold() {
    for text in [
        "别再给我发了!!",
        "不要再给我發了",
        "别发了行不行",
        "回T退订",
        "回复TD退订",
        "我要退订",
        "退订吧",
        "请问怎么退订早盘这个东西",
        "再發就拒收",
        "烦死了",
        "退订 早盘 快讯",
        "不要再發",
    ] {
        assert_eq!(said(text), "hold", "{text:?}");
    }
    for text in ["我的退单在哪", "银证转账转不出来", "不投诉了"] {
        assert_eq!(said(text), "nothing", "{text:?}");
    }
}

#[test]
fn what_is_too_long_is_no_command() {
    let keyword = "早".repeat(10_000);
    assert_eq!(said(&format!("订阅 {keyword}")), "nothing");
    assert_eq!(said(&format!("退订{}", " ".repeat(600))), "hold");
    assert_eq!(said(&"T".repeat(100_000)), "nothing");
    assert_eq!(said(&"【".repeat(500)), "nothing");
    assert_eq!(said(&"【x】".repeat(60)), "nothing");
}

#[test]
fn a_menu_orders_and_cancels_by_id() {
    let commands = commands();
    assert_eq!(commands.of_key("order:morning"), Some(Asks::Order("morning".parse().unwrap())));
    assert_eq!(commands.of_key("cancel:flash"), Some(Asks::Cancel("flash".parse().unwrap())));
    assert_eq!(commands.of_key("subscriptions"), Some(Asks::Show));
    for key in
        ["order:weather", "order:", "order", "cancel", "subscriptions:", "TOUSU", "event:subscribe", "ORDER:morning"]
    {
        assert_eq!(commands.of_key(key), None, "{key}");
    }
}

#[test]
fn a_firm_without_topics_has_no_orders() {
    let none = Commands::default();
    assert_eq!(none.of_text("退订"), None);
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let commands = commands();
        prop_assert!(commands.of_text(&text).is_none() || commands.of_key(&text).is_none());
    }

    #[test]
    fn no_command_hides_in_other_words(before in "[a-z银证转账]{1,8}", after in "[a-z银证转账]{1,8}") {
        for word in ["td", "订阅早盘"] {
            let text = format!("{before}{word}{after}");
            prop_assert!(!matches!(commands().of_text(&text), Some(Command::Asks(asks)) if asks != Asks::Hold));
        }
    }
}
