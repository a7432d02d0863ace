//! Firm files with one thing wrong, and what is said of it.

use contract::{ChannelKind, Kind, Millis, Priority, ProductRisk, firm::Weight};
use proptest::prelude::*;

use super::*;
use crate::Expiry;

const SMALL: &str = r#"
[[branch]]
id = "hq"
[[queue]]
id = "desk"
branch = "hq"
lead = "lin"
deputy = "lin"
[[agent]]
id = "lin"
branch = "hq"
queues = ["desk"]
skills = { mandarin = 3 }
"#;

/// Reads the small firm with more behind it; gives its faults without the file's name.
fn errors(more: &str) -> Vec<String> {
    match read("f", &format!("{SMALL}{more}")) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.errors.iter().map(|fault| format!("{}: {}", fault.key, fault.what)).collect(),
    }
}

fn warnings(more: &str) -> Vec<String> {
    let (_, faults) = read("f", &format!("{SMALL}{more}")).unwrap();
    faults.warnings.iter().map(|fault| format!("{}: {}", fault.key, fault.what)).collect()
}

#[test]
fn the_sample_firm_is_without_fault_or_warning() {
    let (book, faults) = read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap();
    assert_eq!(faults, Faults::default());
    assert_eq!(book.firm.queues.len(), 14);
    assert_eq!(book.firm.agents.len(), 13);
    assert_eq!(book.firm.rules.len(), 18);
    assert_eq!(book.topics.len(), 13);
    assert_eq!(book.names.signature, "【首问证券】");
    assert_eq!(book.firm.presence_grace, Millis::from_secs(30));
    assert!(book.firm.weights.contains(&(ChannelKind::Phone, Weight::Units(6))));
    let distress = book.firm.rules.iter().find(|rule| rule.id.as_str() == "distress").unwrap();
    assert_eq!(distress.then.priority, Some(Priority::First));
}

#[test]
fn what_the_file_leaves_out_has_a_default() {
    let (book, _) = read("f", SMALL).unwrap();
    assert_eq!(book.firm.queues[0].kinds, [Kind::Enquiry]);
    assert_eq!(book.firm.queues[0].wrap_up, Millis::ZERO);
    assert_eq!(book.firm.branches[0].time_zone, "Asia/Shanghai");
    assert_eq!(book.names.agents[0].1, "lin");
    assert_eq!(book.firm.offer, Default::default());
}

#[test]
fn all_faults_come_at_once_in_order_of_place() {
    let faults =
        read("firm.toml", "[[branch]]\nid = \"HQ\"\n[[queue]]\nid = \"a\"\nbranch = \"sz\"\n[[agent]]\nname = 3\n")
            .unwrap_err();
    let shown = faults.to_string();
    assert_eq!(
        shown.lines().collect::<Vec<_>>(),
        [
            "firm.toml:2: branch.HQ.id: “HQ” is not a valid branch id",
            "firm.toml:3: queue.a.lead: is missing",
            "firm.toml:5: queue.a.branch: there is no branch “sz”",
            "firm.toml:6: agent[1].branch: is missing",
            "firm.toml:6: agent[1].id: is missing",
            "firm.toml:7: agent[1].name: is a whole number, not a text",
        ]
    );
}

#[test]
fn references_must_hold() {
    assert_eq!(errors("[[target]]\nqueue = \"x\"\nwithin = \"1s\"\n"), ["target[1].queue: there is no queue “x”"]);
    assert_eq!(errors("[[branch]]\nid = \"hq\"\n"), ["branch.hq.id: is used twice"]);
    assert_eq!(
        errors("[[branch]]\nid = \"sz\"\n[[agent]]\nid = \"xu\"\nbranch = \"sz\"\nqueues = [\"desk\"]\n"),
        ["branch.sz: has no queue", "agent.xu.queues[1]: queue “desk” is in branch “hq”"]
    );
    assert_eq!(
        errors("[[queue]]\nid = \"empty\"\nbranch = \"hq\"\nlead = \"lin\"\ndeputy = \"lin\"\n"),
        ["queue.empty: has no agent"]
    );
}

