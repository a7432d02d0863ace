//! The page on which the evidence about one client is printed.
//!
//! In: what was read of him, the zone that he is served in. Out: one page of HTML, its times on
//! that zone's clock. Never here: a look into the store, a text that is anything but text.

use contract::{Timestamp, TopicId};
use firm::Topic;
use jiff::tz::TimeZone;
use store::directory::Client;

use super::{EvidenceShape, PRINTED_MAX, PermitsShape};

/// What stands on the page.
pub(super) struct Printed<'a> {
    pub(super) client: &'a Client,
    pub(super) name: String,
    /// The IANA name of the zone whose clock the times are of.
    pub(super) zone: String,
    pub(super) at: Timestamp,
    pub(super) by: String,
    /// The firm's topics, for their names.
    pub(super) topics: &'a [Topic],
    /// Name, address and time of what holds.
    pub(super) live: Vec<(String, String, Timestamp)>,
    pub(super) evidence: Vec<(Timestamp, EvidenceShape)>,
    pub(super) is_cut: bool,
}

impl Printed<'_> {
    pub(super) fn html(&self) -> String {
        let clock = Clock::of(&self.zone);
        let mut page = String::from(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>授权与订阅凭证</title>\
             <link rel=\"stylesheet\" href=\"/pages/style/print.css\"></head><body><main><h1>授权与订阅凭证</h1>",
        );
        let number = self.client.number.as_deref().unwrap_or_default();
        put(&mut page, "p", &format!("客户：{} {number} · {}", self.name, self.client.id));
        put(&mut page, "p", &format!("打印：{} · {}", clock.shows(self.at), self.by));
        put(&mut page, "p", &format!("以下时间均为 {} 时间（UTC{}）", self.zone, clock.offset(self.at)));
        put(&mut page, "h2", "当前订阅");
        let live =
            self.live.iter().map(|(name, address, since)| vec![name.clone(), address.clone(), clock.shows(*since)]);
        table(&mut page, &["主题", "地址", "自"], live);
        put(&mut page, "h2", "订阅凭证");
        if self.is_cut {
            put(&mut page, "p", &format!("仅列最近 {PRINTED_MAX} 条，其余见系统。"));
        }
        let heads = ["序号", "时间", "事项", "主题", "结果", "依据", "地址", "授权变化", "话术版本", "客户原话"];
        table(&mut page, &heads, self.evidence.iter().map(|(at, one)| self.row(clock.shows(*at), one)));
        page.push_str("</main></body></html>");
        page
    }

    fn row(&self, at: String, one: &EvidenceShape) -> Vec<String> {
        let what = match one.what {
            "order" => "订阅",
            "cancel" => "退订",
            "cancel_all" => "全部退订",
            "hold" => "暂停营销",
            "release" => "恢复营销",
            "show" => "查询订阅",
            "confirmed" => "已确认",
            other => other,
        };
        let effect = match one.effect {
            Some("done") => "生效",
            Some("nothing") => "无变化",
            Some("overtaken") => "已有更晚的指令",
            Some("refused") => "不能退订",
            _ => "",
        };
        let by = match (one.by, &one.contact_id, &one.user, &one.confirms) {
            (Some("contact"), Some(contact), _, _) => format!("客户消息 {contact}"),
            (Some("user"), _, Some(user), _) => format!("坐席代办 {user}"),
            (Some("page"), ..) => "客户本人页面".to_owned(),
            (Some("link"), ..) => "邮件退订链接".to_owned(),
            (_, _, _, Some(of)) => self.place(of),
            _ => String::new(),
        };
        let change = one.before.as_ref().zip(one.after.as_ref());
        let change = change.map(|(before, after)| format!("{} → {}", self.told(before), self.told(after)));
        vec![
            one.seq.to_string(),
            at,
            what.to_owned(),
            one.topic_name.clone().or_else(|| one.topic.clone()).unwrap_or_default(),
            effect.to_owned(),
            by,
            one.address.clone().unwrap_or_default(),
            change.unwrap_or_default(),
            self.version(one),
            one.wording.clone().unwrap_or_default(),
        ]
    }

    /// Gives the version of the words beside a record: of those noted, else of those that confirmed it.
    fn version(&self, one: &EvidenceShape) -> String {
        let confirmed =
            self.evidence.iter().map(|(_, other)| other).find(|other| other.confirms.as_ref() == Some(&one.id));
        let version = one.wording_version.as_ref().or_else(|| confirmed?.wording_version.as_ref());
        version.cloned().unwrap_or_default()
    }

    /// Says where on the page another record stands; by its id where it is not on it.
    fn place(&self, id: &str) -> String {
        let there = self.evidence.iter().find(|(_, one)| one.id == id);
        there.map_or_else(|| format!("凭证 {id}"), |(_, one)| format!("序号 {}", one.seq))
    }

    fn told(&self, permits: &PermitsShape) -> String {
        let word = |granted: &str| match granted {
            "given" => "已授权",
            "withdrawn" => "已撤回",
            _ => "未授权",
        };
        let held = if permits.held { "，暂停" } else { "" };
        let topics: Vec<&str> = permits.topics.iter().map(|id| self.topic(id)).collect();
        let topics = topics.join("、");
        format!("营销{}，投资建议{}{held}；{topics}", word(permits.commercial), word(permits.advice))
    }

    /// Gives a topic's name; its id where the firm no longer has it.
    fn topic<'a>(&'a self, id: &'a str) -> &'a str {
        let known = id.parse::<TopicId>().ok().and_then(|id| self.topics.iter().find(|topic| topic.id == id));
        known.map_or(id, |topic| topic.name.as_str())
    }
}

/// The clock on the wall of a zone.
struct Clock(TimeZone);

impl Clock {
    /// Gives the clock of a zone; of one that nobody knows UTC's.
    fn of(zone: &str) -> Self {
        Self(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
    }

    fn shows(&self, at: Timestamp) -> String {
        self.format(at, "%Y-%m-%d %H:%M:%S").unwrap_or_else(|| at.to_string())
    }

    fn offset(&self, at: Timestamp) -> String {
        self.format(at, "%:z").unwrap_or_default()
    }

    fn format(&self, at: Timestamp, form: &str) -> Option<String> {
        let instant = jiff::Timestamp::from_millisecond(at.as_ms()).ok()?;
        Some(instant.to_zoned(self.0.clone()).strftime(form).to_string())
    }
}

fn table(page: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return put(page, "p", "无");
    }
    page.push_str("<table><thead><tr>");
    heads.iter().for_each(|head| put(page, "th", head));
    page.push_str("</tr></thead><tbody>");
    for row in rows {
        page.push_str("<tr>");
        row.iter().for_each(|cell| put(page, "td", cell));
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table>");
}

/// Writes an element with a text that is nothing but text.
fn put(page: &mut String, element: &str, text: &str) {
    page.push_str(&format!("<{element}>"));
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            c if c.is_control() => page.push(' '),
            c => page.push(c),
        }
    }
    page.push_str(&format!("</{element}>"));
}
