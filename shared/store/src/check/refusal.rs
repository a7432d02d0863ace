//! Words for what stands in the way of a connection to PostgreSQL.
//!
//! In: errors of the driver. Out: what they mean, to follow "postgresql at …". Never here: a
//! password, an address.

use std::io::ErrorKind;

use sea_orm::sqlx::Error;

/// What the server says, by its code.
const SAID: [(&str, &str); 8] = [
    ("28P01", "refuses user or password of [store]"),
    ("28000", "refuses our user: pg_hba.conf lets nobody in this way"),
    ("3D000", "has no such database: CREATE DATABASE … OWNER our user"),
    ("42501", "gives our user too few rights: make him the owner of the database and of what is in it"),
    ("53300", "has no connection left: raise max_connections, or take less by [store] connections"),
    ("57P01", "is stopping"),
    ("57P02", "is stopping"),
    ("57P03", "is starting or stopping"),
];

/// Says what an error means for whoever runs the house.
pub(super) fn words(error: &Error) -> String {
    if let Error::Database(said) = error {
        let code = said.code().unwrap_or_default();
        let known = SAID.iter().find(|(known, _)| *known == code);
        return known.map_or_else(|| format!("refuses us with {code}"), |(_, words)| (*words).to_owned());
    }
    if let Error::Tls(why) = error {
        return format!("cannot be reached by TLS ({why}): look at sslmode and sslrootcert");
    }
    let Error::Io(why) = error else { return format!("cannot be used ({error})") };
    if why.kind() == ErrorKind::ConnectionRefused {
        "refuses the connection: nothing listens there".to_owned()
    } else if why.kind() == ErrorKind::TimedOut {
        "does not answer in time".to_owned()
    } else {
        format!("cannot be reached ({why})")
    }
}
