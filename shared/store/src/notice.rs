//! Alerts: what was posted once for many, and how far it is.
//!
//! In: an alert with its sealed words and the firm's rules as they are. Out: where it stands, in
//! figures that add up, and recipient by recipient. The rooms: this one for whoever posts and
//! looks, `plan` makes recipients deliveries, `follow` has them follow a stop, `gate` judges each
//! submit. Never here: a text in the clear, an address, a provider.

mod follow;
mod gate;
mod hours;
mod plan;
mod progress;
mod recipient;

use contract::{
    BranchId, Category, ClientId, DeliveryState, Lane, NoticeId, NoticeState, ProductRisk, Timestamp, TopicId, about,
    audit::{AlertPosted, By, What},
    delivery::DeliveryView,
    notice::Words,
    wire,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

pub(crate) use self::gate::{Gated, Verdict};
use self::hours::Hours;
pub use self::{
    hours::{Stretch, today_at},
    plan::{Foreseen, Portion},
    progress::Progress,
    recipient::{SAME_WITHIN, Way},
};
use crate::{
    Store, StoreError,
    deliveries::take as take_delivery,
    dialect::{Dialect, Repeat, Table},
    journal::{Text, audit},
    row::Columns,
    rows::Rows,
    store::insert,
    view::{NEW_TEXT, put_text},
};

/// When what waits for a pause to end is due: never by itself.
pub(crate) const FAR: Timestamp = Timestamp::from_ms(9_999_999_999_999);
/// Alerts and recipients of one page at most.
const PAGE_MAX: u32 = 201;

/// An alert that is about to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The branch that sends it.
    pub branch: BranchId,
    /// What it is.
    pub category: Category,
    /// The topic whose subscribers get it, or whose rules it keeps.
    pub topic: Option<TopicId>,
    /// The clients it names, in order; `None` = the topic's subscribers.
    pub clients: Option<Vec<ClientId>>,
    /// What it says.
    pub words: Words,
    /// Whether its words differ from client to client.
    pub personal: bool,
    /// From when on none of it is submitted.
    pub expires_at: Timestamp,
    /// The rules it keeps.
    pub rules: Rules,
}

/// The firm's rules for one alert, as they were when it was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The version of the firm.
    pub firm: u64,
    /// The risk of the product it speaks of.
    pub risk: Option<ProductRisk>,
    /// The branch's time zone.
    pub zone: String,
    /// The hours in which it is not sent.
    pub quiet: Option<Stretch>,
    /// The hours in which alone it is sent.
    pub window: Option<Stretch>,
    /// How many such notices a client gets a day.
    pub per_day: Option<u32>,
}

/// An alert as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The branch that sends it.
    pub branch: BranchId,
    /// What it is.
    pub category: Category,
    /// The topic whose subscribers get it, or whose rules it keeps.
    pub topic: Option<TopicId>,
    /// Where it stands.
    pub state: NoticeState,
    /// How many clients it names; 0 for a topic's subscribers.
    pub asked: u64,
    /// Whether all its recipients are known.
    pub planned: bool,
    /// Recipients so far.
    pub total: u64,
    /// When it was posted.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// From when on none of it is submitted.
    pub expires_at: Timestamp,
    /// Since when nothing of it waits.
    pub ended_at: Option<Timestamp>,
    /// The rules it keeps.
    pub rules: Rules,
    digest: Vec<u8>,
    personal: bool,
    reached: Option<u128>,
}

/// What is asked of an alert that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing more begins until it goes on.
    Pause,
    /// It goes on.
    Resume,
    /// Nothing more begins, ever.
    Stop,
}

/// The room of alerts.
#[derive(Debug, Clone)]
pub struct Notices(Store);

impl Store {
    /// Gives the room of alerts.
    #[must_use]
    pub fn notices(&self) -> Notices {
        Notices(self.clone())
    }
}

const NOTICE_LIST: Table =
    Table { name: "notice_list", columns: &["notice", "clients"], key: &["notice"], repeat: Repeat::Fails };

const NOTICE: Table = Table {
    name: "notice",
    columns: &[
        "id",
        "branch",
        "category",
        "topic",
        "state",
        "rank",
        "asked",
        "planned",
        "moving",
        "places",
        "repeats",
        "reached",
        "made_at",
        "made_by",
        "expires_at",
        "ended_at",
        "digest",
        "personal",
        "firm",
        "risk",
        "zone",
        "quiet_from",
        "quiet_to",
        "window_from",
        "window_to",
        "per_day",
    ],
    key: &["id"],
    repeat: Repeat::Fails,
};

impl Notices {
    /// Posts an alert: row, list, words and the journal's record of it, all or none.
    pub async fn post(&self, id: NoticeId, draft: Draft, by: &By, now: Timestamp) -> Result<(), StoreError> {
        let (store, by) = (self.0.clone(), by.clone());
        self.0.write(move |tx| Box::pin(async move { post(tx, &store, id, &draft, (&by, now)).await })).await
    }

