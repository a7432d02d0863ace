//! Alerts: posted once for many, watched, paused, stopped.
//!
//! In: alerts in words, turns. Out: ids, figures that add up, recipients. What is posted is in
//! the store and the journal before it is answered; the notifier is woken, and looks by itself
//! every second. Never here: a submit; a text for whoever may not read it.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use bus::{Message, QueueName, Target};
use contract::{
    BranchId, ClientId, DeliveryState, NoticeId, Timestamp, delivery::DeliveryView, id::derived, problem::Code,
};
use serde::Deserialize;
use store::{
    StoreError,
    notice::{Notice, Turn, Way},
    page::Place,
};
use utoipa::IntoParams;

use super::clients::in_reach;
use crate::{
    api::{
        alert::{AlertBody, Drafted},
        allowed::form,
        body::{Path, Sent, Wanted, id, maybe},
        error::Problem,
        key::{Key, Request},
        page::{Cursor, Page},
        shape::{
            List,
            alert::{AlertHeadShape, AlertShape, Posted, PreviewShape, RecipientShape},
            time,
        },
    },
    caller::Caller,
    house::{House, Shared},
    picture::Sight,
    rights::Act,
};

/// Recipients that a preview looks at, at most.
const LOOKED_AT_MAX: usize = 10_000;
/// Clients that are looked up at once.
const CLIENTS_AT_ONCE: usize = 1000;
/// The header by which the notifier's queue tells what something is.
const KIND: &str = "kind";
/// What wakes the notifier.
const ALERT: &str = "alert";

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only of this branch.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<BranchId>, required = false)]
    branch: Option<BranchId>,
}

/// Which recipients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Standing {
    /// Only those in this state.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<DeliveryState>, required = false)]
    state: Option<DeliveryState>,
}

/// Alerts, latest first.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(Query, Page), responses((status = 200, body = List<AlertHeadShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<AlertHeadShape>>, Problem> {
    caller.may(Act::SeeAlerts)?;
    let (query, page): (Query, Page) = wanted.read_list()?;
    let branch = caller.listed(query.branch)?;
    let after = page.after()?.map(|Cursor(place): Cursor| (place.at, place.id));
    let read = house.ports.store.notices().list(branch.as_ref(), after, page.and_one()).await?;
    let place = |notice: &Notice| Cursor(Place { at: notice.made_at, id: notice.id.bits() });
    let (notices, next) = page.cut(read, place);
    Ok(Json(List::page(notices.iter().map(AlertHeadShape::new).collect(), next)))
}

/// Posts an alert. It overtakes what is less urgent, ends at its expiry, and tells nobody the
/// same twice within ten minutes.
#[utoipa::path(post, path = "/alerts", tag = "alerts", request_body = AlertBody, responses((status = 202, body = Posted)))]
pub(crate) async fn post(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    sent: Sent,
) -> Result<Response, Problem> {
    caller.may(Act::PostAlerts)?;
    let notice = house.notice_id(&caller, &key, &sent);
    let work = async || {
        let Drafted { draft, .. } = house.draft(&caller, &sent).await?;
        let notices = house.ports.store.notices();
        let posted = notices.post(notice, draft, &caller.by(), house.clock().now()).await;
        match posted {
            Ok(()) => {}
            // Posted under the same key before, by somebody who could not say so.
            Err(StoreError::Refuse { .. }) if notices.get(notice).await?.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        house.wake_notifier(notice).await;
        let told = || Posted { id: notice.to_string() };
        Ok((StatusCode::ACCEPTED, told(), told()))
    };
    house.once(&caller, key, Request { what: "POST /alerts", body: &sent }, work).await
}

/// Shows what an alert would come to: its text, its short messages, who would be withheld and why.
/// Nothing is kept of it.
#[utoipa::path(post, path = "/alerts/preview", tag = "alerts", request_body = AlertBody, responses((status = 200, body = PreviewShape)))]
pub(crate) async fn preview(
    State(house): State<Shared>,
    caller: Caller,
    sent: Sent,
) -> Result<Json<PreviewShape>, Problem> {
    caller.may(Act::PostAlerts)?;
    let Drafted { draft, letter, parts } = house.draft(&caller, &sent).await?;
    let now = house.clock().now();
    let ways = &house.ports.accounts.ways;
    let foreseen = house.ports.store.notices().foresee(&draft, ways, LOOKED_AT_MAX, now).await?;
    let mut warnings = Vec::new();
    match draft.opens(now) {
        Some(at) if at > now && at < draft.expires_at => warnings.push(format!("it waits until {}", time(at))),
        Some(at) if at < draft.expires_at => {}
        _ => warnings.push("it expires before it may be sent".to_owned()),
    }
    if foreseen.recipients == 0 {
        warnings.push("nobody ordered the topic".to_owned());
    }
    Ok(Json(PreviewShape::new(letter.text, parts, time(draft.expires_at), &foreseen, warnings)))
}

/// One alert and how far it is.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", responses((status = 200, body = AlertShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(alert): Path<String>,
) -> Result<Json<AlertShape>, Problem> {
    let notice = house.known_alert(&caller, Act::SeeAlerts, &alert).await?;
    house.alert(&caller, &notice).await.map(Json)
}

