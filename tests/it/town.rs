//! A house with every door open, its clients and the providers around it.
//!
//! In: a firm file. Out: a running house, signed-in agents, robots at their desks. Never here:
//! a contact, an assertion of a story.

use std::sync::Arc;

use anyhow::{Result, ensure};
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
use serde_json::{Value, json};

/// A house and all who deal with it.
pub(crate) struct Town {
    pub(crate) house: House,
    pub(crate) clients: Arc<Clients>,
    /// Somebody who may see all.
    pub(crate) reader: Rest,
    /// Takes short messages and the app's answers.
    pub(crate) provider: Provider,
    pub(crate) platform: Wechat,
    _postbox: Postbox,
}

impl Town {
    /// Opens a house by a firm file.
    pub(crate) async fn open(firm: &str) -> Result<Self> {
        let (provider, platform, postbox) = tokio::try_join!(Provider::start(), Wechat::start(), Postbox::start())?;
        let port = free_port()?;
        let house = House::start(firm, &doors(&provider, &platform, &postbox, port)).await?;
        let clients = Arc::new(Clients::of(&house, port));
        let reader = house.user(&["--name", "hegui", "--role", "compliance"]).await?;
        Ok(Self { house, clients, reader, provider, platform, _postbox: postbox })
    }

    /// Signs an agent in.
    pub(crate) async fn agent(&self, agent: &str) -> Result<Rest> {
        self.house.user(&["--name", agent, "--role", "agent", "--agent", agent, "--branch", "hq"]).await
    }

    /// Lets robots sit down as these agents; all of them are ready when this returns.
    pub(crate) async fn robots(&self, agents: &[&'static str]) -> Result<Vec<(&'static str, Robot)>> {
        let mut robots = Vec::new();
        for agent in agents {
            robots.push((*agent, Robot::start(self.agent(agent).await?)));
        }
        for agent in agents {
            until(&format!("{agent} is ready"), || async {
                let (_, shown) = self.reader.get(&format!("agents/{agent}")).await.ok()?;
                shown["since"].is_string().then_some(())
            })
            .await;
        }
        Ok(robots)
    }

    /// Shows one thing as whoever may see all.
    pub(crate) async fn show(&self, path: &str) -> Result<Value> {
        let (status, shown) = self.reader.get(path).await?;
        ensure!(status == 200, "{path}: {status} {shown}");
        Ok(shown)
    }
}

/// Presses a key by REST that must work.
pub(crate) async fn must(rest: &Rest, path: &str, body: &Value) -> Result<()> {
    let (status, answer) = rest.post(path, body).await?;
    ensure!(status == 200, "{path}: {status} {answer}");
    Ok(())
}

/// Closes a case as solved.
pub(crate) async fn close(rest: &Rest, case: &str) -> Result<()> {
    must(rest, &format!("cases/{case}/close"), &json!({ "outcome": "solved" })).await
}
