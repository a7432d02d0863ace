//! The house of the surge and who sits in it.
//!
//! In: the firm file beside this story. Out: a running house with every door open, and
//! robots. Never here: a contact.

use anyhow::Result;
use it::{
    clients::{Clients, doors},
    house::{House, free_port},
    post::Postbox,
    provider::Provider,
    rest::Rest,
    robot::Robot,
    until,
    wechat::Wechat,
};

/// Who works off what comes.
const WORKERS: &[&str] = &["lin", "chen", "zhao"];

pub(super) struct Surge {
    pub(super) house: House,
    pub(super) clients: Clients,
    /// Somebody who may see all.
    pub(super) reader: Rest,
    _providers: (Provider, Wechat, Postbox),
}

impl Surge {
    pub(super) async fn begin() -> Result<Self> {
        let (provider, platform, postbox) = tokio::try_join!(Provider::start(), Wechat::start(), Postbox::start())?;
        let port = free_port()?;
        let house = House::start(include_str!("../surge.toml"), &doors(&provider, &platform, &postbox, port)).await?;
        let clients = Clients::of(&house, port);
        let reader = house.user(&["--name", "hegui", "--role", "compliance"]).await?;
        Ok(Self { house, clients, reader, _providers: (provider, platform, postbox) })
    }

    pub(super) async fn agent(&self, agent: &str) -> Result<Rest> {
        self.house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", "hq"]).await
    }

    /// Lets the workers sit down; all of them are ready when this returns.
    pub(super) async fn everybody_works(&self) -> Result<Vec<(&'static str, Robot)>> {
        let mut robots = Vec::new();
        for agent in WORKERS {
            robots.push((*agent, Robot::start(self.agent(agent).await?)));
        }
        for agent in WORKERS {
            until(&format!("{agent} is ready"), || async {
                let (_, shown) = self.reader.get(&format!("agents/{agent}")).await.ok()?;
                shown["since"].is_string().then_some(())
            })
            .await;
        }
        Ok(robots)
    }
}
