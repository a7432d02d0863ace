//! A look at PostgreSQL for whoever sets up a house: can it be used, and does it keep what it
//! acknowledges.
//!
//! In: settings. Out: findings in plain words. Never here: a change of anything; a pool, which
//! would try again and forget why; a wait without end.

mod refusal;
mod told;

use std::{io, time::Duration};

use runtime::{Clock, Finding};
use sea_orm::sqlx::{
    Connection as _, Error, Row as _,
    postgres::{PgConnectOptions, PgConnection},
};
use tokio::time::timeout;

use crate::{Postgres, connection::Use, migration};
use told::Told;

/// How long a connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(4);
/// How long the answers may take.
const WAIT: Duration = Duration::from_secs(4);
/// How long the end of the connection is waited for.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Looks at PostgreSQL.
pub async fn check(settings: &Postgres, clock: &Clock) -> Vec<Finding> {
    let options = match settings.options(Use::Writes) {
        Ok(options) => options,
        Err(error) => return vec![Finding::fault(format!("postgresql: {error}"))],
    };
    let at = format!("postgresql at {}:{}", options.get_host(), options.get_port());
    match ask(&options, clock).await {
        Ok(told) => told.judge(&at, settings.connections),
        Err(error) => vec![Finding::fault(format!("{at} {}", refusal::words(&error)))],
    }
}

async fn ask(options: &PgConnectOptions, clock: &Clock) -> Result<Told, Error> {
    let mut connection = within(CONNECT_WAIT, PgConnection::connect_with(options)).await?;
    let told = within(WAIT, tell(&mut connection, clock)).await;
    // What was asked is known.
    drop(timeout(CLOSE_WAIT, connection.close()).await);
    told
}

async fn tell(connection: &mut PgConnection, clock: &Clock) -> Result<Told, Error> {
    let before = clock.now();
    let row = sea_orm::sqlx::query(told::ASK).fetch_one(&mut *connection).await?;
    let mut told = Told::read(&row, (before, clock.now()))?;
    if told.steps.is_some() {
        let steps = sea_orm::sqlx::query(migration::TAKEN).fetch_all(connection).await?;
        told.steps = Some(steps.iter().map(|step| step.try_get("version")).collect::<Result<_, _>>()?);
    }
    Ok(told)
}

async fn within<T>(wait: Duration, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout(wait, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

#[cfg(test)]
mod tests;
