//! Room for connections: each is an open file, and so is what the house writes to.
//!
//! In: what the system allows this process. Out: how many connections it may have, so that none
//! takes the file that a record needs. Never here: a connection.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections that are open at the same time.
const CONNECTIONS_MAX: usize = 16_384;
/// Open files that are for everything else: records, bus, servers, providers.
const FILES_KEPT: usize = 1024;

/// Asks the system for room, and says how many connections there is room for.
pub(super) fn connections() -> usize {
    let wanted = (CONNECTIONS_MAX + FILES_KEPT) as u64;
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum.map_or(Some(wanted), |most| Some(most.min(wanted))), ..limit };
    let files = match limit.current {
        Some(current) if current < wanted && setrlimit(Resource::Nofile, raised).is_ok() => raised.current,
        current => current,
    };
    let connections = fitting(files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX)));
    if connections < CONNECTIONS_MAX {
        tracing::warn!(connections, "the limit of open files leaves room for fewer connections than the house takes");
    }
    connections
}

/// Says how many connections go with so many files: half of them where there are few.
fn fitting(files: usize) -> usize {
    files.saturating_sub(FILES_KEPT).max(files / 2).min(CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn connections_leave_files_for_the_rest() {
        for (files, connections) in [(256, 128), (1024, 512), (4096, 3072), (17_408, 16_384), (usize::MAX, 16_384)] {
            assert_eq!(fitting(files), connections, "{files}");
        }
    }
}
