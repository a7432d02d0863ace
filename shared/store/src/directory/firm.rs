//! Versions of the firm: the file as it was applied, and the names that screens show.
//!
//! In: a checked firm file. Out: its text by version, names by id, those of people who left
//! among them. Never here: reading the file.

use contract::{
    Timestamp,
    audit::{By, FirmApplied, What},
};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::{
    Store, StoreError,
    dialect::{Repeat, Table},
    journal::audit,
    row::Columns,
    rows::Rows,
    store::insert,
};

/// A firm file as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmVersion {
    /// Counts from 1.
    pub version: u64,
    /// The digest that the journal names.
    pub digest: Vec<u8>,
    /// The file.
    pub text: String,
    /// When it was applied.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A branch.
    Branch,
    /// A queue.
    Queue,
    /// An agent.
    Agent,
    /// A topic.
    Topic,
}

impl NameKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Topic => "topic",
        }
    }
}

/// Which firm a new one may take the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Any,
    None,
}

/// The room of the firm's versions.
#[derive(Debug, Clone)]
pub struct Firms(Store);

const NAME: Table =
    Table { name: "firm_name", columns: &["kind", "id", "name"], key: &["kind", "id"], repeat: Repeat::Replaces };

impl Firms {
    pub(super) const fn new(store: Store) -> Self {
        Self(store)
    }

    /// Keeps a firm file as the next version and gives that; the same digest as the latest
    /// one's keeps its version. A new one is journalled with it.
    pub async fn put(
        &self,
        digest: Vec<u8>,
        text: String,
        by: &By,
        names: Vec<(NameKind, String, String)>,
    ) -> Result<u64, StoreError> {
        self.keep(Over::Any, digest, text, by, names).await.map(|(version, _)| version)
    }

    /// Keeps a firm file as the first version; false where there is a firm, which stays. Of
    /// several who begin at once one does.
    pub async fn begin(
        &self,
        digest: Vec<u8>,
        text: String,
        by: &By,
        names: Vec<(NameKind, String, String)>,
    ) -> Result<bool, StoreError> {
        self.keep(Over::None, digest, text, by, names).await.map(|(_, is_new)| is_new)
    }

    /// Gives the version in force afterwards, and whether it is a new one.
    async fn keep(
        &self,
        over: Over,
        digest: Vec<u8>,
        text: String,
        by: &By,
        names: Vec<(NameKind, String, String)>,
    ) -> Result<(u64, bool), StoreError> {
        let (store, dialect, by, at) = (self.0.clone(), self.0.dialect(), by.clone(), self.0.clock().now().as_ms());
        let mut rows = Rows::default();
        for (kind, id, name) in &names {
            rows.add(|row| {
                row.text(kind.as_str());
                row.text(id);
                row.text(name);
            });
        }
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    // Two who apply a firm at once do so one after the other.
                    audit::alone(tx, &store).await?;
                    let latest = tx.query_one_raw(dialect.statement(LATEST, [])).await?;
                    let latest = latest.map(|row| take(&row)).transpose()?;
                    if let (Over::None, Some(known)) = (over, &latest) {
                        return Ok((known.version, false));
                    }
                    insert(tx, dialect, [(&NAME, rows)]).await?;
                    if let Some(same) = latest.as_ref().filter(|latest| latest.digest == digest) {
                        return Ok((same.version, false));
                    }
                    let version = latest.map_or(0, |latest| latest.version) + 1;
                    let number = i64::try_from(version).map_err(|_| StoreError::bug("too many versions"))?;
                    let values =
                        [number.into(), digest.clone().into(), text.into(), at.into(), by.user.as_str().into()];
                    tx.execute_raw(dialect.statement(PUT, values)).await?;
                    let applied = What::FirmApplied(FirmApplied { version, digest });
                    audit::append(tx, &store, &by, applied).await?;
                    Ok((version, true))
                })
            })
            .await
    }

    /// Gives the version in force.
    pub async fn latest(&self) -> Result<Option<FirmVersion>, StoreError> {
        self.0.one(LATEST, []).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the number of the version in force; 0 before the first.
    pub async fn version(&self) -> Result<u64, StoreError> {
        self.0.one(VERSION, []).await?.map_or(Ok(0), |row| row.count("version"))
    }

    /// Gives the version in force where it is newer than another; its text is read only then.
    pub async fn newer(&self, than: u64) -> Result<Option<FirmVersion>, StoreError> {
        if self.version().await? <= than { Ok(None) } else { self.latest().await }
    }

    /// Gives a version by the digest that the journal names.
    pub async fn by_digest(&self, digest: &[u8]) -> Result<Option<FirmVersion>, StoreError> {
        self.0.one(BY_DIGEST, [digest.to_vec().into()]).await?.map(|row| take(&row)).transpose()
    }

    /// Gives the digest of the firm file that the last start was given.
    pub async fn given(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.one(GIVEN, []).await?.map(|row| row.bytes("value")).transpose()
    }

    /// Keeps the digest of the firm file that a start was given.
    pub async fn give(&self, digest: Vec<u8>) -> Result<(), StoreError> {
        let statement = self.0.dialect().statement(GIVE, [digest.into()]);
        self.0
            .write(move |tx| {
                Box::pin(async move {
                    tx.execute_raw(statement).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Gives all names of a kind by id.
    pub async fn names(&self, kind: NameKind) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.0.all(NAMES, [kind.as_str().into()]).await?;
        rows.iter().map(|row| Ok((row.text("id")?, row.text("name")?))).collect()
    }
}

fn take(row: &QueryResult) -> Result<FirmVersion, StoreError> {
    Ok(FirmVersion {
        version: row.count("version")?,
        digest: row.bytes("digest")?,
        text: row.text("text")?,
        at: row.time("at")?,
        by: row.text("by")?,
    })
}

const PUT: &str = "INSERT INTO firm (version, digest, text, at, \"by\") VALUES ($1, $2, $3, $4, $5)";
const LATEST: &str = "SELECT * FROM firm ORDER BY version DESC LIMIT 1";
const VERSION: &str = "SELECT version FROM firm ORDER BY version DESC LIMIT 1";
const BY_DIGEST: &str = "SELECT * FROM firm WHERE digest = $1 ORDER BY version DESC LIMIT 1";
const GIVEN: &str = "SELECT value FROM house WHERE name = 'firm file'";
const GIVE: &str = "INSERT INTO house (name, value) VALUES ('firm file', $1) \
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const NAMES: &str = "SELECT id, name FROM firm_name WHERE kind = $1 ORDER BY id";
