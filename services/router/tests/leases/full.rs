//! A router whose network to PostgreSQL is cut: its branches go to another in time, and when it
//! is heard again it commits nothing and says so.
//!
//! In: a proxy before the server, for one of two routers. Out: who holds what; an account of
//! every input. Never here: a server that is hurt; others use it too.

use servers::{Proxy, proxy::Weather};
use store::{Engine, Postgres, leases::RouterId};

use crate::{DEAD_MAX_MS, assert_fair, house::House, log, process::Pace};

/// Branches of two routers.
const BRANCHES: usize = 4;
/// How long a router may take to see what became of it, which takes connections that time out.
const SEES_MAX_MS: i64 = 90_000;
/// How long two routers may take to share.
const SHARED_MAX_MS: i64 = 20_000;

/// One after the other: they share the log.
#[test]
fn a_network_that_is_cut_costs_a_router_its_branches() {
    [Weather::Silent, Weather::Cut].into_iter().for_each(cut_off);
}

fn cut_off(weather: Weather) {
    let direct = servers::database().unwrap();
    let (proxy, behind) = Proxy::before_url(&direct).unwrap();
    let mut house = House::on(by(direct), Pace::Own, BRANCHES);
    house.join_by(&by(behind));
    house.join();
    house.until("both have their share", SHARED_MAX_MS, each_has_some);
    let other = house.living()[1].clone();

    log::listen();
    proxy.set(weather);
    let took = house.until("what the one held is taken", DEAD_MAX_MS, |house| all_are_of(house, &other));
    println!("taken over {took} ms after the network was cut: {weather:?}");
    house.work(2_000);
    proxy.set(Weather::Fair);
    house.until("it says that it is fenced", SEES_MAX_MS, |_| log::has("another router holds the branch"));
    house.until("both share again", SHARED_MAX_MS, each_has_some);
    assert_fair(&house);
    house.rest();
    house.account();
}

fn each_has_some(house: &House) -> bool {
    let held = house.held();
    house.is_shared() && house.living().iter().all(|router| held.values().flatten().any(|holder| holder == *router))
}

fn all_are_of(house: &House, router: &RouterId) -> bool {
    house.held().values().all(|holder| holder.as_ref() == Some(router))
}

fn by(url: String) -> Engine {
    Engine::Postgres(Postgres::at(url))
}