#[test]
fn a_rule_leads_only_where_its_kind_is_taken() {
    let rule = "[[rule]]\nid = \"r\"\nthen = { kind = \"complaint\", queue = \"desk\" }\n";
    assert_eq!(errors(rule), ["rule.r.then.kind: queue “desk” does not take complaint"]);
}

#[test]
fn a_hard_skill_that_nobody_has_is_refused() {
    assert_eq!(errors("[skills]\nhard = [\"adviser\"]\n"), ["skills.hard[1]: no agent has the hard skill “adviser”"]);
    let rule = "[skills]\nhard = [\"mandarin\"]\n[[rule]]\nid = \"r\"\nthen.queue = \"desk\"\nthen.skills = { mandarin = 4 }\n";
    let wanted = "no agent of queue “desk” has skill “mandarin” at level 4, and the skill is hard";
    assert_eq!(errors(rule), [format!("rule.r.then.skills: {wanted}")]);
}

#[test]
fn levels_go_from_one_to_nine() {
    let agent = "[[agent]]\nid = \"xu\"\nbranch = \"hq\"\nqueues = [\"desk\"]\nskills = { a = 0, b = 10, c = 9 }\n";
    assert_eq!(
        errors(agent),
        ["agent.xu.skills.a: 0 is not within 1 and 9", "agent.xu.skills.b: 10 is not within 1 and 9"]
    );
}

#[test]
fn a_keyword_belongs_to_one_topic() {
    let topics = "[[topic]]\nid = \"a\"\nkeyword = \"風險\"\ncategory = \"risk\"\n[[topic]]\nid = \"b\"\nkeyword = \"风险\"\ncategory = \"risk\"\n";
    assert_eq!(errors(topics), ["topic.b.keyword: “风险” is the keyword of topic “a” already"]);
}

/// Gives what is said of a topic with these keys.
fn topic(keys: &str) -> Vec<String> {
    errors(&format!("[[topic]]\nid = \"a\"\nkeyword = \"k\"\ncategory = \"advice\"\n{keys}\n"))
}

#[test]
fn a_topic_says_when_its_notices_are_sent_and_void() {
    let (book, _) = read(crate::SAMPLE_FILE, crate::SAMPLE).unwrap();
    let find = |id: &str| book.topic(&id.parse().unwrap()).unwrap();
    assert_eq!(find("ipo").expires, Some(Expiry::At("15:00".parse().unwrap())));
    assert_eq!(find("flash").expires, Some(Expiry::After(Millis::from_secs(1800))));
    assert_eq!(find("morning").window, Some("08:00-09:10".parse().unwrap()));
    assert_eq!(find("desk").risk, Some(ProductRisk::R4));
    assert_eq!([find("risk").cancel, find("margincall").cancel], [true, false]);
    assert_eq!([find("notice").expires, find("margincall").expires], [None, None]);
}

#[test]
fn what_a_topic_cannot_be_is_named_with_its_key() {
    assert_eq!(topic("expires = \"25:00\""), ["topic.a.expires: “25:00” is no hour of a day such as 15:00"]);
    assert_eq!(topic("expires = \"0s\""), ["topic.a.expires: must be longer than nothing"]);
    assert_eq!(
        topic("window = \"08:00-08:00\""),
        ["topic.a.window: “08:00-08:00” is no stretch of a day such as 08:00-20:00"]
    );
    assert_eq!(topic("risk = \"R6\""), ["topic.a.risk: “R6” is none of R1, R2, R3, R4, R5"]);
    assert_eq!(topic("cancel = 1"), ["topic.a.cancel: is a whole number, not true or false"]);
    assert_eq!(
        topic("cancel = false"),
        ["topic.a.cancel: may not be false: commercial and advice topics can always be cancelled"]
    );
    let keyword = "[[topic]]\nid = \"a\"\nkeyword = \"早 盘\"\ncategory = \"advice\"\n";
    assert_eq!(errors(keyword), ["topic.a.keyword: holds more than letters and digits, and is matched whole"]);
    let keyword = keyword.replace("早 盘", &"早".repeat(17));
    assert_eq!(errors(&keyword), ["topic.a.keyword: is longer than 16 characters"]);
}

