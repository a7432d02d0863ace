//! What a PostgreSQL tells of itself, and what that means for the house.
//!
//! In: one row, the steps that its tables have taken. Out: findings. Never here: a connection.

use std::collections::BTreeSet;

use contract::{Millis, Timestamp};
use runtime::Finding;
use sea_orm::sqlx::{Error, Row as _, postgres::PgRow};

use crate::migration;

/// The oldest PostgreSQL that Shouwen is tried with, as the server writes it.
const VERSION_MIN: i64 = 150_000;
/// A difference of clocks that is worth a word. We do not count by the server's.
const DRIFT_MAX: Millis = Millis::from_secs(2);

/// Settings by which it keeps what it acknowledges.
const KEEPS: [(&str, &str); 3] = [("fsync", "on"), ("full_page_writes", "on"), ("data_sync_retry", "off")];

/// What a server tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) version: i64,
    pub(super) version_shown: String,
    /// Whether it only follows another server.
    pub(super) is_standby: bool,
    /// Settings that lose data as they are, and what they must be.
    pub(super) loses: Vec<(&'static str, &'static str)>,
    pub(super) encoding: String,
    /// Replicas that a commit does not wait for.
    pub(super) late: i64,
    /// Whether commits wait for a replica that is not there.
    pub(super) waits_in_vain: bool,
    /// Connections that it allows this user here.
    pub(super) connections_max: i64,
    /// Connections that are open.
    pub(super) connections: i64,
    /// Whether our user may make tables.
    pub(super) may_make: bool,
    /// Tables in our schema that our user may not read or not add to.
    pub(super) closed: i64,
    /// How far its clock is from ours.
    pub(super) off_ms: i64,
    /// The steps that its tables have taken; none before the first start.
    pub(super) steps: Option<BTreeSet<String>>,
}

impl Told {
    /// Reads the row of `ASK`, which was asked and answered at these times.
    pub(super) fn read(row: &PgRow, (before, after): (Timestamp, Timestamp)) -> Result<Self, Error> {
        let mut loses = Vec::new();
        for (name, wanted) in KEEPS {
            if row.try_get::<String, _>(name)? != wanted {
                loses.push((name, wanted));
            }
        }
        let bounds: [i64; 3] = [row.try_get("server_most")?, row.try_get("role_most")?, row.try_get("database_most")?];
        let theirs: i64 = row.try_get("now")?;
        Ok(Self {
            version: row.try_get("version")?,
            version_shown: row.try_get("version_shown")?,
            is_standby: row.try_get("is_standby")?,
            loses,
            encoding: row.try_get("encoding")?,
            late: row.try_get("late")?,
            waits_in_vain: row.try_get("waits_in_vain")?,
            // A bound below zero is none.
            connections_max: bounds.into_iter().filter(|bound| *bound >= 0).min().unwrap_or(i64::MAX),
            connections: row.try_get("connections")?,
            may_make: row.try_get("may_make")?,
            closed: row.try_get("closed")?,
            off_ms: (before.as_ms() - theirs).max(theirs - after.as_ms()),
            steps: row.try_get::<bool, _>("has_steps")?.then(BTreeSet::new),
        })
    }

    /// Says what it means for a house whose processes take so many connections each.
    pub(super) fn judge(&self, at: &str, connections: u32) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut fault = |words: String| found.push(Finding::fault(format!("{at} {words}")));
        if self.version < VERSION_MIN {
            fault(format!("is version {}; it must be {} or later", self.version_shown, VERSION_MIN / 10_000));
        }
        if self.is_standby {
            fault("is a standby and takes no writes; name the primary, or an address that moves with it".to_owned());
        }
        for (name, wanted) in &self.loses {
            fault(format!(
                "has {name} other than {wanted}: what it acknowledges may be gone after a power cut, or the whole \
                 database be damaged; set {name} = {wanted}"
            ));
        }
        if self.encoding != "UTF8" {
            fault(format!("keeps text as {}; make the database anew with ENCODING 'UTF8'", self.encoding));
        }
        if self.waits_in_vain {
            fault(
                "waits with every commit for a standby of synchronous_standby_names, and none of them is there: the \
                 house stands still; start one, or name others"
                    .to_owned(),
            );
        }
        if self.late > 0 {
            found.push(Finding::warning(format!(
                "{at} has replicas that a commit does not wait for ({}): when one of them takes over, what was \
                 acknowledged last is gone; name them in synchronous_standby_names",
                self.late
            )));
        }
        found.extend(self.judge_connections(at, connections.into()));
        found.extend(self.judge_tables(at));
        if self.off_ms > DRIFT_MAX.get() {
            let seconds = self.off_ms / 1000;
            found.push(Finding::warning(format!(
                "{at} has a clock {seconds} s away from this machine's; let both follow one source"
            )));
        }
        found
    }

    fn judge_connections(&self, at: &str, ours: i64) -> Option<Finding> {
        let most = self.connections_max;
        if most < ours {
            return Some(Finding::fault(format!(
                "{at} allows us {most} connections, and this process alone takes {ours}; raise max_connections or the \
                 user's limit, or take less by [store] connections"
            )));
        }
        let is_tight = most < self.connections.saturating_add(ours);
        is_tight.then(|| {
            Finding::warning(format!(
                "{at} allows {most} connections and has {}: there is no room for the {ours} of one process more; raise \
                 max_connections",
                self.connections
            ))
        })
    }

    /// Judges the tables, and what our user may do with them.
    fn judge_tables(&self, at: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        let gap = migration::gap(self.steps.as_ref().unwrap_or(&BTreeSet::new()));
        if gap.is_needed && !self.may_make {
            found.push(Finding::fault(format!(
                "{at} lacks tables of this version, and our user may not make them: make him the owner of the database, \
                 or start once with a user who may"
            )));
        } else if gap.missing > 0 && self.steps.is_some() {
            found.push(Finding::warning(format!(
                "{at} has the tables of an older version; the next start adds what is missing"
            )));
        }
        if gap.newer > 0 {
            found.push(Finding::warning(format!(
                "{at} has the tables of a newer version; this one leaves branches alone whose journal it cannot read"
            )));
        }
        if self.closed > 0 {
            found.push(Finding::fault(format!(
                "{at} has {} tables in our schema that our user may not read or not add to; make him their owner",
                self.closed
            )));
        }
        found
    }
}

/// Asks all of it at once. Who may not see how replicas stand sees that they are there: without
/// names of synchronous ones none of them is.
pub(super) const ASK: &str = "SELECT current_setting('server_version_num')::bigint AS version, \
    current_setting('server_version') AS version_shown, \
    pg_is_in_recovery() AS is_standby, \
    current_setting('fsync') AS fsync, \
    current_setting('full_page_writes') AS full_page_writes, \
    current_setting('data_sync_retry') AS data_sync_retry, \
    getdatabaseencoding()::text AS encoding, \
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'async' \
        OR sync_state IS NULL AND current_setting('synchronous_standby_names') = '') AS late, \
    current_setting('synchronous_standby_names') <> '' AND NOT EXISTS (SELECT FROM pg_stat_replication \
        WHERE sync_state IS NULL OR sync_state IN ('sync', 'quorum')) AS waits_in_vain, \
    current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint AS server_most, \
    (SELECT rolconnlimit::bigint FROM pg_roles WHERE rolname = current_user) AS role_most, \
    (SELECT datconnlimit::bigint FROM pg_database WHERE datname = current_database()) AS database_most, \
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections, \
    COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_make, \
    (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(current_schema()::text) \
        AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT'))) AS closed, \
    to_regclass('seaql_migrations') IS NOT NULL AS has_steps, \
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";
