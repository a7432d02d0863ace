//! A steady load: short messages, WeChat and the app, each again until it is taken.
//!
//! In: the clients. Out: about two dozen contacts a second until it is told to end.
//! Never here: more than so many, or a slow machine would never be done with them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use it::{clients::Clients, until};
use tokio::task::JoinHandle;

/// Posts under way at a time.
const POSTERS: u64 = 2;
/// The pause of a poster between two contacts.
const PAUSE: Duration = Duration::from_millis(80);
/// Contacts that a poster brings at most.
const EACH_MAX: u64 = 100;

/// The load while it lasts.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    posters: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn begin(clients: &Arc<Clients>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        #[expect(clippy::disallowed_methods, reason = "the tasks are joined by `end`")]
        let posters = (0..POSTERS).map(|poster| tokio::spawn(post(clients.clone(), poster, stop.clone()))).collect();
        Self { stop, posters }
    }

    pub(super) async fn end(self) -> Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        for poster in self.posters {
            poster.await?;
        }
        Ok(())
    }
}

async fn post(clients: Arc<Clients>, poster: u64, stop: Arc<AtomicBool>) {
    for n in 0..EACH_MAX {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("l-{poster}-{n}");
        until(&format!("contact {id} is taken"), || async {
            let taken = match n % 3 {
                0 => clients.sms(&id, &format!("1390{poster}{n:06}"), "请问网上开户怎么走").await,
                1 => {
                    clients
                        .wechat(poster * 1000 + n + 1, &format!("oFollowerOfTheHour{poster}x{n}"), "请问手续费是多少")
                        .await
                }
                _ => clients.app(&id, &format!("user-of-the-hour-{poster}-{n}"), "怎么查看成交记录").await,
            };
            taken.ok()
        })
        .await;
        tokio::time::sleep(PAUSE).await;
    }
}