    /// Gives an alert.
    pub async fn get(&self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        self.0.one(BY_ID, [id.to_bytes().to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives up to `limit` alerts that were posted before `after`, latest first.
    pub async fn list(
        &self,
        branch: Option<&BranchId>,
        after: Option<(Timestamp, u128)>,
        limit: u32,
    ) -> Result<Vec<Notice>, StoreError> {
        let (at, id) = after.unwrap_or((Timestamp::from_ms(i64::MAX), u128::MAX));
        let page: [Value; 3] =
            [at.as_ms().into(), id.to_be_bytes().to_vec().into(), i64::from(limit.min(PAGE_MAX)).into()];
        let rows = match branch {
            None => self.0.all(LIST, page).await?,
            Some(branch) => self.0.all(LIST_OF_BRANCH, page.into_iter().chain([branch.as_str().into()])).await?,
        };
        rows.iter().map(take).collect()
    }

    /// Gives what an alert says; none when it cannot be opened.
    pub async fn words(&self, id: NoticeId) -> Result<Option<Words>, StoreError> {
        let texts = self.0.views().texts(&[id.bits()]).await?;
        let opened = texts.first().and_then(|text| self.0.keys().open(&about::text(id.bits()), &text.sealed).ok());
        Ok(opened.and_then(|plain| wire::decode(&plain).ok()))
    }

    /// Gives up to `limit` deliveries of an alert after a place, in the order of its recipients.
    pub async fn recipients(
        &self,
        id: NoticeId,
        state: Option<DeliveryState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, DeliveryView)>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let page: [Value; 3] = [id.to_bytes().to_vec().into(), after.into(), i64::from(limit.min(PAGE_MAX)).into()];
        let rows = match state {
            None => self.0.all(RECIPIENTS, page).await?,
            Some(state) => self.0.all(RECIPIENTS_IN, page.into_iter().chain([state.as_str().into()])).await?,
        };
        rows.iter().map(|row| Ok((row.count("place")?, take_delivery(row)?))).collect()
    }

    /// Pauses an alert, lets it go on or stops it; says whether it stood so that this was to be
    /// done. Once it answers, no submit begins against it: every one that had begun is committed.
    pub async fn turn(&self, id: NoticeId, turn: Turn, by: &By) -> Result<bool, StoreError> {
        let (store, by) = (self.0.clone(), by.clone());
        self.0.write(move |tx| Box::pin(async move { turned(tx, &store, id, turn, &by).await })).await
    }
}

async fn post(
    tx: &DatabaseTransaction,
    store: &Store,
    id: NoticeId,
    draft: &Draft,
    (by, now): (&By, Timestamp),
) -> Result<(), StoreError> {
    let digest = digest(store, draft);
    let (mut notices, mut lists, mut texts) = (Rows::default(), Rows::default(), Rows::default());
    put(id, draft, (&digest, by, now), &mut notices);
    if let Some(clients) = &draft.clients {
        let bytes: Vec<u8> = clients.iter().flat_map(|client| client.to_bytes()).collect();
        lists.add(|row| {
            row.bytes(&id.to_bytes());
            row.bytes(&bytes);
        });
    }
    let words = wire::encode(&draft.words);
    let sealed = store.keys().seal(store.chance().nonce(), &about::text(id.bits()), &words);
    put_text(&Text { id: id.bits(), case: None, author: by.user.to_string(), at: now, sealed }, &mut texts);
    insert(tx, store.dialect(), [(&NOTICE, notices), (&NOTICE_LIST, lists), (&NEW_TEXT, texts)]).await?;
    let posted = AlertPosted {
        notice: id,
        branch: draft.branch.clone(),
        category: draft.category,
        topic: draft.topic.clone(),
        asked: asked(draft),
        digest,
        expires_at: draft.expires_at,
        firm: draft.rules.firm,
    };
    audit::append(tx, store, by, What::AlertPosted(posted)).await
}

/// Gives what two alerts that tell the same have in common.
fn digest(store: &Store, draft: &Draft) -> Vec<u8> {
    let topic = draft.topic.as_ref().map_or("", TopicId::as_str);
    let said = wire::encode(&Words { signature: String::new(), cancel: String::new(), ..draft.words.clone() });
    store.keys().mark("notice", &[draft.category.as_str().as_bytes(), topic.as_bytes(), &said]).to_vec()
}

fn asked(draft: &Draft) -> u64 {
    draft.clients.as_ref().map_or(0, |clients| clients.len() as u64)
}

fn put(id: NoticeId, draft: &Draft, (digest, by, now): (&[u8], &By, Timestamp), rows: &mut Rows) {
    let Rules { firm, risk, zone, quiet, window, per_day } = &draft.rules;
    let rank = match draft.category.lane() {
        Lane::Urgent => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    };
    rows.add(|row| {
        row.bytes(&id.to_bytes());
        row.text(draft.branch.as_str());
        row.text(draft.category.as_str());
        row.text_or_null(draft.topic.as_ref().map(TopicId::as_str));
        row.text(NoticeState::Running.as_str());
        row.int(rank);
        row.count(asked(draft));
        row.int(0);
        row.int(0);
        row.int(0);
        row.int(0);
        row.id_or_null(None);
        row.int(now.as_ms());
        row.text(by.user.as_str());
        row.int(draft.expires_at.as_ms());
        row.int_or_null(None);
        row.bytes(digest);
        row.int(i64::from(draft.personal));
        row.count(*firm);
        row.text_or_null(risk.map(ProductRisk::as_str));
        row.text(zone);
        row.int_or_null(quiet.map(|quiet| i64::from(quiet.from)));
        row.int_or_null(quiet.map(|quiet| i64::from(quiet.to)));
        row.int_or_null(window.map(|window| i64::from(window.from)));
        row.int_or_null(window.map(|window| i64::from(window.to)));
        row.int_or_null(per_day.map(i64::from));
    });
}

fn take(row: &QueryResult) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: NoticeId::new(row.id("id")?),
        branch: row.word("branch")?,
        category: row.word("category")?,
        topic: row.word_or_none("topic")?,
        state: row.word("state")?,
        asked: row.count("asked")?,
        planned: row.int("planned")? != 0,
        total: row.count("places")?,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        expires_at: row.time("expires_at")?,
        ended_at: row.time_or_none("ended_at")?,
        rules: take_rules(row)?,
        digest: row.bytes("digest")?,
        personal: row.int("personal")? != 0,
        reached: row.id_or_none("reached")?,
    })
}

