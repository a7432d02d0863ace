//! The HTTP client that every call to a provider uses.
//!
//! In: a time limit. Out: a `reqwest::Client` on the ring provider, with no redirects.
//! Never here: a retry; those are due times in the store.

use std::time::Duration;

/// Idle connections kept to one host.
const IDLE_PER_HOST_MAX: usize = 32;

/// Installs ring as the process's TLS provider; harmless when it is installed already.
pub fn install_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Makes a client whose whole call, body included, ends within `limit`.
pub fn client(limit: Duration) -> Result<reqwest::Client, reqwest::Error> {
    install_tls();
    reqwest::Client::builder()
        .timeout(limit)
        .connect_timeout(limit)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .tcp_nodelay(true)
        .build()
}
