//! Evidence of consent: what one client ordered, refused and was told, as a list and as a page
//! to print.
//!
//! In: a client. Out: the records about him and his addresses, the newest first. What somebody
//! noted of his words is shown to whoever may see personal data; the look is journalled first.
//! Never here: a change.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use contract::{
    about,
    consent::{Asks, Permits, Proof, Source},
};
use serde::Serialize;
use store::{
    consent::Kept,
    directory::{Client, ClientAddress},
};
use utoipa::ToSchema;

use super::clients::Why;
use crate::{
    api::{
        body::{Path, Wanted},
        error::Problem,
        page::Page,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    picture::Sight,
    rights::Act,
};

/// Records that the page to print shows; of more the newest, and it says so.
const PRINTED_MAX: u32 = 500;
/// What the page to print may load: nothing.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// One record of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceShape {
    /// Its id.
    id: String,
    /// Its place in the journal stream `notices/house`.
    seq: u64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// `order`, `cancel`, `cancel_all`, `hold` or `confirmed`.
    what: &'static str,
    /// The topic, of an order or a cancel.
    topic: Option<String>,
    /// Its name.
    topic_name: Option<String>,
    /// `done`, `nothing`, `overtaken` or `refused`.
    effect: Option<&'static str>,
    /// `contact`, `user` or `page`.
    by: Option<&'static str>,
    /// The message that proves it.
    contact_id: Option<String>,
    /// Who acted at the client's word.
    user: Option<String>,
    /// The address.
    address_id: String,
    /// The address, open or with its middle hidden; `null` where it is no longer the client's.
    address: Option<String>,
    /// What was allowed before.
    before: Option<PermitsShape>,
    /// What is allowed since.
    after: Option<PermitsShape>,
    /// The version of the words: of a confirmation its own, else those that were noted.
    wording_version: Option<String>,
    /// What was noted of the client's words; `null` where they may not be seen.
    wording: Option<String>,
    /// The record that this one confirms.
    confirms: Option<String>,
    /// The message that confirms it.
    delivery_id: Option<String>,
}

/// What may be sent to an address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permits)]
pub(crate) struct PermitsShape {
    /// Topics, by id.
    topics: Vec<String>,
    /// `none`, `given` or `withdrawn`.
    commercial: &'static str,
    /// `none`, `given` or `withdrawn`.
    advice: &'static str,
    /// Whether both wait.
    held: bool,
}

impl From<&Permits> for PermitsShape {
    fn from(permits: &Permits) -> Self {
        Self {
            topics: permits.topics.iter().map(ToString::to_string).collect(),
            commercial: permits.commercial.as_str(),
            advice: permits.advice.as_str(),
            held: permits.held,
        }
    }
}

/// The evidence about a client and his addresses, the newest first.
#[utoipa::path(get, path = "/clients/{id}/consents", tag = "clients", params(Why, Page), responses((status = 200, body = List<EvidenceShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Json<List<EvidenceShape>>, Problem> {
    caller.may(Act::SeeEvidence)?;
    let client = house.known_client(&caller, &client).await?;
    let (why, page): (Why, Page) = wanted.read_list()?;
    let before = page.after::<u64>()?.unwrap_or(u64::MAX);
    let sight = house.look_at(&caller, &client, &why).await?;
    let read = house.ports.store.consents().evidence(client.id, before, page.and_one()).await?;
    let (kept, next) = page.cut(read, |last| last.seq);
    let addresses = house.ports.store.directory().addresses(client.id).await?;
    let shapes = kept.iter().map(|kept| house.evidence(kept, &addresses, sight));
    Ok(Json(List::page(shapes.collect(), next)))
}