#[test]
fn promotion_keeps_quiet_as_the_law_wants_where_the_file_does_not_say() {
    let (book, _) = read("f", SMALL).unwrap();
    let rules = book.consent;
    assert_eq!((rules.quiet.to_string().as_str(), rules.per_day, rules.evidence_months), ("20:00-08:00", 3, 6));
    let consent = "[consent]\nquiet = \"18:00-09:30\"\nper_day = 0\nevidence_after_end = \"20 years\"\nloose_words = [\"別再發\"]\n";
    let (book, _) = read("f", &format!("{SMALL}{consent}")).unwrap();
    let rules = book.consent;
    assert_eq!((rules.quiet.to_string().as_str(), rules.per_day, rules.evidence_months), ("18:00-09:30", 0, 240));
    assert_eq!(rules.loose_words, ["别再发"]);
}

#[test]
fn what_consent_cannot_be_is_named_with_its_key() {
    let said = |key: &str| errors(&format!("[consent]\n{key}\n"));
    assert_eq!(said("quiet = \"night\""), ["consent.quiet: “night” is no stretch of a day such as 08:00-20:00"]);
    assert_eq!(said("per_day = -1"), ["consent.per_day: -1 is not within 0 and 100"]);
    let late = "consent.evidence_after_end: is not within 6 months and 100 years";
    assert_eq!(said("evidence_after_end = \"5 months\""), [late]);
    assert_eq!(
        said("evidence_after_end = \"999999999 years\""),
        ["consent.evidence_after_end: is no count of months or years such as 6 months, 20 years"]
    );
    assert_eq!(said("loose_words = [\" \"]"), ["consent.loose_words[1]: is empty"]);
    assert_eq!(said("qiet = \"20:00-08:00\""), ["consent.qiet: is an unknown key"]);
}

#[test]
fn what_later_issues_bring_is_warned_of_and_ignored() {
    let calendar = "[[calendar]]\nid = \"x\"\nanything = 1\n";
    assert_eq!(warnings(calendar), ["calendar: is not built yet and is ignored"]);
    let target = "[[target]]\nwithin = \"20s\"\nshare = 0.8\n";
    assert_eq!(warnings(target), ["target[1].share: is not built yet and is ignored"]);
}

#[test]
fn a_rule_with_an_unbuilt_condition_is_left_out_whole() {
    let rule = "[[rule]]\nid = \"i\"\nwhen = { session = \"market\", words = [\"x\"] }\nthen = { queue = \"desk\" }\n";
    let text = format!("{SMALL}{rule}");
    let (book, faults) = read("f", &text).unwrap();
    assert_eq!(book.firm.rules, []);
    let shown: Vec<_> = faults.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "f:14: rule.i: is left out: it has a condition that is not built yet",
            "f:16: rule.i.when.session: is not built yet and is ignored",
        ]
    );
}

#[test]
fn an_unreadable_condition_never_widens_a_rule() {
    let rule = "[[rule]]\nid = \"r\"\nwhen = { words = [] }\nthen = { queue = \"desk\" }\n";
    assert_eq!(errors(rule), ["rule.r.when.words: is empty: leave the key out where there is no condition"]);
}

#[test]
fn queues_without_a_deputy_are_warned_of() {
    let text = SMALL.replace("deputy = \"lin\"\n", "");
    let (_, faults) = read("f", &text).unwrap();
    assert_eq!(faults.warnings[0].to_string(), "f:4: queue.desk: has no deputy: nobody stands in for the lead");
}

