//! Figures: how the house stands, and the hour that lies behind.
//!
//! In: the pulse, the accounts of the configuration. Out: one shape each, as far as the caller's
//! branch goes. Never here: personal data, a look into the store.

use std::collections::{BTreeMap, BTreeSet};

use axum::{Json, extract::State};
use contract::{AccountId, BranchId, ChannelKind, Lane};
use store::deliveries::Road;

use crate::{
    api::{
        error::Problem,
        shape::{
            QueueShape,
            figures::{
                BranchName, BusQueue, ChannelFigures, FiguresShape, HistoryShape, LaneFigures, PartShape, ProcessShape,
                SeriesShape, WatchedQueue,
            },
            time,
        },
    },
    caller::Caller,
    house::{House, Shared},
    pulse::{Lately, STEP, Series},
    rights::Act,
};

/// The lanes, most urgent first.
const LANES: [Lane; 3] = [Lane::Urgent, Lane::Normal, Lane::Bulk];

/// How the house stands at this moment: queues, channels, bus, processes.
#[utoipa::path(get, path = "/figures", tag = "figures", responses((status = 200, body = FiguresShape)))]
pub(crate) async fn show(State(house): State<Shared>, caller: Caller) -> Result<Json<FiguresShape>, Problem> {
    caller.may(Act::WatchHouse)?;
    let pulse = &house.pulse;
    let mut figures = FiguresShape {
        at: time(house.clock().now()),
        since: time(pulse.since()),
        violations: 0,
        branches: house.branches(&caller),
        queues: Vec::new(),
        channels: house.channels(&caller),
        bus: Vec::new(),
        dead: 0,
        processes: Vec::new(),
    };
    for (_, told) in pulse.branches().iter().filter(|(branch, _)| caller.reaches(branch)) {
        figures.violations += told.violations;
        let watched = |queue: QueueShape, id: &contract::QueueId| {
            let forecast = pulse.forecast(id);
            WatchedQueue { queue, late: forecast.late, endangered: forecast.endangered }
        };
        let shapes = house.queues_of(told).into_iter().zip(&told.queues);
        figures.queues.extend(shapes.map(|(shape, view)| watched(shape, &view.id)));
    }
    let mut depths: BTreeMap<String, u64> = BTreeMap::new();
    for (name, report) in pulse.processes() {
        for depth in &report.depths {
            // Processes see one queue of a broker, each with what it holds itself.
            let known = depths.entry(depth.queue.clone()).or_default();
            *known = depth.messages.max(*known);
        }
        figures.processes.push(ProcessShape {
            name,
            version: report.version.clone(),
            started_at: time(report.started_at),
            parts: report.parts.iter().map(PartShape::from).collect(),
        });
    }
    figures.dead = depths.remove(&bus::QueueName::Dead.to_string()).unwrap_or(0);
    depths.retain(|queue, _| queue.parse().is_ok_and(|queue| house.is_in_reach(&caller, &queue)));
    figures.bus = depths.into_iter().map(|(queue, messages)| BusQueue { queue, messages }).collect();
    Ok(Json(figures))
}

/// The last hour, step by step: queues, accounts, lanes.
#[utoipa::path(get, path = "/figures/history", tag = "figures", responses((status = 200, body = HistoryShape)))]
pub(crate) async fn history(State(house): State<Shared>, caller: Caller) -> Result<Json<HistoryShape>, Problem> {
    caller.may(Act::WatchHouse)?;
    let hour = house.pulse.hour();
    let series = hour.series.into_iter().filter_map(|(series, values)| house.series(&caller, series, values));
    Ok(Json(HistoryShape { at: time(hour.at), step_s: STEP.whole_secs(), steps: hour.steps, series: series.collect() }))
}

impl House {
    /// Gives the branches that the caller reaches.
    fn branches(&self, caller: &Caller) -> Vec<BranchName> {
        let firm = self.ports.firm.now();
        let reached = firm.book.names.branches.iter().filter(|(id, _)| caller.reaches(id));
        let shape = |(id, name): &(BranchId, String)| BranchName {
            id: id.to_string(),
            name: name.clone(),
            time_zone: firm.zone(Some(id)),
        };
        reached.map(shape).collect()
    }