/// The recipients of an alert in order, each with where he stands.
#[utoipa::path(get, path = "/alerts/{id}/deliveries", tag = "alerts", params(Standing, Page), responses((status = 200, body = List<RecipientShape>)))]
pub(crate) async fn deliveries(
    State(house): State<Shared>,
    caller: Caller,
    Path(alert): Path<String>,
    wanted: Wanted,
) -> Result<Json<List<RecipientShape>>, Problem> {
    let notice = house.known_alert(&caller, Act::ReadAlerts, &alert).await?;
    let (standing, page): (Standing, Page) = wanted.read_list()?;
    let after = page.after::<u64>()?.unwrap_or(0);
    let read = house.ports.store.notices().recipients(notice.id, standing.state, after, page.and_one()).await?;
    let (read, next) = page.cut(read, |(place, _)| *place);
    Ok(Json(List::page(house.recipients(&caller, &read).await?, next)))
}

/// Pauses an alert: once it is answered no submit of it begins until it goes on.
#[utoipa::path(post, path = "/alerts/{id}/pause", tag = "alerts", responses((status = 200, body = AlertShape)))]
pub(crate) async fn pause(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path(alert): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    house.turn(&caller, key, &alert, &sent, Turn::Pause).await
}

/// Lets a paused alert go on.
#[utoipa::path(post, path = "/alerts/{id}/resume", tag = "alerts", responses((status = 200, body = AlertShape)))]
pub(crate) async fn resume(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path(alert): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    house.turn(&caller, key, &alert, &sent, Turn::Resume).await
}

/// Stops an alert: once it is answered no submit of it begins, and what waits is withheld.
#[utoipa::path(post, path = "/alerts/{id}/stop", tag = "alerts", responses((status = 200, body = AlertShape)))]
pub(crate) async fn stop(
    State(house): State<Shared>,
    caller: Caller,
    key: Key,
    Path(alert): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    house.turn(&caller, key, &alert, &sent, Turn::Stop).await
}

impl House {
    async fn draft(&self, caller: &Caller, sent: &Sent) -> Result<Drafted, Problem> {
        let mut body: AlertBody = sent.read()?;
        let branch = self.branch_of(caller, body.branch.take())?;
        let reaches = |way: &Way| way.branch == branch || body.clients.is_none();
        if !self.ports.accounts.ways.iter().any(reaches) {
            return Err(Problem::new(Code::NoReplyChannel, "the branch has no account that writes to clients"));
        }
        let drafted = body.draft(branch, &self.ports.firm.now(), self.clock().now())?;
        self.check_clients(caller, drafted.draft.clients.as_deref().unwrap_or_default()).await?;
        Ok(drafted)
    }

    /// Refuses clients of another branch to who works in one; a topic is the whole firm's.
    async fn check_clients(&self, caller: &Caller, clients: &[ClientId]) -> Result<(), Problem> {
        if caller.branch.is_none() {
            return Ok(());
        }
        for portion in clients.chunks(CLIENTS_AT_ONCE) {
            let known = self.ports.store.directory().clients(portion).await?;
            if let Some(foreign) = known.iter().find(|client| !in_reach(caller, client)) {
                let place = clients.iter().position(|client| *client == foreign.id).unwrap_or_default();
                let what = format!("clients[{place}] is another branch's client");
                return Err(Problem::new(Code::NotYours, what));
            }
        }
        Ok(())
    }

