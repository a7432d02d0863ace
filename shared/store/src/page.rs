//! Pages: lists of cases, contacts, promises and deliveries, filtered, with a place to go on from.
//!
//! In: a filter and the place after which a page begins. Out: one page of contract views.
//! Never here: who may see what; the caller's filter says it. SQL is put together from fixed
//! pieces, values are always bound.

mod told;

use std::collections::BTreeMap;

use contract::{
    AgentId, BranchId, CaseId, CaseState, ChannelKind, ClientId, ContactId, DeliveryId, DeliveryState, Kind, PromiseId,
    PromiseState, QueueId, Timestamp,
    delivery::DeliveryView,
    view::{CaseView, ContactView, PromiseView},
};
use sea_orm::Value;

use crate::{
    Store, StoreError,
    deliveries::take as take_delivery,
    row::Columns,
    view::{Message, take_case, take_contact, take_message, take_promise},
};

pub use self::told::{ToldFilter, ToldPlace};

/// Items that one page has at most.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// Where a page ends and the next begins: a time and an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The time by which the list is ordered.
    pub at: Timestamp,
    /// The id, where several share the time.
    pub id: u128,
}

/// Which cases a list holds; latest opened first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only of this branch.
    pub branch: Option<BranchId>,
    /// Besides those of the branch also what went on from it to another.
    pub and_left: bool,
    /// Only in this state.
    pub state: Option<CaseState>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only in this queue.
    pub queue: Option<QueueId>,
    /// Only owned by him.
    pub owner: Option<String>,
    /// Only before this agent.
    pub agent: Option<AgentId>,
    /// Only of this client.
    pub client: Option<ClientId>,
    /// Only what an agent owns or has before him, without what he is excluded from.
    pub own: Option<AgentId>,
}

/// Which contacts a list holds; latest taken first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// Only of this branch.
    pub branch: Option<BranchId>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only of this client.
    pub client: Option<ClientId>,
    /// Only by this channel.
    pub channel: Option<ChannelKind>,
    /// Only of cases that an agent owns or has before him, without those he is excluded from.
    pub own: Option<AgentId>,
}

/// Which promises a list holds; soonest due first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromiseFilter {
    /// Only of this branch.
    pub branch: Option<BranchId>,
    /// Only in this state.
    pub state: Option<PromiseState>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only owed by him.
    pub owner: Option<String>,
    /// Only of cases that an agent owns or has before him, without those he is excluded from.
    pub own: Option<AgentId>,
}

/// Which deliveries a list holds; latest asked for first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only of cases of this branch.
    pub branch: Option<BranchId>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Only by this channel.
    pub channel: Option<ChannelKind>,
    /// Only of cases that an agent owns or has before him, without those he is excluded from.
    pub own: Option<AgentId>,
}

/// The last contacts of cases, with what was sent, and how many each case has.
pub type Contacts = BTreeMap<CaseId, (Vec<(ContactView, Message)>, u64)>;

/// The room of pages.
#[derive(Debug, Clone)]
pub struct Pages(Store);

impl Store {
    /// Gives the room of pages.
    #[must_use]
    pub fn pages(&self) -> Pages {
        Pages(self.clone())
    }
}