#[test]
fn an_unknown_time_zone_is_refused() {
    let text = SMALL.replace("id = \"hq\"\n[[queue]]", "id = \"hq\"\ntime_zone = \"Asia/Shangai\"\n[[queue]]");
    assert!(read("f", &text).unwrap_err().to_string().contains("no known time zone"));
}

#[test]
fn a_lead_is_an_agent_of_the_branch_a_named_person_or_a_user() {
    let led = |by: &str| SMALL.replace("lead = \"lin\"", &format!("lead = \"{by}\""));
    let (_, faults) = read("f", &led("ghost")).unwrap();
    let shown: Vec<_> = faults.warnings.iter().map(ToString::to_string).collect();
    let ghost = "f:7: queue.desk.lead: “ghost” is no agent and in no branch's levels: he must be a user of the house";
    assert_eq!(shown, [ghost]);
    let levels = led("ghost").replace("id = \"hq\"\n[[queue]]", "id = \"hq\"\nlevels = [\"ghost\"]\n[[queue]]");
    assert_eq!(read("f", &levels).unwrap().1, Faults::default());

    let users = ["ghost".parse().unwrap()].into();
    assert_eq!(read_knowing("f", &led("ghost"), &users).unwrap().1, Faults::default());
    let refused = read_knowing("f", &led("nobody"), &users).unwrap_err().to_string();
    let nobody =
        "“nobody” is no agent, in no branch's levels, and no user of the house with the role agent or supervisor";
    assert_eq!(refused, format!("f:7: queue.desk.lead: {nobody}"));

    let elsewhere = "[[branch]]\nid = \"sz\"\n[[queue]]\nid = \"b\"\nbranch = \"sz\"\nlead = \"xu\"\ndeputy = \"lin\"\n\
                     [[agent]]\nid = \"xu\"\nbranch = \"sz\"\nqueues = [\"b\"]\n";
    assert_eq!(errors(elsewhere), ["queue.b.deputy: agent “lin” works in branch “hq”"]);
}

#[test]
fn one_fault_is_one_line() {
    let sample = |from: &str, to: &str| {
        assert!(crate::SAMPLE.contains(from), "{from}");
        let faults = read("f", &crate::SAMPLE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(faults.warnings, [], "{from}");
        faults.errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let line = |from: &str| crate::SAMPLE.split(from).next().unwrap_or_default().lines().count() + 1;
    let queue = line("[[queue]]");
    assert_eq!(sample("[[queue]]", "[[queue]"), [format!("f:{queue}: unclosed array table, expected `]`")]);
    assert_eq!(sample("[[queue]]", "[queue]]"), [format!("f:{queue}: unexpected key or value, expected newline, `#`")]);
    let kinds = line("kinds = ");
    let unclosed = format!("f:{kinds}: the list that begins here is not closed with `]`");
    assert_eq!(sample("kinds = [\"incident\"]", "kinds = [\"incident\""), [unclosed]);
    let skills = line("skills = { mandarin = 3, cantonese = 1, calm = 2 }");
    let unclosed = format!("f:{skills}: the table that begins here is not closed with `}}`");
    assert_eq!(sample("cantonese = 1, calm = 2 }", "cantonese = 1, calm = 2"), [unclosed]);

    let typo = sample("queues = [\"enquiries\", \"accounts\"]", "queues = [\"enquiries\", \"acounts\"]");
    assert_eq!(typo.len(), 1, "{typo:?}");
    let moved = SMALL.replace("branch = \"hq\"\nlead", "branch = \"hp\"\nlead");
    let faults = read("f", &moved).unwrap_err().to_string();
    assert_eq!(faults, "f:6: queue.desk.branch: there is no branch “hp”");
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        drop(read("f", &text));
    }

    #[test]
    fn a_firm_cut_or_changed_anywhere_is_read_without_panic(at in 0usize..SMALL.len(), put in "[\\[\\]{}=\", a1]{0,4}") {
        let mut text = SMALL.to_owned();
        text.replace_range(at..(at + 1).min(SMALL.len()), &put);
        drop(read("f", &text));
    }
}
