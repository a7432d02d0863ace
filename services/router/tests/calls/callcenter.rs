//! Days of a real call centre, replayed through the core in virtual time.
//!
//! In: the calls of a bank's hotline in February 1999 ("Anonymous Bank", Israel; Technion;
//! L. Brown et al., JASA 100(469), 2005), from `../shared/data/callcenter` beside the
//! workspace, skipped aloud where it is absent. Every call comes as its legs do: late, the
//! agent's leg before or after the caller's. Out: no panic, I-2 and I-3 after every step, and
//! the debts of missed calls number by number against a count of the test's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use contract::{
    AgentId, CaseState, ClientId, ContactId, Millis, PromiseState, QueueId, Timestamp,
    inbound::{CallLeg, Matter},
};
use runtime::Chance;

use crate::world::{World, firm};

/// Callers without a customer number get one of their own above this.
const UNKNOWN_FROM: u128 = 1 << 64;
/// Every so many callers without a customer number withhold it.
const WITHHELD_EVERY: usize = 10;
/// How long after its end a record may come.
const RECORD_LATE_MS_MAX: u64 = 3000;
/// How long a desk rings before the call goes to another.
const RINGS: Millis = Millis::from_secs(10);
/// How long after the last record a call is settled.
const SETTLE_AFTER: Millis = Millis::from_secs(8);
/// Abandons shorter than this are counted apart, once an hour per client.
const SHORT: Millis = Millis::from_secs(5);
const HOUR: Millis = Millis::from_secs(3600);

/// One call of the file.
struct Call {
    contact: ContactId,
    client: Option<ClientId>,
    began: Timestamp,
    ended: Timestamp,
    queued: Option<Timestamp>,
    served: Option<(Timestamp, Timestamp, AgentId)>,
}

/// A record of a leg on its way.
struct Record {
    at: Timestamp,
    contact: ContactId,
    client: Option<ClientId>,
    leg: CallLeg,
}

fn calls(first: &str, last: &str) -> Option<Vec<Call>> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/callcenter/calls_1999-02-01_14.csv");
    if !path.is_file() {
        println!("SKIPPED: {} is absent", path.display());
        return None;
    }
    let mut file = csv::Reader::from_path(path).unwrap();
    let head = file.headers().unwrap().clone();
    let rows = file.records().map(Result::unwrap).filter(|row| (first..last).contains(&&row[2])).enumerate();
    Some(
        rows.map(|(number, row)| {
            call(number, &|name| row[head.iter().position(|known| known == name).unwrap()].to_owned())
        })
        .collect(),
    )
}

fn call(number: usize, cell: &dyn Fn(&str) -> String) -> Call {
    let time = |name: &str| format!("{}Z", cell(name)).parse::<Timestamp>().ok();
    let customer: u128 = cell("customer_id").parse().unwrap_or_default();
    let client = match customer {
        0 if number.is_multiple_of(WITHHELD_EVERY) => None,
        0 => Some(ClientId::new(UNKNOWN_FROM + number as u128)),
        known => Some(ClientId::new(known)),
    };
    let began = time("arrival").unwrap();
    let agent = cell("server").to_lowercase().parse().ok().filter(|_| cell("server") != "NO_SERVER");
    let served = match (time("ser_start"), time("ser_exit"), agent) {
        (Some(from), Some(to), Some(agent)) if cell("outcome") == "AGENT" => {
            Some((from.max(began), to.max(from).max(began), agent))
        }
        _ => None,
    };
    let last = [time("vru_exit"), time("q_exit"), served.as_ref().map(|(_, to, _)| *to)].into_iter().flatten().max();
    let ended = last.unwrap_or(began).max(began);
    let queued = time("q_entry").map(|at| at.clamp(began, ended));
    Call { contact: ContactId::new(number as u128 + 1), client, began, ended, queued, served }
}

/// Gives the records of all calls, in the order they come.
fn records(calls: &[Call], chance: &Chance) -> Vec<Record> {
    let mut all: Vec<Record> = calls.iter().flat_map(|call| legs(call, chance)).collect();
    all.sort_by_key(|record| (record.at, record.contact));
    all
}

