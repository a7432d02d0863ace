//! `shouwen backup`: a copy of the data, also while the house runs.
//!
//! In: a data folder, an empty place. Out: copies. Never here: the keys beside them.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, ensure};
use serde_json::json;
use store::folder::backup;

use crate::{cli::Common, out, sources};

pub(super) async fn run(common: &Common, place: &Path, keys_to: Option<&Path>) -> Result<ExitCode> {
    let config = sources::config(common)?;
    ensure!(
        config.servers.is_none(),
        "the records of this house lie on PostgreSQL: back that up (pg_dump, pg_basebackup), and keep the key file apart"
    );
    let data = config.data;
    let made = backup::backup(&data, place, keys_to).await?;
    if common.json {
        let one =
            |(path, bytes): &(std::path::PathBuf, u64)| json!({ "file": path.display().to_string(), "bytes": bytes });
        out::json(&json!({ "files": made.files.iter().map(one).collect::<Vec<_>>() }));
        return Ok(ExitCode::SUCCESS);
    }
    for (path, bytes) in &made.files {
        out::line(&format!("{} ({bytes} bytes)", path.display()));
    }
    if keys_to.is_none() {
        out::line("without the key file, which is kept apart, none of it can be read (--keys-to copies it)");
    }
    Ok(ExitCode::SUCCESS)
}