/// The evidence about a client on one page, to print.
#[utoipa::path(get, path = "/clients/{id}/consents/page", tag = "clients", params(Why), responses((status = 200, body = String, content_type = "text/html")))]
pub(crate) async fn page(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Response, Problem> {
    caller.may(Act::SeeEvidence)?;
    let client = house.known_client(&caller, &client).await?;
    let why: Why = wanted.read()?;
    let sight = house.look_at(&caller, &client, &why).await?;
    let kept = house.ports.store.consents().evidence(client.id, u64::MAX, PRINTED_MAX + 1).await?;
    let (addresses, subscriptions) = house.subscribed(client.id).await?;
    let live: Vec<_> = subscriptions
        .iter()
        .filter(|one| one.live)
        .map(|one| house.subscription(one, &addresses))
        .map(|one| (one.name, one.address.unwrap_or_default(), one.since))
        .collect();
    let shapes = kept.iter().take(PRINTED_MAX as usize).map(|kept| house.evidence(kept, &addresses, sight));
    let printed = Printed {
        client: &client,
        name: house.client_name(&client, sight).unwrap_or_default(),
        at: time(house.clock().now()),
        by: caller.user.to_string(),
        live,
        evidence: shapes.collect(),
        is_cut: kept.len() > PRINTED_MAX as usize,
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    Ok((headers, printed.html()).into_response())
}

impl House {
    fn evidence(&self, kept: &Kept, addresses: &[ClientAddress], sight: Sight) -> EvidenceShape {
        let evidence = &kept.evidence;
        let address = addresses.iter().find(|address| address.id == evidence.address);
        let mut shape = EvidenceShape {
            id: evidence.id.to_string(),
            seq: kept.seq,
            at: time(evidence.at),
            what: "confirmed",
            topic: None,
            topic_name: None,
            effect: None,
            by: None,
            contact_id: None,
            user: None,
            address_id: evidence.address.to_string(),
            address: address.and_then(|address| self.address(address, sight).value),
            before: None,
            after: None,
            wording_version: None,
            wording: self.noted(kept, sight),
            confirms: None,
            delivery_id: None,
        };
        match &evidence.what {
            Proof::Confirmed(confirmed) => {
                shape.confirms = Some(confirmed.of.to_string());
                shape.delivery_id = Some(confirmed.delivery.to_string());
                shape.wording_version = Some(confirmed.wording.clone());
            }
            Proof::Asked(asked) => {
                let (what, topic) = match &asked.asks {
                    Asks::Order(topic) => ("order", Some(topic)),
                    Asks::Cancel(topic) => ("cancel", Some(topic)),
                    Asks::CancelAll => ("cancel_all", None),
                    Asks::Hold => ("hold", None),
                    Asks::Show => ("show", None),
                };
                let firm = self.ports.firm.now();
                shape.what = what;
                shape.topic = topic.map(ToString::to_string);
                shape.topic_name = topic.and_then(|topic| firm.book.topic(topic)).map(|topic| topic.name.clone());
                shape.effect = Some(asked.effect.as_str());
                let (by, contact, user) = match &asked.by {
                    Source::Contact(contact) => ("contact", Some(contact.to_string()), None),
                    Source::User(acting) => ("user", None, Some(acting.user.to_string())),
                    Source::Page => ("page", None, None),
                };
                (shape.by, shape.contact_id, shape.user) = (Some(by), contact, user);
                shape.before = Some((&asked.before).into());
                shape.after = Some((&asked.after).into());
                shape.wording_version.clone_from(&asked.wording);
            }
        }
        shape
    }

    fn noted(&self, kept: &Kept, sight: Sight) -> Option<String> {
        let sealed = kept.sealed.as_ref().filter(|_| sight == Sight::Open)?;
        let opened = self.ports.keys.open(&about::text(kept.evidence.id.bits()), sealed).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// What stands on the page to print.
struct Printed<'a> {
    client: &'a Client,
    name: String,
    at: String,
    by: String,
    /// Name, address and time of what holds.
    live: Vec<(String, String, String)>,
    evidence: Vec<EvidenceShape>,
    is_cut: bool,
}

impl Printed<'_> {
    fn html(&self) -> String {
        let mut page = String::from(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>授权与订阅凭证</title></head><body>\
             <h1>授权与订阅凭证</h1>",
        );
        let number = self.client.number.as_deref().unwrap_or_default();
        put(&mut page, "p", &format!("客户：{} {number} · {}", self.name, self.client.id));
        put(&mut page, "p", &format!("打印：{} · {}", self.at, self.by));
        put(&mut page, "h2", "当前订阅");
        table(
            &mut page,
            &["主题", "地址", "自"],
            self.live.iter().map(|(name, address, since)| vec![name.clone(), address.clone(), since.clone()]),
        );
        put(&mut page, "h2", "订阅凭证");
        if self.is_cut {
            put(&mut page, "p", &format!("仅列最近 {PRINTED_MAX} 条，其余见系统。"));
        }
        let heads = ["序号", "时间", "事项", "主题", "结果", "依据", "地址", "授权变化", "话术版本", "客户原话"];
        table(&mut page, &heads, self.evidence.iter().map(row));
        page.push_str("</body></html>");
        page
    }
}

fn row(one: &EvidenceShape) -> Vec<String> {
    let what = match one.what {
        "order" => "订阅",
        "cancel" => "退订",
        "cancel_all" => "全部退订",
        "hold" => "暂停营销",
        _ => "已确认",
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
        (_, _, _, Some(of)) => format!("凭证 {of}"),
        _ => String::new(),
    };
    let change = one.before.as_ref().zip(one.after.as_ref());
    let change = change.map(|(before, after)| format!("{} → {}", told(before), told(after))).unwrap_or_default();
    vec![
        one.seq.to_string(),
        one.at.clone(),
        what.to_owned(),
        one.topic_name.clone().or_else(|| one.topic.clone()).unwrap_or_default(),
        effect.to_owned(),
        by,
        one.address.clone().unwrap_or_default(),
        change,
        one.wording_version.clone().unwrap_or_default(),
        one.wording.clone().unwrap_or_default(),
    ]
}

fn told(permits: &PermitsShape) -> String {
    let word = |granted: &str| match granted {
        "given" => "已授权",
        "withdrawn" => "已撤回",
        _ => "未授权",
    };
    let held = if permits.held { "，暂停" } else { "" };
    let topics = permits.topics.join(" ");
    format!("营销{}，投资建议{}{held}；{topics}", word(permits.commercial), word(permits.advice))
}

fn table(page: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    page.push_str("<table border=\"1\"><thead><tr>");
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
