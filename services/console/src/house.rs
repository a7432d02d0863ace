//! The house as the console's rooms see it: the ports, and the rooms built on them.
//!
//! In: the ports. Out: one shared value, the state of every handler. Never here: a handler.

use std::sync::Arc;

use contract::{CaseId, problem::Code, view::CaseView};
use runtime::Clock;
use store::StoreError;

use crate::{
    access::Access,
    api::{error::Problem, key::Running},
    board::Board,
    commands::{Commands, Patience},
    feed::Feed,
    looker::Looker,
    password::{PasswordError, Passwords},
    ports::Ports,
    pulse::Pulse,
    reached::Reached,
};

/// What every handler may use. Clones share it.
pub type Shared = Arc<House>;

/// The console's rooms.
pub struct House {
    /// What was handed in.
    pub ports: Ports,
    /// Commits on their way to screens.
    pub feed: Feed,
    /// Commands on their way to branches.
    pub commands: Commands,
    /// Looks on their way to the journal.
    pub access: Access,
    /// What screens want to see, read together.
    pub looker: Looker,
    /// Offers that reached a screen, on their way to their branches.
    pub reached: Reached,
    /// Passwords.
    pub passwords: Passwords,
    /// The queues' figures as screens get them.
    pub board: Board,
    /// How the house stands.
    pub pulse: Pulse,
    /// Requests with an `Idempotency-Key` that are running.
    pub running: Running,
}

impl House {
    /// Builds the rooms and starts their tasks.
    pub fn open(ports: Ports, patience: Patience) -> Result<Shared, PasswordError> {
        let (feed, rereads) = Feed::new(ports.coord.fanout.clone(), ports.tasks.clone());
        ports.tasks.spawn("console.rereads", rereads.run(ports.store.clone(), ports.tasks.stop()));
        let commands = Commands {
            bus: ports.bus.clone(),
            store: ports.store.clone(),
            feed: feed.clone(),
            clock: ports.clock.clone(),
            chance: ports.chance.clone(),
            patience,
        };
        let (access, writing) = Access::new(ports.store.clone(), &ports.settings.process);
        ports.tasks.spawn("console.access", writing.run(ports.tasks.stop()));
        let (reached, telling) = Reached::new(commands.clone());
        ports.tasks.spawn("console.reached", telling.run(ports.tasks.stop()));
        let (looker, reading) = Looker::new(ports.store.clone());
        ports.tasks.spawn("console.looker", reading.run(ports.tasks.stop()));
        let pulse = Pulse::new(ports.clock.now());
        ports.tasks.spawn("console.pulse", pulse.clone().run(ports.clone(), ports.tasks.stop()));
        let passwords = Passwords::new()?;
        Ok(Arc::new(Self {
            ports,
            feed,
            commands,
            access,
            looker,
            reached,
            passwords,
            board: Board::default(),
            pulse,
            running: Running::default(),
        }))
    }

    /// Gives the clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.ports.clock
    }

    /// Gives a case, or says that there is none.
    pub async fn case(&self, id: CaseId) -> Result<CaseView, Problem> {
        self.ports.store.views().case(id).await?.ok_or_else(|| Problem::absent("case"))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Retry { .. } => Self::unavailable("the store cannot do it at the moment"),
            StoreError::Refuse { what, .. } => Self::new(Code::Invalid, what),
            StoreError::Bug { .. } => {
                tracing::error!(%error, "the store met a fault");
                Self::unavailable("the store met a fault")
            }
        }
    }
}
