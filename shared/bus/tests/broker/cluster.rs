//! Clusters of three of which a node freezes, or is cut off.
//!
//! In: three nodes, a process that has all their addresses. Out: it goes on by the others, and
//! everything that was confirmed comes. Never here: a whole house.

use std::time::Duration;

use bus::rabbit::Settings;
use servers::Cluster;

use crate::{
    address::settings,
    house::{Account, House, route, wait},
};

/// Publishers of a story.
const PUBLISHERS: u128 = 4;
/// What a consumer may hold: as much as a router takes, so that one of which nobody knows shows.
const PREFETCH: usize = 1000;

fn nodes(cluster: &Cluster) -> Settings {
    let all: Vec<Settings> = cluster.urls().iter().map(|url| settings(url)).collect();
    Settings { nodes: all.iter().flat_map(|one| one.nodes.clone()).collect(), ..all[0].clone() }
}

async fn refused_and_confirmed_again(account: &Account) {
    let before = account.refused();
    wait("a refusal", async || account.refused() > before).await;
    account.goes_on(100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_node_is_left_and_keeps_nothing() {
    let cluster = tokio::task::block_in_place(|| Cluster::start(3)).unwrap();
    let house = House::new(&nodes(&cluster)).await;
    let consumer = house.bus.consume(&route(), PREFETCH, 1).await.unwrap();
    let (account, publishers) = house.load(&route(), PUBLISHERS);
    account.goes_on(100).await;
    cluster.nodes[0].pause().unwrap();
    refused_and_confirmed_again(&account).await;
    assert_eq!(publishers.finish(Duration::from_secs(10)).await, Vec::<String>::new());
    let came = account.settle(&consumer).await;
    println!("{} confirmed, {} came, {} refused", account.confirmed(), came.len(), account.refused());
    cluster.nodes[0].resume().unwrap();
    house.close().await;
}
