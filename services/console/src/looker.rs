//! The looker: what many screens want to see of cases at the same moment, read together.
//!
//! In: the ids of cases. Out: each case with the last of its contacts, read after it was asked
//! for. While one reading is under way those that come next wait for each other, not for a
//! clock: one screen alone is answered at once, a thousand cost a reading or two. Never here:
//! who may see what; anything kept for later.

use std::{collections::BTreeMap, sync::Arc};

use contract::{CaseId, view::CaseView};
use runtime::Stop;
use store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    api::error::Problem,
    picture::{CONTACTS_SHOWN_MAX, Said},
};

/// Cases of one reading at most.
const READING_MAX: usize = 256;
/// Screens that wait at most; more wait for a place.
const WAITING_MAX: usize = 4096;

/// A case as it is at this moment.
#[derive(Debug)]
pub struct Seen {
    /// The case.
    pub case: CaseView,
    /// The last of its contacts, oldest first.
    pub said: Vec<Said>,
    /// How many contacts it has.
    pub total: u64,
}

struct Asked {
    case: CaseId,
    tell: oneshot::Sender<Result<Option<Arc<Seen>>, StoreError>>,
}

/// The screens' end. Clones feed the same task.
#[derive(Debug, Clone)]
pub struct Looker(mpsc::Sender<Asked>);

/// The task that reads.
pub struct LookerTask {
    store: Store,
    asked: mpsc::Receiver<Asked>,
}

impl Looker {
    /// Makes the screens' end and the task's.
    #[must_use]
    pub fn new(store: Store) -> (Self, LookerTask) {
        let (sender, asked) = mpsc::channel(WAITING_MAX);
        (Self(sender), LookerTask { store, asked })
    }

    /// Gives a case, or says that there is none.
    pub async fn see(&self, case: CaseId) -> Result<Arc<Seen>, Problem> {
        let closing = || Problem::unavailable("the console stops");
        let (tell, told) = oneshot::channel();
        self.0.send(Asked { case, tell }).await.map_err(|_| closing())?;
        told.await.map_err(|_| closing())??.ok_or_else(|| Problem::absent("case"))
    }
}

impl LookerTask {
    /// Reads until `stop`.
    pub async fn run(mut self, stop: Stop) {
        let mut asked = Vec::new();
        loop {
            // Both arms may be dropped: `recv_many` loses nothing.
            let taken = tokio::select! {
                () = stop.cancelled() => return,
                taken = self.asked.recv_many(&mut asked, READING_MAX) => taken,
            };
            if taken == 0 {
                return;
            }
            let seen = self.read(&asked).await;
            for Asked { case, tell } in asked.drain(..) {
                // A screen that went away needs no answer.
                drop(tell.send(seen.as_ref().map(|seen| seen.get(&case).cloned()).map_err(StoreError::clone)));
            }
        }
    }

    async fn read(&self, asked: &[Asked]) -> Result<BTreeMap<CaseId, Arc<Seen>>, StoreError> {
        let mut ids: Vec<CaseId> = asked.iter().map(|asked| asked.case).collect();
        ids.sort_unstable();
        ids.dedup();
        let (views, pages) = (self.store.views(), self.store.pages());
        let (cases, mut contacts) =
            tokio::try_join!(views.cases(&ids), pages.contacts_of_cases(&ids, CONTACTS_SHOWN_MAX))?;
        let seen = cases.into_iter().map(|case| {
            let (said, total) = contacts.remove(&case.id).unwrap_or_default();
            (case.id, Arc::new(Seen { case, said, total }))
        });
        Ok(seen.collect())
    }
}