fn take_rules(row: &QueryResult) -> Result<Rules, StoreError> {
    let stretch = |from: &str, to: &str| -> Result<Option<Stretch>, StoreError> {
        let minute = |name: &str| row.int_or_none(name).map(|minute| minute.and_then(|minute| minute.try_into().ok()));
        Ok(minute(from)?.zip(minute(to)?).map(|(from, to)| Stretch { from, to }))
    };
    Ok(Rules {
        firm: row.count("firm")?,
        risk: row.word_or_none("risk")?,
        zone: row.text("zone")?,
        quiet: stretch("quiet_from", "quiet_to")?,
        window: stretch("window_from", "window_to")?,
        per_day: row.int_or_none("per_day")?.and_then(|count| count.try_into().ok()),
    })
}

impl Draft {
    /// Gives from when on it may leave, if ever.
    #[must_use]
    pub fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        plan::opens(&self.rules.hours(), self.category, now)
    }
}

impl Rules {
    fn hours(&self) -> Hours {
        Hours::new(&self.zone, self.quiet, self.window)
    }
}

async fn turned(
    tx: &DatabaseTransaction,
    store: &Store,
    id: NoticeId,
    turn: Turn,
    by: &By,
) -> Result<bool, StoreError> {
    let dialect = store.dialect();
    let key: Value = id.to_bytes().to_vec().into();
    let hold = dialect.statement(&format!("{BY_ID}{}", dialect.locked()), [key.clone()]);
    let Some(row) = tx.query_one_raw(hold).await? else { return Ok(false) };
    let (state, what) = match (turn, row.word("state")?) {
        (Turn::Pause, NoticeState::Running) => (NoticeState::Paused, What::AlertPaused(id)),
        (Turn::Resume, NoticeState::Paused) => (NoticeState::Running, What::AlertResumed(id)),
        (Turn::Stop, NoticeState::Running | NoticeState::Paused) => (NoticeState::Stopped, What::AlertStopped(id)),
        _ => return Ok(false),
    };
    let change = dialect.statement(TURN, [key, state.as_str().into()]);
    tx.execute_raw(change).await?;
    audit::append(tx, store, by, what).await?;
    Ok(true)
}

/// Holds the alert of the best lane that there is something to do for, and that nobody else is at;
/// whoever begins a submit of it is not hindered.
async fn hold(tx: &DatabaseTransaction, dialect: Dialect, sql: &str) -> Result<Option<Notice>, StoreError> {
    let sql = format!("{sql}{}", dialect.unclaimed_rows_of_keys());
    tx.query_one_raw(dialect.statement(&sql, [])).await?.map(|row| take(&row)).transpose()
}

const BY_ID: &str = "SELECT * FROM notice WHERE id = $1";
const TURN: &str = "UPDATE notice SET state = $2, moving = 1 WHERE id = $1";
const LIST: &str = "SELECT * FROM notice WHERE (made_at, id) < ($1, $2) ORDER BY made_at DESC, id DESC LIMIT $3";
const LIST_OF_BRANCH: &str = "SELECT * FROM notice WHERE branch = $4 AND (made_at, id) < ($1, $2) \
    ORDER BY made_at DESC, id DESC LIMIT $3";
const RECIPIENTS: &str = "SELECT * FROM delivery WHERE notice = $1 AND place > $2 ORDER BY place LIMIT $3";
const RECIPIENTS_IN: &str =
    "SELECT * FROM delivery WHERE notice = $1 AND place > $2 AND state = $4 ORDER BY place LIMIT $3";