fn legs(call: &Call, chance: &Chance) -> Vec<Record> {
    let late = || Millis::new(i64::try_from(chance.below(RECORD_LATE_MS_MAX)).unwrap() + 1);
    let queue: Option<QueueId> = Some("enquiries".parse().unwrap());
    let agent = call.served.as_ref().map(|(_, _, agent)| agent.clone());
    let callers = CallLeg {
        leg: "caller".to_owned(),
        inbound: true,
        started_at: call.began,
        answered_at: call.served.as_ref().map(|(at, _, _)| *at),
        ended_at: call.ended,
        queued_at: call.queued,
        queue,
        agent,
        ring: None,
        abandoned: call.served.is_none() && call.queued.is_some(),
        language: None,
    };
    let record = |leg: CallLeg, client| Record { at: leg.ended_at + late(), contact: call.contact, client, leg };
    let mut all = vec![record(callers.clone(), call.client)];
    if let Some(queued) = call.queued.filter(|queued| call.ended.since(*queued) > RINGS.times(2)) {
        let leg = CallLeg {
            leg: "rung out".to_owned(),
            inbound: false,
            started_at: queued,
            answered_at: None,
            ended_at: queued + RINGS,
            queued_at: None,
            abandoned: false,
            ..callers.clone()
        };
        all.push(record(leg, None));
    }
    if let Some((from, to, _)) = &call.served {
        let leg = CallLeg {
            leg: "agent".to_owned(),
            inbound: false,
            started_at: *from - Millis::from_secs(2),
            answered_at: Some(*from),
            ended_at: *to,
            queued_at: None,
            ring: Some(Millis::from_secs(2)),
            abandoned: false,
            ..callers
        };
        // The agent's leg does not know who called.
        all.push(record(leg, None));
    }
    all
}

/// Counts by hand what is owed at the end, and how often something came to be owed.
fn debts(calls: &[Call], records: &[Record]) -> (BTreeSet<ClientId>, usize) {
    let last =
        |call: &Call| records.iter().filter(|record| record.contact == call.contact).map(|record| record.at).max();
    let mut order: Vec<(Timestamp, &Call)> =
        calls.iter().map(|call| (last(call).unwrap() + SETTLE_AFTER, call)).collect();
    order.sort_by_key(|(at, call)| (*at, call.contact));
    let (mut owed, mut made, mut shorts) = (BTreeSet::new(), 0, BTreeMap::new());
    for (at, call) in order {
        let Some(client) = call.client else { continue };
        if call.served.is_some() {
            owed.remove(&client);
            continue;
        }
        let short = call.queued.is_some_and(|queued| call.ended.since(queued) < SHORT);
        let again = shorts.get(&client).is_some_and(|before: &Timestamp| *before + HOUR > at);
        if short && !again {
            shorts.insert(client, at);
        } else {
            made += usize::from(owed.insert(client));
        }
    }
    (owed, made)
}

/// What is left of a replay, or nothing where the file is absent.
struct Replay {
    world: World,
    calls: Vec<Call>,
    records: Vec<Record>,
}

fn replay(first: &str, last: &str, works: bool) -> Option<Replay> {
    let calls = calls(first, last)?;
    let records = records(&calls, &Chance::seeded(1));
    let agents: BTreeSet<AgentId> = calls.iter().filter_map(|call| Some(call.served.as_ref()?.2.clone())).collect();
    let mut world = World::new(firm(agents), records.first()?.at - HOUR, works);
    for record in &records {
        world.call(record.at, record.contact, record.client, Matter::Leg(record.leg.clone()));
    }
    let end = world.now + HOUR;
    world.until(end);
    assert!(calls.iter().all(|call| world.taken.contains(&call.contact)), "a call got lost");
    Some(Replay { world, calls, records })
}

#[test]
fn debts_are_abandons_by_number() {
    let Some(Replay { world, calls, records }) = replay("1999-02-01", "1999-02-03", false) else { return };
    let (owed, made) = debts(&calls, &records);
    println!(
        "{} calls in {} records: {made} call-backs came to be owed, {} still are",
        calls.len(),
        records.len(),
        owed.len()
    );
    assert_eq!(world.open_debts(), owed);
    assert_eq!(world.made, made);
}

#[test]
fn a_morning_with_agents_at_work() {
    let Some(Replay { world, calls, .. }) = replay("1999-02-01T07:00", "1999-02-01T13:00", true) else { return };
    let count = |state| world.promises.values().filter(|promise| promise.state == state).count();
    let (kept, settled, open) = (count(PromiseState::Kept), count(PromiseState::Settled), count(PromiseState::Open));
    println!(
        "{} calls: {} call-backs owed, {kept} made, {settled} settled by the client, {open} open",
        calls.len(),
        world.made
    );
    assert_eq!((world.made, open), (kept + settled, 0));
    assert!(world.cases.values().all(|case| case.state == CaseState::Closed), "the world has not come to rest");
}
