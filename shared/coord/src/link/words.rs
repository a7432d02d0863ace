//! Words for what Redis answers when something is wrong; no user, no password, no key in them.

use redis::{ErrorKind, RedisError};

/// What the client itself finds; each follows "redis at …".
const FOUND: [(ErrorKind, &str); 3] = [
    (ErrorKind::AuthenticationFailed, "refuses user or password"),
    (ErrorKind::MasterNameNotFoundBySentinel, "is sentinels that know no such master"),
    (ErrorKind::ClusterConnectionNotFound, "is a cluster of which no node answers"),
];

/// What the server says, by its code; each follows "redis at …".
const SAID: [(&str, &str); 10] = [
    ("WRONGPASS", "refuses user or password"),
    ("NOAUTH", "asks for a password"),
    ("LOADING", "is still loading its data"),
    ("READONLY", "is a replica and takes no writes"),
    ("CLUSTERDOWN", "is a cluster that is down"),
    ("BUSY", "is held up by somebody's long script"),
    ("OOM", "is out of memory"),
    ("NOREPLICAS", "has too few replicas to take writes"),
    ("MISCONF", "takes no writes because it cannot save to disk"),
    ("MOVED", "is part of a cluster, configured as a single server"),
];

/// Says what an error means for whoever runs the house; it follows "redis at …".
pub(crate) fn of(error: &RedisError) -> String {
    if error.is_connection_refusal() {
        return "refuses the connection".to_owned();
    }
    if error.is_timeout() {
        return "does not answer in time".to_owned();
    }
    if is_about_rights(error) {
        return "gives our user too few rights".to_owned();
    }
    let found = FOUND.iter().find(|(kind, _)| *kind == error.kind()).map(|(_, words)| *words);
    let said = SAID.iter().find(|(code, _)| Some(*code) == error.code()).map(|(_, words)| *words);
    match (said.or(found), error.code()) {
        (Some(words), _) => words.to_owned(),
        (None, Some(code)) => format!("answers with {code}"),
        (None, None) if error.is_io_error() => "breaks the connection off".to_owned(),
        (None, None) => format!("fails: {}", error.category()),
    }
}

/// Says whether our user may not do what was asked, by itself or in a script.
pub(crate) fn is_about_rights(error: &RedisError) -> bool {
    let said = error.detail().unwrap_or_default();
    error.code() == Some("NOPERM") || said.contains("ACL failure") || said.contains("can't run this command")
}
