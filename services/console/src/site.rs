//! The site: under which address people reach this house with their browsers.
//!
//! In: the public address of the configuration, headers of a call. Out: whether it is HTTPS, what
//! links begin with, whether a call comes from a page of ours. Never here: who calls; a `Host`
//! that goes into a link where the house knows its address.

use axum::http::{HeaderMap, HeaderName, header};
use contract::problem::Code;

use crate::{api::error::Problem, house::House};

const HTTPS: &str = "https://";
const HTTP: &str = "http://";

impl House {
    /// Says whether browsers reach this house by HTTPS, so that its cookie travels by nothing else:
    /// its public address says so, or the page that calls.
    #[must_use]
    pub fn is_https(&self, headers: &HeaderMap) -> bool {
        let public = self.ports.settings.public_url.as_deref();
        public.is_some_and(is_secure) || text(headers, header::ORIGIN).is_some_and(is_secure)
    }

    /// Refuses to sign in at a page without TLS beside a public one with it: the browser would drop
    /// the cookie without a word. Towards the machine itself it keeps it.
    pub fn check_way(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(public) = self.ports.settings.public_url.as_deref().filter(|url| is_secure(url)) else {
            return Ok(());
        };
        let authority = text(headers, header::ORIGIN).and_then(|origin| rest(origin, HTTP));
        if authority.is_none_or(is_own_machine) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, format!("people sign in at {public}, which is reached by HTTPS")))
    }

    /// Gives what a link to a page begins with: the public address, else the one that this call came to.
    #[must_use]
    pub fn base(&self, headers: &HeaderMap) -> String {
        if let Some(public) = &self.ports.settings.public_url {
            return public.trim_end_matches('/').to_owned();
        }
        let scheme = if self.is_https(headers) { HTTPS } else { HTTP };
        let host = text(headers, header::HOST).filter(|host| is_authority(host)).unwrap_or("localhost");
        format!("{scheme}{host}")
    }

    /// Refuses a call that a page of somebody else's made a browser send.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let ours = text(headers, header::ORIGIN).is_some_and(|origin| {
            let authority = rest(origin, HTTPS).or_else(|| rest(origin, HTTP));
            let public = self.ports.settings.public_url.as_deref().map(origin_of);
            (authority.is_some() && authority == text(headers, header::HOST))
                || public.is_some_and(|public| public.eq_ignore_ascii_case(origin))
        });
        if ours { Ok(()) } else { Err(Problem::new(Code::Forbidden, "the call does not come from a page of ours")) }
    }
}

/// Gives the origin of an address: what stands before its path.
fn origin_of(url: &str) -> &str {
    let begins = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(begins..).and_then(|rest| rest.find('/'));
    path.and_then(|at| url.get(..begins + at)).unwrap_or(url)
}

fn is_secure(url: &str) -> bool {
    rest(url, HTTPS).is_some()
}

/// Gives what follows the scheme, which may be written in either case.
fn rest<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let (begin, rest) = url.split_at_checked(scheme.len())?;
    begin.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Says whether a host with its port is the machine itself.
fn is_own_machine(authority: &str) -> bool {
    let name = authority.strip_prefix('[').map_or_else(
        || authority.split(':').next().unwrap_or_default(),
        |inner| inner.split(']').next().unwrap_or_default(),
    );
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Says whether a text is a host, perhaps with a port, and nothing more.
fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests;
