//! The rate over several branches with one, two and four routers.
//!
//! In: servers. Out: a rate for each. The routers share the machine with servers and load, so
//! the rate grows only as far as it has cores.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use it::{
    house::House,
    load::{self, Offers},
    until,
};

use crate::{
    Servers,
    house::{branches, doors, parts, start, watch},
};

/// Branches that the routers share.
const BRANCHES: usize = 8;
/// Agents of each with an open socket.
const AGENTS: usize = 8;
/// Messages of a run.
const PRESSED: u32 = 8_000;
/// Posters.
const POSTERS: u32 = 128;
/// How long the last offers may take.
const TAIL: Duration = Duration::from_secs(60);

pub(crate) async fn run(binary: &Path, servers: &Servers) -> Result<()> {
    let branches = branches(BRANCHES);
    println!("{:>8} {:>12} {:>10}", "routers", "offers", "held each");
    for (run, routers) in [1, 2, 4].into_iter().enumerate() {
        let house = start(binary, servers, None, routers, &branches, AGENTS).await?;
        let held = spread(&house, routers).await;
        let offers = Offers::default();
        let desks = watch(&house, &branches, AGENTS, &offers).await?;
        load::press(&doors(&house, &branches, 0)?, 500, POSTERS).await?;
        offers.reach(500, TAIL).await;
        offers.clear();
        let began = Instant::now();
        let posted = load::press(&doors(&house, &branches, u32::try_from(run)? + 1)?, PRESSED, POSTERS).await?;
        let reached = offers.reach(posted.len(), TAIL).await;
        println!("{routers:>8} {:>10.0}/s {held:>10}", reached as f64 / began.elapsed().as_secs_f64());
        drop(desks);
    }
    Ok(())
}

/// Waits until every router holds its share of the branches; tells the shares.
async fn spread(house: &House, routers: usize) -> String {
    let share = BRANCHES / routers;
    until("every router holds its share", || async {
        let mut held = Vec::new();
        for router in 1..=routers {
            let parts = parts(house, &format!("router-{router}")).await.ok()?;
            let holds = |part: &&String| part.strip_prefix("router.").is_some_and(|branch| !branch.contains('.'));
            held.push(parts.iter().filter(holds).count());
        }
        let fair = held.iter().all(|count| *count >= share);
        fair.then(|| held.iter().map(usize::to_string).collect::<Vec<_>>().join("+"))
    })
    .await
}