    /// Names an alert: under a key so that a repeat has the same name, whatever became of the first.
    fn notice_id(&self, caller: &Caller, key: &Key, sent: &Sent) -> NoticeId {
        let named = |key: &String| {
            let digest = self.ports.keys.mark("alert", &[&sent.bytes]);
            derived(&[b"alert", caller.user.as_str().as_bytes(), key.as_bytes(), &digest])
        };
        NoticeId::new(key.0.as_ref().map_or_else(|| self.ports.chance.id(self.clock().now()), named))
    }

    async fn known_alert(&self, caller: &Caller, act: Act, alert: &str) -> Result<Notice, Problem> {
        caller.may(act)?;
        let alert: NoticeId = id(alert, "alert")?;
        let notice = self.ports.store.notices().get(alert).await?.ok_or_else(|| Problem::absent("alert"))?;
        caller.may_in(act, &notice.branch)?;
        Ok(notice)
    }

    async fn alert(&self, caller: &Caller, notice: &Notice) -> Result<AlertShape, Problem> {
        let notices = self.ports.store.notices();
        let progress = notices.progress(notice.id).await?;
        let words = if caller.may(Act::ReadAlerts).is_ok() { notices.words(notice.id).await? } else { None };
        Ok(AlertShape::new(notice, &progress, words.as_ref()))
    }

    /// Writes recipients, each with his number and his address masked; of another branch's client
    /// a user of one sees how his delivery stands, and not whose it is.
    async fn recipients(&self, caller: &Caller, read: &[(u64, DeliveryView)]) -> Result<Vec<RecipientShape>, Problem> {
        let directory = self.ports.store.directory();
        let clients: Vec<_> = read.iter().filter_map(|(_, view)| view.client).collect();
        let clients = directory.clients(&clients).await?;
        let addresses: Vec<_> = read.iter().filter_map(|(_, view)| view.address).collect();
        let addresses = directory.addresses_among(&addresses).await?;
        let shape = |(place, view): &(u64, DeliveryView)| {
            let client = clients.iter().find(|client| Some(client.id) == view.client);
            let address = addresses.iter().find(|address| Some(address.id) == view.address);
            let masked = address.and_then(|address| self.address(address, Sight::Masked).value);
            if client.is_some_and(|client| !in_reach(caller, client)) {
                let nobody = DeliveryView { client: None, ..view.clone() };
                return RecipientShape::new(*place, &nobody, None, None);
            }
            RecipientShape::new(*place, view, client.and_then(|client| client.number.clone()), masked)
        };
        Ok(read.iter().map(shape).collect())
    }

    async fn turn(&self, caller: &Caller, key: Key, alert: &str, sent: &Sent, turn: Turn) -> Result<Response, Problem> {
        let notice = self.known_alert(caller, Act::PostAlerts, alert).await?;
        let what = format!("POST /alerts/{}/{turn:?}", notice.id);
        let work = async || {
            if !self.ports.store.notices().turn(notice.id, turn, &caller.by()).await? {
                return Err(Problem::new(Code::WrongState, "the alert does not stand so that this can be done"));
            }
            self.wake_notifier(notice.id).await;
            let shape = async || {
                let notice =
                    self.ports.store.notices().get(notice.id).await?.ok_or_else(|| Problem::absent("alert"))?;
                self.alert(caller, &notice).await
            };
            Ok((StatusCode::OK, shape().await?, shape().await?))
        };
        self.once(caller, key, Request { what: &what, body: sent }, work).await
    }

    /// Has the notifier look at once; it would within a second.
    async fn wake_notifier(&self, notice: NoticeId) {
        let Ok(queue) = QueueName::events("notifier") else { return };
        let at: Timestamp = self.clock().now();
        let message = Message::new(self.ports.chance.id(at), notice.to_bytes().to_vec()).with(KIND, ALERT);
        if let Err(error) = self.ports.bus.publish(Target::Queue(queue), vec![message]).await {
            tracing::info!(alert.id = %notice, %error, "the notifier is not woken, and looks by itself");
        }
    }
}