    /// Gives what comes and goes by the accounts that the caller reaches.
    fn channels(&self, caller: &Caller) -> Vec<ChannelFigures> {
        let (lately, on_way) = (self.pulse.lately(), self.pulse.on_way());
        let mut accounts: BTreeSet<(String, String)> =
            self.ports.accounts.all().map(|(channel, id)| (channel.to_string(), id.to_string())).collect();
        accounts.extend(lately.keys().map(|(_, channel, account, _)| (channel.clone(), account.clone())));
        accounts.extend(on_way.keys().map(|road| (road.channel.to_string(), road.account.to_string())));
        accounts.retain(|(channel, account)| self.reaches_account(caller, channel, account));
        let shape = |(channel, account): (String, String)| {
            let at = |what: &str, lane: &str| {
                let key = (what.to_owned(), channel.clone(), account.clone(), lane.to_owned());
                lately.get(&key).copied().unwrap_or_default()
            };
            let lanes = LANES.iter().filter_map(|lane| {
                let road = on_way.iter().find(|(road, _)| is_road(road, &channel, &account, *lane));
                self.lane(*lane, road.map(|(_, on_way)| *on_way), |what| at(what, lane.as_str()))
            });
            ChannelFigures {
                branch: self.fed_by(&channel, &account).map(|branch| branch.to_string()),
                in_minute: at("accepted", "").minute,
                in_hour: at("accepted", "").hour,
                repeated_hour: at("repeated", "").hour,
                refused_hour: at("refused", "").hour,
                lanes: lanes.collect(),
                channel,
                account,
            }
        };
        accounts.into_iter().map(shape).collect()
    }

    /// Gives how a lane stands; `None` when nothing went by it.
    fn lane(
        &self,
        lane: Lane,
        on_way: Option<store::deliveries::OnWay>,
        at: impl Fn(&str) -> Lately,
    ) -> Option<LaneFigures> {
        let now = self.clock().now();
        let standing = on_way.unwrap_or_default();
        let figures = LaneFigures {
            lane: lane.to_string(),
            queued: standing.queued,
            submitting: standing.submitting,
            oldest_s: standing.due_at.map(|due| now.since(due).whole_secs()).filter(|seconds| *seconds >= 0),
            sent_minute: at("sent").minute,
            sent_hour: at("sent").hour,
            delivered_hour: at("delivered").hour,
            failed_hour: at("failed").hour,
            retried_hour: at("retry").hour,
            expired_hour: at("expired").hour,
            unknown_hour: at("unknown").hour,
            withheld_hour: at("withheld").hour,
        };
        let happened = [
            figures.sent_hour,
            figures.delivered_hour,
            figures.failed_hour,
            figures.retried_hour,
            figures.expired_hour,
            figures.unknown_hour,
            figures.withheld_hour,
        ];
        (on_way.is_some() || happened.iter().any(|count| *count > 0)).then_some(figures)
    }

    fn series(&self, caller: &Caller, series: Series, values: Vec<u32>) -> Option<SeriesShape> {
        let empty = SeriesShape {
            what: String::new(),
            queue: None,
            branch: None,
            channel: None,
            account: None,
            lane: None,
            values,
        };
        let queue = |what: &str, branch: BranchId, queue: contract::QueueId, empty: SeriesShape| {
            let reached = caller.reaches(&branch);
            let (what, queue, branch) = (what.to_owned(), Some(queue.to_string()), Some(branch.to_string()));
            reached.then_some(SeriesShape { what, queue, branch, ..empty })
        };
        match series {
            Series::Waiting(branch, id) => queue("waiting", branch, id, empty),
            Series::Oldest(branch, id) => queue("oldest_s", branch, id, empty),
            Series::Queued(road) => {
                let (channel, account) = (road.channel.to_string(), road.account.to_string());
                let what = "queued".to_owned();
                self.reaches_account(caller, &channel, &account).then(|| SeriesShape {
                    what,
                    channel: Some(channel),
                    account: Some(account),
                    lane: Some(road.lane.to_string()),
                    ..empty
                })
            }
            Series::Happened(what, channel, account, lane) => {
                self.reaches_account(caller, &channel, &account).then(|| SeriesShape {
                    what,
                    channel: Some(channel),
                    account: Some(account),
                    lane: Some(lane).filter(|lane| !lane.is_empty()),
                    ..empty
                })
            }
        }
    }

    fn fed_by(&self, channel: &str, account: &str) -> Option<&BranchId> {
        let (channel, account) = (channel.parse::<ChannelKind>().ok()?, account.parse::<AccountId>().ok()?);
        self.ports.accounts.branch(channel, &account)
    }

    /// Says whether an account feeds a branch of the caller's; one that is not configured any
    /// more is the whole firm's.
    fn reaches_account(&self, caller: &Caller, channel: &str, account: &str) -> bool {
        caller.branch.is_none() || self.fed_by(channel, account).is_some_and(|branch| caller.reaches(branch))
    }
}

fn is_road(road: &Road, channel: &str, account: &str, lane: Lane) -> bool {
    road.channel.as_str() == channel && road.account.as_str() == account && road.lane == lane
}
