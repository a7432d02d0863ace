//! Leases: which routers live, and which of them holds which branch.
//!
//! In: signs of life, the wish to take a branch or to give it back. Out: what a look finds;
//! a lease with a new epoch, or none when somebody was faster. Never here: a clock. Whether
//! something stands still is judged by whoever looks, on his own.

use std::{fmt, str::FromStr, sync::Arc};

use contract::{BranchId, IdError, id, journal::READER};
use runtime::Chance;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::{
    Store, StoreError,
    journal::{Lease, Stream, lease_of, make, signed},
    row::Columns,
};

/// Names a router process, from its start to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouterId(Arc<str>);

/// A router that has announced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Living {
    /// Who.
    pub router: RouterId,
    /// Raised as long as it lives.
    pub beat: u64,
    /// The highest version of records that it reads.
    pub reader: u32,
}

/// What moves as long as the holder of a branch lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Counts the holders.
    pub epoch: u64,
    /// Raised by every commit and every sign of life.
    pub beat: u64,
}

/// Who holds a branch, as its row says; he may have died since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// Nobody: it was given back, or never taken.
    Free,
    /// Somebody who is no router and gave no name.
    Unnamed,
    /// A router.
    By(RouterId),
}

/// A branch as a look found it. One that nobody ever took is not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchLease {
    /// The branch.
    pub branch: BranchId,
    /// What moves as long as its holder lives.
    pub mark: Mark,
    /// Its holder.
    pub hold: Hold,
    /// The lowest version that reads its journal.
    pub reader: u32,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Routers that have announced themselves, by id.
    pub routers: Vec<Living>,
    /// Branches that somebody took at some time, by id.
    pub branches: Vec<BranchLease>,
}

/// The room of routers and of what they hold.
#[derive(Debug, Clone)]
pub struct Leases(Store);

impl Store {
    /// Gives the room of routers and of what they hold.
    #[must_use]
    pub fn leases(&self) -> Leases {
        Leases(self.clone())
    }
}

impl RouterId {
    /// Makes a fresh name.
    #[must_use]
    pub fn fresh(chance: &Chance) -> Self {
        Self(format!("r-{}", hex::encode(chance.bytes::<6>())).into())
    }

    /// Gives the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RouterId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if id::is_slug(text) { Ok(Self(text.into())) } else { Err(IdError { what: "router id" }) }
    }
}

impl Leases {
    /// Gives who lives and who holds what.
    pub async fn look(&self) -> Result<Sight, StoreError> {
        let branches = self.0.all(BRANCHES, []).await?.iter().map(branch_of).collect::<Result<_, _>>()?;
        let routers = self.0.all(ROUTERS, []).await?.iter().map(living_of).collect::<Result<_, _>>()?;
        Ok(Sight { routers, branches })
    }

