//! The world around the house: its providers, and the configuration that leads to them.
//!
//! In: the number of this run. Out: listening providers, the channels' part of a configuration,
//! what clients got. Never here: the house.

use std::time::Duration;

use runtime::{Chance, Health, Tasks};
use tokio::sync::mpsc;

use crate::{
    doors::Doors,
    gateway::{Gateway, Got},
    letters::Postbox,
    trouble::Trouble,
    wechat::Platform,
};

/// Messages that clients have not looked at, at most.
const INBOX_MAX: usize = 1024;
/// How long providers may take to end.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// The domain of the house's mailboxes.
pub const DOMAIN: &str = "kf.example";

/// The providers around one house.
#[derive(Debug)]
pub struct World {
    gateway: Gateway,
    platform: Platform,
    postbox: Postbox,
    mail_port: u16,
    wechat_token: String,
    app_secret: String,
    tasks: Tasks,
}

impl World {
    /// Starts the providers; gives them with what clients will get.
    pub async fn start(run: u64) -> Result<(Self, mpsc::Receiver<Got>), Trouble> {
        let tasks = Tasks::new(Health::default());
        let (inbox, got) = mpsc::channel(INBOX_MAX);
        let chance = Chance::machine();
        let word = || hex::encode(chance.bytes::<16>());
        let world = Self {
            gateway: Gateway::start(run, inbox.clone(), &tasks).await?,
            platform: Platform::start(inbox.clone(), &tasks).await?,
            postbox: Postbox::start(inbox, &tasks).await?,
            mail_port: free_port()?,
            wechat_token: word(),
            app_secret: word(),
            tasks,
        };
        Ok((world, got))
    }

    /// Gives the configuration's part on channels. The secrets of telephone, short messages and
    /// app are made by the house, and lie in its data folder.
    #[must_use]
    pub fn channels(&self) -> String {
        format!(
            "[channels.phone.main]\nbranch = \"hq\"\n\n\
             [channels.sms.main]\nbranch = \"hq\"\nsend_url = \"{sms}\"\n\n\
             [channels.webhook.app]\nbranch = \"hq\"\nsend_url = \"{app}\"\n\n\
             [channels.wechat.main]\nbranch = \"hq\"\napp_id = \"wx0000000000000000\"\napp_secret = \"{secret}\"\n\
             token = \"{token}\"\napi_url = \"{platform}\"\n\n\
             [channels.email.main]\nbranch = \"hq\"\ndomains = [\"{DOMAIN}\"]\n\
             smtp_listen = \"127.0.0.1:{port}\"\nsmtp_send = \"{postbox}\"\n",
            sms = self.gateway.send_url("sms"),
            app = self.gateway.send_url("app"),
            secret = self.app_secret,
            token = self.wechat_token,
            platform = self.platform.url(),
            port = self.mail_port,
            postbox = self.postbox.url(),
        )
    }

    /// Gives the port on which the house takes mail.
    #[must_use]
    pub const fn mail_port(&self) -> u16 {
        self.mail_port
    }

    /// Gives the token that callbacks of the official account are signed with.
    #[must_use]
    pub fn wechat_token(&self) -> &str {
        &self.wechat_token
    }

    /// Says where receipts go from here on.
    pub fn connect(&self, doors: Doors) {
        self.gateway.connect(doors);
    }

    /// Ends the providers.
    pub async fn close(self) {
        self.tasks.finish(CLOSE_LIMIT).await;
    }
}

/// Finds a port that nobody has at this moment.
fn free_port() -> Result<u16, Trouble> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
