//! The sample firm's sentences, the traps among them, and texts of no sense at all.

use std::sync::LazyLock;

use firm::Book;
use proptest::prelude::*;

use super::*;

static BOOK: LazyLock<Book> = LazyLock::new(|| firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap().0);
static SAMPLE: LazyLock<Classifier> = LazyLock::new(|| Classifier::new(&BOOK.firm, &BOOK.names.agents));

/// Sentences with what the sample firm's rules make of them: channel, class, door (sender or
/// recipient) → rule, kind, queue. Those of the rule `incident` wait for trading hours to be
/// built; until then they are what they are at night.
const SENTENCES: &str = "
software     | enquiry    software   | APP登录不上,一直转圈
software     | enquiry    software   | 软件在哪里下载
software     | enquiry    software   | 忘记密码了
default      | enquiry    enquiries  | 刚才卖不出去怎么回事
default      | enquiry    enquiries  | 证监会的新规是什么意思
default      | enquiry    enquiries  | 又炸板了,砍仓吧
default      | enquiry    enquiries  | 股票套死了怎么办
default      | enquiry    enquiries  | 这个价跳楼甩卖
default      | enquiry    enquiries  | 请问你们几点下班
default      | enquiry    enquiries  | T
default      | enquiry    enquiries  | *ST这只是不是要退市了
funds        | enquiry    funds      | 银证转账转不出来
funds        | enquiry    funds      | 资金昨天转出,今天还没到账
funds        | enquiry    funds      | 想换银行做三方存管
accounts     | account    accounts   | 我要开户需要带什么
accounts     | account    accounts   | 我要销户
accounts     | account    accounts   | 科创板怎么开通
accounts     | account    accounts   | 風險測評過期了怎麼辦
accounts     | account    accounts   | 风险测评过期了怎么办
margin       | enquiry    margin     | 追保短信是什么意思
margin       | enquiry    margin     | 期权行权怎么操作
margin       | enquiry    margin     | 维持担保比例低于多少会强平
advice       | enquiry    advice     | 你们推荐的票能不能买
advice       | enquiry    advice     | 后市怎么看,给点投资建议
suggestion   | suggestion complaints | 建议你们软件加个夜间模式
suggestion   | suggestion complaints | 能不能提个意见,夜间看着太刺眼
complaint    | complaint  complaints | 我要投诉你们客服态度恶劣
complaint    | complaint  complaints | 我要投訴林某
complaint    | complaint  complaints | 打你们热线没人管,推来推去
complaint    | complaint  complaints | 再不处理我就告到证监会
complaint    | complaint  complaints | 我被骗了五万,要求你们赔偿
no-complaint | enquiry    complaints | 不投诉了,问题解决了
no-complaint | enquiry    complaints | 我的投诉处理到哪一步了
impersonation | report    compliance | 有人冒充你们客服骗我进荐股群
report       | report     compliance | 王经理承诺收益,现在亏了
report       | report     compliance | 我要举报营业部经理代客理财
distress     | enquiry    urgent     | 亏光了,不想活了
tousu-door   | complaint  complaints | 附件为说明材料 | to tousu@kf.example
referral     | referral   compliance | 现转去投资者诉求一件 | from duty@12386.example
important    | enquiry    vip        | 我的持仓对账单发一份 | important
default      | enquiry    enquiries  | 刚才那笔委托提交不了,马上收盘了! | at night
software     | enquiry    software   | 撤不了单,一直显示已报 | at night
default      | enquiry    enquiries  | 行情不刷新,卡住了 | at night
important    | enquiry    vip        | 撤不了单 | important
";

fn ask(text: &str, door: &str) -> Classified {
    let hq = "hq".parse().unwrap();
    let (from, to) = (door.strip_prefix("from "), door.strip_prefix("to ").map(str::to_owned));
    let mail = from.is_some() || to.is_some();
    let question = Question {
        branch: &hq,
        channel: if mail { ChannelKind::Email } else { ChannelKind::Sms },
        class: if door == "important" { ClientClass::Important } else { ClientClass::Ordinary },
        from,
        to: to.as_slice(),
        menu: None,
        subject: None,
        text,
    };
    SAMPLE.classify(&question).unwrap()
}

#[test]
fn every_sentence_of_the_sample_firm_goes_where_it_is_said_to_go() {
    let mut wrong = 0;
    for line in SENTENCES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let found = ask(cells[2], cells.get(3).copied().unwrap_or(""));
        let target = format!("{} {}", found.kind, found.queue);
        let expected: Vec<_> = cells[1].split_whitespace().collect();
        let rule = found.rules.first().map_or("", RuleId::as_str);
        let fine = rule == cells[0] && target == expected.join(" ");
        println!(
            "{} {:<14} {:<10} {:<11} {}",
            if fine { "   " } else { "!! " },
            rule,
            found.kind,
            found.queue,
            cells[2]
        );
        wrong += usize::from(!fine);
    }
    assert_eq!(wrong, 0);
}

#[test]
fn distress_comes_first_and_asks_for_a_calm_agent() {
    let found = ask("亏光了,不想活了", "");
    assert_eq!(found.priority, Priority::First);
    assert_eq!(found.skills, [("calm".parse().unwrap(), 2)]);
}

#[test]
fn full_names_are_found_and_surnames_are_not() {
    let named = |text: &str| ask(text, "").named.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(named("我要投訴林曉雯和王磊"), ["lin", "wang"]);
    assert_eq!(named("我要投诉林某,王经理也一样"), Vec::<String>::new());
}

#[test]
fn an_important_client_keeps_the_kind_that_his_words_give() {
    let found = ask("我要销户", "important");
    assert_eq!((found.kind, found.queue.as_str()), (Kind::Account, "vip"));
    let rules: Vec<_> = found.rules.iter().map(RuleId::as_str).collect();
    assert_eq!(rules, ["important", "accounts"]);
}