    /// Gives a router's sign of life; the first one announces it. The router counts its beats
    /// itself: were it taken off meanwhile, whoever watches sees one that he never saw.
    pub async fn announce(&self, living: &Living) -> Result<(), StoreError> {
        let values: [Value; 3] =
            [living.router.as_str().into(), signed(living.beat)?.into(), i64::from(living.reader).into()];
        let statement = self.0.dialect().statement(ANNOUNCE, values);
        self.0
            .write_unhurried(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes a router off that gave no sign of life since `seen`: it goes, or it is gone.
    pub async fn withdraw(&self, seen: &Living) -> Result<(), StoreError> {
        let statement = self.0.dialect().statement(WITHDRAW, [seen.router.as_str().into(), signed(seen.beat)?.into()]);
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Takes a branch if it stands as it was seen, whoever held it; he is fenced then. One that
    /// nobody ever took stands at the first mark. Refused when its journal has records that this
    /// version does not read.
    pub async fn take(&self, branch: &BranchId, seen: Mark, router: &RouterId) -> Result<Option<Lease>, StoreError> {
        let (store, stream) = (self.0.clone(), Stream::branch(branch));
        let take: [Value; 5] = [
            stream.as_str().into(),
            signed(seen.epoch)?.into(),
            signed(seen.beat)?.into(),
            i64::from(READER).into(),
            router.as_str().into(),
        ];
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    make(tx, &store, &stream).await?;
                    let taken = tx.query_one_raw(store.dialect().statement(TAKE, take)).await?;
                    if let Some(row) = taken {
                        return lease_of(&row).map(Some);
                    }
                    let newer: [Value; 2] = [stream.as_str().into(), i64::from(READER).into()];
                    let unreadable = tx.query_one_raw(store.dialect().statement(NEWER, newer)).await?;
                    unreadable.map_or(Ok(None), |_| Err(StoreError::unreadable()))
                })
            })
            .await
    }

    /// Takes a branch again from oneself, after a failure: under a new epoch, so that nothing
    /// that is still on its way under the old one is committed. `None` when it is somebody
    /// else's by then.
    pub async fn resume(&self, lease: &Lease) -> Result<Option<Lease>, StoreError> {
        let dialect = self.0.dialect();
        let values: [Value; 2] = [lease.stream.as_str().into(), signed(lease.epoch)?.into()];
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    let row = tx.query_one_raw(dialect.statement(RESUME, values)).await?;
                    row.map(|row| lease_of(&row)).transpose()
                })
            })
            .await
    }

    /// Gives a branch back, so that another takes it at once; nothing more is committed under
    /// this lease. Says whether it was still held.
    pub async fn release(&self, lease: &Lease) -> Result<bool, StoreError> {
        let statement =
            self.0.dialect().statement(RELEASE, [lease.stream.as_str().into(), signed(lease.epoch)?.into()]);
        self.0.write(move |tx| Box::pin(async move { Ok(tx.execute_raw(statement).await?.rows_affected() == 1) })).await
    }
}

const BRANCHES: &str = "SELECT id, epoch, beat, released, holder, reader FROM stream WHERE id LIKE 'branch/%' \
                        ORDER BY id";
const ROUTERS: &str = "SELECT id, beat, reader FROM router ORDER BY id";
const ANNOUNCE: &str = "INSERT INTO router (id, beat, reader) VALUES ($1, $2, $3) \
                        ON CONFLICT (id) DO UPDATE SET beat = excluded.beat";
const WITHDRAW: &str = "DELETE FROM router WHERE id = $1 AND beat <= $2";
const TAKE: &str = "UPDATE stream SET epoch = epoch + 1, beat = beat + 1, holder = $5 \
                    WHERE id = $1 AND epoch = $2 AND beat = $3 AND reader <= $4 \
                    RETURNING id, epoch, head_seq, head_hash";
const NEWER: &str = "SELECT id FROM stream WHERE id = $1 AND reader > $2";
const RESUME: &str = "UPDATE stream SET epoch = epoch + 1, beat = beat + 1 WHERE id = $1 AND epoch = $2 \
                      RETURNING id, epoch, head_seq, head_hash";
const RELEASE: &str = "UPDATE stream SET epoch = epoch + 1, released = epoch + 1, beat = beat + 1 \
                       WHERE id = $1 AND epoch = $2";

fn living_of(row: &QueryResult) -> Result<Living, StoreError> {
    Ok(Living { router: row.word("id")?, beat: row.count("beat")?, reader: row.small("reader")? })
}

fn branch_of(row: &QueryResult) -> Result<BranchLease, StoreError> {
    let stream = Stream::parse(&row.text("id")?)?;
    let branch = stream.of_branch().ok_or_else(|| StoreError::bug("a stream of a branch names none"))?;
    let mark = Mark { epoch: row.count("epoch")?, beat: row.count("beat")? };
    let holder = row.text("holder")?;
    let hold = if row.count("released")? == mark.epoch {
        Hold::Free
    } else if holder.is_empty() {
        Hold::Unnamed
    } else {
        Hold::By(holder.parse().map_err(|_| StoreError::bug("a stored router id does not parse"))?)
    };
    Ok(BranchLease { branch, mark, hold, reader: row.small("reader")? })
}