impl Pages {
    /// Gives up to `limit` cases that were opened before `after`.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<CaseView>, StoreError> {
        let mut cases = self.cases_by("c.branch", filter, after, limit).await?;
        if filter.and_left && filter.branch.is_some() {
            // Two lists in order, of an index each.
            cases.extend(self.cases_by("c.came_from", filter, after, limit).await?);
            cases.sort_by_key(|case| std::cmp::Reverse((case.opened_at, case.id)));
            cases.dedup_by_key(|case| case.id);
            cases.truncate(usize::try_from(limit.min(PAGE_ITEMS_MAX + 1)).unwrap_or(usize::MAX));
        }
        Ok(cases)
    }

    async fn cases_by(
        &self,
        branch: &'static str,
        filter: &CaseFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<CaseView>, StoreError> {
        let mut query = Query::new("SELECT c.* FROM \"case\" c");
        query.text(branch, filter.branch.as_ref().map(BranchId::as_str));
        query.text("c.state", filter.state.map(CaseState::as_str));
        if filter.state.is_some_and(|state| state != CaseState::Closed) {
            // Says what follows anyway, for the index of open cases to be found.
            query.conditions.push("c.state <> 'closed'".to_owned());
        }
        query.text("c.kind", filter.kind.map(Kind::as_str));
        query.text("c.queue", filter.queue.as_ref().map(QueueId::as_str));
        query.text("c.owner", filter.owner.as_deref());
        query.text("c.agent", filter.agent.as_ref().map(AgentId::as_str));
        query.id("c.client", filter.client.map(ClientId::bits));
        query.own(filter.own.as_ref());
        query.after("c.opened_at, c.id", "<", after);
        let (sql, values) = query.end("c.opened_at DESC, c.id DESC", limit);
        self.0.all(&sql, values).await?.iter().map(take_case).collect()
    }

    /// Gives up to `limit` cases that somebody owns and that are laid aside, oldest first.
    pub async fn cases_aside(&self, owner: &str, limit: u32) -> Result<Vec<CaseView>, StoreError> {
        self.0.all(ASIDE, [owner.into(), i64::from(limit).into()]).await?.iter().map(take_case).collect()
    }

    /// Gives up to `limit` contacts, with what was sent, that were taken before `after`.
    pub async fn contacts(
        &self,
        filter: &ContactFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<(ContactView, Message)>, StoreError> {
        let mut query = Query::new(match &filter.own {
            Some(_) => {
                "SELECT k.*, m.* FROM message m JOIN contact k ON k.id = m.id JOIN \"case\" c ON c.id = k.\"case\""
            }
            None => "SELECT k.*, m.* FROM message m JOIN contact k ON k.id = m.id",
        });
        query.text("k.branch", filter.branch.as_ref().map(BranchId::as_str));
        query.id("k.\"case\"", filter.case.map(CaseId::bits));
        query.id("k.client", filter.client.map(ClientId::bits));
        query.text("m.channel", filter.channel.map(ChannelKind::as_str));
        query.own(filter.own.as_ref());
        query.after("m.accepted_at, m.id", "<", after);
        let (sql, values) = query.end("m.accepted_at DESC, m.id DESC", limit);
        self.0.all(&sql, values).await?.iter().map(|row| Ok((take_contact(row)?, take_message(row)?))).collect()
    }

    /// Gives the last `limit` contacts of each case, with what was sent, oldest first, and how
    /// many it has; a case without contacts is absent.
    pub async fn contacts_of_cases(&self, cases: &[CaseId], limit: u32) -> Result<Contacts, StoreError> {
        let sql = format!(
            "SELECT * FROM (SELECT k.input, k.branch, k.\"case\", k.client, k.kind, k.seq, m.*, \
             row_number() OVER (PARTITION BY k.\"case\" ORDER BY m.accepted_at DESC, m.id DESC) AS place, \
             count(*) OVER (PARTITION BY k.\"case\") AS total \
             FROM contact k JOIN message m ON m.id = k.id WHERE {}) s \
             WHERE place <= $2 ORDER BY accepted_at, id",
            self.0.dialect().among("k.\"case\"")
        );
        let values = [self.0.dialect().ids(cases.iter().map(|id| id.to_bytes())), i64::from(limit).into()];
        let mut contacts = Contacts::new();
        for row in &self.0.all(&sql, values).await? {
            let (said, total) = contacts.entry(CaseId::new(row.id("case")?)).or_default();
            said.push((take_contact(row)?, take_message(row)?));
            *total = row.count("total")?;
        }
        Ok(contacts)
    }

    /// Gives up to `limit` promises that are due after `after`.
    pub async fn promises(
        &self,
        filter: &PromiseFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<PromiseView>, StoreError> {
        let mut query = Query::new(match &filter.own {
            Some(_) => "SELECT p.* FROM promise p JOIN \"case\" c ON c.id = p.\"case\"",
            None => "SELECT p.* FROM promise p",
        });
        query.text("p.branch", filter.branch.as_ref().map(BranchId::as_str));
        query.text("p.state", filter.state.map(PromiseState::as_str));
        query.id("p.\"case\"", filter.case.map(CaseId::bits));
        query.text("p.owner", filter.owner.as_deref());
        query.own(filter.own.as_ref());
        query.after("p.due_at, p.id", ">", after);
        let (sql, values) = query.end("p.due_at, p.id", limit);
        self.0.all(&sql, values).await?.iter().map(take_promise).collect()
    }

    /// Gives up to `limit` deliveries that were asked for before `after`.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let mut query = Query::new("SELECT d.* FROM delivery d LEFT JOIN \"case\" c ON c.id = d.\"case\"");
        query.text("c.branch", filter.branch.as_ref().map(BranchId::as_str));
        query.id("d.\"case\"", filter.case.map(CaseId::bits));
        query.text("d.state", filter.state.map(DeliveryState::as_str));
        query.text("d.channel", filter.channel.map(ChannelKind::as_str));
        query.own(filter.own.as_ref());
        query.after("d.made_at, d.id", "<", after);
        let (sql, values) = query.end("d.made_at DESC, d.id DESC", limit);
        self.0.all(&sql, values).await?.iter().map(take_delivery).collect()
    }
}

impl Place {
    /// Gives the place of a delivery in lists.
    #[must_use]
    pub const fn of_delivery(delivery: &DeliveryView) -> Self {
        Self { at: delivery.made_at, id: DeliveryId::bits(delivery.id) }
    }
    /// Gives the place of a case in lists.
    #[must_use]
    pub const fn of_case(case: &CaseView) -> Self {
        Self { at: case.opened_at, id: case.id.bits() }
    }
    /// Gives the place of a contact in lists.
    #[must_use]
    pub const fn of_message(message: &Message) -> Self {
        Self { at: message.accepted_at, id: ContactId::bits(message.id) }
    }
    /// Gives the place of a promise in lists.
    #[must_use]
    pub const fn of_promise(promise: &PromiseView) -> Self {
        Self { at: promise.due_at, id: PromiseId::bits(promise.id) }
    }
}

const ASIDE: &str = "SELECT * FROM \"case\" WHERE owner = $1 AND state = 'pending' ORDER BY opened_at, id LIMIT $2";

/// A query being put together.
struct Query {
    sql: String,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    fn new(from: &'static str) -> Self {
        Self { sql: from.to_owned(), conditions: Vec::new(), values: Vec::new() }
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn text(&mut self, column: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            let at = self.bind(value);
            self.conditions.push(format!("{column} = {at}"));
        }
    }

    fn id(&mut self, column: &'static str, value: Option<u128>) {
        if let Some(value) = value {
            let at = self.bind(value.to_be_bytes().to_vec());
            self.conditions.push(format!("{column} = {at}"));
        }
    }

    /// Of table `c`: what an agent owns or has before him, without what he is excluded from.
    fn own(&mut self, agent: Option<&AgentId>) {
        if let Some(agent) = agent {
            let at = self.bind(agent.as_str());
            self.conditions.push(format!("(c.owner = {at} OR c.agent = {at})"));
            // `_` is a letter of ids and a wildcard of LIKE.
            let excluded = self.bind(format!("%,{},%", agent.as_str().replace('_', "\\_")));
            self.conditions.push(format!("',' || c.recused || ',' NOT LIKE {excluded} ESCAPE '\\'"));
        }
    }

    fn after(&mut self, columns: &'static str, sign: &'static str, place: Option<Place>) {
        if let Some(place) = place {
            let at = self.bind(place.at.as_ms());
            let id = self.bind(place.id.to_be_bytes().to_vec());
            self.conditions.push(format!("({columns}) {sign} ({at}, {id})"));
        }
    }

    fn end(mut self, order: &'static str, limit: u32) -> (String, Vec<Value>) {
        let limit = self.bind(i64::from(limit.min(PAGE_ITEMS_MAX + 1)));
        if !self.conditions.is_empty() {
            self.sql.push_str(" WHERE ");
            self.sql.push_str(&self.conditions.join(" AND "));
        }
        (format!("{} ORDER BY {order} LIMIT {limit}", self.sql), self.values)
    }
}
