//! A firm of several branches in a full house, with robots on both consoles.
//!
//! In: servers. Out: a house under a steady load; the account. Never here: a fault.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use it::{
    account::{account, submits},
    house::{House, Servers},
    http, load,
    provider::Provider,
    rest::Rest,
    robot::Robot,
    until,
};

use jiff::Timestamp;

use crate::{
    desk::SECRET,
    ledger::{ANSWER_WAIT, Load, send},
};

/// The branches: more than routers, so that each has some.
pub(super) const BRANCHES: [&str; 4] = ["east", "west", "north", "south"];
/// The units of an agent.
const UNITS: usize = 3;
/// The pause of a poster between two messages; two agents a branch work off what comes.
const PAUSE: Duration = Duration::from_millis(400);

/// A house of several processes, and all who deal with it.
pub(super) struct Town {
    pub(super) house: House,
    pub(super) provider: Provider,
    robots: Vec<Robot>,
    reader: Rest,
    probes: AtomicU32,
}

impl Town {
    /// Opens a house on servers and lets two robots a branch sit down, one at each console.
    pub(super) async fn open(servers: &Servers) -> Result<Self> {
        let provider = Provider::start().await?;
        let house = House::start_full(servers, &firm(), &accounts(&provider)).await?;
        Self::of(house, provider).await
    }

    /// Opens one whose routers have a clock that can be set.
    pub(super) async fn open_with_clock(servers: &Servers) -> Result<Self> {
        let provider = Provider::start().await?;
        let house = House::start_with_clock(servers, &firm(), &accounts(&provider)).await?;
        Self::of(house, provider).await
    }

    async fn of(house: House, provider: Provider) -> Result<Self> {
        let mut robots = Vec::new();
        for branch in BRANCHES {
            for (place, console) in ["front", "back"].into_iter().enumerate() {
                let agent = format!("{branch}-{place}");
                let words = ["--name", &agent, "--role", "agent", "--agent", &agent, "--branch", branch];
                let rest = house.user(&words).await?;
                robots.push(Robot::start(rest.at_console(house.url_of(console)?)));
            }
        }
        let reader = house.user(&["--name", "reader", "--role", "compliance"]).await?;
        Ok(Self { house, provider, robots, reader, probes: AtomicU32::new(0) })
    }

    /// Begins to post to every branch.
    pub(super) fn load(&self) -> Load {
        Load::begin(&self.house.url(), &BRANCHES, PAUSE)
    }

    /// Posts a message to every branch and waits until each is decided.
    pub(super) async fn decided_in_every_branch(&self) {
        let round = self.probes.fetch_add(1, Ordering::SeqCst);
        for (place, branch) in BRANCHES.into_iter().enumerate() {
            // Of another client each: one client's matters would come together.
            let (id, from) = (format!("probe-{branch}-{round}"), format!("138{place:02}{round:06}"));
            let contact = send(&self.house.url(), branch, &id, &from).await;
            until(&format!("a message of {branch} is decided"), || async {
                let (_, shown) = self.reader.get(&format!("contacts/{contact}")).await.ok()?;
                shown["case_id"].is_string().then_some(())
            })
            .await;
        }
    }

    /// Does something to the house's servers, and says how long it took until every branch decided again.
    #[expect(clippy::disallowed_methods, reason = "a recovery is measured and printed, not judged")]
    pub(super) async fn recovers_from(&self, what: &str, fault: impl FnOnce() -> Result<()>) -> Result<()> {
        tokio::task::block_in_place(fault)?;
        let began = Instant::now();
        self.decided_in_every_branch().await;
        println!("{what}: every branch decided after {:?}", began.elapsed());
        Ok(())
    }

    /// Waits until the doors refuse what is posted, and the house says why.
    pub(super) async fn refuses(&self) {
        let (client, url) = (http(ANSWER_WAIT), self.house.url());
        until("a door refuses", || async {
            let number = self.probes.fetch_add(1, Ordering::SeqCst);
            let (door, id) = (format!("{url}/channels/sms/{}", BRANCHES[0]), format!("refused-{number}"));
            let answer = load::post_once(&client, &door, SECRET, &id, &format!("13799{number:06}")).await.ok()?;
            (answer.status().as_u16() == 503).then_some(())
        })
        .await;
        until("the house is not ready", || async {
            let answer = client.get(format!("{url}/readyz")).send().await.ok()?;
            (answer.status().as_u16() == 503).then_some(())
        })
        .await;
    }

    /// Says whether every case was opened between two moments of the machine's clock.
    pub(super) async fn opened_between(&self, from: Timestamp, to: Timestamp) -> Result<()> {
        for case in self.reader.all("cases?limit=200").await? {
            let opened = case["opened_at"].as_str().context("a case was opened at some time")?;
            let opened: Timestamp = opened.parse()?;
            ensure!(from <= opened && opened <= to, "a case was opened at {opened}, not between {from} and {to}");
        }
        Ok(())
    }

    /// Ends the load and accounts for all of it: nothing lost, nothing twice, nobody above his capacity.
    pub(super) async fn account(&self, load: Load) -> Result<()> {
        let accepted = load.end().await?;
        println!("{} contacts were answered 2xx", accepted.len());
        account(&self.house, &accepted, &self.robots, UNITS).await?;
        submits(&self.provider);
        self.house.journal_is_whole().await?;
        let log = self.house.log();
        ensure!(!log.contains("panicked"), "{log}");
        ensure!(
            !log.contains("请问怎么开户") && !log.contains("1390000") && !log.contains("1380000"),
            "personal data in the log"
        );
        Ok(())
    }
}

fn firm() -> String {
    let mut firm = String::from("[ownership]\nowner_grace = \"1s\"\nmanager_grace = \"1s\"\n\n");
    for branch in BRANCHES {
        firm.push_str(&format!(
            "[[branch]]\nid = \"{branch}\"\nname = \"{branch}\"\ntime_zone = \"Asia/Shanghai\"\n\n\
             [[queue]]\nid = \"{branch}-enquiries\"\nbranch = \"{branch}\"\nname = \"咨询\"\n\
             kinds = [\"enquiry\", \"callback\"]\nwithin = \"60s\"\nwrap_up = \"0s\"\nlead = \"{branch}-0\"\ndeputy = \"{branch}-1\"\n\n"
        ));
        for place in 0..2 {
            firm.push_str(&format!(
                "[[agent]]\nid = \"{branch}-{place}\"\nname = \"{branch} {place}\"\nbranch = \"{branch}\"\n\
                 queues = [\"{branch}-enquiries\"]\nskills = {{ mandarin = 3 }}\nunits = {UNITS}\n\n"
            ));
        }
    }
    firm
}

fn accounts(provider: &Provider) -> String {
    let account = |branch: &str| {
        format!(
            "[channels.sms.{branch}]\nbranch = \"{branch}\"\nsecret = \"{SECRET}\"\nsend_url = \"{}/send\"\n\n",
            provider.url()
        )
    };
    BRANCHES.iter().map(|branch| account(branch)).collect()
}