#[test]
fn a_branch_keeps_what_the_rules_would_send_to_another_ones_queue() {
    let sz = "sz".parse().unwrap();
    let none = Question {
        branch: &sz,
        channel: ChannelKind::Counter,
        class: ClientClass::Ordinary,
        from: None,
        to: &[],
        menu: None,
        subject: None,
        text: "",
    };
    let found = SAMPLE.classify(&Question { text: "我要销户", ..none }).unwrap();
    assert_eq!((found.kind, found.queue.as_str()), (Kind::Account, "sz-desk"));
    let complaint = SAMPLE.classify(&Question { text: "投诉", ..none }).unwrap();
    assert_eq!((complaint.kind, complaint.queue.as_str()), (Kind::Complaint, "sz-desk"));
    let nowhere = "nowhere".parse().unwrap();
    assert_eq!(SAMPLE.classify(&Question { branch: &nowhere, ..none }), None);
}

/// Classifies a text by rules written for the test.
fn by(rules: &str, text: &str, menu: Option<&str>) -> Classified {
    const DESKS: &str = r#"
[[branch]]
id = "hq"
[[queue]]
id = "first"
branch = "hq"
kinds = ["account"]
lead = "lin"
deputy = "lin"
[[queue]]
id = "second"
branch = "hq"
kinds = ["enquiry", "complaint"]
lead = "lin"
deputy = "lin"
[[agent]]
id = "lin"
branch = "hq"
queues = ["first", "second"]
skills = { a = 9, b = 9 }
"#;
    let (book, _) = firm::read("f", &format!("{DESKS}{rules}")).unwrap();
    let hq = "hq".parse().unwrap();
    let classifier = Classifier::new(&book.firm, &[]);
    let question = Question {
        branch: &hq,
        channel: ChannelKind::Wechat,
        class: ClientClass::Prospect,
        from: None,
        to: &[],
        menu,
        subject: Some("题目"),
        text,
    };
    classifier.classify(&question).unwrap()
}

#[test]
fn without_a_matching_rule_it_is_an_enquiry_in_the_first_queue_that_takes_those() {
    let found = by("", "随便", None);
    assert_eq!((found.kind, found.queue.as_str(), found.rules), (Kind::Enquiry, "second", vec![]));
}

#[test]
fn each_field_is_set_by_the_first_rule_that_names_it_and_skills_unite() {
    let rules = r#"
[[rule]]
id = "one"
when = { words = ["x"] }
then = { priority = "first", skills = { a = 1, b = 3 } }
[[rule]]
id = "two"
when = { words = ["y"] }
then = { kind = "complaint", skills = { a = 2 } }
[[rule]]
id = "three"
then = { kind = "account", skills = { b = 9 } }
"#;
    let found = by(rules, "x y", None);
    assert_eq!((found.kind, found.priority, found.queue.as_str()), (Kind::Complaint, Priority::First, "second"));
    assert_eq!(found.skills, [("a".parse().unwrap(), 2), ("b".parse().unwrap(), 3)]);
    assert_eq!(found.rules.iter().map(RuleId::as_str).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn not_excludes_and_subject_and_menu_count() {
    let rules = r#"
[[rule]]
id = "title"
when = { words = ["题目"], not = ["别"] }
then = { kind = "complaint" }
[[rule]]
id = "menu"
when = { menu = ["TOUSU"] }
then = { kind = "account" }
"#;
    assert_eq!(by(rules, "文", None).kind, Kind::Complaint);
    assert_eq!(by(rules, "别", Some("TOUSU")).kind, Kind::Account);
    assert_eq!(by(rules, "别", Some("tousu")).kind, Kind::Enquiry);
}

#[test]
fn a_mail_that_is_all_subject_holds_where_it_cancels() {
    let hq = "hq".parse().unwrap();
    let (book, _) = firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap();
    let classifier = Classifier::of(&book);
    let asks = |subject, text| {
        let (channel, class) = (ChannelKind::Email, ClientClass::Ordinary);
        classifier.asks(&Question { branch: &hq, channel, class, from: None, to: &[], menu: None, subject, text })
    };
    for subject in ["退订", "unsubscribe", "退订 早盘", "TD", "退订 谢谢"] {
        for text in ["", " \r\n\u{200b}"] {
            assert_eq!(asks(Some(subject), text), Some(Command::Asks(Asks::Hold)), "{subject}");
        }
        assert_eq!(asks(Some(subject), "请问开户要带什么"), None, "{subject}");
    }
    for subject in [None, Some(""), Some("T"), Some("订阅 早盘"), Some("你好")] {
        assert_eq!(asks(subject, ""), None, "{subject:?}");
    }
    assert_eq!(asks(Some("你好"), "退订"), Some(Command::Asks(Asks::CancelAll)));
}

#[test]
fn words_far_behind_are_not_looked_at() {
    let text = format!("{}投诉", "长".repeat(TEXT_BYTES_MAX / 3));
    assert_eq!(ask(&text, "").kind, Kind::Enquiry);
}

proptest! {
    #[test]
    fn any_text_is_classified(text in any::<String>(), from in any::<String>(), subject in any::<String>()) {
        let hq = "hq".parse().unwrap();
        let question = Question {
            branch: &hq,
            channel: ChannelKind::Email,
            class: ClientClass::Prospect,
            from: Some(&from),
            to: std::slice::from_ref(&subject),
            menu: Some(&from),
            subject: Some(&subject),
            text: &text,
        };
        let first = SAMPLE.classify(&question);
        prop_assert!(first.is_some());
        prop_assert_eq!(first, SAMPLE.classify(&question));
    }
}
