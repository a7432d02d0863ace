//! A cluster of three: everything works across its nodes, and comes back after one was away.

use contract::Millis;
use coord::{ConsoleId, Kind, RedisSettings};
use servers::{Redis, free_port};

use crate::house::{Process, hears_in_order, hq, lin, of_kind, rate, tell_for_ever, until};

/// Slots of a cluster.
const SLOTS: [(&str, &str); 3] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];

/// Starts three masters that know each other.
async fn cluster() -> (Vec<Redis>, RedisSettings) {
    let mut nodes = Vec::new();
    for (first, last) in SLOTS {
        let bus = free_port().expect("a free port").to_string();
        let words = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
        let node = Redis::start_with(&words).expect("redis-server");
        node.command(&["CLUSTER", "ADDSLOTSRANGE", first, last]).expect("slots");
        if let Some(known) = nodes.first() {
            let (known, port): &(Redis, String) = known;
            node.command(&["CLUSTER", "MEET", "127.0.0.1", &known.port().to_string(), port]).expect("a meeting");
        }
        nodes.push((node, bus));
    }
    let nodes: Vec<Redis> = nodes.into_iter().map(|(node, _)| node).collect();
    for node in &nodes {
        until("a whole cluster", async || is_whole(node).then_some(())).await;
    }
    let settings = of_kind(Kind::Cluster, nodes.iter().map(Redis::url).collect());
    (nodes, settings)
}

fn is_whole(node: &Redis) -> bool {
    let script = "local info = redis.call('CLUSTER', 'INFO')\n\
                  return string.find(info, 'cluster_state:ok') and string.find(info, 'cluster_known_nodes:3') and 1 or 0";
    node.command(&["EVAL", script, "0"]).is_ok_and(|answer| answer == ":1")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_rooms_work_and_come_back() {
    let (mut nodes, settings) = cluster().await;
    let (router, console) = Process::two(&settings).await;
    let mut there = console.coord.fanout.subscribe(&hq());
    let grace = Millis::from_secs(3);
    let listening = async {
        hears_in_order(&mut there, 200).await;
        for key in 0_u32..20 {
            let mut taken = 0;
            for _ in 0..4 {
                taken += u32::from(router.coord.quotas.take(&key.to_be_bytes(), rate(1, 3)).await.is_ok());
                taken += u32::from(console.coord.quotas.take(&key.to_be_bytes(), rate(1, 3)).await.is_ok());
            }
            assert_eq!(taken, 3, "of a key that lies on some node");
        }
        until("a beat", async || console.coord.presence.beat(&hq(), &lin(), ConsoleId(1)).await.ok()).await;
        assert!(router.missing(&lin(), grace).await >= Millis::new(0));

        nodes[1].kill().unwrap();
        until("a cluster that is down", async || {
            router.coord.presence.unseen(&hq(), &[lin()], grace).await.is_err().then_some(())
        })
        .await;
        nodes[1].go().unwrap();
        until("an answer", async || router.coord.presence.unseen(&hq(), &[lin()], grace).await.ok()).await;
        hears_in_order(&mut there, 200).await;
    };
    tokio::select! {
        () = tell_for_ever(&router.coord, 1) => {}
        () = listening => {}
    }
}
