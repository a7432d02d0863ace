//! Where the configuration of this process comes from.
//!
//! In: the command line, the environment, the configuration file. Out: their texts.
//! Never here: what they mean.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;

use crate::{
    cli::Common,
    config::{self, Config, Sources},
    file,
};

/// Gathers the sources; the one place that reads the environment.
pub(crate) fn gather(common: &Common, firm: Option<String>, listen: Option<SocketAddr>) -> Result<Sources> {
    let file = match &common.config {
        Some(path) => Some((path.clone(), file::text("configuration", path)?)),
        None => None,
    };
    Ok(Sources { file, variables: variables(""), firm, data: common.data.clone(), listen })
}

/// Gives the variables of the environment whose names begin so.
pub(crate) fn variables(prefix: &str) -> Vec<(String, String)> {
    let texts = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok().filter(|name| name.starts_with(prefix))?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(texts).collect()
}

/// Gives the configuration that commands work by.
pub(crate) fn config(common: &Common) -> Result<Config> {
    let (config, _) = config::read(&gather(common, None, None)?)?;
    Ok(config)
}

/// Gives the data folder that commands work in.
pub(crate) fn data(common: &Common) -> Result<PathBuf> {
    Ok(config(common)?.data)
}
